"""The summary of a comparison and what strict_load_g follows from it."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import label, spoken
from basicsr_weightcheck.messages.numbers import count, share
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    STATES,
    TINY,
    UNREAD,
    Comparison,
    Side,
)
from basicsr_weightcheck.report.compare_values import rotten_lines
from basicsr_weightcheck.report.page import Code, Element, Heading, Line
from basicsr_weightcheck.report.table_names import few, snippet

SAFETENSORS = 'safetensors'
SHOWN_KEYS = 4


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


def trouble_lines(side: Side, lang: str) -> Iterator[Line]:
    """What some torch or numpy makes of a file: it is said before anything else."""
    style = 'bad' if side.troubles.code else 'warn'
    for sentence in side.troubles.sentences:
        yield Line(f'{side.name}: {spoken(sentence, lang)}', style)


def conclusion_lines(comparison: Comparison, lang: str) -> Iterator[Element]:
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
        if not comparison.matched:
            yield Line(label('cmp-load-nothing', lang), 'bad', 7)
            return
        if not comparison.same_names:
            yield Line(label('cmp-load-prefix', lang), 'bad', 7)
            return
        for source, target in directions:
            yield Line(_load(comparison, source, target, lang), '', 7)
    yield from _snippets(comparison, lang)


def _snippets(comparison: Comparison, lang: str) -> Iterator[Element]:
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
        strict = comparison.strict_from(source)
        yield Line('')
        if source.container == SAFETENSORS:  # load_network calls torch.load, which reads none
            yield Line(label('cmp-safetensors', lang, name=source.name), 'warn')
        elif strict is not None:
            yield Line(label('cmp-snippet', lang, one=source.name, other=target.name))
            yield Code(snippet(source, strict))


def _told_by_one(comparison: Comparison) -> bool:
    """The lines for the second file are those for the first, with another path."""
    one, other = comparison.one, comparison.other
    strict = comparison.strict_from(one), comparison.strict_from(other)
    same = strict[0] == strict[1] and one.table == other.table
    return same and one.container != SAFETENSORS


def _load(comparison: Comparison, source: Side, target: Side, lang: str) -> str:
    """What a load of one file into the network of the other takes."""
    names = {'one': source.name, 'other': target.name}
    strict = comparison.strict_from(source)
    if source.troubles.unfit:
        return label('cmp-load-unfit', lang, **names)
    if strict is None:
        keys = few(source.strays[:SHOWN_KEYS], SHOWN_KEYS)
        return label('cmp-load-stops', lang, keys=keys, **names)
    return label(
        'cmp-load',
        lang,
        strict=str(strict).lower(),
        loaded=count(len(comparison.matched)),
        all=count(target.tensors),
        share=share(comparison.matched_elements / target.elements if target.elements else 1.0),
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
    separator = '\u3001' if lang == 'zh' else ', '  # the comma of lists
    return separator.join(label(f'cmp-reason-{reason}', lang) for reason in reasons)


def strict_word(comparison: Comparison, lang: str) -> str:
    """The value of strict_load_g with which the second file loads into the network of the first."""
    if comparison.other.troubles.unfit:
        return label('strict-unfit', lang)
    strict = comparison.strict_from(comparison.other)
    return label('strict-nothing', lang) if strict is None else str(strict).lower()
