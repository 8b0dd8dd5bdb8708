"""Run all rules over one check."""

from __future__ import annotations

from typing import Iterable, List, Tuple

from basicsr_weightcheck.records.findings import SEVERITIES, Finding
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.rule import LOAD, TRAINING, Case, Found, Rule, all_rules


def training_findings(case: Case) -> Tuple[Finding, ...]:
    """Findings about the training as a whole, errors first."""
    rules = [rule for rule in all_rules() if rule.scope == TRAINING]
    return _ordered(_finding(rule, found, case.report, '') for rule in rules
                    for found in rule.look(case))  # fmt: skip


def load_findings(load: LoadReport, case: Case) -> Tuple[Finding, ...]:
    """Findings about one load, errors first."""
    rules = [rule for rule in all_rules() if rule.scope == LOAD]
    network = load.step.network
    return _ordered(_finding(rule, found, case.report, network) for rule in rules
                    for found in rule.look(load, case))  # fmt: skip


def _finding(rule: Rule, found: Found, report: CheckReport, network: str) -> Finding:
    line = report.plan.options.lines.get(found.option, 0)
    severity = found.severity or rule.severity
    return Finding(rule.code, rule.name, severity, found.parameters, network, found.option, line)


def _ordered(findings: Iterable[Finding]) -> Tuple[Finding, ...]:
    listed: List[Finding] = list(findings)
    return tuple(sorted(listed, key=lambda one: (SEVERITIES.index(one.severity), one.code)))
