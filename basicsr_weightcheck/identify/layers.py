"""What a known network class is made of: keys and shapes of torch's layers, in state-dict order.

Source: torch/nn/modules/conv.py `_ConvNd`, linear.py `Linear`, normalization.py `LayerNorm`,
batchnorm.py `_NormBase` (2.13).
"""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional, Type

from basicsr_weightcheck.identify.sizes import Shapes, size
from basicsr_weightcheck.records.names import Shape

Table = Dict[str, Shape]


class Family(NamedTuple):
    """What is known of one network class.

    Attributes:
        network_type: name of the class.
        first: weight of its first layer, (channels out, channels in, ...); a table without it is
            of another kind.
        options: a named tuple of the parameters of the class, named and ordered as in its
            signature, and of `traceless` as in Identity. None there means the class's default.
        read: the options that a table tells, given its shapes and both channels of the first
            layer; None for a table of another kind.
        expected_shapes: every key of a network with these options, at least one, in state-dict
            order, buffers included.
    """

    network_type: str
    first: str
    options: Type[Any]
    read: Callable[[Shapes, int, int], Optional[Any]]
    expected_shapes: Callable[[Any], Table]

    def read_options(self, shapes: Shapes) -> Optional[Any]:
        """The options of the network that the table may belong to; None for another kind."""
        channels, inputs = (size(shapes, self.first, axis) for axis in (0, 1))
        if channels is None or inputs is None:
            return None
        return self.read(shapes, channels, inputs)


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
