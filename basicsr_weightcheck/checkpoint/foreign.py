"""Where in a file the objects lie that do not describe tensors."""

from __future__ import annotations

from typing import Dict, Iterator, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dangerous_globals import modern_name
from basicsr_weightcheck.checkpoint.weights_only import ALWAYS_ALLOWED, code_globals
from basicsr_weightcheck.records.tensors import ForeignObject, Listing, Mapping, Opaque, Value

PLACE_CHARACTERS = 200
Steps = Tuple[str, ...]


def find_foreign(names: Sequence[str], root: Value) -> Tuple[ForeignObject, ...]:
    """The globals that not every torch allows, each with the first place where it is found.

    Args:
        names: all globals of the file, in the order of first use.
        root: what the file holds.
    """
    odd = [name for name in names if modern_name(name) not in ALWAYS_ALLOWED]
    if not odd:
        return ()
    places: Dict[str, Tuple[str, bool]] = {}
    for steps, opaque in _opaques(root, ()):
        if opaque.type_name not in places:
            place = '.'.join(steps)[:PLACE_CHARACTERS]
            places[opaque.type_name] = (place, opaque.is_module)
    code = code_globals(odd)
    found = (ForeignObject(name, *places.get(name, (None, False))) for name in odd)
    return tuple(one._replace(is_code=one.name in code) for one in found)


def _opaques(value: Value, steps: Steps) -> Iterator[Tuple[Steps, Opaque]]:
    if isinstance(value, Opaque):
        yield steps, value
    elif isinstance(value, Mapping):
        for key, item in value.entries:
            yield from _opaques(item, (*steps, key))
    elif isinstance(value, Listing):
        for index, item in enumerate(value.items):
            yield from _opaques(item, (*steps, str(index)))
