"""'Identical' is said of bytes that were read; checksums alone are called by their name."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.workflow import compare as module
from tests.compare.test_outputs import SCHEMAS

pytestmark = pytest.mark.torch


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    torch.manual_seed(0)
    table = {'a': torch.randn(40, 40), 'b': torch.randn(100), 'c': torch.zeros(3)}
    for name in ('one.pth', 'other.pth'):
        torch.save({'params': table}, name)
    return tmp_path


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files count as large: nothing is read that need not be."""
    monkeypatch.setattr(module, 'SMALL_BYTES', 0)


def rot(path: str, key: str) -> None:
    """Flip a bit of a tensor, as a disk does it: the directory of the archive stays."""
    spec = next(one for one in read_header(path).tables['params'].tensors if one.key == key)
    assert spec.storage is not None and spec.storage.file_offset is not None
    data = bytearray(Path(path).read_bytes())
    data[spec.storage.file_offset + 1] ^= 1
    Path(path).write_bytes(bytes(data))


def compared(capfd: Any, *words: str) -> Tuple[int, Dict[str, Any], str]:
    """(exit code, JSON, page) of a comparison of the two files."""
    import jsonschema

    main(['compare', 'one.pth', 'other.pth', *words, '--format', 'json'])
    document = json.loads(capfd.readouterr().out)
    jsonschema.validate(document, SCHEMAS['compare'])
    code = main(['compare', 'one.pth', 'other.pth', *words])
    return code, document, ' '.join(capfd.readouterr().out.split())


