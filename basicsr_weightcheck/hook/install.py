"""Wrap what loads and saves networks in whichever framework a process imports, now or later."""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Callable, Dict, List, Set, Tuple

from basicsr_weightcheck.dialects.dialect import HookPoint
from basicsr_weightcheck.dialects.find import find_framework, hook_points
from basicsr_weightcheck.hook import board, deliver, provenance
from basicsr_weightcheck.hook.guard import guarded, harmless
from basicsr_weightcheck.hook.situation import option_path
from basicsr_weightcheck.records.plans import NO_FRAMEWORK

TENSORBOARD = 'torch.utils.tensorboard.writer'

_installed = False
_registered: Set[Any] = set()
_undo: List[Callable[[], None]] = []


def install() -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Raises:
        ImportError: wrapt is missing.
    """
    global _installed
    import wrapt

    if _installed:
        return
    _installed = True
    waiting: Dict[Any, Callable[[Any], None]] = {TENSORBOARD: _patch_tensorboard}
    waiting.update({point: functools.partial(_patch_models, point) for point in _points()})
    for what, patch in waiting.items():
        module = what.module if isinstance(what, HookPoint) else what
        if what not in _registered:
            _registered.add(what)
            wrapt.register_post_import_hook(patch, module)
        elif module in sys.modules:
            patch(sys.modules[module])


def _points() -> Tuple[HookPoint, ...]:
    with harmless('find the framework'):
        beside = option_path(sys.argv) or (sys.argv[0] if sys.argv else '')
        return hook_points(find_framework(beside, os.getcwd()))
    return hook_points(NO_FRAMEWORK)


def uninstall() -> None:
    """Put everything back; what is imported later stays as it is."""
    global _installed
    _installed = False
    while _undo:
        _undo.pop()()


def _patch_models(point: HookPoint, module: Any) -> None:
    base = getattr(module, point.owner, None)
    if base is None or not _installed:
        return
    deliver.speak_through(point.logger or point.module.split('.')[0])
    _wrap_own(base, point)
    for subclass in _below(base):
        _wrap_own(subclass, point)
    _replace(base, '__init_subclass__', classmethod(_init_subclass(base, point)))


def _init_subclass(base: Any, point: HookPoint) -> Callable[..., None]:
    before = base.__init_subclass__.__func__ if '__init_subclass__' in vars(base) else None

    def init_subclass(cls: Any, **kwargs: Any) -> None:
        if before is not None:
            before(cls, **kwargs)
        else:
            super(base, cls).__init_subclass__(**kwargs)
        _wrap_own(cls, point)

    return init_subclass


def _below(base: Any) -> List[Any]:
    found: List[Any] = []
    waiting = [base]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            found.append(subclass)
            waiting.append(subclass)
    return found


def _wrap_own(owner: Any, point: HookPoint) -> None:
    """Wrap the methods that a class defines itself."""
    import wrapt

    wrappers: Dict[str, Any] = dict.fromkeys(point.loads, guarded)
    wrappers.update(dict.fromkeys(point.saves, provenance.recorded_save))
    for name, wrapper in wrappers.items():
        own = vars(owner).get(name)
        if own is not None and not isinstance(own, wrapt.ObjectProxy):
            _replace(owner, name, wrapt.FunctionWrapper(own, wrapper))


def _patch_tensorboard(module: Any) -> None:
    import wrapt

    if not _installed:
        return

    def remembered(wrapped: Any, writer: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        with harmless('write to TensorBoard'):
            board.remember_writer(writer)
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
