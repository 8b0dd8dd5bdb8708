"""The command line: names, defaults and help of every option. Nothing is done here."""

from __future__ import annotations

import argparse
import os
from functools import lru_cache
from typing import Any, Tuple

from basicsr_weightcheck.cli.file_arguments import (
    add_compare,
    add_framework_options,
    add_inspect,
    add_scan,
    at_least_one,
)
from basicsr_weightcheck.version import __version__

NEVER = 'never'
FORMATS = ('text', 'json')
PAGE_FORMATS = (*FORMATS, 'html', 'markdown', 'github')


def build_parser(first: str = '') -> argparse.ArgumentParser:
    """Return the parser of all commands, or of one alone where `first` names it.

    Args:
        first: first word of the command line; to describe the other commands takes time.
    """
    parser: argparse.ArgumentParser = _Parser(
        prog='basicsr-weightcheck',
        description='Tells, before a BasicSR training starts, which weights it will start on.',
    )
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    commands: argparse._SubParsersAction[argparse.ArgumentParser] = parser.add_subparsers(
        dest='command', metavar='COMMAND', required=True
    )
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


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=_help_width())


@lru_cache(maxsize=None)
def _help_width() -> int:
    columns = os.environ.get('COLUMNS', '')
    if columns.isdigit() and int(columns):
        return int(columns) - 2
    try:
        return os.get_terminal_size().columns - 2
    except OSError:  # no terminal
        return 78


def _add_convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from basicsr_weightcheck.cli.convert_arguments import add_convert

    add_convert(commands)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        'check',
        help='check the weights of a training YAML before training',
        description='Exit codes: 0 nothing found at or above --fail-on, 1 something found, '
        '2 could not do what was asked.',
    )
    command.add_argument(
        '-opt',
        '--opt',
        dest='options',
        nargs='+',
        required=True,
        metavar='YAML',
        help='training YAML, as given to BasicSR; several share the import of the framework',
    )
    command.add_argument(
        '--jobs',
        type=at_least_one,
        default=0,
        metavar='N',
        help='of several YAMLs so many are checked at once (default: one for each core)',
    )
    command.add_argument(
        '--auto_resume',
        action='store_true',
        help='check as if the training were started with --auto_resume',
    )
    command.add_argument(
        '--force_yml',
        nargs='+',
        default=[],
        metavar='A:B=VALUE',
        help="overrides, as given to BasicSR's own --force_yml",
    )
    command.add_argument(
        '--no-rehearsal',
        action='store_true',
        help='do not run the framework: header and YAML only',
    )
    command.add_argument(
        '--pre-commit',
        action='store_true',
        help='for commits: files that are no training YAML pass, and so does what cannot be told '
        'on this machine (weights that are not here, a network that is not known); no reports',
    )
    command.add_argument(
        '--values',
        action='store_true',
        help='read every tensor that would be loaded too: NaN, Inf, zeros, checksums',
    )
    command.add_argument(
        '--first-look',
        nargs='*',
        metavar='DIR',
        help='load for real, on the CPU, and put two pictures through the network: of the data '
        'sets of the YAML, of two folders (inputs, targets), or of one folder of inputs',
    )
    command.add_argument(
        '--repair-imports',
        action='store_true',
        help='the training is started with run --repair-imports (or scripts/train.py): an import '
        'that needs those repairs is no error',
    )
    add_framework_options(command)
    _add_results(command)
    _add_output_options(command, PAGE_FORMATS)


def _add_results(command: argparse.ArgumentParser) -> None:
    """What `check` prints and writes, and what its exit code says."""
    from basicsr_weightcheck.records.findings import ERROR, WARNING

    printed = command.add_mutually_exclusive_group()
    printed.add_argument('--quiet', action='store_true', help='print one line for each YAML')
    printed.add_argument(
        '--details', action='store_true', help='print all that recommendation.txt has'
    )
    edits = command.add_mutually_exclusive_group()
    edits.add_argument('--fixed', metavar='OUT.yml', help='write the corrected YAML to this file')
    edits.add_argument(
        '--apply',
        action='store_true',
        help='correct the YAML in place (only the lines concerned change)',
    )
    command.add_argument(
        '--output',
        metavar='DIR',
        help='folder for recommendation and load log (default weightcheck_reports/<name>)',
    )
    command.add_argument(
        '--no-report', action='store_true', help='print only, write no recommendation or load log'
    )
    command.add_argument(
        '--fail-on',
        choices=(ERROR, WARNING, NEVER),
        default=ERROR,
        help='lowest severity that gives exit code 1 (default %(default)s)',
    )


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        'run',
        help='run a training script; every load is checked before and verified after',
        description='Runs it as python would. Options of this command stand before it.',
    )
    command.add_argument(
        '--repair-imports',
        action='store_true',
        help='make basicsr importable on torchvision 0.17 and newer, for this process',
    )
    command.add_argument(
        '-m', dest='module', action='store_true', help='run a module, as python -m does'
    )
    command.add_argument(
        'script',
        nargs=argparse.REMAINDER,
        metavar='[--] SCRIPT ...',
        help='script or module, and its arguments',
    )


def _add_enable(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        'enable',
        help='check every training of this Python environment, with nothing changed in it',
        description='Writes a .pth file beside the installed packages. WEIGHTCHECK=off keeps it '
        'out of one run.',
    )
    command.add_argument('--user', action='store_true', help='for this user only')
    _add_language(command)


def _add_disable(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add_language(commands.add_parser('disable', help='take back what enable did'))


def _add_status(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        'status',
        help='whether trainings of this environment are checked, and what is waited for',
        description='Exit codes: 0 they are, 1 they are not.',
    )
    _add_language(command)


def _add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser('explain', help='the documentation of rules: explain WC201')
    command.add_argument(
        'codes',
        nargs='+',
        metavar='CODE',
        help='code (WC201) or name (strict-must-be-false) of a rule',
    )
    _add_output_options(command)


def _add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser('rules', help='the list of all rules')
    _add_output_options(command)


def _add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        'completion', help='print the completion script of a shell: completion bash'
    )
    command.add_argument('shell', choices=('bash', 'zsh', 'tcsh'))


def _add_output_options(
    command: argparse.ArgumentParser, formats: Tuple[str, ...] = FORMATS
) -> None:
    command.add_argument('--format', choices=formats, default='text', help='default %(default)s')
    _add_language(command)
    command.add_argument('--no-color', action='store_true', help='never print colour')


def _add_language(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--lang',
        choices=('en', 'zh'),
        help='language of the text (default: WEIGHTCHECK_LANG, then the locale, then English)',
    )
