"""A cut file says how much of it is there and which tensor is the first that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import spoken
from basicsr_weightcheck.messages.of_files import cut_phrase
from basicsr_weightcheck.records.tensors import CheckpointHeader

pytestmark = pytest.mark.torch

COUNT, SIZE = 12, 40_000  # tensors, bytes of each


def _save_zip(table: Dict[str, Any], path: str) -> None:
    import torch

    torch.save({'params': table}, path)


def _save_legacy(table: Dict[str, Any], path: str) -> None:
    import torch

    torch.save({'params': table}, path, _use_new_zipfile_serialization=False)


def _save_safetensors(table: Dict[str, Any], path: str) -> None:
    from safetensors.torch import save_file

    save_file(table, path)


SAVE: Dict[str, Callable[[Dict[str, Any], str], None]] = {
    'zip': _save_zip, 'legacy': _save_legacy, 'safetensors': _save_safetensors,
}  # fmt: skip


def _whole(folder: Path, container: str) -> Path:
    import torch

    path = folder / 'whole.pth'
    SAVE[container](
        {f'body.{i:02}.weight': torch.randn(SIZE // 4) for i in range(COUNT)}, str(path)
    )
    return path


def _cut(path: Path, kept: float) -> CheckpointHeader:
    data = path.read_bytes()
    short = path.with_name('short.pth')
    short.write_bytes(data[: int(len(data) * kept)])
    return read_header(str(short))


@pytest.mark.parametrize('container', sorted(SAVE))
@pytest.mark.parametrize('kept', [0.2, 0.5, 0.9])
def test_tensors_that_are_there_and_the_first_that_is_not(
    tmp_path: Path, container: str, kept: float
) -> None:
    path = _whole(tmp_path, container)
    whole, short = read_header(str(path)), _cut(path, kept)
    assert whole.cut is None and short.cut is not None and not short.complete
    placed = sorted(
        (spec.storage.file_offset or 0, spec.key)
        for table in whole.tables.values() for spec in table.tensors if spec.storage is not None
    )  # fmt: skip
    lost = [key for offset, key in placed if offset + SIZE > short.file_bytes]
    assert (short.cut.first_missing, short.cut.missing) == (lost[0], len(lost))
    assert short.cut.tensors == COUNT and short.cut.present_bytes == short.file_bytes
    assert whole.file_bytes * 0.98 <= short.cut.expected_bytes <= whole.file_bytes
    assert whole.tables.keys() == short.tables.keys()


def test_the_offsets_of_what_is_left_of_a_zip_are_right(tmp_path: Path) -> None:
    path = _whole(tmp_path, 'zip')
    whole, short = read_header(str(path)), _cut(path, 0.5)
    for expected, found in zip(whole.tables['params'].tensors, short.tables['params'].tensors):
        assert expected.storage is not None and found.storage is not None
        if found.storage.file_offset is not None:
            assert found.storage.file_offset == expected.storage.file_offset


def test_a_zip_without_its_directory_has_every_tensor(tmp_path: Path) -> None:
    short = _cut(_whole(tmp_path, 'zip'), 0.9995)
    assert short.cut is not None and short.cut.missing == 0 and short.cut.first_missing == ''
    assert 'Every tensor is' in cut_phrase(short.cut)


def test_room_that_was_never_written_is_missing(tmp_path: Path) -> None:
    """A downloader makes the file as large as it will be, and then stops."""
    path = _whole(tmp_path, 'zip')
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b'\0' * (len(data) - len(data) // 2))
    cut = read_header(str(path)).cut
    assert cut is not None and 0 < cut.missing < COUNT
    assert cut.present_bytes < len(data) * 0.6


def test_the_sentence_in_both_languages(tmp_path: Path) -> None:
    cut = _cut(_whole(tmp_path, 'zip'), 0.5).cut
    assert cut is not None
    words = cut_phrase(cut)
    assert f'tensors from {cut.first_missing} on are missing' in words and 'KiB' in words
    assert cut.first_missing in spoken(words, 'zh') and '截断' in spoken(words, 'zh')


@pytest.mark.parametrize('kept', [0.0002, 0.0008])
def test_an_index_that_is_cut_itself_is_an_error(tmp_path: Path, kept: float) -> None:
    for container in SAVE:
        with pytest.raises(CheckpointError) as caught:
            _cut(_whole(tmp_path, container), kept)
        assert caught.value.advice


def test_a_damaged_index_is_told_by_its_checksum(tmp_path: Path) -> None:
    path = _whole(tmp_path, 'zip')
    data = bytearray(path.read_bytes())
    data[data.index(b'body.03')] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match='data.pkl.*damaged after it was saved'):
        read_header(str(path))
