"""A small basicsr of the older layout: registry-free, no __init__.py, one key option.

Run as a script it is the real side of the legacy grid: it constructs the models that the cases
in a file name, and leaves their load calls there. A process of its own, because the package is
called basicsr.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import types
from typing import Any, Dict

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'fixtures')
NETWORKS: Dict[str, Dict[str, Any]] = {
    'SmallCleaner': {'width': 4, 'middle': 2},
    'SmallNormed': {'width': 4},
    'SmallTied': {'width': 4},
}


def write_repository(folder: str, without: str) -> str:
    """Copy the package; lines that end in a word of `without` ('fallback ema') are left out."""
    package = os.path.join(folder, 'basicsr')
    shutil.copytree(os.path.join(SOURCE, 'legacy_layout', 'basicsr'), package)
    endings = tuple(f'# {word}' for word in without.split())
    for name in ('base_model.py', 'image_restoration_model.py'):
        path = os.path.join(package, 'models', name)
        with open(path, encoding='utf-8') as file:
            lines = file.readlines()
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines(line for line in lines if not line.rstrip().endswith(endings or '\0'))
    return folder


def import_repository(folder: str) -> Any:
    """The package's model class, also where another basicsr is installed."""
    package = types.ModuleType('basicsr')
    package.__path__ = [os.path.join(folder, 'basicsr')]
    sys.modules['basicsr'] = package
    from basicsr.models.image_restoration_model import ImageCleanModel

    return ImageCleanModel


def state_dict(network: str) -> Any:
    from basicsr.models.archs import define_network

    return define_network(dict(NETWORKS[network], type=network)).state_dict()


def main() -> None:
    from tests.agreement.checkpoints import KINDS, write_checkpoint
    from tests.agreement.real_run import run_real_training_start

    with open(sys.argv[1], 'rb') as asked:
        folder, files, cases = pickle.load(asked)
    model_class = import_repository(folder)
    for network in NETWORKS:
        for kind in KINDS:
            write_checkpoint(
                kind, state_dict(network), os.path.join(files, f'{network}-{kind}.pth')
            )
    answers = [run_real_training_start(model_class, dict(options, is_train=True))
               for options in cases]  # fmt: skip
    with open(sys.argv[1], 'wb') as answered:
        pickle.dump(answers, answered)


if __name__ == '__main__':
    main()
