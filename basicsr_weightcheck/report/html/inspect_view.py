"""One file as a page: which network it is, its modules, its tensors, its health."""

from __future__ import annotations

from typing import Dict, Iterator, List, Sequence, Set, Tuple

from basicsr_weightcheck.compare.module_tree import is_buffer, module_tree
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.inspections import Inspection
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_conclusion import trouble_lines
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
from basicsr_weightcheck.report.html.view import (
    Block,
    Cell,
    Grid,
    PageView,
    Section,
)
from basicsr_weightcheck.report.inspect_page import (
    doubts,
    file_lines,
    health_lines,
    network_elements,
)
from basicsr_weightcheck.report.page import Code
from basicsr_weightcheck.report.table_names import shown_table
from basicsr_weightcheck.version import __version__

DEPTH = 3  # of the module tree
ROWS = 400  # a deeper tree than fits is cut to the depth that does


def inspect_view(inspection: Inspection, lang: str) -> PageView:
    """The whole inspection."""
    return inspect_top(inspection, lang)._replace(sections=tuple(_sections(inspection, lang)))


def inspect_top(inspection: Inspection, lang: str) -> PageView:
    """Which network the file is of, whether it is sound, and the block for the YAML."""
    identity = inspection.identity
    style, word = 'warn', 'unknown'
    if identity is not None:
        style, word = ('good', 'exact') if identity.exact else ('warn', 'partly')
    facts = {'type': identity.network_type if identity else ''}
    verdict = label(f'html-ins-{word}', lang, **facts)
    todo = label(f'html-todo-{word}', lang)
    troubles = inspection.file.troubles
    if troubles.unfit:
        style, verdict = 'bad', label(f'html-{"code" if troubles.code else "refused"}', lang)
        todo = spoken(troubles.advice, lang)
    elif not inspection.sound:
        style, verdict = 'bad', label('html-ins-unsound', lang)
        todo = label('html-todo-unsound', lang)
    actions: Tuple[Block, ...] = tuple(blocks(doubts(inspection, lang), lang))
    if inspection.block and not troubles.unfit:
        title = label('html-block', lang)
        actions += (copyable(title, inspection.block.rstrip('\n'), lang),)
    if inspection.conversion and not troubles.unfit:
        title = label('convert-with', lang)
        actions += (copyable(title, inspection.conversion, lang),)
    return PageView(
        lang=lang,
        title=label('ins-title', lang, path=inspection.file.path),
        subject=inspection.file.path,
        style=style,
        verdict=verdict,
        todo=todo,
        actions=actions,
        sections=(),
        footer=f'basicsr-weightcheck {__version__}',
    )


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
    troubles = tuple(blocks(trouble_lines(side, lang), lang))
    facts = {'tensors': count(side.tensors), 'elements': count(side.elements)}
    pieces: List[Block] = [tensor_treemap(tensors, states, side, lang)]
    return PageView(
        lang=lang,
        title=label('cmp-list-title', lang, name=side.name),
        subject=side.path,
        style='bad' if side.troubles.unfit else 'good',
        verdict=label('html-listing', lang, table=shown_table(side.table, lang), **facts),
        todo='',
        actions=troubles,
        sections=(
            Section(label('html-modules', lang), tuple(pieces)),
            Section(label('html-keys', lang), (tensor_keys(tensors, states, lang),)),
        ),
        footer=f'basicsr-weightcheck {__version__}',
    )


def _states(inspection: Inspection) -> Dict[str, str]:
    health = inspection.health
    measured = health.tensors if health else ()
    bad: Set[str] = {one.key for one in measured if one.nan or one.inf}
    zero = {one.key for one in measured if one.zero}
    rotten = set(health.rotten) if health else set()
    states = {}
    for spec in inspection.tensors:
        state = BUFFER if is_buffer(spec) else PARAMETER
        state = ZERO if spec.key in zero and state == PARAMETER else state
        state = ROTTEN if spec.key in rotten else state
        states[spec.key] = BAD if spec.key in bad else state
    return states


def _modules(inspection: Inspection, lang: str) -> Grid:
    """The tree, with the share of the parameters behind each name."""
    trees = [module_tree(inspection.tensors, depth) for depth in range(DEPTH, 0, -1)]
    rows = next((tree for tree in trees if len(tree) <= ROWS), trees[-1][:ROWS])
    total = inspection.parameters or 1
    head = ('module', 'tensors', 'params', 'share', 'buffers')
    return Grid(
        name='',
        head=tuple(label(f'col-{name}', lang) for name in head),
        rows=tuple(
            (
                Cell(row.name, depth=row.depth - 1),
                Cell(count(row.tensors)),
                Cell(count(row.parameters)),
                Cell(share(row.parameters / total), bar=row.parameters / total),
                Cell(count(row.buffers)),
            )
            for row in rows
        ),
        right=(1, 2, 3, 4),
        tree=True,
    )
