"""The header of a safetensors file: 8 bytes of length, JSON, then the tensors.

Source: safetensors README, "Format" (0.8).
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Dict, List, Tuple

from basicsr_weightcheck.checkpoint.containers.geometry import element_count, find_cut
from basicsr_weightcheck.checkpoint.dtypes import SAFETENSORS, WIDTH
from basicsr_weightcheck.checkpoint.pickles.stand_ins import size
from basicsr_weightcheck.checkpoint.problems import Limits, problem
from basicsr_weightcheck.records.tensors import SAFETENSORS as CONTAINER
from basicsr_weightcheck.records.tensors import CheckpointHeader, FileDict, StorageSpec, TensorSpec

LENGTH_BYTES = 8
METADATA = '__metadata__'
NOTE_CHARACTERS = 200
Pairs = List[Tuple[str, Any]]


def read_table(
    file: BinaryIO, file_bytes: int, limits: Limits
) -> Tuple[FileDict, int, Tuple[Tuple[str, str], ...]]:
    """Return (tensors, end of the file as announced, metadata pairs).

    Raises:
        CorruptCheckpointError: the header is cut or no JSON object, a key stands twice, an entry is
            malformed, or the tensors do not lie one behind the other up to the end.
        LimitExceededError: a ceiling was reached.
    """
    header, start = _read_json(file, limits)
    metadata = header.pop(METADATA, None) or {}
    if not isinstance(metadata, dict):
        raise problem('safetensors-entry', key=METADATA)
    limits.hold('tensors', len(header))
    tensors = tuple((name, _tensor(name, entry, start, limits)) for name, entry in header.items())
    end = _check_order([spec for _, spec in tensors], start)
    if end < file_bytes:  # safetensors refuses such a file as well
        raise problem('safetensors-rest', count=file_bytes - end)
    notes = tuple((k, str(v)[:NOTE_CHARACTERS]) for k, v in metadata.items() if isinstance(v, str))
    return FileDict(tensors), end, notes


def _read_json(file: BinaryIO, limits: Limits) -> Tuple[Dict[str, Any], int]:
    """(the JSON object, offset of the first tensor)."""
    file.seek(0)
    (length,) = struct.unpack('<Q', file.read(LENGTH_BYTES))
    limits.hold('header_bytes', length)
    raw = file.read(length)
    if len(raw) < length:
        raise problem('safetensors-header-cut', present=len(raw), expected=length)
    # Before it is parsed: '[],[],[],' takes some twenty times as much room as Python objects.
    limits.hold('header_values', raw.count(b',') + raw.count(b'[') + raw.count(b'{'))
    try:
        header = json.loads(
            raw.decode('utf-8'),
            object_pairs_hook=_once,
            parse_int=_integer,
            parse_constant=_integer,
        )
    except (ValueError, RecursionError) as error:
        raise problem('safetensors-json', reason=str(error)[:NOTE_CHARACTERS]) from error
    if not isinstance(header, dict):
        raise problem('safetensors-json', reason=type(header).__name__)
    return header, LENGTH_BYTES + length


def _once(pairs: Pairs) -> Dict[str, Any]:
    made: Dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise problem('safetensors-twice', key=name)
        made[name] = value
    return made


def _integer(text: str) -> int:
    """No number of a header is longer than an int64; JSON's NaN and Infinity are none."""
    if len(text) > len(str(1 << 63)):
        raise ValueError(f'a number of {len(text)} digits')
    return int(text)


def _tensor(name: str, entry: Any, start: int, limits: Limits) -> TensorSpec:
    try:
        first, last = (size(offset) for offset in entry['data_offsets'])
        shape = tuple(size(length) for length in entry['shape'])
        dtype = SAFETENSORS.get(entry['dtype'], entry['dtype'])
    except (TypeError, ValueError, LookupError) as error:
        raise problem('safetensors-entry', key=name) from error
    limits.hold('key_length', len(name))
    limits.hold('dimensions', len(shape))
    if not isinstance(dtype, str) or last < first:
        raise problem('safetensors-entry', key=name)
    if dtype in WIDTH and element_count(shape) * WIDTH[dtype] != last - first:
        raise problem('safetensors-size', key=name, found=last - first)
    return TensorSpec(name, shape, dtype, StorageSpec('', start + first, last - first))


def _check_order(tensors: List[TensorSpec], start: int) -> int:
    """The end of the last tensor; the format allows neither holes nor overlaps."""
    placed = sorted(
        (one.storage.file_offset or 0, one.storage.byte_count, one.key)
        for one in tensors
        if one.storage is not None
    )
    end = start
    for offset, byte_count, key in placed:
        if offset != end:
            raise problem('safetensors-order', key=key, expected=end - start, found=offset - start)
        end = offset + byte_count
    return end


# The header of a safetensors file as that of a checkpoint.


def read_safetensors(
    file: BinaryIO, path: str, file_bytes: int, limits: Limits
) -> CheckpointHeader:
    """The header of a file that is whole, or cut behind its JSON. Raises CheckpointError."""
    table, end, notes = read_table(file, file_bytes, limits)
    return CheckpointHeader(
        path=path,
        container=CONTAINER,
        file_bytes=file_bytes,
        root=table,
        tables={'': table} if table.entries else {},
        format_notes=notes,
        cut=find_cut((table,), file_bytes, end, file_bytes),
    )
