"""What one file is and of which network; two files held against each other. Frozen data only."""

from __future__ import annotations

import math
from typing import Dict, NamedTuple, Optional, Tuple, Union

from basicsr_weightcheck.records.names import MODULE
from basicsr_weightcheck.records.tensors import (
    NOT_OF_TORCH,
    KeyGroup,
    Mismatch,
    Rename,
    TensorSpec,
    Troubles,
)

IDENTICAL = 'identical'
TINY = 'tiny'
DIFFERENT = 'different'
NOT_FINITE = 'not-finite'
UNREAD = 'unread'
CHECKSUM = 'crc32'  # proof of an identical one that was not read
STATES = (IDENTICAL, TINY, DIFFERENT, NOT_FINITE, UNREAD)
FLOAT32_BITS = 24  # of its significand


class ValueDifference(NamedTuple):
    """One tensor of both files.

    Attributes:
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
        return self.container not in NOT_OF_TORCH


class Taken(NamedTuple):
    """What a load takes of one file into the network that has what the other has in tensors.

    Attributes:
        strict: the strict_load: True; False, where that loads something; None where none does.
        tensors, elements: how many load with it.
        stops: keys that are no tensors where the network expects one: every load stops there.
    """

    strict: Optional[bool] = None
    tensors: int = 0
    elements: int = 0
    stops: Tuple[str, ...] = ()


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
        loads: of `one` into the network of `other`, and back; whatever torch makes of the files.
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
    loads: Tuple[Taken, Taken]
    values: Optional[Tuple[ValueDifference, ...]] = None
    tolerance: float = 1e-6
    exact: bool = False
    rotten: Tuple[Tuple[str, ...], Tuple[str, ...]] = ((), ())
    shapes: Tuple[Tuple[str, Tuple[int, ...]], ...] = ()

    @property
    def common(self) -> int:
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

    def taken(self, source: Side) -> Taken:
        """What a load of `source`, one of the two, takes; nothing of a file not to be loaded."""
        return Taken() if source.troubles.unfit else self.loads[source is not self.one]

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


Single = Union[bool, int, float, str]
OptionValue = Union[Single, Tuple[Single, ...]]


class Identity(NamedTuple):
    """A network type with the options that were read off the shapes.

    Attributes:
        network_type: name of the class ('Restormer').
        options: (name, value), in the order of the class's own signature. An option that the
            class may go without, and whose default is meant, is left out.
        traceless: names of options that the shapes do not settle: another value makes another
            network with the same table. Their value given is the class's default or the most
            common one.
        lacks: keys which such a network has and the table lacks, state-dict order.
        extra: keys of the table which such a network does not have, order of the table.
        resized: keys of both with another shape, state-dict order.
        key_count: number of keys of such a network, at least 1.
        prefix: what was taken off every key of the table first ('module.'), '' for nothing.
            `lacks`, `extra` and `resized` are names without it.
    """

    network_type: str
    options: Tuple[Tuple[str, OptionValue], ...]
    traceless: Tuple[str, ...]
    lacks: Tuple[str, ...]
    extra: Tuple[str, ...]
    resized: Tuple[str, ...]
    key_count: int
    prefix: str = ''

    @property
    def exact(self) -> bool:
        """Such a network has exactly this table, prefix aside."""
        return not (self.lacks or self.extra or self.resized)

    @property
    def matched(self) -> int:
        """Number of the network's keys that the table has with that shape."""
        return self.key_count - len(self.lacks) - len(self.resized)

    @property
    def accepted(self) -> float:
        """Share of the network's keys that the table has with that shape, 0 to 1."""
        return self.matched / self.key_count


UNKNOWN = Identity('', (), (), ('',), (), (), 1)  # a network of no known class: nothing is of it


