#!/usr/bin/env python3
"""What `enable` costs every Python of an environment: paired starts with and without its file.

    python benchmarks/start.py [--pairs 250] [--no-byte-code]

CPU time of `python -c pass` in a new venv; wall time says little on a machine that does other work.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)

from basicsr_weightcheck.hook.switch import LINE, NAME  # noqa: E402


def start_ms(python: str) -> float:
    """CPU time of one start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, '-c', 'pass'], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--pairs', type=int, default=250)
    parser.add_argument(
        '--no-byte-code', action='store_true', help='as where the packages cannot be written'
    )
    asked = parser.parse_args()
    pairs = asked.pairs
    os.environ.pop('PYTHONDONTWRITEBYTECODE', None)
    os.environ.pop('PYTHONPATH', None)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True)
        python = os.path.join(folder, 'bin', 'python')
        where = [python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']
        packages = subprocess.run(where, capture_output=True, text=True).stdout.strip()
        shutil.copytree(
            f'{ROOT}/basicsr_weightcheck',
            f'{packages}/basicsr_weightcheck',
            ignore=shutil.ignore_patterns('__pycache__'),
        )
        if asked.no_byte_code:
            os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
        path = os.path.join(packages, NAME)
        differences, without = [], []
        for number in range(pairs + 1):
            took = {}
            for on in (number % 2, 1 - number % 2):
                if on:
                    with open(path, 'w') as file:
                        file.write(LINE)
                elif os.path.exists(path):
                    os.unlink(path)
                took[on] = start_ms(python)
            if number:  # the first one compiles
                differences.append(took[1] - took[0])
                without.append(took[0])
    low, middle, high = statistics.quantiles(differences, n=4)
    print(f'start without {statistics.median(without):.1f} ms of CPU time, median of {pairs}')
    print(f'difference of a pair: median {middle:.2f} ms, quartiles {low:.2f} and {high:.2f}')


if __name__ == '__main__':
    main()
