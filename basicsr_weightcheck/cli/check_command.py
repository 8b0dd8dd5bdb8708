"""`check`: run the check for every YAML, print it, write it, apply it."""

from __future__ import annotations

import argparse
import functools
import os
import re
import sys
from collections import Counter
from typing import List, Optional, Sequence, Tuple

from basicsr_weightcheck.cli.output import (
    FILE_COLUMNS,
    Progress,
    refuse_html_in_terminal,
    say,
    terminal_width,
    wants_colour,
)
from basicsr_weightcheck.errors import ReportError, UsageError, WeightsMissingError
from basicsr_weightcheck.messages.lookup import (
    clean,
    error_line,
    label,
    language,
    phrase,
    said_of,
    system_reason,
)
from basicsr_weightcheck.messages.of_files import seen_from
from basicsr_weightcheck.records.findings import SEVERITIES
from basicsr_weightcheck.records.plans import NEVER
from basicsr_weightcheck.records.reports import Checked, CheckReport
from basicsr_weightcheck.rehearsal.processes import Warm
from basicsr_weightcheck.report.check.annotations import (
    render_github,
    render_github_error,
    render_sarif,
)
from basicsr_weightcheck.report.check.first_screen import render_first, render_line
from basicsr_weightcheck.report.check.many import checks_document, checks_page, checks_view
from basicsr_weightcheck.report.check.outline import render_text
from basicsr_weightcheck.report.check.page import check_page, render_log
from basicsr_weightcheck.report.check.to_json import check_document
from basicsr_weightcheck.report.check.view import check_view
from basicsr_weightcheck.report.html.render import rendered, require_html
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.page_to_text import render_markdown, render_page
from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.rules.document import find_rules
from basicsr_weightcheck.workflow.checking.advise import corrected_yaml, write_in_place
from basicsr_weightcheck.workflow.checking.check import check
from basicsr_weightcheck.workflow.checking.check_many import check_many
from basicsr_weightcheck.workflow.checking.first_look import Pictures
from basicsr_weightcheck.workflow.files import training_files

FOLDER = 'weightcheck_reports'


def run_check(arguments: argparse.Namespace) -> int:
    """Check every YAML named and return the exit code; see `cli.main.main`.

    Raises:
        UsageError: options that cannot stand together, or a package is missing.
        WeightCheckError: as `workflow.check.check`, where there is one YAML; of several it is told.
    """
    _refuse_contradictions(arguments)
    lang = language(arguments.lang)
    if arguments.format == 'html':
        _refuse_page(arguments)
    paths = training_files(arguments.options) if arguments.pre_commit else arguments.options
    checked = _checked(paths, arguments, lang)
    reports = [one.report for one in checked if one.report is not None]
    if arguments.format == 'sarif':
        print(render_sarif(reports, lang))
    elif len(paths) > 1:
        _sum_up(checked, arguments, lang)
    elif arguments.format == 'json':
        print(*(dumped(check_document(one)) for one in reports))
    return max((_exit_code(one, arguments) for one in checked), default=0)


def _checked(paths: Sequence[str], arguments: argparse.Namespace, lang: str) -> List[Checked]:
    """The check of each, told when it is done; the error of a single one is raised."""
    checked: List[Checked] = []
    with Progress(sys.stderr, arguments.quiet) as progress:
        one = functools.partial(_check_one, arguments, lang, progress)
        progress.tell(label('checks-done', lang, done=0, count=len(paths)))
        for done in check_many(paths, one, arguments.jobs):
            if done.error is not None and len(paths) == 1:
                raise done.error
            checked.append(done)
            with progress.silence():
                _tell(done, len(checked) == 1, arguments, lang)
            progress.tell(label('checks-done', lang, done=len(checked), count=len(paths)))
    return checked


def _check_one(
    arguments: argparse.Namespace, lang: str, progress: Progress, path: str, warm: Optional[Warm]
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
            pictures=_pictures(arguments, lang, progress),
            # Of many, the number that are done says more.
            doing=None if warm else lambda what: progress.tell(label(f'doing-{what}', lang)),
            warm=warm,
            ignore=[rule.code for rule in find_rules(_words(arguments.ignore))],
        )
    except WeightsMissingError as error:
        if not arguments.pre_commit:
            raise
        print(said_of('passed-unchecked', error_line(error, lang), lang), file=sys.stderr)
        return None


