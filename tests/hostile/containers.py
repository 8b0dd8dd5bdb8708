"""Put a pickle into each of the containers that torch reads. Bytes by hand, no torch."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import Callable, Dict, Sequence, Tuple

MAGIC = 0x1950A86A20F9469CFC6C
Files = Sequence[Tuple[str, bytes]]


def as_zip(content: bytes, storages: Files = (), method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file as torch >= 1.6 lays it out; data.pkl is `content`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', method) as archive:
        archive.writestr('archive/data.pkl', content)
        archive.writestr('archive/version', b'3\n')
        for name, blob in storages:
            archive.writestr(f'archive/data/{name}', blob)
    return buffer.getvalue()


def as_legacy(content: bytes, keys: Sequence[str] = (), tail: bytes = b'') -> bytes:
    """A legacy stream whose fourth pickle is `content`."""
    head = [pickle.dumps(part, 2) for part in (MAGIC, 1001, {'little_endian': True})]
    return b''.join((*head, content, pickle.dumps(list(keys), 2), tail))


def as_bare(content: bytes) -> bytes:
    """The pickle alone, which an old torch.load starts to read as a legacy stream."""
    return content


CONTAINERS: Dict[str, Callable[[bytes], bytes]] = {
    'zip': as_zip,
    'legacy': as_legacy,
    'bare': as_bare,
}

# Opcodes for pickles by hand.
STORAGE = b'(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu'


def integer(value: int) -> bytes:
    """LONG1 of any size up to 255 bytes."""
    raw = value.to_bytes(value.bit_length() // 8 + 1, 'little', signed=True)
    return b'\x8a' + bytes([len(raw)]) + raw


def sizes(values: Sequence[int]) -> bytes:
    """A tuple of integers."""
    return b'(' + b''.join(integer(value) for value in values) + b't'


def tensor(
    count: int, shape: Sequence[int], stride: Sequence[int], offset: int = 0, key: bytes = b'w'
) -> bytes:
    """{key: a float32 tensor over storage 0}, protocol 2."""
    return b''.join(
        (
            b'\x80\x02}X',
            struct.pack('<I', len(key)),
            key,
            b'ctorch._utils\n_rebuild_tensor_v2\n(',
            STORAGE,
            integer(count),
            b'tQ',
            integer(offset),
            sizes(shape),
            sizes(stride),
            b'\x89ccollections\nOrderedDict\n)RtRs.',
        )
    )


def as_safetensors(header: bytes, tail: bytes = b'') -> bytes:
    """A safetensors file with this JSON."""
    return struct.pack('<Q', len(header)) + header + tail


def good_zip() -> bytes:
    """One tensor of four zeros."""
    return as_zip(tensor(4, (2, 2), (2, 1)), [('0', b'\0' * 16)])


def good_legacy() -> bytes:
    """The same in a legacy stream."""
    return as_legacy(tensor(4, (2, 2), (2, 1)), ['0'], struct.pack('<q', 4) + b'\0' * 16)


def good_safetensors() -> bytes:
    """The same as safetensors."""
    entry = b'{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'
    return as_safetensors(entry, b'\0' * 16)


GOOD: Dict[str, bytes] = {
    'zip': good_zip(),
    'legacy': good_legacy(),
    'safetensors': good_safetensors(),
}
