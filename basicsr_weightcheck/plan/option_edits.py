"""Change single options of an option file; everything else stays as the user wrote it."""

from __future__ import annotations

import difflib
from typing import Any, Dict, Iterable, Sequence, Tuple

from basicsr_weightcheck.plan.option_file import FORMATS, parse_options
from basicsr_weightcheck.plan.option_lines import not_alone
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import OptionFile


def apply_edits(options: OptionFile, edits: Sequence[OptionEdit]) -> str:
    """Return the file's text with the edits made; comments and layout stay.

    Raises:
        OptionError: an edit cannot be made without touching other options (anchors, a missing
            section); the result is parsed again and has to hold exactly the edits.
    """
    text = options.text
    for edit in edits:
        text = FORMATS[options.format].edit(text, edit, options.path)
    _verify(options, edits, text)
    return text


def unified_diff(options: OptionFile, text: str) -> str:
    """The change as a unified diff, '' when nothing changes."""
    lines = difflib.unified_diff(
        options.text.splitlines(), text.splitlines(), options.path, options.path, lineterm='', n=1
    )
    return '\n'.join(lines)


def edited_data(data: Any, edits: Sequence[OptionEdit]) -> Any:
    """A copy of the parsed options with the edits made."""
    edited = _unshared(data)
    for edit in edits:
        if edit.becomes or edit.removed:
            place, name = _place(edited, edit.option)
            place.pop(name)
        if not edit.removed:
            place, name = _place(edited, edit.target)
            place[name] = edit.after
    return edited


def merged(edits: Iterable[OptionEdit]) -> Tuple[OptionEdit, ...]:
    """One edit for each option: net_g and net_g_ema share theirs; strict false wins."""
    by_option: Dict[str, OptionEdit] = {}
    for edit in edits:
        if edit.option not in by_option or edit.after is False:
            by_option[edit.option] = edit
    return tuple(sorted(by_option.values(), key=lambda edit: (edit.line or 10**9, edit.option)))


def _place(data: Any, option: str) -> Tuple[Dict[Any, Any], str]:
    """(mapping, name) of an option; a section that is missing or blank is made."""
    *sections, name = option.split('.')
    for section in sections:
        if data.get(section) is None:
            data[section] = {}
        data = data[section]
    return data, name


def _unshared(value: Any) -> Any:
    """A copy without shared parts: what an alias repeats would change at every place at once."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


def _without_none(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {key: _without_none(value) for key, value in data.items() if value is not None}


def _verify(options: OptionFile, edits: Sequence[OptionEdit], text: str) -> None:
    expected = edited_data(options.data, edits)
    # TOML has no word for nothing: an option that becomes None is not there any more.
    if not options.nothing:
        expected = _without_none(expected)
    # An anchor, an alias or a merge key may have carried the edit to other options.
    if parse_options(text, options.path, options.format).data != expected:
        raise not_alone(options.path, edits[0].option)
