"""A page as text: plain, with the tables and colours of rich, or as Markdown."""

from __future__ import annotations

from typing import Iterator, List

from basicsr_weightcheck.messages.lookup import clean, clean_line
from basicsr_weightcheck.messages.width import columns, wrap
from basicsr_weightcheck.report.page import Block, Code, Heading, Line, Page, Table
from basicsr_weightcheck.report.table_names import aligned

BANNER_COLUMNS = 96
SECTION_COLUMNS = 50
GAP = '  '
WIDEST = 240  # columns of a table in a file
STYLES = {'title': 'bold', 'good': 'green', 'bad': 'bold red', 'warn': 'yellow', 'dim': 'dim'}


def render_page(page: Page, colour: bool = False, width: int = 100) -> str:
    """Plain text that looks the same in a terminal and in a file."""
    return '\n'.join(line for block in page for line in _lines(block, colour, width))


def render_rich(page: Page, colour: bool, width: int) -> str:
    """The same with rich's tables; plain text where rich is not installed.

    A table is drawn at its full width or, where the terminal is narrower, not at all: cells that
    are broken in pieces cannot be read or copied.
    """
    try:
        from rich.console import Console
    except ImportError:
        return render_page(page, colour, width)
    console = Console(
        width=max(width, WIDEST),
        force_terminal=colour,
        color_system='standard' if colour else None,
        highlight=False,
        emoji=False,
    )
    limit = width if colour else WIDEST
    with console.capture() as captured:
        for block in page:
            if isinstance(block, Table) and _drawn_columns(block) <= limit:
                console.print(_rich_table(block), width=_drawn_columns(block), no_wrap=True)
            else:
                for line in _lines(block, colour, width):
                    console.out(line, highlight=False)
    return str(captured.get()).rstrip('\n')


def _lines(block: Block, colour: bool, width: int) -> List[str]:
    """Lines of the terminal; none of what only an HTML page shows."""
    if isinstance(block, Heading):
        return _heading(block, colour, width)
    if isinstance(block, Table):
        return list(_table(block, colour))
    if isinstance(block, Code):
        above = wrapped(Line(block.title), width) if block.title else []
        return above + [f'  {clean(line)}' for line in block.text.splitlines()]
    if isinstance(block, Line):
        return [dressed(text, block.style, colour) for text in wrapped(block, width)]
    return []


def _heading(heading: Heading, colour: bool, width: int) -> List[str]:
    rule = '=' * (min(BANNER_COLUMNS, width) if heading.level == 1 else SECTION_COLUMNS)
    lines = [dressed(line, 'title', colour) for line in wrap(clean(heading.text), width)]
    return [rule, *lines, rule]


def _drawn_columns(table: Table) -> int:
    """Columns of rich's table: two of padding and a line for each, and a line at the end."""
    rows = (table.head, *table.rows)
    return 1 + sum(
        3 + max(columns(clean_line(row[at])) for row in rows) for at in range(len(table.head))
    )


def _table(table: Table, colour: bool) -> Iterator[str]:
    cells = [[clean_line(cell) for cell in row] for row in (table.head, *table.rows)]
    padded = [aligned(column, at in table.right) for at, column in enumerate(zip(*cells))]
    styles = ('', *(table.styles or ('',) * len(table.rows)))
    rule = '-' * columns(GAP.join(column[0] for column in padded))
    for index, row in enumerate(zip(*padded)):
        yield dressed(GAP.join(row).rstrip(), styles[index], colour)
        if index in (0, len(cells) - 1):
            yield rule


def _rich_table(table: Table) -> object:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.ROUNDED, header_style='bold')
    for at, name in enumerate(table.head):
        right = at in table.right
        drawn.add_column(Text(clean_line(name)), justify='right' if right else 'left')
    for index, row in enumerate(table.rows):
        style = STYLES.get(table.styles[index]) if table.styles else None
        drawn.add_row(*(Text(clean_line(cell)) for cell in row), style=style)
    return drawn


def wrapped(line: Line, width: int) -> List[str]:
    """The line as lines of the terminal, indented and harmless."""
    indent = ' ' * line.indent
    text = clean_line(line.text)
    # What people copy stays in one piece.
    if 'verbatim' in line.style or not text:
        return [indent + text if text else '']
    return wrap(text, width, indent, min(line.hang, width // 2))  # a name may fill the row alone


def dressed(text: str, style: str, colour: bool) -> str:
    """Text in the colour of a style; as it is without colour or without rich."""
    name = STYLES.get(style.split(' ')[0])
    if not colour or name is None or not text:
        return text
    try:
        from rich.style import Style
    except ImportError:
        return text
    return str(Style.parse(name).render(text))


# A page as Markdown, for issues, wikis and CI summaries.

_SPECIAL = '\\`*_{}[]<>#|~'


def render_markdown(page: Page) -> str:
    """Headings, paragraphs, pipe tables and fenced code; everything from a file is escaped."""
    parts = ['\n'.join(_markdown_lines(block)) for block in page]
    text = '\n\n'.join(part for part in parts if part)
    return text + '\n'


def _markdown_lines(block: Block) -> List[str]:
    if isinstance(block, Heading):
        return [f'{"#" * block.level} {_escaped(block.text)}']
    if isinstance(block, Code):
        fence = '```'
        while fence in block.text:
            fence += '`'
        above = [_escaped(block.title), ''] if block.title else []
        return [*above, fence + block.language, clean(block.text.rstrip('\n')), fence]
    if isinstance(block, Table):
        return _markdown_table(block)
    if not isinstance(block, Line):
        return []  # only an HTML page shows it
    text = _escaped(block.text.strip())
    if block.text.startswith('- '):
        return [f'{" " * min(block.indent, 2)}- {text[3:]}']  # four would be code
    return [text] if text else []


def _markdown_table(table: Table) -> List[str]:
    rules = ['---:' if at in table.right else '---' for at in range(len(table.head))]
    rows = [[_escaped(cell) for cell in row] for row in (table.head, *table.rows)]
    lines = ['| ' + ' | '.join(row) + ' |' for row in rows]
    return [lines[0], '| ' + ' | '.join(rules) + ' |', *lines[1:]]


def _escaped(text: str) -> str:
    text = ' '.join(clean_line(text).split())
    return ''.join(
        '\\' + c if c in _SPECIAL or (c == '-' and not i) else c for i, c in enumerate(text)
    )
