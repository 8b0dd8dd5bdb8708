"""Two files held against each other: names, shapes, dtypes, values. Frozen data only."""

from __future__ import annotations

import math
from typing import Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.names import MODULE
from basicsr_weightcheck.records.tensors import NOT_OF_TORCH, KeyGroup, Mismatch, Rename, Troubles

IDENTICAL = 'identical'
TINY = 'tiny'
DIFFERENT = 'different'
NOT_FINITE = 'not-finite'
UNREAD = 'unread'
CHECKSUM = 'crc32'  # proof of an identical one that was not read
STATES = (IDENTICAL, TINY, DIFFERENT, NOT_FINITE, UNREAD)
RIGHT_ANGLE = 0.05  # |cosine| of two random tensors is far below it, of a trained pair far above
FLOAT32_BITS = 24  # of its significand
UNRELATED_ELEMENTS = 1000  # of smaller tensors the cosine says little


class ValueDifference(NamedTuple):
    """One tensor of both files.

    Attributes:
        key: its name.
        count: number of elements.
        state: 'identical' (same dtype, same bits), 'tiny' (max_abs below the tolerance),
            'different', 'not-finite' (other bits, and NaN or Inf in at least one of the two),
            'unread' (the container keeps its bytes where they cannot be read in pieces).
        proof: of an identical one: 'crc32' (equal checksums of the archives, whose bytes were not
            read: what changed since the file was saved does not show), 'bytes' (compared),
            'storage' (one storage of one file), 'empty' (no element). '' otherwise.
        max_abs: max |a - b|.
        mean_abs: mean |a - b|.
        relative: mean |a - b| / mean |a|.
        relative_l2: ||a - b|| / ||a||.
        cosine: of the two as vectors; 1 when both are zero.
        not_finite: number of NaN and Inf elements in a and in b.
        across: |cosine| is below RIGHT_ANGLE; None for an identical, small or not finite tensor,
            where there is no cosine, and where only bounds were asked for and leave it open.

    a is the first file. The five numbers are computed in float64 over the elements that are finite
    on both sides, and are None where they are not defined (a is zero, nothing is finite, opaque
    dtype) or were not asked for.
    """

    key: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    state: str
    proof: str = ''
    max_abs: Optional[float] = None
    mean_abs: Optional[float] = None
    relative: Optional[float] = None
    relative_l2: Optional[float] = None
    cosine: Optional[float] = None
    not_finite: Tuple[int, int] = (0, 0)
    across: Optional[bool] = None

    @property
    def by_checksum(self) -> bool:
        """It is called identical, and its bytes were not read."""
        return self.proof == CHECKSUM


class Side(NamedTuple):
    """One of the two.

    Attributes:
        name: what the user calls it.
        path: as given.
        container: as in CheckpointHeader.
        file_bytes: size of the file.
        table: name of the table compared, '' for the file's root.
        tables: {name: number of tensors} of all tables of the file.
        tensors: number of tensors of the table.
        elements: sum of their elements.
        strays: keys of the table whose values are no tensors ('epoch'); a strict load stops there.
        troubles: what the installed torch makes of the file.
    """

    name: str
    path: str
    container: str
    file_bytes: int
    table: str
    tables: Dict[str, int]
    tensors: int
    elements: int
    strays: Tuple[str, ...] = ()
    troubles: Troubles = Troubles()

    @property
    def torch_reads(self) -> bool:
        """As of the file's header."""
        return self.container not in NOT_OF_TORCH


