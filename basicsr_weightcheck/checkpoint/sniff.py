"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO

from basicsr_weightcheck.checkpoint.limits import DEFAULT_LIMITS, Limits
from basicsr_weightcheck.checkpoint.sniff_binary import sniff_archive, sniff_foreign
from basicsr_weightcheck.checkpoint.sniff_text import sniff_text
from basicsr_weightcheck.checkpoint.sniff_zip import sniff_zip
from basicsr_weightcheck.checkpoint.sniffed import Sniffed
from basicsr_weightcheck.records.tensors import SAFETENSORS, TORCH_LEGACY

HEAD_BYTES = 4096
# First pickle of every legacy torch file, in the protocols 2 to 5 and 0 or 1: PROTO, FRAME, LONG1
# of 10 bytes, the magic number, STOP.
# Source: torch/serialization.py `MAGIC_NUMBER = 0x1950a86a20f9469cfc6c`.
LEGACY_MAGIC = re.compile(
    rb'\x80[\x02-\x05](?:\x95.{8})?\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\.'
    rb'|L119547037146038801333356L?\n\.',
    re.S,
)


def sniff(file: BinaryIO, file_bytes: int, limits: Limits = DEFAULT_LIMITS) -> Sniffed:
    """Tell what an open file is; reads its first page, its last bytes and a zip's directory.

    Args:
        file: opened for reading bytes, seekable.
        file_bytes: size of the file.
        limits: ceilings on the directory of an archive.

    Raises:
        LimitExceededError: a zip directory beyond the ceilings.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        return Sniffed('empty')
    # In the order in which torch.load asks, so that a file that is two things is what torch takes.
    if head.startswith(b'PK\x03\x04'):
        return sniff_zip(file, file_bytes, limits)
    # torch tries tar before its own legacy format, so a file can be both.
    archive = sniff_archive(head)
    if archive is not None:
        return archive
    if LEGACY_MAGIC.match(head):
        return Sniffed(TORCH_LEGACY)
    if _is_safetensors(head, file_bytes):
        return Sniffed(SAFETENSORS)
    return sniff_foreign(file, head, file_bytes) or sniff_text(head) or _sniff_rest(head)


def _is_safetensors(head: bytes, file_bytes: int) -> bool:
    if len(head) < 10 or head[8:9] != b'{':
        return False
    (header_bytes,) = struct.unpack('<Q', head[:8])
    # A truncated file is still told by the opening of its JSON header.
    return header_bytes <= file_bytes or bool(re.match(rb'\{\s*"', head[8:]))


def _sniff_rest(head: bytes) -> Sniffed:
    if not head.strip(b'\0'):
        return Sniffed('zeroed')
    if head[0] == 0x80 and len(head) > 1 and head[1] <= 5:
        return Sniffed('pickle')
    if all(byte in b'\t\r\n' or byte >= 0x20 for byte in head[:256]):
        return Sniffed('text', ' '.join(head[:80].decode('utf-8', 'replace').split()))
    return Sniffed('unknown', head[:8].hex())
