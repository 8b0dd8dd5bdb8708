"""From argv to the exit code: parse, run the command, say what could not be done."""

from __future__ import annotations

import argparse
import atexit
import codecs
import gc
import os
import signal
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import Callable, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.cli.arguments import build_parser
from basicsr_weightcheck.cli.streams import lasting_streams
from basicsr_weightcheck.errors import OutputLostError, UsageError, WeightCheckError, defect
from basicsr_weightcheck.messages.lookup import error_line, language, phrase

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C
PLAIN_LETTERS = {'✓': '+', '✗': 'x', '→': '->', '←': '<-', '×': 'x', '…': '...', '·': '-', '–': '-'}
OF_TRAININGS = ('check', 'completion', 'run', 'enable', 'disable', 'status')
GARBAGE_OBJECTS = 100_000  # new ones before the young are looked at; Python's own limit is 700


def main(argv: Optional[Sequence[str]] = None, started: Callable[[], None] = lambda: None) -> int:
    """Run one command and return its exit code.

    0 nothing at or above the threshold, 1 findings at or above it, 2 could not do what was asked.

    Args:
        argv: words of the command line; None takes those of this process.
        started: called when all is imported and the command begins.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ['run']:  # a training keeps its streams as they are
        return _main(words, started)
    with lasting_streams():
        _never_fail_on_encoding()
        return _main(words, started)


def _main(words: Sequence[str], started: Callable[[], None]) -> int:
    arguments = argparse.Namespace(command=words[0] if words else '')
    try:
        try:
            arguments = build_parser(arguments.command, _language(words)).parse_args(words)
            if getattr(arguments, 'format', 'text') != 'text' and not sys.stdout.isatty():
                _speak_utf8()
            with _cleaned_up_when_ended(arguments.command):
                command = _command(arguments.command)
                started()
                _name_files(arguments)
                return command(arguments)
        finally:
            if arguments.command != 'run':
                sys.stdout.flush()  # here its failure can still be told
    except WeightCheckError as error:
        return _report_error(error, arguments)
    except KeyboardInterrupt:
        if arguments.command == 'run':
            raise
        print('basicsr-weightcheck: interrupted', file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # a defect of this program must not look like a finding (exit 1)
        return _report_error(defect(error), arguments)


def _name_files(arguments: argparse.Namespace) -> None:
    """Put the files that are meant in the place of folders, patterns and lists."""
    if arguments.command == 'check':
        from basicsr_weightcheck.workflow.files import find_options

        arguments.options = find_options([*arguments.opt, *arguments.options])
        if not arguments.options:
            raise UsageError(phrase('no-yaml-given'), advice=phrase('no-yaml-given-do'))
    elif getattr(arguments, 'files', None):
        from basicsr_weightcheck.workflow.files import find_files

        arguments.files = find_files(arguments.files)


def _language(words: Sequence[str]) -> str:
    """The language of a command line that is not parsed yet."""
    asked = ''
    for at, word in enumerate(words):
        if word == '--lang':
            asked = ''.join(words[at + 1 : at + 2])
        elif word.startswith('--lang='):
            asked = word[len('--lang=') :]
    return language(asked)


def _command(name: str) -> Callable[..., int]:
    if name not in OF_TRAININGS:
        _be_quick()
    module: ModuleType  # imported on use: `explain` must not pay for `check`.
    if name == 'check':
        from basicsr_weightcheck.cli import check_command as module
    elif name == 'compare':
        from basicsr_weightcheck.cli import compare_command as module
    elif name == 'convert':
        from basicsr_weightcheck.cli import convert_command as module
    elif name == 'inspect':
        from basicsr_weightcheck.cli import inspect_command as module
    elif name == 'scan':
        from basicsr_weightcheck.cli import scan_command as module
    elif name in ('explain', 'rules'):
        from basicsr_weightcheck.cli import rule_commands as module
    elif name == 'completion':
        from basicsr_weightcheck.cli import arguments as module
    else:
        from basicsr_weightcheck.cli import switch_commands as module
    command: Callable[..., int] = getattr(module, f'run_{name}')
    return command


@contextmanager
def _cleaned_up_when_ended(command: str) -> Iterator[None]:
    """SIGTERM, as a batch system sends it, ends the program as Ctrl-C does: no file is left half.

    `run` hands the process over to a training, and a caller's own handler stays.
    """
    before = signal.getsignal(signal.SIGTERM)
    ours = command != 'run' and before == signal.SIG_DFL
    try:
        if ours:
            signal.signal(signal.SIGTERM, _end)
    except ValueError:  # not in the main thread
        ours = False
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)  # what a shell reports for a program that a signal ended


def _be_quick() -> None:
    """Settings of a process that reads files, prints and ends."""
    # All cores are taken by threads of this program: BLAS must not start more of its own.
    os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
    # What it makes lives until the end; to look for garbage in it, at the exit too, takes 8 %.
    gc.set_threshold(GARBAGE_OBJECTS)
    atexit.register(gc.freeze)


def _report_error(error: WeightCheckError, arguments: object) -> int:
    lang = language(getattr(arguments, 'lang', None))
    output_format = getattr(arguments, 'format', 'text')
    if output_format == 'github':
        from basicsr_weightcheck.report.check.annotations import render_github_error

        first = getattr(arguments, 'options', [''])[0]
        print(render_github_error(error, first, lang))
    if output_format == 'sarif':
        from basicsr_weightcheck.report.check.annotations import render_sarif_error

        print(render_sarif_error(error, lang))
    if output_format == 'json' and not isinstance(error, OutputLostError):
        from basicsr_weightcheck.report.json_text import dumped, error_document

        print(dumped(error_document(error)))
    else:
        print(f'basicsr-weightcheck: {error_line(error, lang)}', file=sys.stderr)
    return error.exit_code


def _speak_utf8() -> None:
    """JSON, pages and what GitHub reads are UTF-8, whatever this machine's encoding."""
    reconfigure = getattr(sys.stdout, 'reconfigure', None)
    if reconfigure is not None:
        reconfigure(encoding='utf-8', errors='replace')


def _never_fail_on_encoding() -> None:
    """A terminal that cannot show a character gets what stands for it, not a traceback."""
    codecs.register_error('weightcheck-plain', _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, 'reconfigure', None)
        if reconfigure is not None:
            reconfigure(errors='weightcheck-plain')


def _in_plain_letters(error: UnicodeError) -> Tuple[str, int]:
    """An error handler of codecs: our own signs in ASCII, anything else as a question mark."""
    assert isinstance(error, UnicodeEncodeError)
    unknown = error.object[error.start : error.end]
    return ''.join(PLAIN_LETTERS.get(sign, '?') for sign in unknown), error.end
