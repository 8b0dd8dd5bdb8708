"""Every link and anchor inside the documentation leads somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import LINK, anchors, is_chinese, links, pages
from tests.helpers import ROOT

DOCS = [page for page in pages() if page.parent.name == 'docs']


@pytest.mark.parametrize('page', pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for file, anchor in links(page):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f'{page.name}: {file}'
        if page in DOCS:
            inside = target.parent in (ROOT / 'docs', ROOT / 'docs/schemas', ROOT / 'docs/images')
            assert inside, f'{page.name}: {file} is not part of the site'
        if anchor:
            assert anchor in anchors(target), f'{page.name}: {file}#{anchor}'


def test_no_link_of_the_package_page_is_relative() -> None:
    """Where the pages lie is known to a release only; without that the words of a link remain."""
    for place in ('', 'https://example.org/pages'):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', 'setup.py', '--long-description'],
            cwd=str(ROOT), env={**os.environ, 'WEIGHTCHECK_PAGES': place},
            capture_output=True, encoding='utf-8', check=True,
        )  # fmt: skip
        found = LINK.findall(done.stdout)
        assert bool(found) == bool(place)
        assert all(one.startswith(f'{place}/') for one in found)


@pytest.mark.parametrize('page', DOCS, ids=lambda page: page.name)
def test_a_page_links_to_pages_of_its_language(page: Path) -> None:
    """The link to the twin on top apart; api.md is in English, as the docstrings are."""
    for file, _ in links(page):
        target = (page.parent / file).resolve() if file else page
        if target.suffix != '.md' or target.name == 'api.md':
            continue
        other = is_chinese(target) != is_chinese(page)
        names = {page.name.replace('_CN', ''), target.name.replace('_CN', '')}
        assert not other or len(names) == 1, f'{page.name}: {file}'
