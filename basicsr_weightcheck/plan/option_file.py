"""Read an option file as the framework would, with the line of every option."""

from __future__ import annotations

import dataclasses

from basicsr_weightcheck.dialects.table import DIALECTS
from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.option_formats import FORMATS, YAML
from basicsr_weightcheck.plan.yaml_text import read_text
from basicsr_weightcheck.records.plans import OptionFile


def read_options(path: str, option_format: str = '') -> OptionFile:
    """Return the options of a file.

    Args:
        path: of the file.
        option_format: a key of FORMATS; '' takes the one whose ending the name has, else YAML.

    Raises:
        OptionError: the file is missing, not readable, not UTF-8, not of the format, or no mapping;
            the message names line and column where there are some.
    """
    by_name = _format_of(path)
    try:
        return parse_options(read_text(path), path, option_format or by_name)
    except OptionError as error:
        # Of the wanted format, or of no telling name: its own words for the fault are best.
        if by_name in (option_format or by_name, YAML):
            raise
        raise _other_format(path, by_name, option_format) from error


def _other_format(path: str, found: str, wanted: str) -> OptionError:
    """For a file of another framework than the one that is here."""
    readers = [one.title or one.packages[0] for one in DIALECTS if one.option_format == found]
    own = wanted.split('-')[0].upper()
    what = phrase('other-format', format=found.upper(), readers=tuple(readers), own=own)
    return OptionError(what, path=path, advice=phrase('other-format-do'))


def parse_options(text: str, path: str, option_format: str = YAML) -> OptionFile:
    """Return the options of a text; `path` is for messages. Raises OptionError."""
    form = FORMATS[option_format]
    options = form.parse(text, path)
    return dataclasses.replace(options, format=option_format, nothing=form.nothing)


def _format_of(path: str) -> str:
    for name, one in FORMATS.items():
        if path.endswith(one.endings):
            return name
    return YAML
