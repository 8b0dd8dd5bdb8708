"""`inspect`: what is in a file, or in each of several; with --ema its two tables compared."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, List, Tuple

from basicsr_weightcheck.cli.output import print_page, put, refuse_html_in_terminal
from basicsr_weightcheck.errors import UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line, language, phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.records.inspections import Inspection
    from basicsr_weightcheck.report.page import Element

EMA_TABLES = ('params', 'params_ema')


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print what the files are.

    Returns:
        1 where one is doubtful (NaN, Inf, bit rot, another hash), 2 where one of several cannot be
        read, else 0.
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


def _inspected(path: str, arguments: argparse.Namespace) -> Inspection:
    from basicsr_weightcheck.workflow.inspect import inspect

    return inspect(path, arguments.table, arguments.depth, arguments.values, arguments.spandrel)


def _several(arguments: argparse.Namespace, lang: str) -> int:
    """One page after the other; what cannot be read is said on stderr, and the rest goes on."""
    results: List[Inspection] = []
    failed: List[Tuple[str, str]] = []
    for path in arguments.files:
        try:
            results.append(_inspected(path, arguments))
        except WeightCheckError as error:
            failed.append((path, error.what))
            print(f'basicsr-weightcheck: {error_line(error, lang)}', file=sys.stderr)
    if arguments.format == 'json':
        from basicsr_weightcheck.report.inspect_json import inspection_document
        from basicsr_weightcheck.report.json_text import render_several

        documents = [inspection_document(result) for result in results]
        put(render_several('inspect', documents, failed), arguments)
    else:
        from basicsr_weightcheck.report.inspect_page import inspect_page
        from basicsr_weightcheck.report.page import Line

        pages: Tuple[Element, ...] = ()
        for result in results:
            pages += (*inspect_page(result, lang), Line(''))
        print_page(pages, arguments)
    return 2 if failed else int(not all(result.sound for result in results))


def _ema(arguments: argparse.Namespace, lang: str) -> int:
    from basicsr_weightcheck.workflow.compare import compare

    path = arguments.files[0]
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
