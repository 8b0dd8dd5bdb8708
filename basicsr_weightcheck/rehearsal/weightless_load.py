"""A torch.load that never reads a tensor and never runs what a file names."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from typing import Any, Callable, Dict

from basicsr_weightcheck.records.tensors import (
    HELD_BACK,
    VIRTUAL,
    CheckpointHeader,
    Listing,
    Mapping,
    Opaque,
    Scalar,
    TensorSpec,
    Value,
)
from basicsr_weightcheck.rehearsal.odd_tensors import odd_tensor

FIRST_SAFE_DEFAULT = (2, 6)  # torch.load's weights_only is True by default from here on


class InertObject:
    """Stands for an object of the file that is no tensor and no plain value."""


class WeightlessLoad:
    """Stands in for torch.load during one load_network call.

    Args:
        headers: {load path: header} of files that the restricted reader accepted.
        real_load: torch.load.
        torch_version: 'major.minor.…'.
    """

    def __init__(
        self,
        headers: Dict[str, CheckpointHeader],
        real_load: Callable[..., Any],
        torch_version: str,
    ) -> None:
        self._headers = headers
        self._real_load = real_load
        self._safe_default = safe_by_default(torch_version)
        self.returned: Any = None

    def __call__(self, f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What the real call would return, with tensors on 'meta'; raises what it would raise."""
        self.returned = self._load(f, map_location, kwargs)
        return self.returned

    def _load(self, f: Any, map_location: Any, kwargs: Dict[str, Any]) -> Any:
        header = self._headers.get(os.fspath(f)) if isinstance(f, (str, os.PathLike)) else None
        safe = kwargs.get('weights_only')
        safe = self._safe_default if safe is None else bool(safe)
        if header is not None and header.container == HELD_BACK:
            raise pickle.UnpicklingError('the file was not handed to torch: see the findings')
        if header is not None and (header.container == VIRTUAL or (not safe and _whole(header))):
            return replay(header.root)
        if header is not None and header.byte_order == 'big':
            return replay(header.root)  # torch ends with signal 11 where it turns round meta bytes
        if header is None or not _whole(header) or header.container == 'safetensors':
            # Ends with the real call's own error; weights_only keeps it harmless.
            return self._real_load(f, map_location=map_location, weights_only=True)
        return self._real_load(f, map_location='meta', weights_only=True)


def safe_by_default(torch_version: str) -> bool:
    """Whether this torch, in this environment, loads with weights_only=True by default."""
    if os.environ.get('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '0').lower() in ('1', 'y', 'yes', 'true'):
        return False
    parts = torch_version.split('+')[0].split('.')[:2]
    return tuple(int(part) for part in parts if part.isdigit()) >= FIRST_SAFE_DEFAULT


def _whole(header: CheckpointHeader) -> bool:
    return header.complete and header.container != 'safetensors'


def replay(value: Value) -> Any:
    """The object that a header describes, with tensors on 'meta'."""
    import torch

    if isinstance(value, TensorSpec):
        if value.form:
            return odd_tensor(value)
        dtype = getattr(torch, value.dtype)
        if value.stride is None:
            return torch.empty(value.shape, dtype=dtype, device='meta')
        return torch.empty_strided(value.shape, value.stride, dtype=dtype, device='meta')
    if isinstance(value, Mapping):
        odd = {at: InertObject() if key is ... else key for at, key in value.odd_keys}
        pairs = [
            (odd.get(at, key), replay(item)) for at, (key, item) in enumerate(value.entries)
        ]
        result: Any = OrderedDict(pairs) if value.ordered else dict(pairs)
        if value.metadata_versions is not None:
            result._metadata = OrderedDict(
                (module, {} if version is None else {'version': version})
                for module, version in value.metadata_versions
            )
        return result
    if isinstance(value, Listing):
        items = [replay(item) for item in value.items]
        return tuple(items) if value.kind == 'tuple' else items
    if isinstance(value, Scalar):
        return value.value
    assert isinstance(value, Opaque)
    return InertObject()
