"""Write the container of torch < 1.6: five pickles, then the storages.

Source: torch/serialization.py `_legacy_save` (2.13).
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Tuple

from basicsr_weightcheck.checkpoint.storage_plan import StoragePlan
from basicsr_weightcheck.checkpoint.tensor_stream import TensorStream
from basicsr_weightcheck.checkpoint.write_pickle import content_pickle, has_class, plain_pickle
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.conversions import PlannedFile

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
SYS_INFO = {
    'protocol_version': PROTOCOL_VERSION,
    'little_endian': True,
    'type_sizes': {'short': 2, 'int': 4, 'long': 4},
}


def write_legacy(
    out: BinaryIO, planned: PlannedFile, plan: StoragePlan, stream: TensorStream
) -> Tuple[int, ...]:
    """Write the whole file and return the CRC-32 of each storage.

    Raises:
        UsageError: the format has no storage for a dtype (torch writes one and cannot read it).
        CheckpointError: the source cannot be read.
        OSError: the file cannot be written.
    """
    for tensor in plan.storages:
        if not has_class(tensor.dtype):
            what = phrase('legacy-cannot-hold', key=repr(tensor.key), dtype=tensor.dtype)
            raise UsageError(what, advice=phrase('legacy-cannot-hold-do'))
    for head in (MAGIC_NUMBER, PROTOCOL_VERSION, SYS_INFO):
        out.write(plain_pickle(head))
    out.write(content_pickle(planned, plan, legacy=True))
    # torch reads them in the order of this list; its own is sorted as text.
    order = sorted(range(len(plan.storages)), key=str)
    out.write(plain_pickle([str(index) for index in order]))
    crcs = [0] * len(order)
    for index in order:
        tensor = plan.storages[index]
        out.write(struct.pack('<q', tensor.elements))
        crcs[index] = stream.write(out, tensor)
    return tuple(crcs)
