"""Small words of every page: tables, keys, counts, the lines for the YAML."""

from __future__ import annotations

import re
from typing import Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape, share
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.tensors import Coverage

_PLAIN = re.compile(r'(?:\.{0,2}/)*[A-Za-z_][\w./-]*')
_WORDS = ('true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n')


def shown_table(table: str, lang: str) -> str:
    """The name of a table; the root of a file has none of its own."""
    return table or label('table-root', lang)


def counted_table(table: str, tensors: int, lang: str) -> str:
    """The name of a table, and how many tensors it has."""
    return label('beside', lang, name=shown_table(table, lang), text=count(tensors))


def snippet(path: str, table: Optional[str], strict: bool, network: str = '_g') -> str:
    """The lines below `path:` that load a file; param_key is 'params' where it is not written."""
    lines = [
        'path:',
        f'  pretrain_network{network}: {_yaml_text(path)}',
        f'  strict_load{network}: {str(strict).lower()}',
    ]
    if table != 'params':
        lines.append(f'  param_key{network}: {_yaml_text(table) if table else "~"}')
    return '\n'.join(lines)


def _yaml_text(text: str) -> str:
    """A YAML scalar: plain where nothing in it means something, else quoted as JSON does it."""
    # YAML 1.1 reads the words as booleans, and a number or a mark at the start as something else.
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    import json  # slow to import, and plain paths need none

    return json.dumps(text, ensure_ascii=False)


def coverage_facts(coverage: Coverage) -> Dict[str, str]:
    """What the labels about a coverage may tell of it."""
    return {
        'tensors': count(coverage.tensors_loaded),
        'all_tensors': count(coverage.tensors_expected),
        'parameters': count(coverage.parameters_loaded),
        'all_parameters': count(coverage.parameters_expected),
        'share': share(coverage.parameter_fraction),
    }


def loaded_line(coverage: Coverage, lang: str) -> str:
    """Counts of tensors and parameters that a file gives, and their share."""
    return label('loaded-line', lang, **coverage_facts(coverage))


def heads(lang: str, *names: str) -> Tuple[str, ...]:
    return tuple(label(f'col-{name}', lang) for name in names)


def aligned(cells: Sequence[str], right: bool = False) -> Tuple[str, ...]:
    """Cells of one column, all as wide as the widest."""
    width = max(map(columns, cells), default=0)
    spaces = [' ' * (width - columns(cell)) for cell in cells]
    return tuple(gap + cell if right else cell + gap for cell, gap in zip(cells, spaces))


def few(texts: Sequence[str], most: int) -> str:
    """The first of some keys, and a sign that there are more."""
    return ', '.join(map(one_line, texts[:most])) + (' …' if len(texts) > most else '')


def shapes_text(shapes: Sequence[Tuple[int, ...]], most: int) -> str:
    """The first of some shapes, and a sign that there are more."""
    return ' '.join(map(shape, shapes[:most])) + (' …' if len(shapes) > most else '')


def one_line(key: str) -> str:
    """A key as one line, whatever is in it."""
    return key.replace('\n', '\\n')
