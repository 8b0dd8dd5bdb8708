"""Keys and shapes of torch's layers, in state-dict order.

Source: torch/nn/modules/conv.py `_ConvNd`, linear.py `Linear`, normalization.py `LayerNorm`,
batchnorm.py `_NormBase` (2.13).
"""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.identify.sizes import Shape

Table = Dict[str, Shape]


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
