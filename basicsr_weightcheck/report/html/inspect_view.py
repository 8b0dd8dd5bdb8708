"""One file as a page: which network it is, its modules, its tensors, its health."""

from __future__ import annotations

from typing import Dict, Iterator, Sequence, Tuple

from basicsr_weightcheck.compare.module_tree import is_buffer, module_tree
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.inspections import Inspection
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_page import trouble_lines
from basicsr_weightcheck.report.html.file_tensors import (
    BAD,
    BUFFER,
    PARAMETER,
    ROTTEN,
    ZERO,
    tensor_keys,
    tensor_treemap,
)
from basicsr_weightcheck.report.html.from_page import blocks, copyable
from basicsr_weightcheck.report.html.view import Cell, Grid, PageView, Section
from basicsr_weightcheck.report.inspect_page import (
    doubts,
    file_lines,
    health_lines,
    network_elements,
)
from basicsr_weightcheck.report.page import Code
from basicsr_weightcheck.report.table_names import heads, shown_table

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
