"""JSON, format basicsr-weightcheck.check/2: a contract that users' CI reads."""

from __future__ import annotations

from typing import Optional, Union

from basicsr_weightcheck.records.findings import Finding, OptionEdit, Recommendation
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import KINDS, NetworkSources
from basicsr_weightcheck.records.tensors import Coverage, Difference, Outcome
from basicsr_weightcheck.report.json_text import Json, headed, named, parameters, picked
from basicsr_weightcheck.rules.catalog import message

LOOK_ROW = (
    'kind', 'name', 'psnr_db=psnr', 'psnr_db_each=each', 'from_input_db=distance', 'finite',
    'low', 'high', 'problem',
)  # fmt: skip


def check_document(report: CheckReport) -> Json:
    """One check. Messages are English in every locale: programs read them."""
    plan = report.plan
    stop = report.rehearsal.stop
    return headed(
        'check/2',
        options={'path': plan.options.path, **picked(plan, 'name', 'model_type')},
        framework=_framework(report),
        verdict=report.verdict,
        stop=stop and picked(stop, 'error', 'message', 'place', 'network'),
        networks=[_network(sources) for sources in report.sources],
        loads=[_load(load) for load in report.loads],
        findings=[_finding(finding) for finding in report.findings],
        recommendation=_recommendation(report.recommendation),
    )


def _framework(report: CheckReport) -> Optional[Json]:
    framework = report.plan.framework
    if not framework.is_found:
        return None
    # What was imported knows better than the files beside it; it need not say.
    return {
        'name': framework.name,
        'version': report.rehearsal.framework_version or framework.version,
        **picked(framework, 'layout', 'origin', 'dialect'),
    }


def _network(sources: NetworkSources) -> Json:
    loaded = parameters(sources.coverage)
    return {
        **picked(sources, 'network', 'section', 'class=spec.class_name'),
        'parameters': {'from_files': loaded.pop('loaded'), **loaded},
        'files': [
            {'path': path, 'table': table, 'tensors': number}
            for (path, table), number in sources.files.items()
        ],
        'tensors': {
            kind: [picked(one, 'key', 'elements', 'origins') for one in sources.tensors
                   if one.kind == kind]
            for kind in KINDS
        },
    }  # fmt: skip


def _load(load: LoadReport) -> Json:
    outcomes = picked(load, 'configured', 'strict_true', 'strict_false')
    return {
        **picked(load.step, 'network', 'network_type'),
        'checkpoint': _checkpoint(load),
        'param_key': {
            'option': load.step.key_option.split('.')[-1],
            'configured': load.step.key_configured,
            'used': load.key_used,
        },
        'strict': _strict(load, load.step),
        'outcomes': {
            name: picked(one, 'loads', 'error', 'message', 'by') if one.was_tried else None
            for name, one in outcomes.items()
        },
        'keys': _keys(len(load.configured.loaded), load.configured)
        if load.configured.was_tried
        else None,
        'coverage': load.coverage and _coverage(load.coverage),
        'closest': load.difference and _closest(load.difference),
        'origin': load.origin
        and {
            'path': load.origin.path,
            'differences': named(load.origin_differences, 'option', 'then', 'now'),
        },
        'findings': [_finding(finding) for finding in load.findings],
        'recommendation': _recommendation(load.recommendation),
        'first_look': load.look and _look(load.look),
    }


def _look(look: Look) -> Json:
    """Without the pictures: they are in the page."""
    return {
        **picked(look, 'network', 'source', 'pictures=pairs'),
        'height': look.size[0],
        'width': look.size[1],
        **picked(look, 'scale', 'problem'),
        'rows': [picked(row, *LOOK_ROW) for row in look.rows],
    }


def _closest(difference: Difference) -> Json:
    """The table of the file that fits best, by name and shape."""
    return {
        'table': difference.table,
        'keys': _keys(len(difference.matched), difference),
        'coverage': _coverage(difference.coverage),
    }


def _keys(matched: int, of: Union[Outcome, Difference]) -> Json:
    mismatched = [one._asdict() for one in of.mismatched]
    return {'matched': matched, **picked(of, 'missing', 'unexpected'), 'mismatched': mismatched}


def _checkpoint(load: LoadReport) -> Json:
    path, header = load.step.load_path, load.header
    if header is None:
        # A finding says why it could not be read.
        return {'path': path, 'container': 'other', 'bytes': None, 'tables': {}}
    tables = {name: len(table.tensors) for name, table in header.tables.items()}
    return {'path': path, **picked(header, 'container', 'bytes=file_bytes'), 'tables': tables}


def _strict(load: LoadReport, step: LoadStep) -> Json:
    value = step.strict_configured
    # A YAML may hold what JSON cannot (a date): that stands as text.
    plain = value is None or isinstance(value, (bool, int, float, str))
    rest = picked(
        load, 'effective=step.strict_effective', 'must_be_false', 'recommended=strict_recommended'
    )
    option, configured = step.strict_option.split('.')[-1], value if plain else str(value)
    return {'option': option, 'configured': configured, **rest}


def _coverage(coverage: Coverage) -> Json:
    return {
        'parameters': parameters(coverage),
        'buffers': picked(coverage, 'loaded=buffers_loaded', 'expected=buffers_expected'),
        'tensors': picked(coverage, 'loaded=tensors_loaded', 'expected=tensors_expected'),
    }


def _finding(finding: Finding) -> Json:
    return {
        **picked(finding, 'code', 'name', 'severity', 'option', 'line'),
        'parameters': dict(finding.parameters),
        'message': message(finding, 'en'),
        **({'ignored': True} if finding.ignored else {}),
    }


def _recommendation(recommendation: Recommendation) -> Optional[Json]:
    if not recommendation.is_needed:
        return None
    proof, conversion = recommendation.proof, recommendation.conversion
    return {
        'edits': [_edit(edit) for edit in recommendation.edits],
        'diff': recommendation.diff,
        'conversion': picked(conversion, 'steps', 'command') if conversion.is_needed else None,
        'proof': picked(proof, 'loads', 'parameter_fraction', 'by') if proof.was_made else None,
    }


def _edit(edit: OptionEdit) -> Json:
    # The other two stand only where they say something.
    document = picked(edit, 'option', 'line', 'from=before', 'to=after')
    if edit.becomes:
        document['becomes'] = edit.becomes
    if edit.removed:
        document['removed'] = True
    return document
