"""The options of the commands that look at weight files: compare, inspect, scan."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Dict, Tuple

from basicsr_weightcheck.cli.output import AUTO, PLAIN, RICH
from basicsr_weightcheck.messages.lookup import LANGUAGES

MEANT = "folders, patterns ('**' goes deep), - for a list on the standard input"
STRUCTURE, VALUES, NEVER = 'structure', 'values', 'never'
DEFAULT_TIMEOUT_S = 180.0


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = argparse._SubParsersAction  # what `add_subparsers` gives; it takes no parameters


def flag(to: argparse._ActionsContainer, name: str, text: str, **more: Any) -> None:
    """Add an option without a value to a command or to a group of its options."""
    to.add_argument(name, action='store_true', help=text, **more)


def repeated(
    to: argparse._ActionsContainer, name: str, metavar: str, text: str, **more: Any
) -> None:
    """Add an option that may be given several times."""
    to.add_argument(name, action='append', default=[], metavar=metavar, help=text, **more)


def add_compare(commands: Commands) -> None:
    """`compare A B`, `compare BASE A B C ...`, `compare A` (the numbered list of its tensors)."""
    command = commands.add_parser(
        'compare',
        help='compare two checkpoint files, or one with many',
        description='One file: the list of its tensors. Two: names, shapes, values, conclusion. '
        'More: a row for each file against the first. Exit codes: 0 same structure, 1 different '
        'structure (see --fail-on), 2 could not do what was asked.',
    )
    add = command.add_argument
    add('files', nargs='*', metavar='FILE', help=f'the first is the base; {MEANT}')
    add('--file1', metavar='FILE', help='the first file, as in the old script')
    add('--file2', metavar='FILE', help='the second file, as in the old script')
    for number, which in ((1, 'first'), (2, 'second')):
        add(f'--name{number}', metavar='NAME', help=f'what to call the {which} file')
        add(
            f'--table{number}',
            metavar='TABLE',
            help=f"table of the {which} file: params, params_ema, … or 'root' (default: the one "
            'that both files have)',
        )
    _add_value_options(command)
    flag(command, '--no-values', 'names, shapes and dtypes only')
    flag(command, '--all', 'every key on its own row')
    picture = 'picture of the change of each layer (.png or .svg; needs matplotlib)'
    add('--plot', metavar='OUT.png', help=picture)
    fails = 'what gives exit code 1 (default %(default)s)'
    add('--fail-on', choices=(STRUCTURE, VALUES, NEVER), default=STRUCTURE, help=fails)
    add_page_options(command)


def add_inspect(commands: Commands) -> None:
    """`inspect A`: tables, network, modules, health; `inspect --ema A`: params with params_ema."""
    command = commands.add_parser(
        'inspect',
        help='what is in a checkpoint file, and what network it is',
        description='Exit codes: 0 nothing doubtful, 1 NaN, Inf, bit rot or another hash than in '
        'the name (--ema: params and params_ema have another structure), 2 could not do what was '
        'asked.',
    )
    add = command.add_argument
    add('files', nargs='+', metavar='FILE', help=f'weight files; {MEANT}')
    add('--table', metavar='TABLE', help="table to look at; 'root' for the root")
    depth = 'of the module tree (default 1)'
    add('--depth', type=at_least_one, default=1, metavar='N', help=depth)
    values = 'read every value: NaN, Inf, zeros, checksums, the hash in the file name'
    flag(command, '--values', values)
    flag(command, '--ema', 'compare params with params_ema')
    flag(command, '--spandrel', 'ask spandrel too (needs spandrel and torch)')
    _add_value_options(command)
    add_page_options(command)


def add_scan(commands: Commands) -> None:
    """`scan -opt train.yml FILES`: which of them fits the network best."""
    command = commands.add_parser(
        'scan',
        help='rank checkpoint files by how well they fit the network of a YAML',
        description='Exit codes: 0 at least one file loads something, 1 none does, 2 could not do '
        'what was asked.',
    )
    add = command.add_argument
    add('-opt', '--opt', dest='options', required=True, metavar='YAML', help='training YAML')
    add('files', nargs='+', metavar='FILE', help=f'weight files; {MEANT}')
    network = 'network_g or network_d, netG or netD in KAIR (default g)'
    add('--network', choices=('g', 'd'), default='g', help=network)
    add_framework_options(command)
    jobs = 'processes (default: one for each core)'
    add('--jobs', type=at_least_one, metavar='N', help=jobs)
    add('--backend', choices=('local', 'dask'), default='local', help='default %(default)s')
    add('--scheduler', metavar='ADDRESS', help='of the dask cluster, tcp://HOST:PORT')
    add_page_options(command, ('text', 'json', 'markdown', 'csv', 'html'))


def add_framework_options(command: argparse.ArgumentParser) -> None:
    """What building the network of a YAML needs to know."""
    repeated(
        command,
        '--import',
        'MODULE',
        'module to import before the network is built (registers your own archs and models)',
        dest='imports',
    )
    command.add_argument(
        '--timeout',
        dest='timeout_s',
        type=positive_seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar='SECONDS',
        help='limit for building and rehearsing the networks (default %(default).0f)',
    )


def _add_value_options(command: argparse.ArgumentParser) -> None:
    exact = 'compare the bytes also where the checksums (CRC-32) of the archives are equal'
    flag(command, '--exact', exact)
    tiny = 'a largest difference below X is tiny (default %(default)g)'
    command.add_argument('--atol', type=_tolerance, default=1e-6, metavar='X', help=tiny)


def add_page_options(
    command: argparse.ArgumentParser,
    formats: Tuple[str, ...] = ('text', 'json', 'markdown', 'html'),
) -> None:
    """Format, language and style of the output."""
    add_format(command, formats)
    target = 'write to this file instead of the standard output'
    command.add_argument('--output', metavar='FILE', help=target)
    add_language(command)
    style = 'plain text, or tables drawn by rich (auto: rich in a terminal)'
    command.add_argument('--style', choices=(AUTO, PLAIN, RICH), default=AUTO, help=style)
    flag(command, '--no-color', 'never print colour')


def add_language(command: argparse.ArgumentParser) -> None:
    text = 'language of the text (default: WEIGHTCHECK_LANG, then the locale, then English)'
    command.add_argument('--lang', choices=LANGUAGES, help=text)


def add_format(command: argparse.ArgumentParser, formats: Tuple[str, ...]) -> None:
    """--format, and --json for the one that programs ask for most."""
    command.add_argument('--format', choices=formats, default='text', help='default %(default)s')
    short = 'short for --format json'
    command.add_argument('--json', dest='format', action='store_const', const='json', help=short)


def speak(lang: str) -> None:
    """Set the language in which command lines are explained and refused."""
    from gettext import gettext

    words: Dict[str, str] = {}
    if lang == 'zh':
        from basicsr_weightcheck.messages.words.arguments import WORDS

        words = WORDS

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
