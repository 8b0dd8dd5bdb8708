"""Read the values that a training would load."""

from __future__ import annotations

from typing import Dict, Tuple

from basicsr_weightcheck.records.inspections import Health
from basicsr_weightcheck.records.names import cutter
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.workflow.inspect import read_health


def read_values(report: CheckReport, asked: bool) -> Dict[str, Health]:
    """{network: what the values are like that it would load}; {} where nobody asked.

    Raises:
        CheckpointError: a file cannot be read.
        UsageError: numpy is missing.
    """
    if not asked:
        return {}
    found: Dict[str, Health] = {}
    known: Dict[Tuple[str, str], Health] = {}
    for load in report.loads:
        tensors = _loaded(load, report.plan.framework.cuts_module)
        if load.header is None or load.difference is None or not tensors:
            continue
        place = load.step.load_path, load.difference.table
        if place not in known:
            known[place] = read_health(load.header, tensors)
        found[load.step.network] = known[place]
    return found


def _loaded(load: LoadReport, cuts: str) -> Tuple[TensorSpec, ...]:
    """The tensors of the file that the load takes, or would take where it stops.

    They have the names of the network.
    """
    if load.header is None or load.difference is None or not load.header.complete:
        return ()
    matched = set(load.difference.matched)
    table = load.header.tables[load.difference.table]
    cut = cutter(cuts, [spec.key for spec in table.tensors])
    named = (spec._replace(key=cut(spec.key)) for spec in table.tensors)
    return tuple(spec for spec in named if spec.key in matched)
