"""What a section describes is what the real class builds; what is not known is not guessed."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.identify.described import described

torch = pytest.importorskip('torch')
from tests.agreement.conftest import RepairedBasicsr  # noqa: E402
from tests.identify.test_identify import CASES, OWN  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


@pytest.mark.parametrize('network_type, options', CASES)
def test_a_known_class_has_the_keys_of_the_real_one(
    network_type: str, options: Dict[str, Any]
) -> None:
    with torch.device('cpu' if network_type == 'SwinIR' else 'meta'):
        if network_type in OWN:
            network = OWN[network_type](**options)
        else:
            network = RepairedBasicsr().build_network(dict(options, type=network_type))
    (spec,) = described('network_g', {'network_g': dict(options, type=network_type)}).values()
    parameters = {name for name, _ in network.named_parameters()}
    assert {one.key: one.shape for one in spec.tensors} == {
        key: tuple(value.shape) for key, value in network.state_dict().items()
    }
    assert {one.key for one in spec.tensors if one.is_parameter} == parameters


@pytest.mark.parametrize('section', [
    None,
    'Restormer',
    {},
    {'type': None},
    {'type': 'MyOwn', 'dim': 48},
    {'type': 'Restormer', 'dim': 48, 'own_option': 1},
    {'type': 'RRDBNet'},
    {'type': 'RRDBNet', 'num_in_ch': 3, 'num_out_ch': 3, 'num_block': 10**12},
    {'type': 'RRDBNet', 'num_in_ch': 3, 'num_out_ch': 3, 'num_block': -1},
    {'type': 'Restormer', 'num_blocks': 'four'},
    {'type': 'Restormer', 'num_blocks': [4]},
    {'type': 'Restormer', 'heads': None},
    {'type': 'NAFNet', 'enc_blk_nums': [4096] * 4096},
])  # fmt: skip
def test_what_is_not_known_is_not_guessed(section: Any) -> None:
    assert described('network_g', {'network_g': section}) == {}
