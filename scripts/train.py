#!/usr/bin/env python3
"""Start BasicSR's own training with this project's networks registered.

    python scripts/train.py -opt options/train_restormer_mdta.yml

Repairs the import of basicsr 1.4.2 under a new torchvision (and says so); everything else is
BasicSR's. A check of such a training is told the same:

    python scripts/check_pretrain.py --repair-imports --import basicsr_weightcheck.archs.register \\
        -opt options/train_restormer_mdta.yml

Runs from a clone that was never installed; needs torch and basicsr.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import List

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.path.insert(0, ROOT)

from basicsr_weightcheck.archs import REGISTER  # noqa: E402 - the path has to be set first
from basicsr_weightcheck.rehearsal import import_fixes  # noqa: E402


def main() -> None:
    repairs: List[str] = []
    import_fixes.repair_all(repairs)
    if repairs:
        print(f'import of basicsr repaired: {", ".join(repairs)}')
    training = importlib.import_module('basicsr.train')
    importlib.import_module(REGISTER)
    training.train_pipeline(os.getcwd())


if __name__ == '__main__':
    main()
