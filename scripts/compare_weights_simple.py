#!/usr/bin/env python3
"""Compare two weight files, or list one; needs nothing beyond numpy.

The same program as `basicsr-weightcheck compare`; runs from a clone that was never installed.

    python scripts/compare_weights_simple.py a.pth b.pth --name1 MDTA --name2 HTA
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from basicsr_weightcheck.cli.main import main  # noqa: E402 - the path has to be set first

if __name__ == '__main__':
    sys.exit(main(['compare', '--style', 'plain', *sys.argv[1:]]))
