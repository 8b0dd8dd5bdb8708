"""One furnished folder for all pages; each page works in a copy of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.desk import furnish
from tests.report.test_browser import browser as browser  # one session for the pages of the site


@pytest.fixture(scope='session')
def furnished(tmp_path_factory: pytest.TempPathFactory, nursery: Any) -> Path:
    folder = tmp_path_factory.mktemp('pages')
    furnish(folder, nursery)
    return folder
