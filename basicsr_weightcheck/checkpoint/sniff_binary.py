"""Archives and the formats of other frameworks, told from their signatures."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, Optional, Tuple

from basicsr_weightcheck.checkpoint.sniffed import Sniffed

TAR_BLOCK = 512
_LEGACY_MEMBERS = ('sys_info', 'pickle', 'storages', 'tensors')
_ARCHIVES: Tuple[Tuple[bytes, str], ...] = (
    (b'\x1f\x8b', 'gzip'),
    (b'BZh', 'bzip2'),
    (b'\xfd7zXZ\x00', 'xz'),
    (b'\x28\xb5\x2f\xfd', 'zstd'),
    (b'7z\xbc\xaf\x27\x1c', '7z'),
    (b'Rar!\x1a\x07', 'rar'),
)
# Sources: the format descriptions of HDF5 (superblock), NumPy (format.py), GGUF, TensorFlow Lite,
# MXNet (ndarray.cc kMXAPINDArrayListMagic).
_FORMATS: Tuple[Tuple[int, bytes, str], ...] = (
    (0, b'\x89HDF\r\n\x1a\n', 'hdf5'),
    (0, b'\x93NUMPY', 'npy'),
    (0, b'GGUF', 'gguf'),
    (4, b'TFL3', 'tflite'),
    (0, b'\x12\x01\x00\x00\x00\x00\x00\x00', 'mxnet'),
)
# Last 8 bytes of a LevelDB table, which the index of a TensorFlow checkpoint is.
_TABLE_MAGIC = struct.pack('<Q', 0xDB4775248B80FB57)
# ModelProto of ONNX: ir_version (field 1) in the first bytes, then another of its fields 2 to 8.
_ONNX = re.compile(rb'\x08[\x01-\x20][\x12\x1a\x22\x28\x32\x3a\x42]')
# LoDTensor of Paddle: version 0, LoD level 0, tensor version 0, then the size of a TensorDesc
# (a protobuf that begins with its data_type).
_PADDLE = re.compile(rb'\x00{16}[\x04-\x40]\x00{3}\x08', re.S)


def sniff_archive(head: bytes) -> Optional[Sniffed]:
    """The kind of an archive, None for what is none."""
    for signature, kind in _ARCHIVES:
        if head.startswith(signature):
            return Sniffed(kind)
    if not _is_tar(head[:TAR_BLOCK]):
        return None
    first = head[:100].split(b'\0', 1)[0].decode('utf-8', 'replace')
    return Sniffed('tar-legacy' if first.lstrip('./') in _LEGACY_MEMBERS else 'tar', first)


def _is_tar(block: bytes) -> bool:
    """By its checksum: the oldest tar has no magic, and Python's tarfile reads it too."""
    if len(block) < TAR_BLOCK or not block.strip(b'\0'):
        return False
    try:
        expected = int(block[148:156].strip(b' \0') or b'x', 8)
    except ValueError:
        return False
    return sum(block[:148]) + sum(block[156:]) + 8 * ord(' ') == expected


def sniff_foreign(file: BinaryIO, head: bytes, file_bytes: int) -> Optional[Sniffed]:
    """The kind of another framework's file, None for what is none of those known here."""
    for at, signature, kind in _FORMATS:
        if head[at:].startswith(signature):
            return Sniffed(kind)
    if _ONNX.match(head):
        return Sniffed('onnx', _producer(head))
    if _PADDLE.match(head):
        return Sniffed('paddle')
    file.seek(max(file_bytes - len(_TABLE_MAGIC), 0))
    if file.read() == _TABLE_MAGIC:
        return Sniffed('tensorflow')
    return None


def _producer(head: bytes) -> str:
    """producer_name of an ONNX model where it stands behind the version, '' elsewhere."""
    if head[2] != 0x12:
        return ''
    return head[4 : 4 + head[3]].decode('utf-8', 'replace')
