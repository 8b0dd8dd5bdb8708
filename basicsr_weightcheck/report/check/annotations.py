"""A check on the lines of the YAML: annotations of a GitHub workflow, SARIF.

Source: GitHub's workflow commands: `::error file=...,line=...,title=...::text`, where text escapes
%, CR and LF, and properties : and , as well.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator, List, Sequence
from urllib.parse import quote

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import clean, error_line, label
from basicsr_weightcheck.messages.of_files import seen_from
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.check.words import verdict_text
from basicsr_weightcheck.report.json_text import Json, dumped
from basicsr_weightcheck.rules.catalog import message, title_of, what_to_do
from basicsr_weightcheck.version import __version__

COMMANDS = {ERROR: 'error', WARNING: 'warning', INFO: 'notice'}
YAML_OPTION = 'path.pretrain_network_g'  # a finding about the training as a whole stands here


def render_github(report: CheckReport, lang: str) -> str:
    """One annotation for each finding, and one with the verdict and the change of the YAML."""
    path = relative(report.plan.options.path)
    lines = [_annotation(finding, path, report, lang) for finding in report.all_findings]
    return '\n'.join([*lines, _verdict(report, path, lang)])


def render_github_error(error: WeightCheckError, path: str, lang: str) -> str:
    """The annotation of a check that could not be made; `path` is the YAML that was asked for."""
    own = error.path if error.path.endswith(('.yml', '.yaml')) else path
    text = error_line(error, lang)
    return _command('error', relative(own), error.line, 'basicsr-weightcheck', text)


def _annotation(finding: Finding, path: str, report: CheckReport, lang: str) -> str:
    title = f'{finding.code} {title_of(finding.code, lang)}'
    title += f' ({finding.network})' if finding.network else ''
    text = f'{message(finding, lang)}\n{what_to_do(finding, lang)}'
    line = finding.line or report.plan.options.lines.get(YAML_OPTION, 0)
    command = 'notice' if finding.ignored else COMMANDS[finding.severity]
    return _command(command, path, line, title, text)


def _verdict(report: CheckReport, path: str, lang: str) -> str:
    text = '\n'.join(_advice(report, lang))
    verdict = verdict_text(report, lang)
    title = f'basicsr-weightcheck: {verdict}'
    return _command('notice', path, 0, title, text or verdict)


def _advice(report: CheckReport, lang: str) -> Iterator[str]:
    together = report.recommendation
    if not together.is_needed:
        return
    if together.conversion.is_needed:
        yield f'{label("convert-with", lang)}:'
        yield clean(together.conversion.command)
    yield label('recommendation', lang)
    yield from clean(together.diff).splitlines()


def _command(kind: str, path: str, line: int, title: str, text: str) -> str:
    properties: List[str] = [f'file={_property(path)}']
    if line:
        properties.append(f'line={line}')
    properties.append(f'title={_property(title)}')
    return f'::{kind} {",".join(properties)}::{_data(text)}'


def relative(path: str) -> str:
    """Annotations name files from the root of the repository, where a workflow starts."""
    relative = seen_from(path, os.curdir)
    outside = relative.startswith(os.pardir) or os.path.isabs(relative)
    return path if outside else relative.replace(os.sep, '/')


def _data(text: str) -> str:
    return text.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')


def _property(text: str) -> str:
    return _data(text).replace(':', '%3A').replace(',', '%2C')


# Checks as SARIF 2.1.0, which code scanning of GitHub, GitLab and editors reads.
#
# Source: the standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: 3.14
# run, 3.19 toolComponent, 3.20 invocation, 3.27 result, 3.35 suppression, 3.49
# reportingDescriptor.

SCHEMA = (
    'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
)
LEVELS = {ERROR: 'error', WARNING: 'warning', INFO: 'note'}
ROOT = 'ROOT'  # the folder that the check was started from, by which paths are named


def render_sarif(reports: Sequence[CheckReport], lang: str) -> str:
    """One run with the findings of all option files, in their order; ignored ones suppressed."""
    found = [(finding, report) for report in reports for finding in report.all_findings]
    names = dict(sorted((finding.code, finding.name) for finding, _ in found))
    rules = [
        {'id': code, 'name': name, 'shortDescription': {'text': title_of(code, lang)}}
        for code, name in names.items()
    ]
    places = {code: at for at, code in enumerate(names)}
    results = [_result(one, report, places[one.code], lang) for one, report in found]
    unknown = [one for one in reports if one.verdict == 'could-not-check']
    said = [f'{one.plan.options.path}: {verdict_text(one, lang)}' for one in unknown]
    return _document(rules, results, said)


def render_sarif_error(error: WeightCheckError, lang: str) -> str:
    """A run that could not do what was asked."""
    return _document([], [], [error_line(error, lang)])


def _document(rules: Sequence[Json], results: Sequence[Json], failures: Sequence[str]) -> str:
    told = [{'level': 'error', 'message': {'text': text}} for text in failures]
    invocation = {'executionSuccessful': not failures, 'toolExecutionNotifications': told}
    driver = {'name': 'basicsr-weightcheck', 'version': __version__, 'rules': rules}
    run = {
        'tool': {'driver': driver},
        'columnKind': 'unicodeCodePoints',
        'originalUriBaseIds': {ROOT: {'uri': Path(os.getcwd()).as_uri() + '/'}},
        'invocations': [invocation],
        'results': results,
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
