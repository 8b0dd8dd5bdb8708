"""Train the small networks whose weights tests/fixtures/look keeps, on generated pictures.

    python scripts/make_look_weights.py [NAME ...]

About a minute each on one core. The same seeds give weights that do the same job, not the same
bits: sums depend on the machine.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Dict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
FOLDER = os.path.join(ROOT, 'tests', 'fixtures', 'look')
ITERATIONS, BATCH, SIZE, SEED = 1200, 4, 32, 0
SMALL = {
    'type': 'Restormer', 'dim': 4, 'num_blocks': [2, 2, 1, 1], 'num_refinement_blocks': 2,
    'heads': [1, 2, 2, 4], 'ffn_expansion_factor': 2,
}  # fmt: skip
RESNET = {'type': 'MSRResNet', 'num_feat': 20, 'num_block': 4}
NETWORKS: Dict[str, Dict[str, Any]] = {
    'mdta': {**SMALL, 'attn_types': ['MDTA'] * 4},
    'wta': {**SMALL, 'attn_types': ['WTA'] * 4},
    'hta': {**SMALL, 'attn_types': ['HTA'] * 4},
    'srresnet_x2': {**RESNET, 'upscale': 2},
    'srresnet_x4': {**RESNET, 'upscale': 4},
    'nafnet': {'type': 'NAFNet', 'width': 12, 'middle_blk_num': 2},
}


def batches(generator: Any, scale: int) -> Any:
    """(lq, gt) without end: (BATCH, 3, SIZE, SIZE) and `scale` times as large, float32."""
    import numpy as np
    import torch

    from tests.look.pictures import noisy_pair, small_pair

    size = SIZE if scale == 1 else SIZE // 2
    while True:
        pairs = [
            noisy_pair(generator, size) if scale == 1 else small_pair(generator, size, scale)
            for _ in range(BATCH)
        ]
        yield tuple(
            torch.from_numpy(np.stack(side)).permute(0, 3, 1, 2).contiguous()
            for side in zip(*pairs)
        )


def train(network: Any, scale: int, iterations: int = ITERATIONS) -> Dict[str, Any]:
    """Train, and return the weights."""
    import numpy as np
    import torch

    torch.manual_seed(SEED)
    optimizer = torch.optim.Adam(network.parameters())
    source = batches(np.random.default_rng(SEED + 1), scale)
    for done in range(iterations):
        for group in optimizer.param_groups:
            group['lr'] = 3e-3 * (1 - done / iterations) + 1e-5
        lq, gt = next(source)
        loss = torch.nn.functional.l1_loss(network(lq), gt)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        optimizer.step()
    weights: Dict[str, Any] = network.state_dict()
    return weights


def build(name: str) -> Any:
    """The network, initialised with the seed."""
    import torch

    from tests.agreement.conftest import RepairedBasicsr

    basicsr = RepairedBasicsr()
    import basicsr_weightcheck.archs.register  # noqa: F401
    import tests.look.nafnet  # noqa: F401

    torch.manual_seed(SEED)
    return basicsr.build_network(dict(NETWORKS[name]))


def main() -> None:
    """Train those that are named, or all."""
    import torch

    os.makedirs(FOLDER, exist_ok=True)
    torch.set_num_threads(1)
    for name in sys.argv[1:] or NETWORKS:
        table = train(build(name), NETWORKS[name].get('upscale', 1))
        path = os.path.join(FOLDER, f'{name}.pth')
        torch.save({'params': table}, path)
        print(f'{name}: {os.path.getsize(path) / 1024:.0f} KiB', flush=True)


if __name__ == '__main__':
    main()
