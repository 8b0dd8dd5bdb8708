#!/usr/bin/env python3
"""What compare, inspect and scan cost, against a plain script that loads both files with torch.

    python benchmarks/compare.py [--runs 5] [--mib 2048] [--scan-files 1000]
    python benchmarks/compare.py --cold
    python benchmarks/compare.py --curve 5 --figure docs/compare_cost.png

The first form prints, from one run and in turn: the plain script, `cat` of both files, `compare`
with its page, and `compare` with all numbers of all tensors (JSON), on files of which two thirds of
the tensors differ by a factor of 1.0001, on files in which they differ by 1e-7 (all largest
differences are a draw), and on two identical files; whether the printed numbers agree with torch;
`python -c pass`; `inspect`; `scan` on one core. The second compares files that have to come from
the disk. The third draws cost against file size and against the number of tensors.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Dict, List, NamedTuple, Tuple

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
SCRIPT = os.path.join(ROOT, 'scripts', 'compare_weights_simple.py')
PROGRAM = ('-m', 'basicsr_weightcheck')
TENSORS = 2000

# What people write: load both, torch.equal, else three numbers for each tensor.
PLAIN = """
import sys, torch
a = torch.load(sys.argv[1], map_location='cpu')['params']
b = torch.load(sys.argv[2], map_location='cpu')['params']
same = different = 0
for key in a:
    if torch.equal(a[key], b[key]):
        same += 1
        continue
    change = (a[key] - b[key]).abs()
    relative = change / (a[key].abs() + 1e-8)
    print(key, change.max().item(), change.mean().item(), relative.mean().item())
    different += 1
print(same, different)
"""
REFERENCE = """
import json, sys, torch
a = torch.load(sys.argv[1], mmap=True)['params']
b = torch.load(sys.argv[2], mmap=True)['params']
rows = {}
for key in a:
    x, y = a[key].double(), b[key].double()
    change = (x - y).abs()
    rows[key] = [change.max().item(), change.mean().item(),
                 (change.mean() / x.abs().mean()).item(), (change.norm() / x.norm()).item()]
json.dump(rows, open('reference.json', 'w'))
"""
MAKE = """
import sys, torch
count, elements = int(sys.argv[1]), int(sys.argv[2])
generator = torch.Generator().manual_seed(0)
table = {f'body.{i // 10}.conv{i % 10}.weight': torch.randn(elements, generator=generator)
         for i in range(count)}
torch.save({'params': table}, 'a.pth')
torch.save({'params': table}, 'same.pth')
for i, key in enumerate(table):
    if i % 3:
        table[key] = table[key] + 1e-7
torch.save({'params': table}, 'draw.pth')
table = torch.load('a.pth', mmap=True)['params']
for i, key in enumerate(table):
    if i % 3:
        table[key] = table[key] * 1.0001
torch.save({'params': table}, 'b.pth')
"""
MAKE_SCAN = """
import os, sys, torch
from basicsr_weightcheck.archs.restormer_arch import Restormer
small = dict(dim=8, num_refinement_blocks=1)
nets = [Restormer(num_blocks=(1, 1, 1, 1 + i % 4), attn_types=('MDTA', 'HTA') * 2, **small)
        for i in range(8)]
for i in range(int(sys.argv[1])):
    if i < 1000:
        torch.save({'params': nets[i % int(sys.argv[2])].state_dict()}, f'net_g_{i}.pth')
    elif not os.path.exists(f'net_g_{i}.pth'):  # the same bytes: 10,000 files would fill the disk
        os.link(f'net_g_{i % 1000}.pth', f'net_g_{i}.pth')
open('train.yml', 'w').write('''name: b
model_type: SRModel
num_gpu: 0
scale: 1
network_g: {type: Restormer, dim: 8, num_refinement_blocks: 1, num_blocks: [1, 1, 1, 1],
  attn_types: [MDTA, HTA, MDTA, HTA]}
path: {}
weightcheck: {repair_imports: true, imports: [basicsr_weightcheck.archs.register]}
''')
"""
JUDGE = """
import glob, time
from basicsr_weightcheck.workflow.scan import scan

def run(judge, batches):
    started = time.perf_counter()
    rows = [judge(*batch) for batch in batches]
    network, seconds = batches[0][1], time.perf_counter() - started
    print(len(network.tensors), sum(map(len, rows)) / seconds)
    return rows