@pytest.mark.parametrize('words, piece', [((), 0), (('--exact',), 0), ((), 64)])
def test_small_files_are_read(
    folder: Path, capfd: Any, words: Tuple[str, ...], piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if piece:  # a storage is read in many of them
        monkeypatch.setattr('basicsr_weightcheck.compare.seals.PIECE_BYTES', piece)
    code, document, page = compared(capfd, *words)
    assert code == 0 and document['same_values'] and document['exact']
    assert {one['proof'] for one in document['values']['tensors']} == {'bytes'}
    assert 'Identical keys: 3' in page and 'by checksum' not in page
    rot('other.pth', 'a')
    code, document, page = compared(capfd, '--fail-on', 'values', *words)
    assert code == 1 and not document['same_values']
    assert document['rotten'] == {'one': [], 'other': ['a']}
    assert 'model 2: the bytes of 1 tensors do not match their CRC-32' in page


def test_checksums_of_large_files_are_called_checksums(
    folder: Path, capfd: Any, large: None
) -> None:
    rot('other.pth', 'a')  # nothing can tell it that does not read
    code, document, page = compared(capfd)
    assert code == 0 and document['values']['by_checksum'] == 3 and not document['exact']
    assert 'Identical keys: 0 Same by checksum (not read): 3' in page
    assert '3 keys are the same by checksum (not read)' in page and 'identical' not in page.split(
        '[Summary]')[1]  # fmt: skip
    main(['compare', 'one.pth', 'other.pth', '--format', 'html'])
    html = capfd.readouterr().out
    assert 'same by checksum; the bytes were not read' in html
    assert 'hold the same weights' not in html
    main(['compare', 'one.pth', 'other.pth', 'one.pth'])
    assert 'the same by checksum (not read)' in ' '.join(capfd.readouterr().out.split())
    code, document, page = compared(capfd, '--exact')
    assert document['rotten'] == {'one': [], 'other': ['a']} and 'Identical keys: 2' in page


def test_the_same_rot_in_both_is_told(folder: Path, capfd: Any) -> None:
    rot('one.pth', 'b')
    rot('other.pth', 'b')
    code, document, page = compared(capfd)
    assert code == 0 and document['rotten'] == {'one': ['b'], 'other': ['b']}
    assert page.count('do not match their CRC-32') == 4  # of each, in the values and the summary


def test_a_mismatch_met_on_the_way_is_told(folder: Path, capfd: Any, large: None) -> None:
    """The bytes that were read are equal, the checksums are not: one of them is wrong."""
    import torch

    with open('other.pth', 'rb') as file:
        table = torch.load(file)['params']
    table['b'] = table['b'] + 1
    torch.save({'params': table}, 'other.pth')
    headers = [read_header(name) for name in ('one.pth', 'other.pth')]
    spec = [header.tables['params'].tensors[1].storage for header in headers]
    data = bytearray(Path('other.pth').read_bytes())
    assert spec[0] is not None and spec[1] is not None
    start, size = spec[1].file_offset, spec[1].byte_count
    assert start is not None and spec[0].file_offset is not None
    good = Path('one.pth').read_bytes()[spec[0].file_offset :][:size]
    data[start : start + size] = good
    Path('other.pth').write_bytes(bytes(data))
    _, document, _ = compared(capfd)
    assert document['rotten'] == {'one': [], 'other': ['b']}
    assert [one['proof'] for one in document['values']['tensors']] == ['crc32', 'bytes', 'crc32']


@pytest.mark.parametrize('exact', [False, True])
def test_big_endian_is_not_identical_to_little_endian(
    folder: Path, capfd: Any, large: None, exact: bool
) -> None:
    with zipfile.ZipFile('one.pth') as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile('other.pth', 'w') as archive:
        for name, data in entries.items():
            archive.writestr(name, b'big' if name.endswith('byteorder') else data)
    _, document, _ = compared(capfd, *(['--exact'] if exact else []))
    assert document['same_values'] is False
    states = {one['key']: one['state'] for one in document['values']['tensors']}
    assert 'identical' not in (states['a'], states['b'])


def test_no_byte_of_large_equal_files_is_read(
    folder: Path, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader

    def refuse(*_: Any) -> None:
        raise AssertionError('read')

    monkeypatch.setattr(ByteReader, 'read_into', refuse)
    assert module.compare('one.pth', 'other.pth').same_values


@pytest.mark.parametrize('extra, into, back', [
    ({'epoch': 7}, False, True),  # it stops a strict load of its file, not one into its network
    ({'note': 'x', 'cfg': {'lr': 1}}, False, True),
])  # fmt: skip
def test_text_lines_and_json_agree_about_strict(
    folder: Path, capfd: Any, extra: Any, into: bool, back: bool
) -> None:
    import torch

    table = torch.load('one.pth')['params']
    torch.save({'params': {**table, **extra}}, 'one.pth')
    code, document, page = compared(capfd)
    strict = document['strict_load']
    assert strict['one_into_other']['strict'] is into
    assert strict['other_into_one']['strict'] is back and code == 1
    words = {True: 'strict_load_g: true', False: 'strict_load_g: false'}
    assert f'model 1 into the network of model 2: {words[into]};' in page
    assert f'model 2 into the network of model 1: {words[back]};' in page
    assert f'pretrain_network_g: one.pth {words[into]}' in page
    assert f'pretrain_network_g: other.pth {words[back]}' in page
    network = torch.nn.ParameterDict({k: torch.nn.Parameter(v) for k, v in table.items()})
    with pytest.raises(RuntimeError, match='Unexpected key'):
        network.load_state_dict(torch.load('one.pth')['params'], strict=True)
    network.load_state_dict(torch.load('other.pth')['params'], strict=True)


def test_a_text_in_the_place_of_a_tensor_stops_every_load(folder: Path, capfd: Any) -> None:
    import torch

    table = torch.load('one.pth')['params']
    torch.save({'params': {**table, 'b': 'text'}}, 'one.pth')
    _, document, page = compared(capfd)
    assert document['strict_load']['one_into_other'] == {
        'strict': None, 'tensors_loaded': 0, 'element_fraction': 0.0,
    }  # fmt: skip
    assert 'every load stops at b' in page and 'pretrain_network_g: one.pth' not in page
    network = torch.nn.ParameterDict({k: torch.nn.Parameter(v) for k, v in table.items()})
    with pytest.raises(RuntimeError, match='expected torch.Tensor'):
        network.load_state_dict(torch.load('one.pth')['params'], strict=False)


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_entries_that_are_left_out_are_named_by_inspect(
    folder: Path, capfd: Any, lang: str
) -> None:
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        odd = {
            'sparse.weight': torch.eye(3).to_sparse(),
            'quantized.weight': torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8),
            'meta.weight': torch.empty(2, device='meta'),
        }
    torch.save({'params': {'w': torch.zeros(2), **odd}}, 'odd.pth')
    main(['inspect', 'odd.pth', '--format', 'json'])
    left_out = {one['key']: one['form'] for one in json.loads(capfd.readouterr().out)['left_out']}
    forms = {'sparse': 'sparse_coo'}
    first = {key: key.partition('.')[0] for key in odd}
    shown = {f'params.{key}': forms.get(word, word) for key, word in first.items()}
    assert left_out == shown
    main(['inspect', 'odd.pth', '--lang', lang])
    page = ' '.join(capfd.readouterr().out.split())
    assert all(f'{place} ({form})' in page for place, form in shown.items())


@pytest.mark.parametrize('words', [('compare', 'one.pth'), ('inspect', '--values'), ('convert',)])
@pytest.mark.parametrize('when', ['before', 'within'])
def test_a_file_that_another_takes_the_place_of_is_not_read_by_its_old_header(
    folder: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch, words: Tuple[str, ...], when: str
) -> None:
    """Behind the header, or while its tensors are read: neither gives an answer."""
    import torch

    torch.save(
        {'params': {'a': torch.ones(40, 40)}}, 'one.pth', _use_new_zipfile_serialization=False
    )
    torch.save(
        {'params': {'b': torch.ones(50, 50)}}, 'new.pth', _use_new_zipfile_serialization=False
    )
    shutil.copy('one.pth', 'moving.pth')
    real, once = ByteReader.__init__, ByteReader._read_once

    def opened(reader: ByteReader, path: str, *more: Any) -> None:
        if when == 'before' and path == 'moving.pth':
            os.replace('new.pth', path)
        real(reader, path, *more)

    def read(reader: ByteReader, offset: int, buffer: memoryview) -> int:
        if when == 'within' and reader.path == 'moving.pth' and os.path.exists('new.pth'):
            Path('moving.pth').write_bytes(Path('new.pth').read_bytes())
            os.unlink('new.pth')
        return once(reader, offset, buffer)

    monkeypatch.setattr(ByteReader, '__init__', opened)
    monkeypatch.setattr(ByteReader, '_read_once', read)
    more = ('-o', 'converted.pth') if words == ('convert',) else ()
    assert main([*words, 'moving.pth', *more]) == 2
    assert 'moving.pth: was changed or replaced while it was read' in capfd.readouterr().err
    assert not os.path.exists('converted.pth') and not os.path.exists('new.pth')
