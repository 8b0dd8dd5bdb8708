"""How a model and its networks stand, to be put back: a trial of a load must leave nothing."""

from __future__ import annotations

import functools
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Tuple

from basicsr_weightcheck.rehearsal.following.shelf import Shelf
from basicsr_weightcheck.rehearsal.harmless import plain_operations

# The attributes of an object, to be put back.

CONTAINERS = (list, dict, set, OrderedDict)
PLAIN = {bool, int, float, str, type(None)}  # they hold nothing that could change
MOST_INSIDE = 10_000  # entries of a container that is looked into for others
FOREIGN = {'builtins', 'abc', 'torch'}  # packages whose objects are no helpers of a training


class Attributes:
    """The attributes of one object, and what is in its lists, dicts, sets and helper objects.

    Helpers are objects of the packages that the object's own class comes from, at any depth.
    """

    def __init__(self, owner: Any) -> None:
        own_class: Any = type(owner)
        self._owner, self._class = owner, own_class
        self._helpers = [(owner, _attributes(owner))]
        self._contents: List[Tuple[Any, Any]] = []
        packages = _packages(own_class)
        waiting, seen = list(self._helpers[0][1].values()), {id(owner)}
        while waiting:
            one = waiting.pop()
            kind = type(one)
            if kind in PLAIN:
                continue
            if kind in CONTAINERS and not one:
                self._contents.append((one, ()))  # a module has a dozen, nearly all empty
                continue
            if id(one) in seen:
                continue
            seen.add(id(one))
            if kind in CONTAINERS:
                self._contents.append((one, one.copy()))
                waiting += _entries(one)
            elif kind is tuple:
                waiting += _entries(one)
            elif _is_helper(one, packages):
                self._helpers.append((one, _attributes(one)))
                waiting += vars(one).values()

    def put_back(self) -> None:
        """Let them be as they were."""
        if not hasattr(self._owner, '__dict__'):
            return
        if type(self._owner) is not self._class:
            self._owner.__class__ = self._class  # parametrizations change it
        for one, values in self._helpers:
            vars(one).clear()
            vars(one).update(values)
        for one, before in self._contents:
            if one or before:
                one.clear()
                one.extend(before) if isinstance(one, list) else one.update(before)


def _attributes(owner: Any) -> Dict[str, Any]:
    return dict(vars(owner)) if hasattr(owner, '__dict__') else {}


@functools.lru_cache(maxsize=256)
def _packages(kind: Any) -> FrozenSet[str]:
    """Those that an object's class comes from."""
    return frozenset(one.__module__.split('.')[0] for one in kind.__mro__) - FOREIGN


def _is_helper(value: Any, packages: FrozenSet[str]) -> bool:
    kind = type(value)
    own = kind.__module__.split('.')[0] in packages and hasattr(value, '__dict__')
    return own and not hasattr(value, 'modules') and not isinstance(value, type)


def _entries(container: Any) -> Iterable[Any]:
    if not container or len(container) > MOST_INSIDE:
        return ()
    return container.values() if isinstance(container, dict) else container


class Standing:
    """How things stand when it is made: attributes, modules, tensors, and what is known of them.

    Values of tensors are not kept: there are none.

    Args:
        model: that makes the load; None where there is none.
    """

    def __init__(self, shelf: Shelf, network: Any, model: Any) -> None:
        self._shelf = shelf
        self._known = shelf.ledger.snapshot()
        modules = list(network.modules())
        self._owners = [Attributes(one) for one in (model, *modules)]
        tables = (table for one in modules for table in (one._parameters, one._buffers))
        tensors = (one for table in tables for one in table.values() if one is not None)
        with plain_operations():
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
