"""One furnished folder for all that reads it; each test works in a copy of its own."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from tests.docs.desk import furnish
from tests.report.test_browser import browser as browser  # one session for the pages of the site


@pytest.fixture(scope='session')
def furnished(tmp_path_factory: pytest.TempPathFactory, nursery: Any) -> Path:
    base = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        base = base.parent  # of all workers: one makes the folder, the others wait for it
    folder = base / 'furnished'
    with open(base / 'furnished.lock', 'w') as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not folder.exists():
            made = base / 'furnished.unfinished'
            made.mkdir()
            furnish(made, nursery)
            made.rename(folder)
    return folder
