"""Version of the tool, written into every report; and versions of others as numbers."""

from __future__ import annotations

import re
from typing import Tuple

__version__ = '0.1.0'


def version_numbers(text: str) -> Tuple[int, ...]:
    """(2, 13) of '2.13.0+cpu'; () where the text is no version, which is older than any."""
    found = re.match(r'(\d+)\.(\d+)', text)
    return tuple(map(int, found.groups())) if found else ()


def is_before_zip(torch_version: str) -> bool:
    """This torch cannot read the zip container, its successors' default; False where not known.

    Source: torch/serialization.py of 1.6, `_use_new_zipfile_serialization`.
    """
    return () < version_numbers(torch_version) < (1, 6)
