"""`check --pre-commit`: which of the changed files of a commit are training YAMLs."""

from __future__ import annotations

import os
import re
from typing import List, Sequence

LOOKED_AT_BYTES = 1 << 20
# At the beginning of a line: a training YAML describes a network and how it is trained.
_SECTION = re.compile(rb'^(network_g|train)\s*:', re.MULTILINE)


def training_files(paths: Sequence[str]) -> List[str]:
    """Those of the files that look like training YAMLs, in order; a missing file stays in.

    Told from the text, so that a training YAML that no YAML reader reads is still one.
    """
    return [path for path in paths if not os.path.isfile(path) or _is_training(path)]


def _is_training(path: str) -> bool:
    with open(path, 'rb') as file:
        found = _SECTION.findall(file.read(LOOKED_AT_BYTES))
    return {b'network_g', b'train'} <= set(found)
