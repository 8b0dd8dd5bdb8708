"""Floating-point bits from one dtype to another, rounded as torch does it. Needs numpy.

Source: c10/util/Half.h, BFloat16.h (torch 2.13): every narrow type is reached through float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_NATIVE = {'float64': '<f8', 'float32': '<f4', 'float16': '<f2'}
_QUIET_NAN = 0x7FC0


def to_values(bits: np.ndarray, dtype: str) -> np.ndarray:
    """The values of float64, float32, float16 or bfloat16 bits; bfloat16 as float32."""
    import numpy as np

    if dtype == 'bfloat16':
        return (bits.astype('<u4') << np.uint32(16)).view('<f4')
    return bits.view(_NATIVE[dtype])


def to_bits(values: np.ndarray, dtype: str) -> np.ndarray:
    """Values rounded to one of the same four dtypes, half to even, overflow to infinity."""
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
