#!/usr/bin/env python3
"""Check the pretrained weights of a training YAML before training starts.

The same program as `basicsr-weightcheck check`; runs from a clone that was never installed.

    python scripts/check_pretrain.py -opt options/train_restormer_hta_from_mdta.yml
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
        'in the clone, or start it there: python CLONE/scripts/check_pretrain.py\n'
        '脚本的副本只能在已安装 basicsr-weightcheck 的环境中运行；'
        '请运行克隆目录中的脚本，或建立指向它的链接。'
    )

if __name__ == '__main__':
    sys.exit(main(['check', *sys.argv[1:]]))
