"""`inspect`: what is in one file; with --ema its two tables against each other."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.cli.output import print_page, put, refuse_html_in_terminal
from basicsr_weightcheck.messages.lookup import language
from basicsr_weightcheck.report.compare_json import render_comparison
from basicsr_weightcheck.report.compare_page import compare_page
from basicsr_weightcheck.report.inspect_json import render_inspection
from basicsr_weightcheck.report.inspect_page import inspect_page
from basicsr_weightcheck.workflow.compare import compare
from basicsr_weightcheck.workflow.inspect import inspect

EMA_TABLES = ('params', 'params_ema')


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print what the file is; 1 where it is doubtful (NaN, Inf, bit rot, another hash), else 0."""
    lang = language(arguments.lang)
    refuse_html_in_terminal(arguments)
    if arguments.ema:
        return _ema(arguments, lang)
    result = inspect(
        arguments.file,
        arguments.table,
        arguments.depth,
        arguments.values,
        arguments.spandrel,
    )
    if arguments.format == 'json':
        put(render_inspection(result), arguments)
    elif arguments.format == 'html':
        from basicsr_weightcheck.report.to_html import inspection_html

        put(inspection_html(result, lang), arguments, end='')
    else:
        print_page(inspect_page(result, lang), arguments)
    return int(not result.sound)


def _ema(arguments: argparse.Namespace, lang: str) -> int:
    path = arguments.file
    result = compare(path, path, EMA_TABLES, EMA_TABLES, True, arguments.atol, arguments.exact)
    if arguments.format == 'json':
        put(render_comparison(result), arguments)
    elif arguments.format == 'html':
        from basicsr_weightcheck.report.to_html import comparison_html

        put(comparison_html(result, lang), arguments, end='')
    else:
        print_page(compare_page(result, lang), arguments)
    return int(not result.same_structure)
