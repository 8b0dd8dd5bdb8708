"""What the torch and numpy of a training make of a file, beside its tensors. Frozen data only."""

from __future__ import annotations

from typing import NamedTuple, Tuple


class Troubles(NamedTuple):
    """Why a file does not load, or had better not be loaded.

    Attributes:
        sentences: what keeps some torch or numpy from loading it, or makes one run code; phrases.
        code: names in it that are code to torch, in the order of the file.
        refused: the installed torch refuses it; False where none is installed.
        advice: what to do about it, '' where nothing may be done.
    """

    sentences: Tuple[str, ...] = ()
    code: Tuple[str, ...] = ()
    refused: bool = False
    advice: str = ''

    @property
    def unfit(self) -> bool:
        """Nothing may be said in favour of the file as it is: no lines for the YAML, no "works"."""
        return bool(self.code) or self.refused
