"""JSON, format basicsr-weightcheck.check/2: a contract that users' CI reads."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from basicsr_weightcheck.records.findings import Finding, OptionEdit, Recommendation
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.outcomes import Coverage, Mismatch, Outcome
from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import Checked, CheckReport, LoadReport
from basicsr_weightcheck.records.sources import KINDS, NetworkSources, TensorSource
from basicsr_weightcheck.report.checks_page import checks_row
from basicsr_weightcheck.report.json_text import dumped, error_document
from basicsr_weightcheck.rules.catalog import message
from basicsr_weightcheck.version import __version__

FORMAT = 'basicsr-weightcheck.check/2'
LIST_FORMAT = 'basicsr-weightcheck.checks/2'
Json = Dict[str, Any]


def render_json(report: CheckReport) -> str:
    """One check."""
    return dumped(check_document(report))


def render_json_list(checked: Sequence[Checked]) -> str:
    """Several checks in the order of the YAMLs, and those that could not be made."""
    return dumped(
        {
            'format': LIST_FORMAT,
            'tool_version': __version__,
            'checks': [check_document(one.report) for one in checked if one.report is not None],
            'summary': [_summary(one) for one in checked],
        }
    )


def _summary(one: Checked) -> Json:
    """A row of the table."""
    return {
        'options_path': one.path,
        'verdict': one.report.verdict if one.report is not None else None,
        'fraction': one.report.least_fraction if one.report is not None else None,
        'do': checks_row(one, 'en')[-1],
        'error': error_document(one.error) if one.error is not None else None,
    }


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
        'stop': _stop(report),
        'networks': [_network(sources) for sources in report.sources],
        'loads': [_load(load) for load in report.loads],
        'findings': [_finding(finding) for finding in report.findings],
        'recommendation': _recommendation(report.recommendation),
    }


def _framework(report: CheckReport) -> Optional[Json]:
    framework = report.plan.framework
    if not framework.is_found:
        return None
    version = report.rehearsal.framework_version if report.rehearsal else ''
    return {
        'name': framework.name,
        'version': version or framework.version,
        'layout': framework.layout,
        'origin': framework.origin,
        'dialect': framework.dialect,
    }


def _stop(report: CheckReport) -> Optional[Json]:
    stop = report.rehearsal.stop if report.rehearsal is not None else None
    if stop is None:
        return None
    return {
        'error': stop.error,
        'message': stop.message,
        'place': stop.place,
        'network': stop.network,
    }


def _network(sources: NetworkSources) -> Json:
    coverage = sources.coverage
    return {
        'network': sources.network,
        'section': sources.section,
        'class': sources.spec.class_name,
        'parameters': {
            'from_files': coverage.parameters_loaded,
            'expected': coverage.parameters_expected,
            'fraction': coverage.parameter_fraction,
        },
        'files': [
            {'path': path, 'table': table, 'tensors': number}
            for (path, table), number in sources.files.items()
        ],
        'tensors': {
            kind: [_tensor(one) for one in sources.tensors if one.kind == kind] for kind in KINDS
        },
    }


def _tensor(source: TensorSource) -> Json:
    return {
        'key': source.key,
        'elements': source.elements,
        'origins': [[origin.path, origin.table, origin.key] for origin in source.origins],
    }


def _load(load: LoadReport) -> Json:
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
        'keys': _keys_of_load(load.configured),
        'coverage': _coverage(load.coverage),
        'closest': _closest(load),
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
        'first_look': _look(load.look),
    }


def _look(look: Optional[Look]) -> Optional[Json]:
    """Without the pictures: they are in the page."""
    if look is None:
        return None
    return {
        'network': look.network,
        'source': look.source,
        'pictures': list(look.pairs),
        'height': look.size[0],
        'width': look.size[1],
        'scale': look.scale,
        'problem': look.problem,
        'rows': [
            {
                'kind': row.kind,
                'name': row.name,
                'psnr_db': row.psnr,
                'psnr_db_each': list(row.each),
                'from_input_db': row.distance,
                'finite': row.finite,
                'low': row.low,
                'high': row.high,
                'problem': row.problem,
            }
            for row in look.rows
        ],
    }


def _keys_of_load(outcome: Optional[Outcome]) -> Optional[Json]:
    """Of the load as it is configured."""
    if outcome is None:
        return None
    matched = len(outcome.loaded)
    return _keys(matched, outcome.missing, outcome.unexpected, outcome.mismatched)


def _closest(load: LoadReport) -> Optional[Json]:
    """The table of the file that fits best, by name and shape; None where none was read."""
    difference = load.difference
    if difference is None:
        return None
    return {
        'table': difference.table,
        'keys': _keys(
            len(difference.matched),
            difference.missing,
            difference.unexpected,
            difference.mismatched,
        ),
        'coverage': _coverage(difference.coverage),
    }


def _keys(
    matched: int,
    missing: Sequence[str],
    unexpected: Sequence[str],
    mismatched: Sequence[Mismatch],
) -> Json:
    return {
        'matched': matched,
        'missing': list(missing),
        'unexpected': list(unexpected),
        'mismatched': [
            {'key': item.key, 'expected': list(item.expected), 'found': list(item.found)}
            for item in mismatched
        ],
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
    document = {
        'code': finding.code,
        'name': finding.name,
        'severity': finding.severity,
        'option': finding.option,
        'line': finding.line,
        'parameters': dict(finding.parameters),
        'message': message(finding, 'en'),
    }
    if finding.ignored:
        document['ignored'] = True
    return document


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
