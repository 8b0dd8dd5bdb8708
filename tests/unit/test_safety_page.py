"""docs/safety.md names every ceiling with its value, and the same threats in both languages."""

from __future__ import annotations

import re
from typing import Set

import pytest

from basicsr_weightcheck.checkpoint.problems import ceilings
from basicsr_weightcheck.messages.words.reader import WORDS
from basicsr_weightcheck.plan.yaml_nodes import CEILINGS
from tests.helpers import ROOT

PAGES = ['safety.md', 'safety_CN.md']


def _threats(page: str) -> Set[str]:
    text = (ROOT / 'docs' / page).read_text(encoding='utf-8')
    return set(re.findall(r'^\| ([A-Z]\d) \|', text, re.M))


@pytest.mark.parametrize('page', PAGES)
def test_every_ceiling_is_there_with_its_value(page: str) -> None:
    text = (ROOT / 'docs' / page).read_text(encoding='utf-8')
    for name, (value, _, _) in {**ceilings(), **CEILINGS}.items():
        assert re.search(rf'^\| `{name}`.* {value:,} ', text, re.M), name


def test_both_pages_have_the_same_threats() -> None:
    assert _threats(PAGES[0]) == _threats(PAGES[1]) and len(_threats(PAGES[0])) > 10


def test_every_unit_has_words() -> None:
    units = {unit for _, unit, _ in (*ceilings().values(), *CEILINGS.values())}
    assert {f'unit-{unit}' for unit in units} <= set(WORDS)


def test_every_code_of_the_readers_is_used() -> None:
    said: Set[str] = set()
    for path in (ROOT / 'basicsr_weightcheck').rglob('*.py'):
        if path.parent.name != 'words':
            said.update(re.findall(r'[^\'"\s]+', path.read_text(encoding='utf-8')))
    ends = {word[place.start() :] for word in said for place in re.finditer(r'^|(?<=[/-])', word)}
    unused = [code for code in WORDS if re.sub(r'^(is|do|unit)-|-detail$', '', code) not in ends]
    assert not unused
