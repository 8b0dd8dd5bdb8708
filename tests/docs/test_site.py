"""The site: every page is in the navigation, in both languages, and it builds without a warning."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
import yaml

from tests.docs.pages import is_chinese, pages
from tests.helpers import ROOT


class Loader(yaml.SafeLoader):
    """Reads the one Python object of mkdocs.yml as nothing."""


Loader.add_multi_constructor('tag:yaml.org,2002:python/', lambda *_: None)


def names(nav: Any) -> List[str]:
    """The pages of a navigation tree, in order."""
    if isinstance(nav, str):
        return [nav]
    parts = nav if isinstance(nav, list) else nav.values()
    return [name for part in parts for name in names(part)]


def navigation() -> Any:
    config = yaml.load((ROOT / 'mkdocs.yml').read_text(encoding='utf-8'), Loader)  # noqa: S506
    english, chinese = config['nav']
    return names(english), names(chinese)


def test_every_page_is_in_the_navigation() -> None:
    docs = [page for page in pages() if page.parent.name == 'docs']
    english, chinese = navigation()
    assert sorted(english) == sorted(page.name for page in docs if not is_chinese(page))
    assert chinese == [name.replace('.md', '_CN.md') for name in english]


@pytest.mark.skipif(
    importlib.util.find_spec('mkdocs') is None,
    reason='mkdocs is not installed here: make docs builds the site',
)
def test_the_site_builds_without_a_warning_and_loads_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '--strict', '-d', str(tmp_path / 'site')],
        cwd=str(ROOT),
        env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / 'site').glob('**/*.html'):
        text = page.read_text(encoding='utf-8')
        loaded = re.findall(r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?:[^"]*)"', text)
        assert [one for one in loaded if '://' in one] == [], page.name
        expected = 'zh-Hans' if page.stem.endswith('_CN') else 'en'
        assert f'<html lang="{expected}"' in text
