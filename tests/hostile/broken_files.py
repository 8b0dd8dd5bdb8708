"""Files whose container lies: zip directories, legacy counts, safetensors headers, tensors."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from typing import Any, Callable, Dict, Sequence, Tuple

from tests.hostile.containers import (
    GOOD,
    as_legacy,
    as_safetensors,
    as_zip,
    good_zip,
    tensor,
)

CENTRAL = b'PK\x01\x02'
GIGANTIC = (1 << 62, 1 << 62)


def _patched(name: bytes, at: int, value: bytes, data: bytes = b'') -> bytes:
    """A good zip with bytes of the directory record of one entry replaced."""
    data = data or good_zip()
    place = data.index(CENTRAL)
    while data[place + 46 : place + 46 + len(name)] != name:
        place = data.index(CENTRAL, place + 1)
    return data[: place + at] + value + data[place + at + len(value) :]


def _duplicate() -> bytes:
    buffer = io.BytesIO(good_zip())
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        with zipfile.ZipFile(buffer, 'a') as archive:
            archive.writestr('archive/data.pkl', b'\x80\x02cos\nsystem\n.')
    return buffer.getvalue()


def _other_case() -> bytes:
    buffer = io.BytesIO(good_zip())
    with zipfile.ZipFile(buffer, 'a') as archive:
        archive.writestr('archive/DATA.PKL', b'\x80\x02cos\nsystem\n.')
    return buffer.getvalue()


def _overlap() -> bytes:
    data = as_zip(tensor(4, (2, 2), (2, 1)), [('0', b'\0' * 16), ('1', b'\0' * 16)])
    place = data.index(b'archive/data/0') - 30
    return _patched(b'archive/data/1', 42, struct.pack('<I', place), data)


def _wide(field: int) -> bytes:
    """A zip64 field that claims 2**63 - 1 for one of sizes and offset of data/0."""
    data = good_zip()
    place = data.rindex(b'archive/data/0') - 46
    record = bytearray(data[place : place + 46 + 14])
    record[field : field + 4] = b'\xff' * 4
    record[30:32] = struct.pack('<H', 12)
    wide = struct.pack('<HHQ', 1, 8, (1 << 63) - 1)
    end = data.index(b'PK\x05\x06')
    start, size = struct.unpack('<I', data[end + 16 : end + 20])[0], end - data.index(CENTRAL)
    rest = data[place + 60 : end]
    tail = bytearray(data[end:])
    tail[12:16] = struct.pack('<I', size + 12)
    assert start == data.index(CENTRAL)
    return data[:place] + bytes(record) + wide + rest + bytes(tail)


def _many_entries(announced: int) -> bytes:
    data = good_zip()
    end = data.index(b'PK\x05\x06')
    record = struct.pack(
        '<4sQ2H2I4Q',
        b'PK\x06\x06',
        44,
        45,
        45,
        0,
        0,
        announced,
        announced,
        end - data.index(CENTRAL),
        data.index(CENTRAL),
    )
    place = struct.pack('<4sIQI', b'PK\x06\x07', 0, end, 1)
    return data[:end] + record + place + data[end:]


def _real_entries() -> bytes:
    """70,000 empty entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('archive/data.pkl', b'\x80\x02}.')
        for index in range(70_000):
            archive.writestr(zipfile.ZipInfo(f'archive/data/{index}'), b'')
    return buffer.getvalue()


def _deflated(content: bytes) -> bytes:
    return as_zip(content, method=zipfile.ZIP_DEFLATED)


def _large_index() -> bytes:
    return as_zip(b'\x80\x02X' + struct.pack('<I', 40 << 20) + b'a' * (40 << 20) + b'.')


def _flipped() -> bytes:
    data = bytearray(good_zip())
    data[data.index(b'_rebuild_tensor_v2')] ^= 1
    return bytes(data)


def _short_storage() -> bytes:
    return as_zip(tensor(4, (2, 2), (2, 1)), [('0', b'\0' * 8)])


