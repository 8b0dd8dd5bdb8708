"""One file as a page: which network it is, its modules, its tensors, its health."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Iterator, Sequence, Tuple

from basicsr_weightcheck.compare.module_tree import is_buffer, module_tree
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, shape, share
from basicsr_weightcheck.records.comparisons import Inspection, Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.change_plot import ROLES, role
from basicsr_weightcheck.report.compare_page import trouble_lines
from basicsr_weightcheck.report.html.entries import Columns, Entry, key_table, treemap
from basicsr_weightcheck.report.html.from_page import blocks, copyable
from basicsr_weightcheck.report.html.treemap import Leaf
from basicsr_weightcheck.report.html.view import Cell, Grid, KeyTable, PageView, Section, Treemap
from basicsr_weightcheck.report.inspect_page import (
    doubts,
    file_lines,
    health_lines,
    network_elements,
)
from basicsr_weightcheck.report.page import Code
from basicsr_weightcheck.report.table_names import heads, shown_table

# The tensors of one file, without a network to hold them against: treemap and table.

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


DEPTH = 3  # of the module tree
ROWS = 400  # a deeper tree than fits is cut to the depth that does


def inspect_view(inspection: Inspection, lang: str) -> PageView:
    """The whole inspection."""
    return inspect_top(inspection, lang)._replace(sections=tuple(_sections(inspection, lang)))


def inspect_top(inspection: Inspection, lang: str) -> PageView:
    """Which network the file is of, whether it is sound, and the block for the YAML."""
    unfit = inspection.file.troubles.unfit
    actions = list(blocks(doubts(inspection, lang), lang))
    for title, text in (
        ('html-block', inspection.block.rstrip('\n')),
        ('convert-with', inspection.conversion),
    ):
        if text and not unfit:
            actions.append(copyable(label(title, lang), text, lang))
    path = inspection.file.path
    title = label('ins-title', lang, path=path)
    return PageView(lang, title, path, *_verdict(inspection, lang), tuple(actions))


def _verdict(inspection: Inspection, lang: str) -> Tuple[str, str, str]:
    """Style, verdict, what to do."""
    identity, troubles = inspection.identity, inspection.file.troubles
    if troubles.unfit:
        verdict = label('html-code' if troubles.code else 'html-refused', lang)
        return 'bad', verdict, spoken(troubles.advice, lang)
    if not inspection.sound:
        return 'bad', label('html-ins-unsound', lang), label('html-todo-unsound', lang)
    if identity is None:
        return 'warn', label('html-ins-unknown', lang), label('html-todo-unknown', lang)
    word = 'exact' if identity.exact else 'partly'
    verdict = label(f'html-ins-{word}', lang, type=identity.network_type)
    return 'good' if identity.exact else 'warn', verdict, label(f'html-todo-{word}', lang)


def _sections(inspection: Inspection, lang: str) -> Iterator[Section]:
    elements = [one for one in network_elements(inspection, lang) if not isinstance(one, Code)]
    states = _states(inspection)
    picture = tensor_treemap(inspection.tensors, states, inspection.file, lang)
    yield Section(label('html-network-is', lang), (*blocks(elements, lang), picture))
    yield Section(label('html-modules', lang), (_modules(inspection, lang),))
    yield Section(label('html-health', lang), tuple(blocks(health_lines(inspection, lang), lang)))
    yield Section(label('html-keys', lang), (tensor_keys(inspection.tensors, states, lang),))
    yield Section(label('html-files', lang), tuple(blocks(file_lines(inspection, lang), lang)))


def listing_view(side: Side, tensors: Sequence[TensorSpec], lang: str) -> PageView:
    """The tensors of one table, without a judgement of them."""
    states = {spec.key: BUFFER if is_buffer(spec) else PARAMETER for spec in tensors}
    facts = {'tensors': count(side.tensors), 'elements': count(side.elements)}
    picture = tensor_treemap(tensors, states, side, lang)
    return PageView(
        lang=lang,
        title=label('cmp-list-title', lang, name=side.name),
        subject=side.path,
        style='bad' if side.troubles.unfit else 'good',
        verdict=label('html-listing', lang, table=shown_table(side.table, lang), **facts),
        actions=tuple(blocks(trouble_lines(side, lang), lang)),
        sections=(
            Section(label('html-modules', lang), (picture,)),
            Section(label('html-keys', lang), (tensor_keys(tensors, states, lang),)),
        ),
    )


def _states(inspection: Inspection) -> Dict[str, str]:
    """{key: state}; the worst of what the values say of a tensor."""
    states = {spec.key: BUFFER if is_buffer(spec) else PARAMETER for spec in inspection.tensors}
    if inspection.health is None:
        return states
    for one in inspection.health.tensors:
        if one.zero and states.get(one.key) == PARAMETER:
            states[one.key] = ZERO
    states.update(dict.fromkeys(inspection.health.rotten, ROTTEN))
    bad = [one.key for one in inspection.health.tensors if one.nan or one.inf]
    return {**states, **dict.fromkeys(bad, BAD)}


def _modules(inspection: Inspection, lang: str) -> Grid:
    """The tree, with the share of the parameters behind each name."""
    trees = [module_tree(inspection.tensors, depth) for depth in range(DEPTH, 0, -1)]
    rows = next((tree for tree in trees if len(tree) <= ROWS), trees[-1][:ROWS])
    total = inspection.parameters or 1
    cells = [
        (
            Cell(row.name, depth=row.depth - 1),
            Cell(count(row.tensors)),
            Cell(count(row.parameters)),
            Cell(share(row.parameters / total), bar=row.parameters / total),
            Cell(count(row.buffers)),
        )
        for row in rows
    ]
    head = heads(lang, 'module', 'tensors', 'params', 'share', 'buffers')
    return Grid('', head, tuple(cells), (1, 2, 3, 4), tree=True)
