"""`check`: run the check for every YAML, print it, write it, apply it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Tuple

from basicsr_weightcheck.cli.arguments import NEVER
from basicsr_weightcheck.cli.output import say, terminal_width, wants_colour
from basicsr_weightcheck.errors import ReportError, UsageError
from basicsr_weightcheck.messages.lookup import clean, label, language
from basicsr_weightcheck.records.findings import SEVERITIES
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.to_json import render_json, render_json_list
from basicsr_weightcheck.report.to_text import render_text
from basicsr_weightcheck.report.write import default_folder, write_reports
from basicsr_weightcheck.workflow.check import check
from basicsr_weightcheck.workflow.fix import corrected_yaml, write_in_place, write_new


def run_check(arguments: argparse.Namespace) -> int:
    """Check every YAML named and return the exit code; see `cli.main.main`."""
    _refuse_contradictions(arguments)
    lang = language(arguments.lang)
    checked: List[CheckReport] = []
    for path in arguments.options:
        report = _check_one(path, arguments)
        checked.append(report)
        if arguments.format == 'text':
            print(render_text(report, lang, colour=wants_colour(arguments), width=terminal_width()))
        _write_reports(report, arguments, lang)
        _write_edits(report, arguments, lang)
    if arguments.format == 'json':
        one = len(checked) == 1
        print(render_json(checked[0]) if one else render_json_list(tuple(checked)))
    if any(report.verdict == 'could-not-check' for report in checked):
        return 2
    return int(any(_fails(report, arguments.fail_on) for report in checked))


def _check_one(path: str, arguments: argparse.Namespace) -> CheckReport:
    return check(
        path,
        imports=tuple(arguments.imports),
        timeout_s=arguments.timeout_s,
        auto_resume=arguments.auto_resume,
        overrides=tuple(arguments.force_yml),
        rehearse=not arguments.no_rehearsal,
        values=arguments.values,
    )


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.fixed and len(arguments.options) > 1:
        raise UsageError('--fixed takes one YAML, several were given after -opt.')
    if arguments.fixed and os.path.exists(arguments.fixed):
        if os.path.samefile(arguments.fixed, arguments.options[0]):
            raise UsageError('--fixed names the YAML itself.', advice='Use --apply to edit it.')
    if arguments.output and arguments.no_report:
        raise UsageError('--output and --no-report exclude each other.')
    if arguments.force_yml and (arguments.fixed or arguments.apply):
        raise UsageError(
            '--force_yml changes options that are not in the file, --fixed and --apply change the '
            'file; they exclude each other.'
        )


def _write_reports(report: CheckReport, arguments: argparse.Namespace, lang: str) -> None:
    if arguments.no_report:
        return
    folder = arguments.output or default_folder(report)
    if arguments.output and len(arguments.options) > 1:
        folder = os.path.join(folder, report.plan.name or 'unnamed')
    try:
        paths = write_reports(report, folder, lang)
    except ReportError as error:
        if arguments.output:
            raise
        # The default folder is a courtesy: a read-only place must not hide the verdict.
        print(f'basicsr-weightcheck: {clean(str(error))}', file=sys.stderr)
        return
    say(arguments, f'{label("written", lang)}: {clean(", ".join(paths))}')


def _write_edits(report: CheckReport, arguments: argparse.Namespace, lang: str) -> None:
    if not (arguments.fixed or arguments.apply):
        return
    text = corrected_yaml(report)
    if arguments.apply:
        changed = write_in_place(report, text)
        target = report.plan.options.path
    else:
        write_new(arguments.fixed, text)
        changed, target = True, arguments.fixed
    key = 'written' if changed else 'nothing-to-apply'
    say(arguments, f'{label(key, lang)}: {clean(target)}')


def _fails(report: CheckReport, threshold: str) -> bool:
    if threshold == NEVER:
        return False
    counted: Tuple[str, ...] = SEVERITIES[: SEVERITIES.index(threshold) + 1]
    return any(finding.severity in counted for finding in report.all_findings)
