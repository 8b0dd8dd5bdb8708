"""What rules say of records that no cheap training gives: edges, and what only others give."""

from __future__ import annotations

import dataclasses
from typing import Any, List, Sequence, Tuple

import pytest

from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.records.comparisons import Health, TensorHealth
from basicsr_weightcheck.records.findings import (
    ERROR,
    WARNING,
    Conversion,
    Finding,
    Proof,
    Recipe,
    Recommendation,
)
from basicsr_weightcheck.records.plans import (
    NO_FRAMEWORK,
    LoadPlan,
    LoadStep,
    Misread,
    OptionFile,
    PathEffect,
    PlanFact,
    Policy,
    ResumeState,
)
from basicsr_weightcheck.records.reports import (
    NOT_RUN,
    Cause,
    CheckReport,
    ComparedLoad,
    LoadReport,
    NestedWeights,
    OptionDifference,
    Rehearsal,
    Stop,
)
from basicsr_weightcheck.records.sources import NetworkSources, Origin, TensorSource
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    Coverage,
    FileDict,
    NetworkSpec,
    Outcome,
    TensorSpec,
)
from basicsr_weightcheck.rules.catalog import message, what_to_do
from basicsr_weightcheck.rules.facts import strict_name
from basicsr_weightcheck.rules.run import load_findings, training_findings

NAMES = tuple(f'{letter}.weight' for letter in 'abcdefgh')
ALL = Outcome(True, key_used='', loaded=NAMES)


def tensors(names: Sequence[str]) -> Tuple[TensorSpec, ...]:
    return tuple(TensorSpec(name, (4, 4), 'float32', is_parameter=True) for name in names)


STEP = LoadStep(
    'net_g', 'network_g', 'Net', 'path.pretrain_network_g', 'w.pth', 'path.strict_load_g',
    True, True, 'path.param_key_g', None, True,
)  # fmt: skip


def load(step: LoadStep = STEP, **facts: Any) -> LoadReport:
    """A load of which nothing but these facts is known."""
    return (ComparedLoad if 'difference' in facts else LoadReport)(step, **facts)


def compared(names: Sequence[str], wanted: Sequence[str] = NAMES, **facts: Any) -> LoadReport:
    """A load of a file with these names into a network with those that are wanted."""
    table = FileDict(tuple((spec.key, spec) for spec in tensors(names)))
    header = CheckpointHeader('w.pth', 'torch-zip', 1, table, tables={'': table})
    network = NetworkSpec('Net', tensors(wanted))
    difference = compare_table(table, '', network)
    return load(header=header, network=network, difference=difference, **facts)


def report(options: Any = None, plan: Any = None, **facts: Any) -> CheckReport:
    """A check of which nothing but these facts is known; `plan` are those of its plan."""
    file = OptionFile('t.yml', '', options or {})
    empty = LoadPlan(file, '', '', True, NO_FRAMEWORK, 0.0, (), '.')
    asked = dataclasses.replace(empty, **(plan or {}))
    loads = facts.pop('loads', ())
    return CheckReport(
        asked, facts.pop('rehearsal', NOT_RUN), 'ready', loads, (), Recommendation(), {}, **facts
    )


def of_training(code: str, checked: CheckReport) -> List[Finding]:
    return [one for one in training_findings(checked) if one.code == code]


def of_load(code: str, one: LoadReport, checked: Any = None, **values: Health) -> List[Finding]:
    checked = dataclasses.replace(checked or report(loads=(one,)), values=values)
    return [finding for finding in load_findings(one, checked) if finding.code == code]


def conversion(**recipe: Any) -> Recommendation:
    way = Conversion(recipe=Recipe(**recipe), steps=(), command=str(recipe), target='v.pth')
    return Recommendation(conversion=way, proof=Proof(True, 1.0, 'load'))


@pytest.mark.parametrize('loaded, words', [((), 'loads nothing'), (('a.weight',), 'has no prefix')])
def test_what_strict_false_does_with_prefixed_names(loaded: Any, words: str) -> None:
    names = ['net_g.' + name for name in NAMES]
    advice = conversion(strip=('net_g.',))
    once = Outcome(True, key_used='', loaded=loaded)
    (found,) = of_load('WC209', compared(names, recommendation=advice, strict_false=once))
    assert words in message(found, 'en')


def test_the_command_that_drops_counters_is_that_of_either_advice() -> None:
    way, names = conversion(drop_profiler=True), (*NAMES, 'total_ops')
    advised: Any
    for advised in ({'recommendation': way}, {'alternative': way}):
        (found,) = of_load('WC215', compared(names, **advised))
        assert dict(found.parameters)['command'] == way.conversion.command
    (found,) = of_load('WC215', compared(names))
    assert dict(found.parameters)['command'] == '-'


def test_a_conversion_that_both_loads_share_is_told_once() -> None:
    one, other, none = conversion(add='x.'), conversion(add='y.'), Recommendation()
    averages = dataclasses.replace(STEP, network='net_g_ema')
    for first, second, counts in (
        (one, one, [1, 0]), (one, other, [1, 1]), (none, one, [0, 1]), (one, none, [1, 0]),
    ):  # fmt: skip
        loads = (load(alternative=first), load(averages, alternative=second))
        checked = report(loads=loads)
        assert [len(of_load('WC216', each, checked)) for each in loads] == counts


