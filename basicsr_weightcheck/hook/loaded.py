"""Which networks files went into, for a look before the first iteration."""

from __future__ import annotations

import weakref
from typing import Any, Dict

from basicsr_weightcheck.records.reports import CheckReport

# Weak: nothing of the hook keeps a model in memory.
_loaded: weakref.WeakKeyDictionary[Any, Dict[str, CheckReport]] = weakref.WeakKeyDictionary()


def remember(model: Any, network: str, report: CheckReport) -> None:
    """A file has gone into a network of this model; a later one takes the place of an earlier."""
    _loaded.setdefault(model, {})[network] = report


def take(model: Any) -> Dict[str, CheckReport]:
    """{attribute of the model: what the check of its load said}; they are forgotten."""
    return _loaded.pop(model, {})
