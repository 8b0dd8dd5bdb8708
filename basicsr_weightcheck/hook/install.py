"""Wrap what loads and saves networks in whichever basicsr a process imports, now or later."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from typing import Any, Callable, List, Tuple

from basicsr_weightcheck.hook import board, deliver, guard, provenance
from basicsr_weightcheck.hook.guard import guarded
from basicsr_weightcheck.hook.harmless import harmless
from basicsr_weightcheck.rehearsal.recorder import is_loading_method

BASE_MODULE = 'basicsr.models.base_model'  # dialects A to D
TENSORBOARD = 'torch.utils.tensorboard.writer'

_installed = False
_registered = False
_undo: List[Callable[[], None]] = []


def install(announce: bool = True) -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Args:
        announce: say at the end of the process where nothing was there to check.

    Raises:
        ImportError: wrapt is missing.
    """
    global _installed, _registered
    import wrapt

    if _installed:
        return
    _installed = True
    if announce:
        atexit.register(_say_unused, os.getpid())
    if not _registered:
        _registered = True
        wrapt.register_post_import_hook(_patch_models, BASE_MODULE)
        wrapt.register_post_import_hook(_patch_tensorboard, TENSORBOARD)
    else:
        for name, patch in ((BASE_MODULE, _patch_models), (TENSORBOARD, _patch_tensorboard)):
            if name in sys.modules:
                patch(sys.modules[name])


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
    met = BASE_MODULE in sys.modules
    looked_for = deliver.words('hook-no-load' if met else 'hook-no-framework', modules=BASE_MODULE)
    deliver.tell('hook-not-used', logging.INFO if met else logging.WARNING, looked_for=looked_for)


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

    for name, own in list(vars(owner).items()):
        if isinstance(own, wrapt.ObjectProxy):
            continue
        if name == 'save_network':
            _replace(owner, name, wrapt.FunctionWrapper(own, provenance.recorded_save))
        elif is_loading_method(name, own):
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
