#!/usr/bin/env python3
"""Size of the pages and the time to write them, on files of the published Restormer.

    python benchmarks/pages.py [--runs 5] [--keep DIR]

Makes an MDTA checkpoint (494 tensors, 26 M parameters, 100 MiB), a second one as if fine-tuned
from it, and 200 small files; then checks, compares, inspects and scans them, and times nothing but
the page: seconds of one core, which other work on the machine does not change. --keep leaves the
pages in a folder.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)
SCAN_FILES = 200
NETWORK = """name: page
model_type: SRModel
scale: 1
num_gpu: 0
network_g:
  type: Restormer
  dim: {dim}
  num_blocks: {blocks}
  num_refinement_blocks: {refinement}
  attn_types: [{attention}, {attention}, {attention}, {attention}]
path:
  pretrain_network_g: mdta.pth
  strict_load_g: true
train:
  optim_g: {{type: Adam, lr: 0.0003}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  total_iter: 4
  pixel_opt: {{type: L1Loss, loss_weight: 1, reduction: mean}}
datasets: {{}}
"""
FULL = {'dim': 48, 'blocks': [4, 6, 6, 8], 'refinement': 4}
SMALL = {'dim': 8, 'blocks': [1, 1, 1, 2], 'refinement': 1}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--keep', metavar='DIR', help='write the pages there')
    arguments = parser.parse_args()
    keep = os.path.abspath(arguments.keep) if arguments.keep else ''
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_files()
        print('| page | size | first page of a process | another (median) |\n|---|--:|--:|--:|')
        for name, write in pages().items():
            measure(name, write, arguments.runs, keep)
        os.chdir(ROOT)
    return 0


def make_files() -> None:
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    torch.manual_seed(0)
    table = Restormer().state_dict()
    torch.save({'params': table}, 'mdta.pth')
    torch.save({'params': fine_tuned(table)}, 'tuned.pth')
    small: Dict[str, Any] = {'dim': 8, 'num_blocks': [1, 1, 1, 2], 'num_refinement_blocks': 1}
    kinds = [Restormer(**small).state_dict(), Restormer(**{**small, 'dim': 16}).state_dict()]
    kinds.append(Restormer(**small, attn_types=['HTA'] * 4).state_dict())
    kinds.append({f'net_g.{key}': value for key, value in kinds[0].items()})
    os.mkdir('files')
    for index in range(SCAN_FILES):
        table = dict(kinds[index % len(kinds)])
        dropped = set(list(table)[len(table) * (200 - index) // 200 :])  # the first four are whole
        table = {key: value for key, value in table.items() if index < 4 or key not in dropped}
        torch.save({'params': table}, f'files/net_g_{index * 5000}.pth')
    for name, facts, attention in (('hta', FULL, 'HTA'), ('small', SMALL, 'MDTA')):
        with open(f'{name}.yml', 'w', encoding='utf-8') as file:
            file.write(NETWORK.format(**facts, attention=attention))


def fine_tuned(table: Dict[str, Any]) -> Dict[str, Any]:
    """The first level stays, the others change the more the later they come."""
    import torch

    made = {}
    for place, (key, value) in enumerate(table.items()):
        size = 0.0 if key.startswith('encoder_level1') else 10 ** (4 * place / len(table) - 4)
        size *= 0.05 if 'norm' in key else 1.0
        made[key] = value + torch.randn(value.shape) * value.abs().mean() * size
    return made


def pages() -> Dict[str, Callable[[], str]]:
    """What writes each page; the work before it is done."""
    from basicsr_weightcheck.report.check.view import check_view
    from basicsr_weightcheck.report.compare_page import compare_view
    from basicsr_weightcheck.report.html.render import rendered
    from basicsr_weightcheck.report.inspect_page import inspect_view
    from basicsr_weightcheck.report.scan_page import scan_view
    from basicsr_weightcheck.workflow.checking.check import check
    from basicsr_weightcheck.workflow.compare import compare
    from basicsr_weightcheck.workflow.inspect import inspect
    from basicsr_weightcheck.workflow.scan import scan

    imports = ['basicsr_weightcheck.archs.register']
    report = check('hta.yml', imports=imports, repair_imports=True)
    comparison = compare('mdta.pth', 'tuned.pth')
    inspection = inspect('mdta.pth', values=True)
    ranking = scan('small.yml', ['files'], imports=imports)
    return {
        'check': lambda: rendered(check_view, report, 'en'),
        'compare': lambda: rendered(compare_view, comparison, 'en'),
        'inspect': lambda: rendered(inspect_view, inspection, 'en'),
        'scan': lambda: rendered(scan_view, ranking, 'en'),
    }


def measure(name: str, write: Callable[[], str], runs: int, keep: str) -> None:
    seconds: List[float] = []
    text = ''
    for _ in range(runs + 1):
        started = time.process_time()
        text = write()
        seconds.append(time.process_time() - started)
    again = statistics.median(seconds[1:])
    size = len(text.encode('utf-8')) / 1024
    print(f'| {name} | {size:.0f} KiB | {seconds[0]:.2f} s | {again:.2f} s |', flush=True)
    if keep:
        os.makedirs(keep, exist_ok=True)
        with open(os.path.join(keep, f'{name}.html'), 'w', encoding='utf-8') as file:
            file.write(text)


if __name__ == '__main__':
    sys.exit(main())
