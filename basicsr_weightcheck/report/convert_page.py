"""What a conversion did, or would do: as a page and as JSON (convert-1 in docs/schemas)."""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, shape, size
from basicsr_weightcheck.records.findings import Changes, ConvertReport
from basicsr_weightcheck.report.json_text import Json, headed, named, picked
from basicsr_weightcheck.report.page import Block, Heading, Line, Page, PageView, Table, more_rows
from basicsr_weightcheck.report.table_names import counted_table, few, one_line, shown_table

KEYS = 6
ROWS = 12


def convert_page(report: ConvertReport, lang: str) -> Page:
    """The whole report: files, names, what is left out, and whether it was verified."""
    target = report.target or label('con-nowhere', lang)
    return (
        Heading(label('con-title', lang, source=report.source, target=target), 1),
        *_troubles(report, lang),
        *_files(report, lang),
        *_names(report.changes, lang),
        *_tensors(report.changes, lang),
        *_left_out(report, lang),
        Line(''),
        *_result(report, lang),
    )


def convert_view(report: ConvertReport, lang: str) -> PageView:
    heading, *blocks = convert_page(report, lang)
    title = ' '.join(heading[0].split())
    verdict = label('html-planned' if report.written is None else 'html-converted', lang)
    body = (Heading(label('html-summary', lang)), *blocks)
    return PageView(lang, title, title, 'good', verdict, body=body)


def _troubles(report: ConvertReport, lang: str) -> Iterator[Line]:
    """What is wrong with the source is said first, and that the new file has nothing of it."""
    style = 'bad' if report.dangerous else 'warn'
    for sentence in report.troubles.sentences:
        yield Line(spoken(sentence, lang), style)
    if report.dangerous:
        yield _counted('con-dangerous', report.dangerous, lang, 'bad')


def _files(report: ConvertReport, lang: str) -> Iterator[Line]:
    facts = {'container': report.source_container, 'bytes': size(report.source_bytes)}
    taken = ', '.join(shown_table(name, lang) for name in report.recipe.take)
    yield Line(label('con-source', lang, tables=taken, **facts))
    facts = {
        'container': report.recipe.container,
        'tables': ', '.join(counted_table(name, number, lang) for name, number in report.tables),
        'elements': count(report.elements),
    }
    yield Line(label('con-target', lang, **facts))
    if report.chosen:
        steps = ', '.join(label(f'con-chose-{name}', lang) for name in report.chosen)
        yield Line(label('con-chosen', lang, steps=steps), 'warn')
    for name in report.hints:
        yield Line(label('con-hint', lang, rules=name), 'warn')


def _names(changes: Changes, lang: str) -> Iterator[Block]:
    rows = _renamed_rows(changes)
    if rows:
        yield Line('')
        yield Line(label('con-renamed', lang, count=count(len(rows))))
        yield Table((label('con-found', lang), label('con-key', lang)), rows[:ROWS])
        yield from more_rows(len(rows) - ROWS, lang)
    for name, pattern in changes.unused_rules:
        yield Line(label('con-unused', lang, rules=name, pattern=pattern), 'warn')
    if changes.unmatched:
        yield _counted('con-unmatched', changes.unmatched, lang)


def _renamed_rows(changes: Changes) -> Tuple[Tuple[str, str], ...]:
    """(name in the file, new name); a slice is written as Python writes it."""
    cuts = {
        key: '[' + ', '.join([':'] * dim + [f'{first}:{end}']) + ']'
        for key, _, dim, first, end in changes.cut
    }
    rows = [(one_line(found) + cuts.pop(key, ''), one_line(key)) for found, key in changes.renamed]
    # What is left is cut and keeps its name.
    rows += [(one_line(key) + cut, one_line(key)) for key, cut in cuts.items()]
    return tuple(rows)


def _tensors(changes: Changes, lang: str) -> Iterator[Line]:
    for key, parts in changes.joined[:ROWS]:
        yield Line(label('con-joined', lang, key=one_line(key), parts=parts), '', 2)
    yield from more_rows(len(changes.joined) - ROWS, lang)
    for key, before, after in changes.resized:
        texts = {'key': one_line(key), 'before': shape(before), 'after': shape(after)}
        yield Line(label('con-resized', lang, **texts), '', 2)
    for before_dtype, after_dtype, number in changes.cast:
        facts = {'before': before_dtype, 'after': after_dtype, 'count': count(number)}
        yield Line(label('con-cast', lang, **facts))
    if changes.uncast:
        yield _counted('con-uncast', [key for key, _ in changes.uncast], lang, 'warn')


def _left_out(report: ConvertReport, lang: str) -> Iterator[Line]:
    for why in ('pattern', 'profiler', 'prefix'):
        keys = [key for key, reason in report.changes.dropped if reason == why]
        if keys:
            yield _counted(f'con-dropped-{why}', keys, lang, 'warn' if why == 'prefix' else '')
    if report.left_out:
        shown = [f'{place} = {what}' for place, what in report.left_out]
        yield _counted('con-left-out', shown, lang)


def _result(report: ConvertReport, lang: str) -> Iterator[Line]:
    written = report.written
    if written is None:
        yield Line(label('con-dry', lang), 'warn')
        return
    if written.overflowed:
        yield _counted('con-overflow', written.overflowed, lang, 'bad')
    facts = {'bytes': size(written.file_bytes), 'storages': count(written.storages)}
    yield Line(label('con-written', lang, path=report.target, **facts), 'good')


def _counted(name: str, texts: Sequence[str], lang: str, style: str = '') -> Line:
    return Line(label(name, lang, count=count(len(texts)), names=few(texts, KEYS)), style)


def conversion_document(report: ConvertReport) -> Json:
    """One conversion, done or only planned."""
    written = report.written
    return headed(
        'convert/1',
        source=picked(report, 'path=source', 'container=source_container', 'bytes=source_bytes'),
        target={
            'path': report.target or None,
            'container': report.recipe.container,
            'bytes': None if written is None else written.file_bytes,
        },
        written=written is not None,
        recipe=dataclasses.asdict(report.recipe),
        chosen=report.chosen,
        tables=dict(report.tables),
        elements=report.elements,
        storages=None if written is None else written.storages,
        overflowed=None if written is None else written.overflowed,
        changes=_changes(report.changes),
        left_out=named(report.left_out, 'place', 'what'),
        **picked(report, 'dangerous', 'troubles=troubles.sentences', 'hints'),
    )


def _changes(changes: Changes) -> Json:
    return {
        'renamed': named(changes.renamed, 'found', 'key'),
        'dropped': named(changes.dropped, 'found', 'why'),
        'cut': named(changes.cut, 'key', 'found', 'dim', 'first', 'end'),
        'joined': named(changes.joined, 'key', 'parts'),
        'unused_rules': named(changes.unused_rules, 'rules', 'pattern'),
        'unmatched': changes.unmatched,
        'resized': named(changes.resized, 'key', 'before', 'after'),
        'cast': named(changes.cast, 'before', 'after', 'tensors'),
        'uncast': named(changes.uncast, 'key', 'dtype'),
    }
