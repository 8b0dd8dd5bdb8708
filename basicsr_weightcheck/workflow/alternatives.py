"""Prove the conversions that use more of a file than the recommendation; drop what fails."""

from __future__ import annotations

import dataclasses
from typing import Optional

from basicsr_weightcheck.records.findings import Recommendation
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.workflow.advise import Loads, Rehearse, merged, prove
from basicsr_weightcheck.workflow.loads import Headers


def with_alternatives(
    loads: Loads, plan: LoadPlan, headers: Headers, rehearse: Optional[Rehearse]
) -> Loads:
    """The loads with alternatives that were rehearsed and load; without a rehearsal none is kept.

    All alternatives are rehearsed together, each in place of its load's recommendation.
    """
    if not any(load.alternative for load in loads):
        return loads
    if rehearse is None:
        return tuple(dataclasses.replace(load, alternative=None) for load in loads)
    swapped = tuple(
        dataclasses.replace(load, recommendation=load.alternative or load.recommendation)
        for load in loads
    )
    edits = merged([e for one in swapped if one.recommendation for e in one.recommendation.edits])
    proven, _, _ = prove(swapped, Recommendation(edits), plan, headers, rehearse)
    return tuple(
        dataclasses.replace(load, alternative=_kept(load.alternative, after.recommendation))
        for load, after in zip(loads, proven)
    )


def _kept(
    alternative: Optional[Recommendation], proven: Optional[Recommendation]
) -> Optional[Recommendation]:
    if alternative is None or proven is None or proven.proof is None or not proven.proof.loads:
        return None
    return proven
