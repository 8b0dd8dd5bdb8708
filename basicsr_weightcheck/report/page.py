"""What a report is made of, before it is text, Markdown or an HTML page.

A command makes its blocks once from its record; `page_to_text` and `html/render` dress them. What
only an HTML page shows hangs on them or is a block of `html/blocks`: plain data, no markup.

Styles: 'title', 'good', 'bad', 'warn', 'dim', ''. States name the colours of `html/render`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator, NamedTuple, Optional, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count

if TYPE_CHECKING:
    from basicsr_weightcheck.records.comparisons import Side


class Line(NamedTuple):
    """One line of a page.

    Attributes:
        text: what it says.
        style: one of those above; with ' verbatim' it is never wrapped.
        indent: in columns.
        hang: columns by which its wrapped rest is indented further.
    """

    text: str
    style: str = ''
    indent: int = 0
    hang: int = 0


class Heading(NamedTuple):
    """The title of the page (level 1) or of a section (level 2)."""

    text: str
    level: int = 2


class Cell(str):
    """A text of a table, and what an HTML page shows with it.

    Attributes:
        style: classes of the cell.
        state: whose colour stands before the text or, where there is one, in the bar.
        bar, paler: 0 to 1, drawn behind the text; None for none.
        depth: of a tree's row.
        more: text that opens below it.
    """

    style: str
    state: str
    bar: Optional[float]
    paler: Optional[float]
    depth: int
    more: str

    def __new__(
        cls,
        text: str,
        style: str = '',
        state: str = '',
        bar: Optional[float] = None,
        paler: Optional[float] = None,
        depth: int = 0,
        more: str = '',
    ) -> Cell:
        made = super().__new__(cls, text)
        made.style, made.state, made.depth, made.more = style, state, depth, more
        made.bar, made.paler = bar, paler
        return made


def as_cell(text: str) -> Cell:
    """A text of a table with nothing but itself, where it is no cell."""
    return text if isinstance(text, Cell) else Cell(text)


class Table(NamedTuple):
    """Rows under a head.

    Attributes:
        head: names of the columns.
        right: columns that are aligned to the right.
        styles: of each row, or ().
        name: above it in an HTML page.
        kind: how it looks there: 'rows' can be searched, those of a 'tree' open and close; 'legend'
            and 'outcomes' are small.
    """

    head: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]
    right: Tuple[int, ...] = ()
    styles: Tuple[str, ...] = ()
    name: str = ''
    kind: str = 'plain'


class Code(NamedTuple):
    """What is copied as it is, below its title; an HTML page has a button for each of `copies`.

    Attributes:
        text: of one or several lines.
        language: 'yaml', 'sh', 'diff' or 'text'.
        title: '' for none.
        copies: (words, what the button copies); () for one that copies the text.
    """

    text: str
    language: str = 'yaml'
    title: str = ''
    copies: Tuple[Tuple[str, str], ...] = ()


def more_rows(left: int, lang: str) -> Iterator[Line]:
    """The line that says how many rows were left out, where any were."""
    if left > 0:
        yield Line(label('more-rows', lang, count=count(left)), 'dim', 2)


def trouble_lines(side: Side, lang: str) -> Iterator[Line]:
    """What some torch or numpy makes of a file: it is said before anything else."""
    style = 'bad' if side.troubles.code else 'warn'
    for sentence in side.troubles.sentences:
        yield Line(f'{side.name}: {spoken(sentence, lang)}', style)


# A record; the name of its class chooses the macro of blocks.html that shows it.
Block = Tuple[Any, ...]
Page = Tuple[Block, ...]


class PageView(NamedTuple):
    """An HTML page: its head, and the blocks below it.

    Attributes:
        lang: 'en' or 'zh'.
        subject: what was looked at, above the verdict.
        todo: the one thing to do.
        actions: what is copied to do it.
        top: below what to do: each network and what it starts on.
        body: the rest; a heading begins a section. Made when it is asked for: a head needs none.
    """

    lang: str
    title: str
    subject: str
    style: str
    verdict: str
    todo: str = ''
    actions: Page = ()
    top: Tuple[Tuple[str, str], ...] = ()
    body: Iterable[Block] = ()
