"""Wrap load_network and save_network of whichever basicsr a process imports, now or later."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from basicsr_weightcheck.hook import board, first_look, provenance
from basicsr_weightcheck.hook.guard import guarded, harmless

BASE_MODULE = 'basicsr.models.base_model'  # dialects A to D
TENSORBOARD = 'torch.utils.tensorboard.writer'

_installed = False
_registered = False
_undo: List[Callable[[], None]] = []


def install() -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Raises:
        ImportError: wrapt is missing.
    """
    global _installed, _registered
    import wrapt

    if _installed:
        return
    _installed = True
    if not _registered:
        _registered = True
        wrapt.register_post_import_hook(_patch_models, BASE_MODULE)
        wrapt.register_post_import_hook(_patch_tensorboard, TENSORBOARD)
    else:
        import sys

        for name, patch in ((BASE_MODULE, _patch_models), (TENSORBOARD, _patch_tensorboard)):
            if name in sys.modules:
                patch(sys.modules[name])


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

    wrappers: Dict[str, Any] = {
        'load_network': guarded,
        'save_network': provenance.recorded_save,
        'optimize_parameters': first_look.before_first_step,
    }
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
