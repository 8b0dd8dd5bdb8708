"""One word for each load, and for the training the worst of them."""

from __future__ import annotations

from typing import Tuple

from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.reports import LoadReport

_WORST_FIRST = (
    'could-not-check',
    'unusable-file',
    'wrong-checkpoint',
    'convert',
    'change-options',
    'ready-partly',
    'ready',
)
_OTHER_NETWORK = 'WC307'
_FILE_RULES = ('WC101', 'WC103', 'WC104', 'WC105')
_REFUSED = 'WC104'  # by torch: a conversion keeps the tensors and leaves the rest out


def verdict(loads: Tuple[LoadReport, ...], training: Tuple[Finding, ...]) -> str:
    """The verdict over all loads.

    Args:
        loads: with findings and recommendations.
        training: findings about the training as a whole.
    """
    words = [_of_load(load) for load in loads]
    if any(finding.severity == ERROR and finding.option for finding in training):
        words.append('change-options')
    if not words:
        return 'nothing-to-load'
    return min(words, key=_WORST_FIRST.index)


def _of_load(load: LoadReport) -> str:
    advice = load.recommendation
    convertible = advice is not None and advice.conversion is not None
    for finding in load.findings:
        if finding.code in _FILE_RULES and not (finding.code == _REFUSED and convertible):
            return 'unusable-file'
    if load.configured is None or load.configured.loads is None:
        return 'could-not-check'
    if any(finding.code == _OTHER_NETWORK for finding in load.findings):
        return 'wrong-checkpoint'
    if convertible:
        return 'convert'
    if advice is not None and advice.edits:
        return 'change-options'
    little = load.coverage is not None and load.coverage.is_little
    if not load.configured.loads or little or load.must_be_false is None:
        return 'wrong-checkpoint'
    return 'ready-partly' if load.configured.missing or load.configured.mismatched else 'ready'
