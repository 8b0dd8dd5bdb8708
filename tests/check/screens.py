"""What every first screen has to keep, whatever the check; see `short_screens` in conftest.py."""

from __future__ import annotations

from typing import Any, Iterator, List

COLUMNS, ROWS, ROWS_OF_EXACT, ERRORS = 80, 18, 4, 8


def faults(report: Any) -> List[str]:
    """What is wrong with the first screen of a report, in both languages, at 80 columns."""
    from basicsr_weightcheck.report.check.first_screen import render_first, render_line

    found = []
    for lang in ('en', 'zh'):
        written = ('weightcheck_reports/name/recommendation.txt',)
        text = render_first(report, lang, width=COLUMNS, written=written)
        found += [f'{fault}\n{text}' for fault in _faults(report, text)]
        if '\n' in render_line(report, lang):
            found.append(f'more than a line: {render_line(report, lang)}')
    return found


def _faults(report: Any, text: str) -> Iterator[str]:
    lines = text.split('\n')
    errors = {one.code for one in report.all_findings if one.severity == 'error'}
    hidden = [code for code in errors if code not in text]
    if hidden and len(errors) <= ERRORS:
        yield f'hides {hidden}'
    if len(lines) > ROWS:
        yield f'{len(lines)} lines'
    codes = {one.code for one in report.all_findings}
    exact = report.verdict == 'ready' and not report.recommendation.is_needed and codes <= {'WC504'}
    exact = exact and not any(one.loaded and one.initial for one in report.sources)
    stop = report.rehearsal.stop
    exact = exact and stop is None  # a silenced rule leaves its line on the screen
    looked = any(load.look is not None for load in report.loads)
    networks = len({one.network for one in report.sources})
    own_row = lines[0] == report.plan.options.path  # too long to stand beside the verdict
    if exact and not looked and len(lines) > ROWS_OF_EXACT - 1 + max(1, networks) + own_row:
        yield f'{len(lines)} lines of an exact match'
    wide = [line for line in lines if _columns(line) > COLUMNS and not _has_long_word(line)]
    if wide:
        yield f'too wide: {wide}'


def _columns(line: str) -> int:
    from basicsr_weightcheck.messages.width import columns

    return columns(line)


def _has_long_word(line: str) -> bool:
    """A command to copy, or a path that keeps a line of its own."""
    return ' convert ' in line or len(line.split()) <= 2
