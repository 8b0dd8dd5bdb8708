"""Headers are read without torch; broken files end in errors that say what the file is."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any, Tuple

import pytest

from basicsr_weightcheck.checkpoint.pickles.weights_only import dangerous_globals
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.conversion.plan_file import future_header, plan_file
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.findings import Recipe
from tests.helpers import write_weights

SHAPES = {'conv.weight': (4, 3, 3, 3), 'conv.bias': (4,), 'scale': ()}


def test_tables_shapes_and_dtypes(tmp_path: Path) -> None:
    header = read_header(write_weights(str(tmp_path / 'a.pth'), SHAPES))
    assert header.container == 'torch-zip' and header.complete
    assert {spec.key: spec.shape for spec in header.tables['params'].tensors} == SHAPES
    assert {spec.dtype for spec in header.tables['params'].tensors} == {'float32'}
    assert header.file_bytes == os.path.getsize(str(tmp_path / 'a.pth'))


def test_flat_file_is_the_table_named_root(tmp_path: Path) -> None:
    header = read_header(write_weights(str(tmp_path / 'a.pth'), SHAPES, table=''))
    assert list(header.tables) == ['']


@pytest.mark.parametrize('content, words', [
    (b'', 'empty'),
    (b'<!DOCTYPE html><html><head><title>Sign in</title>', 'HTML'),
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 104\n', 'Git-LFS'),
    (b'\x1f\x8b\x08\x00' + b'\x00' * 60, 'gzip'),
    (b'7z\xbc\xaf\x27\x1c' + b'\x00' * 60, '7z'),
    (b'\x00' * 4096, 'zeros'),
    (b'just some words\n', 'text'),
])  # fmt: skip
def test_what_is_no_weight_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        read_header(str(path))
    assert words in caught.value.what and caught.value.path == str(path)


@pytest.mark.parametrize('kept', [0.3, 0.6, 0.9])
def test_a_cut_file_is_never_complete(tmp_path: Path, kept: float) -> None:
    path = write_weights(str(tmp_path / 'a.pth'), {'w': (64, 64), 'v': (64, 64)})
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: int(len(data) * kept)])
    try:
        header = read_header(path)
    except CheckpointError as error:
        assert error.advice
    else:
        assert header.cut is not None
        assert header.cut.expected_bytes > header.cut.present_bytes


def test_nothing_that_a_pickle_names_is_called(tmp_path: Path) -> None:
    marker = tmp_path / 'called'

    class Attack:
        def __reduce__(self) -> Tuple[Any, ...]:
            return os.mkdir, (str(marker),)

    path = str(tmp_path / 'a.pth')
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('archive/data.pkl', pickle.dumps({'params': Attack()}, protocol=2))
        archive.writestr('archive/version', '3\n')
    header = read_header(path)
    assert dangerous_globals(header.globals) == ('posix.mkdir',)
    assert not marker.exists()


def test_future_header_strips_and_wraps(tmp_path: Path) -> None:
    shapes = {f'net_g.{key}': shape for key, shape in SHAPES.items()}
    header = read_header(write_weights(str(tmp_path / 'a.pth'), shapes, table='state'))
    recipe = Recipe(take=('state',), strip=('net_g.',), wrap=('params', 'params_ema'))
    future = future_header(plan_file(header, recipe)[0], 'b.pth')
    assert set(future.tables) == {'params', 'params_ema'}
    assert {spec.key: spec.shape for spec in future.tables['params'].tensors} == SHAPES


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(str(tmp_path / 'pipe.pth'))
    with pytest.raises(CheckpointError, match='not a regular file'):
        read_header(str(tmp_path / 'pipe.pth'))
