"""explain and rules, as text and as JSON; docs/rules.md is what the rules say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.report.rules_page import OF_FINDINGS, readable
from basicsr_weightcheck.rules.catalog import RULES
from basicsr_weightcheck.rules.document import document
from scripts.make_rule_docs import render_rules_page
from tests.helpers import ROOT


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_explain_prints_the_whole_form_with_whole_links(lang: str, capsys: Any) -> None:
    assert main(['explain', *(rule.code for rule in RULES), '--lang', lang]) == 0
    lines = capsys.readouterr().out.split('\n')
    joined = ''.join(''.join(lines).split())
    for rule in RULES:
        said = document(rule, lang)
        title, found, do = (rule.said(key, lang) for key in OF_FINDINGS)
        more = [text for text in (said.finds, said.do) if text not in (found, do)]
        for text in (title, readable(found), readable(do), *more, said.why, said.source):
            assert ''.join(text.split()) in joined, rule.code
        links = [item.split(' ')[0] for item in said.evidence if item.startswith('http')]
        assert all(any(link in line for line in lines) for link in links), rule.code
    # One wide closing mark may stand beyond the last column.
    assert all(columns(line) <= 102 for line in lines if 'http' not in line)


def test_explain_takes_codes_and_names_once_each(capsys: Any) -> None:
    words = ['wc208', 'missing-table', 'EMA-not-used', '--lang', 'en', '--format', 'json']
    assert main(['explain', *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [rule['code'] for rule in told['rules']] == ['WC208', 'WC205']


def test_rules_stand_below_their_family(capsys: Any) -> None:
    assert main(['rules', '--lang', 'en']) == 0
    blocks = capsys.readouterr().out.rstrip('\n').split('\n\n')
    for block in blocks:
        heading, *lines = block.split('\n')
        digit = re.search(r'\(WC(\d)\)', heading)
        assert digit is not None and lines
        assert all(line.startswith(f'  WC{digit.group(1)}') for line in lines)
    assert sum(block.count('\n') for block in blocks) == len(RULES)


@pytest.mark.parametrize('asked, near', [
    ('WC299', 'WC'), ('strict_must_be_false', 'strict-must-be-false'),
])  # fmt: skip
def test_an_unknown_rule_ends_with_the_nearest(asked: str, near: str, capsys: Any) -> None:
    assert main(['explain', 'WC201', asked]) == 2
    said = capsys.readouterr()
    assert not said.out and f'Did you mean {near}' in said.err


def test_without_docstrings_it_says_so() -> None:
    command = [sys.executable, '-OO', '-m', 'basicsr_weightcheck', 'explain', 'WC201']
    done = subprocess.run(command, capture_output=True, cwd=str(ROOT), text=True)
    assert done.returncode == 2 and '-OO' in done.stderr and 'Traceback' not in done.stderr


@pytest.mark.parametrize('name, lang', [('rules.md', 'en'), ('rules_CN.md', 'zh')])
def test_the_page_is_what_the_rules_say(name: str, lang: str) -> None:
    page = (ROOT / 'docs' / name).read_text(encoding='utf-8')
    assert page == render_rules_page(RULES, lang), 'run: python scripts/make_rule_docs.py'


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_the_page_leads_to_every_rule(lang: str) -> None:
    page = render_rules_page(RULES, lang)
    anchors = re.findall(r'^\| \[(WC\d+)\]\(#([\w-]+)\)', page, re.M)
    headings = [h.lower().replace(' ', '-') for h in re.findall(r'^### (.*)$', page, re.M)]
    assert [code for code, _ in anchors] == [rule.code for rule in RULES]
    assert [anchor for _, anchor in anchors] == headings


def test_open_places_are_words(capsys: Any) -> None:
    assert main(['explain', *(rule.code for rule in RULES), '--lang', 'en']) == 0
    said = capsys.readouterr().out
    assert '<advice>' in said and 'stops with <error>' in said.replace('\n', ' ')
    assert not re.search(r'\{(advice|error|option|network|path|missing|fraction)\}', said)
    assert readable('{option}: {{a: {found}}}') == '<option>: {a: <found>}'
