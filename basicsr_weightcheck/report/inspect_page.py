"""What is in one file (counts, network, modules, health, tensors): text, HTML, JSON (inspect-1)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Dict, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.compare.key_names import is_buffer, module_tree
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, shape, share, size
from basicsr_weightcheck.records.comparisons import Health, Identity, Inspection, NameHash, Side
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.compare_json import side_document
from basicsr_weightcheck.report.json_text import Json, headed, named, picked
from basicsr_weightcheck.report.page import (
    Block,
    Cell,
    Code,
    Heading,
    Line,
    Page,
    PageView,
    Table,
    trouble_lines,
)
from basicsr_weightcheck.report.table_names import counted_table, few, heads, one_line, shown_table

if TYPE_CHECKING:
    from basicsr_weightcheck.report.html.blocks import Keys, Treemap

KEYS = 6
BAD_ROWS = 20


def inspect_page(inspection: Inspection, lang: str) -> Page:
    return (
        Heading(label('ins-title', lang, path=inspection.file.path), 1),
        *doubts(inspection, lang),
        *file_lines(inspection, lang),
        Line(''),
        Heading(label('ins-network', lang)),
        *network_blocks(inspection, lang),
        Line(''),
        Heading(label('ins-modules', lang)),
        _modules(inspection, lang),
        Line(''),
        Heading(label('ins-health', lang)),
        *health_lines(inspection, lang),
    )


def file_lines(inspection: Inspection, lang: str) -> Iterator[Line]:
    """Container, tables, counts."""
    side = inspection.file
    tables = [counted_table(name, n, lang) for name, n in side.tables.items()]
    facts = {'container': side.container, 'bytes': size(side.file_bytes)}
    yield Line(label('ins-file', lang, tables=', '.join(tables), **facts))
    numbers = {
        'tensors': count(side.tensors),
        'parameters': count(inspection.parameters),
        'buffers': count(inspection.buffers),
    }
    yield Line(label('ins-counts', lang, table=shown_table(side.table, lang), **numbers))
    dtypes = [
        label('ins-dtype', lang, name=name, tensors=count(tensors), elements=count(elements))
        for name, tensors, elements in inspection.dtypes
    ]
    yield Line(label('ins-dtypes', lang, dtypes=', '.join(dtypes)))
    if inspection.others:
        others = ', '.join(f'{one_line(key)} = {value}' for key, value in inspection.others[:KEYS])
        more = ' …' if len(inspection.others) > KEYS else ''
        yield Line(label('ins-others', lang, others=others + more))
    left_out = [f'{key} ({form})' for key, form in inspection.left_out]
    yield from _keys('left-out', left_out, lang, 'warn')
    if inspection.tied:
        groups = [' = '.join(group) for group in inspection.tied]
        yield Line(label('ins-tied', lang, count=count(len(groups)), groups=few(groups, KEYS)))


def doubts(inspection: Inspection, lang: str) -> Iterator[Line]:
    """What is missing of the file, and who refuses to load it."""
    if inspection.cut:
        yield Line(label('ins-cut', lang, text=spoken(inspection.cut, lang)), 'bad')
    style = 'bad' if inspection.dangerous else 'warn'
    for trouble in inspection.troubles:
        yield Line(spoken(trouble, lang), style)
    if inspection.file.troubles.unfit:
        advice = spoken(inspection.file.troubles.advice, lang)
        yield Line(label('ins-unfit', lang, advice=advice), style)


def network_blocks(inspection: Inspection, lang: str) -> Iterator[Block]:
    """Which network it is, and the lines for the YAML."""
    if inspection.identity is not None:
        yield from _identity(inspection.identity, lang)
        if not inspection.file.troubles.unfit:
            yield Code(inspection.block)
            if inspection.identity.traceless:
                yield Line(label('ins-traceless', lang), 'dim')
        yield Line(label('ins-limit', lang), 'dim')
    elif not inspection.conversion:
        names = ', '.join(inspection.known_types)
        yield Line(label('ins-unknown', lang, names=names), 'warn')
    if inspection.conversion:
        name = inspection.converted_type or label('unknown', lang)
        yield Line(label('ins-older-names', lang, type=name), 'warn')
        yield Code(inspection.conversion)
    opinion = inspection.second_opinion
    if opinion:
        name = 'ins-spandrel' if opinion != '–' else 'ins-spandrel-none'
        yield Line(label(name, lang, name=opinion))


def _identity(identity: Identity, lang: str) -> Iterator[Line]:
    if identity.prefix:
        yield Line(label('ins-prefix', lang, prefix=identity.prefix), 'warn')
    if identity.exact:
        yield Line(label('ins-exact', lang, type=identity.network_type), 'good')
        return
    numbers = {'matched': count(identity.matched), 'all': count(identity.key_count)}
    yield Line(label('ins-partly', lang, type=identity.network_type, **numbers), 'warn')
    for name in ('lacks', 'extra', 'resized'):
        yield from _keys(name, getattr(identity, name), lang, '', 2)


def _modules(inspection: Inspection, lang: str) -> Table:
    rows = [
        ('  ' * (row.depth - 1) + one_line(row.name),
         *map(count, (row.tensors, row.parameters, row.buffers)))
        for row in inspection.modules
    ]  # fmt: skip
    head = heads(lang, 'module', 'tensors', 'params', 'buffers')
    return Table(head, tuple(rows), (1, 2, 3))


def health_lines(inspection: Inspection, lang: str) -> Iterator[Line]:
    """What the values, the checksums and the hash in the name say."""
    if inspection.name_hash is not None:
        yield _hash(inspection.name_hash, lang)
    if inspection.health is None:
        yield Line(label('ins-not-read', lang), 'dim')
        return
    yield from _values(inspection.health, lang)
    yield from _checksums(inspection.health, lang)


def _values(health: Health, lang: str) -> Iterator[Line]:
    bad = [tensor for tensor in health.tensors if tensor.not_finite]
    if not bad:
        yield Line(label('ins-healthy', lang, count=count(health.measured)), 'good')
    else:
        yield Line(label('ins-bad', lang, count=count(len(bad))), 'bad')
    for one in bad[:BAD_ROWS]:
        numbers = {'nan': count(one.nan), 'inf': count(one.inf), 'all': count(one.count)}
        yield Line(label('ins-bad-row', lang, key=one_line(one.key), **numbers), '', 2)
    if len(bad) > BAD_ROWS:
        yield Line('…', '', 2)
    yield from _keys('zero', [tensor.key for tensor in health.tensors if tensor.zero], lang)
    yield from _keys('unread', health.unread, lang, 'warn')


def _checksums(health: Health, lang: str) -> Iterator[Line]:
    if not health.checksums:
        yield Line(label('ins-no-crc', lang), 'dim')
    elif not health.rotten:
        yield Line(label('ins-crc', lang, count=count(health.checksums)), 'good')
    yield from _keys('rotten', health.rotten if health.checksums else (), lang, 'bad')


def _keys(
    name: str, keys: Sequence[str], lang: str, style: str = '', indent: int = 0
) -> Iterator[Line]:
    """What is said of some keys, where there are any."""
    if keys:
        text = label(f'ins-{name}', lang, count=count(len(keys)), keys=few(keys, KEYS))
        yield Line(text, style, indent)


def _hash(name_hash: NameHash, lang: str) -> Line:
    texts = {'expected': name_hash.expected, 'found': name_hash.found}
    if name_hash.found is None:
        return Line(label('ins-hash', lang, **texts), 'dim')
    if name_hash.found == name_hash.expected:
        return Line(label('ins-hash-ok', lang, **texts), 'good')
    return Line(label('ins-hash-bad', lang, **texts), 'bad')


# The same as an HTML page, with all tensors of the table.

PARAMETER, BUFFER, ZERO, BAD, ROTTEN = 'parameter', 'buffer', 'zero', 'bad', 'rotten'
STATES = (PARAMETER, BUFFER, ZERO, BAD, ROTTEN)
DEPTH = 3  # of the module tree
ROWS = 400  # a deeper tree than fits is cut to the depth that does


def inspect_view(inspection: Inspection, lang: str) -> PageView:
    """Which network the file is of, whether it is sound, the block for the YAML, and the rest."""
    path = inspection.file.path
    actions: List[Block] = [*doubts(inspection, lang)]
    for title, text in (('html-block', inspection.block), ('convert-with', inspection.conversion)):
        if text and not inspection.file.troubles.unfit:
            actions.append(Code(text.rstrip('\n'), title=label(title, lang)))
    title, head = label('ins-title', lang, path=path), _verdict(inspection, lang)
    return PageView(lang, title, path, *head, tuple(actions), body=_body(inspection, lang))


def _verdict(inspection: Inspection, lang: str) -> Tuple[str, str, str]:
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


def _body(inspection: Inspection, lang: str) -> Iterator[Block]:
    picture, keys = _drawn(inspection.tensors, _states(inspection), inspection.file, lang)
    yield Heading(label('html-network-is', lang))
    told = network_blocks(inspection, lang)
    yield from (one for one in told if not isinstance(one, Code))
    yield picture
    yield Heading(label('html-modules', lang))
    yield _tree(inspection, lang)
    yield Heading(label('html-health', lang))
    yield from health_lines(inspection, lang)
    yield Heading(label('html-keys', lang))
    yield keys
    yield Heading(label('html-files', lang))
    yield from file_lines(inspection, lang)


def _states(inspection: Inspection) -> Dict[str, str]:
    """{key: state}; the worst of what the values say of a tensor."""
    states = {spec.key: BUFFER if is_buffer(spec) else PARAMETER for spec in inspection.tensors}
    if inspection.health is None:
        return states
    for one in inspection.health.tensors:
        if one.zero and states.get(one.key) == PARAMETER:
            states[one.key] = ZERO
    states.update(dict.fromkeys(inspection.health.rotten, ROTTEN))
    bad = [one.key for one in inspection.health.tensors if one.not_finite]
    return {**states, **dict.fromkeys(bad, BAD)}


def _tree(inspection: Inspection, lang: str) -> Table:
    """The modules, with the share of the parameters behind each name."""
    trees = [module_tree(inspection.tensors, depth) for depth in range(DEPTH, 0, -1)]
    rows = next((tree for tree in trees if len(tree) <= ROWS), trees[-1][:ROWS])
    total = inspection.parameters or 1
    cells = [
        (
            Cell(row.name, depth=row.depth - 1),
            count(row.tensors),
            count(row.parameters),
            Cell(share(row.parameters / total), bar=row.parameters / total),
            count(row.buffers),
        )
        for row in rows
    ]
    head = heads(lang, 'module', 'tensors', 'params', 'share', 'buffers')
    return Table(head, tuple(cells), (1, 2, 3, 4), kind='tree')


def _drawn(
    tensors: Sequence[TensorSpec], states: Dict[str, str], side: Side, lang: str
) -> Tuple[Treemap, Keys]:
    """The treemap, sound parameters in the colours of their roles, and the table of a file's keys.

    Those that deserve a look come first in the table.
    """
    from basicsr_weightcheck.report.change_plot import ROLES, role
    from basicsr_weightcheck.report.html.blocks import Entry
    from basicsr_weightcheck.report.html.keys import key_table, treemap

    names = {state: label(f'html-{state}', lang) for state in STATES}
    entries = [
        Entry(one.key, states[one.key], one.shape, None, one.count, (one.dtype,), note=one.dtype)
        for one in tensors
    ]
    elements: Counter[str] = Counter()
    for one in entries:
        if one.state == PARAMETER:
            elements[role(one.key)] += one.elements
    # As many as there are colours that can be told apart; the rest shares one.
    roles = {name: f'r{at}' for at, (name, _) in enumerate(elements.most_common(ROLES))}
    others = f'r{ROLES}'
    leaves = [
        one._replace(state=roles.get(role(one.key), others)) if one.state == PARAMETER else one
        for one in entries
    ]
    shown = {state: name for name, state in roles.items()}
    shown = {**shown, others: label('html-other-roles', lang), **names}
    title = f'{side.name} [{shown_table(side.table, lang)}]'
    picture = treemap(leaves, shown, title, label('html-note-inspect', lang), lang)
    order = {state: names[state] for state in (BAD, ROTTEN, ZERO, BUFFER, PARAMETER)}
    return picture, key_table(entries, order, heads(lang, 'shape'), ('dtype',), lang)


# The tensors of one file alone.


def listing_page(side: Side, tensors: Sequence[TensorSpec], lang: str) -> Page:
    """The numbered table of one file: key, shape, parameters, totals."""
    rows = tuple(
        (str(number), one_line(spec.key), shape(spec.shape), count(spec.count))
        for number, spec in enumerate(tensors, 1)
    )
    others = [name for name in side.tables if name != side.table]
    also = ', '.join(counted_table(name, side.tables[name], lang) for name in others)
    return (
        Heading(label('cmp-list-title', lang, name=side.name), 1),
        *trouble_lines(side, lang),
        Line(''),
        Line(label('cmp-list-count', lang, count=count(side.tensors))),
        Line(label('cmp-list-table', lang, table=shown_table(side.table, lang))),
        *((Line(label('cmp-also', lang, name=side.name, tables=also, number=1)),) if also else ()),
        Line(''),
        Table(heads(lang, 'number', 'key', 'shape', 'elements'), rows, (3,)),
        Line(''),
        Line(label('cmp-list-total', lang, count=count(side.elements))),
        Line(label('cmp-list-tensors', lang, count=count(side.tensors))),
    )


def listing_view(side: Side, tensors: Sequence[TensorSpec], lang: str) -> PageView:
    """The same as an HTML page, without a judgement of them."""
    states = {spec.key: BUFFER if is_buffer(spec) else PARAMETER for spec in tensors}
    facts = {'tensors': count(side.tensors), 'elements': count(side.elements)}
    picture, keys = _drawn(tensors, states, side, lang)
    body = (Heading(label('html-modules', lang)), picture, Heading(label('html-keys', lang)), keys)
    return PageView(
        lang=lang,
        title=label('cmp-list-title', lang, name=side.name),
        subject=side.path,
        style='bad' if side.troubles.unfit else 'good',
        verdict=label('html-listing', lang, table=shown_table(side.table, lang), **facts),
        actions=tuple(trouble_lines(side, lang)),
        body=body,
    )


# As JSON.


def inspection_document(inspection: Inspection) -> Json:
    identity, health, name_hash = inspection.identity, inspection.health, inspection.name_hash
    return headed(
        'inspect/1',
        file=side_document(inspection.file),
        **picked(inspection, 'sound', 'parameters', 'buffers'),
        dtypes=named(inspection.dtypes, 'dtype', 'tensors', 'elements'),
        modules=[row._asdict() for row in inspection.modules],
        tied=inspection.tied,
        others=dict(inspection.others),
        left_out=named(inspection.left_out, 'key', 'form'),
        network=identity and _network(identity, inspection),
        spandrel=inspection.second_opinion or None,
        health=health and _health(health),
        cut=inspection.cut or None,
        conversion=inspection.conversion or None,
        troubles=inspection.troubles,
        name_hash=name_hash and name_hash._asdict(),
    )


def _network(identity: Identity, inspection: Inspection) -> Json:
    return {
        'type': identity.network_type,
        'options': dict(identity.options),
        **picked(identity, 'traceless', 'exact', 'prefix'),
        'keys': identity.key_count,
        **picked(identity, 'lacks', 'extra', 'resized'),
        # Nothing may speak for a file that must not be loaded.
        'yaml': '' if inspection.file.troubles.unfit else inspection.block,
    }


def _health(health: Health) -> Json:
    return {
        'measured': health.measured,
        'not_finite': [
            picked(one, 'key', 'elements=count', 'nan', 'inf')
            for one in health.tensors
            if one.not_finite
        ],
        'zero': [one.key for one in health.tensors if one.zero],
        **picked(health, 'unread', 'checksums', 'rotten'),
    }
