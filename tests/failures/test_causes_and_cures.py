"""The option before strict false, both ways of a deliberate change, loads that are too little."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import pytest

from basicsr_weightcheck.records.findings import ERROR
from tests.agreement.real_run import is_clean
from tests.training import Answer, Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Section = Dict[str, Any]

RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 1, 'num_grow_ch': 4}
MSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
HAT_LIKE = {
    'embed_dim': 12, 'depths': [2, 2], 'num_heads': [2, 2], 'mlp_ratio': 2,
    'img_size': 18, 'window_size': 6,
}  # fmt: skip

OPTIONS = [
    # What is read off the shapes does not say it: the channels are folded by the scale.
    ('RRDBNet', dict(RRDB, num_in_ch=24), {'num_in_ch': 72}),
    ('LargeKernels', {'kernel_size': 7}, {'kernel_size': 9}),
    ('LargeKernels', {'kernel_size': 3}, {'kernel_size': 5}),
    ('LargeKernels', {'kernel_size': 5, 'dim': 4}, {'kernel_size': 7, 'dim': 6}),
    # Neither of the two can be changed alone.
    ('SquareWindows', {'img_size': 66, 'window_size': 22}, {'img_size': 48, 'window_size': 24}),
    ('HatLike', HAT_LIKE, {'img_size': 16, 'window_size': 8}),
    ('PaddedWindows', {'img_size': 64, 'window_size': 22}, {'img_size': 48, 'window_size': 24}),
    # A size in a list.
    ('HatLike', HAT_LIKE, {'num_heads': [3, 3]}),
]


@pytest.mark.failure(6, 'WC305')
@pytest.mark.parametrize('network, asked, made', OPTIONS, ids=lambda v: str(v)[:40])
def test_an_option_is_tried_before_strict_false(
    with_toys: Training, network: str, asked: Section, made: Section
) -> None:
    path = with_toys.save({'params': state_of(network, **{**asked, **made})})
    with_toys.compose(dict(asked, type=network), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert answer.first() == 'WC305' and 'WC201' not in answer.codes
    assert answer.edits == {f'network_g.{name}': value for name, value in made.items()}
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.failure(31, 'WC305')
def test_known_classes_are_told_without_a_rehearsal(with_toys: Training) -> None:
    """Nothing is built: what such a network has is described."""
    path = with_toys.save({'params': state_of('RRDBNet', **dict(RRDB, num_in_ch=72))})
    with_toys.compose(dict(RRDB, type='RRDBNet', num_in_ch=24), {'pretrain_network_g': path})
    answer = with_toys.check('--no-rehearsal')
    assert (answer.exit_code, len(answer.loads), answer.first()) == (1, 1, 'WC305')
    assert answer.edits == {'network_g.num_in_ch': 72}


def kept_fraction(answer: Answer) -> float:
    """What is loaded of the network as it is: the other way, which needs strict false."""
    other = answer.report.loads[0].alternative
    assert other.proof.loads
    assert {edit.option: edit.after for edit in other.edits} == {'path.strict_load_g': False}
    return other.proof.parameter_fraction


@pytest.mark.failure(31, 'WC305')
@pytest.mark.parametrize('channels', [1, 6])
def test_a_deliberate_change_is_told_both_ways(with_toys: Training, channels: int) -> None:
    """The file's channels, or the network as it is: both are rehearsed, and both load."""
    path = with_toys.save({'params': state_of('MSRResNet', **MSR)})
    changed = dict(MSR, type='MSRResNet', num_in_ch=channels, num_out_ch=channels)
    with_toys.compose(changed, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.first() == 'WC305'
    assert answer.facts('WC305')['advice'] == 'label:options-keep'
    fraction = kept_fraction(answer)
    with_toys.compose(changed, {'pretrain_network_g': path, 'strict_load_g': False})
    (call,) = with_toys.really_load()
    assert not call.error and len(call.mismatched) == 3  # and the rest is loaded
    assert 0.5 < fraction < 1
    kept = with_toys.check()
    assert kept.verdict == 'ready-partly' and kept.recommendation is None
    assert not kept.report.loads[0].alternative.is_needed
    assert ERROR not in [finding['severity'] for finding in kept.loads[0]['findings']]


def test_another_scale_is_told_both_ways(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('MSRResNet', **MSR)})
    with_toys.compose(dict(MSR, type='MSRResNet', upscale=2), {'pretrain_network_g': path}, scale=2)
    answer = with_toys.cured()
    assert answer.first() == 'WC303'
    assert answer.edits == {'network_g.upscale': 4, 'scale': 4}
    assert kept_fraction(answer) == 1.0


def test_another_width_asks_for_another_file(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('MSRResNet', **dict(MSR, num_feat=16))})
    with_toys.compose(dict(MSR, type='MSRResNet'), {'pretrain_network_g': path})
    answer = with_toys.check()
    facts = answer.facts('WC305')
    assert facts['advice'] == 'label:options-file' and facts['expected'] == ['num_feat: 8']
    assert not answer.report.loads[0].alternative.is_needed


