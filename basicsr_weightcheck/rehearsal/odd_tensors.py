"""Tensors of every form that a file can hold, without the values of the file. Needs torch.

A `load_state_dict` or `copy_` that gets one does what it would do with the tensor of the file: it
raises the same class of error, or loads. The form decides that and not the values, and `meta`
tensors do not tell: nothing is ever wrong with copying from or to them.

Source: torch/_utils.py `_rebuild_*` (2.13).
"""

from __future__ import annotations

import warnings
from typing import Any, Callable, Dict

from basicsr_weightcheck.records.tensors import TensorSpec


def odd_tensor(spec: TensorSpec) -> Any:
    """A CPU tensor (on meta for the form 'meta') of the shape, dtype and form of `spec`.

    Its values are whatever memory holds; sparse ones have no element, nested ones one element or
    none. Of a wrapper class only the file's own program knows what its tensors do: the stand-in
    raises NotImplementedError at whatever is done with it.

    Raises:
        KeyError: a form that is not one of `TensorSpec.form`.
        AttributeError: a dtype that this torch does not have.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # some forms are said to be in beta or deprecated
        return _MAKERS[spec.form](spec, getattr(torch, spec.dtype))


def _strided(spec: TensorSpec, dtype: Any, device: str = 'cpu') -> Any:
    import torch

    return torch.empty_strided(spec.shape, spec.strides, dtype=dtype, device=device)


def _meta(spec: TensorSpec, dtype: Any) -> Any:
    return _strided(spec, dtype, 'meta')


def _conjugate(spec: TensorSpec, dtype: Any) -> Any:
    return _strided(spec, dtype).conj()


def _negative(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._neg_view(_strided(spec, dtype))


def _both(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._neg_view(_conjugate(spec, dtype))


def _subclass(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    class OfTheFile(torch.Tensor):  # type: ignore[misc]
        """Stands for the class that the file names."""

    return _strided(spec, dtype).as_subclass(OfTheFile)


def _wrapper(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    class OfTheFile(torch.Tensor):  # type: ignore[misc]
        """Stands for the class that the file names."""

        @classmethod
        def __torch_dispatch__(
            cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            raise NotImplementedError(f'{function} of a tensor whose class only the file knows')

    return torch.Tensor._make_wrapper_subclass(OfTheFile, spec.shape, dtype=dtype)


def _quantized(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch._empty_affine_quantized(spec.shape, scale=1.0, zero_point=0, dtype=dtype)


def _quantized_channels(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    channels = spec.shape[0] if spec.shape else 0
    return torch._empty_per_channel_affine_quantized(
        spec.shape,
        scales=torch.ones(channels, dtype=torch.float64),
        zero_points=torch.zeros(channels, dtype=torch.int64),
        axis=0,
        dtype=dtype,
    )


def _coordinates(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    places = torch.empty((len(spec.shape), 0), dtype=torch.int64)
    return torch.sparse_coo_tensor(places, torch.empty(0, dtype=dtype), spec.shape)


def _compressed(spec: TensorSpec, dtype: Any) -> Any:
    """Rows or columns: any dimensions before the last two are a batch."""
    import torch

    *batch, rows, columns = spec.shape
    lines = rows if spec.form in ('sparse_csr', 'sparse_bsr') else columns
    block = (1, 1) if spec.form in ('sparse_bsr', 'sparse_bsc') else ()
    return torch.sparse_compressed_tensor(
        torch.zeros((*batch, lines + 1), dtype=torch.int64),
        torch.empty((*batch, 0), dtype=torch.int64),
        torch.empty((*batch, 0, *block), dtype=dtype),
        spec.shape,
        layout=getattr(torch, spec.form),
    )


def _nested(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    return torch.nested.nested_tensor([torch.empty((1, 1), dtype=dtype)], dtype=dtype)


def _jagged(spec: TensorSpec, dtype: Any) -> Any:
    import torch

    rows = torch.empty((1, *spec.shape[1:]), dtype=dtype)
    return torch.nested.nested_tensor([rows], dtype=dtype, layout=torch.jagged)


_MAKERS: Dict[str, Callable[[TensorSpec, Any], Any]] = {
    '': _strided,
    'packed': _strided,
    'subclass': _subclass,
    'conjugate': _conjugate,
    'negative': _negative,
    'conjugate negative': _both,
    'quantized': _quantized,
    'quantized_channels': _quantized_channels,
    'sparse_coo': _coordinates,
    'sparse_csr': _compressed,
    'sparse_csc': _compressed,
    'sparse_bsr': _compressed,
    'sparse_bsc': _compressed,
    'nested': _nested,
    'nested_jagged': _jagged,
    'meta': _meta,
    'wrapper': _wrapper,
}
FORMS = tuple(_MAKERS)
