"""Take back what a trial did to networks: marks, and tensors put in the place of others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, List, Tuple

from basicsr_weightcheck.rehearsal.shelf import Shelf


@contextmanager
def undone(shelf: Shelf, networks: List[Any]) -> Iterator[None]:
    """Whatever the body does, the ledger and the tensors of the networks are then as before.

    Values are not restored: there are none.
    """
    snapshot, opened = shelf.ledger.snapshot(), len(shelf.openings)
    kept = [_tensors(network) for network in networks]
    try:
        yield
    finally:
        for modules in kept:
            for module, parameters, buffers, data in modules:
                module._parameters.clear()
                module._parameters.update(parameters)
                module._buffers.clear()
                module._buffers.update(buffers)
                for tensor, before in data:
                    tensor.data = before
        shelf.ledger.restore(snapshot)
        del shelf.openings[opened:]


def _tensors(network: Any) -> List[Tuple[Any, Any, Any, List[Tuple[Any, Any]]]]:
    return [
        (
            module,
            dict(module._parameters),
            dict(module._buffers),
            [(one, one.data) for one in module._parameters.values() if one is not None],
        )
        for module in network.modules()
    ]
