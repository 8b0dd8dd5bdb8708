"""Which option below `path:` a name stands for that no loader reads.

Source: BasicSR before 2020 (options/train/*.json: pretrain_model_G, strict_load); the names of
Restormer and BasicSR 1.4.2.
"""

from __future__ import annotations

import difflib
from typing import NamedTuple, Sequence

# Old and foreign spellings, in lower case; those of other networks end in other letters.
SPELLINGS = {
    'pretrain_network_g': (
        'pretrain_model', 'pretrain_model_g', 'pretrain_g', 'pretrain_path', 'pretrained_path',
        'pretrained', 'pretrain', 'pretrained_model', 'load_path', 'pretrain_network',
    ),
    'pretrain_network_d': ('pretrain_model_d', 'pretrain_d'),
    'strict_load_g': ('strict', 'strict_load', 'strict_g'),
    'strict_load_d': ('strict_d',),
    'resume_state': ('resume', 'resume_path'),
}  # fmt: skip
ALIKE = 0.6  # difflib's measure, 0 to 1: from here on a name is mentioned
SURE = 0.85  # from here on it is meant; one wrong letter in strict_load_g gives 0.92


class Meant(NamedTuple):
    """The known name that is nearest, '' where none is near, and whether it is surely meant."""

    name: str
    sure: bool


def meant(name: str, known: Sequence[str]) -> Meant:
    """What an unknown option below `path:` probably stands for."""
    spelt = next((one for one, names in SPELLINGS.items() if name.lower() in names), '')
    if spelt in known:
        return Meant(spelt, True)
    lowered = name.lower().replace('-', '_').replace('pretrained_', 'pretrain_')
    near = difflib.get_close_matches(lowered, list(known), 1, ALIKE)
    if not near:
        return Meant('', False)
    ratio = difflib.SequenceMatcher(None, lowered, near[0]).ratio()
    return Meant(near[0], ratio >= SURE)
