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
from basicsr_weightcheck.report.scan_page import NUMBERS, Listing, cell, listing
from basicsr_weightcheck.report.table_names import yaml_text
from basicsr_weightcheck.version import __version__


def scan_view(scan: Scan, lang: str) -> PageView:
    """The ranking, best first, with bars."""
    best = scan.rows[0] if scan.rows else None
    shown = listing(scan, lang)
    word = {'good': 'full', 'warn': 'partly', 'bad': 'none'}[shown.style]
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
    folder = label('scan-folder', lang, folder=shown.folder) if shown.folder else ''
    ranking: Tuple[Block, ...] = (
        *(Note(text) for text in (folder, shown.same) if text),
        _ranking(scan, shown, lang),
        Note(label('scan-network', lang, **facts), 'dim'),
        *([Note(label('html-scan-bars', lang), 'dim')] * ('share' in shown.columns)),
        Note(label('scan-rehearsed' if scan.rehearsed else 'scan-limit', lang), 'dim'),
    )
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style=shown.style,
        verdict=shown.headline,
        todo=label(f'html-todo-scan-{todo}', lang),
        actions=_lines(scan, best, lang) if best is not None and todo in ('full', 'partly') else (),
        sections=(Section(label('html-ranking', lang), ranking),),
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


def _ranking(scan: Scan, shown: Listing, lang: str) -> Grid:
    head = sorted(shown.columns, key=lambda name: name != 'share')  # the bars beside the names
    return Grid(
        name='',
        head=tuple(label(f'col-{name}', lang) for name in ('file', *head)),
        rows=tuple(
            (Cell(name, _style(row)), *(_cell(row, column, lang) for column in head))
            for row, name in zip(scan.rows, shown.names)
        ),
        right=tuple(at for at, name in enumerate(head, 1) if name in NUMBERS),
        search=True,
    )


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
        todo='',
        actions=(),
        sections=(Section(label('html-files', lang), (grid(table, '', True),)),),
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