def _tell(done: Checked, is_first: bool, arguments: argparse.Namespace, lang: str) -> None:
    """Print and write what is known of one YAML."""
    if done.error is not None and arguments.format == 'github':
        print(render_github_error(done.error, done.path, lang))
    elif done.error is not None:
        print(f'basicsr-weightcheck: {error_line(done.error, lang)}', file=sys.stderr)
    if done.report is None:
        return
    if not is_first and arguments.format == 'text' and not arguments.quiet:
        print()
    _tell_report(done.report, arguments, lang)


def _tell_report(report: CheckReport, arguments: argparse.Namespace, lang: str) -> None:
    if arguments.first_look is not None and not any(load.look for load in report.loads):
        print(label('look-nobody', lang), file=sys.stderr)
    page = rendered(check_view, report, lang) if arguments.format == 'html' else ''
    written, unwritten = _write_reports(report, arguments, lang, page)
    _show(report, page, written, arguments, lang)
    if unwritten is not None:
        if arguments.output:
            raise unwritten
        # The default folder is a courtesy.
        print(f'basicsr-weightcheck: {error_line(unwritten, lang)}', file=sys.stderr)
    elif written and (arguments.details or arguments.format != 'text'):
        say(arguments, said_of('written', clean(', '.join(written)), lang))
    _write_edits(report, arguments, lang)


def _sum_up(checked: List[Checked], arguments: argparse.Namespace, lang: str) -> None:
    """Print the table of all; of a page it is one of its own, of JSON it is the document."""
    if arguments.format == 'json':
        print(dumped(checks_document(checked)))
        return
    page, width = checks_page(checked, lang), terminal_width()
    if arguments.format == 'markdown':
        print(render_markdown(page), end='')
    elif arguments.format == 'html' or not arguments.quiet:
        text = render_page(checks_page(checked, lang, width), wants_colour(arguments), width)
        say(arguments, f'\n{text}')
    if arguments.format == 'html' and not arguments.no_report:
        target = os.path.join(arguments.output or FOLDER, 'checks.html')
        write_text(target, rendered(checks_view, checked, lang))
        say(arguments, f'{label("written", lang)}: {clean(target)}')


def _words(lists: Sequence[str]) -> List[str]:
    """What stands between the commas of repeated options."""
    return [word for one in lists for word in one.replace(',', ' ').split()]


def _pictures(arguments: argparse.Namespace, lang: str, progress: Progress) -> Optional[Pictures]:
    """What --first-look asks for; each network is told while it is looked at, also in a pipe."""
    if arguments.first_look is None:
        return None

    def tell(kind: str, name: str) -> None:
        row = label(f'look-{kind}', lang, name=clean(name))
        progress.tell(label('look-progress', lang, row=row), always=True)

    lq, gt = [*arguments.first_look, '', ''][:2]
    return Pictures(lq, gt, tell)


def _show(
    report: CheckReport, page: str, written: List[str], arguments: argparse.Namespace, lang: str
) -> None:
    ignored = _ignored(report, lang)
    report = report.without_ignored()
    if arguments.format == 'markdown':
        print(render_markdown((*check_page(report, lang), Line(ignored))), end='')
    elif arguments.format == 'github':
        print(render_github(report, lang))
    elif arguments.format == 'html' and not sys.stdout.isatty():
        if not arguments.output and len(arguments.options) == 1:
            print(page, end='')
    elif arguments.format in ('text', 'html'):
        print(_text(report, written, arguments, lang))
        if ignored and not arguments.quiet:
            print(ignored)


def _ignored(report: CheckReport, lang: str) -> str:
    """One line with what was ignored, '' where nothing was."""
    codes = Counter(finding.code for finding in report.ignored)
    shown = (code if number == 1 else f'{code} × {number}' for code, number in codes.items())
    return label('ignored', lang, codes=', '.join(shown)) if codes else ''


def _text(report: CheckReport, written: List[str], arguments: argparse.Namespace, lang: str) -> str:
    colour, width = wants_colour(arguments), terminal_width()
    if arguments.quiet:
        return render_line(report, lang, colour)
    if arguments.details:
        return render_text(report, lang, colour, width)
    applied = _is_edited(arguments)
    return render_first(report, lang, colour, width, written=written, applied=applied)