class ModuleRow(NamedTuple):
    """One module of the tree, or a tensor that stands above the depth asked for.

    Attributes:
        name: full name.
        depth: 1 for the outermost.
        tensors: number of tensors in it and below.
        parameters, buffers: their elements. A file does not tell the two apart: integers and names
            that frameworks use for buffers count as buffers.
    """

    name: str
    depth: int
    tensors: int
    parameters: int
    buffers: int


class TensorHealth(NamedTuple):
    """Values of one tensor that deserve a look.

    Attributes:
        count: number of elements.
        nan, inf: elements of that kind.
        zero: every element is zero.
    """

    key: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    nan: int
    inf: int
    zero: bool

    @property
    def not_finite(self) -> int:
        """Number of NaN and Inf elements."""
        return self.nan + self.inf


class Health(NamedTuple):
    """Result of reading every value.

    Attributes:
        tensors: those with NaN or Inf, or all zero, in file order.
        measured: number of tensors read.
        unread: keys whose dtype or container does not allow it.
        checksums: storages whose CRC-32 was verified; 0 where the container has none.
        rotten: keys of tensors whose storage does not match its CRC-32.
    """

    tensors: Tuple[TensorHealth, ...]
    measured: int
    unread: Tuple[str, ...]
    checksums: int
    rotten: Tuple[str, ...]


class NameHash(NamedTuple):
    """The first digits of the SHA-256 that stand in a file name ('net-3ba7b086.pth').

    Attributes:
        expected: as in the name.
        found: of the file; None when it was not computed.
    """

    expected: str
    found: Optional[str] = None


class Inspection(NamedTuple):
    """Result of `inspect`.

    Attributes:
        file: the file and the table that was looked at.
        parameters, buffers: elements of the table, told apart as in ModuleRow.
        dtypes: (dtype, tensors, elements), most elements first.
        modules: tree in file order, down to the depth asked for.
        tied: groups of keys that are views of the same elements, each of two or more.
        others: (key, shown value) of what stands beside the tables at the file's root.
        identity: the network, None when no known one fits.
        block: `network_g:` for the YAML, '' without identity.
        second_opinion: what spandrel says, '' when it was not asked.
        health: None when values were not read.
        name_hash: None when the name has none.
        tensors: of the table, file order.
        cut: what is left of the file, '' when it is complete.
        left_out: (dotted place, what it is) of tensors that are not counted, because they do not
            lie in the file as plain numbers: sparse, quantised, on the meta device.
        conversion: command that renames the tensors of an older code, '' where none is known.
        converted_type: `type:` of the network that it then is, '' when it is not known.
        known_types: `type:` of the networks that were looked for.
    """

    file: Side
    parameters: int
    buffers: int
    dtypes: Tuple[Tuple[str, int, int], ...]
    modules: Tuple[ModuleRow, ...]
    tied: Tuple[Tuple[str, ...], ...]
    others: Tuple[Tuple[str, str], ...]
    identity: Optional[Identity]
    block: str
    second_opinion: str = ''
    health: Optional[Health] = None
    name_hash: Optional[NameHash] = None
    tensors: Tuple[TensorSpec, ...] = ()
    cut: str = ''
    left_out: Tuple[Tuple[str, str], ...] = ()
    conversion: str = ''
    converted_type: str = ''
    known_types: Tuple[str, ...] = ()

    @property
    def troubles(self) -> Tuple[str, ...]:
        """What keeps some torch or numpy from loading it, or makes one run code."""
        return self.file.troubles.sentences

    @property
    def sound(self) -> bool:
        """Nothing was found that makes the file doubtful."""
        if self.cut or self.dangerous:
            return False
        if self.name_hash is not None and self.name_hash.found is not None:
            if self.name_hash.found != self.name_hash.expected:
                return False
        if self.health is None:
            return True
        bad = any(tensor.not_finite for tensor in self.health.tensors)
        return not bad and not self.health.rotten

    @property
    def dangerous(self) -> bool:
        """Loading the file with an old torch would run code."""
        return bool(self.file.troubles.code)
