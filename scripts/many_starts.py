#!/usr/bin/env python3
"""Start many real trainings, several at a time, good ones and bad ones mixed, in one folder.

    python scripts/many_starts.py [--starts 100] [--at-once 2]

Every one must end as its weights deserve, and leave no process and no temporary file. Needs
basicsr, torch and opencv. Exit code 1 where one did not.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Tuple

sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir)))

# {kind: (changes of the YAML, exit code, code of the finding that stops it)}
KINDS: Dict[str, Tuple[Dict[str, Any], int, str]] = {
    'good': ({}, 0, ''),
    'prefix': ({'weights': 'prefix.pth', 'strict': 'false'}, 1, 'WC209'),
    'part': ({'weights': 'part.pth', 'strict': 'false', 'ema': 0.999}, 0, ''),
    'nan': ({'weights': 'nan.pth'}, 1, 'WC602'),
    'average': ({'ema': 0.999}, 0, ''),
    'other': ({'feat': 12}, 1, 'WC305'),
    'scratch': ({'weights': '~'}, 0, ''),
    'missing': ({'weights': 'part.pth'}, 1, 'WC201'),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--starts', type=int, default=100)
    parser.add_argument('--at-once', type=int, default=2)
    arguments = parser.parse_args()
    from tests.hook.conftest import Workshop

    with tempfile.TemporaryDirectory() as place:
        shop, scratch = Workshop(Path(place) / 'shop'), Path(place) / 'tmp'
        scratch.mkdir()
        prepare(shop)
        kinds = [list(KINDS)[number % len(KINDS)] for number in range(arguments.starts)]
        with ThreadPoolExecutor(arguments.at_once) as pool:
            starts = pool.map(lambda one: start(shop, scratch, *one), enumerate(kinds))
            wrong = [text for text in starts if text]
        wrong += left_over(shop.folder, scratch)
    print(dict(collections.Counter(kinds)))
    print(f'{arguments.starts - len(wrong)} of {arguments.starts} right', *wrong, sep='\n')
    return int(bool(wrong))


def prepare(shop: Any) -> None:
    """Images, the training script, and the weights of every kind."""
    import torch

    from tests.hook.conftest import make_workshop

    make_workshop(shop.folder)
    table = torch.load(str(shop.folder / 'good.pth'))['params']
    table['body.0.conv1.bias'] += float('nan')
    torch.save({'params': table}, str(shop.folder / 'nan.pth'))


def start(shop: Any, scratch: Path, number: int, kind: str) -> str:
    """'' where the training ended as it should, else what was wrong."""
    changes, code, finding = KINDS[kind]
    options = shop.options(f'{kind}_{number}', **changes)
    done = shop.train(options, TMPDIR=str(scratch))
    wrong = []
    if done.code != code or len(done.losses) != (0 if code else 4):
        wrong.append(f'exit code {done.code}, {len(done.losses)} losses')
    if finding and finding not in done.err:
        wrong.append(f'no {finding}')
    if 'could not' in done.text or 'Traceback' in done.text:
        wrong.append('could not, or a traceback')
    print('x' if wrong else '.', end='', flush=True)
    return f'{options}: {", ".join(wrong)}\n{done.text[-2000:]}' if wrong else ''


def left_over(folder: Path, scratch: Path) -> List[str]:
    """Processes that still stand in the folder, and files that nobody should have left."""
    found = [f'file {path}' for path in scratch.iterdir()]
    found += [f'file {path}' for path in folder.rglob('.weightcheck_*')]
    for process in Path('/proc').glob('[0-9]*'):
        try:
            if os.readlink(str(process / 'cwd')).startswith(str(folder)):
                found.append(f'process {process.name}')
        except OSError:
            continue  # ended, or another user's
    return found


if __name__ == '__main__':
    sys.exit(main())
