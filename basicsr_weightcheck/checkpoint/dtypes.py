"""Names of dtypes in the three containers and their width in bytes.

Source: torch/storage.py `_dtype_to_storage_type_map`; safetensors README, "Format".
"""

from __future__ import annotations

from typing import Dict, Optional

WIDTH: Dict[str, int] = {
    'float64': 8,
    'float32': 4,
    'float16': 2,
    'bfloat16': 2,
    'float8_e4m3fn': 1,
    'float8_e5m2': 1,
    'float8_e4m3fnuz': 1,
    'float8_e5m2fnuz': 1,
    'float8_e8m0fnu': 1,
    'float4_e2m1fn_x2': 1,
    'int64': 8,
    'int32': 4,
    'int16': 2,
    'int8': 1,
    'uint8': 1,
    'uint16': 2,
    'uint32': 4,
    'uint64': 8,
    'bool': 1,
    'complex128': 16,
    'complex64': 8,
    'complex32': 4,
    'quint8': 1,
    'qint8': 1,
    'qint32': 4,
    'quint4x2': 1,
    'quint2x4': 1,
    'bits8': 1,
    'bits16': 2,
    'bits1x8': 1,
    'bits2x4': 1,
    'bits4x2': 1,
    **{f'{sign}int{bits}': 1 for sign in ('', 'u') for bits in range(1, 8)},
}

STORAGE_CLASSES: Dict[str, str] = {
    'DoubleStorage': 'float64',
    'FloatStorage': 'float32',
    'HalfStorage': 'float16',
    'BFloat16Storage': 'bfloat16',
    'LongStorage': 'int64',
    'IntStorage': 'int32',
    'ShortStorage': 'int16',
    'CharStorage': 'int8',
    'ByteStorage': 'uint8',
    'BoolStorage': 'bool',
    'ComplexDoubleStorage': 'complex128',
    'ComplexFloatStorage': 'complex64',
    'QUInt8Storage': 'quint8',
    'QInt8Storage': 'qint8',
    'QInt32Storage': 'qint32',
    'QUInt4x2Storage': 'quint4x2',
    'QUInt2x4Storage': 'quint2x4',
    # Untyped bytes: the tensor record that uses them brings its own dtype.
    'UntypedStorage': 'uint8',
}

SAFETENSORS: Dict[str, str] = {
    'F64': 'float64',
    'F32': 'float32',
    'F16': 'float16',
    'BF16': 'bfloat16',
    'F8_E4M3': 'float8_e4m3fn',
    'F8_E5M2': 'float8_e5m2',
    'F8_E8M0': 'float8_e8m0fnu',
    'I64': 'int64',
    'I32': 'int32',
    'I16': 'int16',
    'I8': 'int8',
    'U8': 'uint8',
    'U16': 'uint16',
    'U32': 'uint32',
    'U64': 'uint64',
    'BOOL': 'bool',
    'C64': 'complex64',
}


def dtype_of_global(module: str, name: str) -> Optional[str]:
    """The dtype that a pickle global such as 'torch' 'bfloat16' names, None for anything else."""
    return name if module == 'torch' and name in WIDTH else None
