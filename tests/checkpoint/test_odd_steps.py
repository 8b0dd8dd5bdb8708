"""What a pickle or a header may say that torch seldom writes: read as Python reads it, or named."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.checkpoint.pickles.machine import _view
from basicsr_weightcheck.checkpoint.pickles.stand_ins import _view_form
from basicsr_weightcheck.checkpoint.problems import Limits
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader, span
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.tensors import Opaque, TensorSpec
from tests.helpers import write_weights


def zipped(folder: Path, index: bytes, pack: int = zipfile.ZIP_STORED) -> str:
    """A zip file with that pickle as its index, and one storage of three floats."""
    path = folder / 'a.pth'
    with zipfile.ZipFile(path, 'w', pack) as archive:
        archive.writestr('archive/data.pkl', index)
        archive.writestr('archive/version', '3\n')
        archive.writestr('archive/data/0', struct.pack('<3f', 1, 2, 3))
    return str(path)


def names(path: str, **limits: int) -> List[str]:
    """Of the mapping at the root."""
    root: Any = read_header(path, limits=Limits()._replace(**limits)).root
    return [name for name, _ in root.entries]


@pytest.mark.parametrize('text', [
    rb"a\x62\143", rb"a\'\\\t\n\r", rb'\0', rb'x3 \77', rb'\101\1012',
])  # fmt: skip
def test_escapes_in_texts_of_the_oldest_pickles(tmp_path: Path, text: bytes) -> None:
    index = b"(dS'" + text + b"'\nI1\ns."
    assert names(zipped(tmp_path, index)) == list(pickle.loads(index))


@pytest.mark.parametrize('index', [
    b'\x80\x02}q\x05(X\x01\0\0\0aq\x07X\x01\0\0\0bq\x06h\x07h\x06u.',
    b'\x80\x02}r\x05\0\0\0(X\x01\0\0\0aq\x05X\x01\0\0\0br\x01\0\0\0X\x01\0\0\0ch\x05u.',
    b'\x80\x02}(X\x01\0\0\0aq\x00X\x01\0\0\0bq\x00X\x01\0\0\0ch\x00u.',
])  # fmt: skip
def test_a_memo_in_any_order(tmp_path: Path, index: bytes) -> None:
    root: Any = read_header(zipped(tmp_path, index)).root
    found = {name: value.value for name, value in root.entries}
    assert found == pickle.loads(index)


def test_a_key_with_a_long_text_inside_is_named_by_its_kind(tmp_path: Path) -> None:
    index = pickle.dumps({('n' * 300, 1): 1, ('n', 1): 2}, protocol=2)
    assert names(zipped(tmp_path, index)) == ['<tuple>', "('n', 1)"]


def test_more_names_of_classes_than_allowed(tmp_path: Path) -> None:
    index = b'\x80\x02(cdecimal\nDecimal\ncuuid\nUUID\nccollections\nOrderedDict\nl.'
    with pytest.raises(CheckpointError, match=r'\b2\b'):
        read_header(zipped(tmp_path, index), limits=Limits()._replace(globals=1))


def test_a_state_for_a_dict_is_none_of_pythons(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        read_header(zipped(tmp_path, b'\x80\x02}}X\x01\0\0\0aK\x01sb.'))


@pytest.mark.parametrize('made', ['cfork\nmake\n', 'ctorch._utils\n_rebuild_tensor_v2\n'])
def test_a_tensor_made_by_what_makes_none(tmp_path: Path, made: str) -> None:
    call = f'ctorch._tensor\n_rebuild_from_type_v2\n({made}ctorch\nTensor\n'.encode()
    index = b'\x80\x02}X\x01\0\0\0w' + call + (b')}' if 'fork' in made else b'K\x01}') + b'tRs.'
    assert names(zipped(tmp_path, index)) == ['w']
    assert not read_header(zipped(tmp_path, index)).tables


def persistent(*reference: Any) -> bytes:
    class Bent(pickle.Pickler):
        def persistent_id(self, item: Any) -> Any:
            return reference if item is Bent else None

    buffer = io.BytesIO()
    Bent(buffer, protocol=2).dump({'w': Bent})
    return buffer.getvalue()


def test_references_that_torch_does_not_write(tmp_path: Path) -> None:
    assert not read_header(zipped(tmp_path, persistent('storage', None, '0', 'cpu'))).tables
    with pytest.raises(CheckpointError, match=r'\b1\b.*\b2\b|\b2\b.*\b1\b'):
        read_header(zipped(tmp_path, persistent('storage', None, ('0', '1'), 'cpu', 3)))


def test_versions_of_modules(tmp_path: Path) -> None:
    import torch

    path = str(tmp_path / 'a.pth')
    state = torch.nn.Sequential(torch.nn.BatchNorm2d(2), torch.nn.Conv2d(2, 2, 1)).state_dict()
    torch.save(state, path)
    root: Any = read_header(path).root
    versions = {name: entry.get('version') for name, entry in getattr(state, '_metadata').items()}  # noqa: B009
    assert dict(root.metadata_versions) == versions and versions['0'] == 2


def test_an_index_that_inflates_without_measure(tmp_path: Path) -> None:
    path = zipped(tmp_path, b'\x80\x02.' + bytes(2_000_000), zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match='200'):
        read_header(path)
    data = bytearray(Path(path).read_bytes())
    with zipfile.ZipFile(path) as archive:
        packed = archive.getinfo('archive/data.pkl').compress_size
    at = data.rindex(struct.pack('<II', packed, 2_000_003))  # in the directory
    data[at : at + 4] = bytes(4)
    Path(path).write_bytes(data)
    with pytest.raises(CheckpointError, match='200'):
        read_header(path)


def safetensors(folder: Path, header: Dict[str, Any], data: int) -> str:
    text = json.dumps(header).encode()
    path = folder / 'a.safetensors'
    path.write_bytes(struct.pack('<Q', len(text)) + text + bytes(data))
    return str(path)


def test_a_hole_between_tensors_is_named_by_its_bytes(tmp_path: Path) -> None:
    first = {'dtype': 'F32', 'shape': [1000], 'data_offsets': [0, 4000]}
    second = {'dtype': 'F32', 'shape': [2], 'data_offsets': [4016, 4024]}
    with pytest.raises(CheckpointError, match='4,016.*4,000'):
        read_header(safetensors(tmp_path, {'a': first, 'b': second}, 4024))


def test_a_shape_that_nobody_can_count_is_shown_in_part(tmp_path: Path) -> None:
    entry = {'dtype': 'F32', 'shape': [1 << 20] * 12, 'data_offsets': [0, 8]}
    with pytest.raises(CheckpointError) as caught:
        read_header(safetensors(tmp_path, {'a': entry}, 8))
    assert caught.value.what.count(str(1 << 20)) == 8


def test_an_empty_tensor_in_a_file_that_was_cut(tmp_path: Path) -> None:
    shapes = {'a': (3,), 'empty': (0, 4), 'large': (4000,)}
    path = write_weights(str(tmp_path / 'a.pth'), shapes)
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:8000])
    header = read_header(path)
    found = {spec.key: spec.storage for spec in header.tables['params'].tensors}
    there = [key for key, storage in found.items() if storage and storage.file_offset is not None]
    assert not header.complete and there == ['a', 'empty']


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    for byte, said in ((0x1F, 'unknown'), (0x20, 'text')):
        path = tmp_path / 'a.pth'
        path.write_bytes(b'so it ' + bytes([byte]) + b' goes')
        with pytest.raises(CheckpointError) as caught:
            read_header(str(path))
        assert ('text' in caught.value.what) is (said == 'text')


def test_a_page_of_which_only_the_title_tells(tmp_path: Path) -> None:
    path = tmp_path / 'a.pth'
    path.write_bytes(b'<div>' + b' ' * 1500 + b'<title>Quota exceeded</title></div>')
    with pytest.raises(CheckpointError, match='HTML.*Quota exceeded|Quota exceeded.*HTML'):
        read_header(str(path))


def test_a_file_that_went_away(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        ByteReader(str(tmp_path / 'gone.pth'))
    assert caught.value.path == str(tmp_path / 'gone.pth')


def test_what_a_tensor_says_of_itself_is_known_by_name_or_refused() -> None:
    """Nobody but torch writes it, and torch writes names."""
    assert _view_form({'conj': True, 'neg': False}) == 'conjugate'
    for bits in ([1], {1: True}):
        with pytest.raises(TypeError):
            _view_form(bits)


def test_a_view_of_a_storage_in_an_old_file_is_its_offset_and_size() -> None:
    """Source: torch/serialization.py `legacy_load`: (view_key, offset, view_size)."""
    assert _view((7, 3, 5)) == (3, 5) and _view(None) is None


def test_a_view_of_nothing_spans_nothing() -> None:
    assert span(TensorSpec('w', (0, 3), 'float32')) == 0
    assert span(TensorSpec('w', (2, 3), 'float32')) == 6
    assert span(TensorSpec('w', (2, 3), 'float32', stride=(10, 2))) == 15


def test_there_is_room_for_tables_where_there_is_none_beside_them(tmp_path: Path) -> None:
    import torch

    state = {f'w{number}': torch.zeros(1) for number in range(20)}
    path = str(tmp_path / 'a.pth')
    torch.save({'params': state, 'losses': list(range(20)), 'steps': [1, 2]}, path)
    header = read_header(path, limits=Limits()._replace(beside=10))
    root: Any = header.root
    assert len(header.tables['params'].tensors) == 20
    losses, steps = (dict(root.entries)[name] for name in ('losses', 'steps'))
    assert losses == Opaque('list (20)') and [one.value for one in steps.items] == [1, 2]
    with pytest.raises(CheckpointError, match='10'):
        read_header(path, limits=Limits()._replace(nodes=10))
