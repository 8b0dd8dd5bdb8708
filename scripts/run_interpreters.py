#!/usr/bin/env python3
"""Run the part of the test suite that needs no torch on every Python from 3.8 to 3.13 found.

    python scripts/run_interpreters.py

Looks on PATH and in pyenv; makes one small environment for each interpreter below .venv-pythons/.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from typing import Dict

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
MINORS = range(8, 14)
NEEDED = ('numpy', 'pyyaml', 'rich', 'pytest', 'hypothesis')


def main() -> int:
    os.chdir(ROOT)
    failed = []
    for version, python in find_interpreters().items():
        here = f'{sys.version_info[0]}.{sys.version_info[1]}'
        if version == here:
            print(f'Python {version}: runs the whole suite already', flush=True)
            continue
        print(f'Python {version}: torch-free suite', flush=True)
        environment = make_environment(version, python)
        subprocess.run([environment, '-m', 'compileall', '-q', 'basicsr_weightcheck'], check=True)
        command = [environment, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests/unit']
        if subprocess.run(command).returncode:
            failed.append(version)
    if failed:
        print(f'failed on Python {", ".join(failed)}')
    return int(bool(failed))


def find_interpreters() -> Dict[str, str]:
    """{'3.8': path}, one for each minor version that starts."""
    home = os.environ.get('PYENV_ROOT', os.path.expanduser('~/.pyenv'))
    found: Dict[str, str] = {}
    for minor in MINORS:
        name = f'python3.{minor}'
        places = [shutil.which(name) or '']
        places += sorted(glob.glob(os.path.join(home, 'versions', f'3.{minor}.*', 'bin', name)))
        for place in reversed(places):
            if place and starts(place, minor):
                found[f'3.{minor}'] = place
                break
    return found


def starts(python: str, minor: int) -> bool:
    # A pyenv shim lies on PATH for versions that are not active, and fails when it is run.
    asked = subprocess.run(
        [python, '-c', 'import sys, venv; print(sys.version_info[1])'],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return asked.returncode == 0 and asked.stdout.strip() == str(minor)


def make_environment(version: str, python: str) -> str:
    """The interpreter of an environment with what the torch-free tests need."""
    folder = os.path.join('.venv-pythons', version)
    inside = os.path.join(folder, 'bin', 'python')
    stamp = os.path.join(folder, '.installed')
    if not os.path.exists(stamp):
        subprocess.run([python, '-m', 'venv', '--clear', folder], check=True)
        install = [inside, '-m', 'pip', 'install', '-qq', '--disable-pip-version-check', *NEEDED]
        subprocess.run(install, check=True)
        with open(stamp, 'w', encoding='utf-8'):
            pass
    return os.path.abspath(inside)


if __name__ == '__main__':
    sys.exit(main())
