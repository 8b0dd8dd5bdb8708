"""JSON, format basicsr-weightcheck.check/1: a contract that users' CI reads."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from basicsr_weightcheck.messages.lookup import message
from basicsr_weightcheck.records.findings import Finding, OptionEdit, Recommendation
from basicsr_weightcheck.records.outcomes import Coverage, Outcome
from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.version import __version__

FORMAT = 'basicsr-weightcheck.check/1'
LIST_FORMAT = 'basicsr-weightcheck.checks/1'
Json = Dict[str, Any]


def render_json(report: CheckReport) -> str:
    """One check."""
    return dumped(check_document(report))


def render_json_list(reports: Sequence[CheckReport]) -> str:
    """Several checks in the order of the YAMLs."""
    checks = [check_document(report) for report in reports]
    return dumped({'format': LIST_FORMAT, 'tool_version': __version__, 'checks': checks})


def check_document(report: CheckReport) -> Json:
    """The check as plain data. Messages are English in every locale: programs read them."""
    plan = report.plan
    return {
        'format': FORMAT,
        'tool_version': __version__,
        'options': {
            'path': plan.options.path,
            'name': plan.name,
            'model_type': plan.model_type,
        },
        'framework': _framework(report),
        'verdict': report.verdict,
        'loads': [_load(load) for load in report.loads],
        'findings': [_finding(finding) for finding in report.findings],
        'recommendation': _recommendation(report.recommendation),
    }


def _framework(report: CheckReport) -> Optional[Json]:
    framework = report.plan.framework
    if framework is None:
        return None
    version = report.rehearsal.framework_version if report.rehearsal else ''
    return {
        'name': framework.name,
        'version': version or framework.version,
        'layout': framework.layout,
        'origin': framework.origin,
        'dialect': framework.dialect,
    }


def _load(load: LoadReport) -> Json:
    difference = load.difference
    coverage = load.coverage or (difference.coverage if difference is not None else None)
    return {
        'network': load.step.network,
        'network_type': load.step.network_type,
        'checkpoint': _checkpoint(load),
        'param_key': {
            'option': load.step.key_option.split('.')[-1],
            'configured': load.step.key_configured,
            'used': load.key_used,
        },
        'strict': _strict(load, load.step),
        'outcomes': {
            'configured': _outcome(load.configured),
            'strict_true': _outcome(load.strict_true),
            'strict_false': _outcome(load.strict_false),
        },
        'keys': None
        if difference is None
        else {
            'matched': len(difference.matched),
            'missing': list(difference.missing),
            'unexpected': list(difference.unexpected),
            'mismatched': [
                {'key': item.key, 'expected': list(item.expected), 'found': list(item.found)}
                for item in difference.mismatched
            ],
        },
        'coverage': _coverage(coverage),
        'origin': None
        if load.origin is None
        else {
            'path': load.origin.path,
            'differences': [
                {'option': option, 'then': then, 'now': now}
                for option, then, now in load.origin_differences
            ],
        },
        'findings': [_finding(finding) for finding in load.findings],
        'recommendation': _recommendation(load.recommendation),
    }


def _checkpoint(load: LoadReport) -> Json:
    header = load.header
    return {
        'path': load.step.load_path,
        'container': header.container if header is not None else 'other',
        'bytes': header.file_bytes if header is not None else None,
        'tables': {name: len(table.tensors) for name, table in header.tables.items()}
        if header is not None
        else {},
    }


def _strict(load: LoadReport, step: LoadStep) -> Json:
    value = step.strict_configured
    return {
        'option': step.strict_option.split('.')[-1],
        'configured': value
        if isinstance(value, (bool, int, float, str, type(None)))
        else str(value),
        'effective': step.strict_effective,
        'must_be_false': load.must_be_false,
        'recommended': load.strict_recommended,
    }


def _outcome(outcome: Optional[Outcome]) -> Optional[Json]:
    if outcome is None:
        return None
    return {
        'loads': outcome.loads,
        'error': outcome.error,
        'message': outcome.message,
        'by': outcome.by,
    }


def _coverage(coverage: Optional[Coverage]) -> Optional[Json]:
    if coverage is None:
        return None
    return {
        'parameters': {
            'loaded': coverage.parameters_loaded,
            'expected': coverage.parameters_expected,
            'fraction': coverage.parameter_fraction,
        },
        'buffers': {'loaded': coverage.buffers_loaded, 'expected': coverage.buffers_expected},
        'tensors': {'loaded': coverage.tensors_loaded, 'expected': coverage.tensors_expected},
    }


def _finding(finding: Finding) -> Json:
    return {
        'code': finding.code,
        'name': finding.name,
        'severity': finding.severity,
        'option': finding.option,
        'line': finding.line,
        'parameters': dict(finding.parameters),
        'message': message(finding, 'en'),
    }


def _recommendation(recommendation: Optional[Recommendation]) -> Optional[Json]:
    if recommendation is None:
        return None
    proof, conversion = recommendation.proof, recommendation.conversion
    return {
        'edits': [_edit(edit) for edit in recommendation.edits],
        'diff': recommendation.diff,
        'conversion': None
        if conversion is None
        else {'steps': list(conversion.steps), 'command': conversion.command},
        'proof': None
        if proof is None
        else {
            'loads': proof.loads,
            'parameter_fraction': proof.parameter_fraction,
            'by': proof.by,
        },
    }


def _edit(edit: OptionEdit) -> Json:
    document = {'option': edit.option, 'line': edit.line, 'from': edit.before, 'to': edit.after}
    if edit.becomes:
        document['becomes'] = edit.becomes
    if edit.removed:
        document['removed'] = True
    return document
