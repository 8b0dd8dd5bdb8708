"""What the installed torch would say of a file that it refuses, where it is not asked itself."""

from __future__ import annotations

from typing import Optional

from basicsr_weightcheck.checkpoint.weights_only import is_guarded, refused_globals
from basicsr_weightcheck.records.outcomes import PREDICTED, Outcome
from basicsr_weightcheck.records.tensors import CheckpointHeader
from basicsr_weightcheck.workflow.installed import installed_version


def refusal(header: CheckpointHeader) -> Optional[Outcome]:
    """The outcome of a load that ends in torch.load, None where torch reads the file.

    Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py `Unpickler` (2.13).
    """
    version = installed_version('torch')
    if version is None or not is_guarded(version):
        return None
    names = refused_globals(header, version)
    if names:
        reason = f'Unsupported global: GLOBAL {names[0].name} was not an allowed global by default.'
    elif header.odd_step is not None:
        reason = f'Unsupported operand {header.odd_step}'
    else:
        return None
    message = f'Weights only load failed. WeightsUnpickler error: {reason}'
    return Outcome(False, 'UnpicklingError', message, PREDICTED, opened=False)
