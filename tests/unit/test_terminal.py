"""What a terminal gets: signs that it has, a line that is replaced, values below themselves."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.cli.output import Progress
from basicsr_weightcheck.messages.width import wrap
from basicsr_weightcheck.records.findings import ERROR, WARNING, Finding
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, LoadPlan, OptionFile
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.to_text import render_first


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


@pytest.mark.parametrize('errors', [1, 8, 20])
def test_more_than_fits_is_counted_and_the_worst_stays(errors: int) -> None:
    """The message of the first error, a line for each up to eight, and how many there are more."""
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), None, '.')
    found = [Finding('WC404', 'name', ERROR, (('option', 'a'), ('read', 'b')), line=at)
             for at in range(errors)]  # fmt: skip
    warned = [Finding('WC405', 'name', WARNING, line=at) for at in range(40)]
    report = CheckReport(plan, None, 'not-ready', (), (*warned, *found), None, {})
    text = render_first(report, 'en', width=80)
    assert text.count('ERROR WC404') >= min(errors, 8) and len(text.splitlines()) <= 18
    told = text.count('ERROR') + text.count('WARNING')
    assert f'and {errors + 40 - told} more: --details' in text
