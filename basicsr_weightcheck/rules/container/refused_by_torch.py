"""torch.load itself refuses the file.

Why it matters: since torch 2.6 files that hold anything but tensors and plain values are
refused; older files (numpy scalars, whole modules) then need to be saved again.
Source: torch/serialization.py `load`, weights_only.
"""

from __future__ import annotations

import re
from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

_CONTAINER_READS = 'safetensors'


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome, header = load.configured, load.header
    if outcome is None or header is None or not header.complete:
        return
    if outcome.error == 'UnpicklingError' and header.container != _CONTAINER_READS:
        refused = re.search(r'Unsupported (?:global|class): GLOBAL (\S+)', outcome.message)
        reason = refused.group(1) if refused else outcome.message.split('\n')[0][:200]
        yield Found(
            load.step.path_option, path=load.step.load_path, error=outcome.error, reason=reason
        )


RULE = Rule('WC104', 'refused-by-torch', ERROR, LOAD, look)
