"""`inspect`: what is in one file; with --ema its two tables against each other."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.cli.output import print_page, put, refuse_html_in_terminal
from basicsr_weightcheck.messages.lookup import language

EMA_TABLES = ('params', 'params_ema')


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print what the file is; 1 where it is doubtful (NaN, Inf, bit rot, another hash), else 0."""
    lang = language(arguments.lang)
    refuse_html_in_terminal(arguments)
    if arguments.ema:
        return _ema(arguments, lang)
    from basicsr_weightcheck.workflow.inspect import inspect

    result = inspect(
        arguments.file,
        arguments.table,
        arguments.depth,
        arguments.values,
        arguments.spandrel,
    )
    if arguments.format == 'json':
        from basicsr_weightcheck.report.inspect_json import render_inspection

        put(render_inspection(result), arguments)
    elif arguments.format == 'html':
        from basicsr_weightcheck.report.to_html import inspection_html

        put(inspection_html(result, lang), arguments, end='')
    else:
        from basicsr_weightcheck.report.inspect_page import inspect_page

        print_page(inspect_page(result, lang), arguments)
    return int(not result.sound)


def _ema(arguments: argparse.Namespace, lang: str) -> int:
    from basicsr_weightcheck.workflow.compare import compare

    path = arguments.file
    result = compare(path, path, EMA_TABLES, EMA_TABLES, True, arguments.atol, arguments.exact)
    if arguments.format == 'json':
        from basicsr_weightcheck.report.compare_json import render_comparison

        put(render_comparison(result), arguments)
    elif arguments.format == 'html':
        from basicsr_weightcheck.report.to_html import comparison_html

        put(comparison_html(result, lang), arguments, end='')
    else:
        from basicsr_weightcheck.report.compare_page import compare_page

        print_page(compare_page(result, lang), arguments)
    return int(not result.same_structure)
