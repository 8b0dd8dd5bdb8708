"""What the header of a file tells of its network, where the training's own could not be built."""

from __future__ import annotations

import dataclasses
from typing import Optional

from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.records.identities import Identity
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import CheckpointHeader


def with_identity(load: LoadReport) -> LoadReport:
    """The load with what its header tells; unchanged where the network is known."""
    if load.network is not None or load.header is None:
        return load
    return dataclasses.replace(load, identity=told(load.header))


def told(header: CheckpointHeader) -> Optional[Identity]:
    """The network that the first table which is of a known one belongs to; None without one."""
    tables = (header.held(name) for name in header.tables)
    found = (recognize({spec.key: spec.shape for spec in table.tensors}) for table in tables)
    return next((one for one in found if one is not None), None)
