"""What a loader makes of the names in a file before it compares them with those of a network."""

from __future__ import annotations

from typing import Callable, Sequence

MODULE = 'module.'  # DataParallel's prefix
EACH, ALL = 'each', 'all'
ALL_PREFIXES = (MODULE, 'netG.')


def stripped(key: str) -> str:
    """The name after basicsr's load_network has dropped one leading 'module.'."""
    return key[len(MODULE) :] if key.startswith(MODULE) else key


def cutter(cuts: str, names: Sequence[str]) -> Callable[[str], str]:
    """What becomes of a name of a table.

    Args:
        cuts: as `Framework.cuts_module`.
        names: of the table.
    """
    if cuts == EACH:
        return stripped
    start = ''
    for prefix in ALL_PREFIXES if cuts == ALL and names else ():
        if all(name.startswith(start + prefix) for name in names):
            start += prefix
    return lambda name: name[len(start) :]
