"""Conversions that may explain why a file does not fit, each measured against the network."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.compare.key_renames import prefix_rules
from basicsr_weightcheck.compare.structure import compare_table
from basicsr_weightcheck.conversion.future_header import future_header
from basicsr_weightcheck.conversion.plan_file import plan_file
from basicsr_weightcheck.conversion.profiler import is_profiler_buffer
from basicsr_weightcheck.conversion.read_rules import shipped, shipped_names
from basicsr_weightcheck.conversion.rule_set import RuleSet
from basicsr_weightcheck.conversion.wrappers import shared_chain, wrapper_prefixes
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.records.conversions import PARAMS, Candidate, Recipe
from basicsr_weightcheck.records.names import MODULE
from basicsr_weightcheck.records.outcomes import Difference, Rename
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import CheckpointHeader, Mapping, NetworkSpec


def find_candidates(load: LoadReport, tables: Dict[str, Difference]) -> Tuple[Candidate, ...]:
    """Every conversion that is tried, in a fixed order; none for a table that fits as it is.

    Args:
        load: header and network.
        tables: every table of the file against the network.
    """
    if load.header is None or load.network is None:
        return ()
    found: List[Candidate] = []
    for name, difference in tables.items():
        if difference.missing or difference.unexpected or difference.mismatched:
            for recipe in recipes(name, load.header.tables[name], difference):
                found += _measured(load.header, recipe, load.network)
    return tuple(found)


def _measured(
    header: CheckpointHeader, recipe: Recipe, network: NetworkSpec
) -> Iterator[Candidate]:
    try:
        planned, _ = plan_file(header, recipe)
    except UsageError:
        return  # the rules do not fit these tensors
    table = future_header(planned, header.path).tables[PARAMS]
    lossless = all(shipped(name).lossless for name in recipe.rules)
    yield Candidate(recipe, compare_table(table, PARAMS, network), lossless)


def recipes(
    name: str, table: Mapping, difference: Difference, places: Sequence[str] = ()
) -> Iterator[Recipe]:
    """Conversions of a table that may make its names those of a network.

    Args:
        name: of the table.
        table: of the file.
        difference: of both as they are.
        places: beginnings of the names of one part of the file, which may be all that is wanted.
    """
    keys = list(table.shapes)
    names = [key for key in keys if not is_profiler_buffer(key)]
    plain = Recipe(take=(name,), drop_profiler=len(names) < len(keys))
    if plain.drop_profiler:
        yield plain
    for place in places:
        yield replace(plain, strip=(place,))
    of_module = all(key.startswith(MODULE) for key in names)
    for rename in difference.renames:
        strip = MODULE if rename.expected and of_module else rename.found
        yield replace(plain, strip=_one_or_none(strip), add=rename.expected)
    for rename in _of_the_rest(table, difference):
        strip = rename.found
        yield replace(plain, strip=_one_or_none(strip), add=rename.expected, keep_others=True)
    strips = ['', ''.join(shared_chain(names, wrapper_prefixes())), *places]
    # A counter beside them, and the names no longer begin alike.
    strips += [one for one in wrapper_prefixes() if any(key.startswith(one) for key in names)]
    strips += [rename.found for rename in difference.renames]
    yield from _by_rules(plain, names, tuple(dict.fromkeys(strips)), difference)


def _one_or_none(prefix: str) -> Tuple[str, ...]:
    return (prefix,) if prefix else ()


def _by_rules(
    plain: Recipe, names: Sequence[str], strips: Sequence[str], difference: Difference
) -> Iterator[Recipe]:
    """Every shipped set of rules, behind each of the beginnings that are taken off first."""
    for rules in map(shipped, shipped_names()):
        for prefix in strips:
            inner = [key[len(prefix) :] for key in names if key.startswith(prefix)]
            for only in _scopes(rules, inner, difference):
                yield replace(plain, strip=_one_or_none(prefix), rules=(rules.name,), only=only)


def _of_the_rest(table: Mapping, difference: Difference) -> Tuple[Rename, ...]:
    """Prefixes of what does not fit, where other names fit as they are: these have to stay."""
    if not difference.matched:
        return ()
    rest = set(difference.unexpected)
    found = {spec.key: spec.shape for spec in table.tensors if spec.key in rest}
    groups = difference.missing_groups
    missing = {key: group.expected for group in groups for key in group.keys if group.expected}
    return prefix_rules(missing, found)


def _scopes(rules: RuleSet, keys: List[str], difference: Difference) -> Iterator[Tuple[str, ...]]:
    """Which names rules apply to: all, or the parts of the network that need it.

    Nothing where no rule matches. A network may have HTA in some levels and MDTA in others: names
    that fit as they are keep their names.
    """
    concerned = [key for key in keys if any(rule.old.fits(key) for rule in rules.renames)]
    if not concerned:
        return
    yield ()
    fitting = {key.partition('.')[0] for key in set(difference.matched) & set(concerned)}
    parts = dict.fromkeys(key.partition('.')[0] for key in concerned)
    needing = [part for part in parts if part not in fitting]
    if fitting and needing and not rules.lossless:
        yield tuple(f'{part}.*' for part in needing)
