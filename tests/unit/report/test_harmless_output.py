"""No key, table, path or title of a file can steer a terminal; JSON stays JSON."""

from __future__ import annotations

import io
import json
import os
import struct
from pathlib import Path
from typing import List

import pytest

from basicsr_weightcheck.cli.main import main
from tests.hostile.containers import as_zip

HOSTILE = [
    'ansi\x1b[31mred',
    'csi\x9b31m',
    'link\x1b]8;;http://evil\x07click\x1b]8;;\x07',
    'title\x1b]0;owned\x07',
    'erase\x1b[2J\x1b[H',
    'bidi\u202eevil\u202c',
    'isolate\u2066x\u2069',
    'zero\u200bwidth\u200d\ufeff',
    'line\nERROR forged',
    'carriage\rforged',
    'separator\u2028x\u2029y',
    'back\x08\x08space',
    'null\x00byte',
    'del\x7f',
    'surrogate\ud800half',
    'tag\U000e0041',
    '=cmd|calc!A1',
]
ALLOWED = {'\n'}


def _weights(path: Path, keys: List[str], table: str) -> str:
    """A float32 element for each key, one storage for all."""
    parts = [b'\x80\x02}', _text(table), b'}(']
    for key in keys:
        storage = b'(' + _text('storage') + b'ctorch\nFloatStorage\n' + _text('0') + _text('cpu')
        parts.append(_text(key) + b'ctorch._utils\n_rebuild_tensor_v2\n(' + storage + b'K\x01tQ')
        parts.append(b'K\x00K\x01\x85K\x01\x85\x89NtR')
    parts += [b'us', _text('note'), _text('value\x1b[5m\nnext'), b's.']
    path.write_bytes(as_zip(b''.join(parts), [('0', b'\0\0\0\0')]))
    return str(path)


def _text(value: str) -> bytes:
    raw = value.encode('utf-8', 'surrogatepass')
    return b'X' + struct.pack('<I', len(raw)) + raw


@pytest.fixture()
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> List[str]:
    monkeypatch.chdir(tmp_path)
    one = _weights(tmp_path / 'one\x1b[31m.pth', HOSTILE, 'params\x1b[1m\nforged')
    other = _weights(
        tmp_path / 'other.pth', [key + 'x' for key in HOSTILE], 'params\x1b[1m\nforged'
    )
    return [one, other]


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(list(words))
    printed = capsys.readouterr()
    return printed.out + printed.err


def _harmful(text: str) -> List[str]:
    return sorted({c for c in text if not c.isprintable() and c not in ALLOWED})


COMMANDS = [
    ['inspect'], ['inspect', '--depth', '3'], ['inspect', '--values'], ['compare'],
    ['compare', '--all'], ['compare', '--no-values'],
]  # fmt: skip
STYLES = [['--style', 'plain'], ['--style', 'rich'], ['--format', 'markdown'], ['--format', 'json']]


@pytest.mark.parametrize('lang', ['en', 'zh'])
@pytest.mark.parametrize('style', STYLES, ids=[words[1] for words in STYLES])
@pytest.mark.parametrize('command', COMMANDS, ids=[' '.join(words) for words in COMMANDS])
def test_inspect_and_compare(
    files: List[str], capsys: pytest.CaptureFixture[str], command: List[str], style: List[str],
    lang: str,
) -> None:  # fmt: skip
    pytest.importorskip('numpy')
    paths = files[:1] if command[0] == 'inspect' else files
    text = _run(capsys, *command, *paths, *style, '--lang', lang)
    assert 'ansi' in text and _harmful(text) == []
    if style[1] == 'json':
        kept = json.loads(text)
        assert kept['format'].startswith('basicsr-weightcheck.')
        assert repr(HOSTILE[0])[1:-1] in repr(kept)  # nothing is lost
    else:
        assert not any(line.startswith(('ERROR forged', 'forged')) for line in text.splitlines())


@pytest.mark.parametrize('style', ['text', 'json'])
def test_one_file_and_many(
    files: List[str], capsys: pytest.CaptureFixture[str], style: str
) -> None:
    for paths in (files[:1], [files[1], *files, 'missing\x1b[31m.pth']):
        text = _run(capsys, 'compare', '--no-values', '--format', style, *paths)
        assert _harmful(text) == []


@pytest.mark.parametrize('words', [
    ['inspect', 'no\x1b[31msuch\n.pth'],
    ['inspect', '--table', 'no\x1b[31msuch\n', 'other.pth'],
    ['check', '-opt', 'no\x1b[31msuch\n.yml'],
    ['check', '-opt', 'bad.yml'],
    ['inspect', 'page.pth'],
])  # fmt: skip
@pytest.mark.parametrize('style', ['text', 'json'])
def test_errors(
    files: List[str], capsys: pytest.CaptureFixture[str], words: List[str], style: str
) -> None:
    Path('bad.yml').write_bytes(b'name: "\x1b[31m"\n')
    Path('page.pth').write_bytes(b'<html><title>\x1b[31m\xe2\x80\xae evil</title>')
    text = _run(capsys, *words, '--format', style)
    assert text and _harmful(text) == []
    if style == 'json':
        assert json.loads(text)['format'] == 'basicsr-weightcheck.error/1'
    else:
        assert text.count('\n') == 1


def test_scan_rows(files: List[str]) -> None:
    from basicsr_weightcheck.records.scans import Scan
    from basicsr_weightcheck.records.tensors import NetworkSpec, TensorSpec
    from basicsr_weightcheck.report.json_text import dumped
    from basicsr_weightcheck.report.page_to_text import render_page, render_rich
    from basicsr_weightcheck.report.scan_page import render_csv, scan_document, scan_page
    from basicsr_weightcheck.workflow.scan import judge

    Path('page\x1b[31m.pth').write_bytes(b'<html><title>\x1b[31m\n evil</title>')
    specs = (TensorSpec(HOSTILE[0], (1,), 'float32', is_parameter=True),)
    rows = judge([*files, 'page\x1b[31m.pth', 'no\nsuch.pth'], NetworkSpec('Net', specs))
    scan = Scan('train\x1b.yml', 'network_g', 'Net', 1, 1, tuple(rows))
    for lang in ('en', 'zh'):
        page = scan_page(scan, lang)
        for text in (render_page(page), render_rich(page, False, 100)):
            assert _harmful(text) == []
    assert _harmful(render_csv(scan)) == [] and _harmful(dumped(scan_document(scan))) == []
    json.loads(dumped(scan_document(scan)))
    assert len(list(io.StringIO(render_csv(scan)))) == 1 + len(rows)
    assert os.path.exists('other.pth')
