"""What network a table of shapes belongs to. Frozen data only."""

from __future__ import annotations

from typing import NamedTuple, Tuple, Union

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
