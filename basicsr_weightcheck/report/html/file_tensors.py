"""The tensors of one file, without a network to hold them against: treemap and table."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.change_plot import ROLES, role
from basicsr_weightcheck.report.html.key_table import Columns, Entry, key_table
from basicsr_weightcheck.report.html.tiles import treemap
from basicsr_weightcheck.report.html.treemap import Leaf
from basicsr_weightcheck.report.html.view import KeyTable, Treemap
from basicsr_weightcheck.report.table_names import heads, shown_table

PARAMETER, BUFFER, ZERO, BAD, ROTTEN = 'parameter', 'buffer', 'zero', 'bad', 'rotten'
STATES = (PARAMETER, BUFFER, ZERO, BAD, ROTTEN)


def tensor_treemap(
    tensors: Sequence[TensorSpec], states: Dict[str, str], side: Side, lang: str
) -> Treemap:
    """The tensors of a file by module; sound parameters in the colours of their roles."""
    kinds, names = _roles(tensors, states, lang)
    leaves = [
        Leaf(spec.key, kinds[spec.key], spec.count, f'{shape(spec.shape)} {spec.dtype}')
        for spec in tensors
    ]
    title = f'{side.name} [{shown_table(side.table, lang)}]'
    return treemap(leaves, names, title, label('html-note-inspect', lang), lang)


def _roles(
    tensors: Sequence[TensorSpec], states: Dict[str, str], lang: str
) -> Tuple[Dict[str, str], Dict[str, str]]:
    """{key: state or role}, and the words of both: roles with most elements first."""
    parameters = [spec for spec in tensors if states[spec.key] == PARAMETER]
    elements: Counter[str] = Counter()
    for spec in parameters:
        elements[role(spec.key)] += spec.count
    # As many as there are colours that can be told apart; the rest shares one.
    ranked = [name for name, _ in elements.most_common(ROLES)]
    others = f'r{ROLES}'
    numbers = {name: f'r{at}' for at, name in enumerate(ranked)}
    coloured = {spec.key: numbers.get(role(spec.key), others) for spec in parameters}
    names = {number: name for name, number in numbers.items()}
    names[others] = label('html-other-roles', lang)
    return {**states, **coloured}, {**names, **_names(lang)}


def tensor_keys(tensors: Sequence[TensorSpec], states: Dict[str, str], lang: str) -> KeyTable:
    """The table of a file's tensors, those that deserve a look first."""
    entries = [
        Entry(spec.key, states[spec.key], spec.shape, None, spec.count, (spec.dtype,))
        for spec in tensors
    ]
    names = _names(lang)
    order = {state: names[state] for state in (BAD, ROTTEN, ZERO, BUFFER, PARAMETER)}
    return key_table(entries, order, Columns(heads(lang, 'shape'), ('dtype',)), lang)


def _names(lang: str) -> Dict[str, str]:
    return {state: label(f'html-{state}', lang) for state in STATES}
