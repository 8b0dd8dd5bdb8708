"""What a known network class is made of: keys and shapes of torch's layers, in state-dict order.

Source: torch/nn/modules/conv.py `_ConvNd`, linear.py `Linear`, normalization.py `LayerNorm`,
batchnorm.py `_NormBase` (2.13).
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from math import ceil
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple

from basicsr_weightcheck.records.names import Shape
from basicsr_weightcheck.records.names import Shapes as Shapes  # for the families, too

# Read counts and sizes off a table; one that is odd or hostile reads as not told.

# A whole part of the name, below 10,000: no network has so many blocks, and a count is a promise
# to list as many keys.
_INDEX = re.compile(r'(?<=\.)(?:0|[1-9][0-9]{0,3})(?=\.)')
INDEX_DEPTH = 2  # block of a layer; a number further down names a part of the block
MAX_SIZE = (1 << 63) - 1  # of a dimension in torch
REACH = 2  # a network with more than so many times the table's keys is never accepted


def block_counts(shapes: Shapes) -> Dict[str, int]:
    """{'body.': 23, 'layers.3.blocks.': 6}: one more than the highest index behind each prefix."""
    counts: Dict[str, int] = {}
    for key in shapes:
        for index in islice(_INDEX.finditer(key), INDEX_DEPTH):
            prefix = key[: index.start()]
            counts[prefix] = max(counts.get(prefix, 0), int(index.group()) + 1)
    return counts


def in_reach(shapes: Shapes, block_count: int, keys_each: int) -> bool:
    """Whether a network of so many blocks is small enough for half of it to be in the table.

    To be asked before the keys of the network are listed: one index of 9999 costs a file nothing.

    Args:
        keys_each: the fewest keys that a block can have.
    """
    return block_count * keys_each <= REACH * len(shapes)


def size(shapes: Shapes, key: str, axis: int) -> Optional[int]:
    """Size of one dimension; None where the table does not tell it, or tells a senseless one."""
    shape = shapes.get(key, ())
    if axis >= len(shape):
        return None
    found = shape[axis]
    return found if isinstance(found, int) and 0 < found <= MAX_SIZE else None


def voted(shapes: Shapes, keys: Iterable[str], axis: int) -> Optional[int]:
    """The most frequent size of one dimension over several keys, so that none of them is needed."""
    return most_common(size(shapes, key, axis) for key in keys)


def channels_out(shapes: Shapes, layer: str) -> Optional[int]:
    """Channels that a layer gives, from its weight or else from its bias."""
    return voted(shapes, (f'{layer}.weight', f'{layer}.bias'), 0)


def most_common(values: Iterable[Optional[int]]) -> Optional[int]:
    """The most frequent value that is not None, the first of several; None for no value."""
    votes = Counter(value for value in values if value is not None)
    return votes.most_common(1)[0][0] if votes else None


class Guess(NamedTuple):
    """A value that the table does not tell: it lacks the keys that would."""

    value: Any


def told(found: Optional[Any], otherwise: Any) -> Any:
    """What was found, else a guess."""
    return Guess(otherwise) if found is None else found


Table = Dict[str, Shape]


class Family(NamedTuple):
    """What is known of one network class.

    Attributes:
        network_type: name of the class.
        first: weight of its first layer, (channels out, channels in, ...); a table without it is
            of another kind.
        read: {option: its value, or a `Guess`} of a table, given its shapes and both channels of
            the first layer; None for a table of another kind. What is not among them leaves no
            trace.
        expected_shapes: every key of a network with these options, at least one, in state-dict
            order, buffers included. Its signature is that of the class; None as a value means the
            class's default.
    """

    network_type: str
    first: str
    read: Callable[[Shapes, int, int], Optional[Dict[str, Any]]]
    expected_shapes: Any

    @property
    def defaults(self) -> Dict[str, Any]:
        """{option: its default, or None where it has to be given}, in the order of the class."""
        code = self.expected_shapes.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = self.expected_shapes.__defaults__ or ()
        return dict(zip(names, (*[None] * (len(names) - len(defaults)), *defaults)))

    def read_options(self, shapes: Shapes) -> Optional[Tuple[Dict[str, Any], Set[str]]]:
        """({option: value} of the network that the table may belong to, those without a trace).

        None for a table of another kind.
        """
        channels, inputs = (size(shapes, self.first, axis) for axis in (0, 1))
        if channels is None or inputs is None:
            return None
        read = self.read(shapes, channels, inputs)
        if read is None:
            return None
        values = {name: read.get(name, Guess(usual)) for name, usual in self.defaults.items()}
        traceless = {name for name, value in values.items() if isinstance(value, Guess)}
        return {n: v.value if n in traceless else v for n, v in values.items()}, traceless


def convolution(name: str, channels: int, inputs: int, kernel: int, *, bias: bool = True) -> Table:
    """weight: (channels, inputs, kernel, kernel); bias: (channels,).

    Args:
        inputs: channels in, of one group.
    """
    return _layer(name, (channels, inputs, kernel, kernel), bias)


def linear(name: str, features: int, inputs: int, *, bias: bool = True) -> Table:
    """weight: (features, inputs); bias: (features,)."""
    return _layer(name, (features, inputs), bias)


def norm(name: str, channels: int, *, bias: bool = True) -> Table:
    """weight and bias: (channels,)."""
    return _layer(name, (channels,), bias)


def batch_norm(name: str, channels: int) -> Table:
    """weight, bias and the running statistics: (channels,); num_batches_tracked: ()."""
    statistics = {f'{name}.running_mean': (channels,), f'{name}.running_var': (channels,)}
    return {**norm(name, channels), **statistics, f'{name}.num_batches_tracked': ()}


def under(prefix: str, table: Table) -> Table:
    """The same table of a module that is part of another."""
    return {prefix + key: shape for key, shape in table.items()}


def repeated(prefix: str, count: int, table: Table) -> Table:
    """The table of `count` equal modules in a list."""
    whole: Table = {}
    for index in range(count):
        whole.update(under(f'{prefix}.{index}.', table))
    return whole


def _layer(name: str, shape: Shape, bias: bool) -> Table:
    table = {f'{name}.weight': shape}
    if bias:
        table[f'{name}.bias'] = shape[:1]
    return table


# The upsampler of pixel shuffles that EDSR and SwinIR share.
#
# Source: basicsr 1.4.2 archs/arch_util.py `Upsample`, and its copy in archs/swinir_arch.py.

STEP = 2  # a convolution and a shuffle, which has no weights


def read_scale(shapes: Shapes, counts: Mapping[str, int], channels: int) -> int:
    """Scale: 3 by the width of the one convolution, otherwise 2 for each; 1 without any."""
    if channels_out(shapes, 'upsample.0') == 9 * channels:
        return 3
    convolutions = (counts.get('upsample.', 0) + STEP - 1) // STEP
    return 1 << convolutions


def expected_upsampler(scale: int, channels: int) -> Table:
    """upsample.{0,2,...}: (4 * channels, channels, 3, 3), or 9 * channels once for scale 3."""
    if scale == 3:
        return convolution('upsample.0', 9 * channels, channels, 3)
    table: Table = {}
    for index in range(scale.bit_length() - 1):
        table.update(convolution(f'upsample.{STEP * index}', 4 * channels, channels, 3))
    return table


# The factor behind rounded widths: 2.66 from 127 of 48 and 1021 of 384, not 2.6458.

DECIMALS = 17  # enough to write any float
CANDIDATES = 10  # of one length: a shorter decimal would have been found were there more


def shortest_factor(widths: Iterable[Tuple[int, int]]) -> Optional[float]:
    """The shortest decimal with `int(channels * factor) == hidden` at every place.

    Args:
        widths: (channels, hidden) of each place. One that contradicts those before is left out.

    Returns:
        The smallest of several equally short ones; None without widths.
    """
    from fractions import Fraction  # brings decimal, and only two families ask

    low, high = Fraction(0), None
    agreed: List[Tuple[int, int]] = []
    for channels, hidden in widths:
        least = max(low, Fraction(hidden, channels))
        limit = Fraction(hidden + 1, channels)
        limit = limit if high is None else min(high, limit)
        if least < limit:
            low, high = least, limit
            agreed.append((channels, hidden))
    if high is None:
        return None
    for unit in (10**decimals for decimals in range(DECIMALS + 1)):
        for numerator in islice(range(ceil(low * unit), ceil(high * unit)), CANDIDATES):
            factor: float = numerator / unit
            # The framework multiplies floats, which may round across the border.
            if all(int(channels * factor) == hidden for channels, hidden in agreed):
                return factor
    return float(low)