scan('train.yml', sorted(glob.glob('net_g_*.pth')), run=run)
"""


class Cost(NamedTuple):
    """Wall seconds and peak resident memory (MiB, mapped file pages included) of a process."""

    seconds: float
    mebibytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--mib', type=int, default=2048)
    parser.add_argument('--scan-files', type=int, default=1000)
    parser.add_argument('--cold', action='store_true', help='files out of the page cache each time')
    parser.add_argument('--curve', type=int, default=0, metavar='RUNS')
    parser.add_argument('--figure', default='compare_cost.png')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if arguments.curve:
            draw_curves(arguments.curve, os.path.join(ROOT, arguments.figure))
        else:
            side_by_side(arguments.mib, arguments.runs, arguments.cold)
            if arguments.cold:
                return
            measure_scan(arguments.scan_files, arguments.runs)


def side_by_side(mebibytes: int, runs: int, cold: bool) -> None:
    run('-c', MAKE, str(TENSORS), str(mebibytes * 2**20 // 4 // TENSORS))
    size = os.path.getsize('a.pth') / 2**20
    state = 'from the disk' if cold else 'in the page cache'
    print(f'two files of {size:.0f} MiB, {TENSORS} tensors, {state}, median of {runs}:')
    for name, other in (
        ('two thirds times 1.0001', 'b.pth'),
        ('two thirds plus 1e-7', 'draw.pth'),
        ('all identical', 'same.pth'),
    ):
        commands = {
            'plain torch': ('-c', PLAIN, 'a.pth', other),
            'cat': ('cat', 'a.pth', other),
            'compare': (SCRIPT, 'a.pth', other),
            'all numbers': (SCRIPT, 'a.pth', other, '--format', 'json'),
        }
        costs: Dict[str, List[Cost]] = {side: [] for side in commands}
        for command in commands.values():
            run(*command)  # byte code is made, as at the first use of a program
        for _ in range(runs):
            for side, command in commands.items():
                if cold:
                    forget('a.pth', other)
                costs[side].append(run(*command))
        print(f'  {name}:')
        for side, values in costs.items():
            show(side, values)
        plain, cat, page, numbers = (
            statistics.median(c.seconds for c in costs[side]) for side in commands
        )
        print(
            f'    {plain / page:.1f} times as fast as the plain script, {page / cat:.2f} times the '
            f'time of cat; all numbers: {plain / numbers:.1f} times as fast',
            flush=True,
        )
    if cold:
        return
    print('  start:')
    show('pass', [run('-c', 'pass') for _ in range(runs)])
    show('--help', [run(*PROGRAM, 'compare', '--help') for _ in range(runs)])
    show('inspect', [run(*PROGRAM, 'inspect', 'a.pth') for _ in range(runs)])
    check_digits()


def forget(*paths: str) -> None:
    """Take files out of the page cache."""
    for path in paths:
        with open(path, 'rb') as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def check_digits() -> None:
    """How many printed numbers differ from whole-tensor float64 arithmetic of torch."""
    run('-c', REFERENCE, 'a.pth', 'b.pth')
    done = subprocess.run(
        [sys.executable, *PROGRAM, 'compare', 'a.pth', 'b.pth', '--format', 'json'],
        env=environment(), stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    with open('reference.json', encoding='utf-8') as file:
        reference = json.load(file)
    checked = wrong = 0
    for value in json.loads(done.stdout)['values']['tensors']:
        if value['state'] == 'identical':
            continue
        names = ('max_abs', 'mean_abs', 'relative', 'relative_l2')
        for name, expected in zip(names, reference[value['key']]):
            checked += 1
            wrong += f'{value[name]:.3e}' != f'{expected:.3e}'
    print(f'  printed numbers that differ from torch: {wrong} of {checked}', flush=True)


def measure_scan(files: int, runs: int) -> None:
    for kinds, words in ((1, 'of one run'), (8, 'of eight networks')):
        run('-c', MAKE_SCAN, str(files), str(kinds))
        rates = []
        for _ in range(runs):
            done = subprocess.run(
                [sys.executable, '-c', JUDGE], env=environment(), stdout=subprocess.PIPE, check=True
            )
            tensors, rate = done.stdout.split()
            rates.append(float(rate))
        whole = run(*PROGRAM, 'scan', '-opt', 'train.yml', 'net_g_*.pth')
        print(
            f'scan of {files} files {words}, {int(tensors)} tensors: '
            f'{statistics.median(rates):.0f} files per second and core '
            f'({min(rates):.0f} to {max(rates):.0f}); the command, on all cores and with building '
            f'the network: {whole.seconds:.1f} s',
            flush=True,
        )


def draw_curves(runs: int, path: str) -> None:
    """Two panels: seconds against bytes, seconds against tensors."""
    sizes = [(TENSORS, int(gib * 2**30 / 4 / TENSORS)) for gib in (0.1, 0.5, 2, 8)]
    counts = [(count, 64) for count in (100, 1000, 10_000, 50_000)]
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout='constrained')
    panels = figure.subplots(1, 2, sharey=True)
    for axes, points, title in (
        (panels[0], sizes, f'file size in GiB ({TENSORS} tensors)'),
        (panels[1], counts, 'number of tensors (64 elements each)'),
    ):
        curves = measure_curve(points, runs)
        for name, (places, seconds) in curves.items():
            axes.plot(places, seconds, 'o-', label=name)
        axes.set_xlabel(title)
        axes.set_xscale('log')
        axes.set_yscale('log')
        axes.grid(True, which='both', alpha=0.2)
    panels[0].set_ylabel(f'seconds, start of Python included (median of {runs})')
    panels[0].legend(fontsize='small')
    figure.savefig(path, dpi=120)


def measure_curve(
    points: List[Tuple[int, int]], runs: int
) -> Dict[str, Tuple[List[float], List[float]]]:
    curves: Dict[str, Tuple[List[float], List[float]]] = {}
    by_size = points[0][0] == points[-1][0]
    for count, elements in points:
        run('-c', MAKE, str(count), str(elements))
        place = os.path.getsize('a.pth') / 2**30 if by_size else float(count)
        commands = {
            'plain torch script': ('-c', PLAIN, 'a.pth', 'b.pth'),
            'compare, two thirds differ': (SCRIPT, 'a.pth', 'b.pth'),
            'compare, all identical': (SCRIPT, 'a.pth', 'same.pth'),
            'inspect': (*PROGRAM, 'inspect', 'a.pth'),
        }
        if place > 5 and by_size:
            del commands['plain torch script']  # twice the file in memory
        for name, command in commands.items():
            seconds = statistics.median(run(*command).seconds for _ in range(runs))
            places, values = curves.setdefault(name, ([], []))
            places.append(place)
            values.append(seconds)
            print(f'{name}, {place:g}: {seconds:.3f} s', flush=True)
        for name in ('a.pth', 'b.pth', 'draw.pth', 'same.pth'):
            os.unlink(name)
    return curves


def show(name: str, costs: List[Cost]) -> None:
    seconds = [cost.seconds for cost in costs]
    print(
        f'    {name:<12} {statistics.median(seconds):6.3f} s ({min(seconds):.3f} to '
        f'{max(seconds):.3f}), {max(cost.mebibytes for cost in costs):.0f} MiB'
    )


def run(*arguments: str) -> Cost:
    """Run `cat`, or one Python process; an exit code of 1 is an answer here."""
    words = arguments if arguments[0] == 'cat' else (sys.executable, '-W', 'ignore', *arguments)
    started = time.perf_counter()
    with open(os.devnull, 'wb') as nowhere:
        child = subprocess.Popen(words, env=environment(), stdout=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.WEXITSTATUS(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f'{arguments[:2]} ended with {child.returncode}')
    return Cost(seconds, usage.ru_maxrss / 1024)


def environment() -> Dict[str, str]:
    """That of a user: Python keeps the byte code of what it has imported once, and buffers."""
    variables = dict(os.environ, PYTHONPATH=ROOT, WEIGHTCHECK_LANG='en')
    for name in ('PYTHONDONTWRITEBYTECODE', 'PYTHONUNBUFFERED'):
        variables.pop(name, None)
    variables['PYTHONPYCACHEPREFIX'] = os.path.join(os.getcwd(), 'bytecode')
    return variables


if __name__ == '__main__':
    if shutil.disk_usage(tempfile.gettempdir()).free < 30 * 2**30:
        print('note: less than 30 GiB free for temporary files', file=sys.stderr)
    main()
