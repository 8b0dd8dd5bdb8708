"""What a load into a module does: as a page, as rows, as JSON (basicsr-weightcheck.load/1)."""

from __future__ import annotations

from typing import Iterator, List

from basicsr_weightcheck.compare.key_names import Ending, fold_endings, group_keys
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape
from basicsr_weightcheck.records.sources import KINDS, ModuleLoad
from basicsr_weightcheck.report.json_text import Json, headed, parameters, picked
from basicsr_weightcheck.report.page import Heading, Line, Page, PageView, more_rows
from basicsr_weightcheck.report.table_names import coverage_facts, one_line, shown_table

ROWS = 12
KEYS = 3


def load_page(load: ModuleLoad, lang: str) -> Page:
    """Title, verdict, what to do, and the keys that do not fit."""
    view = load_view(load, lang)
    told = (*view.actions, *([Line(view.todo)] if view.todo else []), *_lines(load, lang))
    return (Heading(view.title, 1), Line(view.verdict, view.style), *told)


def load_view(load: ModuleLoad, lang: str) -> PageView:
    name = load.network.spec.class_name.rpartition('.')[2]
    path = one_line(load.path) if load.path else label('mod-memory', lang)
    table = f' [{shown_table(load.table, lang)}]' if load.table or load.path else ''
    title, lines = f'{name} ← {path}{table}', tuple(_lines(load, lang))
    body = (Heading(label('html-summary', lang)), *lines) if lines else ()
    style = 'bad' if load.loads is False else 'good' if load.loads and load.is_complete else 'warn'
    counts = _counts(load, lang)
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style=style,
        verdict=_verdict(load, lang),
        todo=_todo(load, lang),
        actions=(Line(counts),) if counts else (),
        body=body,
    )


def _verdict(load: ModuleLoad, lang: str) -> str:
    call = f'load_state_dict(strict={load.strict})'
    if load.loads is None:
        keys = ', '.join((load.looked_at or load.lost)[:KEYS])
        return label('mod-unknown', lang, call=call, keys=keys)
    if not load.loads:
        return label('mod-stops', lang, call=call, error=load.error)
    return label('mod-complete' if load.is_complete else 'mod-partly', lang, call=call)


def _counts(load: ModuleLoad, lang: str) -> str:
    """How much comes from the table, '' where that is all, nothing, or not known."""
    coverage = load.network.coverage
    if load.loads is None or load.is_complete or not coverage.tensors_loaded:
        return ''
    name = 'mod-counts' if load.loads else 'mod-counts-stops'
    return label(name, lang, **coverage_facts(coverage))


def _todo(load: ModuleLoad, lang: str) -> str:
    """What to do, '' where nothing is to say."""
    if load.loads is None:
        return label('mod-do-try', lang)
    if load.is_complete:
        return label('mod-do-nothing', lang)
    if load.loads:
        return label('mod-do-partly', lang)
    if load.mismatched:
        return label('mod-do-shapes', lang)
    differs = load.missing or load.unexpected
    return label('mod-do-strict', lang) if differs and load.strict else ''


def _lines(load: ModuleLoad, lang: str) -> Iterator[Line]:
    """The keys that do not fit, folded; where nothing of that is the reason, torch's message."""
    found = {one.key: one.found for one in load.mismatched}
    expected = {spec.key: spec.shape for spec in load.network.spec.tensors}
    sides = {'missing': load.missing, 'unexpected': load.unexpected, 'mismatched': tuple(found)}
    for name, keys in sides.items():
        if keys:
            yield Line(f'{label(f"mod-{name}", lang)}: {count(len(keys))}', 'warn')
        rows = fold_endings(group_keys(tuple(dict.fromkeys(keys)), expected, found))
        yield from (Line(_row(row), '', 2) for row in rows[:ROWS])
        yield from more_rows(len(rows) - ROWS, lang)
    if load.message and not any(sides.values()):
        yield Line(f'{load.error}: {load.message}', 'bad')


def _row(row: Ending) -> str:
    shapes = ' / '.join(shape(side[0]) for side in (row.expected, row.found) if side)
    times = f' × {row.count}' if row.count > 1 else ''
    return f'{row.pattern}{times} {shapes}'.rstrip()


def load_rows(load: ModuleLoad) -> List[Json]:
    """A row for each key of either side: what becomes of it, its shapes, where it comes from."""
    found = {one.key: one.found for one in load.mismatched}
    expected = {spec.key: spec.shape for spec in load.network.spec.tensors}
    differs = {**dict.fromkeys(load.missing, 'missing'), **dict.fromkeys(found, 'mismatched')}
    told = [
        (one.key, differs.get(one.key, one.kind), one.elements, [each.key for each in one.origins])
        for one in load.network.tensors
    ]
    # Extra state is missed without being a tensor.
    rest = [key for key in dict.fromkeys(load.missing) if key not in expected]
    told += [(key, 'missing', 0, []) for key in rest]
    told += [(key, 'unexpected', 0, [key]) for key in dict.fromkeys(load.unexpected)]
    return [
        {
            'key': key,
            'state': state,
            'expected': expected.get(key),
            'found': found.get(key),
            'elements_loaded': elements,
            'from_key': ', '.join(origins),
        }
        for key, state, elements, origins in told
    ]


def load_document(load: ModuleLoad) -> Json:
    network = load.network
    return headed(
        'load/1',
        module=network.spec.class_name,
        path=load.path or None,
        **picked(load, 'table', 'strict', 'loads', 'error', 'message'),
        complete=load.is_complete,
        **picked(load, 'missing', 'unexpected'),
        mismatched=[one._asdict() for one in load.mismatched],
        tensors={kind: [one.key for one in network.tensors if one.kind == kind] for kind in KINDS},
        parameters=parameters(network.coverage),
        **picked(load, 'looked_at', 'lost'),
    )
