"""`convert`: from the command line to a recipe, and the report on the screen."""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional, Sequence, Tuple

from basicsr_weightcheck.cli.output import print_page, put
from basicsr_weightcheck.errors import UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line, language, phrase
from basicsr_weightcheck.records.conversions import ChannelChange, ConvertReport, Recipe
from basicsr_weightcheck.report.page import Line, Page
from basicsr_weightcheck.workflow.convert import convert


def run_convert(arguments: argparse.Namespace) -> int:
    """Convert the files and tell what was done; 0, or 2 where one of several could not be."""
    if not arguments.out and not arguments.dry_run:
        raise UsageError(phrase('no-output-file'), advice=phrase('no-output-file-do'))
    if len(arguments.files) > 1:
        return _several(arguments)
    report = _converted(arguments.files[0], arguments.out or '', arguments)
    if arguments.format == 'json':
        from basicsr_weightcheck.report.convert_json import render_conversion

        put(render_conversion(report), arguments)
    else:
        print_page(_page(report, arguments), arguments)
    return 0


def _converted(source: str, target: str, arguments: argparse.Namespace) -> ConvertReport:
    return convert(
        source,
        target,
        _recipe(arguments),
        Recipe(
            dtype=arguments.dtype,
            wrap=() if arguments.flat else arguments.wrap,
            container=arguments.container,
        ),
        force=arguments.force,
        write=not arguments.dry_run,
    )


def _page(report: ConvertReport, arguments: argparse.Namespace) -> Page:
    from basicsr_weightcheck.report.convert_page import convert_page

    return convert_page(report, language(arguments.lang), everything=arguments.all)


def _several(arguments: argparse.Namespace) -> int:
    """Each into the folder, under its name; what cannot be done is said, and the rest goes on."""
    targets = _targets(arguments.files, arguments.out)
    reports: List[ConvertReport] = []
    failed: List[Tuple[str, str]] = []
    for source, target in zip(arguments.files, targets):
        try:
            reports.append(_converted(source, target, arguments))
        except WeightCheckError as error:
            failed.append((source, error.what))
            line = error_line(error, language(arguments.lang))
            print(f'basicsr-weightcheck: {line}', file=sys.stderr)
    if arguments.format == 'json':
        from basicsr_weightcheck.report.convert_json import conversion_document
        from basicsr_weightcheck.report.json_text import render_several

        documents = [conversion_document(report) for report in reports]
        put(render_several('convert', documents, failed), arguments)
    else:
        pages: Page = ()
        for report in reports:
            pages += (*_page(report, arguments), Line(''))
        print_page(pages, arguments)
    return 2 if failed else 0


def _targets(files: Sequence[str], folder: Optional[str]) -> List[str]:
    """Where each of several files goes; '' for those of a dry run without a folder.

    Raises:
        UsageError: there is no such folder, or two files would have one name in it.
    """
    if not folder:
        return ['' for _ in files]
    if not os.path.isdir(folder):
        what = phrase('several-need-folder', count=len(files))
        raise UsageError(what, advice=phrase('several-need-folder-do'), path=folder)
    names = [os.path.basename(path) for path in files]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(phrase('several-same-name', name=name), path=folder)
    return [os.path.join(folder, name) for name in names]


def _recipe(arguments: argparse.Namespace) -> Optional[Recipe]:
    """What was asked for, None where no option says anything of names and tensors."""
    if arguments.rules_for and not arguments.rules:
        raise UsageError(phrase('rules-for-alone'))
    if bool(arguments.channel_mode) != bool(arguments.in_channels):
        raise UsageError(phrase('channels-alone'))
    recipe = Recipe(
        take=() if arguments.take is None else (arguments.take,),
        drop=tuple(arguments.drop),
        drop_profiler=arguments.drop_profiler,
        strip=tuple(arguments.strip_prefix),
        keep_others=arguments.keep_others,
        rules=tuple(arguments.rules),
        only=tuple(arguments.rules_for),
        add=arguments.add_prefix,
        channels=tuple(
            ChannelChange(key, number, arguments.channel_mode)
            for key, number in arguments.in_channels
        ),
    )
    return None if recipe == Recipe(take=()) else recipe
