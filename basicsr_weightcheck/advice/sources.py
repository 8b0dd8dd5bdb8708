"""Where the best match for a network lies: a table of the file, as it is or converted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.records.conversions import PARAMS, Candidate, Recipe
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.outcomes import HALF, Difference
from basicsr_weightcheck.records.reports import LoadReport

FOREIGN = 0.05  # a file that gives less than this share of the parameters is of another network
CLEARLY_BETTER = 1.02  # another table or name has to win by this factor: ties stay as configured
TABLES = (PARAMS, 'params_ema')


@dataclass(frozen=True)
class Source:
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


def best_source(
    load: LoadReport, tables: Dict[str, Difference], candidates: Sequence[Candidate] = ()
) -> Source:
    """The table and renaming that give most; what is configured wins a tie."""
    used = used_table(load)
    sources = [_plain(name, difference) for name, difference in tables.items()]
    sources += [
        _converted(one) for one in _giving_most(candidates) if one.lossless and one.recipe.renames
    ]
    best = max(sources, key=lambda source: (source.matched, source.recipe is None))
    current = next((s for s in sources if s.table == used and s.recipe is None), None)
    explained = best.recipe is not None and best.exact  # names alone differ: nothing need be lost
    if current is not None and (current.exact or not explained):
        if current.matched * CLEARLY_BETTER >= best.matched:
            return current
    # net_g_ema reads params_ema: where both tables fit, each load keeps the one that it names.
    equal = [s for s in sources if s.matched == best.matched and s.recipe is None]
    preferred = [s for s in equal if s.table == PARAMS] or equal
    return preferred[0] if preferred and best.recipe is None else best


def _plain(name: str, difference: Difference) -> Source:
    whole = not (difference.missing or difference.unexpected or difference.mismatched)
    coverage = difference.coverage
    return Source(name, None, coverage.parameter_fraction, whole, least=coverage.least)


def _giving_most(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Those that give most of the network: what gives less names no network of the file."""
    return (one for one in candidates if one.difference.coverage.least >= HALF)


def _converted(candidate: Candidate) -> Source:
    return Source(candidate.recipe.take[0], candidate.recipe, candidate.fraction, candidate.exact)


def cleaned(source: Source, candidates: Sequence[Candidate]) -> Source:
    """A table that is to be converted anyway, without the counters of a profiler."""
    if source.recipe is not None:
        return source
    kept = (c for c in candidates if not c.recipe.renames and c.recipe.take == (source.table,))
    return next(map(_converted, kept), replace(source, recipe=Recipe((source.table,))))


def both_tables(
    source: Source, tables: Dict[str, Difference], candidates: Sequence[Candidate]
) -> Recipe:
    """The recipe of a source, for params and params_ema where both give equally much by it."""
    assert source.recipe is not None
    if source.table not in TABLES:
        return source.recipe
    anywhere = replace(source.recipe, take=())
    if anywhere == replace(Recipe(), take=()):
        shares = {name: one.coverage.parameter_fraction for name, one in tables.items()}
    else:
        shares = {
            one.recipe.take[0]: one.fraction
            for one in candidates
            if replace(one.recipe, take=()) == anywhere
        }
    alike = all(shares.get(name) == source.matched for name in TABLES)
    return replace(source.recipe, take=TABLES) if alike else source.recipe


def better_source(
    source: Source, candidates: Sequence[Candidate], *, strict: bool
) -> Optional[Source]:
    """The conversion that gives most, where it gives more than a source; its own table first.

    Args:
        source: what is recommended.
        candidates: all conversions.
        strict: the source loads strictly.
    """
    exact = source.exact and strict
    best = max(
        map(_converted, _giving_most(candidates)),
        key=lambda one: (one.matched, one.exact, one.table == source.table),
        default=None,
    )
    if best is None:
        return None
    return best if (best.matched, best.exact) > (source.matched, exact) else None


def used_table(load: LoadReport) -> Optional[str]:
    """The table that the load reads, as far as the YAML or the framework tells."""
    if load.key_used is not None:
        return load.key_used
    key = load.step.key_configured
    return '' if key is None else str(key)
