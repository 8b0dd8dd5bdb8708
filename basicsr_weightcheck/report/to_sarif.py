"""Checks as SARIF 2.1.0, which code scanning of GitHub, GitLab and editors reads.

Source: the standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: 3.14 run,
3.19 toolComponent, 3.20 invocation, 3.27 result, 3.35 suppression, 3.49 reportingDescriptor.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Sequence
from urllib.parse import quote

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.to_github import YAML_OPTION, relative
from basicsr_weightcheck.report.verdict_words import verdict_text
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do
from basicsr_weightcheck.version import __version__

Json = Dict[str, Any]
SCHEMA = (
    'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
)
LEVELS = {ERROR: 'error', WARNING: 'warning', INFO: 'note'}
ROOT = 'ROOT'  # the folder that the check was started from, by which paths are named


def render_sarif(reports: Sequence[CheckReport], lang: str) -> str:
    """One run with the findings of all option files, in their order; ignored ones suppressed."""
    codes = sorted({one.code for report in reports for one in report.all_findings})
    rules = {code: at for at, code in enumerate(codes)}
    names = {one.code: one.name for report in reports for one in report.all_findings}
    driver = {
        'name': 'basicsr-weightcheck',
        'version': __version__,
        'rules': [
            {
                'id': code,
                'name': names[code],
                'shortDescription': {'text': sentence(code, lang).title},
            }
            for code in codes
        ],
    }
    results = [
        _result(finding, report, rules[finding.code], lang)
        for report in reports
        for finding in report.all_findings
    ]
    unknown = [one for one in reports if one.verdict == 'could-not-check']
    said = [f'{one.plan.options.path}: {verdict_text(one, lang)}' for one in unknown]
    return _document(driver, results, said)


def render_sarif_error(error: WeightCheckError, lang: str) -> str:
    """A run that could not do what was asked."""
    driver = {'name': 'basicsr-weightcheck', 'version': __version__, 'rules': []}
    return _document(driver, [], [error_line(error, lang)])


def _document(driver: Json, results: Sequence[Json], failures: Sequence[str]) -> str:
    invocation = {
        'executionSuccessful': not failures,
        'toolExecutionNotifications': [
            {'level': 'error', 'message': {'text': text}} for text in failures
        ],
    }
    run = {
        'tool': {'driver': driver},
        'columnKind': 'unicodeCodePoints',
        'originalUriBaseIds': {ROOT: {'uri': Path(os.getcwd()).as_uri() + '/'}},
        'invocations': [invocation],
        'results': list(results),
    }
    return dumped({'$schema': SCHEMA, 'version': '2.1.0', 'runs': [run]})


def _result(finding: Finding, report: CheckReport, rule: int, lang: str) -> Json:
    options = report.plan.options
    line = finding.line or options.lines.get(YAML_OPTION, 0)
    place: Json = {'artifactLocation': _location(options.path)}
    if line:
        place['region'] = {'startLine': line}
    network = f'{finding.network}: ' if finding.network else ''
    result: Json = {
        'ruleId': finding.code,
        'ruleIndex': rule,
        'level': LEVELS[finding.severity],
        'message': {'text': f'{network}{message(finding, lang)}\n{what_to_do(finding, lang)}'},
        'locations': [{'physicalLocation': place}],
    }
    if finding.ignored:
        result['suppressions'] = [{'kind': 'external', 'status': 'accepted'}]
    return result


def _location(path: str) -> Json:
    """A relative URI where the file lies below the folder, else that of the file."""
    near = relative(path)
    if os.path.isabs(near) or near.startswith(os.pardir):
        return {'uri': Path(path).resolve().as_uri()}
    return {'uri': quote(near), 'uriBaseId': ROOT}
