"""How a model and its networks stand, to be put back: a trial of a load must leave nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

from basicsr_weightcheck.rehearsal.attributes import Attributes
from basicsr_weightcheck.rehearsal.shelf import Shelf


class Standing:
    """How things stand when it is made: attributes, modules, tensors, and what is known of them.

    Values of tensors are not kept: there are none.

    Args:
        shelf: with its ledger.
        network: of the load.
        model: that makes the load; None where there is none.
    """

    def __init__(self, shelf: Shelf, network: Any, model: Any) -> None:
        self._shelf = shelf
        self._known = shelf.ledger.snapshot()
        self._owners = [Attributes(one) for one in (model, *network.modules())]
        tensors = [*network.parameters(), *network.buffers()]
        self._tensors = [(one, one.data) for one in tensors]

    def put_back(self) -> None:
        """Let everything stand so again."""
        for owner in self._owners:
            owner.put_back()
        for tensor, data in self._tensors:
            tensor.data = data
        self._shelf.ledger.restore(self._known)


@contextmanager
def undone(shelf: Shelf, before: Standing, network: Any, model: Any) -> Iterator[None]:
    """The body runs as things stood before; then they stand as they do now."""
    after, opened = Standing(shelf, network, model), len(shelf.openings)
    before.put_back()
    try:
        yield
    finally:
        after.put_back()
        del shelf.openings[opened:]
