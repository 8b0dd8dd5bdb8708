#!/usr/bin/env python3
"""Build the release and try it where users are: every Python from 3.8 to 3.13 without torch.

    make release-check                     the wheel in clean environments without torch
    python scripts/release_check.py --torch  also training environments: torch 2.13 and torch 2.0.1

Prints a table; exit code 0 when everything in it says ok. `--torch` installs up to 6 GB.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import Dict, List, Sequence, Tuple

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)

from scripts.run_interpreters import find_interpreters  # noqa: E402
from tests.helpers import write_weights  # noqa: E402

SHAPES = {'conv.weight': (4, 3, 3, 3), 'conv.bias': (4,)}
MORE = dict(SHAPES, **{'head.weight': (2, 4)})
# (what is tried, arguments, exit code)
COMMANDS: Tuple[Tuple[str, List[str], int], ...] = (
    ('inspect', ['inspect', 'a.pth'], 0),
    ('compare', ['compare', 'a.pth', 'b.pth'], 1),
    ('convert', ['convert', 'a.pth', '-o', 'c.pth', '--dry-run'], 0),
    ('explain', ['explain', 'WC201', '--lang', 'zh'], 0),
    ('rules', ['rules'], 0),
    ('check', ['check', '-opt', 'train.yml', '--no-rehearsal', '--no-report'], 0),
)
NEEDED = ('py.typed', 'report/html/templates/page.html', 'conversion/shipped/', 'rules/catalog.py')
# (name, minor version of Python, requirements)
TRAINING_ENVIRONMENTS = (
    ('torch 2.13', '3.11', ['torch==2.13.0', 'torchvision==0.28.0', 'basicsr==1.4.2']),
    ('torch 2.0.1', '3.10', ['torch==2.0.1', 'torchvision==0.15.2', 'basicsr==1.4.2', 'numpy<2',
                             'opencv-python<4.12']),
)  # fmt: skip
Row = Tuple[str, List[Tuple[str, str]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--torch', action='store_true', help='also training environments')
    parser.add_argument(
        '--python',
        action='append',
        default=[],
        metavar='PATH',
        help='interpreter of a training environment that exists already; implies no download',
    )
    arguments = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(folder)
        rows = [without_torch(version, python, wheel, folder)
                for version, python in find_interpreters().items()]  # fmt: skip
        if arguments.torch:
            rows += [in_new_environment(*one, wheel, folder) for one in TRAINING_ENVIRONMENTS]
        rows += [training(python, [python], wheel, folder) for python in arguments.python]
    print_table(rows)
    return int(any(word != 'ok' for _, cells in rows for _, word in cells))


def build(folder: str) -> str:
    """Build sdist and wheel, check both, return the wheel."""
    shutil.rmtree('dist', ignore_errors=True)
    run([sys.executable, '-m', 'build', '--outdir', 'dist'], ROOT)
    made = sorted(glob.glob('dist/*'))
    run([sys.executable, '-m', 'twine', 'check', '--strict', *made], ROOT)
    (wheel,) = [path for path in made if path.endswith('.whl')]
    names = zipfile.ZipFile(wheel).namelist()
    absent = [name for name in NEEDED if not any(name in one for one in names)]
    if absent:
        sys.exit(f'release-check: the wheel lacks {", ".join(absent)}')
    print(f'built and checked: {", ".join(made)}', flush=True)
    return os.path.abspath(wheel)


def without_torch(version: str, python: str, wheel: str, folder: str) -> Row:
    """Install the wheel into a clean environment and run what needs no torch."""
    home = os.path.join(folder, f'plain-{version}')
    run([python, '-m', 'venv', home], folder)
    inside = os.path.join(home, 'bin', 'python')
    run([inside, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', wheel], folder)
    work = os.path.join(folder, f'work-{version}')
    os.makedirs(work)
    write_weights(os.path.join(work, 'a.pth'), SHAPES)
    write_weights(os.path.join(work, 'b.pth'), MORE)
    write(os.path.join(work, 'train.yml'), 'name: n\nnetwork_g: {type: Own}\npath: {}\ntrain: {}\n')
    program = os.path.join(home, 'bin', 'basicsr-weightcheck')
    cells = []
    for name, words, expected in COMMANDS:
        done = subprocess.run([program, *words], cwd=work, capture_output=True, text=True)
        cells.append((name, verdict(done, expected)))
    imports = 'import basicsr_weightcheck, sys; sys.exit("torch" in sys.modules)'
    done = subprocess.run([inside, '-c', imports], cwd=work, capture_output=True, text=True)
    cells.append(('import', verdict(done, 0)))
    print(f'Python {version}: {cells}', flush=True)
    return f'Python {version}, no torch', cells


def in_new_environment(name: str, minor: str, needs: List[str], wheel: str, folder: str) -> Row:
    python = find_interpreters().get(minor)
    if python is None:
        return name, [('python', f'no Python {minor}')]
    home = os.path.join(folder, name.replace(' ', '-'))
    run([python, '-m', 'venv', home], folder)
    inside = os.path.join(home, 'bin', 'python')
    pip = [inside, '-m', 'pip', 'install', '-q', '--disable-pip-version-check']
    run([*pip, '-U', 'pip', 'setuptools<81', 'wheel'], folder)
    run([*pip, *needs], folder)
    return training(name, [inside], wheel, folder)


def training(name: str, python: Sequence[str], wheel: str, folder: str) -> Row:
    """Check and train, right and wrong, with a small EDSR of the installed basicsr."""
    run([*python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--force-reinstall',
         '--no-deps', wheel], folder)  # fmt: skip
    run([*python, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', 'wrapt', 'pyyaml',
         'rich'], folder)  # fmt: skip
    work = tempfile.mkdtemp(dir=folder)
    done = subprocess.run(
        [*python, '-W', 'ignore', os.path.join(ROOT, 'scripts', 'release_training.py')],
        cwd=work,
        text=True,
        stdout=subprocess.PIPE,
    )
    cells = [tuple(line.split(': ', 1)) for line in done.stdout.splitlines() if ': ' in line]
    print(f'{name}: {cells}', flush=True)
    return name, [(cell[0], cell[1]) for cell in cells] or [('training', 'did not run')]


def verdict(done: subprocess.CompletedProcess[str], expected: int) -> str:
    if done.returncode == expected and 'Traceback' not in done.stderr:
        return 'ok'
    return f'exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}'


def run(command: List[str], folder: str) -> None:
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f'release-check: {" ".join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}')


def write(path: str, text: str) -> None:
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def print_table(rows: Sequence[Row]) -> None:
    columns: Dict[str, None] = {name: None for _, cells in rows for name, _ in cells}
    width = max(len(name) for name, _ in rows)
    print(' ' * width, '  '.join(columns))
    for name, cells in rows:
        words = dict(cells)
        marks = [
            ('-' if one not in words else 'ok' if words[one] == 'ok' else 'FAILED').ljust(len(one))
            for one in columns
        ]
        print(name.ljust(width), '  '.join(marks))
    for name, cells in rows:
        for one, word in cells:
            if word != 'ok':
                print(f'{name}, {one}: {word}')


if __name__ == '__main__':
    sys.exit(main())
