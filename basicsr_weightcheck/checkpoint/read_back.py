"""Hold a file that was just written against the plan it was written from."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import List, Sequence, Tuple, Union

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.storage_plan import StoragePlan
from basicsr_weightcheck.checkpoint.tensor_bytes import ByteReader, crc32_of
from basicsr_weightcheck.checkpoint.views import first_byte
from basicsr_weightcheck.errors import CheckpointError, ReportError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.conversions import SAFETENSORS, PlannedFile, PlannedTensor
from basicsr_weightcheck.records.tensors import TensorSpec


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
            # Tied tensors are read once.
            crc32 = lru_cache(maxsize=None)(partial(crc32_of, reader.read_into))
            for (name, table), places in zip(planned.tables, plan.places):
                found = header.tables[name].tensors if name in header.tables else ()
                if _listed(found, planned) != _listed(table.tensors, planned):
                    raise _differs(path, phrase('the-table', name=repr(name or 'root')))
                by_key = {spec.key: spec for spec in found}
                for tensor, index in zip(table.tensors, places):
                    spec = by_key[tensor.key]
                    size = spec.count * WIDTH[spec.dtype]
                    if not spec.is_contiguous or crc32(first_byte(spec), size) != crcs[index]:
                        raise _differs(path, phrase('the-tensor', name=repr(tensor.key)))
    except CheckpointError as error:
        raise _differs(path, error.what) from error


def _listed(
    tensors: Sequence[Union[TensorSpec, PlannedTensor]], planned: PlannedFile
) -> List[Tuple[str, Tuple[int, ...], str]]:
    """Names, shapes and dtypes in the order of the file, which safetensors chooses itself."""
    listed = [(one.key, one.shape, one.dtype) for one in tensors]
    return sorted(listed) if planned.container == SAFETENSORS else listed


def _differs(path: str, what: str) -> ReportError:
    what = phrase('written-wrong', what=what)
    return ReportError(what, path=path, advice=phrase('written-wrong-do'))
