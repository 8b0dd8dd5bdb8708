"""What a zip archive holds."""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, Sequence

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.sniffed import Sniffed
from basicsr_weightcheck.checkpoint.zip_directory import ZipEntry, read_directory
from basicsr_weightcheck.checkpoint.zip_layout import archive_root
from basicsr_weightcheck.errors import CorruptCheckpointError
from basicsr_weightcheck.records.tensors import TORCH_ZIP

ZIP_CUT = 'zip-cut'  # a beginning without a directory: what it was is to be found out
WEIGHTS = re.compile(r'\.(pth|pt|ckpt|safetensors|bin|pkl)$', re.I)


def sniff_zip(file: BinaryIO, file_bytes: int, limits: Limits) -> Sniffed:
    """Tell a torch file from other archives, as torch does it.

    Raises:
        LimitExceededError: a directory beyond the ceilings.

    Source: torch/serialization.py `_is_torchscript_zip`, torch.save's layout (2.13).
    """
    try:
        entries = read_directory(file, file_bytes, limits)
    except (CorruptCheckpointError, ValueError, OSError, struct.error, OverflowError):
        return Sniffed(ZIP_CUT)
    names = {entry.name for entry in entries}
    root = archive_root(entries)
    if f'{root}/constants.pkl' in names:
        return Sniffed('torchscript')
    if root and f'{root}/data.pkl' in names:
        return Sniffed(TORCH_ZIP, entries=tuple(entries))
    if 'data.pkl' in names or any(name.endswith('/data.pkl') for name in names):
        return Sniffed('zip-rezipped', entries[0].name)
    return _other(entries)


def _other(entries: Sequence[ZipEntry]) -> Sniffed:
    names = [entry.name for entry in entries]
    if names and all(name.endswith('.npy') for name in names):
        return Sniffed('npz', names[0])
    if 'model.weights.h5' in names:
        return Sniffed('keras', 'model.weights.h5')
    if any(entry.is_encrypted for entry in entries):
        return Sniffed('zip-locked', names[0])
    return Sniffed('zip-other', next(filter(WEIGHTS.search, names), ''))
