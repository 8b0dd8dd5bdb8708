#!/usr/bin/env python3
"""What the check of many YAMLs costs, against a plain script for each of them.

    python benchmarks/many.py BASICSR [--sizes 1 8 32 64] [--plain 8] [--figure OUT.png]

BASICSR is a checkout of XPixelGroup/BasicSR: its training YAMLs are taken as they are shipped, in
turn where more are asked for, with zeros as weights of every network and `num_gpu: 0`. What their
networks would load themselves is not there and left out, and so is an option that two of them have
at the wrong place. Nothing is shrunk; the files take about 2 GB below the temporary folder.

Prints from one run, wall and CPU time each: the plain script (it imports, builds, loads) for
`--plain` of the YAMLs, their mean times the number, and one `check` of 1, 8, 32 and 64.
"""

from __future__ import annotations

import argparse
import glob
import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any, Dict, List, NamedTuple, Sequence

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
REPAIR = (
    'import sys, types; n = "torchvision._meta_registrations"; '
    'sys.modules[n] = types.ModuleType(n); import torchvision.transforms.functional as f; '
    'sys.modules["torchvision.transforms.functional_tensor"] = f; '
)
READ = 'import yaml; opt = yaml.safe_load(open(sys.argv[1])); '
PLAIN = (
    REPAIR
    + READ
    + """
from basicsr.archs import build_network
import basicsr.models
from basicsr.models.base_model import BaseModel
model = BaseModel({"num_gpu": 0, "is_train": True})
for section, options in opt.items():
    if section.startswith("network_"):
        path = opt["path"].get(f"pretrain_{section}")
        model.load_network(build_network(options), path, True, "params")
"""
)
SAVE = (
    REPAIR
    + """
import json, torch
from basicsr.archs import build_network
for path, options in json.load(open(sys.argv[1])).items():
    try:
        network = build_network(options)
    except Exception as error:
        print(f'{path} has no weights: {type(error).__name__}: {error}')
        continue
    with torch.no_grad():
        state = {key: torch.zeros_like(value) for key, value in network.state_dict().items()}
        torch.save({"params": state}, path)
"""
)


class Cost(NamedTuple):
    """Seconds of the clock, and of all cores."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('basicsr')
    parser.add_argument('--sizes', type=int, nargs='+', default=[1, 8, 32, 64])
    parser.add_argument('--plain', type=int, default=8, help='plain scripts that are run')
    parser.add_argument('--figure', help='PNG')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = make(folder, arguments.basicsr, max(arguments.sizes))
        step = max(1, len(set(paths)) // arguments.plain)
        chosen = paths[::step][: arguments.plain]
        one = mean([run(folder, '-c', PLAIN, path) for path in chosen])
        print(f'plain script, mean of {len(chosen)}: {one.wall:.2f} s, {one.cpu:.2f} s CPU')
        costs = {}
        for size in arguments.sizes:
            costs[size] = run(
                folder, '-m', 'basicsr_weightcheck', 'check', '-opt', *paths[:size],
                '--repair-imports', '--no-report',
            )  # fmt: skip
            wall, cpu = costs[size]
            print(
                f'{size:3} YAMLs: check {wall:.2f} s, {cpu:.2f} s CPU; '
                f'plain {size * one.wall:.1f} s, {size * one.cpu:.1f} s CPU; '
                f'check / plain {wall / size / one.wall:.3f}; '
                f'check / one check {wall / costs[arguments.sizes[0]].wall:.2f}',
                flush=True,
            )
    if arguments.figure:
        draw(arguments.figure, one, costs)


def make(folder: str, basicsr: str, number: int) -> List[str]:
    """The YAMLs, in turn; the files that they name are written once."""
    import json

    import yaml

    shipped = sorted(
        glob.glob(os.path.join(basicsr, 'options', 'train', '**', '*.yml'), recursive=True)
    )
    networks: Dict[str, Any] = {}
    paths = []
    for at in range(number):
        source = shipped[at % len(shipped)]
        with open(source, encoding='utf-8') as file:
            options = yaml.safe_load(file)
        options.update(num_gpu=0, name=f'{at:02}_{options["name"]}')
        stem = os.path.splitext(os.path.basename(source))[0]
        for section in [name for name in options if name.startswith('network_')]:
            options[section].pop('ema_decay', None)  # two YAMLs have it, and no EDVR takes it
            for name in {'spynet_path', 'edvr_path'} & set(options[section]):
                options[section][name] = None
            path = f'{stem}.{section}.pth'
            options['path'][f'pretrain_{section}'] = path
            options['path'][f'strict_load_{section[-1]}'] = True
            networks[path] = options[section]
        options['path']['resume_state'] = None
        paths.append(f'{at:02}_{stem}.yml')
        with open(os.path.join(folder, paths[-1]), 'w', encoding='utf-8') as file:
            yaml.safe_dump(options, file, sort_keys=False)
    with open(os.path.join(folder, 'networks.json'), 'w', encoding='utf-8') as file:
        json.dump(networks, file)
    subprocess.run([sys.executable, '-W', 'ignore', '-c', SAVE, 'networks.json'], cwd=folder)
    return paths


def run(folder: str, *words: str) -> Cost:
    """One Python process with its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, '-W', 'ignore', *words],
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=ROOT),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def draw(target: str, one: Cost, costs: Dict[int, Cost]) -> None:
    """Wall time over the number of YAMLs, the plain script beside it; both axes logarithmic."""
    import matplotlib

    matplotlib.use('agg')
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), dpi=100)
    sizes = sorted(costs)
    axes.plot(sizes, [size * one.wall for size in sizes], 'o--', color='#b35806')
    axes.plot(sizes, [costs[size].wall for size in sizes], 'o-', color='#2166ac')
    for text, seconds, colour in (
        ('a plain script for each', one.wall, '#b35806'), ('one check', 0.0, '#2166ac'),
    ):  # fmt: skip
        last = sizes[-1]
        axes.annotate(
            f'{text}: {last * seconds or costs[last].wall:.0f} s',
            (last, last * seconds or costs[last].wall),
            xytext=(-8, 0),
            textcoords='offset points',
            ha='right',
            va='bottom',
            color=colour,
        )
    axes.set(xscale='log', yscale='log', xlabel='training YAMLs', ylabel='seconds')
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_yticks([5, 10, 50, 100, 300], ['5', '10', '50', '100', '300'])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    figure.tight_layout()
    figure.savefig(target)


def mean(costs: Sequence[Cost]) -> Cost:
    wall, cpu = (sum(column) / len(costs) for column in zip(*costs))
    return Cost(wall, cpu)


if __name__ == '__main__':
    main()
