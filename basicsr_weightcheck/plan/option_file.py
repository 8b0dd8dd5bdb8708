"""Read an option file as the framework would, with the line of every option."""

from __future__ import annotations

import dataclasses

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
    return parse_options(read_text(path), path, option_format or _format_of(path))


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
