"""One verdict for all processes of a distributed training; no wait is without end."""

from __future__ import annotations

import collections
import json
from datetime import timedelta
from typing import Any, Dict

# Seconds. An answer of the child, which an examination may wait for, takes 40 at most.
WAIT_S = 120.0
_told: Dict[str, int] = collections.Counter()


def rank() -> int:
    """This process's place in the training, 0 without torch.distributed."""
    distributed = _distributed()
    return int(distributed.get_rank()) if distributed is not None else 0


def broadcast(name: str, value: Any) -> Any:
    """Return rank 0's value in every process; in a training of one process the value itself.

    Args:
        name: of what is told; every process tells, or hears, as much of each name as the others.
        value: plain data (JSON); ignored on other ranks.

    Raises:
        RuntimeError: rank 0 said nothing within WAIT_S seconds. It is gone then, and its end ends
            the training.
    """
    distributed = _distributed()
    if distributed is None or distributed.get_world_size() == 1:
        return value
    # Not a collective: it would wait without end, on the device, in step with the training's own.
    store = distributed.distributed_c10d._get_default_store()
    _told[name] += 1  # a key is never used again
    key = f'weightcheck/{name}/{_told[name]}'
    if distributed.get_rank() == 0:
        store.set(key, json.dumps(value))
        return value
    store.wait([key], timedelta(seconds=WAIT_S))
    return json.loads(bytes(store.get(key)))


def _distributed() -> Any:
    import torch.distributed as distributed

    ready = distributed.is_available() and distributed.is_initialized()
    return distributed if ready else None
