"""Floating-point bits from one dtype to another, rounded as torch does it. Needs numpy.

Source: c10/util/Half.h, BFloat16.h (torch 2.13): every narrow type is reached through float32;
torch/headeronly/util/Float8_*.h: how the five types of 8 bits are laid out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Dict, NamedTuple

if TYPE_CHECKING:
    import numpy as np

_NATIVE = {'float64': '<f8', 'float32': '<f4', 'float16': '<f2'}
_QUIET_NAN = 0x7FC0


class _Narrow(NamedTuple):
    """A type of 8 bits: width of the mantissa, bias of the exponent, bits that are no number."""

    mantissa: int
    bias: int
    nan: int  # these bits, and with the sign
    inf: int = -1  # these bits, and with the sign; what lies above them is NaN


_NARROW: Dict[str, _Narrow] = {
    'float8_e4m3fn': _Narrow(3, 7, 0x7F),
    'float8_e5m2': _Narrow(2, 15, 0x7F, 0x7C),
    'float8_e4m3fnuz': _Narrow(3, 8, 0x80),
    'float8_e5m2fnuz': _Narrow(2, 16, 0x80),
}
_POWERS = 'float8_e8m0fnu'  # nothing but an exponent
CASTABLE = (*_NATIVE, 'bfloat16')
READABLE = (*CASTABLE, *_NARROW, _POWERS)


def to_values(bits: np.ndarray, dtype: str) -> np.ndarray:
    """The values of bits of one of `READABLE`; bfloat16 and types of 8 bits as float32."""
    import numpy as np

    if dtype not in CASTABLE:
        narrow: np.ndarray = _values_of_bytes(dtype)[bits]
        return narrow
    if dtype == 'bfloat16':
        return (bits.astype('<u4') << np.uint32(16)).view('<f4')
    return bits.view(_NATIVE[dtype])


@lru_cache(maxsize=None)
def _values_of_bytes(dtype: str) -> np.ndarray:
    """The 256 values of a type of 8 bits, as float32."""
    import numpy as np

    bits = np.arange(256)
    if dtype == _POWERS:
        values = np.exp2(bits - 127.0)
        values[0xFF] = np.nan
        return np.asarray(values, '<f4')
    kind = _NARROW[dtype]
    steps = 1 << kind.mantissa
    exponent, mantissa = (bits & 0x7F) // steps, bits % steps / steps
    normal = (1 + mantissa) * np.exp2(exponent - float(kind.bias))
    values = np.where(exponent == 0, mantissa * np.exp2(1.0 - kind.bias), normal)
    if kind.inf >= 0:
        values[bits & 0x7F > kind.inf] = np.nan
        values[bits & 0x7F == kind.inf] = np.inf
    values[bits > 0x7F] *= -1
    values[[kind.nan, kind.nan | 0x80]] = np.nan
    return np.asarray(values, '<f4')


def to_bits(values: np.ndarray, dtype: str) -> np.ndarray:
    """Values rounded to one of `CASTABLE`, half to even, overflow to infinity."""
    import numpy as np

    with np.errstate(over='ignore', invalid='ignore', under='ignore'):
        if dtype in ('float64', 'float32'):
            return values.astype(_NATIVE[dtype])
        single = values.astype('<f4')
        if dtype == 'float16':
            return single.astype('<f2')
        bits = np.ascontiguousarray(single).view('<u4')
        rounded = (bits + (((bits >> 16) & 1) + np.uint32(0x7FFF))) >> 16
        return np.where(np.isnan(single), np.uint32(_QUIET_NAN), rounded).astype('<u2')


def overflows(before: np.ndarray, bits: np.ndarray, dtype: str) -> bool:
    """A finite value became infinite."""
    import numpy as np

    return bool((np.isinf(to_values(bits, dtype)) & np.isfinite(before)).any())
