"""The kinds of option file: how each is read, with the line of every option, and edited.

A format is a module of its own with two functions; the dialect of a framework names its format.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Dict, NamedTuple, Tuple

from basicsr_weightcheck.plan.json_options import edit_json, json_value, parse_json
from basicsr_weightcheck.plan.toml_options import edit_toml, parse_toml, toml_text
from basicsr_weightcheck.plan.yaml_options import (
    edit_yaml,
    parse_merging_yaml,
    parse_yaml,
    yaml_value,
)
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile


class OptionFormat(NamedTuple):
    """One kind of option file.

    Attributes:
        parse: (text, path) -> options; `path` is for messages. Raises OptionError.
        edit: (text, edit, path) -> the text with the edit made, comments and layout kept. Raises
            OptionError where that cannot be done; the result is parsed again by the caller.
        endings: of file names, where nothing but the name tells the format.
        nothing: its word for no value; '' where an option without a value is not there at all.
        value: a value of an option as it stands in such a file, on one line.
    """

    parse: Callable[[str, str], OptionFile]
    edit: Callable[[str, OptionEdit, str], str]
    endings: Tuple[str, ...]
    nothing: str
    value: Callable[[Any], str]


YAML = 'yaml'
FORMATS: Dict[str, OptionFormat] = {
    YAML: OptionFormat(parse_yaml, edit_yaml, ('.yml', '.yaml'), '~', yaml_value),
    'yaml-merge': OptionFormat(parse_merging_yaml, edit_yaml, ('.yml', '.yaml'), '~', yaml_value),
    'json': OptionFormat(parse_json, edit_json, ('.json',), 'null', json_value),
    'toml': OptionFormat(parse_toml, edit_toml, ('.toml',), '', toml_text),
}


def parse_options(text: str, path: str, option_format: str = YAML) -> OptionFile:
    """Return the options of a text; `path` is for messages. Raises OptionError."""
    form = FORMATS[option_format]
    options = form.parse(text, path)
    return dataclasses.replace(options, format=option_format, nothing=form.nothing)


def format_of(path: str) -> str:
    """By the ending of its name; YAML where that tells nothing."""
    for name, one in FORMATS.items():
        if path.endswith(one.endings):
            return name
    return YAML
