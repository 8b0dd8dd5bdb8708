"""Find the prefix that keeps names from matching, by the names themselves, not from a list."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Optional, Tuple

from basicsr_weightcheck.records.outcomes import Rename
from basicsr_weightcheck.records.tensors import Mapping, NetworkSpec

MODULE = 'module.'


def find_renames(network: NetworkSpec, table: Mapping) -> Tuple[Rename, ...]:
    """Return the rules that make more keys match than none does, best first.

    A key of the file votes for a prefix when it ends with a name of the network that has the same
    shape. One leading 'module.' is taken off first, as load_network does.
    """
    expected = {spec.key: spec.shape for spec in network.tensors}
    found = {_stripped(spec.key): spec.shape for spec in table.tensors}
    return prefix_rules(expected, found)


def prefix_rules(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> Tuple[Rename, ...]:
    """The same for two sides given as {name: shape}, where names are taken as they are."""
    plain = sum(found.get(key) == shape for key, shape in expected.items())
    rules = [_strip_rule(expected, found), _add_rule(expected, found)]
    better = [rule for rule in rules if rule is not None and rule.matched > plain]
    return tuple(sorted(better, key=lambda rule: (-rule.matched, rule.kind)))


def is_convincing(rule: Rename, names: int, other_names: int) -> bool:
    """A rule under which at least half of the smaller side fits: less may be chance.

    Args:
        rule: one of `prefix_rules`.
        names, other_names: number of names of the two sides.
    """
    return rule.matched > 2 and 2 * rule.matched >= min(names, other_names)


def _stripped(key: str) -> str:
    return key[len(MODULE) :] if key.startswith(MODULE) else key


def _strip_rule(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> Optional[Rename]:
    prefix = _voted_prefix(found, expected)
    if not prefix:
        return None
    matched = sum(
        expected.get(key[len(prefix) :]) == shape
        for key, shape in found.items()
        if key.startswith(prefix)
    )
    return Rename('prefix-strip', prefix, '', matched)


def _add_rule(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> Optional[Rename]:
    prefix = _voted_prefix(expected, found)
    if not prefix:
        return None
    matched = sum(expected.get(prefix + key) == shape for key, shape in found.items())
    return Rename('prefix-add', '', prefix, matched)


def _voted_prefix(long: Dict[str, Tuple[int, ...]], short: Dict[str, Tuple[int, ...]]) -> str:
    """The prefix by which most names of `long` turn into names of `short` of the same shape."""
    votes: Counter[str] = Counter()
    for key, shape in long.items():
        start = key.find('.') + 1
        while start > 0:
            if short.get(key[start:]) == shape:
                votes[key[:start]] += 1
            start = key.find('.', start) + 1
    return min(votes, key=lambda prefix: (-votes[prefix], prefix)) if votes else ''
