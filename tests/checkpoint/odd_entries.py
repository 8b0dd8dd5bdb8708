"""Tensors of every form that torch.save writes, and of the dtypes that few files have."""

from __future__ import annotations

from typing import Any, Callable, Dict

import torch

SHAPE = (4, 6)


class Labelled(torch.Tensor):
    """A class of tensor of its own, over plain values."""


class Wrapped(torch.Tensor):
    """A class of tensor without a storage, which refuses whatever is done with it."""

    @classmethod
    def __torch_dispatch__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function in (torch.ops.aten.detach.default, torch.ops.aten.alias.default):
            return args[0]
        raise NotImplementedError(function)


def _values(dtype: Any = torch.float32) -> Any:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(1), dtype=dtype)


def _bytes(dtype: Any) -> Any:
    return torch.zeros((SHAPE[0], SHAPE[1] * dtype.itemsize), dtype=torch.uint8).view(dtype)


def _channels(dtype: Any) -> Any:
    scales, zeros = torch.ones(SHAPE[0]), torch.zeros(SHAPE[0])
    return torch.quantize_per_channel(_values(), scales, zeros, 0, dtype)


def _nested(layout: Any) -> Any:
    return torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(4, 3)], layout=layout)


ENTRIES: Dict[str, Callable[[], Any]] = {
    '': _values,
    'subclass': lambda: _values().as_subclass(Labelled),
    'conjugate': lambda: _values(torch.complex64).conj(),
    'negative': lambda: torch._neg_view(_values()),
    'conjugate negative': lambda: torch._neg_view(_values(torch.complex64).conj()),
    'quantized': lambda: torch.quantize_per_tensor(_values(), 0.1, 0, torch.qint8),
    'quantized_channels': lambda: _channels(torch.quint8),
    'quantized_channels, quint4x2': lambda: _channels(torch.quint4x2),
    'sparse_coo': lambda: _values().to_sparse(),
    'sparse_csr': lambda: _values().to_sparse_csr(),
    'sparse_csc': lambda: _values().to_sparse_csc(),
    'sparse_bsr': lambda: _values().to_sparse_bsr((2, 2)),
    'sparse_bsc': lambda: _values().to_sparse_bsc((2, 2)),
    'nested': lambda: _nested(torch.strided),
    'nested_jagged': lambda: _nested(torch.jagged),
    'meta': lambda: _values().to('meta'),
    'wrapper': lambda: torch.Tensor._make_wrapper_subclass(Wrapped, SHAPE, dtype=torch.float32),
    'meta, transposed': lambda: _values().to('meta').t(),
    'meta, uint4': lambda: torch.empty(SHAPE, dtype=torch.uint4, device='meta'),
    **{
        f'packed, {name}': lambda name=name: _bytes(getattr(torch, name))  # type: ignore[misc]
        for name in ('float4_e2m1fn_x2', 'bits8', 'bits16', 'bits1x8', 'bits2x4', 'bits4x2')
    },
    **{
        f', {name}': lambda name=name: _bytes(getattr(torch, name))  # type: ignore[misc]
        for name in (
            'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz',
            'float8_e8m0fnu', 'uint16', 'uint32', 'uint64', 'complex32',
        )
    },
}  # fmt: skip


def form_of(name: str) -> str:
    """The form that a name of `ENTRIES` begins with."""
    return name.split(',')[0]
