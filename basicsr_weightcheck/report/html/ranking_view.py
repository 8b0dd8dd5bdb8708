"""Many files as a page: the ranking of a scan, one base against many."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.comparisons import Comparison
from basicsr_weightcheck.records.reports import Checked
from basicsr_weightcheck.records.scans import FULL, NAMES, Scan, ScanRow
from basicsr_weightcheck.report.checks_page import checks_page, checks_title
from basicsr_weightcheck.report.html.from_page import blocks, copyable, grid
from basicsr_weightcheck.report.html.view import Block, Cell, Grid, Note, PageView, Section
from basicsr_weightcheck.report.many_page import many_page
from basicsr_weightcheck.report.page import Line, Table
from basicsr_weightcheck.report.scan_page import reason_text
from basicsr_weightcheck.report.table_names import shown_table, yaml_text
from basicsr_weightcheck.version import __version__


def scan_view(scan: Scan, lang: str) -> PageView:
    """The ranking, best first, with bars."""
    best = scan.rows[0] if scan.rows else None
    style, word = 'bad', 'none'
    if best is not None and best.tensors_loaded:
        style, word = ('good', 'full') if best.reason == FULL else ('warn', 'partly')
    facts = {
        'files': count(len(scan.rows)),
        'section': scan.section,
        'type': scan.network_type,
        'path': scan.options_path,
        'tensors': count(scan.tensors),
        'parameters': count(scan.parameters),
    }
    if word == 'none' and any(row.reason == NAMES for row in scan.rows):
        word = 'names'
    # The lines are BasicSR's options; another framework's file has its own.
    todo = 'rehearsed' if scan.rehearsed and word != 'none' else word
    title = label('scan-title', lang, **facts)
    said = {'best': best.path, 'share': share(best.fraction)} if best is not None else {}
    notes = (
        Note(label('scan-network', lang, **facts), 'dim'),
        Note(label('html-scan-bars', lang), 'dim'),
        Note(label('scan-rehearsed' if scan.rehearsed else 'scan-limit', lang), 'dim'),
    )
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style=style,
        verdict=label(f'html-scan-{word}', lang, **said),
        todo=label(f'html-todo-scan-{todo}', lang),
        actions=_lines(scan, best, lang) if best is not None and todo in ('full', 'partly') else (),
        sections=(Section(label('html-ranking', lang), (_ranking(scan, lang), *notes)),),
        footer=f'basicsr-weightcheck {__version__}',
    )


def _lines(scan: Scan, best: ScanRow, lang: str) -> Tuple[Block, ...]:
    """The lines below `path:` that load the best file."""
    suffix = scan.section.replace('network', '', 1)
    lines = [
        'path:',
        f'  pretrain_network{suffix}: {yaml_text(best.path)}',
        f'  strict_load{suffix}: {str(bool(best.strict)).lower()}',
    ]
    if best.table != 'params':
        lines.append(f'  param_key{suffix}: {yaml_text(best.table) if best.table else "~"}')
    return (copyable(label('html-lines', lang), '\n'.join(lines), lang),)


def _ranking(scan: Scan, lang: str) -> Grid:
    head = ('file', 'share', 'loaded', 'table', 'strict', 'reason')
    return Grid(
        name='',
        head=tuple(label(f'col-{name}', lang) for name in head),
        rows=tuple(_row(row, lang) for row in scan.rows),
        right=(1, 2),
        search=True,
    )


def _row(row: ScanRow, lang: str) -> Tuple[Cell, ...]:
    style = 'good' if row.reason == FULL else 'warn' if row.tensors_loaded else 'dim'
    paler = row.convertible if row.convertible > row.fraction else None
    return (
        Cell(row.path, style),
        Cell(share(row.fraction), bar=row.fraction, paler=paler),
        Cell(f'{count(row.tensors_loaded)}/{count(row.tensors_expected)}'),
        Cell('–' if row.table is None else shown_table(row.table, lang)),
        Cell('–' if row.strict is None else str(row.strict).lower()),
        Cell(reason_text(row, lang)),
    )


def checks_view(checked: Sequence[Checked], lang: str) -> PageView:
    """A row for each YAML."""
    _, table = checks_page(checked, lang)
    assert isinstance(table, Table)
    title, styles = checks_title(checked, lang), set(table.styles)
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style='bad' if 'bad' in styles else 'warn' if 'warn' in styles else 'good',
        verdict=title,
        todo='',
        actions=(),
        sections=(Section(label('html-files', lang), (grid(table, title, True),)),),
        footer=f'basicsr-weightcheck {__version__}',
    )


def many_view(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> PageView:
    """A row for each file that could be compared with the base, a note for each that could not."""
    elements = many_page(base, comparisons, failed, lang)
    title = label('cmp-many', lang, base=base, count=count(len(comparisons) + len(failed)))
    same = sum(one.same_structure for one in comparisons)
    notes = blocks([one for one in elements if isinstance(one, Line)], lang)
    tables = [grid(one, title, True) for one in elements if isinstance(one, Table)]
    whole = same == len(comparisons) and not failed
    facts = {'same': count(same), 'count': count(len(comparisons) + len(failed))}
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style='good' if whole else 'warn',
        verdict=label('html-many', lang, **facts),
        todo='',
        actions=(),
        sections=(Section(label('html-files', lang), (*notes, *tables)),),
        footer=f'basicsr-weightcheck {__version__}',
    )
