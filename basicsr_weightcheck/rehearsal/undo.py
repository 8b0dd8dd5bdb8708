"""Take back what a trial did to networks: marks, and tensors put in the place of others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, List, Tuple

from basicsr_weightcheck.rehearsal.shelf import Shelf

CONTAINERS = (list, dict, set)


class Attributes:
    """The attributes of an object as they are now, with what is in its lists, dicts and sets."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._values = dict(vars(owner)) if hasattr(owner, '__dict__') else {}
        self._contents = [
            (one, one.copy()) for one in self._values.values() if type(one) in CONTAINERS
        ]

    def put_back(self) -> None:
        """Give the object these attributes again."""
        if hasattr(self._owner, '__dict__'):
            vars(self._owner).clear()
            vars(self._owner).update(self._values)
        for one, before in self._contents:
            one.clear()
            one.extend(before) if isinstance(one, list) else one.update(before)


@contextmanager
def undone(shelf: Shelf, networks: List[Any], before: Attributes, model: Any) -> Iterator[None]:
    """Whatever the body does, the ledger and the tensors of the networks are then as they were.

    So are the attributes of the model, which has those of `before` while the body runs: a method
    that works once works in a trial as well. Values of tensors are not restored: there are none.
    """
    after = Attributes(model)
    snapshot, opened = shelf.ledger.snapshot(), len(shelf.openings)
    kept = [_tensors(network) for network in networks]
    before.put_back()
    try:
        yield
    finally:
        for modules in kept:
            for module, parameters, buffers, data in modules:
                module._parameters.clear()
                module._parameters.update(parameters)
                module._buffers.clear()
                module._buffers.update(buffers)
                for tensor, value in data:
                    tensor.data = value
        after.put_back()
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
