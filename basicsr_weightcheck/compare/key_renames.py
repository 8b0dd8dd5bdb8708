"""Find the prefix that keeps names from matching, by the names themselves, not from a list."""

from __future__ import annotations

from collections import Counter
from typing import Dict, List, Tuple

from basicsr_weightcheck.compare.cut_names import EACH, cutter
from basicsr_weightcheck.records.outcomes import Rename
from basicsr_weightcheck.records.tensors import Mapping, NetworkSpec

MOST_TIES = 8  # prefixes that fit equally well; more is no wrapper


def find_renames(
    network: NetworkSpec, table: Mapping, cuts_module: str = EACH
) -> Tuple[Rename, ...]:
    """Return the rules that make more keys match than none does, best first.

    A key of the file votes for a prefix when it ends with a name of the network that has the same
    shape. What load_network does itself (prefixes that `cuts_module` names) is no rule;
    the prefix of a rule is the whole one, as it stands in the file.
    """
    expected = {spec.key: spec.shape for spec in network.tensors}
    found = {spec.key: spec.shape for spec in table.tensors}
    cut = cutter(cuts_module, list(found))
    plain = {cut(key): shape for key, shape in found.items()}
    rules = [*_strip_rules(expected, found), *_add_rules(expected, plain)]
    return _better(rules, expected, plain)


def prefix_rules(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> Tuple[Rename, ...]:
    """The same for two sides given as {name: shape}, where names are taken as they are."""
    rules = [*_strip_rules(expected, found), *_add_rules(expected, found)]
    return _better(rules, expected, found)


def _better(
    rules: List[Rename], expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> Tuple[Rename, ...]:
    """The rules under which more fits than without any."""
    plain = sum(found.get(key) == shape for key, shape in expected.items())
    better = [rule for rule in rules if rule.matched > plain]
    return tuple(sorted(better, key=lambda rule: (-rule.matched, rule.kind)))


def is_convincing(rule: Rename, names: int, other_names: int) -> bool:
    """A rule under which at least half of the smaller side fits: less may be chance.

    Args:
        rule: one of `prefix_rules`.
        names, other_names: number of names of the two sides.
    """
    return rule.matched > 2 and 2 * rule.matched >= min(names, other_names)


def _strip_rules(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> List[Rename]:
    rules = []
    for prefix in _voted_prefixes(found, expected):
        matched = sum(
            expected.get(key[len(prefix) :]) == shape
            for key, shape in found.items()
            if key.startswith(prefix)
        )
        rules.append(Rename('prefix-strip', prefix, '', matched))
    return rules


def _add_rules(
    expected: Dict[str, Tuple[int, ...]], found: Dict[str, Tuple[int, ...]]
) -> List[Rename]:
    rules = []
    for prefix in _voted_prefixes(expected, found):
        matched = sum(expected.get(prefix + key) == shape for key, shape in found.items())
        rules.append(Rename('prefix-add', '', prefix, matched))
    return rules


def _voted_prefixes(
    long: Dict[str, Tuple[int, ...]], short: Dict[str, Tuple[int, ...]]
) -> List[str]:
    """The prefixes by which most names of `long` turn into names of `short` of the same shape.

    Several where a file holds the same network more than once (generator. and generator_ema.).
    """
    votes: Counter[str] = Counter()
    for key, shape in long.items():
        start = key.find('.') + 1
        while start > 0:
            if short.get(key[start:]) == shape:
                votes[key[:start]] += 1
            start = key.find('.', start) + 1
    most = max(votes.values(), default=0)
    return sorted(prefix for prefix, number in votes.items() if number == most)[:MOST_TIES]
