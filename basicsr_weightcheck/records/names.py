"""What the names of tensors mean: their order, the prefixes of wrappers, the usual tables."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import Any, Callable, Collection, Iterable, List, Mapping, NamedTuple, Tuple

MODULE = 'module.'  # DataParallel's prefix
EACH, ALL = 'each', 'all'
ALL_PREFIXES = (MODULE, 'netG.')
PARAMS, PARAMS_EMA = 'params', 'params_ema'
# The order in which load_network looks for them, where the YAML names none.
# Source: basicsr 1.4.2 models/base_model.py `load_network`.
USUAL_TABLES = (PARAMS, PARAMS_EMA)
ROOT_NAMES = ('root', '')  # what a user may call the file's root
WEIGHT_ENDINGS = ('.pth', '.pt', '.ckpt', '.safetensors')  # of the files
_NUMBERS = re.compile(r'(\d+)')
Shape = Tuple[int, ...]
Shapes = Mapping[str, Shape]


@lru_cache(maxsize=1 << 16)
def natural(key: str) -> Tuple[Any, ...]:
    """Sort key under which numbers count as numbers: layer2 before layer10."""
    parts: List[Any] = _NUMBERS.split(key)
    parts[1::2] = map(int, parts[1::2])  # text and numbers take turns, text first
    return tuple(parts)


def in_order(keys: Iterable[str]) -> Tuple[str, ...]:
    return tuple(sorted(keys, key=natural))


def stripped(key: str) -> str:
    """The name after basicsr's load_network has dropped one leading 'module.'."""
    return key[len(MODULE) :] if key.startswith(MODULE) else key


def cutter(cuts: str, names: Collection[str]) -> Callable[[str], str]:
    """What becomes of a name of a table.

    Args:
        cuts: as `Framework.cuts_module`.
    """
    if cuts == EACH:
        return stripped
    start = ''
    for prefix in ALL_PREFIXES if cuts == ALL and names else ():
        if all(name.startswith(start + prefix) for name in names):
            start += prefix
    return lambda name: name[len(start) :]


def fits(expected: Shape, found: Shape) -> bool:
    """Torch's own test; one number in one dimension goes into none (files of torch 0.3).

    Source: torch/nn/modules/module.py `_load_from_state_dict` (2.13).
    """
    return expected == found or (expected == () and found == (1,))


class KeySplit(NamedTuple):
    """The names of two tables, by what a load makes of them.

    Attributes:
        matched: of both, and the shapes fit; order of the expected table.
        missing: expected and not found, in that order.
        unexpected: found and not expected, order of the found table.
        resized: of both, and the shapes do not fit; order of the expected table.
    """

    matched: Tuple[str, ...]
    missing: Tuple[str, ...]
    unexpected: Tuple[str, ...]
    resized: Tuple[str, ...]


def split_keys(
    expected: Shapes, found: Shapes, takes: Callable[[Shape, Shape], bool] = operator.eq
) -> KeySplit:
    """Hold one table against another: expected against found, the only place where that is done.

    Args:
        expected, found: {key: shape}.
        takes: whether a load puts a shape found into a shape expected. Equal ones are what
            load_network takes whether strict is on or off.
    """
    matched: List[str] = []
    missing: List[str] = []
    resized: List[str] = []
    for key, shape in expected.items():
        other = found.get(key)
        kind = missing if other is None else matched if takes(shape, other) else resized
        kind.append(key)
    unexpected = tuple(key for key in found if key not in expected)
    return KeySplit(tuple(matched), tuple(missing), unexpected, tuple(resized))
