"""Hold a file that was just written against the plan it was written from."""

from __future__ import annotations

import zlib
from typing import Dict, List, Optional, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.storage_plan import StoragePlan
from basicsr_weightcheck.checkpoint.tensor_bytes import ByteReader
from basicsr_weightcheck.checkpoint.views import first_byte
from basicsr_weightcheck.errors import CheckpointError, ReportError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.conversions import SAFETENSORS, PlannedFile, PlannedTable
from basicsr_weightcheck.records.tensors import TensorSpec

PIECE_BYTES = 4 << 20
Described = List[Tuple[str, Tuple[int, ...], str]]


def read_back(path: str, planned: PlannedFile, plan: StoragePlan, crcs: Tuple[int, ...]) -> None:
    """Check tables, names, shapes, dtypes and every byte of the file.

    Args:
        path: of the file.
        planned, plan: what it should hold.
        crcs: CRC-32 of each storage as it was written.

    Raises:
        ReportError: something differs; the disk or this program is at fault.
    """
    try:
        header = read_header(path)
        with ByteReader(path) as reader:
            seen: Dict[Tuple[int, int], Optional[int]] = {}
            for (name, table), places in zip(planned.tables, plan.places):
                found = header.tables[name].tensors if name in header.tables else ()
                if _described(found, planned) != _expected(table, planned):
                    raise _differs(path, phrase('the-table', name=repr(name or 'root')))
                by_key = {spec.key: spec for spec in found}
                for tensor, index in zip(table.tensors, places):
                    spec = by_key[tensor.key]
                    place = first_byte(spec), spec.count
                    if place not in seen:
                        seen[place] = _crc32(spec, reader)
                    if seen[place] != crcs[index]:
                        raise _differs(path, phrase('the-tensor', name=repr(tensor.key)))
    except CheckpointError as error:
        raise _differs(path, error.what) from error


def _described(found: Tuple[TensorSpec, ...], planned: PlannedFile) -> Described:
    listed = [(spec.key, spec.shape, spec.dtype) for spec in found]
    return sorted(listed) if planned.container == SAFETENSORS else listed


def _expected(table: PlannedTable, planned: PlannedFile) -> Described:
    listed = [(one.key, one.shape, one.dtype) for one in table.tensors]
    return sorted(listed) if planned.container == SAFETENSORS else listed


def _crc32(spec: TensorSpec, reader: ByteReader) -> Optional[int]:
    if not spec.is_contiguous:
        return None
    at, left = first_byte(spec), spec.count * WIDTH[spec.dtype]
    buffer = memoryview(bytearray(min(left, PIECE_BYTES)))
    crc = 0
    while left:
        piece = buffer[: min(left, PIECE_BYTES)]
        reader.read_into(at, piece)
        crc = zlib.crc32(piece, crc)
        at, left = at + len(piece), left - len(piece)
    return crc


def _differs(path: str, what: str) -> ReportError:
    return ReportError(
        phrase('written-wrong', what=what), path=path, advice=phrase('written-wrong-do')
    )
