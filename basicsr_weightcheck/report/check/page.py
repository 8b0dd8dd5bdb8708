"""A check as a page of Markdown, and as a log in the words of the framework."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Iterator, List, Sequence

from basicsr_weightcheck.messages.lookup import clean_line, label
from basicsr_weightcheck.messages.numbers import count
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import Difference, Outcome
from basicsr_weightcheck.report.check.outline import outline
from basicsr_weightcheck.report.page import Block, Code, Heading, Line, Page
from basicsr_weightcheck.report.table_names import coverage_facts

COLUMNS = re.compile(' {2,}')


def check_page(report: CheckReport, lang: str) -> Page:
    """The lines of the outline: titles as headings, what is copied as code, the rest as a list."""
    return tuple(_blocks(outline(report, lang)))


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    for kind, group in groupby(lines, _kind):
        members = list(group)
        if kind == 'title':
            yield from (Heading(line.text, 1 if line is lines[0] else 2) for line in members)
        elif kind == 'code':
            yield _code([line.text for line in members])
        else:
            top = min(line.indent for line in members)
            yield from (_item(line, line.indent > top) for line in members if line.text)


def _code(texts: Sequence[str]) -> Code:
    is_diff = any(text.startswith(('+', '-')) for text in texts)
    return Code('\n'.join(texts), 'diff' if is_diff else 'sh')


def _item(line: Line, below: bool) -> Line:
    """A list item, or one below it; the columns of the terminal become a colon."""
    return Line('- ' + COLUMNS.sub(': ', line.text.strip(), count=1), '', 2 if below else 0)


def _kind(line: Line) -> str:
    if 'verbatim' in line.style:
        return 'code'
    return 'title' if line.style == 'title' else 'text'


# The load log: BasicSR's own words, sorted, then the counts that BasicSR never prints.
#
# Source of the words: basicsr 1.4.2 models/base_model.py `load_network` and
# `_print_different_keys_loading`.


def render_log(report: CheckReport, lang: str) -> str:
    """One block for each load, in the order of the calls."""
    lines: List[str] = [f'# {label("log-title", lang)}: {report.plan.options.path}']
    for load in report.loads:
        lines += ['', f'# {load.step.network}', *_block(load, lang)]
    return '\n'.join(clean_line(line) for line in lines) + '\n'


def _block(load: LoadReport, lang: str) -> Iterator[str]:
    step, difference = load.step, load.difference
    name = load.network.class_name.rpartition('.')[2] if load.network else step.network_type
    key = load.key_used or None  # BasicSR prints None for the root of a file
    if load.key_used is None:
        key = step.key_configured
    yield f'Loading {name} model from {step.load_path}, with param key: [{key}].'
    if difference is not None:
        yield from _differences(difference)
        coverage = load.coverage or difference.coverage
        facts = {
            **coverage_facts(coverage),
            'loaded': count(coverage.tensors_loaded),
            'missing': count(len(difference.missing)),
            'unexpected': count(len(difference.unexpected)),
            'mismatched': count(len(difference.mismatched)),
        }
        yield '# ' + label('log-counts', lang, **facts)
    if load.configured.error:
        yield from _error(load.configured, lang)
    if difference is not None:
        yield f'# {label("log-all-loaded", lang)}:'
        yield from (f'#   {key}' for key in difference.matched)


def _differences(difference: Difference) -> Iterator[str]:
    # BasicSR prints both heads where one of the lists is not empty, and sorts by text.
    if difference.missing or difference.unexpected:
        yield 'Current net - loaded net:'
        yield from (f'  {key}' for key in sorted(difference.missing))
        yield 'Loaded net - current net:'
        yield from (f'  {key}' for key in sorted(difference.unexpected))
    for item in sorted(difference.mismatched, key=lambda one: one.key):
        yield (
            f'Size different, ignore [{item.key}]: crt_net: torch.Size({list(item.expected)}); '
            f'load_net: torch.Size({list(item.found)})'
        )


def _error(outcome: Outcome, lang: str) -> Iterator[str]:
    yield f'# {label("log-error", lang, error=outcome.error)}:'
    yield from (f'#   {line}' for line in outcome.message.splitlines())
