"""What every hostile file costs: the table of docs/safety.md.

    python benchmarks/hostile.py

Prints, for each numbered threat, the number of files, the largest peak memory of a child that reads
one of them, and the longest time it takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.hostile import broken_files  # noqa: E402
from tests.hostile.containers import CONTAINERS, GOOD, as_legacy, as_zip, tensor  # noqa: E402
from tests.hostile.payloads import (  # noqa: E402
    bombs,
    code_payloads,
    quiet_payloads,
    shape_payloads,
)

Case = Tuple[str, str, bytes]  # threat, ending of the file, its bytes
HIDDEN = ('damaged behind the call', 'hidden behind weights', 'pickle in a pickle', 'nested reduce')
BOMBS = {
    'B1': 'nested lists|nested tuples|nested dicts|marks|tensor below a million lists'
    '|tensor below 700 lists|chain of lists against its order',
    'B2': 'sets|lists|dicts of one|ordered dicts|objects|integers|floats|memo in order'
    '|memo out of order|memo index|globals|tensor beside a million lists|numbers in one list'
    '|numbers that end nowhere',
    'B3': 'a thousand million laughs|metadata over and over|an OrderedDict over and over'
    '|laughs about a tensor|lists that all hold each other',
    'B4': 'hash of nested tuples|set of nested tuples|name of nested tuples|integers that collide',
    'B5': 'one astral text|astral texts|LONG4 of megabytes|LONG4 of less than nothing|digits'
    '|BINUNICODE8 of 16 EiB|BINBYTES8 of 8 EiB|BYTEARRAY8 of 1 TiB|FRAME of 8 EiB|Size of bytes'
    '|shape of 100,000 dimensions|names without end|long key|sparse tensor of 2**62 elements',
}
INFLATING = ('deflate bomb', 'large index', '70,000 entries', 'four thousand million entries')


def pickles() -> Iterator[Case]:
    """Pickles that run code or ask for too much, in the containers that tests put them in."""
    dangerous = {**code_payloads('/nowhere/sentinel'), **quiet_payloads()}
    named = [('C2' if name in HIDDEN else 'C1', data) for name, data in dangerous.items()]
    named += [('C3', data) for data in shape_payloads().values()]
    for wrap in CONTAINERS.values():
        yield from ((number, '.pth', wrap(data)) for number, data in named)
    for number, names in BOMBS.items():
        for name in names.split('|'):
            bomb = bombs()[name]()
            yield number, '.pth', as_zip(bomb)
            yield number, '.pth', as_legacy(bomb)


def files() -> Iterator[Case]:
    """Containers, headers and YAMLs that lie."""
    for count, shape, stride, offset in broken_files.tensors().values():
        content = tensor(count, shape, stride, offset)
        yield 'F1', '.pth', as_zip(content, [('0', b'\0' * 16)])
    for name, (make, _) in broken_files.zips().items():
        yield 'F3' if name in INFLATING else 'F2', '.pth', make()
    yield from (('F4', '.pth', data) for data in broken_files.legacies().values())
    yield from (('F5', '.pth', data) for data, _ in broken_files.safetensors().values())
    yield from (('Y1', '.yml', data) for data in broken_files.options().values())


def main() -> None:
    """Measure and print the table."""
    worst: Dict[str, List[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        judge = _start(Path(folder))
        assert judge.stdin is not None and judge.stdout is not None
        for threat, ending, data in (*pickles(), *files()):
            path = Path(folder) / f'file{ending}'
            path.write_bytes(data)
            judge.stdin.write(f'{path}\n')
            judge.stdin.flush()
            verdict = json.loads(judge.stdout.readline())
            row = worst.setdefault(threat, [0, 0.0, 0.0, 0])
            row[0] += 1
            row[1] = max(row[1], verdict['mib'])
            row[2] = max(row[2], verdict['seconds'])
            row[3] += verdict['outcome'] == 'DEFECT' or bool(verdict['events'])
        judge.stdin.close()
    for threat, (read, mib, seconds, bad) in sorted(worst.items()):
        print(f'| {threat} | {read:.0f} | {mib:.0f} MiB | {seconds:.2f} s | {bad:.0f} |')


def _start(folder: Path) -> subprocess.Popen[str]:
    warm = []
    for name, data in GOOD.items():
        warm.append(str(folder / f'{name}.pth'))
        Path(warm[-1]).write_bytes(data)
    (folder / 'good.yml').write_text('name: a\n')
    return subprocess.Popen(
        [sys.executable, '-m', 'tests.hostile.judge', *warm, str(folder / 'good.yml')],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=str(ROOT),
    )  # fmt: skip


if __name__ == '__main__':
    main()