@pytest.mark.parametrize('lost, severity', [('abc', ERROR), ('ab', ERROR), ('a', WARNING)])
def test_losing_more_than_half_of_a_load_is_an_error(lost: str, severity: str) -> None:
    """Also where other files leave the network mostly filled."""
    kinds = [TensorSource(key, 'initial' if key[0] in lost else 'whole') for key in NAMES]
    final = NetworkSources('net_g', 'network_g', NetworkSpec('Net', tensors(NAMES)), tuple(kinds))
    assert final.coverage.least > 0.5
    one = load(configured=Outcome(True, loaded=NAMES[:3]))
    checked = report(loads=(one,), rehearsal=Rehearsal(sources=(final,)))
    (found,) = of_load('WC242', one, checked)
    assert found.severity == severity


@pytest.mark.parametrize('initial, severity', [('adefgh', ERROR), ('a', WARNING)])
def test_losing_little_of_a_load_that_leaves_too_little_is_an_error(
    initial: str, severity: str
) -> None:
    kinds = [TensorSource(key, 'initial' if key[0] in initial else 'whole') for key in NAMES]
    final = NetworkSources('net_g', 'network_g', NetworkSpec('Net', tensors(NAMES)), tuple(kinds))
    one = load(configured=Outcome(True, loaded=NAMES[:3]))
    checked = report(
        loads=(one,), rehearsal=Rehearsal(sources=(final,)), plan={'policy': Policy(min_loaded=0.5)}
    )
    (found,) = of_load('WC242', one, checked)
    assert found.severity == severity


@pytest.mark.parametrize('written', ['path.strict_load_g', ''])
def test_the_option_of_a_load_is_called_as_it_is_written(written: str) -> None:
    assert strict_name(load(dataclasses.replace(STEP, strict_option=written))) == (
        written or 'strict_load'
    )


def test_an_option_that_the_training_stops_at_hides_none_behind_it() -> None:
    effect = PathEffect('path.param_key_d', '1', 'not-text')
    plan = {
        'ignored_key_options': ('path.param_key_d', 'path.param_key'),
        'path_effects': (effect,),
    }
    (found,) = of_training('WC404', report(plan=plan))
    assert effect.is_fatal and found.option == 'path.param_key'


def test_weights_that_the_constructor_has_taken_are_not_called_unusable() -> None:
    own = NestedWeights('network_g.spynet', 's.pth', 'keys', odd_keys=NAMES[:5])
    assert not of_training('WC221', report(nested=(own,), rehearsal=Rehearsal()))
    stop = Stop('KeyError', 'a.weight', 'net.py:1')
    for unknown in (NOT_RUN, Rehearsal(failure='import'), Rehearsal(stop=stop)):
        (found,) = of_training('WC221', report(nested=(own,), rehearsal=unknown))
        said = message(found, 'en')
        assert '5 keys differ: a.weight, b.weight, c.weight, d.weight.' in said


@pytest.mark.parametrize('option, severity', [
    ('train.vgg_opt.path', ERROR), ('train.path', WARNING), ('other.vgg_opt.path', WARNING),
])  # fmt: skip
def test_only_a_loss_is_known_to_read_weights_below_train(option: str, severity: str) -> None:
    nested = NestedWeights(option, 'https://x.org/a.pth', 'address')
    (found,) = of_training('WC221', report(nested=(nested,)))
    assert found.severity == severity
    assert ('for the loss' in message(found, 'en')) == (severity == ERROR)


def test_a_misread_setting_is_told_with_its_value() -> None:
    misread = [Misread('weightcheck.on_eror', value, 'stop, warn') for value in ('wran', '')]
    written, blank = of_training('WC416', report(plan={'misread_settings': misread}))
    assert 'wran' in message(written, 'en') and '–' in message(blank, 'en')


def test_equal_sizes_of_patches_are_equal_however_large() -> None:
    for size, count in (('512', 0), ('256', 1)):
        options = {
            'network_d': {'type': 'VGGStyleDiscriminator', 'input_size': int('512')},
            'datasets': {'train': {'gt_size': int(size)}},
        }
        assert len(of_training('WC312', report(options))) == count


@pytest.mark.parametrize('layers, count', [((1, 2), 1), ((1, 2, 3), 0)])
def test_an_rrdbnet_with_a_third_layer_may_have_another_scale(layers: Any, count: int) -> None:
    options = {'network_g': {'type': 'RRDBNet', 'scale': 8}}
    network = NetworkSpec('RRDBNet', tensors([f'conv_up{layer}.weight' for layer in layers]))
    built = Rehearsal(networks=(('network_g', network),))
    assert len(of_training('WC311', report(options, rehearsal=built))) == count
    assert of_training('WC311', report(options))  # what was not built is that of basicsr


def test_the_first_operation_that_could_not_be_followed_is_named() -> None:
    (found,) = of_training('WC529', report(rehearsal=Rehearsal(lost=('aten.svd', 'aten.lu'))))
    assert 'aten.svd' in message(found, 'en')


