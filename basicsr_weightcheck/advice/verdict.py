"""One word for each load, and for the training the worst of them.

The good words promise: the framework itself was run, and no finding is an error.
"""

from __future__ import annotations

from typing import Optional, Tuple

from basicsr_weightcheck.records.findings import ERROR, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport, LoadReport, Verdict

# A training is no better than its worst load; what cannot be checked is worse than what is wrong,
# because nothing is known of it.
_WORST_FIRST: Tuple[Verdict, ...] = (
    'could-not-check',
    'unusable-file',
    'wrong-checkpoint',
    'convert',
    'change-options',
    'ready-partly',
    'ready',
    'nothing-to-load',
)
_GOOD = _WORST_FIRST[-3:]
_ABOUT_FILES = ('unusable-file', 'wrong-checkpoint')
_OTHER_NETWORKS = {'WC307', 'WC607'}
_FILE_RULES = {'WC101', 'WC103', 'WC104', 'WC105'}
_UNMENDED = ('WC431', 'WC541')  # the option is not read: no edit of it mends that
_OF_VALUES = 'WC6'
_STOPS_HERE = 'WC520'  # a resume without a GPU
_REFUSED = 'WC104'  # by torch: a conversion keeps the tensors and leaves the rest out
# What was not run of the framework: all of it, this load, the rest of the constructor.
_NOT_FOLLOWED = 'WC529'
_NOT_RUN = ('WC505', 'WC507', 'WC511', 'WC529', 'WC545')


def verdict(report: CheckReport) -> Verdict:
    """The verdict over all loads; findings and recommendations are there."""
    findings, training = report.all_findings, report.findings
    if _is_followed_badly(findings):
        return 'could-not-check'
    words = [_of_load(load, report) for load in report.loads]
    if any(one.option and one.code not in _UNMENDED for one in _errors(training)):
        words.append('change-options')
    # Networks may load weights themselves, without a call that is a load of the training.
    alone: Verdict = 'ready' if any(one.files for one in report.sources) else 'nothing-to-load'
    worst = min(words, key=_WORST_FIRST.index, default=alone)
    return _kept(worst, findings, report.rehearsal.was_run)


def _is_followed_badly(findings: Tuple[Finding, ...]) -> bool:
    """What the loads were seen to do may not be what they do; an error about it says more."""
    return any(one.code == _NOT_FOLLOWED and one.severity != ERROR for one in findings)


def _kept(worst: Verdict, findings: Tuple[Finding, ...], was_run: bool) -> Verdict:
    """A good word only where nothing speaks against it; a bad one as it is."""
    if worst not in _GOOD:
        return worst
    if _errors(findings):
        return 'not-ready'
    if not was_run or any(finding.code in _NOT_RUN for finding in findings):
        return 'could-not-check'
    return worst


def _errors(findings: Tuple[Finding, ...]) -> Tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity == ERROR)


def decisive(report: CheckReport) -> Optional[Finding]:
    """What keeps weights that load from being ready: the finding, None where none is to name."""
    findings = report.all_findings
    if report.verdict == 'not-ready':
        return _errors(findings)[0]
    if report.verdict == 'could-not-check':
        return next((one for one in findings if one.code in _NOT_RUN), None)
    return None


def leading(report: CheckReport) -> Tuple[Finding, ...]:
    """Errors of the loads that a verdict about a file rests on: nothing else is to do before."""
    if report.verdict not in _ABOUT_FILES:
        return ()
    return tuple(
        finding
        for load in report.loads
        if _of_load(load, report) == report.verdict
        for finding in _errors(load.findings)
        if report.verdict != 'unusable-file' or finding.code in _FILE_RULES
    )


def is_optional(report: CheckReport) -> bool:
    """The verdict asks for a change, and what is there is no error: nothing ends or gets lost."""
    return report.verdict in ('convert', 'change-options') and not _errors(report.all_findings)


def doubts(report: CheckReport) -> Tuple[Finding, ...]:
    """Warnings beside which nobody is told to do nothing, of each rule the first.

    What ends the training on this machine comes first, then what is about the weights themselves.
    """
    warned = [one for one in report.all_findings if one.severity == WARNING and not one.ignored]
    firsts = {one.code: one for one in reversed(warned)}
    found = [one for one in warned if firsts[one.code] is one]
    found.sort(key=lambda one: (one.code != _STOPS_HERE, not one.code.startswith(_OF_VALUES)))
    return tuple(found)


def _of_load(load: LoadReport, report: CheckReport) -> Verdict:
    convertible = load.recommendation.conversion.is_needed
    errors = {finding.code for finding in _errors(load.findings)}
    if errors & (_FILE_RULES - {_REFUSED} if convertible else _FILE_RULES):
        return 'unusable-file'
    if not load.configured.was_tried:
        return 'could-not-check'
    if errors & _OTHER_NETWORKS:
        return 'wrong-checkpoint'
    if convertible:
        return 'convert'
    if load.recommendation.is_needed:
        return 'change-options'
    return _of_what_is_loaded(load, report)


def _of_what_is_loaded(load: LoadReport, report: CheckReport) -> Verdict:
    outcome, final, asked = load.configured, report.final(load), report.plan.min_loaded
    enough, partly = load.gives(asked), bool(outcome.missing or outcome.mismatched)
    if final is not None:  # a later load, or other code, may have changed what this one did
        enough = bool(outcome.loads) and final.coverage.least >= asked
        partly = bool(final.partial or final.lacking)
    odd = not enough or load.must_be_false is None
    if odd and not report.is_meant_in_part(load):
        return 'wrong-checkpoint'
    return 'ready-partly' if partly else 'ready'
