"""Older names of RRDBNet and other attentions, with the real networks loading the result."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.conversion.conftest import Run, load, same

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
NUMBERS = {'conv_first': 0, 'conv_up1': 3, 'conv_up2': 6, 'conv_hr': 8, 'conv_last': 10}
MIDDLE = {
    'conv_first': 'conv_first',
    'conv_body': 'trunk_conv',
    'conv_up1': 'upconv1',
    'conv_up2': 'upconv2',
    'conv_hr': 'HRconv',
    'conv_last': 'conv_last',
}


@pytest.fixture(scope='module')
def rrdbnet() -> Any:
    from tests.agreement.conftest import RepairedBasicsr

    options = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 3, 'num_grow_ch': 4}
    return RepairedBasicsr().build_network(dict(options, type='RRDBNet'))


def old_names(state: State) -> State:
    """As the Sequential of the first ESRGAN names them, written down independently of the rules."""
    renamed = {}
    for key, value in state.items():
        module, _, rest = key.partition('.')
        if module == 'body':
            block, rdb, conv, name = rest.split('.')
            key = f'model.1.sub.{block}.{rdb.upper()}.{conv}.0.{name}'
        elif module == 'conv_body':
            key = f'model.1.sub.3.{rest}'
        else:
            key = f'model.{NUMBERS[module]}.{rest}'
        renamed[key] = value
    return renamed


def middle_names(state: State) -> State:
    renamed = {}
    for key, value in state.items():
        module, _, rest = key.partition('.')
        if module == 'body':
            key = re.sub(r'^body\.(\d+)\.rdb', r'RRDB_trunk.\1.RDB', key)
        else:
            key = f'{MIDDLE[module]}.{rest}'
        renamed[key] = value
    return renamed


@pytest.mark.parametrize('generation', ['old', 'middle'])
def test_round_trip_is_bit_exact(folder: Path, rrdbnet: Any, generation: str) -> None:
    import torch

    state = rrdbnet.state_dict()
    torch.save({'old': old_names, 'middle': middle_names}[generation](state), 'a.pth')
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--rules', f'esrgan-{generation}']) == 0
    found = load()['params']
    assert same(found, dict(state))
    rrdbnet.load_state_dict(found, strict=True)


@pytest.mark.parametrize('wrapper', ['', 'module.', 'module._orig_mod.'])
def test_old_names_below_a_wrapper(
    folder: Path, convert_json: Run, rrdbnet: Any, wrapper: str
) -> None:
    import torch

    state = rrdbnet.state_dict()
    torch.save({wrapper + key: value for key, value in old_names(state).items()}, 'a.pth')
    code, document = convert_json('a.pth', '-o', 'b.pth')
    # `model.` belongs to the old network: only torch's own wrappers are taken off.
    assert code == 0 and document['hints'] == ['esrgan-old']
    assert document['recipe']['strip'] == ([wrapper] if wrapper else [])
    code, document = convert_json('b.pth', '-o', 'out.pth', '--rules', 'esrgan-old')
    assert code == 0 and same(load()['params'], dict(state))
    assert document['changes']['unused_rules'] == document['changes']['unmatched'] == []


def test_rules_of_another_generation_say_what_they_did_not_do(
    folder: Path, convert_json: Run, rrdbnet: Any
) -> None:
    import torch

    torch.save(rrdbnet.state_dict(), 'a.pth')
    code, document = convert_json('a.pth', '-o', 'out.pth', '--rules', 'esrgan-old')
    assert code == 0
    assert len(document['changes']['unused_rules']) == 7
    assert len(document['changes']['unmatched']) == len(rrdbnet.state_dict())
    assert same(load()['params'], dict(rrdbnet.state_dict()))


@pytest.mark.parametrize('bias', [False, True])
def test_mdta_to_hta(folder: Path, convert_json: Run, bias: bool) -> None:
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    small: Dict[str, Any] = {
        'dim': 8,
        'num_blocks': (1, 1, 1, 1),
        'num_refinement_blocks': 1,
        'bias': bias,
    }
    mdta = Restormer(**small).state_dict()
    hta = Restormer(**small, attn_types=('HTA',) * 4)
    torch.save({'params': mdta}, 'a.pth')
    code, document = convert_json('a.pth', '-o', 'out.pth', '--rules', 'mdta-to-hta')
    assert code == 0 and document['changes']['unused_rules'] == []
    found = load()['params']
    result = hta.load_state_dict(found, strict=False)
    # Only the value path is new; every other tensor of HTA comes from the file.
    assert result.unexpected_keys == [] and result.missing_keys
    assert all('.attn.mdc_v.' in key for key in result.missing_keys)
    assert set(result.missing_keys) == {key for key in hta.state_dict() if '.mdc_v.' in key}
    checked = 0
    for key, value in mdta.items():
        if '.qkv_dwconv.' not in key:
            assert torch.equal(found[key], value)
            continue
        dim = value.shape[0] // 3
        assert torch.equal(found[key.replace('qkv_dwconv', 'mdc_q')], value[:dim])
        assert torch.equal(found[key.replace('qkv_dwconv', 'mdc_k')], value[dim : 2 * dim])
        checked += 1
    assert checked == 8 * (1 + bias)
    assert len(document['changes']['cut']) == 2 * checked


def test_some_levels_only(folder: Path, convert_json: Run) -> None:
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    small: Dict[str, Any] = {'dim': 8, 'num_blocks': (1, 1, 1, 1), 'num_refinement_blocks': 1}
    torch.save({'params': Restormer(**small).state_dict()}, 'a.pth')
    mixed = Restormer(**small, attn_types=('MDTA', 'HTA', 'MDTA', 'MDTA'))
    code, _ = convert_json(
        'a.pth', '-o', 'out.pth', '--rules', 'mdta-to-hta', '--rules-for', '*_level2.*'
    )
    result = mixed.load_state_dict(load()['params'], strict=False)
    assert code == 0 and result.unexpected_keys == []
    assert {key.partition('.')[0] for key in result.missing_keys} == {
        'encoder_level2', 'decoder_level2',
    }  # fmt: skip
