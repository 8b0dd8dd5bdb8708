"""What a fork's own code does in a process of its own: the tensors that equal those of a file.

Run as a script in the folder that a training is started from, with the repository's root as its
argument.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.warm_child import WARM, run_python

HOME = str(Path(__file__).resolve().parents[2])


def really_loaded(root: Path, layout: str) -> Any:
    """The number of net_g's tensors that are equal to the file's, or the exception's name."""
    environment = dict(os.environ, PYTHONPATH=HOME)
    done = run_python([*WARM, __file__, str(root), layout], os.getcwd(), environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def main(root: str, layout: str) -> None:
    import torch

    sys.path[0] = root
    if layout == 'root':
        from tests.agreement.conftest import RepairedBasicsr

        RepairedBasicsr()
        __import__('archs')
        __import__('models')
        from basicsr.utils.registry import MODEL_REGISTRY
    else:
        __import__('own.models')
        from own.utils.registry import MODEL_REGISTRY
    with open('train.yml', encoding='utf-8') as file:
        options = dict(yaml.safe_load(file), is_train=True, dist=False)
    try:
        model = MODEL_REGISTRY.get(options['model_type'])(options)
    except Exception as error:  # what ends the training
        print(json.dumps(type(error).__name__))
        return
    saved = torch.load('weights.pth')['params']
    state = model.net_g.state_dict()
    print(json.dumps(sum(bool(torch.equal(state[key], saved[key])) for key in saved)))


if __name__ == '__main__':
    main(*sys.argv[1:])
