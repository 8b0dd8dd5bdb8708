"""What is saved in place of weights is named, in both languages, with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import UnrecognizedFormatError, UnsafePickleError
from basicsr_weightcheck.messages.lookup import error_line
from tests.hostile.containers import GOOD

HTML = b'<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head>'
HASH = 'ab' * 32
POINTER = (
    f'version https://git-lfs.github.com/spec/v1\noid sha256:{HASH}\nsize 104857600\n'.encode()
)


def _zip(*members: Tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def _tar(name: str, style: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w', format=style) as archive:
        member = tarfile.TarInfo(name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b'abcd'))
    return buffer.getvalue()


def _oldest_tar(name: str) -> bytes:
    """Without magic, as before POSIX: only the checksum tells it."""
    data = bytearray(_tar(name, tarfile.USTAR_FORMAT))
    data[257:265] = b'\0' * 8
    data[148:156] = b' ' * 8
    data[148:156] = b'%06o\0 ' % sum(data[:512])
    return bytes(data)


def _rezipped() -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD['zip'])) as archive:
        return _zip(*((n[len('archive/') :], archive.read(n)) for n in archive.namelist()))


ONNX = b'\x08\x07\x12\x07pytorch\x1a\x052.1.0:\x00'
PADDLE = b'\0' * 16 + struct.pack('<i', 8) + b'\x08\x05\x10\x40\x10\x03' + b'\0' * 64
INDEX = b'\0\x00\x0b\x10' + b'x' * 60 + struct.pack('<Q', 0xDB4775248B80FB57)

# name: (bytes, words of the English sentence).
FILES: Dict[str, Tuple[bytes, List[str]]] = {
    'empty': (b'', ['empty (0 bytes)', 'Download']),
    'HTML': (HTML, ['HTML page (title: Google Drive - Quota exceeded)', 'Unsupported operand 60']),
    'HTML behind a newline': (b'\n' + HTML, ['HTML page', 'Unsupported operand 10']),
    'HTML with a byte order mark': (b'\xef\xbb\xbf' + HTML, ['HTML page', 'operand 239']),
    'HTML in UTF-16': (HTML.decode().encode('utf-16'), ['title: Google Drive', 'operand 255']),
    'HTML without a head': (b'<p>Sorry</p><script>x</script>', ['HTML page']),
    'XML of a storage service': (
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message>',
        ['XML text', 'Access Denied'],
    ),
    'OpenVINO': (b'<?xml version="1.0"?>\n<net name="a">\n<layers>', ['OpenVINO']),
    'JSON': (b'{"error": "not found"}', ['JSON text', 'not found', 'operand 123']),
    'JSON list': (b'[{"error": 1}]', ['JSON text']),
    'Git-LFS': (POINTER, ['Git-LFS pointer', '104857600 bytes', 'git lfs pull', HASH]),
    'Git-LFS without a hash': (POINTER[:42], ['Git-LFS pointer', 'git lfs pull']),
    'gzip': (gzip.compress(GOOD['zip']), ['gzip', 'Extract']),
    'bzip2': (bz2.compress(GOOD['zip']), ['bzip2', 'Extract']),
    'xz': (lzma.compress(GOOD['zip']), ['xz', 'Extract']),
    'zstd': (b'\x28\xb5\x2f\xfd' + b'x' * 40, ['Zstandard', 'Extract']),
    '7z': (b'7z\xbc\xaf\x27\x1c' + b'\0' * 40, ['7z', 'Extract']),
    'rar': (b'Rar!\x1a\x07\x01\x00' + b'\0' * 40, ['RAR', 'Extract']),
    'tar': (_tar('net_g.pth'), ['tar archive (first member: net_g.pth)', 'Extract']),
    'tar without magic': (_oldest_tar('net_g.pth'), ['tar archive', 'Extract']),
    'tar of old torch': (_tar('sys_info'), ['torch before 0.2', 'trusted old torch']),
    'zip with weights inside': (_zip(('a/net_g.pth', b'x')), ['inside, in a/net_g.pth', 'Extract']),
    'zip of something else': (_zip(('readme.txt', b'x')), ['zip archive without weights']),
    'torch file zipped twice': (_rezipped(), ['zipped again', 'data.pkl', 'one folder']),
    'TorchScript': (
        _zip(('m/data.pkl', b'.'), ('m/code/a.py', b''), ('m/constants.pkl', b'.')),
        ['TorchScript', 'state_dict()'],
    ),
    'numpy array': (b'\x93NUMPY\x01\x00v\x00{', ['numpy (.npy)', 'exporter']),
    'numpy archive': (_zip(('w.npy', b'x'), ('b.npy', b'x')), ['.npz', 'w.npy']),
    'ONNX': (ONNX, ['ONNX model (written by pytorch)', 'exporter']),
    'ncnn': (b'7767517\n75 83\nInput data 0 1 data\n', ['ncnn']),
    'HDF5': (b'\x89HDF\r\n\x1a\n' + b'\0' * 40, ['HDF5', 'Keras']),
    'Keras': (_zip(('config.json', b'{}'), ('model.weights.h5', b'x')), ['Keras']),
    'Paddle': (PADDLE, ['PaddlePaddle']),
    'GGUF': (b'GGUF\x03\0\0\0', ['GGUF']),
    'TensorFlow index': (INDEX, ['TensorFlow checkpoint']),
    'TensorFlow pointer': (b'model_checkpoint_path: "a"\n', ['TensorFlow checkpoint']),
    'TensorFlow Lite': (b'\x1c\0\0\0TFL3' + b'\0' * 40, ['TensorFlow Lite']),
    'MXNet': (b'\x12\x01\0\0\0\0\0\0' + b'\0' * 40, ['MXNet']),
    'zeros': (b'\0' * 5000, ['zeros only', 'Download']),
    'text': (b'Dear user, the file has moved.\n', ['text file', 'the file has moved']),
    'bare pickle': (b'\x80\x02}.', ['bare pickle', 'torch.save']),
    'noise': (bytes(range(255, 0, -1)), ['first bytes: fffefdfc']),
}  # fmt: skip


def _error(folder: Path, data: bytes) -> UnrecognizedFormatError:
    path = folder / 'a.pth'
    path.write_bytes(data)
    with pytest.raises(UnrecognizedFormatError) as caught:
        read_header(str(path))
    return caught.value


@pytest.mark.parametrize('name', sorted(FILES))
def test_it_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    data, words = FILES[name]
    error = _error(tmp_path, data)
    said = error_line(error, 'en')
    assert said == str(error)
    for word in words:
        assert word in said
    assert 'weights_only=False' not in said


@pytest.mark.parametrize('name', sorted(FILES))
def test_it_is_said_in_chinese_too(tmp_path: Path, name: str) -> None:
    error = _error(tmp_path, FILES[name][0])
    said = error_line(error, 'zh')
    assert sum('\u4e00' <= c <= '\u9fff' for c in said) > 8, said
    assert '{' not in said.replace('{"error"', '').replace('{"error', '')


def _torch_says(path: Path) -> str:
    import torch

    with pytest.raises(Exception) as caught:
        torch.load(str(path), weights_only=True)
    return str(caught.value)


@pytest.mark.torch
@pytest.mark.parametrize('name', [
    'HTML', 'HTML behind a newline', 'HTML in UTF-16', 'JSON', 'XML of a storage service',
])  # fmt: skip
def test_the_operand_is_the_one_that_torch_prints(tmp_path: Path, name: str) -> None:
    said = str(_error(tmp_path, FILES[name][0]))
    number = said.partition('Unsupported operand ')[2].split('"')[0]
    assert f'Unsupported operand {number}' in _torch_says(tmp_path / 'a.pth')


def test_a_text_that_is_a_pickle_of_code_is_unsafe(tmp_path: Path) -> None:
    """Protocol 0 looks like a text, and torch before 2.6 runs it."""
    path = tmp_path / 'a.pth'
    path.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(UnsafePickleError, match='os.system'):
        read_header(str(path))
