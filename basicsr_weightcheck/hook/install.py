"""Wrap what loads, saves and makes folders in whichever framework a process imports, now or later.

What the wrappers need is imported when the first of them is called: a program that only imports the
framework, such as a worker of a data loader, shall not wait for it.
"""

from __future__ import annotations

import importlib
import sys
import weakref
from typing import Any, Callable, List, Set, Tuple

from basicsr_weightcheck.watch import is_off

BASE_MODULE = 'basicsr.models.base_model'  # dialects A to D
FOLDERS_MODULE = 'basicsr.utils.misc'
FOLDERS = 'make_exp_dirs'
TENSORBOARD = 'torch.utils.tensorboard.writer'

GUARD = 'basicsr_weightcheck.hook.guard'
WRITERS: List[Any] = []  # weak references to the TensorBoard writers of this process

_installed = False
_registered = False
_trainings_only = False
_missed: Set[str] = set()
_undo: List[Callable[[], None]] = []


def install() -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Raises:
        ImportError: wrapt is missing.
    """
    global _trainings_only
    _trainings_only = False
    _wait_for_modules()


def install_for_trainings() -> None:
    """The same for an environment that is switched on: what does not train is left alone.

    Raises:
        ImportError: wrapt is missing.
    """
    global _trainings_only
    _trainings_only = _trainings_only or not _installed
    _wait_for_modules()


def _wait_for_modules() -> None:
    global _installed, _registered
    import wrapt

    if _installed or is_off():
        return
    _installed = True
    patches = (
        (BASE_MODULE, _patch_models),
        (FOLDERS_MODULE, _patch_folders),
        (TENSORBOARD, _patch_tensorboard),
    )
    for name, patch in patches:
        if not _registered:
            wrapt.register_post_import_hook(patch, name)
        elif name in sys.modules:
            patch(sys.modules[name])
    _registered = True


def uninstall() -> None:
    """Put everything back; what is imported later stays as it is."""
    global _installed
    _installed = False
    while _undo:
        _undo.pop()()


def _patch_models(module: Any) -> None:
    base = getattr(module, 'BaseModel', None)
    if base is None or not _installed:
        return
    _wrap_own(base)
    for subclass in _below(base):
        _wrap_own(subclass)
    _replace(base, '__init_subclass__', classmethod(_init_subclass(base)))


def _init_subclass(base: Any) -> Callable[..., None]:
    before = base.__init_subclass__.__func__ if '__init_subclass__' in vars(base) else None

    def init_subclass(cls: Any, **kwargs: Any) -> None:
        if before is not None:
            before(cls, **kwargs)
        else:
            super(base, cls).__init_subclass__(**kwargs)
        _wrap_own(cls)

    return init_subclass


def _below(base: Any) -> List[Any]:
    found: List[Any] = []
    waiting = [base]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            found.append(subclass)
            waiting.append(subclass)
    return found


def _wrap_own(owner: Any) -> None:
    """Wrap the methods that a class defines itself."""
    import wrapt

    for name, wrapper in (('load_network', _load), ('save_network', _save)):
        own = vars(owner).get(name)
        if own is not None and not isinstance(own, wrapt.ObjectProxy):
            _replace(owner, name, wrapt.FunctionWrapper(own, wrapper))


def _load(wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
    guard = _part('guard', getattr(model, 'is_train', True))
    return guard.guarded(wrapped, model, args, kwargs) if guard else wrapped(*args, **kwargs)


def _save(wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
    part = _part('provenance', getattr(model, 'is_train', True))
    return part.recorded_save(wrapped, model, args, kwargs) if part else wrapped(*args, **kwargs)


def _part(name: str, trains: Any) -> Any:
    """A module of the hook; None where this process is none of its business, or it cannot be had.

    Args:
        name: of the module.
        trains: whether the training's own options say that it is one.
    """
    if _trainings_only and not trains:
        return None
    try:
        return importlib.import_module(f'basicsr_weightcheck.hook.{name}')
    except Exception as error:
        if name not in _missed:
            _missed.add(name)
            print(f'weightcheck: cannot check ({name}): {error}', file=sys.stderr)
        return None


def _patch_folders(module: Any) -> None:
    """Wherever a module of the framework has bound the function already, it is replaced as well."""
    import wrapt

    own = vars(module).get(FOLDERS)
    if own is None or not _installed:
        return
    wrapper = wrapt.FunctionWrapper(own, _make_folders)
    for place in list(sys.modules.values()):
        if (getattr(place, '__dict__', None) or {}).get(FOLDERS) is own:
            _replace(place, FOLDERS, wrapper)


def _make_folders(wrapped: Callable[..., Any], _: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
    options = args[0] if args else kwargs.get('opt')
    trains = isinstance(options, dict) and options.get('is_train')
    part = _part('folders', trains)
    return part.looked_at(wrapped, options, args, kwargs) if part else wrapped(*args, **kwargs)


def _patch_tensorboard(module: Any) -> None:
    import wrapt

    if not _installed:
        return

    def remembered(wrapped: Any, writer: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        WRITERS.append(weakref.ref(writer))
        guard = sys.modules.get(GUARD)
        if guard is not None:  # else there is nothing to show yet
            with guard.harmless('write to TensorBoard'):
                guard.board.flush(writer)
        return result

    owner = module.SummaryWriter
    _replace(owner, '__init__', wrapt.FunctionWrapper(owner.__init__, remembered))


def _replace(owner: Any, name: str, value: Any) -> None:
    had = name in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)

    def undo() -> None:
        if had:
            setattr(owner, name, before)
        else:
            delattr(owner, name)

    _undo.append(undo)
