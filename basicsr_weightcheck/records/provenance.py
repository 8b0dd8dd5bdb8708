"""Where a checkpoint comes from. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

# Options of the training: nothing that a forward pass computes from the weights.
TRAINING_OPTIONS = ('drop', 'checkpoint', 'pretrain', 'init')


def is_of_training(option: str) -> bool:
    """Whether the name says that an option concerns the training alone."""
    return any(word in option.lower() for word in TRAINING_OPTIONS)


@dataclass(frozen=True)
class Origin:
    """What the network was when the file was saved.

    Attributes:
        path: the sidecar, YAML or log that says so.
        options: (option, value as text) of its section.
        class_name: qualified name of the class, '' when not known.
        source_sha256: of the class's source, '' when not known.
    """

    path: str
    options: Tuple[Tuple[str, str], ...]
    class_name: str = ''
    source_sha256: str = ''


def shown_value(value: Any) -> str:
    """One spelling for equal values, wherever they were written."""
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(shown_value(item) for item in value) + ']'
    if isinstance(value, dict):
        return '{' + ', '.join(f'{k}: {shown_value(v)}' for k, v in value.items()) + '}'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return '~' if value is None else str(value)
