"""What one file is, and of which network. Frozen data only."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple, Union

from basicsr_weightcheck.records.comparisons import Side
from basicsr_weightcheck.records.tensors import TensorSpec

# What network a table of shapes belongs to. Frozen data only.

Scalar = Union[bool, int, float, str]
OptionValue = Union[Scalar, Tuple[Scalar, ...]]


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
        key: its name.
        count: number of elements.
        nan, inf: elements of that kind.
        zero: every element is zero.
    """

    key: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    nan: int
    inf: int
    zero: bool


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
        bad = any(tensor.nan or tensor.inf for tensor in self.health.tensors)
        return not bad and not self.health.rotten

    @property
    def dangerous(self) -> bool:
        """Loading the file with an old torch would run code."""
        return bool(self.file.troubles.code)
