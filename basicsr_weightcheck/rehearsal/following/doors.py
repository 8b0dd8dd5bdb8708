"""Every way out of a weight file, each replaced by one that reads the header only.

Source: torch/serialization.py `load` (2.13), safetensors/torch.py (0.8) whose functions all go
through `safe_open`, numpy/lib/npyio.py `load`, torch/hub.py. spandrel's ModelLoader reads through
torch.load and safetensors.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import io
import os
import pathlib
import pickle
import sys
from typing import Any, Callable, Dict, Iterator, Mapping, Sequence, Tuple

from basicsr_weightcheck.checkpoint.pickles.weights_only import code_globals, is_guarded, is_refused
from basicsr_weightcheck.records.sources import FileTensor
from basicsr_weightcheck.records.tensors import HELD_BACK, TORCH_LEGACY, VIRTUAL, FileDict
from basicsr_weightcheck.rehearsal.following.replay import another, blank, on_cpu, replay
from basicsr_weightcheck.rehearsal.following.shelf import BYTES, Shelf
from basicsr_weightcheck.rehearsal.harmless import plain_functions, plain_operations

SAFETENSORS = 'safetensors'
ARGUMENTS = ('weights_only', 'mmap', 'encoding')
UNSAFE_ARGUMENTS = ('errors', 'fix_imports', 'buffers')  # of pickle
NUMPY = ('np', 'numpy')  # what `safe_open` calls it


class WouldDownload(OSError):
    """The training would fetch a file from the network here."""


def doors(shelf: Shelf, torch_version: str) -> Iterator[Tuple[Any, Any]]:
    """(function, what replaces it) for every door that is there.

    Args:
        shelf: where files are opened.
        torch_version: 'major.minor.…'.
    """
    import torch

    yield torch.load, TorchLoad(shelf, torch.load, torch_version)
    yield torch.hub.download_url_to_file, refuse_download
    if 'requests' in sys.modules:
        yield sys.modules['requests'].get, refuse_download
    yield torch.hub.load, _hub_load(torch.hub.load)
    yield torch.jit.load, _program_load(shelf, torch.jit.load)
    try:
        safetensors = importlib.import_module('safetensors.torch')
    except ImportError:
        pass
    else:
        yield safetensors.safe_open, _safe_open(shelf, safetensors.safe_open)
        yield safetensors.load, _safetensors_bytes(shelf, safetensors.load)
    numpy = importlib.import_module('numpy')
    yield numpy.load, _numpy_load(shelf, numpy.load)
    for name in ('from_numpy', 'as_tensor', 'tensor'):
        yield getattr(torch, name), _from_array(shelf, getattr(torch, name))


class TorchLoad:
    """Stands in for torch.load.

    On torch 2.6 and newer the real one speaks, with weights_only=True and on 'meta': no tensor is
    read, nothing named by the file is called, and what torch refuses is refused in its own words.
    """

    def __init__(self, shelf: Shelf, real: Callable[..., Any], torch_version: str) -> None:
        self._shelf = shelf
        self._real = real
        self._torch_version = torch_version
        self._safe_default = is_guarded(torch_version)

    def __call__(
        self, f: Any, map_location: Any = None, pickle_module: Any = None, **kwargs: Any
    ) -> Any:
        """What the real call would return, without values; raises what it would raise."""
        with self._shelf.reading():
            return self._loaded(f, map_location, pickle_module, kwargs)

    def _loaded(self, f: Any, map_location: Any, pickle_module: Any, kwargs: Dict[str, Any]) -> Any:
        path = self._shelf.path_of(f)
        if path.endswith('.' + SAFETENSORS) and not hasattr(f, 'read'):
            # Newer versions hand it over to safetensors, whose door is another; older ones refuse.
            return self._real(f, map_location=map_location, weights_only=True)
        safe = kwargs.get('weights_only')
        if safe is None:
            safe = self._safe_default and pickle_module is None
        header = self._shelf.header(path) if path else None
        if _are_refused(pickle_module, kwargs, bool(safe), header):
            given = {**kwargs, 'pickle_module': pickle_module, 'weights_only': True}
            return self._shelf.hand_out(path, self._real(f, map_location='meta', **given))
        if header is not None and pickle_module is not None:
            _ask(pickle_module, header.globals)
        return self._shelf.hand_out(path, self._content(f, map_location, header, bool(safe)))

    def _content(self, f: Any, map_location: Any, header: Any, safe: bool) -> Any:
        if header is None:
            return self._asked(f)
        if header.container == HELD_BACK:
            raise pickle.UnpicklingError('the file was not handed to torch: see the findings')
        if header.container == VIRTUAL:
            return replay(header.root, self._shelf.device)
        if not header.complete or not header.torch_reads or header.is_untyped_stream:
            # Ends with the real call's own error; weights_only keeps it harmless.
            return self._real(f, map_location=map_location, weights_only=True)
        # Only tensors in memory do what odd ones do: raise, or load.
        self._shelf.wants_memory = self._shelf.wants_memory or header.has_odd_entries
        return self._of_safe(f, header) if safe else self._of_any(header)

    def _of_safe(self, f: Any, header: Any) -> Any:
        turned = header.byte_order != sys.byteorder
        if is_refused(header, self._torch_version):
            if turned:  # on 'meta' torch turns the bytes of another byte order round: signal 11
                raise pickle.UnpicklingError('Weights only load failed.')
            return self._asked(f)
        odd = header.has_odd_entries or turned
        return self._replayed(header) if odd else self._asked(f, header.path)

    def _of_any(self, header: Any) -> Any:
        if any(one.is_module for one in header.foreign):
            # A whole network: what its class makes of the file is not known.
            self._shelf.lost.append(os.path.basename(header.path))
        return self._replayed(header)

    def _replayed(self, header: Any) -> Any:
        return replay(header.root, self._shelf.device, {})

    def _asked(self, f: Any, path: str = '') -> Any:
        """What torch itself makes of the file; of one that it has made before, another."""
        kept, by_name = self._shelf.kept, isinstance(f, (str, os.PathLike)) and path != ''
        # A device is given, and a mode would be asked several times for each tensor.
        with plain_functions(), plain_operations():
            if by_name and path in kept:
                value = another(kept[path], {})
            else:
                value = self._real(f, map_location='meta', weights_only=True)
                # An odd one, or torch before 2.0, which has no such storages.
                with contextlib.suppress(TypeError, RecursionError, AttributeError):
                    kept.update({path: another(value, {})} if by_name else {})
        return value if self._shelf.device == 'meta' else on_cpu(value)


def _are_refused(pickle_module: Any, given: Dict[str, Any], safe: bool, header: Any) -> bool:
    """Arguments of torch.load that the real one raises at, whatever the file holds.

    Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py (2.13).
    """
    no_zip = header is not None and header.container == TORCH_LEGACY
    return bool(
        (safe and pickle_module is not None)
        or (given.get('mmap') and no_zip)
        or set(given).difference(ARGUMENTS, () if safe else UNSAFE_ARGUMENTS)
    )


def _ask(pickle_module: Any, names: Sequence[str]) -> None:
    """Let an unpickler of the framework's own refuse names of a file, as spandrel's does.

    Source: torch/serialization.py `_load` (2.13): names of storages never come before it.

    Raises:
        Exception: what its `find_class` raises.
    """
    unpickler: Any = getattr(pickle_module, 'Unpickler', None)
    if not inspect.isfunction(getattr(unpickler, 'find_class', None)):
        return
    asked = unpickler(io.BytesIO())
    code = code_globals(names)
    for name in names:
        if name not in code and 'Storage' not in name:
            asked.find_class(*name.rsplit('.', 1))


def there(shelf: Shelf) -> Iterator[Tuple[Any, str, Any]]:
    """(owner, name, what replaces it): files that are only planned are there, for who asks first.

    Source: neosr/models/base.py `load_network` (31c7022) asks `Path.exists`.
    """

    def asked(real: Callable[..., bool]) -> Callable[..., bool]:
        @functools.wraps(real)
        def is_there(path: Any, *args: Any, **kwargs: Any) -> bool:
            planned = isinstance(path, (str, os.PathLike)) and shelf.is_planned(os.fspath(path))
            return planned or real(path, *args, **kwargs)

        return is_there

    for owner, names in ((os.path, ('exists', 'isfile')), (pathlib.Path, ('exists', 'is_file'))):
        for name in names:
            yield owner, name, asked(getattr(owner, name))


def refuse_download(url: str, *_: Any, **__: Any) -> None:
    """Stands in for torch.hub.download_url_to_file; raises WouldDownload."""
    raise WouldDownload(f'not downloaded: {url}')


def _hub_load(real: Callable[..., Any]) -> Callable[..., Any]:
    def load(repo_or_dir: str, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get('source', 'github') == 'local':
            return real(repo_or_dir, *args, **kwargs)
        return refuse_download(repo_or_dir)

    return load


def _program_load(shelf: Shelf, real: Callable[..., Any]) -> Callable[..., Any]:
    """torch.jit.load reads by itself: what becomes of its tensors is not known."""

    def load(f: Any, *args: Any, **kwargs: Any) -> Any:
        path = shelf.path_of(f)
        shelf.lost.append(os.path.basename(path) or BYTES)
        return real(f, *args, **kwargs)

    return load


def _safe_open(shelf: Shelf, real: Any) -> Callable[..., Any]:
    def safe_open(filename: Any, framework: str = 'pt', *_: Any, **__: Any) -> Any:
        path = os.fspath(filename)
        with shelf.reading():  # the header alone; its errors are the real ones
            opened = real(filename, framework=framework)
        header = shelf.header(path)
        if header is None or not isinstance(header.root, FileDict):
            return opened
        if framework in NUMPY:
            return OpenSafetensors(opened, dict(_arrays(shelf, path, header.root)))
        blanks = {spec.key: blank(spec, shelf.device) for spec in header.root.tensors}
        return OpenSafetensors(opened, shelf.hand_out(path, blanks))

    return safe_open


class OpenSafetensors:
    """An open safetensors file whose tensors, or arrays, hold nothing."""

    def __init__(self, opened: Any, tensors: Dict[str, Any]) -> None:
        self._opened, self._tensors = opened, tensors

    def __enter__(self) -> OpenSafetensors:
        self._opened.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._opened.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def get_tensor(self, name: str) -> Any:
        if name not in self._tensors:
            return self._opened.get_tensor(name)  # the real error
        return self._tensors[name]

    def get_tensors(self) -> Dict[str, Any]:
        """All of them, in the order of their bytes."""
        return {name: self._tensors[name] for name in self._opened.offset_keys()}

    def get_slice(self, name: str) -> Any:
        return _Slice(self._opened.get_slice(name), self.get_tensor(name))


class _Slice:
    def __init__(self, opened: Any, tensor: Any) -> None:
        self._opened, self._tensor = opened, tensor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def __getitem__(self, index: Any) -> Any:
        return self._tensor[index]


def _safetensors_bytes(shelf: Shelf, real: Callable[..., Any]) -> Callable[..., Any]:
    def load(data: bytes) -> Any:
        path = shelf.path_of(data)
        header = shelf.header(path) if path else None
        if header is None:
            return shelf.hand_out('', real(data))
        return shelf.hand_out(path, replay(header.root, shelf.device))

    return load


def _numpy_load(shelf: Shelf, real: Callable[..., Any]) -> Callable[..., Any]:
    def load(file: Any, *args: Any, **kwargs: Any) -> Any:
        """Arrays of a .npy or .npz file that hold nothing; the real function checks the file."""
        with shelf.reading():
            return opened_file(file, *args, **kwargs)

    def opened_file(file: Any, *args: Any, **kwargs: Any) -> Any:
        path = shelf.path_of(file)
        kwargs['allow_pickle'] = False
        if path.endswith('.npy'):
            return _array(shelf, real(file, mmap_mode='r', allow_pickle=False), path, '')
        opened = real(file, *args, **kwargs)
        return _Archive(shelf, opened, path) if hasattr(opened, 'files') else opened

    return load


def _arrays(shelf: Shelf, path: str, root: FileDict) -> Iterator[Tuple[str, Any]]:
    """(name, array) of those that numpy has a type for."""
    import numpy as np

    for spec in root.tensors:
        with contextlib.suppress(TypeError):
            like = _Like(spec.shape, np.dtype(spec.dtype))
            yield spec.key, _array(shelf, like, path, spec.key)


def _array(shelf: Shelf, like: Any, path: str, key: str) -> Any:
    import numpy as np

    array: Any = np.empty(like.shape, like.dtype).view(_file_array())
    array.origin, array.whole = FileTensor(path, '', key), True
    shelf.array_sizes.add(array.size)
    return array


class _Archive(Mapping[str, Any]):
    """An open .npz file."""

    def __init__(self, shelf: Shelf, opened: Any, path: str) -> None:
        self._shelf, self._opened, self._path = shelf, opened, path

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: Any) -> None:
        self._opened.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened.files)

    def __len__(self) -> int:
        return len(self._opened.files)

    def __contains__(self, name: object) -> bool:
        return name in self._opened  # 'w.npy' as well

    def __getitem__(self, name: str) -> Any:
        import numpy as np

        # The header alone: shape and dtype stand in front of the values.
        inner = name if f'{name}.npy' not in self._opened.zip.namelist() else f'{name}.npy'
        with self._opened.zip.open(inner) as entry:
            version = np.lib.format.read_magic(entry)
            read = getattr(np.lib.format, f'read_array_header_{version[0]}_0')
            shape, _, dtype = read(entry)
        return _array(self._shelf, _Like(shape, dtype), self._path, name)


class _Like:
    def __init__(self, shape: Any, dtype: Any) -> None:
        self.shape, self.dtype = shape, dtype


@functools.lru_cache(maxsize=None)
def _file_array() -> Any:
    import numpy as np

    class FileArray(np.ndarray):  # type: ignore[type-arg, unused-ignore]
        """An array that knows which array of a file it is (`whole`), or is made from."""

        origin: Any = None
        whole = False

        def __array_finalize__(self, other: Any) -> None:
            self.origin = getattr(other, 'origin', None)

    return FileArray


def _from_array(shelf: Shelf, real: Callable[..., Any]) -> Callable[..., Any]:
    """torch.from_numpy and its like: the tensor gets the name of the array."""
    import torch

    def from_array(data: Any, *args: Any, **kwargs: Any) -> Any:
        origin = getattr(data, 'origin', None)
        if not isinstance(origin, FileTensor):
            # numpy.array and asarray leave no trace: it may be a copy of one of a file.
            may_be = type(data).__name__ == 'ndarray' and data.size in shelf.array_sizes
            if may_be and real.__name__ not in shelf.lost:
                shelf.lost.append(real.__name__)
            return real(data, *args, **kwargs)
        tensor = torch.empty_like(real(data, *args, **kwargs), device=shelf.device)
        if data.whole:
            shelf.ledger.name(tensor, origin)
        else:
            shelf.ledger.derive(tensor, origin)
        return tensor

    return from_array
