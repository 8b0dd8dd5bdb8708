"""Where the hook's words go: the framework's own log, or the screen while it has none."""

from __future__ import annotations

import copy
import logging
import os
import sys
import traceback
from contextlib import ExitStack, contextmanager
from typing import Any, Iterator

from basicsr_weightcheck.messages.lookup import clean, label, language, spoken

PREFIX = 'weightcheck: '
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
        show(line, sys.stdout if silent else sys.stderr)


def show(text: str, stream: Any) -> None:
    """Print a text, in characters that the stream can hold."""
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
