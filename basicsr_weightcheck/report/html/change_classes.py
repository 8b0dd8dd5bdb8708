"""How much a tensor changed, in a few classes that have colours of their own."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.comparisons import IDENTICAL, NOT_FINITE, UNREAD, ValueDifference

SAME, BAD, NOT_READ = 'same', 'bad', 'unread'
CLASSES = (('c0', 1e-3), ('c1', 1e-2), ('c2', 1e-1), ('c3', float('inf')))  # relative L2 below
STATES = (SAME, *(name for name, _ in CLASSES), BAD, NOT_READ)


def change_class(relative_l2: float) -> str:
    """The class of a change that is not zero."""
    return next(name for name, limit in CLASSES if relative_l2 < limit)


def tensor_class(value: ValueDifference) -> str:
    """The class of a tensor. Where a is zero the change has no relative size: the largest class."""
    named = {IDENTICAL: SAME, NOT_FINITE: BAD, UNREAD: NOT_READ}
    if value.state in named:
        return named[value.state]
    return CLASSES[-1][0] if value.relative_l2 is None else change_class(value.relative_l2)


def class_names(lang: str) -> Dict[str, str]:
    """{class: its words}, from unchanged to unreadable."""
    return {state: label(f'html-{state}', lang) for state in STATES}
