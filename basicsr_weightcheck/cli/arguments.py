"""The command line: names, defaults and help of every option; `completion`, which tells them."""

from __future__ import annotations

import argparse
import os
from functools import lru_cache
from typing import Any, Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.cli.file_arguments import (
    add_compare,
    add_format,
    add_framework_options,
    add_inspect,
    add_language,
    add_scan,
    at_least_one,
    flag,
    repeated,
    said,
    speak,
)
from basicsr_weightcheck.messages.lookup import LANGUAGES, needs
from basicsr_weightcheck.messages.width import wrap
from basicsr_weightcheck.messages.words.arguments import HELP
from basicsr_weightcheck.version import __version__

PROG = 'basicsr-weightcheck'
FORMATS = ('text', 'json')
PAGE_FORMATS = (*FORMATS, 'html', 'markdown', 'github', 'sarif')


def build_parser(first: str = '', lang: str = 'en') -> argparse.ArgumentParser:
    """Return the parser of all commands, or of one alone where `first` names it.

    Args:
        first: first word of the command line; to describe the other commands takes time.
        lang: of what the parser says.
    """
    speak(lang)
    at = LANGUAGES.index(lang)
    parser: argparse.ArgumentParser = _Parser(prog=PROG, description=HELP[''][at])
    parser.add_argument('--version', action='version', version=f'{PROG} {__version__}')
    adders: Dict[str, Callable[[argparse.ArgumentParser], None]] = {
        'check': _add_check,
        'compare': add_compare,
        'inspect': add_inspect,
        'scan': add_scan,
        'convert': _add_convert,
        'run': _add_run,
        'enable': _add_enable,
        'disable': add_language,
        'status': add_language,
        'explain': _add_explain,
        'rules': _add_output_options,
        'completion': _add_completion,
    }
    known = first in adders
    commands = parser.add_subparsers(
        dest='command', metavar='COMMAND' if known else None, required=True
    )
    for name in [first] if known else adders:
        description = HELP.get(f'{name}:', ('', ''))[at]
        command = commands.add_parser(name, help=HELP[name][at], description=description)
        adders[name](command)
        for action in command._actions:
            place = action.option_strings[-1] if action.option_strings else action.dest
            words = HELP.get(f'{name} {place}') or HELP.get(place)
            action.help = words[at] if words else action.help
    return parser


class _Parser(argparse.ArgumentParser):
    """Asks for the width of the terminal once, not at every option; its commands are such too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)


class _Formatter(argparse.HelpFormatter):
    """Says headings and texts in the language of the parser; Chinese is as wide as it is shown."""

    def start_section(self, heading: Optional[str]) -> None:
        super().start_section(heading and said(heading))

    def _get_help_string(self, action: argparse.Action) -> Optional[str]:
        return action.help and said(action.help)

    def _split_lines(self, text: str, width: int) -> List[str]:
        return wrap(' '.join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return '\n'.join(wrap(' '.join(text.split()), width, indent))


def _formatter(prog: str) -> argparse.HelpFormatter:
    return _Formatter(prog, width=_help_width())


@lru_cache(maxsize=None)
def _help_width() -> int:
    columns = os.environ.get('COLUMNS', '')
    if columns.isdigit() and int(columns):
        return int(columns) - 2
    try:
        return os.get_terminal_size().columns - 2
    except OSError:  # no terminal
        return 78


def _add_convert(command: argparse.ArgumentParser) -> None:
    from basicsr_weightcheck.cli.convert_arguments import add_convert  # what it may choose from

    add_convert(command)


def _add_check(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add('options', nargs='*', metavar='YAML')
    add('-opt', '--opt', dest='opt', nargs='+', action='extend', default=[], metavar='YAML')
    add('--jobs', type=at_least_one, default=0, metavar='N')
    flag(command, '--auto_resume')
    add('--force_yml', nargs='+', default=[], metavar='A:B=VALUE')
    for name in ('--no-rehearsal', '--pre-commit', '--values'):
        flag(command, name)
    add('--first-look', nargs='*', metavar='DIR')
    flag(command, '--repair-imports')
    add_framework_options(command)
    _add_results(command)
    _add_output_options(command, PAGE_FORMATS)


def _add_results(command: argparse.ArgumentParser) -> None:
    """What `check` prints and writes, and what its exit code says."""
    from basicsr_weightcheck.records.findings import ERROR, WARNING
    from basicsr_weightcheck.records.plans import NEVER

    printed = command.add_mutually_exclusive_group()
    flag(printed, '--quiet')
    flag(printed, '--details')
    edits = command.add_mutually_exclusive_group()
    edits.add_argument('--fixed', metavar='OUT.yml')
    flag(edits, '--apply')
    command.add_argument('--output', metavar='DIR')
    flag(command, '--no-report')
    command.add_argument('--fail-on', choices=(ERROR, WARNING, NEVER))
    repeated(command, '--ignore', 'CODES')


def _add_run(command: argparse.ArgumentParser) -> None:
    flag(command, '--repair-imports')
    flag(command, '-m', dest='module')
    command.add_argument('script', nargs=argparse.REMAINDER, metavar='[--] SCRIPT ...')


def _add_enable(command: argparse.ArgumentParser) -> None:
    flag(command, '--user')
    add_language(command)


def _add_explain(command: argparse.ArgumentParser) -> None:
    command.add_argument('codes', nargs='+', metavar='CODE')
    _add_output_options(command)


def _add_completion(command: argparse.ArgumentParser) -> None:
    command.add_argument('shell', choices=('bash', 'zsh', 'tcsh'))


def _add_output_options(
    command: argparse.ArgumentParser, formats: Tuple[str, ...] = FORMATS
) -> None:
    add_format(command, formats)
    add_language(command)
    flag(command, '--no-color')


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script. Raises UsageError where shtab is not installed."""
    with needs('shtab'):
        import shtab
    print(shtab.complete(build_parser(), arguments.shell))
    return 0
