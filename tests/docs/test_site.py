"""The site: every page is in the navigation, in both languages, and it builds without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
import yaml

from tests.docs.pages import is_chinese, pages
from tests.helpers import HANG_S, ROOT
from tests.report.test_browser import DRIVER, PROGRAM

SEARCHES = [('align_ema', 'hook.html'), ('注意力', 'mdta-to-hta_CN.html')]
HAS_BROWSER = PROGRAM is not None and DRIVER is not None


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


@pytest.fixture(scope='module')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it: any warning ends it."""
    folder = tmp_path_factory.mktemp('site')
    done = subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '--strict', '--quiet', '-d', str(folder)],
        cwd=str(ROOT),
        env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_a_page_loads_nothing_from_another_host_and_names_its_language(site: Path) -> None:
    for page in site.glob('**/*.html'):
        text = page.read_text(encoding='utf-8')
        assert not re.search(r'<(script|img|iframe|link)[^>]+(src|href)="https?://', text), page
        expected = 'zh-Hans' if page.stem.endswith('_CN') else 'en'
        assert f'<html lang="{expected}"' in text
        if page.name != '404.html':
            word = 'Search' if expected == 'en' else '搜索'
            assert f'placeholder="{word}"' in text, page


def test_the_python_api_is_on_its_page(site: Path) -> None:
    text = (site / 'api.html').read_text(encoding='utf-8')
    for name in ('install', 'workflow.checking.check.check', 'records.reports.LoadReport'):
        assert f'id="basicsr_weightcheck.{name}"' in text


@pytest.mark.skipif(not HAS_BROWSER, reason='no browser here: apt-get install chromium')
@pytest.mark.parametrize('word, page', SEARCHES)
def test_the_search_works_on_pages_opened_from_a_file(
    site: Path, browser: Any, word: str, page: str
) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get((site / 'index.html').as_uri())
    browser.execute_script('document.querySelector("header [for=__search]").click()')
    field = browser.find_element('css selector', '.md-search__input')
    WebDriverWait(browser, HANG_S).until(lambda _: field.is_displayed() and field.is_enabled())
    field.send_keys(word)
    found = 'return [...document.querySelectorAll(".md-search-result a")].map(one => one.href)'
    WebDriverWait(browser, HANG_S).until(
        lambda _: any(f'/{page}' in one for one in browser.execute_script(found))
    )
    assert browser.get_log('browser') == []
