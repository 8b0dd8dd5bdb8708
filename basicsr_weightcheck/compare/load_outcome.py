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

import operator
from typing import Any, Collection, Dict, List, Tuple, Union

from basicsr_weightcheck.records.comparisons import Taken
from basicsr_weightcheck.records.names import (
    PARAMS,
    Shape,
    Shapes,
    fits,
    in_order,
    split_keys,
    stripped,
)
from basicsr_weightcheck.records.tensors import (
    PREDICTED,
    CheckpointHeader,
    FileDict,
    Mismatch,
    NetworkSpec,
    Outcome,
    TensorSpec,
    Value,
)

BATCH_COUNT = 'num_batches_tracked'
BATCH_COUNT_VERSION = 2  # of a batch norm module that saves it
FALLBACK = 'Loading: params_ema does not exist, use params.'
NO_SHAPE = (-1,)  # of a value of a state dict that is no tensor


def predict_load(
    header: CheckpointHeader, network: NetworkSpec, strict: Any, key: Any, has_fallback: bool
) -> Outcome:
    """Return what one load_network call does.

    Args:
        header: of the file that the call reads.
        strict, key: the arguments of the call.
        has_fallback: the framework reads 'params' where the table asked for is absent.
    """
    if header.cut is not None:
        return _failed('RuntimeError', 'the file ends early')
    root, asked = header.root, key
    falls_back = (
        has_fallback and isinstance(root, FileDict) and PARAMS in root.keys and key not in root.keys
    )
    if key is not None and falls_back:
        key = PARAMS
    table = _asked(root, key)
    if isinstance(table, Outcome):
        return table
    log = (FALLBACK,) if key != asked else ()
    filled = _filled(table, network, bool(strict))
    return filled._replace(key_used='' if key is None else str(key), log=log)


def taken_from(source: FileDict, target: FileDict) -> Taken:
    """What a load takes of one table into the network that has what another has in tensors."""
    specs = {stripped(spec.key): spec for spec in target.tensors}
    network = NetworkSpec('', tuple(spec._replace(key=key) for key, spec in specs.items()))
    strays = (stripped(key) for key, value in source.entries if not isinstance(value, TensorSpec))
    stops = tuple(key for key in strays if key in specs)
    for strict in (True, False) if not stops else ():
        outcome = _filled(source, network, strict)
        if outcome.loads and outcome.loaded:
            elements = sum(specs[key].count for key in outcome.loaded)
            return Taken(strict, len(outcome.loaded), elements)
    return Taken(stops=stops)


def mismatches(keys: Tuple[str, ...], expected: Shapes, found: Shapes) -> Tuple[Mismatch, ...]:
    """The shapes of keys that both tables have."""
    return tuple(Mismatch(key, expected[key], found[key]) for key in keys)


def _asked(root: Value, key: object) -> Union[FileDict, Outcome]:
    """The table of that name, or the outcome of a call that ends before it has one."""
    value: object = root
    if key is not None:
        if not isinstance(root, FileDict):
            return _failed('TypeError', 'the file holds no mapping')
        value = root.get(key) if isinstance(key, str) else None
        if value is None:
            return _failed('KeyError', repr(key))
    if isinstance(value, FileDict):
        return value
    kind = type(getattr(value, 'value', value)).__name__
    return _failed('AttributeError', f"'{kind}' object has no attribute 'items'")


def _failed(error: str, message: str) -> Outcome:
    return Outcome(loads=False, error=error, message=message)


def _filled(table: FileDict, network: NetworkSpec, strict: bool) -> Outcome:
    """What `load_state_dict` makes of the table."""
    expected, found = network.shapes, _stripped_table(table)
    # Without strict, BasicSR drops whatever has another size before torch sees it.
    split = split_keys(expected, found, fits if strict else operator.eq)
    missing = [key for key in split.missing if not _filled_by_torch(key, table, expected)]
    missing += _missed_by_spectral_norm(expected, found, table)
    outcome = Outcome(
        loads=True,
        by=PREDICTED,
        loaded=split.matched,
        missing=in_order(missing),
        unexpected=in_order(split.unexpected),
        mismatched=mismatches(in_order(split.resized), expected, found),
    )
    if not strict or not (split.resized or missing or split.unexpected):
        return outcome
    what = _message(network, len(split.unexpected), len(missing), len(split.resized))
    return outcome._replace(loads=False, error='RuntimeError', message=what, loaded=())


def _stripped_table(table: FileDict) -> Dict[str, Shape]:
    """Names after one 'module.' is dropped; a stripped name replaces a plain one."""
    pairs = [
        (key, value.shape if isinstance(value, TensorSpec) else NO_SHAPE)
        for key, value in table.entries
    ]
    # load_network writes the stripped names into the table itself: they win, new ones come last.
    plain = {key: shape for key, shape in pairs if stripped(key) == key}
    plain.update((stripped(key), shape) for key, shape in pairs if stripped(key) != key)
    return plain


def _filled_by_torch(key: str, table: FileDict, expected: Collection[str]) -> bool:
    """Batch norm fills in its own counter when the file is older than the counter."""
    module, _, name = key.rpartition('.')
    if name != BATCH_COUNT or f'{module}.running_mean'.lstrip('.') not in expected:
        return False
    if table.metadata_versions is None:  # a plain dict; torch takes its modules for version None
        return True
    version = dict(table.metadata_versions).get(module)
    return version is None or version < BATCH_COUNT_VERSION


def _missed_by_spectral_norm(
    expected: Shapes, found: Collection[str], table: FileDict
) -> List[str]:
    """Names before the normalization, which its hook asks for in tables without versions."""
    versioned = dict(table.metadata_versions or ())
    plain_names = [key[: -len('_orig')] for key in expected if key.endswith('_orig')]
    missed = []
    for plain in plain_names:
        parts = {plain + suffix for suffix in ('_orig', '_u', '_v')}
        asks = parts <= expected.keys() and plain.rpartition('.')[0] not in versioned
        if asks and not parts <= set(found) and plain not in found:
            missed.append(plain)
    return missed


def _message(network: NetworkSpec, unexpected: int, missing: int, resized: int) -> str:
    """The heads of torch's sentence; the lists are in the outcome."""
    heads = (
        (unexpected, 'Unexpected key(s) in state_dict: {}.'),
        (missing, 'Missing key(s) in state_dict: {}.'),
        (resized, 'size mismatch: {}.'),
    )
    said = ' '.join(head.format(number) for number, head in heads if number)
    return f'Error(s) in loading state_dict for {network.class_name.rpartition(".")[2]}: {said}'
