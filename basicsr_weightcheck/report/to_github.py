"""A check as the annotations of a GitHub workflow, on the lines of the YAML.

Source: GitHub's workflow commands: `::error file=...,line=...,title=...::text`, where text escapes
%, CR and LF, and properties : and , as well.
"""

from __future__ import annotations

import os
from typing import Iterator, List

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import clean, error_line, label
from basicsr_weightcheck.plan.weight_paths import seen_from
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.unwritable import unwritable
from basicsr_weightcheck.report.verdict_words import verdict_text
from basicsr_weightcheck.rules.catalog import message, sentence, what_to_do

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


def add_to_summary(markdown: str) -> None:
    """Add a page to the summary of the workflow's job, where there is one.

    Source: GitHub sets GITHUB_STEP_SUMMARY to a file that every step may append to.
    """
    path = os.environ.get('GITHUB_STEP_SUMMARY')
    if not path:
        return
    try:
        with open(path, 'a', encoding='utf-8') as file:
            file.write(markdown + '\n')
    except OSError as error:
        raise unwritable(error, path) from error


def _annotation(finding: Finding, path: str, report: CheckReport, lang: str) -> str:
    title = f'{finding.code} {sentence(finding.code, lang).title}'
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
    if together is None:
        return
    if together.conversion is not None:
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
