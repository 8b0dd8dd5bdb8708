"""The pages in a real browser: Debian's chromium, driven by selenium; one session for all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from tests.helpers import HANG_S
from tests.report.conftest import HOSTILE

BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')
PROGRAM = next((path for path in map(shutil.which, BROWSERS) if path), None)
DRIVER = shutil.which('chromedriver')
pytestmark = [
    pytest.mark.basicsr,
    pytest.mark.skipif(
        PROGRAM is None or DRIVER is None,
        reason='no browser here: apt-get install chromium chromium-driver',
    ),
]
FLAGS = (
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
)  # fmt: skip
FOCUSED = """
    const one = document.activeElement;
    return one.hasAttribute('data-marks') ? 'svg' : one.id || one.className;
"""
# Boxes whose content goes on to the right without a sign above them.
UNSIGNED = """
    return [...document.querySelectorAll('.wide')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1)
        .filter((box) => !box.previousElementSibling.offsetHeight)
        .map((box) => box.textContent.slice(0, 80));
"""
KINDS = ('check', 'compare', 'inspect', 'scan')


@pytest.fixture(scope='module')
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAM
    for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("profile")}'):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL', 'browser': 'ALL'})
    session = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(executable_path=DRIVER)
    )
    session.set_window_size(1280, 900)
    session.set_script_timeout(HANG_S)
    session.set_page_load_timeout(HANG_S)
    yield session
    session.quit()


class Page:
    """One page in the browser."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser = browser
        browser.get_log('browser')
        browser.get_log('performance')
        browser.get(path.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def all(self, selector: str) -> List[Any]:
        return [one for one in self.browser.find_elements('css selector', selector)]

    def shown(self, selector: str) -> List[Any]:
        return [one for one in self.all(selector) if one.is_displayed()]

    def press(self, *keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(*keys)

    def focus(self, element: Any) -> None:
        self.run('arguments[0].focus()', element)

    def requests(self) -> List[str]:
        """Addresses that were asked for since the page was opened."""
        events = [json.loads(entry['message']) for entry in self.browser.get_log('performance')]
        return [
            event['message']['params']['request']['url']
            for event in events
            if event['message']['method'] == 'Network.requestWillBeSent'
        ]


@pytest.mark.parametrize('kind', KINDS)
def test_hostile_names_run_nothing_and_nothing_is_asked_of_the_network(
    browser: Any, pages: Dict[str, Path], kind: str
) -> None:
    page = Page(browser, pages[kind])
    for button in page.shown('.keys tr.many'):
        button.click()
    assert page.run('return window.hit') is None
    assert page.all('img') == [] and len(page.all('script')) == 2
    assert page.requests() == [pages[kind].as_uri()]
    assert browser.get_log('browser') == []
    text = page.run('return document.body.textContent')
    assert 'window.hit=1' in text and '\u202e' not in text and '\x1b' not in text
    if kind != 'scan':
        assert '<script>window.hit=1</script>.weight' in text
        assert '\\u202e' in text and '\\x1b[31m' in text and '{{ 7 * 7 }}' in text


def test_the_policy_of_the_page_forbids_scripts_and_network(
    browser: Any, pages: Dict[str, Path]
) -> None:
    """Were something not escaped, it still could neither run nor call home."""
    page = Page(browser, pages['check'])
    refused = browser.execute_async_script("""
        const done = arguments[0], refused = [];
        addEventListener('securitypolicyviolation', (event) => {
            refused.push(event.effectiveDirective);
            if (refused.length === 3) done(refused.sort());
        });
        const script = document.createElement('script');
        script.textContent = 'window.hit = 1';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/x.png';
        document.body.append(image);
        fetch('http://127.0.0.1:9/x').catch(() => 0);
    """)
    assert refused == ['connect-src', 'img-src', 'script-src-elem']
    assert page.run('return window.hit') is None


def test_search_opens_single_keys_and_escape_clears(browser: Any, pages: Dict[str, Path]) -> None:
    page = Page(browser, pages['check'])
    rows = len(page.shown('.keys tr.group'))
    search = page.shown('.keys input')[0]
    search.send_keys('LAYERS.7.')
    assert [row.text.split()[0] for row in page.shown('.keys tr.single')] == [
        'layers.7.attn.qkv.weight', 'layers.7.ffn.conv.weight',
    ]  # fmt: skip
    assert len(page.shown('.keys tr.group')) < rows
    assert page.shown('.keys .found')[0].text.startswith('2 / ')
    search.send_keys('\ue00c')  # Esc
    assert search.get_attribute('value') == '' and page.shown('.keys tr.single') == []
    assert len(page.shown('.keys tr.group')) == rows
    search.send_keys('<img')
    assert len(page.shown('.keys tr.group')) == 2


def test_filters_show_one_state(browser: Any, pages: Dict[str, Path]) -> None:
    page = Page(browser, pages['check'])
    found = {}
    for button in page.shown('.keys button.filter'):
        button.click()
        assert button.get_attribute('aria-pressed') == 'true'
        states = {row.get_attribute('data-state') for row in page.shown('.keys tr.group')}
        assert len(states) == 1
        found[states.pop()] = int(button.find_element('css selector', 'b').text)
    button.click()
    assert button.get_attribute('aria-pressed') == 'false'
    assert found == {'random': 2, 'resized': 1, 'dropped': 80 + len(HOSTILE), 'loaded': 13}


def test_copy_buttons(browser: Any, pages: Dict[str, Path]) -> None:
    page = Page(browser, pages['check'])
    browser.execute_cdp_cmd(
        'Browser.grantPermissions',
        {'permissions': ['clipboardReadWrite', 'clipboardSanitizedWrite']},
    )
    copied = {}
    for button in page.shown('button.copy'):
        words = button.text
        button.click()
        read = 'const done = arguments[0]; navigator.clipboard.readText().then(done, done);'
        copied[words] = browser.execute_async_script(read)
        assert button.text == 'Copied'
    assert copied['Copy new lines'] == '  strict_load_g: false  # <b>&"\\u202e</b>'
    assert copied['Copy diff'].startswith('--- train.yml\n+++ train.yml\n@@')


def test_everything_by_keyboard(browser: Any, pages: Dict[str, Path]) -> None:
    page = Page(browser, pages['check'])
    seen = []
    for _ in range(12):
        page.press('\ue004')  # Tab
        seen.append(page.run(FOCUSED))
    assert seen[0] == 'skip' and 'theme' in seen and 'copy' in seen
    assert seen.index('theme') < seen.index('copy') < seen.index('svg')
    row = page.shown('.keys tr.many')[0]
    page.focus(row)
    for key in ('\ue007', ' '):  # Enter, Space
        page.press(key)
        assert row.get_attribute('aria-expanded') == 'true' and page.shown('.keys tr.single')
        page.press('\ue00c')
        assert row.get_attribute('aria-expanded') == 'false'
    page.focus(page.shown('.treemap svg')[0])
    page.press('\ue014', '\ue014')  # Right, Right
    told = page.shown('#tip')[0].text
    assert 'elements' in told and '.weight' in told
    page.press('\ue007')
    assert page.browser.switch_to.active_element.get_attribute('type') == 'search'
    assert page.shown('.keys tr.group') and page.shown('#tip') == []


def test_hover_tells_and_the_tree_opens(browser: Any, pages: Dict[str, Path]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = Page(browser, pages['inspect'])
    tile = max(page.all('.treemap rect.tile'), key=lambda one: one.size['width'])
    ActionChains(browser).move_to_element(tile).perform()
    assert page.shown('#tip')[0].text == tile.get_attribute('aria-label')
    closed = len(page.shown('.tree tr.row'))
    page.shown('.tree tr.many')[0].click()
    assert len(page.shown('.tree tr.row')) > closed


@pytest.mark.parametrize('kind', KINDS)
def test_narrow_and_dark_and_chinese(browser: Any, pages: Dict[str, Path], kind: str) -> None:
    """Nothing is wider than a phone; the switch turns the page around; both languages."""
    dark = {'features': [{'name': 'prefers-color-scheme', 'value': 'dark'}]}
    size = {'width': 400, 'height': 900, 'deviceScaleFactor': 1, 'mobile': False}
    browser.execute_cdp_cmd('Emulation.setEmulatedMedia', dark)
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', size)
    try:
        page = Page(browser, pages[f'{kind}_zh'])
        assert page.run('return document.documentElement.scrollWidth') <= 400
        assert page.run(UNSIGNED) == []
        ground = 'return getComputedStyle(document.body).backgroundColor'
        first = page.run(ground)
        page.shown('#theme')[0].click()
        assert (first, page.run(ground)) == ('rgb(20, 24, 29)', 'rgb(246, 247, 249)')
        assert page.run('return document.documentElement.lang') == 'zh-CN'
        assert browser.get_log('browser') == []
    finally:
        browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
        browser.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': []})
