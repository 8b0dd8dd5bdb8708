"""One verdict for all processes of a distributed training; no wait is without end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Optional

WAIT_S = 120.0
_PREFIX = 'weightcheck/'
_calls = 0


def rank() -> int:
    """This process's place in the training, 0 without torch.distributed."""
    distributed = _distributed()
    return int(distributed.get_rank()) if distributed is not None else 0


def agree(verdict: Optional[str]) -> str:
    """Return rank 0's verdict ('' goes on) in every process.

    Every process makes the same calls in the same order, so a counter names them. A rank that gets
    no answer within WAIT_S seconds goes on: rank 0 is gone then, and its end ends the training.

    Args:
        verdict: of rank 0; ignored on other ranks.
    """
    global _calls
    distributed = _distributed()
    if distributed is None or distributed.get_world_size() == 1:
        return verdict or ''
    _calls += 1
    store = distributed.distributed_c10d._get_default_store()
    key = f'{_PREFIX}{_calls}'
    if distributed.get_rank() == 0:
        store.set(key, verdict or '')
        return verdict or ''
    store.wait([key], timedelta(seconds=WAIT_S))
    return bytes(store.get(key)).decode('utf-8', 'replace')


def _distributed() -> Any:
    import torch.distributed as distributed

    ready = distributed.is_available() and distributed.is_initialized()
    return distributed if ready else None
