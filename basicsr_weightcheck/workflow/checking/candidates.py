"""Conversions that may explain why a file does not fit, nested weights included."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Dict, Iterable, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.advice.recommend import converted_path
from basicsr_weightcheck.checkpoint.read import any_code, read_whole
from basicsr_weightcheck.compare.key_names import prefix_rules
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.conversion.command_line import as_conversion
from basicsr_weightcheck.conversion.plan_file import future_header, plan_file
from basicsr_weightcheck.conversion.rename import is_profiler_buffer, shared_chain, wrapper_prefixes
from basicsr_weightcheck.conversion.rename_rules import RuleSet, shipped, shipped_names
from basicsr_weightcheck.errors import CheckpointError, UnsafePickleError, UsageError
from basicsr_weightcheck.plan.weight_paths import is_address, resolve
from basicsr_weightcheck.records.findings import (
    AS_IT_IS,
    PARAMS,
    Candidate,
    Conversion,
    PlannedFile,
    Recipe,
)
from basicsr_weightcheck.records.names import MODULE
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import ComparedLoad, NestedWeights, Rehearsal
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    Difference,
    FileDict,
    NetworkSpec,
    Rename,
)


def find_candidates(load: ComparedLoad, tables: Dict[str, Difference]) -> Iterator[Candidate]:
    """Every conversion that is tried, in a fixed order; none for a table that fits as it is.

    Args:
        load: whose file it is.
        tables: every table of the file against the network.
    """
    for name, difference in tables.items():
        if difference.exact:
            continue
        for recipe in recipes(name, load.header.tables[name], difference):
            for planned in _planned(load.header, recipe):
                table = future_header(planned, load.header.path).tables[PARAMS]
                lossless = all(shipped(one).lossless for one in recipe.rules)
                yield Candidate(recipe, compare_table(table, PARAMS, load.network), lossless)


def _planned(header: CheckpointHeader, recipe: Recipe) -> Iterator[PlannedFile]:
    """What a conversion makes; nothing where its rules do not fit these tensors."""
    try:
        yield plan_file(header, recipe)[0]
    except UsageError:
        return


def recipes(
    name: str, table: FileDict, difference: Difference, places: Sequence[str] = ()
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
    yield from (replace(plain, strip=(place,)) for place in places)
    yield from _by_prefixes(plain, names, table, difference)
    strips = ['', ''.join(shared_chain(names, wrapper_prefixes())), *places]
    # A counter beside them, and the names no longer begin alike.
    strips += [one for one in wrapper_prefixes() if any(key.startswith(one) for key in names)]
    strips += [rename.found for rename in difference.renames]
    yield from _by_rules(plain, names, tuple(dict.fromkeys(strips)), difference)


def _by_prefixes(
    plain: Recipe, names: Sequence[str], table: FileDict, difference: Difference
) -> Iterator[Recipe]:
    """Another beginning for all names, or for those that do not fit."""
    of_module = all(key.startswith(MODULE) for key in names)
    for rename in difference.renames:
        strip = MODULE if rename.expected and of_module else rename.found
        yield replace(plain, strip=_one_or_none(strip), add=rename.expected)
    for rename in _of_the_rest(table, difference):
        strip = rename.found
        yield replace(plain, strip=_one_or_none(strip), add=rename.expected, keep_others=True)


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


def _of_the_rest(table: FileDict, difference: Difference) -> Tuple[Rename, ...]:
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
    concerned = list(filter(rules.concerns, keys))
    if not concerned:
        return
    yield ()
    fitting = _parts(set(difference.matched).intersection(concerned))
    needing = [part for part in _parts(concerned) if part not in fitting]
    if fitting and needing and not rules.lossless:
        yield tuple(f'{part}.*' for part in needing)


def _parts(keys: Iterable[str]) -> Tuple[str, ...]:
    """The outermost modules of names, each once, in their order."""
    return tuple(dict.fromkeys(key.partition('.')[0] for key in keys))


# Look at the weights that networks load themselves, outside `path:`, and what would make them
# fit.
#
# Source: basicsr 1.4.2 archs/spynet_arch.py `SpyNet`, basicvsr_arch.py `IconVSR`,
# `EDVRFeatureExtractor`; sczhou/CodeFormer archs/codeformer_arch.py, vqgan_arch.py;
# TencentARC/GFPGAN archs/gfpganv1_arch.py.

# The tables that the constructor reads, the first that is there.
NEEDED: Dict[str, Tuple[str, ...]] = {
    'spynet_path': ('params',),
    'edvr_path': ('params',),
    'load_path': ('params',),
    'decoder_load_path': ('params_ema',),
    'vqgan_path': ('params_ema',),
    'model_path': ('params_ema', 'params'),
}
PARTS = {'spynet_path': 'spynet.', 'edvr_path': 'edvr.'}  # of the network, loaded strictly


def nested_weights(plan: LoadPlan, rehearsal: Rehearsal) -> Tuple[NestedWeights, ...]:
    """Every weight file named outside `path:`, in the order of the YAML."""
    networks = dict(rehearsal.networks)
    return tuple(_look(option, value, plan, networks) for option, value in plan.other_weight_paths)


def _look(
    option: str, value: str, plan: LoadPlan, networks: Dict[str, NetworkSpec]
) -> NestedWeights:
    if is_address(value):
        return NestedWeights(option, value, 'address')
    path = resolve(value, plan.working_directory)
    if not os.path.isfile(path):
        return NestedWeights(option, value, 'tilde' if value.startswith('~') else 'missing')
    try:
        header = read_whole(path, any_code)
    except UnsafePickleError:
        return NestedWeights(option, value, 'unsafe')
    except CheckpointError:
        return NestedWeights(option, value, 'unreadable')
    return _fit(option, value, header, networks)


def _fit(
    option: str, value: str, header: CheckpointHeader, networks: Dict[str, NetworkSpec]
) -> NestedWeights:
    """A file that can be read, against the part of the network that it is for."""
    section, _, name = option.rpartition('.')
    needed = NEEDED.get(name, ()) if section.startswith('network_') else ()
    tables = tuple(filter(None, header.tables))
    used = next((table for table in needed if table in tables), '')
    part = _part(networks, section, PARTS.get(name, ''))
    odd = _odd_keys(header.tables[used], part) if used and part.tensors else ()
    problem = 'table' if needed and not used else 'keys' if odd else ''
    conversion = _conversion(header, value, part, needed) if problem else AS_IT_IS
    return NestedWeights(option, value, problem, needed, tables, odd, conversion)


def _part(networks: Dict[str, NetworkSpec], section: str, name: str) -> NetworkSpec:
    """The part of a network that loads the file, under its own names; empty where not known."""
    tensors = networks[section].tensors if section in networks and name else ()
    own = [
        spec._replace(key=spec.key[len(name) :]) for spec in tensors if spec.key.startswith(name)
    ]
    return NetworkSpec(name.rstrip('.'), tuple(own))


def _odd_keys(table: FileDict, part: NetworkSpec) -> Tuple[str, ...]:
    """At what a strict load of the table stops.

    SpyNet loads before it registers its buffers, so that a file that has them stops it.
    """
    expected = {spec.key: spec.shape for spec in part.tensors if spec.is_parameter}
    found = table.shapes
    return tuple(key for key in {**expected, **found} if expected.get(key) != found.get(key))


def _conversion(
    header: CheckpointHeader, value: str, part: NetworkSpec, needed: Tuple[str, ...]
) -> Conversion:
    """What makes a file that loads strictly, as far as a conversion does."""
    for name, table in header.tables.items() if part.tensors else ():
        plain = compare_table(table, name, part)
        for recipe in (Recipe(take=(name,)), *recipes(name, table, plain, _places(table, part))):
            for fitted in _fitted(header, recipe, part):
                done = replace(fitted, wrap=needed[:1] or (PARAMS,))
                return as_conversion(value, converted_path(value), done)
    return AS_IT_IS


def _fitted(header: CheckpointHeader, recipe: Recipe, part: NetworkSpec) -> Iterator[Recipe]:
    """The recipe without the buffers that the part registers later, where no more is odd."""
    for planned in _planned(header, recipe):
        odd = _odd_keys(future_header(planned, header.path).tables[PARAMS], part)
        if set(odd) <= {spec.key for spec in part.tensors if not spec.is_parameter}:
            made = [tensor for _, table in planned.tables for tensor in table.tensors]
            sources = {one.key: one.parts[0].key for one in made}
            yield replace(recipe, drop=tuple(sources[key] for key in odd))


def _places(table: FileDict, part: NetworkSpec) -> Tuple[str, ...]:
    """Where the part lies in a file of the whole network: 'spynet.', 'generator.spynet.'."""
    name = f'{part.network_type}.'
    begins = [spec.key[: spec.key.find(name) + len(name)] for spec in table.tensors
              if spec.key.startswith(name) or f'.{name}' in spec.key]  # fmt: skip
    return tuple(dict.fromkeys(begins))
