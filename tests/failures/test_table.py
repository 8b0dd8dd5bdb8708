"""docs/failures.md is what the markers say, and no class is forgotten."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from basicsr_weightcheck.messages.words import building, refusals
from basicsr_weightcheck.rules.catalog import find_rule
from tests.helpers import ROOT

SENTENCES = (*refusals.WORDS, *building.WORDS)  # of errors


@pytest.fixture(scope='module')
def table() -> Any:
    path = str(ROOT / 'scripts' / 'make_failure_table.py')
    spec = importlib.util.spec_from_file_location('make_failure_table', path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_the_page_is_not_stale(table: Any, lang: str) -> None:
    written = (ROOT / 'docs' / table.PAGES[lang]).read_text(encoding='utf-8')
    assert written == table.page(lang), 'run python scripts/make_failure_table.py'


def test_every_class_has_a_test(table: Any) -> None:
    tested = {one.number for one in table.marked_tests()}
    wanted = {one['number'] for one in table.classes() if one['scope'] in ('CORE', 'NEAR')}
    assert wanted <= tested, f'classes without a test: {sorted(wanted - tested)}'


def test_the_list_of_classes_is_whole(table: Any) -> None:
    listed = table.classes()
    assert [one['number'] for one in listed] == list(range(1, 47))
    assert all(one['en'] and one['zh'] for one in listed)


def test_every_code_is_a_rule_or_a_refusal(table: Any) -> None:
    for one in table.marked_tests():
        known = find_rule(one.code) is not None or one.code in SENTENCES
        begins = one.code[:-1] if one.code.endswith('*') else None
        assert known or begins and any(code.startswith(begins) for code in SENTENCES), one
