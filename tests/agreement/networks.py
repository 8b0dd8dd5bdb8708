"""Small networks of basicsr 1.4.2, one option section each; no forward is ever run."""

from __future__ import annotations

from typing import Any, Dict

NETWORKS: Dict[str, Dict[str, Any]] = {
    'MSRResNet': {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4},
    'EDSR': {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2},
    'RRDBNet': {
        'num_in_ch': 3, 'num_out_ch': 3, 'scale': 4, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4,
    },
    'SRVGGNetCompact': {
        'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_conv': 3, 'upscale': 4,
        'act_type': 'prelu',
    },
    'RCAN': {
        'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_group': 2, 'num_block': 2,
        'squeeze_factor': 4, 'upscale': 2,
    },
    'SwinIR': {
        'upscale': 2, 'in_chans': 3, 'img_size': 16, 'window_size': 8, 'img_range': 1.0,
        'depths': [2, 2], 'embed_dim': 12, 'num_heads': [2, 2], 'mlp_ratio': 2,
        'upsampler': 'pixelshuffledirect', 'resi_connection': '1conv',
    },
    'ECBSR': {
        'num_in_ch': 3, 'num_out_ch': 3, 'num_block': 2, 'num_channel': 8, 'with_idt': False,
        'act_type': 'prelu', 'scale': 4,
    },
    'RIDNet': {
        'in_channels': 3, 'mid_channels': 8, 'out_channels': 3, 'num_block': 2,
    },
    'TOFlow': {'adapt_official_weights': False},
    'EDVR': {
        'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_frame': 5, 'deformable_groups': 2,
        'num_extract_block': 1, 'num_reconstruct_block': 1, 'center_frame_idx': None,
        'hr_in': False, 'with_predeblur': False, 'with_tsa': True,
    },
    'BasicVSR': {'num_feat': 8, 'num_block': 1, 'spynet_path': None},
    'UNetDiscriminatorSN': {'num_in_ch': 3, 'num_feat': 4, 'skip_connection': True},
    'VGGStyleDiscriminator': {'num_in_ch': 3, 'num_feat': 2, 'input_size': 128},
    'DUF': {'scale': 4, 'num_layer': 16, 'adapt_official_weights': False},
}
