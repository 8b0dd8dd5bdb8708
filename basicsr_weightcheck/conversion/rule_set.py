"""What a rule file says, once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Optional, Tuple

from basicsr_weightcheck.conversion.key_pattern import KeyPattern


@dataclass(frozen=True)
class Cut:
    """A part of a tensor along `dim`, in elements or in shares of its size.

    They are shares where `start` or `stop` lies between 0 and 1: [1/3, 1] is all but the first
    third, [1, 3] is the second and the third element. `stop` None is the end.
    """

    dim: int
    start: Fraction
    stop: Optional[Fraction]

    @property
    def in_shares(self) -> bool:
        return any(value is not None and 0 < value < 1 for value in (self.start, self.stop))

    def bounds(self, size: int) -> Optional[Tuple[int, int]]:
        """(first, end) in elements; None where a dimension of this size has no such part."""
        scale = size if self.in_shares else 1
        first = self.start * scale
        end = self.stop * scale if self.stop is not None else Fraction(size)
        if first.denominator != 1 or end.denominator != 1 or not first < end <= size:
            return None
        return first.numerator, end.numerator


@dataclass(frozen=True)
class Target:
    """One new name of a rule, and the part of the tensor that it gets (None: all of it)."""

    name: KeyPattern
    cut: Optional[Cut] = None


@dataclass(frozen=True)
class RenameRule:
    """`old: new`, or one old name with several targets."""

    old: KeyPattern
    targets: Tuple[Target, ...]


@dataclass(frozen=True)
class ConcatRule:
    """`new: {dim, of: [old, ...]}`: several tensors joined to one."""

    new: KeyPattern
    dim: int
    of: Tuple[KeyPattern, ...]


@dataclass(frozen=True)
class RuleSet:
    """One rule file.

    Attributes:
        name: 'esrgan-old', or the path as given.
        about: what it is for, one sentence.
        lossless: every tensor keeps all of its values: a renaming, nothing more.
        prefixes: wrappers whose names are taken off, in any order and number.
        renames, concats: in file order; the first that matches a name wins.
    """

    name: str
    about: str = ''
    lossless: bool = False
    prefixes: Tuple[str, ...] = ()
    renames: Tuple[RenameRule, ...] = ()
    concats: Tuple[ConcatRule, ...] = ()
