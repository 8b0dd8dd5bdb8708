"""`explain` and `rules`: what the rules say of themselves."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.workflow.explain import explain, list_rules


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the documentation of one rule; raises UsageError for an unknown one."""
    print(explain(arguments.code, lang=arguments.lang, output_format=arguments.format))
    return 0


def run_rules(arguments: argparse.Namespace) -> int:
    """Print one line for each rule, in the order of the codes."""
    print(list_rules(lang=arguments.lang, output_format=arguments.format))
    return 0
