"""The attributes of an object, to be put back."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, Iterator, List, Set, Tuple

CONTAINERS = (list, dict, set, OrderedDict)
MOST_INSIDE = 10_000  # entries of a container that is looked into for others
FOREIGN = {'builtins', 'abc', 'torch'}  # packages whose objects are no helpers of a training


class Attributes:
    """The attributes of one object, and what is in its lists, dicts, sets and helper objects.

    Helpers are objects of the packages that the object's own class comes from, at any depth.
    """

    def __init__(self, owner: Any) -> None:
        self._owner, self._class = owner, type(owner)
        self._values = _attributes(owner)
        self._contents: List[Tuple[Any, Any]] = []
        self._helpers: List[Tuple[Any, Dict[str, Any]]] = []
        for one in _within(owner):
            if type(one) in CONTAINERS:
                self._contents.append((one, one.copy()))
            elif type(one) is not tuple:
                self._helpers.append((one, _attributes(one)))

    def put_back(self) -> None:
        """Let them be as they were."""
        if not hasattr(self._owner, '__dict__'):
            return
        if type(self._owner) is not self._class:
            self._owner.__class__ = self._class  # parametrizations change it
        for one, values in [(self._owner, self._values), *self._helpers]:
            vars(one).clear()
            vars(one).update(values)
        for one, before in self._contents:
            one.clear()
            one.extend(before) if isinstance(one, list) else one.update(before)


def _attributes(owner: Any) -> Dict[str, Any]:
    return dict(vars(owner)) if hasattr(owner, '__dict__') else {}


def _within(owner: Any) -> Iterator[Any]:
    """Containers, tuples and helpers that an object holds, each once."""
    packages = {one.__module__.split('.')[0] for one in type(owner).__mro__} - FOREIGN
    waiting, seen = list(_attributes(owner).values()), {id(owner)}
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not _is_inside(one, packages):
            continue
        seen.add(id(one))
        yield one
        waiting += _held(one)


def _is_inside(value: Any, packages: Set[str]) -> bool:
    kind = type(value)
    if kind in (*CONTAINERS, tuple):
        return True
    own = kind.__module__.split('.')[0] in packages and hasattr(value, '__dict__')
    return own and not hasattr(value, 'modules') and not isinstance(value, type)


def _held(value: Any) -> List[Any]:
    if type(value) not in (*CONTAINERS, tuple):
        return list(_attributes(value).values())
    if len(value) > MOST_INSIDE:
        return []
    return list(value.values() if isinstance(value, dict) else value)
