"""Surroundings in which a model's constructor loads nothing heavy and ends after its loads."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import Any, Dict, Iterator

from basicsr_weightcheck.rehearsal.recorder import Recorder

_ABSENT = object()


class LoadsDone(BaseException):
    """Ends a constructor: all loads come before the optimizers.

    A BaseException, so that a model's own `except Exception` does not swallow it.
    """


@contextmanager
def harmless(recorder: Recorder, model_class: Any) -> Iterator[None]:
    """Replace network builder, losses, device moves and optimizers while a constructor runs."""
    import torch

    with ExitStack() as stack:
        module = torch.nn.Module
        for owner, name, value in (
            (module, 'to', _same),
            (module, 'cuda', _same),
            (model_class, 'model_to_device', lambda self, net: net),
            (model_class, 'print_network', lambda self, net: None),
            (model_class, 'model_ema', lambda self, decay=0.999: None),
            (model_class, 'setup_optimizers', _end),
            (model_class, 'setup_schedulers', _end),
            (model_class, 'load_network', recorder.wrap(model_class.load_network)),
        ):
            stack.enter_context(_attribute(owner, name, value))
        _replace_everywhere(stack, recorder.imported.builder, recorder.build)
        _replace_losses(stack, recorder.imported.framework.name)
        yield


def _same(self: Any, *_: Any, **__: Any) -> Any:
    return self


def _end(self: Any, *_: Any, **__: Any) -> None:
    raise LoadsDone


def _replace_losses(stack: ExitStack, package: str) -> None:
    """Losses come between the loads and the optimizers; some download networks of their own."""
    import torch

    registry = sys.modules.get(f'{package}.losses')
    if hasattr(registry, 'build_loss'):
        _replace_everywhere(stack, vars(registry)['build_loss'], lambda *_, **__: torch.nn.Module())
    legacy = sys.modules.get(f'{package}.models.losses')
    for name, value in list(vars(legacy).items()) if legacy else []:
        if isinstance(value, type) and issubclass(value, torch.nn.Module):
            stack.enter_context(_attribute(legacy, name, lambda *_, **__: torch.nn.Module()))


def _replace_everywhere(stack: ExitStack, original: Any, replacement: Any) -> None:
    """Put `replacement` wherever a module has bound `original` (`from x import build_network`)."""
    for module in list(sys.modules.values()):
        names: Dict[str, Any] = getattr(module, '__dict__', None) or {}
        for name in [name for name, value in list(names.items()) if value is original]:
            stack.enter_context(_attribute(module, name, replacement))


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
