#!/usr/bin/env python3
"""Compare two weight files, or list one, with colour and tables (rich).

The same program as `basicsr-weightcheck compare`; runs from a clone that was never installed.

    python scripts/compare_weights.py --file1 a.pth --file2 b.pth
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

from basicsr_weightcheck.cli.main import main  # noqa: E402 - the path has to be set first

if __name__ == '__main__':
    sys.exit(main(['compare', '--style', 'rich', *sys.argv[1:]]))
