"""The catalog is whole and in order, and every rule is documented, in both languages."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Iterator

import pytest

from basicsr_weightcheck.dialects.find import DIALECTS
from basicsr_weightcheck.rules.catalog import RULES, find_rule
from basicsr_weightcheck.rules.document import OWN_TESTS, document, parse
from basicsr_weightcheck.rules.rule import Rule
from tests.helpers import ROOT

RULES_FOLDER = 'basicsr_weightcheck/rules'
CODES = {rule.code: rule for rule in RULES}
EACH_RULE = pytest.mark.parametrize('rule', RULES, ids=list(CODES))
FORM = """What it finds.

Why it matters: why, with a colon: here.
Evidence: https://github.com/a/b/issues/1 (a note), https://github.com/a/b/pull/2.
{evidence}
False alarms: none known.
What to do: this.
Source: file.py `function`.
"""


def test_every_rule_is_found() -> None:
    """As many as there are codes in the sources."""
    texts = [path.read_text(encoding='utf-8') for path in (ROOT / RULES_FOLDER).glob('*/*.py')]
    codes = re.findall(r"^class \w+\(\w+, code='(WC\d+)', ", '\n'.join(texts), re.M)
    assert sorted(codes) == [rule.code for rule in RULES] and len(codes) > 110


def test_they_are_found_in_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / 'package.zip'
    with zipfile.ZipFile(str(archive), 'w') as file:
        for path in sorted((ROOT / 'basicsr_weightcheck').rglob('*.py')):
            file.write(str(path), str(path.relative_to(ROOT)))
    code = (
        'from basicsr_weightcheck.dialects.find import DIALECTS\n'
        'from basicsr_weightcheck.rules.catalog import RULES\n'
        'print(len(RULES), len(DIALECTS))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, cwd=str(tmp_path), check=True,
        text=True, env={**os.environ, 'PYTHONPATH': str(archive)},
    )  # fmt: skip
    assert done.stdout.split() == [str(len(RULES)), str(len(DIALECTS))]


def test_the_catalog_is_in_the_order_of_the_codes() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


@EACH_RULE
def test_code_name_and_folder_agree(rule: Rule) -> None:
    folder = type(rule).__module__.split('.')[-2]
    assert re.fullmatch(r'WC[1-6]\d\d', rule.code) and rule.family == folder
    assert re.fullmatch(r'[a-z0-9]+(-[a-z0-9]+)*', rule.name)
    assert rule.name.split('-')[0] not in ('check', 'no', 'use')
    assert find_rule(rule.code.lower()) is rule and find_rule(rule.name.upper()) is rule


@EACH_RULE
def test_symptoms_exist(rule: Rule) -> None:
    assert set(rule.explains) <= set(CODES) - {rule.code}


@EACH_RULE
def test_documentation_is_whole(rule: Rule) -> None:
    english, chinese = document(rule, 'en'), document(rule, 'zh')
    for item in english.evidence:
        link = re.fullmatch(r'https://\S+[^\s.,;)](?: \(.+\))?', item)
        assert link or (item.startswith(OWN_TESTS) or '.py' in item), item
    assert (chinese.evidence, chinese.source) == (english.evidence, english.source)
    for name in ('finds', 'why', 'false_alarms', 'do'):
        text = getattr(chinese, name)
        assert any('\u4e00' <= c <= '\u9fff' for c in text), (name, text)
    none = [english.false_alarms == 'none known.', chinese.false_alarms == '没有已知的误报。']
    assert none[0] == none[1]
    named = set(re.findall(r'WC\d{3}', str(asdict(english)) + str(asdict(chinese))))
    assert named <= set(CODES), 'names a rule that does not exist'


@EACH_RULE
def test_own_files_and_names_exist(rule: Rule) -> None:
    for path, names in re.findall(r'(basicsr_weightcheck/\S+\.py)((?:,? `\w+`)*)', source(rule)):
        text = (ROOT / path).read_text(encoding='utf-8')
        assert set(re.findall(r'\w+', names)) <= set(re.findall(r'\w+', text)), path


def source(rule: Rule) -> str:
    return document(rule, 'en').source


def test_a_docstring_becomes_a_record() -> None:
    said = parse(FORM.format(evidence='own tests.'))
    assert said.finds == 'What it finds.' and said.why == 'why, with a colon: here.'
    links = ('https://github.com/a/b/issues/1 (a note)', 'https://github.com/a/b/pull/2')
    assert said.evidence == (*links, OWN_TESTS)
    assert said.source == 'file.py `function`.'


@pytest.mark.parametrize('before, after', [
    ('Evidence: ', 'Proof: '), ('What to do: this.', 'What to do:'), ('What it finds.', ''),
    ('Source: ', 'Why it matters: again\nSource: '), ('False alarms: none known.\n', ''),
])  # fmt: skip
def test_a_docstring_in_another_form_is_refused(before: str, after: str) -> None:
    text = FORM.format(evidence='')
    assert before in text and parse(text)
    with pytest.raises(ValueError):
        parse(text.replace(before, after))


def marked(path: Path) -> Iterator[str]:
    """Codes of `pytest.mark.fires` in a file of tests."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == 'pytest.mark.fires':
            yield from (ast.literal_eval(one) for one in node.args)


@pytest.mark.skipif(sys.version_info < (3, 9), reason='ast.unparse')
def test_every_rule_has_a_test_that_fails_without_it() -> None:
    """That such a test fails is held by its second run (`tests/silenced_rules.py`)."""
    tested = {code for path in (ROOT / 'tests').rglob('test_*.py') for code in marked(path)}
    assert tested == set(CODES), f'no test, or no rule: {sorted(tested ^ set(CODES))}'