def zips() -> Dict[str, Tuple[Callable[[], bytes], str]]:
    """{name: (file, class of the error, or 'cut' where the directory counts as missing)}."""
    bad = 'CorruptCheckpointError'
    return {
        'entries over each other': (_overlap, bad),
        'a name twice': (_duplicate, bad),
        'a name twice, in another case': (_other_case, bad),
        'local header elsewhere': (lambda: _patched(b'archive/data/0', 42, b'\x10\0\0\0'), bad),
        'local header beyond the end': (
            lambda: _patched(b'archive/data/0', 42, b'\xf0\xff\xff\x7f'),
            bad,
        ),
        'another local name': (
            lambda: good_zip().replace(b'archive/data/0', b'archive/data/1', 1),
            bad,
        ),
        'sizes that differ': (lambda: _patched(b'archive/data/0', 20, b'\x08\0\0\0'), bad),
        'size beyond the end': (
            lambda: _patched(b'archive/data/0', 20, b'\xfe\xff\xff\x7f' * 2),
            bad,
        ),
        'zip64 size': (lambda: _wide(24), bad),
        'zip64 packed size': (lambda: _wide(20), bad),
        'zip64 offset': (lambda: _wide(42), bad),
        'zip64 without a field': (lambda: _patched(b'archive/data/0', 20, b'\xff' * 8), bad),
        'encrypted index': (lambda: _patched(b'archive/data.pkl', 8, b'\x01\x00'), bad),
        'encrypted storage': (lambda: _patched(b'archive/data/0', 8, b'\x01\x00'), bad),
        'unknown method': (lambda: _patched(b'archive/data.pkl', 10, b'\x63\x00'), bad),
        'extra field of 64 KiB': (lambda: _patched(b'archive/data/0', 30, b'\xff\xff'), 'cut'),
        'name of 64 KiB': (lambda: _patched(b'archive/data/0', 28, b'\xff\xff'), 'cut'),
        'name that is not UTF-8': (
            lambda: _patched(
                b'archive/data.pkl',
                46,
                b'\xff\xfe\xff',
                _patched(b'archive/data.pkl', 8, b'\x00\x08'),
            ),
            bad,
        ),
        'four thousand million entries': (lambda: _many_entries(1 << 32), 'NotUnderstoodError'),
        'more entries than there are': (lambda: _many_entries(50), 'cut'),
        '70,000 entries': (_real_entries, 'NotUnderstoodError'),
        'deflate bomb': (lambda: _deflated(b'\x80\x02' + b'0' * (20 << 20)), 'LimitExceededError'),
        'large index': (_large_index, 'NotUnderstoodError'),
        'index damaged later': (_flipped, bad),
        'storage missing': (lambda: as_zip(tensor(4, (2, 2), (2, 1))), bad),
        'storage too short': (_short_storage, bad),
    }


def tensors() -> Dict[str, Tuple[int, Sequence[int], Sequence[int], int]]:
    """{name: (count of the storage, shape, stride, offset)}; none of them can be."""
    return {
        'product beyond 2**63': (4, GIGANTIC, (1, 1), 0),
        'shape of 2**63': (4, (1 << 63,), (1,), 0),
        'negative size': (4, (-1, 2), (2, 1), 0),
        'negative offset': (4, (2, 2), (2, 1), -4),
        'negative stride': (4, (2, 2), (-2, 1), 0),
        'beyond its storage': (4, (2, 3), (3, 1), 0),
        'offset beyond its storage': (4, (2, 2), (2, 1), 1),
        'stride beyond its storage': (4, (2, 2), (1 << 62, 1), 0),
        'one stride too few': (4, (2, 2), (2,), 0),
        'storage of 2**62 elements': (1 << 62, (2, 2), (2, 1), 0),
    }


def legacies() -> Dict[str, bytes]:
    """Legacy streams whose counts and keys lie."""
    content = tensor(4, (2, 2), (2, 1))
    blob = struct.pack('<q', 4) + b'\0' * 16
    return {
        'count of the storage is another': as_legacy(
            content, ['0'], struct.pack('<q', 5) + b'\0' * 20
        ),
        'count of the storage is negative': as_legacy(
            content, ['0'], struct.pack('<q', -1) + b'\0' * 16
        ),
        'key of no tensor': as_legacy(content, ['0', '1'], blob),
        'key of a tensor is missing': as_legacy(content, [], blob),
        'one key a million times': as_legacy(content, ['0'] * 1_000_000, blob),
        'keys are no list': GOOD['legacy'].replace(
            b'\x80\x02]q\x00X\x01\x00\x00\x000q\x01a.', b'\x80\x02N.'
        ),
        'another protocol': as_legacy(content, ['0'], blob).replace(
            b'\x80\x02M\xe9\x03.', b'\x80\x02M\xea\x03.'
        ),
        'only the magic number': as_legacy(content)[:15],
    }


def _entry(**changes: Any) -> Dict[str, Any]:
    return {'dtype': 'F32', 'shape': [2, 2], 'data_offsets': [0, 16], **changes}


