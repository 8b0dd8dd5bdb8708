"""The attributes of an object, to be put back."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

CONTAINERS = (list, dict, set, OrderedDict)


class Attributes:
    """The attributes of one object, and what is in its lists, dicts and sets."""

    def __init__(self, owner: Any) -> None:
        self._owner, self._class = owner, type(owner)
        self._values = dict(vars(owner)) if hasattr(owner, '__dict__') else {}
        self._contents = [
            (one, one.copy()) for one in self._values.values() if type(one) in CONTAINERS
        ]

    def put_back(self) -> None:
        """Let them be as they were."""
        if not hasattr(self._owner, '__dict__'):
            return
        if type(self._owner) is not self._class:
            self._owner.__class__ = self._class  # parametrizations change it
        vars(self._owner).clear()
        vars(self._owner).update(self._values)
        for one, before in self._contents:
            one.clear()
            one.extend(before) if isinstance(one, list) else one.update(before)
