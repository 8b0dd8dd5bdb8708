"""Pages without a browser: size, time, escaping, languages, layout, and what is said when not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.report.html.blocks import Entry, NamedValues, Pictures
from basicsr_weightcheck.report.html.keys import HEIGHT, WIDTH, key_table, lay_out
from basicsr_weightcheck.report.html.render import rendered
from basicsr_weightcheck.report.inspect_page import inspect_view
from basicsr_weightcheck.report.page import Cell, Code, Heading, Line, PageView, Table
from basicsr_weightcheck.report.page_to_text import render_markdown, render_page
from basicsr_weightcheck.workflow.inspect import inspect
from tests.helpers import ROOT, write_weights
from tests.warm_child import WARM, run_python

MEBIBYTE = 1 << 20


class Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: List[Tuple[str, Dict[str, Any]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Any]]) -> None:
        self.found.append((tag, dict(attrs)))


def restormer_shapes() -> Dict[str, Tuple[int, ...]]:
    """Names and shapes of the published Restormer: 494 tensors, 26 M parameters."""
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    with torch.device('meta'):
        return {key: tuple(value.shape) for key, value in Restormer().state_dict().items()}


@pytest.mark.basicsr
@pytest.mark.parametrize('name', ['check', 'compare_zh', 'inspect', 'scan_zh'])
def test_a_page_stands_alone(pages: Dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding='utf-8')
    tags = Tags(text).found
    names = {tag for tag, _ in tags}
    assert not names & {'link', 'img', 'iframe', 'object', 'base', 'form', 'audio', 'video'}
    assert not [one for _, one in tags if 'src' in one or one.get('href', '#')[0] != '#']
    assert not [key for _, one in tags for key in one if key.startswith('on')]
    assert '@import' not in text and not re.search(r'url\((?!#hatch\))', text)
    policy = next(one['content'] for _, one in tags if one.get('http-equiv'))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert len(re.findall('</script', text)) == 2 and text.count('<script') == 2


@pytest.mark.basicsr
def test_what_stops_stands_above_the_picture(pages: Dict[str, Path]) -> None:
    text = pages['check'].read_text(encoding='utf-8')
    assert text.index('class="bad"><p><span class="badge">') < text.index('class="treemap"')
    todo = text[text.index('class="todo"') : text.index('</section>')]
    assert 'then start the training.' not in todo and 'WC504' in todo


@pytest.mark.basicsr
def test_files_have_their_names_and_layers_theirs_above_the_marks(pages: Dict[str, Path]) -> None:
    for name, number in (('compare', 'model 1'), ('compare_zh', '模型 1')):
        text = pages[name].read_text(encoding='utf-8')
        assert 'one_more.pth' in text and number not in text
    tags = Tags(pages['compare'].read_text(encoding='utf-8')).found
    names = [one['transform'] for tag, one in tags if tag == 'text' and 'rotate(-40)' in str(one)]
    assert names and all(' -8) ' in place for place in names)
    top = min(float(one['cy']) for tag, one in tags if tag == 'circle')
    assert top >= 0  # the names end above it


@pytest.mark.torch
def test_size_of_a_large_network(tmp_path: Path) -> None:
    """At most 1 MB for 500 tensors; the same bytes at every run."""
    path = write_weights(str(tmp_path / 'w.pth'), restormer_shapes())
    inspection = inspect(path)
    first = rendered(inspect_view, inspection, 'en')
    again = rendered(inspect_view, inspection, 'en')
    assert first == again and 50_000 < len(first.encode()) < MEBIBYTE


def test_a_network_of_many_tensors_stays_a_page(tmp_path: Path) -> None:
    flat: Dict[str, Tuple[int, ...]] = {
        f'w{index}.x.y{index}.weight': (2, 3) for index in range(3000)
    }
    text = rendered(inspect_view, inspect(write_weights(str(tmp_path / 'w.pth'), flat)), 'en')
    assert len(text.encode()) < 4 * MEBIBYTE and text.count('class="tile') < 3000


def leaf(key: str, state: str, elements: int) -> Entry:
    return Entry(key, state, None, None, elements)


@pytest.mark.parametrize(
    'sizes', [[1], [7, 0, 3], [10**9, 1, 1], [100] * 300, [2**n for n in range(40)]]
)
def test_areas_are_elements_and_nothing_overlaps(sizes: List[int]) -> None:
    leaves = [leaf(f'm{i % 7}.{i % 3}.t{i}.w', 'loaded', size) for i, size in enumerate(sizes)]
    rectangles, _ = lay_out(leaves)
    keys = [entry.key for _, members in rectangles for entry in members]
    assert sorted(keys) == sorted(entry.key for entry in leaves if entry.elements)
    for (x, y, width, height), _ in rectangles:
        assert width > 0 and height > 0
        assert x >= -1e-6 and x + width <= WIDTH + 1e-6
        assert y >= -1e-6 and y + height <= HEIGHT + 1e-6
    boxes = [(x, y, x + width, y + height) for (x, y, width, height), _ in rectangles]
    for index, (left, top, right, bottom) in enumerate(boxes):
        for a, b, c, d in boxes[:index]:
            across = min(right, c) - max(left, a)
            down = min(bottom, d) - max(top, b)
            assert across < 1e-6 or down < 1e-6


def test_no_state_is_hidden_among_small_tensors() -> None:
    leaves = [leaf('a.b.big', 'loaded', 10**8), leaf('a.b.bias', 'random', 3)]
    leaves.append(leaf('a.b.other', 'loaded', 3))
    rectangles, _ = lay_out(leaves)
    assert {members[0].state for _, members in rectangles} == {'loaded', 'random'}


def test_folded_keys_count_every_key_once() -> None:
    entries = [Entry(f'l.{i}.w', 'a', (i % 2 + 1, 3), None, 3, (str(i),), i) for i in range(10)]
    table = key_table(entries, {'a': 'A', 'b': 'B'}, ('one', 'two'), ('max',), 'en')
    assert [(row.pattern, row.times) for row in table.rows] == [('*.w', '10')]
    row = table.rows[0]
    assert row.cells == ('(1, 3) (2, 3)', '–', '30', '9')
    assert sorted(key[0] for key in row.keys) == sorted(entry.key for entry in entries)
    assert [(state, number) for state, _, number in table.filters] == [('a', '10')]


def test_a_block_is_the_same_in_three_renderers() -> None:
    """What HTML adds hangs on it; a block of HTML alone is passed over by the others."""
    row = ('x', Cell('y', more='why'), Cell('z', bar=0.5))
    table = Table(('a', 'b', 'c'), (row,), kind='outcomes')
    blocks = (Line('[OK] well', 'good'), Line(''), Code('k: 1', title='put'), table)
    page = (Heading('h'), *blocks, NamedValues((('n', 'v'),)), Pictures('p', ()))
    rule = '=' * 50
    plain = [rule, 'h', rule, '[OK] well', '', 'put', '  k: 1']
    plain += ['a  b  c', '-------', 'x  y  z', '-------']
    assert render_page(page).splitlines() == plain
    marked = ['## h', '\\[OK\\] well', 'put', '```yaml\nk: 1\n```']
    assert render_markdown(page).split('\n\n')[:4] == marked
    html = rendered(lambda: PageView('en', 't', 's', 'good', 'v', body=iter(page)))
    for shown in ('<h2>h</h2>', '<p class="note good">well</p>', 'data-copy="k: 1"', '<dt>n</dt>',
                  'width:50.0%', '<pre>why</pre>', '<h3>p</h3>'):  # fmt: skip
        assert shown in html
    assert html.count('class="note') == 1


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en', **environment}
    return run_python([*WARM, '-m', 'basicsr_weightcheck', *words], folder, plain)


def test_a_missing_package_is_one_line(tmp_path: Path) -> None:
    write_weights(str(tmp_path / 'w.pth'), {'a.weight': (2, 3)})
    (tmp_path / 'blocked').mkdir()
    (tmp_path / 'blocked' / 'squarify.py').write_text('raise ImportError("none here")\n')
    path = f'{tmp_path / "blocked"}:{ROOT}'
    commands = (['inspect', 'w.pth'], ['compare', 'w.pth'], ['compare', 'w.pth', 'w.pth'])
    for words in (*commands, ['check', '-opt', 'absent.yml']):
        done = run(tmp_path, *words, '--format', 'html', PYTHONPATH=path)
        assert done.returncode == 2 and done.stdout == '' and len(done.stderr.splitlines()) == 1
        assert 'pip install jinja2 squarify' in done.stderr
    assert run(tmp_path, 'inspect', 'w.pth', PYTHONPATH=path).returncode == 0


def test_output_names_the_file_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_weights('w.pth', {'a.weight': (2, 3)})
    for output_format, begin in (
        ('html', '<!DOCTYPE html>'), ('json', '{'), ('markdown', '# '), ('text', '====='),
    ):  # fmt: skip
        for words in (['inspect', 'w.pth'], ['compare', 'w.pth', 'w.pth']):
            main([*words, '--format', output_format, '--output', 'out', '--lang', 'en'])
            printed = capsys.readouterr()
            assert printed.out == '' and printed.err == 'written: out\n'
            assert Path('out').read_text(encoding='utf-8').startswith(begin)
    assert main(['inspect', 'w.pth', '--output', 'no/such/out']) == 2


def test_a_page_does_not_fill_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_weights('w.pth', {'a.weight': (2, 3)})
    monkeypatch.setattr(sys.stdout, 'isatty', lambda: True)
    assert main(['inspect', 'w.pth', '--format', 'html']) == 2
    printed = capsys.readouterr()
    assert printed.out == '' and '--output page.html' in printed.err


@pytest.mark.basicsr
def test_check_writes_its_page_beside_the_reports_or_prints_it(tmp_path: Path) -> None:
    text = (ROOT / 'options' / 'train_restormer_mdta.yml').read_text(encoding='utf-8')
    (tmp_path / 'train.yml').write_text(text, encoding='utf-8')
    words = ['check', '-opt', 'train.yml', '--format', 'html', '--output', 'out', '--no-rehearsal']
    done = run(tmp_path, *words)
    assert done.returncode == 2 and done.stdout == '' and 'out/check.html' in done.stderr
    printed = run(tmp_path, *(word for word in words if word not in ('--output', 'out')))
    assert printed.stdout.startswith('<!DOCTYPE html>')
    assert (tmp_path / 'out' / 'check.html').read_text(encoding='utf-8') == printed.stdout
    two = run(
        tmp_path, 'check', '-opt', 'train.yml', 'train.yml', '--format', 'html', '--no-report'
    )
    assert two.returncode == 2 and 'takes one option file' in two.stderr
