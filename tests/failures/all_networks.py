"""Every network class of basicsr 1.4.2 that can be built on the CPU, small.

Left out: VGGFeatureExtractor downloads weights, DFDNet reads a dictionary of faces from a file.
"""

from __future__ import annotations

from typing import Any, Dict

from tests.agreement.networks import NETWORKS

MORE: Dict[str, Dict[str, Any]] = {
    'BasicVSRPlusPlus': {'mid_channels': 8, 'num_blocks': 1, 'spynet_path': None},
    'IconVSR': {'num_feat': 64, 'num_block': 1, 'spynet_path': None, 'edvr_path': None},
    'SpyNet': {'load_path': None},
    'StyleGAN2Generator': {'out_size': 8, 'num_style_feat': 8, 'num_mlp': 2, 'narrow': 0.1},
    'StyleGAN2Discriminator': {'out_size': 8, 'narrow': 0.1},
    'HiFaceGAN': {'num_in_ch': 3, 'num_feat': 4, 'crop_size': 64},
    'HiFaceGANDiscriminator': {'num_in_ch': 3, 'num_feat': 4},
    'Restormer': {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1},
}
ALL: Dict[str, Dict[str, Any]] = {**NETWORKS, **MORE}
