"""Every rule has words in both languages with the same places; numbers are never rounded up."""

from __future__ import annotations

import importlib
import inspect
import re
import string
from typing import Iterator, Set, Tuple

import pytest

from basicsr_weightcheck.identify.recognize import FAMILIES
from basicsr_weightcheck.messages.lookup import SUBJECTS, clean
from basicsr_weightcheck.messages.numbers import share, size
from basicsr_weightcheck.messages.width import columns, wrap
from basicsr_weightcheck.records.phrases import Words
from basicsr_weightcheck.report.rules_page import OF_FINDINGS
from basicsr_weightcheck.rules.catalog import RULES
from basicsr_weightcheck.rules.facts import amounts, at_state, at_table, counts, of_file
from basicsr_weightcheck.rules.values.tensors import bad_values
from tests.docs.pages import FENCE
from tests.helpers import ROOT

# {the one word: variants of it that were in use}
TERMS = {
    '键名': '参数名|张量名|名称[与和]形状',
    '权重文件': '(?<!梯度)检查点',
    '权重表': '张量表|(?<=[读取的个张])表(?![示面达明现格述情])',
    '报错退出': '(?<!C )(?<!C)中断|报错停止',
    '恢复训练': '(?<!继)续训',
    '试加载': '演练|排演|预演|彩排',
}
PACKAGE = ROOT / 'basicsr_weightcheck'
DIALECTS = PACKAGE / 'dialects'
SAID_OF_ERRORS = ('reader', 'usage', 'refusals', 'building')


def table(subject: str) -> Words:
    words: Words = importlib.import_module(f'basicsr_weightcheck.messages.words.{subject}').WORDS
    return words


TABLES = {key: pair for subject in SUBJECTS for key, pair in table(subject).items()}
OF_RULES = {key: pair for rule in RULES for key, pair in rule.words.items()}
WORDS = {**TABLES, **{key: OF_RULES[key] for key in OF_RULES if key not in OF_FINDINGS}}


def places(text: str) -> Set[str]:
    """All but the name of this program, which the lookup fills by itself."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} - {'program'}


def test_every_rule_speaks_both_languages() -> None:
    for rule in RULES:
        assert tuple(rule.words)[:3] == OF_FINDINGS, rule.code
        said = rule.said('title', 'zh') + rule.said('text', 'zh')
        assert any('\u4e00' <= c <= '\u9fff' for c in said), rule.code
        for english, chinese in rule.words.values():
            assert places(english) == places(chinese), (rule.code, english)


def test_every_place_is_filled_by_its_rule() -> None:
    """By itself, by what it takes from `rules.facts`, or by the dialect whose fact it tells."""
    helpers = (bad_values, amounts, at_state, at_table, counts, of_file)  # the first calls the last
    dialects = [path.read_text(encoding='utf-8') for path in DIALECTS.rglob('*.py')]
    for rule in RULES:
        source = inspect.getsource(type(rule))
        for one in helpers:
            source += inspect.getsource(one) if f'{one.__name__}(' in source else ''
        told = ''.join(text for text in dialects if f"'{rule.code}'" in text)
        for place in places(rule.said('text', 'en')) | places(rule.said('do', 'en')):
            by_rule = f'{place}=' in source or f"'{place}':" in source
            by_dialect = f"'{place}'" in told or f'{place}=' in told
            assert by_rule or by_dialect, (rule.code, place)


def test_labels_and_phrases_have_the_same_places_in_both_languages() -> None:
    for key, (english, chinese) in TABLES.items():
        assert places(english) == places(chinese), key


@pytest.mark.parametrize('subject', SAID_OF_ERRORS)
def test_every_phrase_is_chinese_but_for_a_bare_name(subject: str) -> None:
    for code, (_, text) in table(subject).items():
        assert code == 'object' or any('\u4e00' <= c <= '\u9fff' for c in text), code


def chinese_texts() -> Iterator[Tuple[str, str]]:
    """(place, text) of everything said in Chinese; of pages what is no code and no address."""
    for rule in RULES:
        yield from ((rule.code, text) for text in rule.zh)
        yield from ((rule.code, text) for _, text in rule.words.values())
    yield from ((key, text) for key, (_, text) in TABLES.items())
    for page in (ROOT / 'README_CN.md', *(ROOT / 'docs').glob('*_CN.md')):
        text = FENCE.sub('', page.read_text(encoding='utf-8'))
        yield from ((page.name, line) for line in text.splitlines())


@pytest.mark.parametrize('term', TERMS)
def test_there_is_one_chinese_word_for_each_thing(term: str) -> None:
    for place, text in chinese_texts():
        assert not re.search(TERMS[term], text), f'{place}: {term}: {text}'


def test_chinese_has_its_own_punctuation() -> None:
    """No ASCII mark stands beside a Chinese character, but for marks of code and of Markdown."""
    code = re.compile(r'`[^`]*`|\]\([^)]*\)|https?://\S+|<[^>]*>|\{[^{}]*\}')
    han = '[\u4e00-\u9fff]'
    wrong = re.compile(f'{han}[,;:!?(]|[0-9][,;:] ?{han}|{han} \\(|[,;!?)]{han}|\\){han}')
    for place, text in chinese_texts():
        assert not wrong.search(code.sub('x', text)), f'{place}: {text}'


def test_the_pages_list_the_networks_that_are_known() -> None:
    names = [family.network_type for family in FAMILIES]
    for page, mark in (('ci.md', ', '), ('ci_CN.md', '、')):
        text = (ROOT / 'docs' / page).read_text(encoding='utf-8').replace('\n', ' ')
        assert mark.join(names) in text, page


def test_no_key_stands_in_two_tables() -> None:
    """So that one which is found in the first tables is the one of all."""
    of_rules = [len(rule.words) - len(OF_FINDINGS) for rule in RULES]
    assert sum(map(len, map(table, SUBJECTS))) == len(TABLES)
    assert len(TABLES) + sum(of_rules) == len(WORDS)


def test_every_table_is_looked_into() -> None:
    files = {path.stem for path in (PACKAGE / 'messages' / 'words').glob('*.py')}
    assert files - {'__init__', 'arguments'} == set(SUBJECTS)


@pytest.mark.parametrize('fraction, text', [
    (1.0, '100.0 %'), (0.99999, '99.9 %'), (0.00001, '< 0.1 %'), (0.0, '0.0 %'),
])  # fmt: skip
def test_a_share_is_cut_not_rounded(fraction: float, text: str) -> None:
    assert share(fraction) == text


@pytest.mark.parametrize('count, text', [
    (0, '0 B'), (1023, '1023 B'), (1024, '1.0 KiB'), (5 << 20, '5.0 MiB'), (3 << 41, '6.0 TiB'),
])  # fmt: skip
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_chinese_takes_two_columns_and_wraps() -> None:
    assert columns('权重a') == 5
    lines = wrap('权重' * 30, 20, '  ')
    assert (
        all(columns(line) <= 20 for line in lines)
        and ''.join(line.strip() for line in lines) == '权重' * 30
    )


def test_control_characters_become_visible() -> None:
    assert clean('a\x1b[31mb') == 'a\\x1b[31mb'
