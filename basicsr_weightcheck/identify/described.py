"""The network that a section of a YAML describes, and which options set another one apart.

Known classes only. A class of one's own under the same name may have other keys: what rests on this
is a prediction, and says so.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping, Tuple

from basicsr_weightcheck.identify.recognize import FAMILIES, recognize
from basicsr_weightcheck.records.comparisons import UNKNOWN, Identity
from basicsr_weightcheck.records.names import Shape
from basicsr_weightcheck.records.reports import OptionDifference
from basicsr_weightcheck.records.tensors import NetworkSpec, TensorSpec

LARGEST = 4096  # of a whole number in a section: no network is deeper or wider
LARGEST_LISTED = 1024  # of a whole number in a list, and
LONGEST = 16  # of a list: a section cannot ask for more than some 100,000 keys
DESCRIBED = 'description'  # how the network was made, as in NetworkSpec.built_on
# Names that the known classes give to what they register as buffers.
_BUFFER = re.compile(
    r'(^|[._])(running_mean|running_var|num_batches_tracked|relative_position_index|attn_mask'
    r'|weight_u|weight_v)$'
)
_WHOLE = re.compile(r'(num_batches_tracked|relative_position_index)$')


def described(name: str, options: Mapping[str, Any]) -> Dict[str, NetworkSpec]:
    """Return {name of a section: what its network expects}; {} where that is not known here.

    Args:
        name: 'network_g'.
        options: of the training, as read.
    """
    section = options.get(name)
    if not isinstance(section, Mapping):
        return {}
    family = next((one for one in FAMILIES if one.network_type == section.get('type')), None)
    given = {str(key): frozen(value) for key, value in section.items() if key != 'type'}
    if family is None or not all(map(_is_sensible, given.values())):
        return {}
    if not given.keys() <= family.defaults.keys():
        return {}
    try:
        shapes = family.expected_shapes(**given)
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return {}  # an option is missing, or has a value of another kind
    return {name: _spec(section['type'], shapes)}


def _spec(network_type: str, shapes: Dict[str, Shape]) -> NetworkSpec:
    kinds = {key: 'int64' if _WHOLE.search(key) else 'float32' for key in shapes}
    tensors = tuple(
        TensorSpec(key, shape, kinds[key], is_parameter=not _BUFFER.search(key))
        for key, shape in shapes.items()
    )
    return NetworkSpec(network_type, tensors, class_name=network_type, built_on=DESCRIBED)


def frozen(value: Any) -> Any:
    """A value of the YAML as records hold it: lists are tuples."""
    return tuple(frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _is_sensible(value: Any, largest: int = LARGEST) -> bool:
    if isinstance(value, tuple):
        return len(value) <= LONGEST and all(_is_sensible(item, LARGEST_LISTED) for item in value)
    return not isinstance(value, int) or 0 <= value <= largest


# The options in which two networks of one class differ, read off the shapes of both.

# Another attention is what a finetuning of this family is about (rule WC306), no slip.
MEANT = ('attn_types',)


def differing_options(
    expected: Mapping[str, Shape], found: Mapping[str, Shape]
) -> Tuple[Identity, Identity, Tuple[OptionDifference, ...]]:
    """(what the file's table is, what the network's is, options that differ between them).

    What is of no known class is UNKNOWN.

    Both tables are read in the same way, so that what one reading gets wrong, the other does too:
    a factor that the shapes settle only to an interval differs where the intervals do.

    Args:
        expected: {key: shape} of the network.
        found: {key: shape} of the file.
    """
    theirs, ours = recognize(found) or UNKNOWN, recognize(expected) or UNKNOWN
    own = dict(ours.options) if theirs.network_type == ours.network_type else {}
    for name in (*theirs.traceless, *ours.traceless, *MEANT):
        own.pop(name, None)
    differ = ((name, value) for name, value in theirs.options if own.get(name, value) != value)
    return theirs, ours, tuple(OptionDifference(name, value, own[name]) for name, value in differ)
