"""How far a Restormer with HTA falls behind that starts from an MDTA file, and how soon it is back.

    python scripts/make_look_figure.py docs/images

Prints the table of docs/first-look.md and draws its picture, from tests/fixtures/look/mdta.pth.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any, Dict, Iterator, List, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT, os.path.join(ROOT, 'scripts')]
FILE = os.path.join(ROOT, 'tests', 'fixtures', 'look', 'mdta.pth')
STEPS = (0, 25, 100, 200, 400)  # iterations after which pictures are made
SHOWN = (0, 200)  # of these in the picture
RATE, SIZE, PICTURES, FIRST = 1e-3, 64, 8, 4242


def starts() -> Iterator[Tuple[str, Any, Dict[str, Any]]]:
    """(words, network, weights that it starts with)."""
    import torch
    from make_look_weights import build

    from basicsr_weightcheck.cli.main import main as program

    table = torch.load(FILE)['params']
    yield 'MDTA', build('mdta'), table
    yield 'HTA, strict false', build('hta'), table
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, 'hta.pth')
        assert program(['convert', FILE, '-o', target, '--rules', 'mdta-to-hta']) == 0
        yield 'HTA, converted', build('hta'), torch.load(target)['params']
    yield 'HTA, from scratch', build('hta'), {}


def course(network: Any, samples: List[Any]) -> Iterator[Tuple[int, List[Any]]]:
    """(iterations, what was measured of every sample) at each of STEPS, trained in between."""
    import numpy as np
    import torch
    from make_look_weights import SEED, batches

    from basicsr_weightcheck.look.measure import measure

    torch.manual_seed(SEED)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    source, done = batches(np.random.default_rng(SEED + 2), 1), 0
    for stop in STEPS:
        while done < stop:
            lq, gt = next(source)
            loss = torch.nn.functional.l1_loss(network(lq), gt)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 0.1)
            optimizer.step()
            done += 1
        yield stop, [measure(network, sample) for sample in samples]


def new_samples() -> List[Any]:
    """Pictures that no training here has seen."""
    import numpy as np
    import torch

    from basicsr_weightcheck.look.picture import Sample
    from tests.look.pictures import noisy_pair

    generator = np.random.default_rng(FIRST)
    pairs = [noisy_pair(generator, SIZE) for _ in range(PICTURES)]
    tensors = [[torch.from_numpy(one).permute(2, 0, 1)[None] for one in pair] for pair in pairs]
    return [Sample(lq, gt, 1) for lq, gt in tensors]


def main() -> None:
    """Print the table and draw the picture."""
    import numpy as np
    import torch
    from PIL import Image

    from basicsr_weightcheck.look.measure import nothing_done
    from basicsr_weightcheck.look.picture import beside, pixels

    torch.set_num_threads(1)
    samples = new_samples()
    nothing = [nothing_done(sample) for sample in samples]
    ends = [(f'input {mean(nothing):.2f} dB', samples[0].lq), ('target', samples[0].gt)]
    print('| start | ' + ' | '.join(f'{step} iterations' for step in STEPS) + ' |', flush=True)
    sheets = []
    for words, network, table in starts():
        network.load_state_dict(table, strict=False)
        cells, shown = [], [ends[0]]
        for step, measured in course(network, samples):
            cells.append(f'{mean(measured):.2f}')
            if step in SHOWN:
                shown.append((f'{words} +{step}: {cells[-1]}', measured[0].output))
        print(f'| {words} | ' + ' | '.join(cells) + ' |', flush=True)
        drawn = [(name, pixels(one, (0.0, 1.0))) for name, one in (*shown, ends[1])]
        sheets.append(beside(drawn))
    print(f'| doing nothing | {mean(nothing):.2f} |')
    Image.fromarray(np.concatenate(sheets)).save(os.path.join(sys.argv[1], 'first_look_hta.png'))


def mean(measured: List[Any]) -> float:
    """Mean PSNR, dB."""
    return float(sum(one.psnr for one in measured) / len(measured))


if __name__ == '__main__':
    main()
