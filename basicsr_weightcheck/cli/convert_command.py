"""`convert`: from the command line to a recipe, and the report on the screen."""

from __future__ import annotations

import argparse
import os
from typing import List, Optional, Sequence

from basicsr_weightcheck.cli.output import gathered, one_after_the_other, show
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import language, phrase
from basicsr_weightcheck.records.findings import ChannelChange, ConvertReport, Recipe
from basicsr_weightcheck.report.convert_page import conversion_document, convert_page
from basicsr_weightcheck.report.json_text import several_document
from basicsr_weightcheck.workflow.convert import convert


def run_convert(arguments: argparse.Namespace) -> int:
    """Convert the files and tell what was done; 0, or 2 where one of several could not be.

    Raises:
        UsageError, CheckpointError, ReportError: as `workflow.convert.convert`, for a single file.
    """
    if not arguments.out and not arguments.dry_run:
        raise UsageError(phrase('no-output-file'), advice=phrase('no-output-file-do'))
    lang = language(arguments.lang)
    if len(arguments.files) > 1:
        return _several(arguments, lang)
    report = _converted(arguments.files[0], arguments.out or '', arguments)
    show(
        arguments,
        lambda: conversion_document(report),
        lambda: convert_page(report, lang),
    )
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


def _several(arguments: argparse.Namespace, lang: str) -> int:
    """Each into the folder, under its name."""
    targets = dict(zip(arguments.files, _targets(arguments.files, arguments.out)))

    def converted(source: str) -> ConvertReport:
        return _converted(source, targets[source], arguments)

    reports, failed = gathered(arguments.files, converted, lang)
    show(
        arguments,
        lambda: several_document('convert', [conversion_document(one) for one in reports], failed),
        lambda: one_after_the_other(convert_page(one, lang) for one in reports),
    )
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


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """What was asked for of names and tensors."""
    if arguments.rules_for and not arguments.rules:
        raise UsageError(phrase('rules-for-alone'))
    if bool(arguments.channel_mode) != bool(arguments.in_channels):
        raise UsageError(phrase('channels-alone'))
    return Recipe(
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
