"""Options that no key and no shape tells: the network is built with the other value beside it."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.identify.guesses import other_choices
from basicsr_weightcheck.plan.provenance import seal
from basicsr_weightcheck.records.findings import INFO, WARNING
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.workflow.checking import silent_options
from basicsr_weightcheck.workflow.checking.silent_options import read_shown
from tests.agreement.real_run import is_clean
from tests.training import Answer, Training, repaired_basicsr, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Section = Dict[str, Any]

RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
SWIN = {
    'upscale': 4, 'img_size': 16, 'embed_dim': 12, 'depths': [2, 2], 'num_heads': [2, 2],
    'window_size': 8, 'mlp_ratio': 2, 'upsampler': 'pixelshuffle', 'img_range': 1.0,
}  # fmt: skip


def check(training: Training, network: str, made: Section, asked: Section) -> Answer:
    path = training.save({'params': state_of(network, **made)})
    training.compose(dict(asked, type=network), {'pretrain_network_g': path})
    answer = training.check()
    assert answer.verdict == 'ready' and all(is_clean(call) for call in training.really_load())
    return answer


@pytest.mark.fires('WC211')
@pytest.mark.failure(46, 'WC211')
@pytest.mark.parametrize('network, made, asked, other, classes', [
    ('Attending', {}, {'kinds': ['wide', 'wide']}, '[tall, tall]', '_Wide / _Tall'),
    ('Attending', {}, {'act': 'tanh'}, 'relu', 'Tanh / ReLU'),
    # The default has other keys or shapes; the source compares the value with another that has not.
    ('Attending', {'kinds': ['tall', 'large']}, {'kinds': ['wide', 'large']}, '[tall, large]',
     '_Wide / _Tall'),
    # No defaults at all: the source alone tells what else there is.
    ('Choosing', {'kind': 'tall', 'act': 'relu'}, {'kind': 'wide', 'act': 'relu'}, 'tall',
     '_Wide / _Tall'),
    ('Restormer', RESTORMER, dict(RESTORMER, attn_types=['WTA'] * 4),
     '[MDTA, MDTA, MDTA, MDTA]', 'WTA / MDTA'),
    ('Restormer', dict(RESTORMER, attn_types=['HTA', 'MDTA', 'HTA', 'HTA']),
     dict(RESTORMER, attn_types=['HTA', 'WTA', 'HTA', 'HTA']), '[HTA, MDTA, HTA, HTA]',
     'WTA / MDTA'),
    ('SRVGGNetCompact', {'num_feat': 8, 'num_conv': 2, 'act_type': 'relu'},
     {'num_feat': 8, 'num_conv': 2, 'act_type': 'leakyrelu'}, 'relu', 'LeakyReLU / ReLU'),
])  # fmt: skip
def test_another_class_with_the_same_keys_is_a_warning(
    with_toys: Training, network: str, made: Section, asked: Section, other: str, classes: str
) -> None:
    answer = check(with_toys, network, made, asked)
    (finding, *_) = [one for one in answer.findings if one['code'] == 'WC211']
    facts = finding['parameters']
    assert (finding['severity'], finding['option']) == (WARNING, f'network_g.{facts["name"]}')
    assert facts['other'] == other and facts['classes'] == [classes]
    _computes_otherwise(network, made, asked)


def _computes_otherwise(network: str, made: Section, asked: Section) -> None:
    """Both networks take the same file, and give something else for one image."""
    import torch

    state = state_of(network, **made)
    channels = 4 if 'tt' in network or 'Choos' in network else 3
    image = torch.rand(1, channels, 16, 8)
    results = []
    for options in (made, asked):
        built = repaired_basicsr().build_network(dict(options, type=network))
        built.load_state_dict(state)
        with torch.no_grad():
            results.append(built.eval()(image))
    assert not torch.equal(*results)


@pytest.mark.fires('WC231')
@pytest.mark.failure(46, 'WC231')
@pytest.mark.parametrize('network, made, asked, attribute', [
    ('EDSR', EDSR, dict(EDSR, res_scale=0.1), 'res_scale: 0.1 / 1'),
    ('EDSR', EDSR, dict(EDSR, img_range=1.0), 'img_range: 1 / 255'),
    ('SwinIR', SWIN, dict(SWIN, img_range=255.0), 'img_range: 255 / 1'),
    ('Attending', {}, {'res_scale': 0.5}, 'res_scale: 0.5 / 1'),
])  # fmt: skip
def test_another_attribute_is_a_line_of_information(
    with_toys: Training, network: str, made: Section, asked: Section, attribute: str
) -> None:
    answer = check(with_toys, network, made, asked)
    assert answer.found('WC231')['severity'] == INFO and 'WC211' not in answer.codes
    assert answer.facts('WC231')['attributes'] == [attribute]


@pytest.mark.parametrize('network, asked', [
    ('EDSR', dict(EDSR, res_scale=1, img_range=255.0)),  # the defaults, written out
    ('SwinIR', SWIN),  # no default but every one is told by the shapes
    ('Attending', {'kinds': ['tall', 'tall'], 'act': 'relu', 'width': 6}),
    ('Attending', {'dropout': 0.5}),  # nothing that a trained network computes
    ('Attending', {'unused': 3}),
    ('Restormer', dict(RESTORMER, attn_types=['MDTA'] * 4)),
    ('Restormer', dict(RESTORMER, bias=True, LayerNorm_type='BiasFree', attn_types=['HTA'] * 4)),
])  # fmt: skip
def test_it_is_quiet(with_toys: Training, network: str, asked: Section) -> None:
    answer = check(with_toys, network, asked, asked)
    assert not {'WC211', 'WC231'} & set(answer.codes)


def test_a_sidecar_decides(with_toys: Training) -> None:
    """What the file was saved from is known: it is the same network, or it is an error."""
    asked = {'kinds': ['wide', 'wide']}
    path = with_toys.save({'params': state_of('Attending')})
    for kinds, verdict in ((['wide', 'wide'], 'ready'), (['tall', 'tall'], 'wrong-checkpoint')):
        sidecar = {
            'section': 'network_g',
            'options': {'type': 'Attending', 'kinds': kinds},
            'file': seal(path),
        }
        with open(f'{path}.weightcheck.json', 'w', encoding='utf-8') as file:
            json.dump(sidecar, file)
        with_toys.compose(dict(asked, type='Attending'), {'pretrain_network_g': path})
        answer = with_toys.check()
        assert answer.verdict == verdict and 'WC211' not in answer.codes
        assert ('WC307' in answer.codes) is (verdict == 'wrong-checkpoint')


def test_it_is_said_once_for_two_loads(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('Attending')})
    section = {'type': 'Attending', 'act': 'tanh'}
    with_toys.compose(section, {'pretrain_network_g': path}, ema_decay=0.9)
    answer = with_toys.check()
    assert len(answer.loads) == 2 and answer.codes.count('WC211') == 1


def test_the_builds_are_bounded(with_toys: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_options, 'MAX_BUILDS', 0)
    assert 'WC211' not in check(with_toys, 'Attending', {}, {'act': 'tanh'}).codes
    monkeypatch.setattr(silent_options, 'MAX_BUILDS', 8)
    monkeypatch.setattr(silent_options, 'MAX_SECONDS', -1.0)
    assert 'WC211' not in check(with_toys, 'Attending', {}, {'act': 'tanh'}).codes


SOURCE = """
def make(kind, other):
    if kind == 'a' or 'b' == kind:
        return {'a': 1, 'z': 2}[kind]
    return kind in ('c', 'd') and other == 'e'
"""


def test_what_the_source_compares(tmp_path: Any) -> None:
    path = tmp_path / 'arch.py'
    path.write_text(SOURCE)
    choices: List[str] = ['c', 'd']
    assert set(other_choices(str(path), 'b')) == {'a', *choices}
    assert set(other_choices(str(path), 'a')) == {'b', 'z', *choices}
    assert other_choices(str(path), 'e') == () == other_choices(str(path), 'x')
    path.write_text('not python (')
    assert other_choices(str(path), 'a') == () == other_choices(str(tmp_path / 'none.py'), 'a')


@pytest.mark.parametrize(
    'value', [None, True, False, 3, 0.5, 1e-05, '', 'WithBias', [1, 2], ['MDTA', 'HTA'], []]
)
def test_defaults_are_read_as_they_were_shown(value: Any) -> None:
    assert read_shown(shown_value(value)) == value


def test_a_default_that_is_an_object_is_no_value() -> None:
    with pytest.raises(ValueError, match='class'):
        read_shown(shown_value(dict))
