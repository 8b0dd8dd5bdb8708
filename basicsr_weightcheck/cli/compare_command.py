"""`compare`: one file listed, two compared, one against many."""

from __future__ import annotations

import argparse
import os
from typing import List, Optional, Tuple

from basicsr_weightcheck.cli.file_arguments import NEVER, VALUES
from basicsr_weightcheck.cli.output import refuse_html_in_terminal, say, show
from basicsr_weightcheck.errors import CheckpointError, UsageError
from basicsr_weightcheck.messages.lookup import clean, label, language, phrase, said_of
from basicsr_weightcheck.records.comparisons import Comparison
from basicsr_weightcheck.report.compare_json import (
    comparison_document,
    comparisons_document,
    listing_document,
)
from basicsr_weightcheck.report.compare_page import (
    LARGEST,
    compare_page,
    compare_view,
    many_page,
    many_view,
)
from basicsr_weightcheck.workflow.compare import compare, file_names, list_file

PAGES = ('text', 'markdown')  # formats that leave rows out


def run_compare(arguments: argparse.Namespace) -> int:
    """Print what differs and return the exit code; see `cli.main.main`.

    Raises:
        UsageError: no file is named, or options cannot stand together.
        CheckpointError: one of two files, or the base of many, cannot be read.
    """
    files = [one for one in (arguments.file1, arguments.file2) if one] + arguments.files
    if not files:
        raise UsageError(phrase('no-file-given'), advice=phrase('no-file-given-do'))
    lang = language(arguments.lang)
    refuse_html_in_terminal(arguments)
    if len(files) == 1:
        return _list(files[0], arguments, lang)
    if len(files) == 2:
        return _two(files[0], files[1], arguments, lang)
    return _many(files, arguments, lang)


def _list(path: str, arguments: argparse.Namespace, lang: str) -> int:
    from basicsr_weightcheck.report.inspect_page import listing_page, listing_view

    page = arguments.format == 'html'
    name = arguments.name1 or (os.path.basename(path) if page else label('model', lang, number=1))
    side, tensors = list_file(path, name, arguments.table1)
    show(
        arguments,
        lambda: listing_document(side, tensors),
        lambda: listing_page(side, tensors, lang),
        lambda: listing_view(side, tensors, lang),
    )
    return 0


def _two(one: str, other: str, arguments: argparse.Namespace, lang: str) -> int:
    # Pages and pictures go to other people.
    for_others = arguments.format == 'html' or arguments.plot
    names = file_names(one, other) if for_others else ('', '')
    names = (
        arguments.name1 or names[0] or label('model', lang, number=1),
        arguments.name2 or names[1] or label('model', lang, number=2),
    )
    result = _compare(one, other, names, arguments, _rows_shown(arguments))
    if arguments.plot:  # before anything is printed: its error is a document of its own
        from basicsr_weightcheck.report.change_plot import draw_change

        drawn = draw_change(result, arguments.plot, lang)
        if drawn != lang:
            say(arguments, label('plot-no-font', lang))
    show(
        arguments,
        lambda: comparison_document(result),
        lambda: compare_page(result, lang, arguments.all),
        lambda: compare_view(result, lang),
    )
    if arguments.plot:
        say(arguments, said_of('written', clean(arguments.plot), lang))
    return int(_fails(result, arguments.fail_on))


def _many(files: List[str], arguments: argparse.Namespace, lang: str) -> int:
    if arguments.plot or arguments.name1 or arguments.name2:
        raise UsageError(phrase('only-two-files'))
    list_file(files[0], None, arguments.table1)  # a base that cannot be read ends it here
    results: List[Comparison] = []
    failed: List[Tuple[str, str]] = []
    for path in files[1:]:
        try:
            results.append(_compare(files[0], path, (files[0], path), arguments))
        except CheckpointError as error:
            failed.append((path, error.what))
    show(
        arguments,
        lambda: comparisons_document(results, failed),
        lambda: many_page(files[0], results, failed, lang),
        lambda: many_view(files[0], results, failed, lang),
    )
    if failed:
        return 2
    return int(any(_fails(one, arguments.fail_on) for one in results))


def _rows_shown(arguments: argparse.Namespace) -> Optional[int]:
    """How many differences a page of two files shows; None where all numbers are needed."""
    if arguments.all or arguments.plot or arguments.format not in PAGES:
        return None
    return LARGEST


def _compare(
    one: str,
    other: str,
    names: Tuple[str, str],
    arguments: argparse.Namespace,
    shown: Optional[int] = None,
) -> Comparison:
    return compare(
        one,
        other,
        names,
        (arguments.table1, arguments.table2),
        not arguments.no_values,
        arguments.atol,
        arguments.exact,
        shown,
    )


def _fails(comparison: Comparison, threshold: str) -> bool:
    if threshold == NEVER:
        return False
    if not comparison.same_structure:
        return True
    return threshold == VALUES and (comparison.same_values is False or any(comparison.rotten))
