"""Ceilings of the reader. Each one has a name, a unit and a reason."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Ceilings far above real files and far below what would hurt the machine.

    Attributes:
        pickle_bytes: index of one file. 100,000 tensors take about 20 MiB.
        pickle_opcodes: steps of the pickle machine; 100,000 tensors take about 4 million.
        nodes: values of the tree that is built from the pickle, shared ones counted each time:
            a few bytes of references to references would otherwise unfold without end.
        depth: nesting of mappings and lists; a training state has about 6.
        zip_entries: one per storage.
        header_bytes: JSON header of safetensors; the format itself allows 100,000,000.
    """

    pickle_bytes: int = 64 * MIB
    pickle_opcodes: int = 8_000_000
    nodes: int = 2_000_000
    depth: int = 64
    zip_entries: int = 1_000_000
    header_bytes: int = 100_000_000


DEFAULT_LIMITS = Limits()
