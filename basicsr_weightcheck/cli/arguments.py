"""The command line: names, defaults and help of every option; `completion`, which tells them."""

from __future__ import annotations

import argparse
import os
from functools import lru_cache
from typing import Any, List, Optional, Tuple

from basicsr_weightcheck.cli.file_arguments import (
    MEANT,
    Commands,
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
from basicsr_weightcheck.messages.lookup import needs
from basicsr_weightcheck.messages.width import wrap
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
    parser: argparse.ArgumentParser = _Parser(
        prog=PROG,
        description='Tells, before a BasicSR training starts, which weights it will start on.',
    )
    parser.add_argument('--version', action='version', version=f'{PROG} {__version__}')
    commands = parser.add_subparsers(dest='command', metavar='COMMAND', required=True)
    adders = {
        'check': _add_check,
        'compare': add_compare,
        'inspect': add_inspect,
        'scan': add_scan,
        'convert': _add_convert,
        'run': _add_run,
        'enable': _add_enable,
        'disable': _add_disable,
        'status': _add_status,
        'explain': _add_explain,
        'rules': _add_rules,
        'completion': _add_completion,
    }
    for add in [adders[first]] if first in adders else adders.values():
        add(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """Asks for the width of the terminal once, not at every option; its commands are such too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)


class _Formatter(argparse.HelpFormatter):
    """Says headings and texts in the language of the parser; Chinese is as wide as it is shown."""

    def start_section(self, heading: Optional[str]) -> None:
        super().start_section(heading and said(heading))

    def add_text(self, text: Optional[str]) -> None:
        super().add_text(text and said(text))

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


def _add_convert(commands: Commands) -> None:
    from basicsr_weightcheck.cli.convert_arguments import add_convert  # what it may choose from

    add_convert(commands)


def _add_check(commands: Commands) -> None:
    command = commands.add_parser(
        'check',
        help='check the weights of a training YAML before training',
        description='Exit codes: 0 nothing found at or above --fail-on, 1 something found, '
        '2 could not do what was asked.',
    )
    add = command.add_argument
    add('options', nargs='*', metavar='YAML', help=f'training YAMLs; {MEANT}')
    same = 'the same, as given to BasicSR'
    add('-opt', '--opt', dest='opt', nargs='+', default=[], metavar='YAML', help=same)
    add(
        '--jobs',
        type=at_least_one,
        default=0,
        metavar='N',
        help='of several YAMLs so many are checked at once (default: one for each core)',
    )
    flag(command, '--auto_resume', 'check as if the training were started with --auto_resume')
    overrides = "overrides, as given to BasicSR's own --force_yml"
    add('--force_yml', nargs='+', default=[], metavar='A:B=VALUE', help=overrides)
    flag(command, '--no-rehearsal', 'do not run the framework: header and YAML only')
    flag(
        command,
        '--pre-commit',
        'for commits: files that are no training YAML pass, and so does what cannot be told '
        'on this machine (weights that are not here, a network that is not known); no reports',
    )
    values = 'read every tensor that would be loaded too: NaN, Inf, zeros, checksums'
    flag(command, '--values', values)
    add(
        '--first-look',
        nargs='*',
        metavar='DIR',
        help='load for real, on the CPU, and put two pictures through the network: of the data '
        'sets of the YAML, of two folders (inputs, targets), or of one folder of inputs',
    )
    flag(
        command,
        '--repair-imports',
        'the training is started with run --repair-imports (or scripts/train.py): an import '
        'that needs those repairs is no error',
    )
    add_framework_options(command)
    _add_results(command)
    _add_output_options(command, PAGE_FORMATS)


def _add_results(command: argparse.ArgumentParser) -> None:
    """What `check` prints and writes, and what its exit code says."""
    from basicsr_weightcheck.records.findings import ERROR, WARNING
    from basicsr_weightcheck.records.plans import NEVER

    printed = command.add_mutually_exclusive_group()
    flag(printed, '--quiet', 'print one line for each YAML')
    flag(printed, '--details', 'print all that recommendation.txt has')
    edits = command.add_mutually_exclusive_group()
    edits.add_argument('--fixed', metavar='OUT.yml', help='write the corrected YAML to this file')
    flag(edits, '--apply', 'correct the YAML in place (only the lines concerned change)')
    folder = 'folder for recommendation and load log (default weightcheck_reports/<name>)'
    command.add_argument('--output', metavar='DIR', help=folder)
    flag(command, '--no-report', 'print only, write no recommendation or load log')
    lowest = 'lowest severity that gives exit code 1 (default error)'
    command.add_argument('--fail-on', choices=(ERROR, WARNING, NEVER), help=lowest)
    repeated(
        command,
        '--ignore',
        'CODES',
        'findings that are not counted: WC504,WC203; errors among them stay in sight, and so '
        'does the verdict; repeatable',
    )


def _add_run(commands: Commands) -> None:
    command = commands.add_parser(
        'run',
        help='run a training script; every load is checked before and verified after',
        description='Runs it as python would. Options of this command stand before it.',
    )
    repair = 'make basicsr importable on torchvision 0.17 and newer, for this process'
    flag(command, '--repair-imports', repair)
    flag(command, '-m', 'run a module, as python -m does', dest='module')
    command.add_argument(
        'script',
        nargs=argparse.REMAINDER,
        metavar='[--] SCRIPT ...',
        help='script or module, and its arguments',
    )


def _add_enable(commands: Commands) -> None:
    command = commands.add_parser(
        'enable',
        help='check every training of this Python environment, with nothing changed in it',
        description='Writes a .pth file beside the installed packages. WEIGHTCHECK=off keeps it '
        'out of one run.',
    )
    flag(command, '--user', 'for this user only')
    add_language(command)


def _add_disable(commands: Commands) -> None:
    add_language(commands.add_parser('disable', help='take back what enable did'))


def _add_status(commands: Commands) -> None:
    command = commands.add_parser(
        'status',
        help='whether trainings of this environment are checked, and what is waited for',
        description='Exit codes: 0 they are, 1 they are not.',
    )
    add_language(command)


def _add_explain(commands: Commands) -> None:
    command = commands.add_parser('explain', help='the documentation of rules: explain WC201')
    named = 'code (WC201) or name (strict-must-be-false) of a rule'
    command.add_argument('codes', nargs='+', metavar='CODE', help=named)
    _add_output_options(command)


def _add_rules(commands: Commands) -> None:
    _add_output_options(commands.add_parser('rules', help='the list of all rules'))


def _add_completion(commands: Commands) -> None:
    text = 'print the completion script of a shell: completion bash'
    command = commands.add_parser('completion', help=text)
    command.add_argument('shell', choices=('bash', 'zsh', 'tcsh'))


def _add_output_options(
    command: argparse.ArgumentParser, formats: Tuple[str, ...] = FORMATS
) -> None:
    add_format(command, formats)
    add_language(command)
    flag(command, '--no-color', 'never print colour')


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script. Raises UsageError where shtab is not installed."""
    with needs('shtab'):
        import shtab
    print(shtab.complete(build_parser(), arguments.shell))
    return 0
