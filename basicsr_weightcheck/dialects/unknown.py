"""A package like BasicSR that is none of the copies known, or no package at all.

What is said of it without running it follows BasicSR 1.4.2.
"""

from __future__ import annotations

from basicsr_weightcheck.dialects.basicsr import BasicSR
from basicsr_weightcheck.dialects.family.source_tree import is_package


class Unknown(BasicSR):
    """The last to be asked."""

    name = 'unknown'

    def recognises(self, origin: str) -> bool:
        return is_package(origin)
