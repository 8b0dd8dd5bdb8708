"""`convert`: from the command line to a recipe, and the report on the screen."""

from __future__ import annotations

import argparse
from typing import Optional

from basicsr_weightcheck.cli.output import print_page
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import language, phrase
from basicsr_weightcheck.records.conversions import ChannelChange, Recipe
from basicsr_weightcheck.workflow.convert import convert


def run_convert(arguments: argparse.Namespace) -> int:
    """Convert one file and tell what was done; 0, or an error with exit code 2."""
    if not arguments.out and not arguments.dry_run:
        raise UsageError(phrase('no-output-file'), advice=phrase('no-output-file-do'))
    report = convert(
        arguments.file,
        arguments.out or '',
        _recipe(arguments),
        Recipe(
            dtype=arguments.dtype,
            wrap=() if arguments.flat else arguments.wrap,
            container=arguments.container,
        ),
        force=arguments.force,
        write=not arguments.dry_run,
    )
    if arguments.format == 'json':
        from basicsr_weightcheck.report.convert_json import render_conversion

        print(render_conversion(report))
    else:
        from basicsr_weightcheck.report.convert_page import convert_page

        page = convert_page(report, language(arguments.lang), everything=arguments.all)
        print_page(page, arguments)
    return 0


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
