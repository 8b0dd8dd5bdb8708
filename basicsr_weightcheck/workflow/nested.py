"""Look at the weights that networks load themselves, outside `path:`, and what would make them fit.

Source: basicsr 1.4.2 archs/spynet_arch.py `SpyNet`, basicvsr_arch.py `IconVSR`,
`EDVRFeatureExtractor`; sczhou/CodeFormer archs/codeformer_arch.py, vqgan_arch.py;
TencentARC/GFPGAN archs/gfpganv1_arch.py.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Dict, Optional, Tuple

from basicsr_weightcheck.advice.recommend import converted_path
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.weights_only import code_globals
from basicsr_weightcheck.compare.structure import compare_table
from basicsr_weightcheck.conversion.command_line import as_conversion
from basicsr_weightcheck.conversion.future_header import future_header
from basicsr_weightcheck.conversion.plan_file import plan_file
from basicsr_weightcheck.errors import CheckpointError, UnsafePickleError, UsageError
from basicsr_weightcheck.plan.weight_paths import is_address, resolve
from basicsr_weightcheck.records.causes import NestedWeights
from basicsr_weightcheck.records.conversions import PARAMS, Recipe
from basicsr_weightcheck.records.findings import Conversion
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import CheckpointHeader, Mapping, NetworkSpec
from basicsr_weightcheck.workflow.candidates import recipes

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


def nested_weights(plan: LoadPlan, rehearsal: Optional[Rehearsal]) -> Tuple[NestedWeights, ...]:
    """Every weight file named outside `path:`, in the order of the YAML."""
    networks = dict(rehearsal.networks) if rehearsal is not None else {}
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
        header = read_header(path)
    except UnsafePickleError:
        return NestedWeights(option, value, 'unsafe')
    except CheckpointError:
        return NestedWeights(option, value, 'unreadable')
    if code_globals(header.globals):
        return NestedWeights(option, value, 'unsafe')
    if not header.complete:
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
    part = _part(networks.get(section), PARTS.get(name, ''))
    odd = _odd_keys(header.tables[used], part) if used and part is not None else ()
    problem = 'table' if needed and not used else 'keys' if odd else ''
    conversion = None
    if problem and part is not None:
        conversion = _conversion(header, value, part, needed)
    return NestedWeights(option, value, problem, needed, tables, odd, conversion)


def _part(network: Optional[NetworkSpec], name: str) -> Optional[NetworkSpec]:
    """The part of a network that loads the file, under its own names; None where not known."""
    if network is None or not name:
        return None
    tensors = tuple(
        spec._replace(key=spec.key[len(name) :])
        for spec in network.tensors
        if spec.key.startswith(name)
    )
    return NetworkSpec(name.rstrip('.'), tensors) if tensors else None


def _odd_keys(table: Mapping, part: NetworkSpec) -> Tuple[str, ...]:
    """At what a strict load of the table stops.

    SpyNet loads before it registers its buffers, so that a file that has them stops it.
    """
    expected = {spec.key: spec.shape for spec in part.tensors if spec.is_parameter}
    found = {spec.key: spec.shape for spec in table.tensors}
    return tuple(key for key in {**expected, **found} if expected.get(key) != found.get(key))


def _conversion(
    header: CheckpointHeader, value: str, part: NetworkSpec, needed: Tuple[str, ...]
) -> Optional[Conversion]:
    """What makes a file that loads strictly, None where no conversion does."""
    for name, table in header.tables.items():
        plain = compare_table(table, name, part)
        for recipe in (Recipe(take=(name,)), *recipes(name, table, plain, _places(table, part))):
            fitted = _fitted(header, recipe, part)
            if fitted is not None:
                done = dataclasses.replace(fitted, wrap=needed[:1] or (PARAMS,))
                return as_conversion(value, converted_path(value), done)
    return None


def _fitted(header: CheckpointHeader, recipe: Recipe, part: NetworkSpec) -> Optional[Recipe]:
    """The recipe without the buffers that the part registers later; None where more is odd."""
    try:
        planned, _ = plan_file(header, recipe)
    except UsageError:
        return None  # its rules do not fit these tensors
    odd = _odd_keys(future_header(planned, header.path).tables[PARAMS], part)
    if not set(odd) <= {spec.key for spec in part.tensors if not spec.is_parameter}:
        return None
    sources = {one.key: one.parts[0].key for _, table in planned.tables for one in table.tensors}
    return dataclasses.replace(recipe, drop=tuple(sources[key] for key in odd))


def _places(table: Mapping, part: NetworkSpec) -> Tuple[str, ...]:
    """Where the part lies in a file of the whole network: 'spynet.', 'generator.spynet.'."""
    name = f'{part.network_type}.'
    begins = [spec.key[: spec.key.find(name) + len(name)] for spec in table.tensors
              if spec.key.startswith(name) or f'.{name}' in spec.key]  # fmt: skip
    return tuple(dict.fromkeys(begins))
