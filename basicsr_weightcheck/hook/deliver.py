"""Where the hook's words go: the framework's log, the screen, files in the experiment folder."""

from __future__ import annotations

import copy
import logging
import os
import sys
import traceback
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Iterator, Tuple

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import clean, label, language, spoken
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.rules.catalog import message

if TYPE_CHECKING:
    from basicsr_weightcheck.records.reports import CheckReport

FOLDER = 'weightcheck'
PREFIX = 'weightcheck: '
LEVELS = {ERROR: logging.ERROR, WARNING: logging.WARNING, INFO: logging.INFO}
_logger_name = 'basicsr'  # until a framework is imported


def log(text: str, level: int = logging.INFO) -> None:
    """One line in the framework's own log, or on stderr while it has none.

    What a handler's encoding cannot hold is written as an escape.
    """
    logger = framework_logger()
    line = PREFIX + clean(text).replace('\n', ' ')
    if logger.handlers or logging.getLogger().handlers:
        with _escaped_where_needed(logger, line):
            logger.log(level, line, extra={'markup': False})  # a RichHandler would read [params]
    else:
        silent = level < logging.WARNING and logger.propagate
        _print(line, sys.stdout if silent else sys.stderr)


def _print(text: str, stream: Any) -> None:
    try:
        print(_held(text, stream), file=stream, flush=True)
    except (OSError, ValueError):
        pass  # closed, or nobody reads it any longer: no reason to end a training


def _held(text: str, stream: Any) -> str:
    """The text as a stream can hold it; in ASCII where it does not say what it holds."""
    encoding = str(getattr(stream, 'encoding', None) or 'ascii')
    try:
        return text.encode(encoding, 'backslashreplace').decode(encoding)
    except LookupError:
        return text.encode('ascii', 'backslashreplace').decode('ascii')


@contextmanager
def _escaped_where_needed(logger: Any, line: str) -> Iterator[None]:
    """A handler that fails on a line of ours writes it again, in characters that it has.

    Source: logging/__init__.py, `Handler.handleError` is what every emit() calls then.
    """
    with ExitStack() as stack:
        while logger is not None:
            for handler in logger.handlers:
                stack.enter_context(_escaping(handler, line))
            logger = logger.parent if logger.propagate else None
        yield


@contextmanager
def _escaping(handler: Any, line: str) -> Iterator[None]:
    emit, tell = handler.emit, handler.handleError

    def escaped(record: logging.LogRecord) -> None:
        other = copy.copy(record)
        other.msg = _held(str(record.msg), getattr(handler, 'stream', None))
        emit(other if line in str(record.msg) else record)

    def again(record: logging.LogRecord) -> None:
        if line in str(record.msg) and isinstance(sys.exc_info()[1], UnicodeError):
            with _lent(handler, 'handleError', tell):  # one attempt
                escaped(record)
        else:
            tell(record)

    # One with a buffer or a queue writes later, who knows where to.
    late = hasattr(handler, 'buffer') or hasattr(handler, 'queue')
    with _lent(handler, 'emit', escaped) if late else _lent(handler, 'handleError', again):
        yield


@contextmanager
def _lent(handler: Any, name: str, function: Any) -> Iterator[None]:
    own = vars(handler)
    before = own.get(name)
    own[name] = function
    try:
        yield
    finally:
        if before is None:
            del own[name]
        else:
            own[name] = before


def framework_logger() -> logging.Logger:
    """That of the framework which has been imported."""
    return logging.getLogger(_logger_name)


def speak_through(logger_name: str) -> None:
    """Lines go to this logger from now on."""
    global _logger_name
    _logger_name = logger_name


def words(code: str, **facts: str) -> str:
    """The hook's own words in the user's language; a fact may be 'label:' and a code itself."""
    lang = language(None)
    said = {
        name: label(text[6:], lang) if text.startswith('label:') else spoken(text, lang)
        for name, text in facts.items()
    }
    return label(code, lang, **said)


def tell(code: str, level: int = logging.INFO, **facts: str) -> None:
    """One line in the framework's own log, in the user's language."""
    log(words(code, **facts), level)


@contextmanager
def failures_told(what: str) -> Iterator[None]:
    """A defect of the hook, or a surprise of the user's code, inside: said, never raised.

    Args:
        what: code of the words for what could not be done ('hook-do-check').
    """
    try:
        yield
    except Exception as error:
        reason = f'{type(error).__name__}: {error}'
        tell('hook-could-not', logging.WARNING, what=f'label:{what}', reason=reason)
        if os.environ.get('WEIGHTCHECK_DEBUG'):
            traceback.print_exc()


def say(finding: Finding) -> None:
    """A finding as a line of the log."""
    log(f'{finding.code} {message(finding, language(None))}', LEVELS[finding.severity])


def screen(report: CheckReport) -> None:
    """The whole recommendation on stderr."""
    from basicsr_weightcheck.report.check.outline import render_text

    _print(render_text(report, language(None)), sys.stderr)


def write_files(report: CheckReport, kinds: Tuple[str, ...]) -> str:
    """Write recommendation, load log and JSON of one load; return the folder, '' without one.

    A folder that cannot be written is a line in the log, never an error.
    """
    # Imported here: whatever starts with a framework can say a line, and few have a report.
    from basicsr_weightcheck.report.check.outline import render_text
    from basicsr_weightcheck.report.check.page import render_log
    from basicsr_weightcheck.report.check.to_json import check_document
    from basicsr_weightcheck.report.json_text import dumped
    from basicsr_weightcheck.report.write import write_text

    root = report.plan.experiments_root
    if not root or not os.path.isdir(root):
        return ''
    lang = language(None)
    network = report.plan.steps[0].network
    texts = {f'{network}.txt': render_text(report, lang) + '\n'}
    if 'log' in kinds:
        texts[f'{network}.log'] = render_log(report, lang)
    if 'json' in kinds:
        texts[f'{network}.json'] = dumped(check_document(report)) + '\n'
    folder = os.path.join(root, FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in texts.items():
            write_text(os.path.join(folder, name), text)
    except (OSError, ReportError) as error:
        tell('hook-unwritten', logging.WARNING, reason=str(error))
        return ''
    return folder


def write_page(report: CheckReport, folder: str) -> None:
    """Write the page of one load beside its other reports.

    Raises:
        UsageError: a package that pages need is missing.
        ReportError: the file cannot be written.
    """
    from basicsr_weightcheck.report.check.view import check_view
    from basicsr_weightcheck.report.html.render import rendered
    from basicsr_weightcheck.report.write import write_text

    text = rendered(check_view, report, language(None))
    write_text(os.path.join(folder, f'{report.plan.steps[0].network}.html'), text)
