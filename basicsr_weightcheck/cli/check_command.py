"""`check`: run the check for every YAML, print it, write it, apply it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.cli.arguments import NEVER
from basicsr_weightcheck.cli.commit import training_files
from basicsr_weightcheck.cli.output import (
    Progress,
    refuse_html_in_terminal,
    say,
    terminal_width,
    wants_colour,
)
from basicsr_weightcheck.errors import ReportError, UsageError, WeightsMissingError
from basicsr_weightcheck.messages.lookup import clean, error_line, label, language, phrase
from basicsr_weightcheck.records.findings import SEVERITIES
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.check_page import check_page
from basicsr_weightcheck.report.html.render import require_html
from basicsr_weightcheck.report.page_to_markdown import render_markdown
from basicsr_weightcheck.report.to_github import add_to_summary, render_github
from basicsr_weightcheck.report.to_html import check_html
from basicsr_weightcheck.report.to_json import render_json, render_json_list
from basicsr_weightcheck.report.to_text import render_first, render_line, render_text
from basicsr_weightcheck.report.write import default_folder, write_reports
from basicsr_weightcheck.workflow.check import check
from basicsr_weightcheck.workflow.first_look import Pictures
from basicsr_weightcheck.workflow.fix import corrected_yaml, write_in_place, write_new


def run_check(arguments: argparse.Namespace) -> int:
    """Check every YAML named and return the exit code; see `cli.main.main`."""
    _refuse_contradictions(arguments)
    lang = language(arguments.lang)
    if arguments.format == 'html':
        _refuse_page(arguments)
    checked: List[CheckReport] = []
    paths = training_files(arguments.options) if arguments.pre_commit else arguments.options
    for path in paths:
        with Progress(sys.stderr, arguments.quiet) as progress:
            report = _check_one(path, arguments, lang, progress.tell)
        if report is None:
            continue
        if checked and arguments.format == 'text' and not arguments.quiet:
            print()
        checked.append(report)
        if arguments.first_look is not None and not any(load.look for load in report.loads):
            print(label('look-nobody', lang), file=sys.stderr)
        page = check_html(report, lang) if arguments.format == 'html' else ''
        written, unwritten = _write_reports(
            report, arguments, lang, {'check.html': page} if page else {}
        )
        _show(report, page, written, arguments, lang)
        _say_written(written, unwritten, arguments, lang)
        _write_edits(report, arguments, lang)
    if arguments.format == 'json':
        one = len(checked) == 1
        print(render_json(checked[0]) if one else render_json_list(tuple(checked)))
    return _exit_code(checked, arguments)


def _check_one(
    path: str, arguments: argparse.Namespace, lang: str, tell: Callable[[str], None]
) -> Optional[CheckReport]:
    """The check of one YAML; None for a commit whose weights are on another machine."""
    try:
        return check(
            path,
            imports=tuple(arguments.imports),
            timeout_s=arguments.timeout_s,
            auto_resume=arguments.auto_resume,
            overrides=tuple(arguments.force_yml),
            rehearse=not arguments.no_rehearsal,
            values=arguments.values,
            repair_imports=arguments.repair_imports,
            pictures=_pictures(arguments, lang),
            doing=lambda what: tell(label(f'doing-{what}', lang)),
        )
    except WeightsMissingError as error:
        if not arguments.pre_commit:
            raise
        print(f'{label("passed-unchecked", lang)}: {error_line(error, lang)}', file=sys.stderr)
        return None


def _pictures(arguments: argparse.Namespace, lang: str) -> Optional[Pictures]:
    """What --first-look asks for; a line on stderr for each network, where somebody waits."""
    if arguments.first_look is None:
        return None

    def progress(kind: str, name: str) -> None:
        row = label(f'look-{kind}', lang, name=clean(name))
        print(label('look-progress', lang, row=row), file=sys.stderr, flush=True)

    lq, gt = [*arguments.first_look, '', ''][:2]
    return Pictures(lq, gt, progress)


def _show(
    report: CheckReport, page: str, written: List[str], arguments: argparse.Namespace, lang: str
) -> None:
    terminal = sys.stdout.isatty()
    if arguments.format == 'text' or (page and terminal):
        print(_text(report, written, arguments, lang))
    elif page and len(arguments.options) == 1:
        print(page, end='')
    elif arguments.format == 'markdown':
        print(render_markdown(check_page(report, lang)), end='')
    elif arguments.format == 'github':
        print(render_github(report, lang))
        add_to_summary(render_markdown(check_page(report, lang)))


def _text(report: CheckReport, written: List[str], arguments: argparse.Namespace, lang: str) -> str:
    colour, width = wants_colour(arguments), terminal_width()
    if arguments.quiet:
        return render_line(report, lang, colour)
    if arguments.details:
        return render_text(report, lang, colour, width)
    applied = bool(arguments.fixed or arguments.apply)
    return render_first(report, lang, colour, width, written=written, applied=applied)


def _exit_code(checked: List[CheckReport], arguments: argparse.Namespace) -> int:
    unknown = any(report.verdict == 'could-not-check' for report in checked)
    if unknown and not arguments.pre_commit:
        return 2
    return int(any(_fails(report, arguments.fail_on) for report in checked))


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.fixed and len(arguments.options) > 1:
        raise UsageError(phrase('fixed-one-yaml'))
    if arguments.fixed and os.path.exists(arguments.fixed):
        if os.path.samefile(arguments.fixed, arguments.options[0]):
            advice = phrase('fixed-is-source-do')
            raise UsageError(phrase('fixed-is-source'), advice=advice)
    if arguments.pre_commit and (arguments.fixed or arguments.apply or arguments.output):
        raise UsageError(phrase('pre-commit-reads'))
    if len(arguments.first_look or ()) > 2:
        raise UsageError(phrase('look-folders'))
    if arguments.first_look is not None and arguments.no_rehearsal:
        raise UsageError(phrase('look-needs-rehearsal'))
    if arguments.output and arguments.no_report:
        raise UsageError(phrase('output-without-report'))
    if arguments.force_yml and (arguments.fixed or arguments.apply):
        raise UsageError(phrase('edits-of-overrides'))


def _refuse_page(arguments: argparse.Namespace) -> None:
    """Say before the check that a page cannot be made, or has no place to go."""
    if arguments.no_report and len(arguments.options) > 1:
        raise UsageError(phrase('html-one-yaml'))
    if arguments.no_report:
        refuse_html_in_terminal(arguments)
    require_html()


def _write_reports(
    report: CheckReport, arguments: argparse.Namespace, lang: str, more: Dict[str, str]
) -> Tuple[List[str], Optional[ReportError]]:
    """The files that were written, and why they could not be: the verdict is shown all the same."""
    if arguments.no_report or arguments.pre_commit:
        return [], None
    folder = arguments.output or default_folder(report)
    if arguments.output and len(arguments.options) > 1:
        folder = os.path.join(folder, report.plan.name or 'unnamed')
    try:
        return write_reports(report, folder, lang, more), None
    except ReportError as error:
        return [], error


def _say_written(
    written: List[str],
    unwritten: Optional[ReportError],
    arguments: argparse.Namespace,
    lang: str,
) -> None:
    if unwritten is not None and arguments.output:
        raise unwritten
    if unwritten is not None:  # the default folder is a courtesy
        print(f'basicsr-weightcheck: {error_line(unwritten, lang)}', file=sys.stderr)
    elif written and (arguments.details or arguments.format != 'text'):
        say(arguments, f'{label("written", lang)}: {clean(", ".join(written))}')


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
    if not arguments.quiet:
        say(arguments, f'{label(key, lang)}: {clean(target)}')


def _fails(report: CheckReport, threshold: str) -> bool:
    if threshold == NEVER:
        return False
    counted: Tuple[str, ...] = SEVERITIES[: SEVERITIES.index(threshold) + 1]
    return any(finding.severity in counted for finding in report.all_findings)
