"""Weight files without torch, and the YAMLs that name them."""

from __future__ import annotations

import io
import os
import pickle
import socket
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

ROOT = Path(__file__).resolve().parents[1]
HANG_S = 900  # no result depends on it: a guard against a child that never ends


def free_port() -> int:
    """Of this machine; two processes of the suite that start groups at once do not meet."""
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return int(one.getsockname()[1])


class _Storage:
    """Pickled by reference, as torch does it."""

    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class _Global:
    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Tensor:
    def __init__(self, storage: _Storage, shape: Sequence[int]) -> None:
        self.storage, self.shape = storage, tuple(shape)


PICKLER: Any = vars(pickle)['_Pickler']  # unnamed in its stubs


class _Pickler(PICKLER):
    """The Python pickler, because it can write names of modules that are not installed."""

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, _Global):
            self.write(pickle.GLOBAL + f'{obj.module}\n{obj.name}\n'.encode())
        elif isinstance(obj, _Storage):
            self.save(('storage', _Global('torch', 'FloatStorage'), obj.key, 'cpu', obj.count))
            self.write(pickle.BINPERSID)
        elif isinstance(obj, _Tensor):
            stride: List[int] = []
            step = 1
            for size in reversed(obj.shape):
                stride.insert(0, step)
                step *= size
            self.save(_Global('torch._utils', '_rebuild_tensor_v2'))
            self.save((obj.storage, 0, obj.shape, tuple(stride), False, OrderedDict()))
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def write_weights(path: str, shapes: Dict[str, Tuple[int, ...]], table: str = 'params') -> str:
    """A zip checkpoint of float32 zeros; `table` '' writes them at the root."""
    return write_tables(path, {table: shapes})


def write_tables(path: str, tables: Dict[str, Dict[str, Tuple[int, ...]]]) -> str:
    """The same with several tables; those of the table '' lie at the root."""
    content: Dict[str, Any] = {}
    blobs: List[bytes] = []
    for table, shapes in tables.items():
        place = content.setdefault(table, {}) if table else content
        for key, shape in shapes.items():
            count = 1
            for size in shape:
                count *= size
            place[key] = _Tensor(_Storage(str(len(blobs)), count), shape)
            blobs.append(struct.pack('<f', 0.0) * count)
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=2).dump(content)
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('archive/data.pkl', buffer.getvalue())
        archive.writestr('archive/version', '3\n')
        for index, blob in enumerate(blobs):
            archive.writestr(f'archive/data/{index}', blob)
    return path


def write_options(folder: Path, text: str, name: str = 'train.yml') -> str:
    path = os.path.join(str(folder), name)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        file.write(text)
    return path
