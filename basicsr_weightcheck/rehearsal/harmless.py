"""Surroundings in which a model's constructor runs to its end without files, network or GPU."""

from __future__ import annotations

import glob
import os
import pathlib
import sys
from contextlib import ExitStack, contextmanager, nullcontext
from typing import (
    Any,
    Callable,
    ContextManager,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Set,
    Tuple,
)

GPU_DEVICES = ('/dev/nvidia[0-9]*', '/dev/dxg', '/dev/kfd')  # NVIDIA, Windows' Linux, AMD
# Functions of `os` that change the file system; shutil and pathlib are built on them.
CHANGES = (
    'chmod', 'chown', 'lchown', 'link', 'makedirs', 'mkdir', 'mkfifo', 'mknod', 'remove',
    'removedirs', 'rename', 'renames', 'replace', 'rmdir', 'setxattr', 'symlink', 'truncate',
    'unlink', 'utime',
)  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ABSENT = object()
GETTER = type(property().__get__)  # of attributes that torch has compiled
# Types of its functions, methods and operators.
COMPILED = {type(len), type(str.join), type(str.__add__)}
# {ids of functions: (number of modules, where they are bound)}: a look into every module takes as
# long as a small network.
_known_places: Dict[Tuple[int, ...], Tuple[int, List[Tuple[Any, str, Any]]]] = {}


def has_gpu(torch_version: str) -> Optional[bool]:
    """Whether this machine has a GPU that this torch can use; None where it cannot be said."""
    if torch_version.endswith('+cpu'):
        return False
    if not sys.platform.startswith('linux'):
        return None
    return any(glob.glob(pattern) for pattern in GPU_DEVICES)


def sees_gpu(options: Dict[str, Any], torch_version: str) -> bool:
    """What `torch.cuda.is_available()` says in the training; some networks ask it for their parts.

    A training that is told to use GPUs has one, wherever the check is made.

    Args:
        torch_version: of this environment.

    Source: basicsr 1.4.2 models/base_model.py `__init__` (num_gpu decides the device),
    archs/basicvsrpp_arch.py `BasicVSRPlusPlus.__init__` (deform_align).
    """
    wanted = options.get('num_gpu')
    if isinstance(wanted, int) and wanted > 0:
        return True
    return has_gpu(torch_version) is True


@contextmanager
def replaced(
    functions: Iterable[Tuple[Any, Any]], attributes: Iterable[Tuple[Any, str, Any]]
) -> Iterator[None]:
    """Put other things in the place of functions and attributes while the body runs.

    Args:
        functions: (function, replacement): wherever a module has bound it, under whatever name.
        attributes: (owner, name, value).
    """
    if 'torch' in sys.modules:
        _makers()  # torch remembers them: it must not be what is only lent
    with ExitStack() as stack:
        for owner, name, value in attributes:
            stack.enter_context(_attribute(owner, name, value))
        pairs = list(functions)
        instead = {id(original): value for original, value in pairs}
        for module, name, original in _places([original for original, _ in pairs]):
            if vars(module).get(name) is original:
                stack.enter_context(_attribute(module, name, instead[id(original)]))
        known = set(sys.modules)
        try:
            yield
        finally:
            _give_back({id(value): original for original, value in pairs}, known)


def _give_back(originals: Dict[int, Any], known: Set[str]) -> None:
    """Modules that were imported meanwhile may have bound what was only lent."""
    for name in set(sys.modules) - known:
        names: Dict[str, Any] = getattr(sys.modules[name], '__dict__', None) or {}
        for key, value in list(names.items()):
            if id(value) in originals:
                names[key] = originals[id(value)]


def _places(functions: List[Any]) -> List[Tuple[Any, str, Any]]:
    """(module, name, function) of every binding; looked for again once modules have come."""
    key = tuple(map(id, functions))
    count, found = _known_places.get(key, (0, []))
    if count != len(sys.modules):
        wanted = {id(function): function for function in functions}
        found = []
        for module in list(sys.modules.values()):
            names: Dict[str, Any] = getattr(module, '__dict__', None) or {}
            found += [
                (module, name, value)
                for name, value in list(names.items())
                if id(value) in wanted and wanted[id(value)] is value
            ]
        _known_places[key] = (len(sys.modules), found)
    return found


