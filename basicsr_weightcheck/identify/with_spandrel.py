"""The name of a network by spandrel, for those that this project does not know."""

from __future__ import annotations

from typing import Mapping, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase


def ask_spandrel(shapes: Mapping[str, Tuple[int, ...]]) -> str:
    """Name of the architecture whose keys these are, '' when spandrel knows none.

    Only detection runs, on weightless tensors; nothing is built or loaded.

    Source: spandrel 0.4.2 `ArchRegistry.architectures`, `Architecture.detect`, `Architecture.name`.

    Raises:
        UsageError: spandrel, or the torch and torchvision that it needs, cannot be imported.
    """
    try:
        import torch
        from spandrel import MAIN_REGISTRY, canonicalize_state_dict
    except (ImportError, RuntimeError) as error:  # torchvision of another torch: RuntimeError
        what = phrase('needs-spandrel', reason=str(error)[:200])
        raise UsageError(what, advice=phrase('needs-spandrel-do')) from error
    table = {key: torch.empty(shape, device='meta') for key, shape in shapes.items()}
    table = canonicalize_state_dict(table)
    for support in MAIN_REGISTRY.architectures('detection'):
        if support.detect(table):
            return str(support.architecture.name)
    return ''
