"""Fuzz targets for some time: atheris where it is installed, else seeded edits of the corpus.

    python -m fuzz.run --seconds 600 zip legacy

Exits with 1 where a target fails; the input that made it fail is kept beside the report.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import subprocess
import sys
import time
from random import Random
from typing import Any, Dict

from fuzz.edits import edited, random_edits
from fuzz.seeds import seeds
from fuzz.targets import TARGETS

SLOWEST_S = 5.0
FOLDER = 'fuzz_work'
ATHERIS_RSS_MB = 600  # atheris itself, with its coverage, takes about 100
Figures = Dict[str, Any]


def run_edits(
    target: str,
    seconds: float = math.inf,
    seed: int = 0,
    most: int = 1 << 62,
    slowest_s: float = SLOWEST_S,
) -> Figures:
    """Run seeded edits of the corpus; the same seed gives the same inputs.

    Args:
        target: one of `TARGETS`.
        seconds: no input is begun after so many.
        seed: of the edits.
        most: inputs.
        slowest_s: processor time that one input may take.

    Raises:
        Exception: whatever the target lets out; the input is kept in `FOLDER`.
    """
    random, corpus, run = Random(seed), seeds(target), TARGETS[target]
    for data in corpus:
        run(data)
    began, executions, slowest = time.monotonic(), 0, 0.0
    while executions < most and time.monotonic() - began < seconds:
        data = edited(random.choice(corpus), random_edits(random))
        start = time.process_time()
        try:
            run(data)
        except Exception:
            _keep(target, data)
            raise
        slowest = max(slowest, time.process_time() - start)
        if slowest > slowest_s:
            _keep(target, data)
            raise TimeoutError(f'{target}: one input took {slowest:.1f} s')
        executions += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        'target': target,
        'engine': 'edits',
        'executions': executions,
        'seconds': round(time.monotonic() - began, 1),
        'peak_mib': peak,
        'slowest_s': round(slowest, 3),
        'failed': '',
    }


def run_atheris(target: str, seconds: float) -> Figures:
    """Run atheris in a process of its own, with coverage of the package."""
    corpus = os.path.join(FOLDER, target)
    os.makedirs(corpus, exist_ok=True)
    for index, data in enumerate(seeds(target)):
        with open(os.path.join(corpus, f'seed-{index}'), 'wb') as file:
            file.write(data)
    began = time.monotonic()
    done = subprocess.run(
        [
            sys.executable, '-m', 'fuzz.with_atheris', target, corpus,
            f'-max_total_time={int(seconds)}', f'-timeout={int(SLOWEST_S)}', '-max_len=65536',
            f'-rss_limit_mb={ATHERIS_RSS_MB}', '-print_final_stats=1', '-close_fd_mask=1',
            f'-artifact_prefix={FOLDER}/crash-{target}-',
        ],
        stderr=subprocess.PIPE, text=True, errors='replace',
    )  # fmt: skip
    found = dict(re.findall(r'stat::(\w+):\s+(\d+)', done.stderr))
    return {
        'target': target,
        'engine': 'atheris',
        'executions': int(found.get('number_of_executed_units', 0)),
        'seconds': round(time.monotonic() - began, 1),
        'peak_mib': int(found.get('peak_rss_mb', 0)),
        'slowest_s': float(found.get('slowest_unit_time_sec', 0)),
        'failed': done.stderr[-3000:] if done.returncode else '',
    }


def _keep(target: str, data: bytes) -> None:
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, f'crash-{target}'), 'wb') as file:
        file.write(data)


def main() -> int:
    """Fuzz each target in turn and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=f'of {", ".join(TARGETS)}')
    parser.add_argument('--seconds', type=float, default=60, help='for each target')
    parser.add_argument('--engine', choices=('atheris', 'edits'), help='atheris where installed')
    arguments = parser.parse_args()
    failed = False
    for target in arguments.targets or TARGETS:
        if target not in TARGETS:
            parser.error(f'there is no target {target}')
        engine = arguments.engine or ('atheris' if _has_atheris() else 'edits')
        run = run_atheris if engine == 'atheris' else run_edits
        figures = run(target, arguments.seconds)
        failed = failed or bool(figures['failed'])
        print(json.dumps(figures), flush=True)
    return int(failed)


def _has_atheris() -> bool:
    import importlib.util

    return importlib.util.find_spec('atheris') is not None


if __name__ == '__main__':
    sys.exit(main())
