"""Only buffers are missing, no parameter, and no shape differs.

Why it matters: buffers such as relative_position_index and attn_mask of SwinIR are computed by the
network; a file without them loses nothing, yet strict loading stops.
Evidence: https://github.com/JingyunLiang/SwinIR/issues/129.
False alarms: running_mean and running_var of batch normalization are buffers that were learned:
where they are missing, something is lost.
What to do: nothing, if the network computes them; strict_load may be false then.
Source: torch/nn/modules/module.py `register_buffer`, `load_state_dict`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import only_buffers_missing
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if only_buffers_missing(load) and load.difference is not None:
        yield Found(load.step.path_option, count=len(load.difference.missing))


RULE = Rule('WC302', 'buffers-only', INFO, LOAD, look)
