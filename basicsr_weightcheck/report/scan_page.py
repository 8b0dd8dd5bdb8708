"""The ranking of many files as text, HTML, CSV and JSON (basicsr-weightcheck.scan/1)."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
from typing import Dict, List, NamedTuple, Sequence, Tuple

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
from basicsr_weightcheck.report.json_text import Json, headed, picked
from basicsr_weightcheck.report.page import Cell, Code, Heading, Line, Page, PageView, Table
from basicsr_weightcheck.report.table_names import heads, one_line, shown_table, snippet

COLUMNS = ('table', 'loads-strict', 'share', 'loaded', 'reason')
NUMBERS = ('share', 'loaded')  # columns that are aligned to the right
LONGEST_LINE = 80  # columns of a terminal
SHORTEST_NAME = 20  # columns that are kept for it
GAP = 2  # columns between two cells
CSV_COLUMNS = tuple(field.name for field in dataclasses.fields(ScanRow))


class _Told(NamedTuple):
    """The ranking without what every row says.

    Attributes:
        names: of the files, seen from the folder that all lie in, best first.
        columns: of COLUMNS, those whose cells differ.
        word: how many load: 'all', 'full' (several), 'one', 'partly', 'names' or 'none'.
        headline: the same in a sentence, with the best: of those that are equally good the newest.
        alike: lines for the folder and for what the other columns say, where there are any.
        limit: what the ranking rests on, as a line.
    """

    names: Tuple[str, ...]
    columns: Tuple[str, ...]
    word: str
    headline: Line
    title: str
    alike: Tuple[Line, ...]
    network: Line
    limit: Line


def _told(scan: Scan, lang: str) -> _Told:
    """What text and HTML have in common."""
    rows, word = scan.rows, _word(scan)
    folder = _common_folder([row.path for row in rows])
    names = tuple(row.path[len(folder) :] for row in rows)
    alike = _alike(rows, lang)
    facts = {
        'files': count(len(rows)),
        'full': count([row.reason for row in rows].count(FULL)),
        'best': ''.join(names[:1]),
        'share': ''.join(share(row.fraction) for row in rows[:1]),
        'section': scan.section,
        'type': scan.network_type,
        'path': scan.options_path,
        'tensors': count(scan.tensors),
        'parameters': count(scan.parameters),
        'folder': one_line(folder),
        'facts': ' · '.join(filter(None, alike.values())),
    }

    def said(name: str) -> str:
        return label(f'scan-{name}', lang, **facts)

    style = {'partly': 'warn', 'names': 'bad', 'none': 'bad'}.get(word, 'good')
    lines = {'folder': folder, 'same': facts['facts']}
    return _Told(
        names=names,
        columns=tuple(name for name in COLUMNS if name not in alike),
        word=word,
        headline=Line(said(f'head-{word}'), style),
        title=said('title'),
        alike=tuple(Line(said(name)) for name, text in lines.items() if text),
        network=Line(said('network'), 'dim'),
        limit=Line(said('rehearsed' if scan.rehearsed else 'limit'), 'dim'),
    )


def _alike(rows: Sequence[ScanRow], lang: str) -> Dict[str, str]:
    """{column whose cells are all alike: what they say}; '' where the headline says it."""
    alike = {}
    for name in COLUMNS if len(rows) > 1 else ():
        cells = {_text(row, name, lang) for row in rows}
        if len(cells) == 1:
            alike[name] = f'{label(f"col-{name}", lang)} {cells.pop()}'
    if 'reason' in alike and rows[0].reason == FULL:
        alike['reason'] = ''
    return alike


def _word(scan: Scan) -> str:
    reasons = [row.reason for row in scan.rows]
    full = reasons.count(FULL)
    if full > 1:
        return 'all' if full == len(reasons) else 'full'
    if full:
        return 'one'
    if scan.rows and scan.rows[0].tensors_loaded:
        return 'partly'
    return 'names' if NAMES in reasons else 'none'


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


def scan_page(scan: Scan, lang: str) -> Page:
    """A row for each file, best first and, of equally good ones, newest first; 80 columns."""
    told = _told(scan, lang)
    table, notes = _table(scan, told, lang)
    title = Heading(told.title, 1)
    return (title, told.headline, *told.alike, table, *notes, told.network, told.limit)


def _table(scan: Scan, told: _Told, lang: str) -> Tuple[Table, List[Line]]:
    """The table, and the reasons that it has no room for, by number.

    Where a row would be too long, the share stands for the number of tensors, and a reason is a
    number: a name that is cut short may be that of several files.
    """
    files = [one_line(name) for name in told.names]
    notes: List[str] = []
    cells = {name: [_text(row, name, lang) for row in scan.rows] for name in told.columns}
    if max(map(columns, files), default=0) > _room(cells, lang):
        cells, notes = _shortened(scan, cells)
    room = max(_room(cells, lang), SHORTEST_NAME)
    table = Table(
        heads(lang, 'file', *cells),
        tuple(zip([_cut_head(name, room) for name in files], *cells.values())),
        tuple(at for at, name in enumerate(cells, 1) if name in NUMBERS),
        tuple(map(_style, scan.rows)),
    )
    return table, [Line(f'[{at}] {note}') for at, note in enumerate(notes, 1)]


Cells = Dict[str, List[str]]


def _shortened(scan: Scan, cells: Cells) -> Tuple[Cells, List[str]]:
    """The cells with numbers for reasons, and the reasons; where all is loaded there is none."""
    left_out = 'loaded' if 'share' in cells else ''
    shorter = {name: texts for name, texts in cells.items() if name != left_out}
    if 'reason' not in cells:
        return shorter, []
    partly = [row.reason != FULL for row in scan.rows]
    notes = list(dict.fromkeys(said for said, told in zip(cells['reason'], partly) if told))
    shorter['reason'] = [
        f'[{notes.index(said) + 1}]' if told else '' for said, told in zip(cells['reason'], partly)
    ]
    return shorter, notes


def _room(cells: Cells, lang: str) -> int:
    """Terminal columns that all but the names leave."""
    taken = (GAP + max(map(columns, (*heads(lang, name), *texts))) for name, texts in cells.items())
    return LONGEST_LINE - sum(taken)


def _cut_head(name: str, room: int) -> str:
    """The end of a long name: files of a training differ there."""
    while columns(name) > room:
        name = '…' + name[2:]
    return name


def _text(row: ScanRow, name: str, lang: str) -> str:
    """What one of COLUMNS says of a file."""
    if name == 'table':
        return '–' if row.table is None else shown_table(row.table, lang)
    if name == 'loads-strict':
        return '–' if row.strict is None else str(row.strict).lower()
    if name == 'share':
        return share(row.fraction)
    if name == 'loaded':
        return f'{count(row.tensors_loaded)}/{count(row.tensors_expected)}'
    return _reason(row, lang)


def _reason(row: ScanRow, lang: str) -> str:
    """Why a file stands where it stands."""
    if row.reason == ERROR:
        return one_line(spoken(row.detail, lang))
    if row.reason in (PREFIX, CONTAINER, REFUSED, NAMES):
        said = one_line(spoken(row.detail, lang))
        facts = {'said': said, 'prefix': row.detail, 'share': share(row.convertible)}
        return label(f'scan-{row.reason}', lang, **facts)
    if row.reason == FULL:
        return label('scan-full', lang)
    numbers = {name: getattr(row, name) for name in ('missing', 'unexpected', 'mismatched')}
    parts = [label(f'scan-{name}', lang, count=count(n)) for name, n in numbers.items() if n]
    return label('comma', lang).join(parts)


def _style(row: ScanRow) -> str:
    if row.reason == FULL:
        return 'good'
    return 'warn' if row.strict is False else 'dim'


def scan_view(scan: Scan, lang: str) -> PageView:
    """The same as an HTML page: with bars, reasons in full, and the lines for the YAML."""
    told = _told(scan, lang)
    todo = {'all': 'full', 'one': 'full'}.get(told.word, told.word)
    # The lines are BasicSR's options; another framework's file has its own.
    todo = 'rehearsed' if scan.rehearsed and todo != 'none' else todo
    lines = [
        snippet(best.path, best.table, bool(best.strict), scan.section.replace('network', '', 1))
        for best in scan.rows[:1]
        if todo in ('full', 'partly')
    ]
    bars = Line(label('html-scan-bars', lang), 'dim')
    return PageView(
        lang=lang,
        title=told.title,
        subject=told.title,
        style=told.headline.style,
        verdict=told.headline.text,
        todo=label(f'html-todo-scan-{todo}', lang),
        actions=tuple(Code(text, title=label('html-lines', lang)) for text in lines),
        body=(
            Heading(label('html-ranking', lang)),
            *told.alike,
            _ranking(scan, told, lang),
            told.network,
            *([bars] * ('share' in told.columns)),
            told.limit,
        ),
    )


def _ranking(scan: Scan, told: _Told, lang: str) -> Table:
    head = sorted(told.columns, key=lambda name: name != 'share')  # the bars beside the names
    rows = [
        (name, *(_barred(row, column, lang) for column in head))
        for row, name in zip(scan.rows, told.names)
    ]
    right = tuple(at for at, name in enumerate(head, 1) if name in NUMBERS)
    styles = [
        'good' if row.reason == FULL else 'warn' if row.tensors_loaded else 'dim'
        for row in scan.rows
    ]
    return Table(heads(lang, 'file', *head), tuple(rows), right, tuple(styles), kind='rows')


def _barred(row: ScanRow, column: str, lang: str) -> str:
    if column != 'share':
        return _text(row, column, lang)
    paler = row.convertible if row.convertible > row.fraction else None
    return Cell(share(row.fraction), bar=row.fraction, paler=paler)


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


def scan_document(scan: Scan) -> Json:
    network = {'type': scan.network_type, **picked(scan, 'tensors', 'parameters')}
    return headed(
        'scan/1',
        options=scan.options_path,
        section=scan.section,
        network=network,
        files=[dataclasses.asdict(row) for row in scan.rows],
    )
