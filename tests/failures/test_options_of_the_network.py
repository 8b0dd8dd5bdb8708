"""The file was made with other options: the finding names them, the edit makes it load strictly."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest

from tests.agreement.real_run import is_clean
from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
Section = Dict[str, Any]

RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4}
COMPACT = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_conv': 3, 'upscale': 4}
RESIDUAL = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2}
SWIN = {
    'img_size': 16,
    'embed_dim': 12,
    'depths': [2, 2],
    'num_heads': [2, 2],
    'window_size': 8,
    'mlp_ratio': 2,
}
RESTORMER = {
    'dim': 8,
    'num_blocks': [1, 2, 1, 1],
    'num_refinement_blocks': 1,
    'heads': [1, 2, 4, 8],
    'ffn_expansion_factor': 2.66,
    'LayerNorm_type': 'WithBias',
}

CASES: List[Tuple[str, Section, Section]] = [
    ('RRDBNet', RRDB, {'num_block': 4}),
    ('RRDBNet', RRDB, {'num_block': 1}),
    ('RRDBNet', RRDB, {'num_feat': 12, 'num_grow_ch': 6}),
    ('SRVGGNetCompact', COMPACT, {'num_conv': 6}),
    ('SRVGGNetCompact', COMPACT, {'num_conv': 1}),
    ('EDSR', RESIDUAL, {'num_feat': 16, 'num_block': 3}),
    ('MSRResNet', RESIDUAL, {'num_block': 5}),
    ('SwinIR', SWIN, {'embed_dim': 24, 'depths': [2, 2, 2], 'num_heads': [2, 2, 2]}),
    ('SwinIR', SWIN, {'window_size': 4, 'mlp_ratio': 4}),
    ('Restormer', RESTORMER, {'dim': 16}),
    ('Restormer', RESTORMER, {'ffn_expansion_factor': 2.0}),
    ('Restormer', RESTORMER, {'LayerNorm_type': 'BiasFree', 'heads': [2, 2, 4, 8]}),
    ('Restormer', RESTORMER, {'num_blocks': [2, 2, 1, 3], 'bias': True}),
    # Networks that nothing is known of: the options are found by trying.
    ('RIDNet', {'in_channels': 3, 'mid_channels': 8, 'out_channels': 3}, {'mid_channels': 16}),
    ('EDVR', {'num_feat': 8, 'num_frame': 5, 'deformable_groups': 2}, {'with_tsa': False}),
    ('ECBSR', {'num_in_ch': 3, 'num_out_ch': 3, 'num_channel': 8, 'num_block': 2,
               'with_idt': False, 'act_type': 'prelu', 'scale': 4}, {'num_block': 3}),
    ('BasicVSR', {'num_feat': 8, 'num_block': 2}, {'num_feat': 16}),
]  # fmt: skip


@pytest.mark.failure(6, 'WC305')
@pytest.mark.parametrize('network, asked, made', CASES, ids=lambda v: str(v)[:40])
def test_the_options_of_the_file_are_named_and_load_strictly(
    with_toys: Training, network: str, asked: Section, made: Section
) -> None:
    path = with_toys.save({'params': state_of(network, **{**asked, **made})})
    with_toys.compose(
        dict(asked, type=network), {'pretrain_network_g': path, 'strict_load_g': True}
    )
    answer = with_toys.cured()
    assert answer.first() == 'WC305'
    assert not {'WC201', 'WC301', 'WC212'} & set(answer.codes)
    assert answer.recommendation['proof']['parameter_fraction'] == 1.0
    assert answer.edits == {f'network_g.{name}': value for name, value in made.items()}
    assert all(is_clean(call) for call in with_toys.really_load())
