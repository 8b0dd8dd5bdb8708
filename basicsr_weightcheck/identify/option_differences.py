"""The options in which two networks of one class differ, read off the shapes of both."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.records.causes import OptionDifference
from basicsr_weightcheck.records.identities import Identity, OptionValue
from basicsr_weightcheck.records.names import Shape

# Another attention is what a finetuning of this family is about (rule WC306), no slip.
MEANT = ('attn_types',)


def differing_options(
    expected: Mapping[str, Shape], found: Mapping[str, Shape]
) -> Tuple[Optional[Identity], Optional[Identity], Tuple[OptionDifference, ...]]:
    """(what the file's table is, what the network's is, options that differ between them).

    Both tables are read in the same way, so that what one reading gets wrong, the other does too:
    a factor that the shapes settle only to an interval differs where the intervals do.

    Args:
        expected: {key: shape} of the network.
        found: {key: shape} of the file.
    """
    theirs, ours = recognize(found), recognize(expected)
    if theirs is None or ours is None or theirs.network_type != ours.network_type:
        return theirs, ours, ()
    return theirs, ours, _differences(theirs, ours)


def _differences(theirs: Identity, ours: Identity) -> Tuple[OptionDifference, ...]:
    unsettled = set(theirs.traceless) | set(ours.traceless) | set(MEANT)
    own: Dict[str, OptionValue] = dict(ours.options)
    found: List[OptionDifference] = []
    for name, value in theirs.options:
        if name not in unsettled and name in own and own[name] != value:
            found.append(OptionDifference(name, value, own[name]))
    return tuple(found)
