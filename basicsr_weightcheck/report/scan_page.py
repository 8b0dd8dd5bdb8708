"""The ranking of many files as a page, as CSV and as JSON (basicsr-weightcheck.scan/1)."""

from __future__ import annotations

import csv
import dataclasses
import io
from typing import Optional, Tuple

from basicsr_weightcheck.messages.lookup import clean_line, label, spoken
from basicsr_weightcheck.messages.numbers import count, share
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

CSV_COLUMNS = tuple(field.name for field in dataclasses.fields(ScanRow))


def scan_page(scan: Scan, lang: str) -> Page:
    """A row for each file, best first."""
    facts = {
        'files': count(len(scan.rows)),
        'section': scan.section,
        'type': scan.network_type,
        'path': scan.options_path,
        'tensors': count(scan.tensors),
        'parameters': count(scan.parameters),
    }
    head = ('file', 'table', 'strict', 'share', 'loaded', 'reason')
    return (
        Heading(label('scan-title', lang, **facts), 1),
        Line(label('scan-network', lang, **facts)),
        Table(
            tuple(label(f'col-{name}', lang) for name in head),
            tuple(_row(row, lang) for row in scan.rows),
            (3, 4),
            tuple(_style(row) for row in scan.rows),
        ),
        Line(label('scan-rehearsed' if scan.rehearsed else 'scan-limit', lang), 'dim'),
    )


def _row(row: ScanRow, lang: str) -> Tuple[str, ...]:
    return (
        one_line(row.path),
        '–' if row.table is None else shown_table(row.table, lang),
        _strict(row.strict),
        share(row.fraction),
        f'{count(row.tensors_loaded)}/{count(row.tensors_expected)}',
        reason_text(row, lang),
    )


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
