"""The functions of the package: what they take and give, in both languages, and what they cost."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, get_args

import pytest

import basicsr_weightcheck as wc
from basicsr_weightcheck import api
from basicsr_weightcheck.errors import CheckpointError, UsageError
from basicsr_weightcheck.messages.numbers import whole_shares
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.records.scans import FULL, Scan, ScanRow
from tests.helpers import ROOT, write_tables, write_weights
from tests.report.conftest import HOSTILE
from tests.schemas import validate

SHAPES = {'a.weight': (2, 3), 'a.bias': (2,)}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    write_weights('one.pth', SHAPES)
    write_weights('other.pth', {**SHAPES, 'b.weight': (4,)})
    return tmp_path


def test_exported_names_are_there_and_sorted() -> None:
    assert wc.__all__ == sorted(wc.__all__)
    for name in wc.__all__:
        assert getattr(wc, name) is not None and name in dir(wc)
    assert get_args(wc.Verdict)[0] == 'ready'
    with pytest.raises(AttributeError, match='no attribute'):
        wc.nothing  # noqa: B018


def test_compare_is_a_function_and_a_room() -> None:
    """Whichever is asked for first, in a process of its own."""
    code = (
        'import sys, basicsr_weightcheck as wc; assert callable(wc.compare); '
        'import basicsr_weightcheck.compare.fit as fit; assert callable(wc.compare) and fit.fit; '
        'print([name for name in ("torch", "numpy") if name in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=str(ROOT), check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == '[]'


def test_every_function_says_what_it_raises() -> None:
    for name in ('check', 'compare', 'inspect', 'scan', 'convert', 'will_load'):
        text = inspect.getdoc(getattr(api, name)) or ''
        assert 'Args:' in text and 'Raises:' in text, name


def test_one_file_or_many_as_text_or_path(files: Path) -> None:
    one = wc.compare('one.pth', Path('other.pth'))
    assert isinstance(one, wc.CompareResult) and not one.same_structure
    many = wc.compare('one.pth', [Path('other.pth'), 'one.pth', 'absent.pth'])
    assert isinstance(many, wc.Results) and len(many) == 2
    assert [each.same_values for each in many] == [False, True]
    ((path, error),) = many.failed
    assert path == 'absent.pth' and isinstance(error, CheckpointError)
    assert len(repr(many).splitlines()) == 3 and 'absent.pth' in repr(many)
    assert [found.record.parameters for found in wc.inspect(['one.pth', 'other.pth'])] == [8, 12]
    with pytest.raises(CheckpointError):
        wc.inspect('absent.pth')


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_a_result_shows_its_head(files: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setenv('WEIGHTCHECK_LANG', lang)
    write_weights('odd.pth', {key: (1,) for key in HOSTILE})
    results = (
        wc.compare('one.pth', 'other.pth'), wc.inspect('odd.pth'), wc.convert('one.pth'),
        wc.compare('odd.pth', 'one.pth'), ranking(), wc.compare('one.pth', ['other.pth', 'no']),
    )  # fmt: skip
    for result in results:
        head, page = repr(result), result._repr_html_()
        assert len(head.splitlines()) <= 4 and head.isprintable() or '\n' in head
        assert page is not None and '<script' not in page and '<style' not in page
        if isinstance(result, api.Result):
            assert result.head().verdict in head
            assert str(result) == result.to_text() and len(str(result)) > len(head)
            validate(result.to_dict())
            assert result.to_html().startswith('<!DOCTYPE html>')


def ranking() -> wc.ScanResult:
    row = ScanRow('<b>.pth', 'params', True, 1.0, 9, 9, 0, 0, 0, 1.0, FULL)
    return wc.ScanResult(Scan('a.yml', 'network_g', 'Net', 9, 1000, (row,)))


@pytest.mark.parametrize('package', ['jinja2', 'squarify'])
def test_the_head_of_a_page_is_made_without_its_packages(
    package: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = wc.inspect('one.pth')
    assert result._repr_html_() is None and repr(result)
    with pytest.raises(UsageError, match='pip install jinja2'):
        result.to_html()


def test_a_table_needs_pandas_and_says_so(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pandas', None)
    with pytest.raises(UsageError, match='pip install pandas'):
        wc.inspect('one.pth').to_frame()


def test_rows_are_tensors(files: Path) -> None:
    states = {row['key']: row['state'] for row in wc.compare('other.pth', 'one.pth').rows()}
    assert states == {'a.bias': 'identical', 'a.weight': 'identical', 'b.weight': 'only-one'}
    assert [row['shape'] for row in wc.inspect('one.pth').rows()] == [(2, 3), (2,)]
    assert ranking().rows()[0]['path'] == '<b>.pth' and ranking().best is not None


def test_a_pandas_table(files: Path) -> None:
    pytest.importorskip('pandas')
    frame = wc.compare('other.pth', 'one.pth').to_frame()
    assert list(frame['key']) == ['a.bias', 'a.weight', 'b.weight']
    many = wc.inspect(['one.pth', 'other.pth']).to_frame()
    assert list(many['of']) == ['one.pth'] * 2 + ['other.pth'] * 3


def test_convert_takes_words_as_the_command(files: Path) -> None:
    write_tables('two.pth', {'params': SHAPES, 'params_ema': SHAPES})
    with pytest.raises(UsageError):
        wc.convert('two.pth')
    planned = wc.convert('two.pth', take='params_ema', add_prefix='net.')
    assert not planned.written and planned.record.tables == (('params', 2),)
    done = wc.convert('two.pth', Path('flat.pth'), take='params_ema', wrap=())
    assert done.written and Path('flat.pth').exists()
    validate(done.to_dict())


def test_pages_name_files_and_not_model_1(files: Path) -> None:
    Path('deep').mkdir()
    write_weights('deep/one.pth', SHAPES)
    names = wc.compare('one.pth', 'deep/one.pth').record
    assert (names.one.name, names.other.name) == ('one.pth', 'deep/one.pth')
    names = wc.compare('one.pth', 'other.pth').record
    assert (names.one.name, names.other.name) == ('one.pth', 'other.pth')


@pytest.mark.parametrize(
    'fractions, texts',
    [
        ((0.9787, 0.0213), ('97.8 %', '2.2 %')),
        ((1.0,), ('100.0 %',)),
        ((0.9999, 0.0001), ('99.9 %', '< 0.1 %')),
        ((0.0001, 0.9999), ('< 0.1 %', '99.9 %')),
        ((0.33333, 0.33333, 0.33334), ('33.3 %', '33.3 %', '33.4 %')),
    ],
)
def test_shares_of_a_legend_add_to_100(fractions: Any, texts: Any) -> None:
    assert tuple(whole_shares(fractions)) == texts


def test_a_check_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of a check are typed; `how` goes to the check as it is."""
    asked: Dict[str, Any] = {}

    def check(path: str, **how: Any) -> CheckReport:
        asked.update(how, path=path)
        raise UsageError('here')

    monkeypatch.setattr('basicsr_weightcheck.workflow.checking.check.check', check)
    with pytest.raises(UsageError):
        wc.check(Path('a.yml'), values=True)
    assert asked == {'path': 'a.yml', 'values': True}
    assert [path for path, _ in wc.check(['a.yml', 'b.yml']).failed] == ['a.yml', 'b.yml']


@pytest.mark.torch
def test_the_notebook_runs() -> None:
    notebook = json.loads((ROOT / 'docs' / 'api.ipynb').read_text(encoding='utf-8'))
    names: Dict[str, Any] = {}
    for cell in notebook['cells']:
        if cell['cell_type'] == 'code':
            assert cell['outputs'] == []
            exec(compile(''.join(cell['source']), cell['id'], 'exec'), names)
    assert names['done'].written
