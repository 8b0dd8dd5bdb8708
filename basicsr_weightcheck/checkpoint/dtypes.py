"""Names of dtypes in the three containers and their width in bytes.

Source: torch/storage.py `_dtype_to_storage_type_map`; safetensors README, "Format".
"""

from __future__ import annotations

from typing import Dict, Optional

_OF_WIDTH = {
    16: 'complex128',
    8: 'float64 int64 uint64 complex64',
    4: 'float32 int32 uint32 complex32 qint32',
    2: 'float16 bfloat16 int16 uint16 bits16',
    1: 'float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 '
    'int8 uint8 bool quint8 qint8 quint4x2 quint2x4 bits8 bits1x8 bits2x4 bits4x2 '
    'int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7',
}
# Bytes of an element; of types that are packed several in a byte, of such a byte.
WIDTH: Dict[str, int] = {
    dtype: width for width, dtypes in _OF_WIDTH.items() for dtype in dtypes.split()
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
