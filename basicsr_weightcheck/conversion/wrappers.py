"""Prefixes that wrappers put before every name, taken from the shipped rule files."""

from __future__ import annotations

from os.path import commonprefix
from typing import Iterable, List, Sequence, Tuple

from basicsr_weightcheck.conversion.read_rules import shipped, shipped_names

COMPILE = 'compile'  # the rule file


def wrapper_prefixes() -> Tuple[str, ...]:
    """Every prefix of the shipped rule files, in their order."""
    found = [prefix for name in shipped_names() for prefix in shipped(name).prefixes]
    return tuple(dict.fromkeys(found))


def trainer_prefixes() -> Tuple[str, ...]:
    """Prefixes that torch's own wrappers put before names; no network has a part of that name."""
    return shipped(COMPILE).prefixes


def chain_of(key: str, prefixes: Sequence[str]) -> Tuple[str, ...]:
    """The prefixes that a name begins with, outermost first, any number of them.

    A number alone is left only by torch's own wrappers: the 0 of `model.0.weight` belongs to the
    network's `model`.
    """
    chain: List[str] = []
    while True:
        prefix = next((one for one in prefixes if key.startswith(one)), '')
        rest = key[len(prefix) :]
        if not prefix or not rest or (rest[0].isdigit() and prefix not in trainer_prefixes()):
            return tuple(chain)
        chain.append(prefix)
        key = rest


def shared_chain(keys: Iterable[str], prefixes: Sequence[str]) -> Tuple[str, ...]:
    """The longest chain with which all these names begin, () when there is none."""
    return tuple(commonprefix([chain_of(key, prefixes) for key in keys]))
