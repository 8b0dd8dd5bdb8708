"""What a terminal gets: signs that it has, a line that is replaced, values below themselves."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.cli.output import Progress
from basicsr_weightcheck.messages.width import wrap


class Screen(io.StringIO):
    """A stream that says what it is."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def row(self) -> str:
        """What stands in the row of the cursor."""
        row = ''
        for text in self.getvalue().split('\r'):
            row = text + row[len(text) :]
        return row.rstrip()


def test_progress_is_one_line_that_is_replaced_and_gone_at_the_end() -> None:
    screen = Screen(terminal=True)
    with Progress(screen, silent=False, patience_s=3600) as progress:
        progress.tell('importing the framework')
        assert screen.getvalue() == ''  # not yet
        progress.speak()
        assert screen.row == 'importing the framework'
        progress.tell('trying')
        assert screen.row == 'trying'
    assert screen.row == '' and '\n' not in screen.getvalue()
    progress.speak()  # the timer was late
    assert screen.row == ''


@pytest.mark.parametrize('terminal, silent', [(False, False), (True, True)])
def test_progress_is_silent_in_pipes_and_where_it_is_told_so(terminal: bool, silent: bool) -> None:
    screen = Screen(terminal)
    with Progress(screen, silent, patience_s=3600) as progress:
        progress.tell('importing')
        progress.speak()
    assert screen.getvalue() == ''


@pytest.mark.parametrize('encoding, shown', [('ascii', '->'), ('utf-8', '→')])
def test_signs_that_the_encoding_lacks(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    out: Any = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, 'stdout', out)
    assert main(['explain', 'WC504', '--lang', 'en']) == 0
    out.write('✗ 1 → 2 …')
    out.flush()
    text = out.buffer.getvalue().decode(encoding)
    assert text.endswith({'->': 'x 1 -> 2 ...', '→': '✗ 1 → 2 …'}[shown])


def test_what_is_wrapped_stands_below_its_value() -> None:
    text = 'file   one two three 四五六七'
    assert wrap(text, 16, '  ', 7) == [
        '  file   one two',
        ' ' * 9 + 'three',
        ' ' * 9 + '四五六',
        ' ' * 9 + '七',
    ]
