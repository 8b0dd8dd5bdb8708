"""Version of the tool, written into every report; and versions of others as numbers."""

from __future__ import annotations

import re
from typing import Tuple

__version__ = '0.1.0'


def version_numbers(text: str) -> Tuple[int, ...]:
    """(2, 13) of '2.13.0+cpu'; () where the text is no version, which is older than any."""
    found = re.match(r'(\d+)\.(\d+)', text)
    return tuple(map(int, found.groups())) if found else ()
