"""Many files against one network. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

FULL = 'full'
PARTLY = 'partly'
PREFIX = 'prefix'
CONTAINER = 'container'
NOTHING = 'nothing'
REFUSED = 'refused'
NAMES = 'names'
ERROR = 'error'


@dataclass(frozen=True)
class ScanRow:
    """One file.

    Attributes:
        path: as given.
        table: name of the table that fits best, '' for the file's root, None without one.
        strict: the value of strict_load with which that table loads; None when neither helps.
        fraction: share of the network's parameters that the load takes, 0 to 1.
        tensors_loaded, tensors_expected: the same in tensors.
        missing, unexpected, mismatched: number of keys, as in Outcome.
        convertible: share that would load after a conversion; `fraction` where none helps.
        reason: 'full', 'partly', 'prefix' (names fit without a prefix), 'container' (safetensors,
            which load_network does not read), 'refused' (by the installed torch), 'nothing',
            'names' (the load was neither rehearsed nor predicted) or 'error'.
        detail: the prefix, why torch refuses the file, or why it cannot be read; '' otherwise.
    """

    path: str
    table: Optional[str]
    strict: Optional[bool]
    fraction: float
    tensors_loaded: int
    tensors_expected: int
    missing: int
    unexpected: int
    mismatched: int
    convertible: float
    reason: str
    detail: str = ''


@dataclass(frozen=True)
class Scan:
    """Result of `scan`.

    Attributes:
        options_path: the training YAML.
        section: 'network_g', ...
        network_type: its `type:`.
        tensors, parameters: of the network.
        rows: best first.
        rehearsed: by the framework's own loader; else predicted from names and shapes.
    """

    options_path: str
    section: str
    network_type: str
    tensors: int
    parameters: int
    rows: Tuple[ScanRow, ...]
    rehearsed: bool = False
