"""Small words of every page: tables, keys, rows left out, the lines for the YAML."""

from __future__ import annotations

import re
from typing import Iterator

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.report.page import Line

_PLAIN = re.compile(r'(?:\.{0,2}/)*[A-Za-z_][\w./-]*')
_WORDS = ('true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n')


def shown_table(table: str, lang: str) -> str:
    """The name of a table; the root of a file has none of its own."""
    return table or label('table-root', lang)


def counted_table(table: str, tensors: int, lang: str) -> str:
    """The name of a table, and how many tensors it has."""
    return label('beside', lang, name=shown_table(table, lang), text=count(tensors))


def snippet(source: Side, strict: bool) -> str:
    """The lines below `path:` that load a file; param_key_g is 'params' where it is not written."""
    lines = [
        'path:',
        f'  pretrain_network_g: {yaml_text(source.path)}',
        f'  strict_load_g: {str(strict).lower()}',
    ]
    if source.table != 'params':
        lines.append(f'  param_key_g: {yaml_text(source.table) if source.table else "~"}')
    return '\n'.join(lines)


def yaml_text(text: str) -> str:
    """A YAML scalar: plain where nothing in it means something, else quoted as JSON does it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    import json

    return json.dumps(text, ensure_ascii=False)


def more_rows(left: int, lang: str) -> Iterator[Line]:
    """The line that says how many rows were left out, where any were."""
    if left > 0:
        yield Line(label('more-rows', lang, count=count(left)), 'dim', 2)


def one_line(key: str) -> str:
    """A key as one line, whatever is in it."""
    return key.replace('\n', '\\n')
