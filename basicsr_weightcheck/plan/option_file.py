"""Read an option file as the framework would: its formats, and the line of every option."""

from __future__ import annotations

import dataclasses
from typing import Callable, Dict, NamedTuple, Tuple

from basicsr_weightcheck.dialects.find import DIALECTS
from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.json_options import edit_json, parse_json
from basicsr_weightcheck.plan.toml_options import edit_toml, parse_toml
from basicsr_weightcheck.plan.yaml_options import edit_yaml, parse_merging_yaml, parse_yaml
from basicsr_weightcheck.plan.yaml_text import read_text
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile

# The kinds of option file: how each is read, with the line of every option, and edited.
#
# A format is a module of its own with two functions; the dialect of a framework names its format.


class OptionFormat(NamedTuple):
    """One kind of option file.

    Attributes:
        parse: (text, path) -> options; `path` is for messages. Raises OptionError.
        edit: (text, edit, path) -> the text with the edit made, comments and layout kept. Raises
            OptionError where that cannot be done; the result is parsed again by the caller.
        endings: of file names, where nothing but the name tells the format.
        nothing: its word for no value; '' where an option without a value is not there at all.
    """

    parse: Callable[[str, str], OptionFile]
    edit: Callable[[str, OptionEdit, str], str]
    endings: Tuple[str, ...]
    nothing: str


YAML = 'yaml'
FORMATS: Dict[str, OptionFormat] = {
    YAML: OptionFormat(parse_yaml, edit_yaml, ('.yml', '.yaml'), '~'),
    'yaml-merge': OptionFormat(parse_merging_yaml, edit_yaml, ('.yml', '.yaml'), '~'),
    'json': OptionFormat(parse_json, edit_json, ('.json',), 'null'),
    'toml': OptionFormat(parse_toml, edit_toml, ('.toml',), ''),
}


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
