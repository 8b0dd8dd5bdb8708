"""How options are written: a value in an option file of each format, one on the command line."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Callable, Dict


def json_value(value: Any) -> str:
    """A value as JSON writes it, on one line."""
    return json.dumps(value, ensure_ascii=False)


def toml_text(value: Any) -> str:
    """A value as TOML writes it: bool, int, float, text or a list of them."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (list, tuple)):
        return f'[{", ".join(toml_text(one) for one in value)}]'
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """In single quotes, which take a path of Windows as it is, where nothing speaks against it."""
    plain = all(sign >= ' ' and sign != '\x7f' for sign in value)
    if plain and '\\' in value and "'" not in value:
        return f"'{value}'"
    escaped = value.replace('\\', '\\\\').replace('"', '\\"')
    coded = re.sub(r'[\x00-\x1f\x7f]', lambda sign: f'\\u{ord(sign.group()):04x}', escaped)
    return f'"{coded}"'


def yaml_value(value: Any) -> str:
    """A value as YAML writes it, on one line."""
    import yaml

    if value is None:
        return '~'
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return dumped.split('\n...')[0].strip()


VALUES: Dict[str, Callable[[Any], str]] = {
    'yaml': yaml_value,
    'yaml-merge': yaml_value,
    'json': json_value,
    'toml': toml_text,
}  # by the formats of plan/option_file.py


def as_argument(option: str, value: str = '') -> str:
    """`--force_yml a:b=value` for a shell; the option alone where no value is given.

    Args:
        option: dotted place.
        value: in the words of an option file.
    """
    entry = option.replace('.', ':') + (f'={value}' if value else '')
    return f'--force_yml {shlex.quote(entry)}'
