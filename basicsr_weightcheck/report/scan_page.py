"""The ranking of many files as a page, as CSV and as JSON (basicsr-weightcheck.scan/1)."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import clean_line, label, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.scans import (
    CONTAINER,
    ERROR,
    FULL,
    NAMES,
    PREFIX,
    REFUSED,
    Scan,
    ScanRow,
)
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.page import Heading, Line, Page, Table
from basicsr_weightcheck.report.table_names import one_line, shown_table
from basicsr_weightcheck.version import __version__

COLUMNS = ('table', 'loads-strict', 'share', 'loaded', 'reason')
NUMBERS = ('share', 'loaded')  # columns that are aligned to the right
LONGEST_LINE = 80  # columns of a terminal
SHORTEST_NAME = 20  # columns that are kept for it
GAP = 2  # columns between two cells
CSV_COLUMNS = tuple(field.name for field in dataclasses.fields(ScanRow))


class Listing(NamedTuple):
    """The ranking without what every row says.

    Attributes:
        folder: that all files lie in, '' where they have none in common.
        names: of the files, seen from it, best first.
        columns: of COLUMNS, those whose cells differ.
        same: the others, as one line; '' where all differ, or there is one file.
        headline: how many load, and the best: of those that are equally good the newest.
        style: of the headline.
    """

    folder: str
    names: Tuple[str, ...]
    columns: Tuple[str, ...]
    same: str
    headline: str
    style: str


def listing(scan: Scan, lang: str) -> Listing:
    """What page and text have in common."""
    folder = _common_folder([row.path for row in scan.rows])
    names = tuple(row.path[len(folder) :] for row in scan.rows)
    differing, same = list(COLUMNS), []
    if len(scan.rows) > 1:
        for name in COLUMNS:
            said = {cell(row, name, lang) for row in scan.rows}
            if len(said) == 1:
                differing.remove(name)
                if name == 'reason' and scan.rows[0].reason == FULL:
                    continue  # the headline says it
                same.append(f'{label(f"col-{name}", lang)} {said.pop()}')
    headline, style = _headline(scan, names, lang)
    line = label('scan-same', lang, facts=' · '.join(same)) if same else ''
    return Listing(folder, names, tuple(differing), line, headline, style)


def _common_folder(paths: Sequence[str]) -> str:
    """With its separator at the end, as it stands in each path; '' where there is none."""
    first = os.path.dirname(paths[0]) if len(paths) > 1 else ''
    while first:
        head = first if first.endswith(('/', os.sep)) else first + os.sep
        if all(path.startswith(head) for path in paths):
            return head
        first, before = os.path.dirname(first), first
        if first == before:
            break
    return ''


def _headline(scan: Scan, names: Tuple[str, ...], lang: str) -> Tuple[str, str]:
    full = sum(row.reason == FULL for row in scan.rows)
    facts = {'full': count(full), 'files': count(len(scan.rows))}
    if full == len(scan.rows) > 1:
        return label('scan-head-all', lang, best=names[0], **facts), 'good'
    if full > 1:
        return label('scan-head-full', lang, best=names[0], **facts), 'good'
    if full:
        return label('scan-head-one', lang, best=names[0], **facts), 'good'
    if scan.rows and scan.rows[0].tensors_loaded:
        said = share(scan.rows[0].fraction)
        return label('scan-head-partly', lang, best=names[0], share=said), 'warn'
    names_only = any(row.reason == NAMES for row in scan.rows)
    return label('scan-head-names' if names_only else 'scan-head-none', lang), 'bad'


def scan_page(scan: Scan, lang: str) -> Page:
    """A row for each file, best first and, of equally good ones, newest first; 80 columns."""
    facts = {
        'files': count(len(scan.rows)),
        'section': scan.section,
        'type': scan.network_type,
        'path': scan.options_path,
        'tensors': count(scan.tensors),
        'parameters': count(scan.parameters),
    }
    shown = listing(scan, lang)
    table, notes = _table(scan, shown, lang)
    return (
        Heading(label('scan-title', lang, **facts), 1),
        Line(shown.headline, shown.style),
        *([Line(label('scan-folder', lang, folder=one_line(shown.folder)))] * bool(shown.folder)),
        *([Line(shown.same)] * bool(shown.same)),
        table,
        *(Line(note) for note in notes),
        Line(label('scan-network', lang, **facts), 'dim'),
        Line(label('scan-rehearsed' if scan.rehearsed else 'scan-limit', lang), 'dim'),
    )


def _table(scan: Scan, shown: Listing, lang: str) -> Tuple[Table, Tuple[str, ...]]:
    """The table, and the reasons that it has no room for, by number.

    Where a row would be too long, the share stands for the number of tensors, and a reason is a
    number: a name that is cut short may be that of several files.
    """
    files = [one_line(name) for name in shown.names]
    notes: List[str] = []
    names = list(shown.columns)
    cells = {name: [cell(row, name, lang) for row in scan.rows] for name in names}
    left = LONGEST_LINE - _taken(cells, lang)
    if max(map(columns, files), default=0) > left:
        names = [name for name in names if name != 'loaded' or 'share' not in names]
        if 'reason' in names:
            reasons = zip(scan.rows, cells['reason'])
            cells['reason'] = [_note(said, notes) if row.reason != FULL else ''
                               for row, said in reasons]  # fmt: skip
        left = LONGEST_LINE - _taken({name: cells[name] for name in names}, lang)
    files = [_cut_head(name, max(left, SHORTEST_NAME)) for name in files]
    head = ('file', *names)
    table = Table(
        tuple(label(f'col-{name}', lang) for name in head),
        tuple(zip(files, *(cells[name] for name in names))),
        tuple(at for at, name in enumerate(head) if name in NUMBERS),
        tuple(_style(row) for row in scan.rows),
    )
    return table, tuple(f'[{at}] {note}' for at, note in enumerate(notes, 1))


def _taken(cells: Dict[str, List[str]], lang: str) -> int:
    """Terminal columns of all but the names."""
    return sum(
        GAP + max(map(columns, (label(f'col-{name}', lang), *texts)))
        for name, texts in cells.items()
    )


def _cut_head(name: str, room: int) -> str:
    """The end of a long name: files of a training differ there."""
    while columns(name) > room:
        name = '…' + name[2:]
    return name


def _note(reason: str, notes: List[str]) -> str:
    """The number of the note that says a reason."""
    if reason not in notes:
        notes.append(reason)
    return f'[{notes.index(reason) + 1}]'


def cell(row: ScanRow, name: str, lang: str) -> str:
    """What one of COLUMNS says of a file."""
    if name == 'table':
        return '–' if row.table is None else shown_table(row.table, lang)
    if name == 'loads-strict':
        return _strict(row.strict)
    if name == 'share':
        return share(row.fraction)
    if name == 'loaded':
        return f'{count(row.tensors_loaded)}/{count(row.tensors_expected)}'
    return reason_text(row, lang)


def _strict(strict: Optional[bool]) -> str:
    return '–' if strict is None else str(strict).lower()


def reason_text(row: ScanRow, lang: str) -> str:
    """Why a file stands where it stands."""
    if row.reason == ERROR:
        return one_line(spoken(row.detail, lang))
    if row.reason in (PREFIX, CONTAINER, REFUSED, NAMES):
        said = one_line(spoken(row.detail, lang))
        facts = {'said': said, 'prefix': row.detail, 'share': share(row.convertible)}
        return label(f'scan-{row.reason}', lang, **facts)
    if row.reason == FULL:
        return label('scan-full', lang)
    parts = [
        label(f'scan-{name}', lang, count=count(number))
        for name, number in (
            ('missing', row.missing),
            ('unexpected', row.unexpected),
            ('mismatched', row.mismatched),
        )
        if number
    ]
    return (', ' if lang == 'en' else '\uff0c').join(parts)


def _style(row: ScanRow) -> str:
    if row.reason == FULL:
        return 'good'
    return 'warn' if row.strict is False else 'dim'


def render_csv(scan: Scan) -> str:
    """One line for each file, best first; `fraction` is 0 to 1, empty cells are unknown."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(CSV_COLUMNS)
    for row in scan.rows:
        named = dataclasses.replace(row, table='root' if row.table == '' else row.table)
        cells = dataclasses.astuple(named)
        writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = clean_line(value)
        # A spreadsheet would take a file named '=...' for a formula.
        return "'" + text if text[:1] in ('=', '+', '-', '@') else text
    return value


def render_scan_json(scan: Scan) -> str:
    """The ranking as JSON."""
    return dumped(
        {
            'format': 'basicsr-weightcheck.scan/1',
            'tool_version': __version__,
            'options': scan.options_path,
            'section': scan.section,
            'network': {
                'type': scan.network_type,
                'tensors': scan.tensors,
                'parameters': scan.parameters,
            },
            'files': [dataclasses.asdict(row) for row in scan.rows],
        }
    )
