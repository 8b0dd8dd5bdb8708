"""Look at the weights that networks load themselves, outside `path:`.

Source: basicsr 1.4.2 archs/spynet_arch.py `SpyNet`, basicvsr_arch.py `IconVSR`,
`EDVRFeatureExtractor`; sczhou/CodeFormer archs/codeformer_arch.py, vqgan_arch.py;
TencentARC/GFPGAN archs/gfpganv1_arch.py.
"""

from __future__ import annotations

import os
from typing import Dict, Optional, Tuple

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.weights_only import code_globals
from basicsr_weightcheck.errors import CheckpointError, UnsafePickleError
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.causes import NestedWeights
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import CheckpointHeader, NetworkSpec

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
    section, _, name = option.rpartition('.')
    needed = NEEDED.get(name, ()) if section.startswith('network_') else ()
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
    tables = tuple(table for table in header.tables if table)
    used = next((table for table in needed if table in tables), '')
    if needed and not used:
        return NestedWeights(option, value, 'table', needed, tables)
    odd = _odd_keys(header, used, networks.get(section), PARTS.get(name, '')) if used else ()
    return NestedWeights(option, value, 'keys' if odd else '', needed, tables, odd)


def _odd_keys(
    header: CheckpointHeader, table: str, network: Optional[NetworkSpec], part: str
) -> Tuple[str, ...]:
    """At what a strict load into this part of the network stops; () where nothing is known.

    SpyNet loads before it registers its buffers, so that a file that has them stops it.
    """
    if network is None or not part:
        return ()
    expected = {
        spec.key[len(part) :]: spec.shape
        for spec in network.tensors
        if spec.key.startswith(part) and spec.is_parameter
    }
    found = {spec.key: spec.shape for spec in header.tables[table].tensors}
    if not expected:
        return ()
    return tuple(
        key for key in {**expected, **found} if expected.get(key) != found.get(key)
    )
