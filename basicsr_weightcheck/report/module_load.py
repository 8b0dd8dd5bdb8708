"""What a load into a module does: as a page, as rows, as JSON (basicsr-weightcheck.load/1)."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List

from basicsr_weightcheck.compare.key_endings import fold_endings
from basicsr_weightcheck.compare.key_groups import group_keys
from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import count, shape, share
from basicsr_weightcheck.records.sources import KINDS, ModuleLoad
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.page import Heading, Line, Page
from basicsr_weightcheck.report.table_names import more_rows, one_line, shown_table
from basicsr_weightcheck.version import __version__

ROWS = 12
KEYS = 3
Json = Dict[str, Any]


def load_title(load: ModuleLoad, lang: str) -> str:
    """Module, file and table."""
    name = load.network.spec.class_name.rpartition('.')[2]
    path = one_line(load.path) if load.path else label('mod-memory', lang)
    table = f' [{shown_table(load.table, lang)}]' if load.table or load.path else ''
    return f'{name} ← {path}{table}'


def load_verdict(load: ModuleLoad, lang: str) -> str:
    """What the call does, in one sentence."""
    call = f'load_state_dict(strict={load.strict})'
    if load.loads is None:
        keys = ', '.join((load.looked_at or load.lost)[:KEYS])
        return label('mod-unknown', lang, call=call, keys=keys)
    if not load.loads:
        return label('mod-stops', lang, call=call, error=load.error)
    return label('mod-complete' if load.is_complete else 'mod-partly', lang, call=call)


def load_counts(load: ModuleLoad, lang: str) -> str:
    """How much comes from the table, '' where that is all, nothing, or not known."""
    coverage = load.network.coverage
    if load.loads is None or load.is_complete or not coverage.tensors_loaded:
        return ''
    return label(
        'mod-counts' if load.loads else 'mod-counts-stops',
        lang,
        tensors=count(coverage.tensors_loaded),
        all_tensors=count(coverage.tensors_expected),
        share=share(coverage.parameter_fraction),
    )


def load_todo(load: ModuleLoad, lang: str) -> str:
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


def load_page(load: ModuleLoad, lang: str) -> Page:
    """Title, verdict, what to do, and the keys that do not fit."""
    style = {True: 'good' if load.is_complete else 'warn', False: 'bad', None: 'warn'}[load.loads]
    return (
        Heading(load_title(load, lang), 1),
        Line(load_verdict(load, lang), style),
        *(Line(text) for text in (load_counts(load, lang), load_todo(load, lang)) if text),
        *load_lines(load, lang),
    )


def load_lines(load: ModuleLoad, lang: str) -> Iterator[Line]:
    """The keys that do not fit, folded; where nothing of that is the reason, torch's message."""
    found = {one.key: one.found for one in load.mismatched}
    expected = {spec.key: spec.shape for spec in load.network.spec.tensors}
    differs = False
    for name, keys in (
        ('missing', load.missing),
        ('unexpected', load.unexpected),
        ('mismatched', tuple(found)),
    ):
        if not keys:
            continue
        differs = True
        yield Line(f'{label(f"mod-{name}", lang)}: {count(len(keys))}', 'warn')
        rows = fold_endings(group_keys(tuple(dict.fromkeys(keys)), expected, found))
        for row in rows[:ROWS]:
            sides = [shape(side[0]) for side in (row.expected, row.found) if side]
            times = f' × {row.count}' if row.count > 1 else ''
            yield Line(f'{row.pattern}{times} {" / ".join(sides)}'.rstrip(), '', 2)
        yield from more_rows(len(rows) - ROWS, lang)
    if load.message and not differs:
        yield Line(f'{load.error}: {load.message}', 'bad')


def load_rows(load: ModuleLoad) -> List[Json]:
    """A row for each key of either side: what becomes of it, its shapes, where it comes from."""
    found = {one.key: one.found for one in load.mismatched}
    states = {**dict.fromkeys(load.missing, 'missing'), **dict.fromkeys(found, 'mismatched')}
    expected = {spec.key: spec.shape for spec in load.network.spec.tensors}
    rows = [
        {
            'key': one.key,
            'state': states.get(one.key, one.kind),
            'expected': expected.get(one.key),
            'found': found.get(one.key),
            'elements_loaded': one.elements,
            'from_key': ', '.join(origin.key for origin in one.origins),
        }
        for one in load.network.tensors
    ]
    known = {row['key'] for row in rows}
    rest = [(key, 'missing') for key in dict.fromkeys(load.missing) if key not in known]
    rest += [(key, 'unexpected') for key in dict.fromkeys(load.unexpected)]
    blank = {'expected': None, 'found': None, 'elements_loaded': 0}
    for key, state in rest:  # extra state is missed without being a tensor
        from_key = key if state == 'unexpected' else ''
        rows.append({'key': key, 'state': state, **blank, 'from_key': from_key})
    return rows


def render_module_load(load: ModuleLoad) -> str:
    """One load as JSON."""
    coverage = load.network.coverage
    return dumped(
        {
            'format': 'basicsr-weightcheck.load/1',
            'tool_version': __version__,
            'module': load.network.spec.class_name,
            'path': load.path or None,
            'table': load.table,
            'strict': load.strict,
            'loads': load.loads,
            'error': load.error,
            'message': load.message,
            'complete': load.is_complete,
            'missing': list(load.missing),
            'unexpected': list(load.unexpected),
            'mismatched': [
                {'key': one.key, 'expected': list(one.expected), 'found': list(one.found)}
                for one in load.mismatched
            ],
            'tensors': {
                kind: [one.key for one in load.network.tensors if one.kind == kind]
                for kind in KINDS
            },
            'parameters': {
                'loaded': coverage.parameters_loaded,
                'expected': coverage.parameters_expected,
                'fraction': coverage.parameter_fraction,
            },
            'looked_at': list(load.looked_at),
            'lost': list(load.lost),
        }
    )