@pytest.mark.parametrize('name, iteration, count', [
    ('5000.state', 8000, 1), ('8000.state', 5000, 1), ('5000.state', 5000, 0),
    ('latest.state', 5000, 0),
])  # fmt: skip
def test_the_iteration_of_a_state_and_its_name(name: str, iteration: int, count: int) -> None:
    found = of_training('WC516', report(resume_state=ResumeState(name, iteration=iteration)))
    assert len(found) == count
    assert all(f'net_g_{iteration}.pth' in message(one, 'en') for one in found)


@pytest.mark.parametrize('loaded, advice', [(4, 'Put it there.'), (3, 'Name the right file first')])
def test_an_unread_file_that_gives_half_is_not_called_another(loaded: int, advice: str) -> None:
    spec = NetworkSpec('Net', tensors(NAMES))
    names = ('option', 'script', 'files', 'folder', 'network')
    words = (('written', 'w.pth'), ('advice', 'Put it there.'), *((name, name) for name in names))
    facts = (PlanFact('WC541', 'path.pretrained_netG', words),)
    unread = {'w.pth': Coverage.of(spec, NAMES[:loaded])}
    (found,) = of_training('WC541', report(plan={'facts': facts}, unread=unread))
    assert advice in what_to_do(found, 'en')


@pytest.mark.parametrize('measured, count', [(2, 1), (3, 0)])
def test_zeros_in_a_file_whose_network_is_not_known(measured: int, count: int) -> None:
    zeros = tuple(TensorHealth(name, 16, 0, 0, True) for name in NAMES[:2])
    health = Health(zeros, measured, (), 0, ())
    assert len(of_load('WC604', load(), net_g=health)) == count


@pytest.mark.parametrize('outcome, count', [
    (Outcome(True, loaded=NAMES), 1), (Outcome(True, loaded=NAMES[1:], missing=NAMES[:1]), 0),
    (Outcome(False, 'RuntimeError'), 0),
])  # fmt: skip
def test_names_of_tasks_are_compared_where_everything_loads(outcome: Outcome, count: int) -> None:
    one = load(dataclasses.replace(STEP, load_path='deraining.pth'), configured=outcome)
    checked = report({'name': 'Deblurring'}, loads=(one,))
    assert len(of_load('WC220', one, checked)) == count


@pytest.mark.parametrize('change, count', [
    ({}, 1), ({'strict_option': ''}, 0), ({'strict_written': False}, 0),
])  # fmt: skip
def test_a_text_as_strict_is_told_where_the_yaml_says_it(change: Any, count: int) -> None:
    """The code of a model of one's own may hand over a text of its own."""
    step = dataclasses.replace(STEP, strict_configured='false', **change)
    assert len(of_load('WC401', load(step))) == count


@pytest.mark.parametrize('found, wanted, count', [
    ('qkv_dwconv', 'mdc_q', 1), ('mdc_q', 'qkv_dwconv', 1), ('q', 'mdc_q', 0),
    ('qkv_dwconv', 'q', 0), ('q', 'qkv_dwconv', 0), ('mdc_q', 'q', 0),
])  # fmt: skip
def test_the_attention_is_named_where_both_sides_tell_theirs(
    found: str, wanted: str, count: int
) -> None:
    names = [(*NAMES, f'body.0.attn.{name}.weight') for name in (found, wanted)]
    assert len(of_load('WC306', compared(*names))) == count


def test_an_origin_says_nothing_of_a_load_that_was_not_tried() -> None:
    origin = Origin('train.yml', (('attn_types', 'WTA'),))
    facts: Any = {'origin': origin, 'origin_differences': (('attn_types', 'WTA', 'MDTA'),)}
    assert not of_load('WC307', load(**facts))
    assert of_load('WC307', load(**facts, configured=Outcome(True, loaded=NAMES)))


@pytest.mark.parametrize('failure, tried, severity', [
    ('import', False, ERROR), ('import', True, WARNING), ('', False, WARNING),
])  # fmt: skip
def test_a_missing_package_is_an_error_where_nothing_can_be_said(
    failure: str, tried: bool, severity: str
) -> None:
    one = load(configured=ALL) if tried else load()
    lacks = Rehearsal(failure=failure, missing=(('einops', 'net.py:1'),))
    (found,) = of_training('WC530', report(rehearsal=lacks, loads=(one,)))
    assert found.severity == severity


def test_options_that_differ_are_told_with_their_lines() -> None:
    options = (OptionDifference('dim', 48, 32), OptionDifference('ffn', 2, 3, is_default=True))
    one = load(cause=Cause(options=options))
    for lines, told in (
        ({'network_g': 3, 'network_g.dim': 5}, ('5', '3')),
        ({'network_g': 3, 'network_g.dim': 0}, ('–', '3')),  # as --force_yml leaves it
        ({}, ('–', '–')),  # the hook without a file
    ):
        file = OptionFile('t.yml', '', {}, lines)
        (found,) = of_load('WC305', one, report(plan={'options': file}, loads=(one,)))
        assert dict(found.parameters)['lines'] == told
