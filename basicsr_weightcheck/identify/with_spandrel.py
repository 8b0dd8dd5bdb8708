"""The name of a network by spandrel, for those that this project does not know."""

from __future__ import annotations

from typing import Mapping, Tuple

from basicsr_weightcheck.errors import UsageError


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
        raise UsageError(
            f'spandrel cannot be imported: {str(error)[:200]}.',
            advice='It needs torch and the torchvision made for it: pip install spandrel',
        ) from error
    table = {key: torch.empty(shape, device='meta') for key, shape in shapes.items()}
    table = canonicalize_state_dict(table)
    for support in MAIN_REGISTRY.architectures('detection'):
        if support.detect(table):
            return str(support.architecture.name)
    return ''
