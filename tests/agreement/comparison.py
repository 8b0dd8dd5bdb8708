"""Hold what the check says of load calls against what the framework really did."""

from __future__ import annotations

from typing import Any, Dict, List

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.reports import RehearsedLoad
from basicsr_weightcheck.records.tensors import CheckpointHeader, Outcome
from tests.agreement.real_run import RealCall


def read_or_nothing(path: str) -> Dict[str, CheckpointHeader]:
    """The headers that a check hands to the rehearsal."""
    try:
        return {path: read_header(path)}
    except CheckpointError:
        return {}


def compare_calls(case: str, real: List[RealCall], loads: Any) -> List[str]:
    if [call.network for call in real] != [load.step.network for load in loads[: len(real)]]:
        return [f'{case}: calls {real} against {[load.step.network for load in loads]}']
    if len(loads) < len(real):
        return [f'{case}: {len(real)} real calls, {len(loads)} rehearsed']
    found: List[str] = []
    for call, load in zip(real, loads):
        found += [f'{case}: rehearsed {text}' for text in compare_outcome(call, load.configured)]
        found += same_under_both(case, load)
    return found


def same_under_both(case: str, load: RehearsedLoad) -> List[str]:
    """The configured outcome must be one of the two others."""
    twin = load.strict_true if load.step.strict_effective else load.strict_false
    return [] if twin == load.configured else [f'{case}: configured differs from its twin']


def compare_predictions(
    case: str, real: List[RealCall], loads: Any, header: Any, has_fallback: bool
) -> List[str]:
    found: List[str] = []
    for call, load in zip(real, loads):
        step = load.step
        asked = step.strict_configured, step.key_configured
        outcome = predict_load(header, load.network, *asked, has_fallback)
        found += [f'{case}: predicted {text}' for text in compare_outcome(call, outcome)]
    return found


def compare_outcome(call: RealCall, outcome: Outcome) -> List[str]:
    real = (call.error, sorted(set(call.missing)), sorted(call.unexpected), sorted(call.mismatched))
    ours = (
        outcome.error,
        sorted(outcome.missing),
        sorted(outcome.unexpected),
        sorted((item.key, item.expected, item.found) for item in outcome.mismatched),
    )
    if real == ours and outcome.loads == (not call.error):
        return []
    return [f'{call.network}: {ours} ({outcome.message[:80]}) against {real} ({call.message[:80]})']
