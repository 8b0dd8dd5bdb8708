"""How a model and its networks stand, to be put back: a trial of a load must leave nothing."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Iterator

from basicsr_weightcheck.rehearsal.shelf import Shelf

CONTAINERS = (list, dict, set, OrderedDict)


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
        self._owners = [_Attributes(one) for one in (model, *network.modules())]
        tensors = [*network.parameters(), *network.buffers()]
        self._tensors = [(one, one.data) for one in tensors]

    def put_back(self) -> None:
        """Let everything stand so again."""
        for owner in self._owners:
            owner.put_back()
        for tensor, data in self._tensors:
            tensor.data = data
        self._shelf.ledger.restore(self._known)


class _Attributes:
    """The attributes of one object, and what is in its lists, dicts and sets."""

    def __init__(self, owner: Any) -> None:
        self._owner, self._class = owner, type(owner)
        self._values = dict(vars(owner)) if hasattr(owner, '__dict__') else {}
        self._contents = [
            (one, one.copy()) for one in self._values.values() if type(one) in CONTAINERS
        ]

    def put_back(self) -> None:
        if not hasattr(self._owner, '__dict__'):
            return
        if type(self._owner) is not self._class:
            self._owner.__class__ = self._class  # parametrizations change it
        vars(self._owner).clear()
        vars(self._owner).update(self._values)
        for one, before in self._contents:
            one.clear()
            one.extend(before) if isinstance(one, list) else one.update(before)


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
