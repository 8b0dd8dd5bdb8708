"""The option before strict false, both ways of a deliberate change, loads that are too little."""

from __future__ import annotations

import json
from typing import Any, Dict, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.records.findings import ERROR
from tests.agreement.real_run import is_clean
from tests.failures.workbench import Bench, codes, first, found, state_of

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
    bench: Bench,
    network: str,
    asked: Section,
    made: Section,
) -> None:
    path = bench.save({'params': state_of(network, **{**asked, **made})})
    bench.write(dict(asked, type=network), {'pretrain_network_g': path})
    report = bench.check()
    assert first(report) == 'WC305' and 'WC201' not in codes(report)
    assert bench.apply(report) == {f'network_g.{name}': value for name, value in made.items()}
    assert all(is_clean(call) for call in bench.really_load())


@pytest.mark.failure(31, 'WC305')
def test_known_classes_are_told_without_a_rehearsal(
    bench: Bench,
    capfd: Any,
) -> None:
    """Nothing is built: what such a network has is described."""
    path = bench.save({'params': state_of('RRDBNet', **dict(RRDB, num_in_ch=72))})
    bench.write(dict(RRDB, type='RRDBNet', num_in_ch=24), {'pretrain_network_g': path})
    assert main(['check', '-opt', bench.path, '--format', 'json', '--no-rehearsal']) == 1
    (load,) = json.loads(capfd.readouterr().out)['loads']
    assert load['findings'][0]['code'] == 'WC305'
    edits = {edit['option']: edit['to'] for edit in load['recommendation']['edits']}
    assert edits == {'network_g.num_in_ch': 72}


@pytest.mark.failure(31, 'WC305')
@pytest.mark.parametrize('channels', [1, 6])
def test_a_deliberate_change_is_told_both_ways(
    bench: Bench,
    channels: int,
) -> None:
    """The file's channels, or the network as it is: both are rehearsed, and both load."""
    path = bench.save({'params': state_of('MSRResNet', **MSR)})
    changed = dict(MSR, type='MSRResNet', num_in_ch=channels, num_out_ch=channels)
    bench.write(changed, {'pretrain_network_g': path})
    report = bench.check()
    assert first(report) == 'WC305'
    assert dict(found(report, 'WC305').parameters)['advice'] == 'label:options-keep'
    other = report.loads[0].alternative
    assert other is not None and other.proof is not None and other.proof.loads
    assert {edit.option: edit.after for edit in other.edits} == {'path.strict_load_g': False}
    bench.write(changed, {'pretrain_network_g': path, 'strict_load_g': False})
    (call,) = bench.really_load()
    assert not call.error and len(call.mismatched) == 3  # and the rest is loaded
    assert 0.5 < other.proof.parameter_fraction < 1
    kept = bench.check()
    assert kept.verdict == 'ready-partly' and kept.recommendation is None
    assert kept.loads[0].alternative is None
    assert not any(finding.severity == ERROR for finding in kept.loads[0].findings)


def test_another_scale_is_told_both_ways(bench: Bench) -> None:
    path = bench.save({'params': state_of('MSRResNet', **MSR)})
    bench.write(dict(MSR, type='MSRResNet', upscale=2), {'pretrain_network_g': path}, scale=2)
    report = bench.check()
    assert first(report) == 'WC303'
    assert bench.apply(report) == {'network_g.upscale': 4, 'scale': 4}
    other = report.loads[0].alternative
    assert other is not None and other.proof is not None
    assert other.proof.parameter_fraction == 1.0
    assert {edit.option: edit.after for edit in other.edits} == {'path.strict_load_g': False}


def test_another_width_asks_for_another_file(bench: Bench) -> None:
    path = bench.save({'params': state_of('MSRResNet', **dict(MSR, num_feat=16))})
    bench.write(dict(MSR, type='MSRResNet'), {'pretrain_network_g': path})
    report = bench.check()
    facts = dict(found(report, 'WC305').parameters)
    assert facts['advice'] == 'label:options-file' and facts['expected'] == ('num_feat: 8',)
    assert report.loads[0].alternative is None


def test_what_the_network_has_comes_all_from_the_file(bench: Bench) -> None:
    """x4 into x2: a layer of the file is dropped, and nothing starts random."""
    path = bench.save({'params': state_of('MSRResNet', **MSR)})
    bench.write(
        dict(MSR, type='MSRResNet', upscale=2),
        {'pretrain_network_g': path, 'strict_load_g': False},
        scale=2,
    )
    report = bench.check()
    assert report.verdict == 'ready' and report.recommendation is None
    (call,) = bench.really_load()
    assert not (call.error or call.missing or call.mismatched)


