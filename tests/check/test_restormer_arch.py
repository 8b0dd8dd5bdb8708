"""The Restormer family against the figures of the paper and the published checkpoints."""

from __future__ import annotations

from typing import Any, Dict

import pytest

pytestmark = [pytest.mark.torch]
SMALL = {'dim': 8, 'num_blocks': (1, 1, 1, 1), 'num_refinement_blocks': 1}


def build(**options: Any) -> Any:
    from basicsr_weightcheck.archs.restormer_arch import Restormer

    return Restormer(**options)


def shapes(network: Any) -> Dict[str, Any]:
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def test_default_has_the_published_size() -> None:
    import torch

    with torch.device('meta'):
        network = build()
    assert len(network.state_dict()) == 494
    assert sum(parameter.numel() for parameter in network.parameters()) == 26_126_644


def test_keys_of_the_attentions() -> None:
    mdta = shapes(build(**SMALL))
    wta = shapes(build(**SMALL, attn_types=('WTA',) * 4))
    hta = shapes(build(**SMALL, attn_types=('HTA',) * 4))
    assert mdta == wta
    start = 'encoder_level1.0.attn.'
    gone = {key for key in mdta if '.qkv_dwconv.' in key}
    assert gone and set(mdta) - set(hta) == gone
    assert hta[start + 'mdc_q.weight'] == hta[start + 'mdc_k.weight'] == (8, 1, 3, 3)
    assert hta[start + 'mdc_v.mdc1.weight'] == (4, 2, 3, 3)
    assert hta[start + 'mdc_v.mdc2.weight'] == (4, 1, 3, 3)


def test_dual_pixel_has_a_skip() -> None:
    network = build(**SMALL, inp_channels=6, dual_pixel_task=True)
    assert shapes(network)['skip_conv.weight'] == (16, 8, 1, 1)


@pytest.mark.parametrize('kind', ['MDTA', 'HTA', 'WTA'])
def test_forward_and_backward(kind: str) -> None:
    import torch

    torch.manual_seed(0)
    network = build(**SMALL, attn_types=(kind,) * 4)
    image = torch.rand(2, 3, 16, 24)
    restored = network(image)
    assert restored.shape == image.shape
    restored.mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_equal_weights_compute_something_else() -> None:
    import torch

    torch.manual_seed(0)
    mdta, wta = build(**SMALL), build(**SMALL, attn_types=('WTA',) * 4)
    wta.load_state_dict(mdta.state_dict(), strict=True)
    image = torch.rand(1, 3, 16, 16)
    assert not torch.allclose(mdta(image), wta(image), atol=1e-4)


def test_wrong_number_of_levels() -> None:
    with pytest.raises(ValueError, match='attn_types: expected 4'):
        build(attn_types=('MDTA',))
