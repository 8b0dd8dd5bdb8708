"""The options of the commands that look at weight files: compare, inspect, scan.

Their help is that of `messages/words/arguments.py`.
"""

from __future__ import annotations

import argparse
from typing import Any, Tuple

from basicsr_weightcheck.messages.lookup import LANGUAGES
from basicsr_weightcheck.messages.words.arguments import WORDS

STRUCTURE, VALUES, NEVER = 'structure', 'values', 'never'
PLAIN, RICH, AUTO = 'plain', 'rich', 'auto'
DEFAULT_TIMEOUT_S = 180.0


def flag(to: argparse._ActionsContainer, name: str, **more: Any) -> None:
    """Add an option without a value to a command or to a group of its options."""
    to.add_argument(name, action='store_true', **more)


def repeated(to: argparse._ActionsContainer, name: str, metavar: str, **more: Any) -> None:
    """Add an option that may be given several times."""
    to.add_argument(name, action='append', default=[], metavar=metavar, **more)


def add_compare(command: argparse.ArgumentParser) -> None:
    """`compare A B`, `compare BASE A B C ...`, `compare A` (the numbered list of its tensors)."""
    add = command.add_argument
    add('files', nargs='*', metavar='FILE')
    for name in ('--file1', '--file2'):
        add(name, metavar='FILE')
    for number in (1, 2):
        add(f'--name{number}', metavar='NAME')
        add(f'--table{number}', metavar='TABLE')
    _add_value_options(command)
    flag(command, '--no-values')
    flag(command, '--all')
    add('--plot', metavar='OUT.png')
    add('--fail-on', choices=(STRUCTURE, VALUES, NEVER), default=STRUCTURE)
    add_page_options(command)


def add_inspect(command: argparse.ArgumentParser) -> None:
    """`inspect A`: tables, network, modules, health; `inspect --ema A`: params with params_ema."""
    add = command.add_argument
    add('files', nargs='+', metavar='FILE')
    add('--table', metavar='TABLE')
    add('--depth', type=at_least_one, default=1, metavar='N')
    for name in ('--values', '--ema', '--spandrel'):
        flag(command, name)
    _add_value_options(command)
    add_page_options(command)


def add_scan(command: argparse.ArgumentParser) -> None:
    """`scan -opt train.yml FILES`: which of them fits the network best."""
    add = command.add_argument
    add('-opt', '--opt', dest='options', required=True, metavar='YAML')
    add('files', nargs='+', metavar='FILE')
    add('--network', choices=('g', 'd'), default='g')
    add_framework_options(command)
    add('--jobs', type=at_least_one, metavar='N')
    add('--backend', choices=('local', 'dask'), default='local')
    add('--scheduler', metavar='ADDRESS')
    add_page_options(command, ('text', 'json', 'markdown', 'csv', 'html'))


def add_framework_options(command: argparse.ArgumentParser) -> None:
    """What building the network of a YAML needs to know."""
    repeated(command, '--import', 'MODULE', dest='imports')
    command.add_argument(
        '--timeout',
        dest='timeout_s',
        type=positive_seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar='SECONDS',
    )


def _add_value_options(command: argparse.ArgumentParser) -> None:
    flag(command, '--exact')
    command.add_argument('--atol', type=_tolerance, default=1e-6, metavar='X')


def add_page_options(
    command: argparse.ArgumentParser,
    formats: Tuple[str, ...] = ('text', 'json', 'markdown', 'html'),
) -> None:
    """Format, language and style of the output."""
    add_format(command, formats)
    command.add_argument('--output', metavar='FILE')
    add_language(command)
    command.add_argument('--style', choices=(AUTO, PLAIN, RICH), default=AUTO)
    flag(command, '--no-color')


def add_language(command: argparse.ArgumentParser) -> None:
    command.add_argument('--lang', choices=LANGUAGES)


def add_format(command: argparse.ArgumentParser, formats: Tuple[str, ...]) -> None:
    """--format, and --json for the one that programs ask for most."""
    command.add_argument('--format', choices=formats, default='text')
    command.add_argument('--json', dest='format', action='store_const', const='json')


def speak(lang: str) -> None:
    """Set the language in which command lines are explained and refused."""
    from gettext import gettext

    words = WORDS if lang == 'zh' else {}

    def translated(text: str) -> str:
        return words.get(text) or gettext(text)

    # argparse has no other place for it: it asks these two of its module for every sentence.
    argparse._ = translated  # type: ignore[attr-defined]
    argparse.ngettext = lambda one, many, number: (  # type: ignore[attr-defined]
        translated(one if number == 1 else many)
    )


def said(text: str) -> str:
    """A text of a command line, in the language that was set last."""
    return str(argparse._(text))  # type: ignore[attr-defined]


def _tolerance(text: str) -> float:
    value = _number(text, '%r is not a number')
    if not 0 <= value < float('inf'):
        raise argparse.ArgumentTypeError(said('%r is not a tolerance') % text)
    return value


def at_least_one(text: str) -> int:
    """A number of things. Raises ArgumentTypeError for any other text."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(said('%r is not a number of at least 1') % text)
    return int(text)


def positive_seconds(text: str) -> float:
    """A limit in seconds. Raises ArgumentTypeError for any other text."""
    seconds = _number(text, '%r is not a number of seconds')
    if not 0 < seconds < float('inf'):
        raise argparse.ArgumentTypeError(said('%r is not a positive number of seconds') % text)
    return seconds


def _number(text: str, otherwise: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(said(otherwise) % text) from None
