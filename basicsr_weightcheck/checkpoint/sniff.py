"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

import codecs
import re
import struct
from typing import BinaryIO, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.containers.zip_directory import (
    LOCAL_SIGNATURE,
    ZipEntry,
    read_directory,
)
from basicsr_weightcheck.checkpoint.containers.zip_layout import archive_root
from basicsr_weightcheck.checkpoint.problems import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.errors import CorruptCheckpointError
from basicsr_weightcheck.records.tensors import SAFETENSORS, TORCH_LEGACY, TORCH_ZIP

HEAD_BYTES = 4096
# First pickle of every legacy torch file, in the protocols 2 to 5 and 0 or 1: PROTO, FRAME, LONG1
# of 10 bytes, the magic number, STOP.
# Source: torch/serialization.py `MAGIC_NUMBER = 0x1950a86a20f9469cfc6c`.
LEGACY_MAGIC = re.compile(
    rb'\x80[\x02-\x05](?:\x95.{8})?\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\.'
    rb'|L119547037146038801333356L?\n\.',
    re.S,
)
ZIP_CUT = 'zip-cut'  # a beginning without a directory: what it was is to be found out
WEIGHTS = re.compile(r'\.(pth|pt|ckpt|safetensors|bin|pkl)$', re.I)
TITLE_CHARACTERS = 120
_WIDE = ((codecs.BOM_UTF16_LE, 'utf-16-le'), (codecs.BOM_UTF16_BE, 'utf-16-be'))
_HTML = re.compile(r'<(!doctype\s+html|html|head|body|script|title|meta|!--)', re.I)
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


class Sniffed(NamedTuple):
    """The kind of a file.

    Attributes:
        kind: 'torch-zip', 'torch-legacy', 'safetensors', 'zip-cut', or a key 'is-…' of the
            reader's messages without 'is-'.
        detail: what is known beyond the kind (page title, member name), '' when nothing.
        extra: a second such fact (the SHA-256 of a Git-LFS pointer).
        entries: the zip directory, for 'torch-zip'.
    """

    kind: str
    detail: str = ''
    extra: str = ''
    entries: Tuple[ZipEntry, ...] = ()


def sniff(file: BinaryIO, file_bytes: int, limits: Limits = DEFAULT_LIMITS) -> Sniffed:
    """Tell what an open file is; reads its first page, its last bytes and a zip's directory.

    Args:
        file: opened for reading bytes, seekable.
        limits: ceilings on the directory of an archive.

    Raises:
        LimitExceededError: a zip directory beyond the ceilings.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        return Sniffed('empty')
    # In the order in which torch.load asks, so that a file that is two things is what torch takes.
    if head.startswith(LOCAL_SIGNATURE):
        return _zip(file, file_bytes, limits)
    # torch tries tar before its own legacy format, so a file can be both.
    archive = _archive(head)
    if archive is not None:
        return archive
    if LEGACY_MAGIC.match(head):
        return Sniffed(TORCH_LEGACY)
    if _is_safetensors(head, file_bytes):
        return Sniffed(SAFETENSORS)
    return _foreign(file, head, file_bytes) or _text(head) or _rest(head)


def _is_safetensors(head: bytes, file_bytes: int) -> bool:
    if len(head) < 10 or head[8:9] != b'{':
        return False
    (header_bytes,) = struct.unpack('<Q', head[:8])
    # A truncated file is still told by the opening of its JSON header.
    return header_bytes <= file_bytes or bool(re.match(rb'\{\s*"', head[8:]))


def _rest(head: bytes) -> Sniffed:
    if not head.strip(b'\0'):
        return Sniffed('zeroed')
    if head[0] == 0x80 and len(head) > 1 and head[1] <= 5:
        return Sniffed('pickle')
    if all(byte in b'\t\r\n' or byte >= 0x20 for byte in head[:256]):
        return Sniffed('text', ' '.join(head[:80].decode('utf-8', 'replace').split()))
    return Sniffed('unknown', head[:8].hex())


def _zip(file: BinaryIO, file_bytes: int, limits: Limits) -> Sniffed:
    """Tell a torch file from other archives, as torch does it.

    Raises:
        LimitExceededError: a directory beyond the ceilings.

    Source: torch/serialization.py `_is_torchscript_zip`, torch.save's layout (2.13).
    """
    try:
        entries = read_directory(file, file_bytes, limits)
    except (CorruptCheckpointError, ValueError, OSError, struct.error, OverflowError):
        return Sniffed(ZIP_CUT)
    names = {entry.name for entry in entries}
    root = archive_root(entries)
    if f'{root}/constants.pkl' in names:
        return Sniffed('torchscript')
    if root and f'{root}/data.pkl' in names:
        return Sniffed(TORCH_ZIP, entries=tuple(entries))
    if 'data.pkl' in names or any(name.endswith('/data.pkl') for name in names):
        return Sniffed('zip-rezipped', entries[0].name)
    return _other(entries)


def _other(entries: Sequence[ZipEntry]) -> Sniffed:
    names = [entry.name for entry in entries]
    if names and all(name.endswith('.npy') for name in names):
        return Sniffed('npz', names[0])
    if 'model.weights.h5' in names:
        return Sniffed('keras', 'model.weights.h5')
    if any(entry.is_encrypted for entry in entries):
        return Sniffed('zip-locked', names[0])
    return Sniffed('zip-other', next(filter(WEIGHTS.search, names), ''))


def _text(head: bytes) -> Optional[Sniffed]:
    """The kind of a text, None for what is none of those known here.

    Blank lines and byte order marks at the beginning are passed over.
    """
    text = _decoded(head).lstrip('\ufeff \t\r\n')
    if text.startswith('version https://git-lfs'):
        return _pointer(text)
    if text.startswith('<'):
        return _page(text)
    if text[:1] in ('{', '['):
        return Sniffed('json', _one_line(text))
    if re.match(r'7767517\s', text):
        return Sniffed('ncnn')
    if text.startswith('model_checkpoint_path:'):
        return Sniffed('tensorflow', _one_line(text))
    return None


def _decoded(head: bytes) -> str:
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, 'replace')
    return head.decode('utf-8', 'replace')


def _pointer(text: str) -> Sniffed:
    size = re.search(r'^size (\d{1,20})', text, re.M)
    digest = re.search(r'^oid sha256:([0-9a-f]{64})\s*$', text, re.M)
    return Sniffed('git-lfs', size.group(1) if size else '', digest.group(1) if digest else '')


def _page(text: str) -> Sniffed:
    title = re.search(r'<title[^>]*>(.*?)</title>', text, re.I | re.S)
    if title is not None or _HTML.match(text) or _HTML.search(text[:1024]):
        return Sniffed('html', _one_line(title.group(1)) if title else '')
    if re.search(r'<net\b[^>]*>\s*<layers>', text):
        return Sniffed('openvino')
    message = re.search(r'<Message>(.*?)</Message>', text, re.S)
    return Sniffed('xml', _one_line(message.group(1) if message else text))


def _one_line(text: str) -> str:
    return ' '.join(text.split())[:TITLE_CHARACTERS]


def _archive(head: bytes) -> Optional[Sniffed]:
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


def _foreign(file: BinaryIO, head: bytes, file_bytes: int) -> Optional[Sniffed]:
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
