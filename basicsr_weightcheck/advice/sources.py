"""Where the best match for a network lies: a table of the file, as it is or converted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from basicsr_weightcheck.records.conversions import PARAMS, Candidate, Recipe
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.outcomes import HALF, Difference
from basicsr_weightcheck.records.reports import LoadReport

FOREIGN = 0.05  # a file that gives less than this share of the parameters is of another network
CLEARLY_BETTER = 1.02  # another table or name has to win by this factor: ties stay as configured
TABLES = (PARAMS, 'params_ema')


@dataclass(frozen=True)
class Match:
    """Where the best match lies: a table as it is (`recipe` None), or converted.

    Attributes:
        edits: that make the network the file's.
        least: as in `Coverage`: nothing is changed for too small a part.
    """

    table: str
    recipe: Optional[Recipe]
    matched: float
    exact: bool
    edits: Tuple[OptionEdit, ...] = ()
    least: float = 1.0


def best_match(
    load: LoadReport, tables: Dict[str, Difference], candidates: Sequence[Candidate] = ()
) -> Match:
    """The table and renaming that give most; what is configured wins a tie."""
    plain = {name: _plain(name, difference) for name, difference in tables.items()}
    matches = [*plain.values(), *_renamed(candidates)]
    best = max(matches, key=lambda match: (match.matched, match.recipe is None))
    configured = plain.get(used_table(load))
    if configured is not None and _stays(configured, best):
        return configured
    if best.recipe is not None:
        return best
    # net_g_ema reads params_ema: where both tables fit, each load keeps the one that it names.
    equal = [match for match in plain.values() if match.matched == best.matched]
    return next((match for match in equal if match.table == PARAMS), equal[0])


def _stays(configured: Match, best: Match) -> bool:
    """Nothing else is clearly better."""
    names_alone = best.recipe is not None and best.exact  # differ: nothing need be lost
    if names_alone and not configured.exact:
        return False
    return configured.matched * CLEARLY_BETTER >= best.matched


def _plain(name: str, difference: Difference) -> Match:
    whole = not (difference.missing or difference.unexpected or difference.mismatched)
    coverage = difference.coverage
    return Match(name, None, coverage.parameter_fraction, whole, least=coverage.least)


def _giving_most(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Those that give most of the network: what gives less names no network of the file."""
    return (one for one in candidates if one.difference.coverage.least >= HALF)


def _renamed(candidates: Sequence[Candidate]) -> List[Match]:
    """Conversions that lose nothing, and more than what cleaning a file would be."""
    giving = _giving_most(candidates)
    return [_converted(one) for one in giving if one.lossless and one.recipe.renames]


def _converted(candidate: Candidate) -> Match:
    return Match(candidate.recipe.take[0], candidate.recipe, candidate.fraction, candidate.exact)


def cleaned(match: Match, candidates: Sequence[Candidate]) -> Match:
    """A table that is to be converted anyway, without the counters of a profiler."""
    if match.recipe is not None:
        return match
    kept = (c for c in candidates if not c.recipe.renames and c.recipe.take == (match.table,))
    return next(map(_converted, kept), replace(match, recipe=Recipe((match.table,))))


def both_tables(
    match: Match, tables: Dict[str, Difference], candidates: Sequence[Candidate]
) -> Recipe:
    """The recipe of a match, for params and params_ema where both give equally much by it."""
    assert match.recipe is not None
    if match.table not in TABLES:
        return match.recipe
    anywhere = replace(match.recipe, take=())
    if anywhere == replace(Recipe(), take=()):
        shares = {name: one.coverage.parameter_fraction for name, one in tables.items()}
    else:
        shares = {
            one.recipe.take[0]: one.fraction
            for one in candidates
            if replace(one.recipe, take=()) == anywhere
        }
    alike = all(shares.get(name) == match.matched for name in TABLES)
    return replace(match.recipe, take=TABLES) if alike else match.recipe


def better_match(match: Match, candidates: Sequence[Candidate], *, strict: bool) -> Optional[Match]:
    """The conversion that gives most, where it gives more than a match; its own table first.

    Args:
        match: what is recommended.
        candidates: all conversions.
        strict: the match loads strictly.
    """
    exact = match.exact and strict
    best = max(
        map(_converted, _giving_most(candidates)),
        key=lambda one: (one.matched, one.exact, one.table == match.table),
        default=None,
    )
    if best is None:
        return None
    return best if (best.matched, best.exact) > (match.matched, exact) else None


def used_table(load: LoadReport) -> str:
    """The table that the load reads, as far as the YAML or the framework tells; '' is the root."""
    if load.key_used is not None:
        return load.key_used
    key = load.step.key_configured
    return '' if key is None else str(key)
