"""Lines of the hook in logs and on screens that cannot hold every character."""

from __future__ import annotations

import io
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from basicsr_weightcheck.hook import deliver

TEXT = 'net_g from 模型/ü😀.pth'
# {encoding: the line as it can be written there}
WRITTEN = {
    'utf-8': TEXT,
    'gbk': 'net_g from 模型/ü\\U0001f600.pth',
    'cp1252': 'net_g from \\u6a21\\u578b/ü\\U0001f600.pth',
    'ascii': 'net_g from \\u6a21\\u578b/\\xfc\\U0001f600.pth',
}


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger('basicsr')
    before, level, propagates = list(found.handlers), found.level, found.propagate
    found.handlers, found.propagate = [], False
    found.setLevel(logging.INFO)
    yield found
    found.handlers, found.propagate = before, propagates
    found.setLevel(level)


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors='strict')


def said(one: Any) -> str:
    one.flush()
    return str(one.buffer.getvalue().decode(one.encoding))


def test_each_handler_writes_what_it_can(
    logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streams = {encoding: stream(encoding) for encoding in WRITTEN}
    logger.handlers += [logging.StreamHandler(one) for one in streams.values()]
    logger.addHandler(logging.FileHandler(str(tmp_path / 'train.log'), encoding='cp1252'))
    held = logging.StreamHandler(stream('ascii'))
    logger.addHandler(logging.handlers.MemoryHandler(1, target=held))
    deliver.log(TEXT)
    for encoding, one in streams.items():
        assert said(one) == f'weightcheck: {WRITTEN[encoding]}\n'
    written = (tmp_path / 'train.log').read_bytes()
    assert written.decode('cp1252') == f'weightcheck: {WRITTEN["cp1252"]}\n'
    assert said(held.stream) == f'weightcheck: {WRITTEN["ascii"]}\n'
    assert capsys.readouterr().err == ''
    for handler in (*logger.handlers, held):
        assert 'handleError' not in vars(handler)
        handler.close()


class Odd(logging.Handler):
    """One of a user, without a stream: whatever is not ASCII fails, now and then twice."""

    def __init__(self, lines: List[str], breaks: bool = False) -> None:
        super().__init__()
        self.lines, self._breaks = lines, breaks

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._breaks:
                raise ZeroDivisionError('its own defect')
            self.format(record).encode('ascii')
            self.lines.append(self.format(record))
        except Exception:
            self.handleError(record)


def test_a_handler_of_the_users_own(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: List[str] = []
    logger.handlers = [Odd(lines)]
    deliver.log(TEXT)
    assert lines == [f'weightcheck: {WRITTEN["ascii"]}']
    assert capsys.readouterr().err == ''


def test_other_defects_of_a_handler_are_told_as_ever(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.handlers = [Odd([], breaks=True)]
    deliver.log('plain')
    assert 'its own defect' in capsys.readouterr().err


def test_a_handler_that_two_loggers_share(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = logging.StreamHandler(stream('ascii'))
    root = logging.getLogger()
    logger.handlers, logger.propagate = [shared], True
    root.addHandler(shared)
    try:
        deliver.log(TEXT)
    finally:
        root.removeHandler(shared)
    assert said(shared.stream) == f'weightcheck: {WRITTEN["ascii"]}\n' * 2
    assert 'Logging error' not in capsys.readouterr().err


@pytest.mark.parametrize('name', ['stdout', 'stderr'])
def test_the_screen(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(logging.getLogger(), 'handlers', [])
    logger.handlers, logger.propagate = [], True
    level = logging.INFO if name == 'stdout' else logging.WARNING
    for encoding, line in WRITTEN.items():
        shown = stream(encoding)
        monkeypatch.setattr(sys, name, shown)
        deliver.log(TEXT, level)
        assert said(shown) == f'weightcheck: {line}\n'
    for gone in (None, io.StringIO()):
        if gone is not None:
            gone.close()
        monkeypatch.setattr(sys, 'stdout', gone)
        monkeypatch.setattr(sys, 'stderr', gone)
        deliver.log(TEXT, level)  # nobody reads it: no reason to end a training
