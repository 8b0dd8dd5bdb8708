"""Every link and anchor inside the documentation leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import anchors, is_chinese, links, pages
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