class Comparison(NamedTuple):
    """Result of `compare` for two files.

    Attributes:
        one, other: the files.
        rename: the prefix that was taken off before names were compared; None when none was.
        matched: names of both with equal shape, natural order.
        only_one, only_other: names of one side only, natural order.
        mismatched: names of both with different shapes (expected: one, found: other).
        dtypes: (name, dtype of one, dtype of other) of matched tensors where they differ.
        matched_groups, only_one_groups, only_other_groups, mismatched_groups: folded for people;
            matched_groups is () where all names and shapes agree.
        matched_elements: elements of the matched tensors.
        values: one entry for each matched tensor, in the order of the first file, which is that of
            its network; None when not asked for.
        tolerance: below it a largest difference is 'tiny'.
        exact: checksums were not trusted: every byte was read.
        rotten: keys of tensors of `one` and of `other` whose bytes do not match their CRC-32, as
            far as they were read.
        shapes: (name, shape) of the first file, in its order, prefix taken off.
    """

    one: Side
    other: Side
    rename: Optional[Rename]
    matched: Tuple[str, ...]
    only_one: Tuple[str, ...]
    only_other: Tuple[str, ...]
    mismatched: Tuple[Mismatch, ...]
    dtypes: Tuple[Tuple[str, str, str], ...]
    matched_groups: Tuple[KeyGroup, ...]
    only_one_groups: Tuple[KeyGroup, ...]
    only_other_groups: Tuple[KeyGroup, ...]
    mismatched_groups: Tuple[KeyGroup, ...]
    matched_elements: int
    values: Optional[Tuple[ValueDifference, ...]] = None
    tolerance: float = 1e-6
    exact: bool = False
    rotten: Tuple[Tuple[str, ...], Tuple[str, ...]] = ((), ())
    shapes: Tuple[Tuple[str, Tuple[int, ...]], ...] = ()

    @property
    def common(self) -> int:
        """Number of names that both have."""
        return len(self.matched) + len(self.mismatched)

    @property
    def same_names(self) -> bool:
        """No prefix had to be taken off, except DataParallel's, which every loader takes off."""
        return self.rename is None or MODULE in (self.rename.found, self.rename.expected)

    @property
    def same_structure(self) -> bool:
        """Same names and shapes, at least one of them; the dtype does not count."""
        rest = self.only_one or self.only_other or self.mismatched
        rest = rest or self.one.strays or self.other.strays
        return bool(self.matched) and self.same_names and not rest

    @property
    def same_values(self) -> Optional[bool]:
        """Same structure and every tensor identical; None when values were not compared."""
        if self.values is None:
            return None
        return self.same_structure and self.count(IDENTICAL) == len(self.matched)

    def strict_from(self, source: Side) -> Optional[bool]:
        """The strict_load with which `source`, one of the two, loads into the network of the other.

        True; False, where that loads something; None where no load takes anything. The network has
        what the other file has in tensors. An entry without a tensor where the network expects one
        stops every load, any other only a strict one.

        Source: basicsr 1.4.2 models/base_model.py `load_network`; torch/nn/modules/module.py
        `_load_from_state_dict` (2.13).
        """
        lacks, surplus = self.only_other, self.only_one
        if source is not self.one:
            lacks, surplus = surplus, lacks
        if source.troubles.unfit or not (self.matched and self.same_names):
            return None
        if set(source.strays) & set(lacks):
            return None
        return not (lacks or surplus or self.mismatched or source.strays)

    @property
    def by_checksum(self) -> int:
        """Number of tensors that are called identical and were not read."""
        return sum(value.by_checksum for value in self.values or ())

    def count(self, state: str) -> int:
        """Number of tensors in one state; 0 when values were not compared."""
        return [value.state for value in self.values or ()].count(state)

    @property
    def largest(self) -> Tuple[ValueDifference, ...]:
        """Tensors that are not identical: those with NaN or Inf, then the largest differences.

        Where that is a draw, in the order of `values`. Differences that are one number in float32
        are a draw, so that all sorts of rounding give one order.
        """
        rest = [value for value in self.values or () if value.state != IDENTICAL]
        return tuple(sorted(rest, key=_rank))


def _rank(value: ValueDifference) -> Tuple[bool, float]:
    if value.state == NOT_FINITE:
        return False, 0.0
    largest = value.max_abs or 0.0
    if math.isfinite(largest):
        part, power = math.frexp(largest)
        largest = math.ldexp(round(part * 2**FLOAT32_BITS) / 2**FLOAT32_BITS, power)
    return True, -largest