def _is_edited(arguments: argparse.Namespace) -> bool:
    return bool(arguments.fixed or arguments.apply)


def _exit_code(done: Checked, arguments: argparse.Namespace) -> int:
    report = done.report
    if report is None:
        return 2 if done.error is not None else 0
    if report.verdict == 'could-not-check' and not arguments.pre_commit:
        return 2
    return int(_fails(report, arguments.fail_on or report.plan.policy.fail_on))


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Raises UsageError for the first options that cannot stand together."""
    edits, looks = _is_edited(arguments), arguments.first_look
    if arguments.fixed:
        _refuse_target(arguments.fixed, arguments.options)
    for code, is_wrong in {
        'pre-commit-reads': arguments.pre_commit and (edits or arguments.output),
        'look-folders': len(looks or ()) > 2,
        'look-needs-rehearsal': looks is not None and arguments.no_rehearsal,
        'output-without-report': arguments.output and arguments.no_report,
        'edits-of-overrides': arguments.force_yml and edits,
    }.items():
        if is_wrong:
            raise UsageError(phrase(code))


def _refuse_target(target: str, options: Sequence[str]) -> None:
    """Raises UsageError where the corrected YAML would be that of several, or the source itself."""
    if len(options) > 1:
        raise UsageError(phrase('fixed-one-yaml'))
    if os.path.exists(target) and os.path.samefile(target, options[0]):
        raise UsageError(phrase('fixed-is-source'), advice=phrase('fixed-is-source-do'))


def _refuse_page(arguments: argparse.Namespace) -> None:
    """Say before the check that a page cannot be made, or has no place to go."""
    if arguments.no_report and len(arguments.options) > 1:
        raise UsageError(phrase('html-one-yaml'))
    if arguments.no_report:
        refuse_html_in_terminal(arguments)
    require_html()


def _write_reports(
    report: CheckReport, arguments: argparse.Namespace, lang: str, page: str
) -> Tuple[List[str], Optional[ReportError]]:
    """Recommendation, load log, JSON and page, the log in the framework's own words.

    The files that were written, and why they could not be: the verdict is shown all the same.
    """
    if arguments.no_report or arguments.pre_commit:
        return [], None
    folder = _report_folder(report, arguments)
    texts = {
        'recommendation.txt': render_text(report, lang, width=FILE_COLUMNS) + '\n',
        'load.log': render_log(report, lang),
        'check.json': dumped(check_document(report)) + '\n',
        **({'check.html': page} if page else {}),
    }
    paths = [os.path.join(folder, name) for name in texts]
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        what = phrase('report-folder', reason=system_reason(error))
        return [], ReportError(what, path=folder, advice=phrase('report-folder-do'))
    try:
        for path, text in zip(paths, texts.values()):
            write_text(path, text)
    except ReportError as error:
        return [], error
    return paths, None


def _report_folder(report: CheckReport, arguments: argparse.Namespace) -> str:
    """Beside `experiments/`, never inside: what stands there before a training is moved away."""
    if arguments.output:
        several = len(arguments.options) > 1
        return os.path.join(arguments.output, *([report.plan.name or 'unnamed'] * several))
    root = report.plan.experiments_root
    base = os.path.dirname(os.path.dirname(root)) if root else report.plan.working_directory
    name = re.sub(r'[^\w.-]', '_', report.plan.name) or 'unnamed'
    name = 'unnamed' if set(name) == {'.'} else name  # '..' would be the folder above
    return seen_from(os.path.join(base, FOLDER, name), os.curdir)


def _write_edits(report: CheckReport, arguments: argparse.Namespace, lang: str) -> None:
    if not _is_edited(arguments):
        return
    text = corrected_yaml(report)
    if arguments.apply:
        changed = write_in_place(report, text)
        target = report.plan.options.path
    else:
        write_text(arguments.fixed, text)
        changed, target = True, arguments.fixed
    key = 'written' if changed else 'nothing-to-apply'
    if not arguments.quiet:
        say(arguments, said_of(key, clean(target), lang))


def _fails(report: CheckReport, threshold: str) -> bool:
    if threshold == NEVER:
        return False
    counted: Tuple[str, ...] = SEVERITIES[: SEVERITIES.index(threshold) + 1]
    found = (one for one in report.all_findings if not one.ignored)
    return any(finding.severity in counted for finding in found)
