"""Wrap what loads and saves networks in whichever framework a process imports, now or later."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import sys
from typing import Any, Callable, Dict, List, Set, Tuple

from basicsr_weightcheck.dialects.dialect import HookPoint
from basicsr_weightcheck.dialects.find import find_framework, hook_points
from basicsr_weightcheck.hook import board, deliver, first_look, guard, provenance
from basicsr_weightcheck.hook.guard import guarded
from basicsr_weightcheck.hook.harmless import harmless
from basicsr_weightcheck.hook.situation import option_path
from basicsr_weightcheck.records.plans import NO_FRAMEWORK
from basicsr_weightcheck.rehearsal.recorder import is_loading_method

TENSORBOARD = 'torch.utils.tensorboard.writer'

_installed = False
_registered: Set[Any] = set()
_undo: List[Callable[[], None]] = []


def install(announce: bool = True) -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Args:
        announce: say at the end of the process where nothing was there to check.

    Raises:
        ImportError: wrapt is missing.
    """
    global _installed
    import wrapt

    if _installed:
        return
    _installed = True
    if announce:
        atexit.register(_say_unused, os.getpid())
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
    with harmless('hook-do-find'):
        beside = option_path(sys.argv) or (sys.argv[0] if sys.argv else '')
        return hook_points(find_framework(beside, os.getcwd()))
    return hook_points(NO_FRAMEWORK)


def uninstall() -> None:
    """Put everything back; what is imported later stays as it is."""
    global _installed
    _installed = False
    while _undo:
        _undo.pop()()


def _say_unused(process: int) -> None:
    """Nothing was watched: the weights of this training, if it has any, were not checked."""
    forked = os.getpid() != process
    if guard.watched or not _installed or forked or os.environ.get('RANK', '0') != '0':
        return
    points = [what.module for what in _registered if isinstance(what, HookPoint)]
    met = [module for module in points if module in sys.modules]
    modules = ', '.join(sorted(met or points))
    looked_for = deliver.words('hook-no-load' if met else 'hook-no-framework', modules=modules)
    deliver.tell('hook-not-used', logging.INFO if met else logging.WARNING, looked_for=looked_for)


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

    for name, own in list(vars(owner).items()):
        if isinstance(own, wrapt.ObjectProxy):
            continue
        if name in point.saves:
            _replace(owner, name, wrapt.FunctionWrapper(own, provenance.recorded_save))
        elif name in point.steps:
            _replace(owner, name, wrapt.FunctionWrapper(own, first_look.before_first_step))
        elif name in point.loads or is_loading_method(name, own):
            _replace(owner, name, wrapt.FunctionWrapper(own, guarded))


def _patch_tensorboard(module: Any) -> None:
    import wrapt

    if not _installed:
        return

    def remembered(wrapped: Any, writer: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        with harmless('hook-do-board'):
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