@contextmanager
def no_file_changed(wanted: List[str]) -> Iterator[None]:
    """What would change the file system does nothing while the body runs.

    Args:
        wanted: gets the names of the functions that were called for it.
    """

    def undone(name: str) -> Callable[..., None]:
        return lambda *_, **__: wanted.append(f'os.{name}')

    def opened(file: Any, mode: str = 'r', *args: Any, **kwargs: Any) -> Any:
        if set(mode) & set('wax+') and not isinstance(file, int):
            wanted.append('open')
            file, mode = os.devnull, mode.replace('x', 'w')
            kwargs.pop('opener', None)  # it knows the file by itself
        return real_open(file, mode, *args, **kwargs)

    def opened_below(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if flags & WRITES:
            wanted.append('os.open')
            path, flags = os.devnull, os.O_RDWR
        return real_below(path, flags, *args, **kwargs)

    real_open, real_below = open, os.open
    pairs: List[Tuple[Any, Any]] = [(real_open, opened), (real_below, opened_below)]
    pairs += [(getattr(os, name), undone(name)) for name in CHANGES if hasattr(os, name)]
    # Where pathlib has bound them in a class. Source: pathlib of Python 3.8 and 3.9.
    bound = getattr(pathlib, '_NormalAccessor', None)
    names = [name for name in CHANGES if hasattr(bound, name)]
    with replaced(pairs, [(bound, name, undone(name)) for name in names]):
        yield


def gpu_in_view() -> ContextManager[None]:
    """`torch.cuda.is_available()` is true while the body runs."""
    import torch

    return _attribute(torch.cuda, 'is_available', lambda: True)


def on_this_device() -> Iterator[Tuple[Any, str, Any]]:
    """Replacements that leave modules and tensors where they are: a check needs no GPU."""
    import torch

    yield torch.nn.Module, 'to', _same_module(torch.nn.Module.to)
    yield torch.nn.Module, 'cuda', _same
    yield torch.nn.Module, 'cpu', _same
    yield torch.Tensor, 'cuda', _same
    yield torch.Tensor, 'cpu', _same
    yield torch.Tensor, 'to', _same_device(torch.Tensor.to)


def cuda_as(device: str) -> ContextManager[Any]:
    """Tensors that are asked for on the GPU are made on another device while the body runs."""
    try:
        from torch.overrides import TorchFunctionMode
    except ImportError:  # torch before 1.13
        return nullcontext()
    import torch

    makers, alone = _makers(), torch._C.DisableTorchFunction
    plain = {torch.Tensor, torch.nn.Parameter}  # types that have no say of their own

    class Elsewhere(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __torch_function__(
            self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if type(function) is GETTER and plain.issuperset(types):  # asked most often
                with alone():
                    return function(*args)
            if kwargs and str(kwargs.get('device')).startswith('cuda'):
                kwargs = {**kwargs, 'device': device}
            elif makers and plain.issuperset(types) and _makes_nothing(function, makers):
                # The mode below is that of `torch.device`, which leaves all of these as they are,
                # and each of them that is written in Python asks the modes once more.
                with alone():
                    return function(*args, **kwargs) if kwargs else function(*args)
            return function(*args, **kwargs) if kwargs else function(*args)

    return Elsewhere()


def _makes_nothing(function: Any, makers: Any) -> bool:
    """Of torch, and no device is needed for it but that of the tensors that it is given."""
    kind = type(function)
    if kind not in COMPILED and getattr(function, '__name__', '') != '__deepcopy__':
        return getattr(function, '__module__', '') == 'torch.nn.init' and function not in makers
    return function not in makers


def _makers() -> Any:
    """Functions that make tensors where `torch.device` says; none where torch does not tell.

    Source: torch/utils/_device.py `_device_constructors` (2.0 to 2.13), which is cached.
    """
    try:
        from torch.utils import _device
    except ImportError:
        return ()
    return getattr(_device, '_device_constructors', tuple)()


def plain_operations() -> ContextManager[Any]:
    """What the body does with tensors is not followed: it makes nothing that is known already."""
    import torch

    guard = getattr(torch._C, '_DisableTorchDispatch', nullcontext)
    made: ContextManager[Any] = guard()
    return made


def plain_functions() -> ContextManager[Any]:
    """What the body asks of tensors is shown to no mode, and what was replaced is not used.

    Under a mode torch looks methods up in `torch.Tensor`, whatever they were called by.
    """
    import torch

    made: ContextManager[Any] = torch._C.DisableTorchFunction()
    return made


def _same(self: Any, *_: Any, **__: Any) -> Any:
    return self


def _same_module(real: Callable[..., Any]) -> Callable[..., Any]:
    """Module.to without the device; a dtype is taken on."""
    import torch

    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        _, dtype, _, _ = torch._C._nn._parse_to(*args, **kwargs)
        return self if dtype is None else real(self, dtype)

    return to


def _same_device(real: Callable[..., Any]) -> Callable[..., Any]:
    """Tensor.to without the device."""
    import torch

    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop('copy', None)
        _, dtype, _, _ = torch._C._nn._parse_to(*args, **kwargs)
        return self if dtype is None else real(self, dtype)

    return to


@contextmanager
def _attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = vars(owner).get(name, _ABSENT)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
