"""What a terminal gets: signs that it has, a line that is replaced, values below themselves."""

from __future__ import annotations

import dataclasses
import io
import sys
from typing import Any

import pytest

from basicsr_weightcheck.cli.arguments import build_parser
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.cli.output import Progress
from basicsr_weightcheck.messages.width import wrap
from basicsr_weightcheck.plan.overrides import apply_overrides
from basicsr_weightcheck.records.findings import ERROR, WARNING, Finding, OptionEdit, Recommendation
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, LoadPlan, LoadStep, OptionFile
from basicsr_weightcheck.records.reports import NOT_RUN, CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import Outcome
from basicsr_weightcheck.report.check.first_screen import render_first
from basicsr_weightcheck.report.check.outline import outline
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.page_to_text import wrapped


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


def test_a_call_without_a_command_lists_them(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([])
    assert raised.value.code == 2 and ',compare,inspect,' in capfd.readouterr().err


def test_what_is_wrapped_stands_below_its_value() -> None:
    text = 'file   one two three 四五六七'
    assert wrap(text, 16, '  ', 7) == [
        '  file   one two',
        ' ' * 9 + 'three',
        ' ' * 9 + '四五六',
        ' ' * 9 + '七',
    ]


def test_what_two_options_name_is_checked_both() -> None:
    words = ['check', '-opt', 'a.yml', '-opt', 'b.yml']
    assert build_parser('check').parse_args(words).opt == ['a.yml', 'b.yml']


def test_behind_a_name_that_fills_the_row_nothing_stands_in_a_column_of_single_words() -> None:
    rows = wrapped(Line(f'{"n" * 90}  × 3  (3, 3, 1, 1)', '', 4, 92), 80)
    assert rows == [f'    {"n" * 90}', ' ' * 44 + '× 3  (3, 3, 1, 1)']


@pytest.mark.parametrize('errors', [1, 8, 20])
def test_more_than_fits_is_counted_and_the_worst_stays(errors: int) -> None:
    """The message of the first error, a line for each up to eight, and how many there are more."""
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    found = [Finding('WC404', 'name', ERROR, (('option', 'a'), ('read', 'b')), line=at)
             for at in range(errors)]  # fmt: skip
    warned = [Finding('WC405', 'name', WARNING, line=at) for at in range(40)]
    report = CheckReport(plan, NOT_RUN, 'not-ready', (), (*warned, *found), Recommendation(), {})
    text = render_first(report, 'en', width=80)
    assert text.count('ERROR WC404') >= min(errors, 8) and len(text.splitlines()) <= 18
    told = text.count('ERROR') + text.count('WARNING')
    assert f'and {errors + 40 - told} more: --details' in text


def _plan(options: OptionFile) -> LoadPlan:
    return LoadPlan(options, '', '', True, NO_FRAMEWORK, 0.0, (), '.')


def _load(network: str, path: str, *findings: Finding) -> LoadReport:
    option = f'path.pretrain_network_{network[4:]}'
    step = LoadStep(network, '', '', option, path, '', True, False, '', None, False)
    stops = Outcome(loads=False, error='RuntimeError')
    return LoadReport(step, configured=stops, findings=findings)


EDITS = Recommendation((OptionEdit('path.strict_load_g', 3, True, False),), diff='-a\n+b')


@pytest.mark.parametrize('lang, verdict', [('en', 'cannot be used'), ('zh', '无法使用')])
def test_the_file_that_cannot_be_used_comes_before_what_mends_another(
    lang: str, verdict: str
) -> None:
    """Whatever the order of the loads, and however much else there is."""
    other = [Finding('WC209', 'name', ERROR, (('prefix', 'a'),), 'net_g', line=at)
             for at in range(20)]  # fmt: skip
    words = (('cut', ''), ('path', 'd/cut.pth'))
    cut = Finding('WC103', 'name', ERROR, words, 'net_d', 'path.pretrain_network_d', 33)
    loads = (_load('net_g', 'g.pth', *other), _load('net_d', 'd/cut.pth', cut))
    plan = _plan(OptionFile('t.yml', '', {}))
    report = CheckReport(plan, NOT_RUN, 'unusable-file', loads, (), EDITS, {})
    head, first, *rest = render_first(report, lang, width=80).splitlines()
    assert verdict in head and first.startswith('    → cut.pth')
    assert 'WC103' in next(line for line in rest if ' WC' in line)
    alone = dataclasses.replace(report, recommendation=Recommendation())
    text = render_first(alone, lang, width=80)
    assert text.index('WC103') < text.index('d/cut.pth') < text.index('WC209')


@pytest.mark.parametrize('lang, words', [('en', 'worth changing'), ('zh', '建议训练前先修改选项')])
def test_a_change_that_no_error_asks_for_is_no_failure(lang: str, words: str) -> None:
    warned = Finding('WC402', 'name', WARNING, (('option', 'a'), ('value', '0')))
    plan = _plan(OptionFile('t.yml', '', {}))
    report = CheckReport(plan, NOT_RUN, 'change-options', (), (warned,), EDITS, {})
    assert render_first(report, lang, width=80).startswith(f'! {words}')
    worse = dataclasses.replace(report, findings=(dataclasses.replace(warned, severity=ERROR),))
    assert render_first(worse, lang, width=80).startswith('✗ ')


@pytest.mark.parametrize('lang, change, by_hand', [
    ('en', 'change the argument: {}', 'do not go together'),
    ('zh', '修改命令行参数：{}', '不能同用'),
])  # fmt: skip
def test_what_an_argument_gives_is_changed_there(lang: str, change: str, by_hand: str) -> None:
    """The file's line has another value, and `--apply` is refused beside `--force_yml`."""
    options = OptionFile('t.yml', '', {'path': {'strict_load_g': False}}, {'path.strict_load_g': 3})
    forced = apply_overrides(options, ['path:strict_load_g=true'])
    assert forced.lines == {'path.strict_load_g': 0}
    edits = dataclasses.replace(EDITS, diff='')
    report = CheckReport(_plan(forced), NOT_RUN, 'change-options', (), (), edits, {})
    text = render_first(report, lang, width=80)
    change = change.format('--force_yml path:strict_load_g=false')
    assert change in text and by_hand in text and '--fixed' not in text
    assert change in [line.text for line in outline(report, lang)]


def test_findings_that_read_alike_are_told_apart() -> None:
    found = [Finding('WC205', 'name', ERROR, (), f'net_{one}', f'path.param_key_{one}')
             for one in 'gd']  # fmt: skip
    shared = Finding('WC205', 'name', ERROR, (), 'net_g_ema')  # has no option of its own
    plan = _plan(OptionFile('t.yml', '', {}))
    report = CheckReport(plan, NOT_RUN, 'change-options', (), tuple(found), EDITS, {})
    assert 'WC205 the table is not in the file (net_g, net_d)' in render_first(report, 'en')
    assert '（net_g, net_d）' in render_first(report, 'zh')
    report = dataclasses.replace(report, findings=(found[0], shared))
    assert '(net_g' not in render_first(report, 'en')
