"""Run all rules over one check."""

from __future__ import annotations

from contextlib import suppress
from typing import List, Tuple

from basicsr_weightcheck.records.findings import SEVERITIES, Finding
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.catalog import RULES
from basicsr_weightcheck.rules.facts import NotKnown
from basicsr_weightcheck.rules.keys.stops import LoadStops
from basicsr_weightcheck.rules.rule import Finds, Found, LoadRule, Rule, TrainingRule

Hit = Tuple[Rule, Found]


def training_findings(report: CheckReport) -> Tuple[Finding, ...]:
    """Findings about the training as a whole, errors first."""
    rules = (rule for rule in RULES if isinstance(rule, TrainingRule))
    found: List[Hit] = [(rule, one) for rule in rules for one in _told(rule.look(report))]
    return _ordered(found, report, '')


def load_findings(load: LoadReport, report: CheckReport) -> Tuple[Finding, ...]:
    """Findings about one load, errors first, and of these the causes before the symptoms.

    A symptom that another finding explains is left out. What stops a load is said once, if need be
    in the framework's own words.
    """
    rules = (rule for rule in RULES if isinstance(rule, LoadRule))
    found: List[Hit] = [(rule, one) for rule in rules for one in _told(rule.look(load, report))]
    others = [hit for hit in found if not isinstance(hit[0], LoadStops)]
    if any(_severity(*hit) == 0 for hit in others):
        found = others
    return _ordered(found, report, load.step.network)


def _told(finds: Finds) -> Finds:
    """What a rule finds, up to where it asks for what is not known."""
    with suppress(NotKnown):
        yield from finds


def _ordered(found: List[Hit], report: CheckReport, network: str) -> Tuple[Finding, ...]:
    kept = [hit for hit in found if not _is_explained(hit, found)]
    kept.sort(key=lambda hit: (_severity(*hit), not hit[0].explains, hit[0].code))
    return tuple(_finding(rule, one, report, network) for rule, one in kept)


def _is_explained(hit: Hit, found: List[Hit]) -> bool:
    """Another finding is its cause: of the same load, or of the training and the same option.

    What ends a training is not left out for a warning: the cure of the warning may not cure it.
    """
    rule, one = hit
    severity = _severity(*hit)
    causes = [cause for cause in found if rule.code in cause[0].explains]
    if not isinstance(rule, TrainingRule):
        return any(severity > 0 or _severity(*cause) == 0 for cause in causes)
    options = [cause[1].option for cause in causes if _severity(*cause) <= severity]
    return bool(options) and (not one.option or not {'', one.option}.isdisjoint(options))


def _severity(rule: Rule, found: Found) -> int:
    return SEVERITIES.index(found.severity or rule.severity)


def _finding(rule: Rule, found: Found, report: CheckReport, network: str) -> Finding:
    line = report.plan.options.lines.get(found.option, 0)
    severity = found.severity or rule.severity
    return Finding(rule.code, rule.name, severity, found.parameters, network, found.option, line)
