"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import BinaryIO, Tuple

from basicsr_weightcheck.checkpoint.limits import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.checkpoint.zip_directory import ZipEntry, read_directory
from basicsr_weightcheck.errors import CorruptCheckpointError

HEAD_BYTES = 4096
# First pickle of every legacy torch file: PROTO 2, LONG1 of 10 bytes, the magic number, STOP.
# Source: torch/serialization.py `MAGIC_NUMBER = 0x1950a86a20f9469cfc6c`.
LEGACY_MAGIC = b'\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.'
LFS_POINTER = b'version https://git-lfs'
TAR_MAGIC_OFFSET = 257

TORCH_ZIP = 'torch-zip'
TORCH_LEGACY = 'torch-legacy'
SAFETENSORS = 'safetensors'


@dataclass(frozen=True)
class Sniffed:
    """What the bytes look like.

    Attributes:
        kind: 'torch-zip', 'torch-legacy', 'safetensors', 'zip-cut', 'zip-other', 'zip-rezipped',
            'torchscript', 'html', 'json', 'git-lfs', 'empty', 'tar', 'tar-legacy', 'gzip', '7z',
            'rar', 'zeroed', 'ncnn', 'text', 'pickle', 'unknown'.
        detail: what is known beyond the kind (page title, true size, member name), '' when nothing.
        entries: the zip directory, for 'torch-zip'.
    """

    kind: str
    detail: str = ''
    entries: Tuple[ZipEntry, ...] = ()


def sniff(file: BinaryIO, file_bytes: int, limits: Limits = DEFAULT_LIMITS) -> Sniffed:
    """Tell what an open file is; reads its first page and, of a zip, the directory.

    Args:
        file: opened for reading bytes, seekable.
        file_bytes: size of the file.
        limits: ceiling on the entries of an archive.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        return Sniffed('empty')
    if head.startswith(LEGACY_MAGIC):
        return Sniffed(TORCH_LEGACY)
    if head.startswith(b'PK\x03\x04'):
        return _sniff_zip(file, file_bytes, limits)
    if _is_safetensors(head, file_bytes):
        return Sniffed(SAFETENSORS)
    return _sniff_archive(file, head) or _sniff_text(head) or _sniff_rest(head)


def _is_safetensors(head: bytes, file_bytes: int) -> bool:
    if len(head) < 10 or head[8:9] != b'{':
        return False
    (header_bytes,) = struct.unpack('<Q', head[:8])
    # A truncated file is still told by the opening of its JSON header.
    return header_bytes <= file_bytes or bool(re.match(rb'\{\s*"', head[8:]))


def _sniff_zip(file: BinaryIO, file_bytes: int, limits: Limits) -> Sniffed:
    try:
        entries = read_directory(file, file_bytes, limits.zip_entries)
    except (CorruptCheckpointError, ValueError, OSError, struct.error):
        return Sniffed('zip-cut')
    names = [entry.name for entry in entries]
    tops = {name.split('/', 1)[0] for name in names}
    code = any('/code/' in name for name in names)
    if code and any(name.endswith('constants.pkl') for name in names):
        return Sniffed('torchscript')
    if any(re.fullmatch(r'[^/]+/data\.pkl', name) for name in names):
        return Sniffed(TORCH_ZIP, '', tuple(entries))
    if 'data.pkl' in tops:
        return Sniffed('zip-rezipped')
    weights = [name for name in names if re.search(r'\.(pth|pt|ckpt|safetensors)$', name)]
    return Sniffed('zip-other', weights[0] if weights else '')


def _sniff_archive(file: BinaryIO, head: bytes) -> Sniffed | None:
    signatures: Tuple[Tuple[bytes, str], ...] = (
        (b'\x1f\x8b', 'gzip'),
        (b'7z\xbc\xaf\x27\x1c', '7z'),
        (b'Rar!\x1a\x07', 'rar'),
    )
    for signature, kind in signatures:
        if head.startswith(signature):
            return Sniffed(kind)
    if head[TAR_MAGIC_OFFSET : TAR_MAGIC_OFFSET + 5] != b'ustar':
        return None
    first = head[:100].split(b'\0', 1)[0].decode('utf-8', 'replace')
    legacy = first in ('sys_info', 'pickle', 'storages', 'tensors')
    return Sniffed('tar-legacy' if legacy else 'tar', first)


def _sniff_text(head: bytes) -> Sniffed | None:
    text = head.lstrip(b'\xef\xbb\xbf \t\r\n')
    if text.startswith(LFS_POINTER):
        size = re.search(rb'^size (\d+)', text, re.M)
        return Sniffed('git-lfs', size.group(1).decode() if size else '')
    if text.startswith(b'<'):
        title = re.search(rb'<title[^>]*>(.*?)</title>', text, re.I | re.S)
        words = title.group(1).decode('utf-8', 'replace') if title else ''
        return Sniffed('html', ' '.join(words.split())[:120])
    if text.startswith(b'{'):
        return Sniffed('json', ' '.join(text[:120].decode('utf-8', 'replace').split()))
    if text.startswith(b'7767517'):
        return Sniffed('ncnn')
    return None


def _sniff_rest(head: bytes) -> Sniffed:
    if not head.strip(b'\0'):
        return Sniffed('zeroed')
    if head[0] == 0x80 and head[1] <= 5:
        return Sniffed('pickle')
    if all(byte in b'\t\r\n' or byte >= 0x20 for byte in head[:256]):
        return Sniffed('text', ' '.join(head[:80].decode('utf-8', 'replace').split()))
    return Sniffed('unknown', head[:8].hex())