def safetensors() -> Dict[str, Tuple[bytes, str]]:
    """{name: (file, class of the error)}."""
    bad, over = 'CorruptCheckpointError', 'NotUnderstoodError'

    def made(header: Any, tail: bytes = b'\0' * 16) -> bytes:
        return as_safetensors(json.dumps(header).encode(), tail)

    two = {'a': _entry(), 'b': _entry(data_offsets=[8, 24])}
    hole = {'a': _entry(), 'b': _entry(data_offsets=[20, 36])}
    return {
        'overlapping offsets': (made(two, b'\0' * 24), bad),
        'a hole': (made(hole, b'\0' * 36), bad),
        'bytes of nobody': (made({'a': _entry()}, b'\0' * 17), bad),
        'offsets backwards': (made({'a': _entry(data_offsets=[16, 0])}), bad),
        'negative offsets': (made({'a': _entry(data_offsets=[-16, 0])}), bad),
        'offsets are texts': (made({'a': _entry(data_offsets=['0', '16'])}), bad),
        'three offsets': (made({'a': _entry(data_offsets=[0, 8, 16])}), bad),
        'size is not that of the shape': (made({'a': _entry(shape=[2, 3])}), bad),
        'shape overflows': (made({'a': _entry(shape=[1 << 62, 1 << 62])}), bad),
        'negative shape': (made({'a': _entry(shape=[-2, -2])}), bad),
        'dtype is a list': (made({'a': _entry(dtype=['F32'])}), bad),
        'entry is a number': (made({'a': 1}), bad),
        'metadata is a list': (made({'__metadata__': [1], 'a': _entry()}), bad),
        'duplicate keys': (as_safetensors(b'{"a":{},"a":{}}'), bad),
        'not UTF-8': (as_safetensors(b'{"\xff\xfe":{}}'), bad),
        'not JSON': (as_safetensors(b'{"a":'), bad),
        'JSON of another kind': (as_safetensors(b'{"a":[' + b'[' * 200_000), bad),
        'NaN': (as_safetensors(b'{"a":NaN}'), bad),
        'an integer of a million digits': (as_safetensors(b'{"a":' + b'9' * 1_000_000 + b'}'), bad),
        'header of 2**60 bytes': (struct.pack('<Q', 1 << 60) + b'{"a":{}}' + b'\0' * 100, over),
        'header beyond the file': (struct.pack('<Q', 1 << 20) + b'{"a":{}}', bad),
        'two million values': (as_safetensors(b'{"a":[' + b'[],' * 2_000_000 + b'[]]}'), over),
        '60,000 tensors': (made({f'k{i}': _entry() for i in range(60_000)}), over),
        'long key': (made({'k' * 5000: _entry()}), over),
    }


def options() -> Dict[str, bytes]:
    """Training YAMLs that run code, unfold without end or take for ever."""
    laughs = b'a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n' + b''.join(
        b'a%d: &a%d [%s]\n' % (i, i, b','.join([b'*a%d' % (i - 1)] * 10)) for i in range(1, 12)
    )
    return {
        'python/object/apply': b'name: !!python/object/apply:os.system ["touch sentinel"]\n',
        'python/object/new': b'name: !!python/object/new:os.system ["touch sentinel"]\n',
        'python/name': b'name: !!python/name:os.system\n',
        'python/module': b'name: !!python/module:os\n',
        'a thousand million laughs': laughs,
        'an alias of itself': b'a: &a [*a]\n',
        'a mapping of itself': b'a: &a {b: *a}\n',
        'nested lists': b'a: ' + b'[' * 100_000,
        'nested mappings': b'{a: ' * 5_000,
        'indented 2,000 times': b''.join(b' ' * i + b'a:\n' for i in range(2_000)),
        'two million values': b'a: [' + b'1,' * 400_000 + b'1]\n',
        'a million keys': b''.join(b'k%d: 1\n' % i for i in range(60_000)),
        'digits': b'a: ' + b'9' * 900_000 + b'\n',
        'sexagesimal': b'a: 1' + b':1' * 400_000 + b'\n',
        'comments': b'#' * 900_000,
        'large': b'a: 1\n' * 500_000,
        'list as a key': b'? [1, 2]\n: 3\n',
        'nested lists as a key': b'? &a [[1],[2]]\n: 3\n',
        'control characters': b'a: \x1b[31m\n',
        'not UTF-8': b'a: \xff\xfe\n',
        'two documents': b'a: 1\n---\nb: 2\n',
        'date that is none': b'a: 2001-99-99\n',
        'binary that is none': b'a: !!binary "a"\n',
        'no mapping': b'- 1\n- 2\n',
        'another end of line': b'\r`',  # found by atheris
        'float of nothing': b'a: !!float\n',  # found by atheris
        'bool that is none': b'a: !!bool x\n',
        'timestamp that is none': b'a: !!timestamp x\n',
        'sexagesimal float': b'a: ' + b'59:' * 400 + b'59.0\n',
        'empty': b'',
    }
