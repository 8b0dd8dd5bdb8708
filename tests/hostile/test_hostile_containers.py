"""No container that lies is believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile import broken_files
from tests.hostile.conftest import Judge
from tests.hostile.containers import GOOD, as_legacy, as_zip, tensor


@pytest.mark.parametrize('name', sorted(GOOD))
def test_good_files_are_read(name: str, judge: Judge) -> None:
    assert judge(GOOD[name])['outcome'] == 'read'


@pytest.mark.parametrize('name', sorted(broken_files.zips()))
def test_zip(name: str, judge: Judge) -> None:
    make, error = broken_files.zips()[name]
    verdict = judge(make())
    assert verdict['outcome'] == error, verdict


@pytest.mark.parametrize('container', ['zip', 'legacy'])
@pytest.mark.parametrize('name', sorted(broken_files.tensors()))
def test_tensor(name: str, container: str, judge: Judge) -> None:
    count, shape, stride, offset = broken_files.tensors()[name]
    content = tensor(count, shape, stride, offset)
    blob = b'\0' * 16
    if container == 'zip':
        data = as_zip(content, [('0', blob)])
    else:
        data = as_legacy(content, ['0'], min(count, 1 << 62).to_bytes(8, 'little') + blob)
    verdict = judge(data)
    cut = container == 'legacy' and count == 1 << 62
    assert verdict['outcome'] == ('cut' if cut else 'CorruptCheckpointError'), verdict


@pytest.mark.parametrize('name', sorted(broken_files.legacies()))
def test_legacy(name: str, judge: Judge) -> None:
    verdict = judge(broken_files.legacies()[name])
    many = name == 'one key a million times'
    expected = 'NotUnderstoodError' if many else 'CorruptCheckpointError'
    assert verdict['outcome'] == expected, verdict


@pytest.mark.parametrize('name', sorted(broken_files.safetensors()))
def test_safetensors(name: str, judge: Judge) -> None:
    data, error = broken_files.safetensors()[name]
    verdict = judge(data)
    assert verdict['outcome'] == error, verdict


@pytest.mark.parametrize('name', sorted(broken_files.options()))
def test_options(name: str, judge: Judge, tmp_path: Path) -> None:
    verdict = judge(broken_files.options()[name], 'train.yml')
    assert verdict['outcome'] == 'OptionError', verdict
    assert not os.path.exists('sentinel')


def test_a_tar_that_begins_like_a_legacy_file_is_a_tar(judge: Judge) -> None:
    """torch looks for a tar first: its members would be other pickles than those that are read."""
    block = bytearray(512)
    magic = as_legacy(b'')[:15]
    block[: len(magic)] = magic
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(block)
    verdict = judge(bytes(block) + b'\0' * 1024)
    assert verdict['outcome'] == 'UnrecognizedFormatError' and 'tar' in verdict['message']
