"""Many files as a page: the ranking of a scan, one base against many."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.comparisons import Comparison
from basicsr_weightcheck.records.reports import Checked
from basicsr_weightcheck.records.scans import FULL, Scan, ScanRow
from basicsr_weightcheck.report.check.many import checks_page, checks_title
from basicsr_weightcheck.report.compare_page import many_page
from basicsr_weightcheck.report.html.from_page import blocks, copyable, grid
from basicsr_weightcheck.report.html.view import Block, Cell, Grid, PageView, Section
from basicsr_weightcheck.report.page import Line, Table
from basicsr_weightcheck.report.scan_page import NUMBERS, Listing, cell, listing
from basicsr_weightcheck.report.table_names import heads, snippet


def scan_view(scan: Scan, lang: str) -> PageView:
    """The ranking, best first, with bars."""
    shown = listing(scan, lang)
    todo = {'all': 'full', 'one': 'full'}.get(shown.word, shown.word)
    # The lines are BasicSR's options; another framework's file has its own.
    todo = 'rehearsed' if scan.rehearsed and todo != 'none' else todo
    lines = [
        snippet(best.path, best.table, bool(best.strict), scan.section.replace('network', '', 1))
        for best in scan.rows[:1]
        if todo in ('full', 'partly')
    ]
    ranking: Tuple[Block, ...] = (
        *(Line(text) for text in (shown.folder, shown.same) if text),
        _ranking(scan, shown, lang),
        Line(shown.network, 'dim'),
        *([Line(label('html-scan-bars', lang), 'dim')] * ('share' in shown.columns)),
        Line(shown.limit, 'dim'),
    )
    return PageView(
        lang=lang,
        title=shown.title,
        subject=shown.title,
        style=shown.style,
        verdict=shown.headline,
        todo=label(f'html-todo-scan-{todo}', lang),
        actions=tuple(copyable(label('html-lines', lang), text, lang) for text in lines),
        sections=(Section(label('html-ranking', lang), ranking),),
    )


def _ranking(scan: Scan, shown: Listing, lang: str) -> Grid:
    head = sorted(shown.columns, key=lambda name: name != 'share')  # the bars beside the names
    rows = [
        (Cell(name, _style(row)), *(_cell(row, column, lang) for column in head))
        for row, name in zip(scan.rows, shown.names)
    ]
    right = tuple(at for at, name in enumerate(head, 1) if name in NUMBERS)
    return Grid('', heads(lang, 'file', *head), tuple(rows), right, search=True)


def _style(row: ScanRow) -> str:
    return 'good' if row.reason == FULL else 'warn' if row.tensors_loaded else 'dim'


def _cell(row: ScanRow, column: str, lang: str) -> Cell:
    if column != 'share':
        return Cell(cell(row, column, lang))
    paler = row.convertible if row.convertible > row.fraction else None
    return Cell(share(row.fraction), bar=row.fraction, paler=paler)


def checks_view(checked: Sequence[Checked], lang: str) -> PageView:
    """A row for each YAML."""
    _, table = checks_page(checked, lang)
    assert isinstance(table, Table)
    title, styles = checks_title(checked, lang), set(table.styles)
    return PageView(
        lang=lang,
        title=title,
        subject=label('html-check', lang),
        style='bad' if 'bad' in styles else 'warn' if 'warn' in styles else 'good',
        verdict=title,
        sections=(Section(label('html-files', lang), (grid(table, '', True),)),),
    )


def many_view(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> PageView:
    """A row for each file that could be compared with the base, a note for each that could not."""
    elements = many_page(base, comparisons, failed, lang)
    same, total = sum(one.same_structure for one in comparisons), len(comparisons) + len(failed)
    title = label('cmp-many', lang, base=base, count=count(total))
    notes = blocks([one for one in elements if isinstance(one, Line)], lang)
    tables = [grid(one, title, True) for one in elements if isinstance(one, Table)]
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style='good' if same == total else 'warn',
        verdict=label('html-many', lang, same=count(same), count=count(total)),
        sections=(Section(label('html-files', lang), (*notes, *tables)),),
    )
