"""The frameworks themselves: only where a folder named by WEIGHTCHECK_FRAMEWORKS holds them.

The tests run in a Python that can import the framework (`make frameworks`): the check starts its
child with the same one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest

from tests.warm_child import WARM, run_python

FOLDER = 'WEIGHTCHECK_FRAMEWORKS'
HANG_S = 1800


def framework_folder(name: str) -> Path:
    """The source tree of a framework; skips the test where there is none."""
    parent = os.environ.get(FOLDER, '')
    if not parent:
        pytest.skip(f'{FOLDER} names no folder with frameworks')
    folder = Path(parent, name)
    if not folder.is_dir():
        pytest.skip(f'{folder} is not there')
    return folder


@pytest.fixture(scope='session')
def framework() -> Callable[[str], Path]:
    """Finds a framework's source tree by its name."""
    return framework_folder


def drive(module: str, working_directory: Path, *arguments: str) -> Iterator[Dict[str, Any]]:
    """Run a driver in a process of its own; the JSON lines that it prints.

    Raises:
        AssertionError: it ends with another exit code than 0.
    """
    home = Path(__file__).parents[2]
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONPATH=str(home))
    done = run_python([*WARM, '-m', module, *arguments], working_directory, environment, HANG_S)
    assert done.returncode == 0, done.stderr[-3000:]
    for line in done.stdout.splitlines():
        if line.startswith('{'):
            yield json.loads(line)


def as_text(found: List[str], shown: int = 20) -> str:
    """Disagreements for people: the first of them, and how many there are."""
    return '\n'.join([f'{len(found)} disagreements', *found[:shown]])
