"""The good words of a check are a promise: the framework was run, and no finding is an error."""

from __future__ import annotations

import dataclasses
from typing import Any, Tuple, get_args

import pytest

from basicsr_weightcheck.advice.verdict import doubts, leading, verdict
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.findings import (
    ERROR,
    INFO,
    WARNING,
    Conversion,
    Finding,
    OptionEdit,
    Proof,
    Recipe,
    Recommendation,
)
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, LoadPlan, LoadStep, OptionFile
from basicsr_weightcheck.records.reports import (
    NOT_RUN,
    CheckReport,
    LoadReport,
    NestedWeights,
    Rehearsal,
    Verdict,
)
from basicsr_weightcheck.records.tensors import NetworkSpec, Outcome
from basicsr_weightcheck.report.check.annotations import render_github
from basicsr_weightcheck.report.check.outline import outline, todo
from basicsr_weightcheck.report.check.page import check_page
from basicsr_weightcheck.report.check.words import verdict_text
from basicsr_weightcheck.report.page_to_text import render_markdown
from basicsr_weightcheck.rules.catalog import RULES
from basicsr_weightcheck.rules.rule import TrainingRule

GOOD = ('ready', 'ready-partly', 'nothing-to-load')
TRAINING_CODES = [rule.code for rule in RULES if isinstance(rule, TrainingRule)]


def load(*findings: Finding, missing: Tuple[str, ...] = ()) -> LoadReport:
    """A load that takes everything, or all but these."""
    step: Any = LoadStep.__new__(LoadStep)
    outcome = Outcome(loads=True, missing=missing)
    made = (outcome, outcome, outcome)
    network = NetworkSpec('Net', ())
    return LoadReport(step, None, network, None, *made, False, True, findings=findings)


def finding(code: str, severity: str, option: str = '') -> Finding:
    return Finding(code, 'name', severity, (), '', option)


def _verdict(loads: Tuple[LoadReport, ...], training: Tuple[Finding, ...], run: bool) -> str:
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    rehearsal = Rehearsal() if run else NOT_RUN
    return verdict(CheckReport(plan, rehearsal, 'ready', loads, training, Recommendation(), {}))


LOADS: Tuple[Tuple[LoadReport, ...], ...] = ((), (load(),), (load(missing=('a.weight',)),))


@pytest.mark.parametrize('loads', LOADS)
def test_good_words_where_nothing_is_wrong(loads: Any) -> None:
    quiet = (finding('WC503', WARNING), finding('WC504', INFO))
    assert _verdict(loads, quiet, True) in GOOD


@pytest.mark.parametrize('loads', LOADS)
@pytest.mark.parametrize('option', ['', 'path.resume_state'])
@pytest.mark.parametrize('code', TRAINING_CODES)
def test_no_error_about_the_training_stands_under_a_good_word(
    loads: Any, code: str, option: str
) -> None:
    said = _verdict(loads, (finding(code, ERROR, option),), True)
    assert said in get_args(Verdict) and said == (
        'change-options' if option and code not in ('WC431', 'WC541') else 'not-ready'
    )


def test_no_error_about_a_load_stands_under_a_good_word() -> None:
    assert _verdict((load(finding('WC602', ERROR)),), (), True) == 'not-ready'


@pytest.mark.parametrize('code, said', [
    ('WC101', 'unusable-file'), ('WC307', 'wrong-checkpoint'), ('WC602', 'not-ready'),
])  # fmt: skip
def test_a_verdict_about_a_file_is_led_by_the_error_that_it_rests_on(code: str, said: Any) -> None:
    """Of an unusable file no other error of the load leads."""
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    one = load(finding('WC241', ERROR), finding(code, ERROR))
    assert _verdict((one,), (), True) == said
    report = CheckReport(plan, Rehearsal(), said, (one,), (), Recommendation(), {})
    about_file = {'unusable-file': (code,), 'wrong-checkpoint': ('WC241', code)}
    assert tuple(error.code for error in leading(report)) == about_file.get(said, ())


@pytest.mark.parametrize('loads', LOADS)
@pytest.mark.parametrize('code', ['WC505', 'WC511'])
def test_what_was_not_run_is_not_called_ready(loads: Any, code: str) -> None:
    assert _verdict(loads, (finding(code, WARNING),), True) == 'could-not-check'
    assert _verdict(loads, (), False) == 'could-not-check'
    # That the training stops is known all the same.
    assert _verdict(loads, (finding('WC523', ERROR),), False) == 'not-ready'


def test_every_warning_stands_beside_ready_once_the_worst_first() -> None:
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    warned = [finding(code, WARNING) for code in ('WC503', 'WC520', 'WC503', 'WC606')]
    ignored = dataclasses.replace(finding('WC405', WARNING), ignored=True)
    found = (finding('WC504', INFO), *warned, ignored)
    report = CheckReport(plan, NOT_RUN, 'ready', (), found, Recommendation(), {})
    assert doubts(report) == (warned[1], warned[3], warned[0])
    said = verdict_text(report, 'zh')
    assert said.endswith('：恢复训练需要 GPU、网络使图像变差、恢复训练会替换权重。')


def test_annotations_name_every_conversion() -> None:
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    made = [Conversion(Recipe(), name, command=f'convert {name}') for name in 'ab']
    nested = tuple(NestedWeights('network_g.x', 'x.pth', conversion=one) for one in made)
    together = Recommendation((), '', made[0])
    report = CheckReport(plan, NOT_RUN, 'convert', (), (), together, {}, nested)
    assert all(f'convert {name}' in render_github(report, 'en') for name in 'ab')


@pytest.mark.parametrize('severity', [WARNING, INFO])
def test_nobody_is_told_to_do_nothing_beside_a_warning_about_the_weights(severity: str) -> None:
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    found = Finding('WC606', 'name', severity, (('mine', 'a'), ('nothing', 'b')))
    report = CheckReport(plan, NOT_RUN, 'ready', (), (found,), Recommendation(), {})
    said = '\n'.join(line.text for line in outline(report, 'en'))
    assert ('No change is needed.' in said) == (severity == INFO)
    assert ('Look first: the network spoils the pictures.' in said) == (severity == WARNING)
    nothing = label('html-todo-ready', 'en', start=label('html-start', 'en'))
    assert (todo(report, 'en') == nothing) == (severity == INFO)
    marked = render_markdown(check_page(report, 'en')).split('WC606')[1].split('## ')[0]
    assert marked.count('\n  - ') == 2  # what was found and what to do stand below the finding


def test_no_plain_start_is_advised_where_it_stops() -> None:
    plan = LoadPlan(OptionFile('t.yml', '', {}), '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    report = CheckReport(plan, NOT_RUN, 'ready', (), (), Recommendation(), {})
    edited = dataclasses.replace(
        report,
        verdict='change-options',
        recommendation=Recommendation((OptionEdit('a', 1, 0, 1),), proof=Proof(True, 1.0, 'load')),
    )
    assert 'tart the training.' in todo(report, 'en') and 'tart the training.' in todo(edited, 'en')
    repaired = (finding('WC504', INFO),)
    for one in (report, edited):
        assert 'as WC504 says' in todo(dataclasses.replace(one, findings=repaired), 'en')
    stopping = dataclasses.replace(edited, findings=(finding('WC501', ERROR),))
    assert 'start' not in todo(stopping, 'en') and 'check again: WC501' in todo(stopping, 'en')
