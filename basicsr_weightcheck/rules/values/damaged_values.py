"""The bytes of a tensor do not match the checksum that was saved with them.

Why it matters: a disk or a transfer changed the file; torch verifies no checksum and loads what
is there.
Evidence: own tests
False alarms: none known: files without checksums are left out. Said only with --values.
What to do: copy or download the file again.
Source: torch/csrc/jit/serialization (PyTorchStreamReader, checksums off); the CRC-32 of the zip
directory.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    health = case.values.get(load.step.network)
    if health is not None and health.rotten:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            count=len(health.rotten),
            first=health.rotten[0],
        )


RULE = Rule('WC605', 'damaged-values', ERROR, LOAD, look)
