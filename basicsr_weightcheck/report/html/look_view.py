"""A look as blocks of a page: the table, and the first picture beside what is made of it."""

from __future__ import annotations

import base64
from typing import Iterator, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.report.html.view import Block, Cell, Grid, Pictures
from basicsr_weightcheck.report.look_words import about, look_rows
from basicsr_weightcheck.report.page import Line
from basicsr_weightcheck.report.table_names import heads


def look_blocks(look: Look, lang: str) -> Iterator[Block]:
    """Why nothing was looked at, or what was and what came out."""
    if look.problem:
        yield Line(label('look-not-made', lang, why=spoken(look.problem, lang)), 'warn')
    if not look.rows:
        return
    if look.pairs:
        yield Line(about(look, lang))
    rows = tuple((Cell(name), Cell(result)) for name, result in look_rows(look, lang))
    yield Grid('', heads(lang, 'network', 'result'), rows, (1,))
    shown = tuple(_shown(look, lang))
    if shown:
        yield Pictures(label('look-html', lang), shown)


def _shown(look: Look, lang: str) -> Iterator[Tuple[str, str, str]]:
    """Input and target, each once, around the outputs; doing nothing is the input where alike."""
    if look.picture:
        yield (label('look-input-picture', lang), '', _text(look.picture))
    for row, (name, result) in zip(look.rows, look_rows(look, lang)):
        if row.picture:
            yield (name, result, _text(row.picture))
    if look.wanted:
        yield (label('look-wanted', lang), '', _text(look.wanted))


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()
