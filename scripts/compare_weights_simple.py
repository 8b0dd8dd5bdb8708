#!/usr/bin/env python3
"""Compare two weight files, or list one; needs nothing beyond numpy.

The same program as `basicsr-weightcheck compare`; runs from a clone that was never installed.

    python scripts/compare_weights_simple.py a.pth b.pth --name1 MDTA --name2 HTA
"""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))  # of the clone, also where this is a link to it
sys.path.insert(0, os.path.join(HERE, os.pardir))

try:
    from basicsr_weightcheck.__main__ import main
except ModuleNotFoundError as error:
    if error.name != 'basicsr_weightcheck':
        raise
    sys.exit(
        'A copy of this script works only where basicsr-weightcheck is installed.\nLink to the one '
        'in the clone, or start it there: python CLONE/scripts/compare_weights_simple.py\n'
        '脚本的副本只能在已安装 basicsr-weightcheck 的环境中运行；'
        '请运行克隆目录中的脚本，或建立指向它的链接。'
    )

if __name__ == '__main__':
    sys.exit(main(['compare', '--style', 'plain', *sys.argv[1:]]))
