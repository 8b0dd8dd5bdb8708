"""The zip container of torch >= 1.6: directory, data.pkl, where each storage lies.

Source: torch/serialization.py `_save` and caffe2/serialize/inline_container.cc (2.13).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO, Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.zip_directory import (
    LOCAL_HEADER,
    STORED,
    ZipEntry,
    data_offset,
    read_entry,
)
from basicsr_weightcheck.errors import CorruptCheckpointError, LimitExceededError

NOTES = ('version', 'byteorder')
NOTE_BYTES = 64


@dataclass(frozen=True)
class ZipRecord:
    """One storage: `offset` is None for compressed records; a CRC of 0 is not computed (None)."""

    offset: Optional[int]
    byte_count: int
    crc32: Optional[int]


@dataclass(frozen=True)
class ZipLayout:
    """What the directory says. `records` is keyed by the name below the archive's root folder."""

    root: str
    pickle: bytes
    records: Dict[str, ZipRecord]
    notes: Tuple[Tuple[str, str], ...]


def read_layout(
    entries: Sequence[ZipEntry], file: BinaryIO, file_bytes: int, path: str, limits: Limits
) -> ZipLayout:
    """Return where everything lies, and the pickle, of a complete torch zip file.

    Args:
        entries: the directory.
        file: the file, opened for reading bytes.
        file_bytes: its size.
        path: its name, for errors.
        limits: ceiling on the pickle.

    Raises:
        CorruptCheckpointError: an entry lies outside the file, or data.pkl cannot be read.
        LimitExceededError: too large a pickle.
    """
    pickled = next(entry for entry in entries if re.fullmatch(r'[^/]+/data\.pkl', entry.name))
    if pickled.byte_count > limits.pickle_bytes:
        raise LimitExceededError(f'its index data.pkl has {pickled.byte_count} bytes.', path=path)
    root = pickled.name[: -len('data.pkl')]
    storages, notes = root + 'data/', {root + name for name in NOTES}
    return ZipLayout(
        root.rstrip('/'),
        read_entry(file, pickled),
        {
            entry.name[len(root) :]: _record(file, entry, file_bytes, path)
            for entry in entries
            if entry.name.startswith(storages)
        },
        tuple(
            (entry.name[len(root) :], read_entry(file, entry).decode('ascii', 'replace').strip())
            for entry in entries
            if entry.name in notes and entry.byte_count < NOTE_BYTES
        ),
    )


def _record(file: BinaryIO, entry: ZipEntry, file_bytes: int, path: str) -> ZipRecord:
    crc = entry.crc32 or None
    if entry.method != STORED:
        return ZipRecord(None, entry.byte_count, crc)
    offset = data_offset(file, entry)
    if offset + entry.byte_count > file_bytes:
        raise CorruptCheckpointError(
            f'its entry {entry.name} ends at byte {offset + entry.byte_count}, the file at '
            f'{file_bytes}.',
            path=path,
            advice='Download or copy it again.',
        )
    return ZipRecord(offset, entry.byte_count, crc)


def recover_pickle(file: BinaryIO, path: str, limits: Limits) -> Tuple[str, bytes]:
    """Return (root folder, bytes from data.pkl on) of a zip that was cut before its directory.

    torch writes data.pkl first, so its bytes survive most cuts.

    Raises:
        CorruptCheckpointError: the first entry is not a whole data.pkl.
    """
    file.seek(0)
    head = file.read(LOCAL_HEADER.size)
    if len(head) == LOCAL_HEADER.size:
        fields = LOCAL_HEADER.unpack(head)
        name = file.read(fields[9]).decode('utf-8', 'replace')
        file.seek(fields[10], 1)
        if fields[3] == STORED and re.fullmatch(r'[^/]+/data\.pkl', name):
            return name[: -len('/data.pkl')], file.read(limits.pickle_bytes)
    raise CorruptCheckpointError(
        'the file is a zip archive without its directory and without a readable index: it is cut.',
        path=path,
        advice='Download or copy it again.',
    )
