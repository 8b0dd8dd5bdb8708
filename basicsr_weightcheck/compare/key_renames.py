"""Find the prefix that keeps names from matching, by the names themselves, not from a list."""

from __future__ import annotations

from collections import Counter
from typing import Iterator, Optional, Tuple

from basicsr_weightcheck.records.names import Shapes
from basicsr_weightcheck.records.outcomes import Rename

MOST_TIES = 8  # prefixes that fit equally well; more is no wrapper


def prefix_rules(
    expected: Shapes, found: Shapes, cut: Optional[Shapes] = None
) -> Tuple[Rename, ...]:
    """Return the rules that make more keys match than none does, best first.

    A key of the file votes for a prefix when it ends with a name of the network that has the same
    shape. The prefix of a rule is the whole one, as it stands in the file.

    Args:
        expected, found: {key: shape}.
        cut: the same as `found` with the names that the loader makes of them: what it does itself
            is no rule. None where it takes names as they are.
    """
    cut = found if cut is None else cut
    rules = [Rename('prefix-strip', prefix, '', n) for prefix, n in _voted(found, expected)]
    rules += [Rename('prefix-add', '', prefix, n) for prefix, n in _voted(expected, cut)]
    plain = sum(cut.get(key) == shape for key, shape in expected.items())
    better = [rule for rule in rules if rule.matched > plain]
    return tuple(sorted(better, key=lambda rule: (-rule.matched, rule.kind)))


def is_convincing(rule: Rename, names: int, other_names: int) -> bool:
    """A rule under which at least half of the smaller side fits: less may be chance.

    Args:
        rule: one of `prefix_rules`.
        names, other_names: number of names of the two sides.
    """
    return rule.matched > 2 and 2 * rule.matched >= min(names, other_names)


def _voted(long: Shapes, short: Shapes) -> Iterator[Tuple[str, int]]:
    """(prefix, votes): by which most names of `long` turn into names of `short` of that shape.

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
    ties = sorted(prefix for prefix, number in votes.items() if number == most)
    yield from ((prefix, most) for prefix in ties[:MOST_TIES])
