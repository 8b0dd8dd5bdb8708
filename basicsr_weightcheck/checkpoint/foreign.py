"""Where in a file the objects lie that do not describe tensors."""

from __future__ import annotations

from typing import Dict, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dangerous_globals import modern_name
from basicsr_weightcheck.checkpoint.weights_only import ALWAYS_ALLOWED, code_globals
from basicsr_weightcheck.records.tensors import ForeignObject, Opaque, Value, walk

PLACE_CHARACTERS = 200


def find_foreign(names: Sequence[str], root: Value) -> Tuple[ForeignObject, ...]:
    """The globals that not every torch allows, each with the first place where it is found.

    Args:
        names: all globals of the file, in the order of first use.
        root: what the file holds.
    """
    odd = [name for name in names if modern_name(name) not in ALWAYS_ALLOWED]
    if not odd:
        return ()  # nearly every file: its tree is not walked through
    places: Dict[str, Tuple[str, bool]] = {}
    for steps, value in walk(root):
        if isinstance(value, Opaque) and value.type_name not in places:
            places[value.type_name] = '.'.join(steps)[:PLACE_CHARACTERS], value.is_module
    code = code_globals(odd)
    found = (ForeignObject(name, *places.get(name, (None, False))) for name in odd)
    return tuple(one._replace(is_code=one.name in code) for one in found)
