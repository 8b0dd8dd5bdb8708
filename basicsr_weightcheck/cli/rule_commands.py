"""`explain` and `rules`: what the rules say of themselves."""

from __future__ import annotations

import argparse
from typing import Sequence

from basicsr_weightcheck.cli.output import terminal_width, wants_colour
from basicsr_weightcheck.messages.lookup import language
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.page import Page
from basicsr_weightcheck.report.page_to_text import render_page
from basicsr_weightcheck.report.rules_page import list_page, rule_page, rules_document
from basicsr_weightcheck.rules.catalog import RULES
from basicsr_weightcheck.rules.document import find_rules
from basicsr_weightcheck.rules.rule import Rule


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the documentation of some rules; raises UsageError for an unknown one."""
    rules, lang = find_rules(arguments.codes), language(arguments.lang)
    _print(arguments, rules, lang, [rule_page(rule, lang) for rule in rules])
    return 0


def run_rules(arguments: argparse.Namespace) -> int:
    """Print one line for each rule, by family."""
    lang = language(arguments.lang)
    _print(arguments, RULES, lang, [list_page(RULES, lang)])
    return 0


def _print(
    arguments: argparse.Namespace, rules: Sequence[Rule], lang: str, pages: Sequence[Page]
) -> None:
    if arguments.format == 'json':
        print(dumped(rules_document(rules, lang)))
        return
    colour, width = wants_colour(arguments), terminal_width()
    print('\n\n\n'.join(render_page(page, colour, width) for page in pages))
