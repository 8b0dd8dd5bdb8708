#!/usr/bin/env python3
"""Check the pretrained weights of a training YAML before training starts.

The same program as `basicsr-weightcheck check`; runs from a clone that was never installed.

    python scripts/check_pretrain.py -opt options/train_restormer_hta_from_mdta.yml
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from basicsr_weightcheck.cli.main import main  # noqa: E402 - the path has to be set first

if __name__ == '__main__':
    sys.exit(main(['check', *sys.argv[1:]]))