def few_weights(network: str, **options: Any) -> Tuple[Section, Section]:
    """(state without the weights of most layers, the section)."""
    state = state_of(network, **options)
    return {k: v for k, v in state.items() if v.dim() < 2}, dict(options, type=network)


@pytest.mark.failure(11, 'WC203')
@pytest.mark.parametrize('strict', [True, False])
def test_biases_alone_are_no_start(bench: Bench, strict: bool) -> None:
    """A narrow network has a tenth of its parameters in biases."""
    state, section = few_weights('Sequence', width=4)
    path = bench.save({'params': state})
    bench.write(section, {'pretrain_network_g': path, 'strict_load_g': strict})
    report = bench.check()
    assert first(report) == ('WC201' if strict else 'WC203')
    assert report.loads[0].findings[0].severity == ERROR
    assert report.recommendation is None and report.verdict == 'wrong-checkpoint'
    assert report.loads[0].must_be_false is True
    if strict:
        assert dict(found(report, 'WC201').parameters)['advice'] == 'label:strict-little'
    else:
        facts = dict(found(report, 'WC203').parameters)
        assert (facts['weights_loaded'], facts['weights_expected']) == (0, 3)


@pytest.mark.failure(11, 'WC203')
def test_a_huge_head_is_not_most_of_a_network(bench: Bench) -> None:
    """Nine tenths of the parameters in one layer, and every other layer random."""
    state = state_of('HugeHead')
    path = bench.save({'params': {k: v for k, v in state.items() if k.startswith('head.')}})
    bench.write({'type': 'HugeHead'}, {'pretrain_network_g': path, 'strict_load_g': False})
    report = bench.check()
    facts = dict(found(report, 'WC203').parameters)
    assert first(report) == 'WC203' and found(report, 'WC203').severity == ERROR
    fraction = facts['fraction']
    assert isinstance(fraction, float) and fraction > 0.9
    assert (facts['weights_loaded'], facts['weights_expected']) == (1, 10)
    assert report.verdict == 'wrong-checkpoint' and 'WC204' not in codes(report)
    (call,) = bench.really_load()
    assert not call.error and len(call.missing) == 18


@pytest.mark.parametrize('layers, verdict', [(8, 'ready-partly'), (3, 'wrong-checkpoint')])
def test_a_part_begins_at_one_half(
    bench: Bench,
    layers: int,
    verdict: str,
) -> None:
    whole = state_of('HugeHead', layers=9, head=8)
    kept = {k: v for k, v in whole.items() if k.startswith('head.') or int(k[5]) >= 9 - layers}
    path = bench.save({'params': kept})
    bench.write(
        {'type': 'HugeHead', 'layers': 9, 'head': 8},
        {'pretrain_network_g': path, 'strict_load_g': False},
    )
    report = bench.check()
    assert report.verdict == verdict
    assert ('WC203' in codes(report)) is (verdict == 'wrong-checkpoint')
    assert ('WC204' in codes(report)) is (verdict == 'ready-partly')


@pytest.mark.failure(13, 'WC209')
def test_what_stays_random_behind_a_conversion_is_listed(
    bench: Bench,
) -> None:
    state = state_of('FlowAndTrunk')
    kept = {f'model.{k}': v for k, v in state.items() if k.startswith('trunk.')}
    path = bench.save({'params': kept})
    bench.write({'type': 'FlowAndTrunk'}, {'pretrain_network_g': path})
    report = bench.check()
    assert first(report) == 'WC209' and report.verdict == 'convert'
    assert dict(found(report, 'WC209').parameters)['random'] == ('spynet 4', 'upsampler 2')


def test_a_conversion_that_gives_little_is_not_recommended(
    bench: Bench,
) -> None:
    state = state_of('FlowAndTrunk', blocks=8)
    kept = {f'model.{k}': v for k, v in state.items() if k.startswith('trunk.0.')}
    path = bench.save({'params': kept})
    bench.write({'type': 'FlowAndTrunk', 'blocks': 8}, {'pretrain_network_g': path})
    report = bench.check()
    assert report.recommendation is None and report.loads[0].alternative is None
    assert report.verdict == 'wrong-checkpoint' and first(report) == 'WC212'
