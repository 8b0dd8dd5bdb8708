"""Two files side by side in the sections of the guide, or many against one; text and HTML."""

from __future__ import annotations

from itertools import takewhile
from math import prod
from typing import TYPE_CHECKING, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.compare.key_names import fold_endings
from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, difference_number, share, size
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    STATES,
    TINY,
    UNREAD,
    Comparison,
    Side,
    ValueDifference,
)
from basicsr_weightcheck.records.tensors import KeyGroup
from basicsr_weightcheck.report.page import (
    Block,
    Code,
    Heading,
    Line,
    Page,
    PageView,
    Table,
    more_rows,
    trouble_lines,
)
from basicsr_weightcheck.report.table_names import (
    counted_table,
    few,
    heads,
    one_line,
    shapes_text,
    shown_table,
    snippet,
)

if TYPE_CHECKING:
    from basicsr_weightcheck.report.html.blocks import Entry, Keys, Treemap

ROWS = 20
LARGEST = 20  # rows of the table of values
SHAPES = 4
KEYS = 4
STATE_STYLES = {IDENTICAL: 'good', TINY: 'dim', DIFFERENT: 'warn', NOT_FINITE: 'bad', UNREAD: 'bad'}


def compare_page(comparison: Comparison, lang: str, every_row: bool = False) -> Page:
    """The whole comparison; `every_row` lists each key instead of folded ones."""
    one, other = comparison.one, comparison.other
    return (
        Heading(label('cmp-title', lang, one=one.name, other=other.name), 1),
        *both_trouble_lines(comparison, lang),
        *side_lines(comparison, lang),
        Line(''),
        Heading(label('cmp-keys', lang)),
        *_names(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-shapes', lang)),
        *_shapes(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-values', lang)),
        *value_lines(comparison, lang, every_row),
        Line(''),
        Heading(label('cmp-summary', lang), 1),
        *summary_lines(comparison, lang),
        Line(''),
        *conclusion_lines(comparison, lang),
    )


def both_trouble_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """What is to be said of the two files before anything else; of one file once."""
    one, other = comparison.one, comparison.other
    for side in (one,) if one.path == other.path else (one, other):
        yield from trouble_lines(side, lang)


def side_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """The two files and what is peculiar about them."""
    one, other = sides = (comparison.one, comparison.other)
    yield from (_side(side, lang) for side in sides)
    if one.path != other.path:  # of two tables of one file nothing was left out by chance
        for number, side in enumerate(sides, 1):
            yield from _other_tables(side, number, lang)
    for side in sides:
        yield from _strays(side, lang)
    if bool(one.table) != bool(other.table):
        names = [f'{side.name} [{shown_table(side.table, lang)}]' for side in sides]
        yield Line(label('cmp-nested', lang, one=names[0], other=names[1]), 'warn')
    if comparison.rename is not None:
        prefixes = ((one, comparison.rename.found), (other, comparison.rename.expected))
        changes = [
            label('cmp-rename-of', lang, prefix=prefix, name=side.name)
            for side, prefix in prefixes
            if prefix
        ]
        yield Line(label('cmp-rename', lang, change=', '.join(changes)), 'warn')


def _side(side: Side, lang: str) -> Line:
    facts = {
        'path': side.path,
        'container': side.container,
        'bytes': size(side.file_bytes),
        'table': shown_table(side.table, lang),
        'tensors': count(side.tensors),
        'elements': count(side.elements),
    }
    return Line(label('cmp-side', lang, name=side.name, **facts), 'dim')


def _strays(side: Side, lang: str) -> Iterator[Line]:
    if side.strays:
        numbers = {'count': count(len(side.strays)), 'keys': few(side.strays[:KEYS], KEYS)}
        yield Line(label('cmp-strays', lang, name=side.name, **numbers), 'warn')


def _other_tables(side: Side, number: int, lang: str) -> Iterator[Line]:
    rest = [counted_table(k, n, lang) for k, n in side.tables.items() if k != side.table]
    if rest:
        text = label('cmp-also', lang, name=side.name, tables=', '.join(rest), number=number)
        yield Line(text, 'warn')


def _names(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Block]:
    one, other = comparison.one, comparison.other
    for side in (one, other):
        yield Line(label('cmp-count', lang, name=side.name, count=count(side.tensors)))
    yield Line(label('cmp-common', lang, count=count(comparison.common)))
    for side, keys, groups in (
        (one, comparison.only_one, comparison.only_one_groups),
        (other, comparison.only_other, comparison.only_other_groups),
    ):
        if keys:
            title = label('cmp-only', lang, name=side.name, count=count(len(keys)))
            yield from _listed(title, 'warn', groups, lang, every_row)
    if comparison.matched_groups:
        title = label('cmp-shared', lang, count=count(len(comparison.matched)))
        yield from _listed(title, 'good', comparison.matched_groups, lang, every_row)


def _shapes(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Block]:
    if not comparison.common:
        yield Line(label('cmp-shapes-none', lang), 'bad')
        return
    if not comparison.mismatched:
        yield Line(label('cmp-shapes-ok', lang), 'good')
    yield Line(label('cmp-shapes-count', lang, count=count(len(comparison.matched))))
    if comparison.mismatched:
        title = label('cmp-shapes-bad', lang, count=count(len(comparison.mismatched)))
        yield from _listed(title, 'bad', comparison.mismatched_groups, lang, every_row)
    if comparison.dtypes:
        yield Line('')
        yield Line(label('cmp-dtypes', lang, count=count(len(comparison.dtypes))), 'warn')
        shown = comparison.dtypes if every_row else comparison.dtypes[:ROWS]
        yield from (Line(f'- {one_line(k)} [{a} / {b}]', '', 2) for k, a, b in shown)
        yield from more_rows(len(comparison.dtypes) - len(shown), lang)


def _listed(
    title: str, style: str, groups: Sequence[KeyGroup], lang: str, every_row: bool
) -> Iterator[Block]:
    yield Line('')
    yield Line(title, style)
    if every_row:
        for group in groups:
            shapes = _shapes_of([[one] for one in (group.expected, group.found) if one is not None])
            yield from (Line(f'- {one_line(key)}{shapes}', 'verbatim', 2) for key in group.keys)
        return
    rows = fold_endings(groups)
    for row in rows[:ROWS]:
        times = f' × {count(row.count)}' if row.count > 1 else ''
        shapes = _shapes_of([one for one in (row.expected, row.found) if one])
        yield Line(f'- {one_line(row.pattern)}{times}{shapes}', 'verbatim', 2)
    yield from more_rows(len(rows) - ROWS, lang)


def _shapes_of(sides: Sequence[Sequence[Tuple[int, ...]]]) -> str:
    """Of both sides; of one where they are equal."""
    different = sides[:1] if len(sides) == 2 and sides[0] == sides[1] else sides
    return f' [shape: {" / ".join(shapes_text(one, SHAPES) for one in different)}]'


def value_lines(comparison: Comparison, lang: str, every_row: bool) -> Iterator[Block]:
    """The third section; `every_row` shows all differences, not the largest only."""
    if not comparison.values:
        missing = 'cmp-no-values' if comparison.values is None else 'cmp-nothing-to-read'
        yield Line(label(missing, lang), 'warn')
        return
    how = label('cmp-rule-exact' if comparison.exact else 'cmp-rule-crc', lang)
    rule = {'how': how, 'tolerance': comparison.tolerance, 'name': comparison.one.name}
    yield Line(label('cmp-rule', lang, **rule), 'dim')
    yield from _counts(comparison, lang)
    yield from rotten_lines(comparison, lang)
    largest = comparison.largest
    shown = largest if every_row else largest[:LARGEST]
    if shown:
        numbers = {'shown': count(len(shown)), 'count': count(len(largest))}
        yield Line('')
        yield Line(label('cmp-largest', lang, **numbers))
        yield _value_table(shown, lang)


def _counts(comparison: Comparison, lang: str) -> Iterator[Line]:
    """How many tensors are in each state; of the rare states only where there are any."""
    for state, style in STATE_STYLES.items():
        unread = comparison.by_checksum if state == IDENTICAL else 0
        number = comparison.count(state) - unread
        if number or state in (IDENTICAL, TINY, DIFFERENT):
            yield Line(label(f'cmp-{state}', lang, count=count(number)), style if number else '')
        if unread:
            yield Line(label('cmp-by-checksum', lang, count=count(unread)), 'good')


def rotten_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """Which bytes are not those that were saved."""
    for side, keys in zip((comparison.one, comparison.other), comparison.rotten):
        if keys:
            numbers = {'count': count(len(keys)), 'keys': few(keys, KEYS)}
            yield Line(label('cmp-rotten', lang, name=side.name, **numbers), 'bad')


def _value_table(values: Sequence[ValueDifference], lang: str) -> Table:
    return Table(
        heads(lang, 'key', 'state', 'max', 'mean', 'relative', 'l2', 'cosine'),
        tuple(_value_row(value, lang) for value in values),
        (2, 3, 4, 5, 6),
        tuple(STATE_STYLES[value.state] for value in values),
    )


def _value_row(value: ValueDifference, lang: str) -> Tuple[str, ...]:
    bad = {'one': count(value.not_finite[0]), 'other': count(value.not_finite[1])}
    numbers = (value.max_abs, value.mean_abs, value.relative, value.relative_l2)
    return (
        one_line(value.key),
        label(f'state-{value.state}', lang, **bad),
        *(difference_number(number) for number in numbers),
        difference_number(value.cosine, cosine=True),
    )


def summary_lines(comparison: Comparison, lang: str) -> Iterator[Line]:
    """One line each for names, shapes and values."""
    unshared = len(comparison.only_one) + len(comparison.only_other)
    resized = len(comparison.mismatched)
    if not comparison.common:
        yield _sum('nothing', 'bad', lang)
        return
    if unshared:
        yield _sum('names-bad', 'bad', lang, unshared)
    elif not comparison.same_names:
        yield _sum('prefix', 'bad', lang)
    else:
        yield _sum('names', 'good', lang)
    yield _sum('shapes-bad', 'bad', lang, resized) if resized else _sum('shapes', 'good', lang)
    if comparison.values:
        yield from _value_summary(comparison, lang)


def _value_summary(comparison: Comparison, lang: str) -> Iterator[Line]:
    numbers = {state: comparison.count(state) for state in STATES}
    if numbers[NOT_FINITE]:
        yield _sum('values-bad-finite', 'bad', lang, numbers[NOT_FINITE])
    if numbers[UNREAD]:
        yield _sum('values-unread', 'warn', lang, numbers[UNREAD])
    if numbers[DIFFERENT]:
        yield _sum('values-bad', 'warn', lang, numbers[DIFFERENT])
    elif numbers[TINY]:
        yield _sum('values-tiny', 'warn', lang, numbers[TINY])
    elif numbers[IDENTICAL] == len(comparison.matched):
        said = 'by-checksum' if comparison.by_checksum else 'values'
        yield _sum(said, 'good', lang, comparison.by_checksum)
    yield from rotten_lines(comparison, lang)


def _sum(name: str, style: str, lang: str, number: int = 0) -> Line:
    return Line(label(f'cmp-sum-{name}', lang, count=count(number)), style)


def conclusion_lines(comparison: Comparison, lang: str) -> Iterator[Block]:
    """Same structure or not, what loads with which strict_load_g, and the lines for the YAML."""
    one, other = comparison.one, comparison.other
    directions = ((one, other), (other, one))
    if comparison.same_structure:
        yield Heading(label('cmp-same', lang), 1)
        if not (one.troubles.unfit or other.troubles.unfit):
            yield Line(label('cmp-same-why', lang), '', 7)
        yield Line(label('cmp-same-limit', lang), 'dim', 7)
    else:
        reason = label('cmp-reason', lang, reasons=_reasons(comparison, lang))
        yield Heading(f'{label("cmp-differ", lang)}\n       {reason}', 1)
        if not any(one.tensors or one.stops for one in comparison.loads):
            why = 'prefix' if comparison.matched else 'nothing'
            yield Line(label(f'cmp-load-{why}', lang), 'bad', 7)
            return
        for source, target in directions:
            yield Line(_load(comparison, source, target, lang), '', 7)
    yield from _snippets(comparison, lang)


def _snippets(comparison: Comparison, lang: str) -> Iterator[Block]:
    """The lines for the YAML; for the second file too where they are more than another path.

    None at all beside a file that must not be loaded as it is.
    """
    one, other = comparison.one, comparison.other
    unfit = [side for side in (one, other) if side.troubles.unfit]
    if unfit:
        yield Line('')
        for side in unfit:
            advice = spoken(side.troubles.advice, lang)
            yield Line(label('cmp-unfit', lang, name=side.name, advice=advice), 'bad')
        return
    directions = [(one, other), (other, one)]
    for source, target in directions[:1] if _told_by_one(comparison) else directions:
        strict = comparison.taken(source).strict
        yield Line('')
        if not source.torch_reads:  # load_network calls torch.load
            yield Line(label('cmp-safetensors', lang, name=source.name), 'warn')
        elif strict or (strict is not None and comparison.same_names):  # a prefix comes off first
            title = label('cmp-snippet', lang, one=source.name, other=target.name)
            yield Code(snippet(source.path, source.table, strict), title=title)


def _told_by_one(comparison: Comparison) -> bool:
    """The lines for the second file are those for the first, with another path."""
    one, other = comparison.one, comparison.other
    strict = comparison.taken(one).strict, comparison.taken(other).strict
    same = strict[0] == strict[1] and one.table == other.table
    return same and one.torch_reads


def _load(comparison: Comparison, source: Side, target: Side, lang: str) -> str:
    """What a load of one file into the network of the other takes."""
    names = {'one': source.name, 'other': target.name}
    strict, tensors, elements, stops = comparison.taken(source)
    if source.troubles.unfit:
        return label('cmp-load-unfit', lang, **names)
    if strict is None:
        keys = few(stops[:KEYS], KEYS)
        return label('cmp-load-stops' if keys else 'cmp-load-none', lang, keys=keys, **names)
    return label(
        'cmp-load',
        lang,
        strict=str(strict).lower(),
        loaded=count(tensors),
        all=count(target.tensors),
        share=share(elements / target.elements if target.elements else 1.0),
        **names,
    )


def _reasons(comparison: Comparison, lang: str) -> str:
    reasons = []
    if not comparison.common:
        reasons.append('nothing')
    elif comparison.only_one or comparison.only_other:
        reasons.append('names')
    elif not comparison.same_names:
        reasons.append('prefix')
    if comparison.mismatched:
        reasons.append('shapes')
    if comparison.one.strays or comparison.other.strays:
        reasons.append('strays')
    told = (label(f'cmp-reason-{reason}', lang) for reason in reasons)
    return label('comma-of-lists', lang).join(told)


def strict_word(comparison: Comparison, lang: str) -> str:
    """The value of strict_load_g with which the second file loads into the network of the first."""
    if comparison.other.troubles.unfit:
        return label('strict-unfit', lang)
    strict = comparison.taken(comparison.other).strict
    return label('strict-nothing', lang) if strict is None else str(strict).lower()


# The same as an HTML page: a verdict, pictures, and a table of all keys.

ONLY_ONE, ONLY_OTHER, RESIZED, SHARED = 'only-one', 'only-other', 'resized', 'shared'
BY_CHECKSUM = 'by-checksum'


def compare_view(comparison: Comparison, lang: str) -> PageView:
    """Verdict, what to do to load one file where the other is expected, and the rest."""
    one, other = comparison.one, comparison.other
    style, verdict = _verdict(comparison, lang)
    # The first sentence of the conclusion is what to do; the lines for the YAML follow.
    conclusion = list(conclusion_lines(comparison, lang))
    headings = [block.text for block in conclusion if isinstance(block, Heading)]
    first, *rest = [block for block in conclusion if not isinstance(block, Heading)]
    reasons = [Line(reason) for text in headings for reason in text.split('\n', 1)[1:]]
    todo = first.text if isinstance(first, Line) else ''
    # A file that must not be loaded comes before all advice; the first file before the second.
    for side in (other, one):
        todo = spoken(side.troubles.advice, lang) if side.troubles.unfit else todo
    title = label('cmp-title', lang, one=one.name, other=other.name)
    actions = (*both_trouble_lines(comparison, lang), *reasons, *rest)
    body = _body(comparison, lang)
    return PageView(lang, title, title, style, verdict, todo, actions, body=body)


def _verdict(comparison: Comparison, lang: str) -> Tuple[str, str]:
    sides = (comparison.one, comparison.other)
    if any(side.troubles.unfit for side in sides):
        code = any(side.troubles.code for side in sides)
        return 'bad', label('html-code' if code else 'html-refused', lang)
    if not comparison.same_structure:
        return 'bad', label('html-cmp-differ', lang)
    if any(comparison.rotten):
        return 'bad', label('html-cmp-rotten', lang)
    if comparison.same_values is None:
        return 'good', label('html-cmp-same-structure', lang)
    if comparison.same_values:
        said = 'html-cmp-by-checksum' if comparison.by_checksum else 'html-cmp-identical'
        return 'good', label(said, lang)
    return 'warn', label('html-cmp-other-values', lang)


def _body(comparison: Comparison, lang: str) -> Iterator[Block]:
    from basicsr_weightcheck.report.html.change_chart import change_chart, histogram

    picture, keys = _drawn(comparison, lang)
    yield Heading(label('html-summary', lang))
    yield from summary_lines(comparison, lang)
    yield picture
    drawn = tuple(filter(None, [change_chart(comparison, lang), histogram(comparison, lang)]))
    if drawn:
        yield Heading(label('html-values', lang))
        yield from drawn
        # Without the table of the largest, above which is an empty line: that of all keys has them.
        told = value_lines(comparison, lang, False)
        yield from takewhile(lambda one: isinstance(one, Line) and bool(one.text), told)
    yield Heading(label('html-keys', lang))
    yield keys
    yield Heading(label('html-files', lang))
    yield from side_lines(comparison, lang)


def _drawn(comparison: Comparison, lang: str) -> Tuple[Treemap, Keys]:
    """The treemap of the first file, each tensor by how much it changed, and all keys."""
    from basicsr_weightcheck.report.html.change_chart import class_names, tensor_class
    from basicsr_weightcheck.report.html.keys import key_table, treemap

    one, other = comparison.one.name, comparison.other.name
    said = {name: label(f'html-{name}', lang) for name in (RESIZED, SHARED)}
    only = label('html-only', lang, name=one)
    entries = tuple(_entries(comparison))
    by_key = {entry.key: entry for entry in entries}
    leaves = {key: by_key[key] for key, _ in comparison.shapes}
    for value in comparison.values or ():
        size = difference_number(value.relative_l2)
        note = '' if value.relative_l2 is None else f'· {label("col-l2", lang)} {size}'
        leaves[value.key] = leaves[value.key]._replace(state=tensor_class(value), note=note)
    names = {SHARED: said[SHARED], **class_names(lang), RESIZED: said[RESIZED], ONLY_ONE: only}
    title, note = label('html-network', lang, type=one), label('html-note-compare', lang)
    states = {
        ONLY_ONE: only,
        ONLY_OTHER: label('html-only', lang, name=other),
        RESIZED: said[RESIZED],
        **{state: label(f'state-{state}', lang, one='', other='') for state in reversed(STATES)},
        NOT_FINITE: 'NaN/Inf',
        BY_CHECKSUM: label('state-by-checksum', lang),
        SHARED: said[SHARED],
    }
    more = heads(lang, 'max', 'l2', 'cosine') if comparison.values is not None else ()
    return (
        treemap(tuple(leaves.values()), names, title, note, lang),
        key_table(entries, states, (one, other), more, lang),
    )


def _entries(comparison: Comparison) -> Iterator[Entry]:
    """Every name of either file, those that differ first."""
    from basicsr_weightcheck.report.html.blocks import Entry

    shapes = dict(comparison.shapes)
    values = {value.key: value for value in comparison.values or ()}
    blank = ('–', '–', '–') if comparison.values is not None else ()
    for key in comparison.only_one:
        yield Entry(key, ONLY_ONE, shapes[key], None, prod(shapes[key]), blank)
    for group in comparison.only_other_groups:
        whole = Entry('', ONLY_OTHER, None, group.found, prod(group.found or ()), blank)
        yield from (whole._replace(key=key) for key in group.keys)
    for one in comparison.mismatched:
        yield Entry(one.key, RESIZED, one.expected, one.found, prod(one.expected), blank)
    for key in comparison.matched:
        entry = Entry(key, SHARED, shapes[key], shapes[key], prod(shapes[key]), blank)
        yield _measured(entry, values.get(key))


def _measured(entry: Entry, value: Optional[ValueDifference]) -> Entry:
    """The entry with what the comparison of the values gave, where it was made."""
    if value is None:
        return entry
    numbers = [difference_number(one) for one in (value.max_abs, value.relative_l2)]
    return entry._replace(
        state=BY_CHECKSUM if value.by_checksum else value.state,
        texts=(*numbers, difference_number(value.cosine, cosine=True)),
        worst=value.relative_l2 or value.max_abs or 0.0,
    )


# One base against many files: a table.


def many_page(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> Page:
    """A row for each file that could be compared, a line for each that could not.

    Args:
        base: path of the file that all are compared with.
        comparisons: of those that could be read.
        failed: (path, reason) of files that could not be read.
    """
    total = count(len(comparisons) + len(failed))
    unread = sum(one.by_checksum for one in comparisons)
    head = ('file', 'common', 'only-base', 'only-file', 'resized', 'identical', 'tiny')
    return (
        Heading(label('cmp-many', lang, base=base, count=total), 1),
        *(trouble_lines(comparisons[0].one, lang) if comparisons else ()),
        Table(
            heads(lang, *head, 'different', 'max', 'l2', 'strict'),
            tuple(_row(one, lang) for one in comparisons),
            tuple(range(1, 10)),
            tuple(map(_style, comparisons)),
        ),
        *([Line(label('cmp-many-checksum', lang, count=count(unread)), 'dim')] * bool(unread)),
        *(line for one in comparisons for line in _troubled(one, lang)),
        *(Line(f'[×] {one_line(path)}: {spoken(reason, lang)}', 'bad') for path, reason in failed),
    )


def _style(comparison: Comparison) -> str:
    if comparison.other.troubles.unfit or any(comparison.rotten):
        return 'bad'
    return 'good' if comparison.same_structure else 'warn'


def _troubled(comparison: Comparison, lang: str) -> Iterator[Line]:
    """What speaks against a file, each named by its path."""
    # The names of single files ("model 2") say nothing among many.
    side = comparison.other._replace(name=one_line(comparison.other.path))
    yield from trouble_lines(side, lang)
    yield from rotten_lines(comparison._replace(one=comparison.one, other=side), lang)


def _row(comparison: Comparison, lang: str) -> Tuple[str, ...]:
    largest = comparison.largest
    values = [count(comparison.count(state)) for state in (IDENTICAL, TINY, DIFFERENT)]
    l2 = max((value.relative_l2 or 0.0 for value in largest), default=0.0)
    return (
        one_line(comparison.other.path),
        count(comparison.common),
        count(len(comparison.only_one)),
        count(len(comparison.only_other)),
        count(len(comparison.mismatched)),
        *(values if comparison.values is not None else ('–', '–', '–')),
        difference_number(largest[0].max_abs if largest else None),
        difference_number(l2 if largest else None),
        strict_word(comparison, lang),
    )


def many_view(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> PageView:
    """The same as an HTML page: notes above the table, whose rows can be searched."""
    blocks = many_page(base, comparisons, failed, lang)
    same, total = sum(one.same_structure for one in comparisons), len(comparisons) + len(failed)
    title = label('cmp-many', lang, base=base, count=count(total))
    tables = [one._replace(name=title, kind='rows') for one in blocks if isinstance(one, Table)]
    notes = [one for one in blocks if isinstance(one, Line)]
    return PageView(
        lang=lang,
        title=title,
        subject=title,
        style='good' if same == total else 'warn',
        verdict=label('html-many', lang, same=count(same), count=count(total)),
        body=(Heading(label('html-files', lang)), *notes, *tables),
    )
