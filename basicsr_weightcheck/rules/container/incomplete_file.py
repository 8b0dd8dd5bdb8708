"""The file's index announces more bytes than the file has.

Why it matters: a cut download or a full disk; what is left may even look like a whole archive.
Source: torch/serialization.py, every container it writes.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    header = load.header
    if header is not None and not header.complete:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            missing_bytes=header.missing_bytes,
            file_bytes=header.file_bytes,
        )


RULE = Rule('WC103', 'incomplete-file', ERROR, LOAD, look)
