"""The kinds of option file: how each is read, with the line of every option, and edited.

A format is a module of its own with two functions; the dialect of a framework names its format.
"""

from __future__ import annotations

from typing import Callable, Dict, NamedTuple, Tuple

from basicsr_weightcheck.plan.yaml_edits import edit_yaml
from basicsr_weightcheck.plan.yaml_options import parse_yaml
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile


class OptionFormat(NamedTuple):
    """One kind of option file.

    Attributes:
        parse: (text, path) -> options; `path` is for messages. Raises OptionError.
        edit: (text, edit, path) -> the text with the edit made, comments and layout kept. Raises
            OptionError where that cannot be done; the result is parsed again by the caller.
        endings: of file names, where nothing but the name tells the format.
    """

    parse: Callable[[str, str], OptionFile]
    edit: Callable[[str, OptionEdit, str], str]
    endings: Tuple[str, ...]


YAML = 'yaml'
FORMATS: Dict[str, OptionFormat] = {YAML: OptionFormat(parse_yaml, edit_yaml, ('.yml', '.yaml'))}
