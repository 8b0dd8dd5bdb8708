"""What the differing keys of a table and a network have in common: one module, a numbering, a norm.

Source of the key forms: torch/nn/utils/spectral_norm.py, weight_norm.py, parametrize.py (2.13);
basicsr 1.4.2 archs/swinir_arch.py, XPixelGroup/HAT hat_arch.py, zhengchen1999/DAT dat_arch.py for
the buffers that a constructor computes.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Sequence, Set, Tuple

from basicsr_weightcheck.records.names import Shapes
from basicsr_weightcheck.records.tensors import Difference, NetworkSpec

# Computed from img_size, window_size or split_size; the same for every training.
DERIVED = re.compile(r'(attn_mask|relative_position_index|relative_coords_table|rpe_biases)\w*$')
STATISTICS = re.compile(r'(running_mean|running_var|num_batches_tracked)$')
LEAVES = ('weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked')
_NUMBER = re.compile(r'\d+')

PLAIN, SPECTRAL, PARAMETRIZED, WEIGHT = 'plain', 'spectral', 'parametrized', 'weight'
FORMS = (
    (SPECTRAL, re.compile(r'(.*)weight_(?:orig|u)$')),
    (WEIGHT, re.compile(r'(.*)weight_g$')),
    (PARAMETRIZED, re.compile(r'(.*)parametrizations\.weight\.(?:original\d?|0\._[uv])$')),
    (PLAIN, re.compile(r'(.*)weight$')),
)


def are_derived_buffers(difference: Difference, network: NetworkSpec) -> bool:
    """Whether every differing key is a buffer that the constructor computes."""
    parameters = {spec.key for spec in network.tensors if spec.is_parameter}
    keys = difference.keys
    return bool(keys) and all(DERIVED.search(key) and key not in parameters for key in keys)


def one_module(difference: Difference) -> Tuple[str, bool]:
    """(name of the module that all missing or all unexpected keys lie in, the file has it).

    ('', False) where both sides have keys of their own, or no one name explains them. A module
    that other keys lie in too is none: 'body' explains nothing.
    """
    if difference.mismatched or bool(difference.missing) == bool(difference.unexpected):
        return '', False
    keys = [key.split('.') for key in difference.missing or difference.unexpected]
    shared = set.intersection(*map(set, keys)).difference(LEAVES)
    shared.difference_update(*(key.split('.') for key in difference.matched))
    name = next((part for part in keys[0] if part in shared and not part.isdigit()), '')
    return name, bool(name and difference.unexpected)


def renumbered(expected: Shapes, found: Shapes) -> Tuple[Tuple[str, str], ...]:
    """(beginning found, beginning expected) where only numbers in the names differ.

    Both sides have to have the same shapes in the same order, key by key.
    """
    # Key by key, in order: which number became which is told by the places alone.
    if len(expected) != len(found) or list(expected) == list(found):
        return ()
    pairs: Dict[Tuple[str, str], None] = {}
    for (own, shape), (other, other_shape) in zip(expected.items(), found.items()):
        if shape != other_shape or _NUMBER.sub('#', own) != _NUMBER.sub('#', other):
            return ()
        if own != other:
            pairs[_beginnings(own.split('.'), other.split('.'))] = None
    return tuple(pairs)


def _beginnings(own: Sequence[str], other: Sequence[str]) -> Tuple[str, str]:
    """Both names up to the last part that differs."""
    last = max(i for i, (a, b) in enumerate(zip(own, other)) if a != b) + 1
    return '.'.join(other[:last]), '.'.join(own[:last])


def norm_forms(difference: Difference) -> str:
    """'found/expected' where another form of normalization explains every differing key, else ''.

    'spectral/plain': the file's weights are normalized by torch's older spectral_norm.
    """
    keys = difference.keys
    if not keys or difference.mismatched:
        return ''
    if all(map(STATISTICS.search, keys)) and 'running_' in ' '.join(keys):
        return _statistics(difference)
    ours, theirs = _forms(difference.missing), _forms(difference.unexpected)
    stems = set(ours) & set(theirs)
    forms = {(theirs[stem], ours[stem]) for stem in stems}
    if len(forms) != 1 or not _explains(stems, keys):
        return ''
    ((found, expected),) = forms
    return f'{found}/{expected}' if found != expected else ''


def _statistics(difference: Difference) -> str:
    """Of a norm that counts along on one side only; '' where both sides do."""
    if difference.missing and difference.unexpected:
        return ''
    return 'statistics/plain' if difference.unexpected else 'plain/statistics'


def _forms(keys: Iterable[str]) -> Dict[str, str]:
    """{module: form of its weight}."""
    forms: Dict[str, str] = {}
    for key in keys:
        for form, pattern in FORMS:
            match = pattern.match(key)
            if match:
                forms.setdefault(match.group(1), form)
                break
    return forms


def _explains(stems: Set[str], keys: Sequence[str]) -> bool:
    """Whether every key is a part of the weight of one of these modules."""
    for key in keys:
        module, behind, _ = key.partition('parametrizations.')
        if (module if behind else key[: key.rfind('.') + 1]) not in stems:
            return False
    return True
