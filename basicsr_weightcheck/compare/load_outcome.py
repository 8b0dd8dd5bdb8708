"""What load_network does, told without running it.

Stands in where the framework cannot be imported; the tests hold it against the real one.

Source: basicsr 1.4.2 models/base_model.py `load_network`, `_print_different_keys_loading`;
torch/serialization.py `load` (a file that ends early is a RuntimeError);
torch/nn/modules/module.py `load_state_dict`, `_load_from_state_dict` and
torch/nn/modules/batchnorm.py `_NormBase._load_from_state_dict`, torch/nn/utils/spectral_norm.py
`SpectralNormLoadStateDictPreHook` (2.13). NAFNet's copy has no
fallback to 'params'.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Tuple, Union

from basicsr_weightcheck.compare.cut_names import stripped
from basicsr_weightcheck.compare.natural_order import in_order
from basicsr_weightcheck.records.outcomes import PREDICTED, Mismatch, Outcome, Trial
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    Mapping,
    NetworkSpec,
    TensorSpec,
    Value,
)

BATCH_COUNT = 'num_batches_tracked'
BATCH_COUNT_VERSION = 2  # of a batch norm module that saves it
PARAMS = 'params'
Shape = Tuple[int, ...]


def predict_load(
    header: CheckpointHeader, network: NetworkSpec, trial: Trial, has_fallback: bool
) -> Outcome:
    """Return what one load_network call does.

    Args:
        header: of the file that the call reads.
        network: what is expected.
        trial: the arguments of the call.
        has_fallback: the framework reads 'params' where the table asked for is absent.
    """
    if header.cut is not None:
        return _failed('RuntimeError', 'the file ends early')
    log: List[str] = []
    table, name, error = _choose(header.root, trial.param_key, has_fallback, log)
    if error is not None:
        return error
    assert table is not None
    expected = {spec.key: spec for spec in network.tensors}
    found = _stripped_table(table)
    strict = bool(trial.strict)
    resized = [
        key
        for key, spec in expected.items()
        if key in found and not _fits(spec.shape, found[key].shape, strict)
    ]
    missing = [
        key for key in expected if key not in found and not _filled_by_torch(key, table, expected)
    ]
    missing += _missed_by_spectral_norm(expected, found, table)
    unexpected = [key for key in found if key not in expected]
    fails = bool(resized or missing or unexpected) if strict else False
    return Outcome(
        loads=not fails,
        error='RuntimeError' if fails else '',
        message=_message(network, missing, unexpected, resized) if fails else '',
        by=PREDICTED,
        key_used=name,
        loaded=() if fails else tuple(k for k in expected if k in found and k not in resized),
        missing=in_order(missing),
        unexpected=in_order(unexpected),
        mismatched=tuple(
            Mismatch(key, expected[key].shape, found[key].shape) for key in in_order(resized)
        ),
        log=tuple(log),
    )


def _choose(
    root: Value, key: Optional[object], has_fallback: bool, log: List[str]
) -> Tuple[Optional[Mapping], str, Optional[Outcome]]:
    """(table, its name, None), or the outcome of a call that ends before it has one."""
    if key is None:
        return _as_table(root, '')
    if not isinstance(root, Mapping):
        return None, '', _failed('TypeError', 'the file holds no mapping')
    if key not in root.keys and has_fallback and PARAMS in root.keys:
        log.append('Loading: params_ema does not exist, use params.')
        key = PARAMS
    value = root.get(str(key)) if isinstance(key, str) else None
    if value is None:
        return None, '', _failed('KeyError', repr(key))
    return _as_table(value, str(key))


def _as_table(value: Value, name: str) -> Tuple[Optional[Mapping], str, Optional[Outcome]]:
    if isinstance(value, Mapping):
        return value, name, None
    kind = type(getattr(value, 'value', value)).__name__
    return None, name, _failed('AttributeError', f"'{kind}' object has no attribute 'items'")


def _failed(error: str, message: str) -> Outcome:
    return Outcome(loads=False, error=error, message=message)


def _stripped_table(table: Mapping) -> Dict[str, Union[TensorSpec, _NoTensor]]:
    """Names after one 'module.' is dropped; a stripped name replaces a plain one."""
    plain = {key: value for key, value in table.entries if stripped(key) == key}
    renamed = {stripped(key): value for key, value in table.entries if stripped(key) != key}
    return {
        key: value if isinstance(value, TensorSpec) else _NoTensor()
        for key, value in {**plain, **renamed}.items()
    }


class _NoTensor:
    """A value of a state dict that is no tensor: it has no shape that could fit."""

    shape: Shape = (-1,)


def _fits(expected: Shape, found: Shape, strict: bool) -> bool:
    """Torch itself puts a 1-dim tensor into a 0-dim one; without strict BasicSR drops it first."""
    if expected == found:
        return True
    return strict and expected == () and len(found) == 1


def _filled_by_torch(key: str, table: Mapping, expected: Dict[str, TensorSpec]) -> bool:
    """Batch norm fills in its own counter when the file is older than the counter."""
    module, _, name = key.rpartition('.')
    if name != BATCH_COUNT or f'{module}.running_mean'.lstrip('.') not in expected:
        return False
    if table.metadata_versions is None:
        return True
    version = dict(table.metadata_versions).get(module)
    return version is None or version < BATCH_COUNT_VERSION


def _missed_by_spectral_norm(
    expected: Dict[str, TensorSpec], found: Iterable[str], table: Mapping
) -> List[str]:
    """Names before the normalization, which its hook asks for in tables without versions."""
    versioned = dict(table.metadata_versions or ())
    present = set(found)
    missed = []
    for key in expected:
        plain = key[: -len('_orig')]
        parts = {plain + suffix for suffix in ('_orig', '_u', '_v')}
        if not key.endswith('_orig') or not parts <= set(expected):
            continue
        if plain.rpartition('.')[0] in versioned or parts <= present:
            continue
        if plain not in present:
            missed.append(plain)
    return missed


def _message(
    network: NetworkSpec, missing: List[str], unexpected: List[str], resized: List[str]
) -> str:
    """The heads of torch's sentence; the lists are in the outcome."""
    parts = [f'Error(s) in loading state_dict for {network.class_name.rpartition(".")[2]}:']
    if unexpected:
        parts.append(f'Unexpected key(s) in state_dict: {len(unexpected)}.')
    if missing:
        parts.append(f'Missing key(s) in state_dict: {len(missing)}.')
    if resized:
        parts.append(f'size mismatch: {len(resized)}.')
    return ' '.join(parts)
