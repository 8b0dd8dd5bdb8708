"""`inspect`: what is in a file, or in each of several; with --ema its two tables compared."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.cli.output import (
    gathered,
    one_after_the_other,
    refuse_html_in_terminal,
    show,
)
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import language, phrase
from basicsr_weightcheck.records.comparisons import Inspection
from basicsr_weightcheck.report.inspect_page import inspect_page, inspect_view, inspection_document
from basicsr_weightcheck.report.json_text import several_document
from basicsr_weightcheck.workflow.inspect import inspect

EMA_TABLES = ('params', 'params_ema')  # of BasicSR's save_network


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print what the files are.

    Returns:
        1 where one is doubtful (NaN, Inf, bit rot, another hash), 2 where one of several cannot be
        read, else 0.

    Raises:
        UsageError: options that cannot stand together, or a package is missing.
        CheckpointError: a single file cannot be read.
    """
    lang = language(arguments.lang)
    refuse_html_in_terminal(arguments)
    several = len(arguments.files) > 1
    if several and arguments.ema:
        raise UsageError(phrase('ema-one-file'))
    if several and arguments.format == 'html':
        raise UsageError(phrase('html-one-file'))
    if arguments.ema:
        return _ema(arguments, lang)
    if several:
        return _several(arguments, lang)
    result = _inspected(arguments.files[0], arguments)
    show(
        arguments,
        lambda: inspection_document(result),
        lambda: inspect_page(result, lang),
        lambda: inspect_view(result, lang),
    )
    return int(not result.sound)


def _inspected(path: str, arguments: argparse.Namespace) -> Inspection:
    return inspect(path, arguments.table, arguments.depth, arguments.values, arguments.spandrel)


def _several(arguments: argparse.Namespace, lang: str) -> int:
    """One page after the other."""
    results, failed = gathered(arguments.files, lambda path: _inspected(path, arguments), lang)
    show(
        arguments,
        lambda: several_document('inspect', [inspection_document(one) for one in results], failed),
        lambda: one_after_the_other(inspect_page(one, lang) for one in results),
    )
    return 2 if failed else int(not all(result.sound for result in results))


def _ema(arguments: argparse.Namespace, lang: str) -> int:
    from basicsr_weightcheck.report.compare_json import comparison_document
    from basicsr_weightcheck.report.compare_page import compare_page, compare_view
    from basicsr_weightcheck.workflow.compare import compare

    path = arguments.files[0]
    result = compare(path, path, EMA_TABLES, EMA_TABLES, True, arguments.atol, arguments.exact)
    show(
        arguments,
        lambda: comparison_document(result),
        lambda: compare_page(result, lang),
        lambda: compare_view(result, lang),
    )
    return int(not result.same_structure)