def test_what_the_network_has_comes_all_from_the_file(with_toys: Training) -> None:
    """x4 into x2: a layer of the file is dropped, and nothing starts random."""
    path = with_toys.save({'params': state_of('MSRResNet', **MSR)})
    with_toys.compose(
        dict(MSR, type='MSRResNet', upscale=2),
        {'pretrain_network_g': path, 'strict_load_g': False},
        scale=2,
    )
    answer = with_toys.check()
    assert answer.verdict == 'ready' and answer.recommendation is None
    (call,) = with_toys.really_load()
    assert not (call.error or call.missing or call.mismatched)


def few_weights(network: str, **options: Any) -> Tuple[Section, Section]:
    """(state without the weights of most layers, the section)."""
    state = state_of(network, **options)
    return {k: v for k, v in state.items() if v.dim() < 2}, dict(options, type=network)


@pytest.mark.failure(11, 'WC203')
@pytest.mark.parametrize('strict', [True, False])
def test_biases_alone_are_no_start(with_toys: Training, strict: bool) -> None:
    """A narrow network has a tenth of its parameters in biases."""
    state, section = few_weights('Sequence', width=4)
    path = with_toys.save({'params': state})
    with_toys.compose(section, {'pretrain_network_g': path, 'strict_load_g': strict})
    answer = with_toys.check()
    assert answer.first() == ('WC201' if strict else 'WC203')
    assert answer.loads[0]['findings'][0]['severity'] == ERROR
    assert answer.recommendation is None and answer.verdict == 'wrong-checkpoint'
    assert answer.loads[0]['strict']['must_be_false'] is True
    if strict:
        assert answer.facts('WC201')['advice'] == 'label:strict-little'
    else:
        facts = answer.facts('WC203')
        assert (facts['weights_loaded'], facts['weights_expected']) == (0, 3)


@pytest.mark.failure(11, 'WC203')
def test_a_huge_head_is_not_most_of_a_network(with_toys: Training) -> None:
    """Nine tenths of the parameters in one layer, and every other layer random."""
    state = state_of('HugeHead')
    path = with_toys.save({'params': {k: v for k, v in state.items() if k.startswith('head.')}})
    with_toys.compose({'type': 'HugeHead'}, {'pretrain_network_g': path, 'strict_load_g': False})
    answer = with_toys.check()
    facts = answer.facts('WC203')
    assert answer.first() == 'WC203' and answer.found('WC203')['severity'] == ERROR
    fraction = facts['fraction']
    assert isinstance(fraction, float) and fraction > 0.9
    assert (facts['weights_loaded'], facts['weights_expected']) == (1, 10)
    assert answer.verdict == 'wrong-checkpoint' and 'WC204' not in answer.codes
    (call,) = with_toys.really_load()
    assert not call.error and len(call.missing) == 18


@pytest.mark.parametrize('layers, verdict', [(8, 'ready-partly'), (3, 'wrong-checkpoint')])
def test_a_part_begins_at_one_half(with_toys: Training, layers: int, verdict: str) -> None:
    whole = state_of('HugeHead', layers=9, head=8)
    kept = {k: v for k, v in whole.items() if k.startswith('head.') or int(k[5]) >= 9 - layers}
    path = with_toys.save({'params': kept})
    with_toys.compose(
        {'type': 'HugeHead', 'layers': 9, 'head': 8},
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    answer = with_toys.check()
    assert answer.verdict == verdict
    assert ('WC203' in answer.codes) is (verdict == 'wrong-checkpoint')
    assert ('WC204' in answer.codes) is (verdict == 'ready-partly')


@pytest.mark.failure(13, 'WC209')
def test_what_stays_random_behind_a_conversion_is_listed(with_toys: Training) -> None:
    state = state_of('FlowAndTrunk')
    kept = {f'model.{k}': v for k, v in state.items() if k.startswith('trunk.')}
    path = with_toys.save({'params': kept})
    with_toys.compose({'type': 'FlowAndTrunk'}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.first() == 'WC209' and answer.verdict == 'convert'
    assert answer.facts('WC209')['random'] == ['spynet 4', 'upsampler 2']


def test_a_conversion_that_gives_little_is_not_recommended(with_toys: Training) -> None:
    state = state_of('FlowAndTrunk', blocks=8)
    kept = {f'model.{k}': v for k, v in state.items() if k.startswith('trunk.0.')}
    path = with_toys.save({'params': kept})
    with_toys.compose({'type': 'FlowAndTrunk', 'blocks': 8}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.recommendation is None and not answer.report.loads[0].alternative.is_needed
    assert answer.verdict == 'wrong-checkpoint' and answer.first() == 'WC212'
