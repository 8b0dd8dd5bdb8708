"""The truth: KAIR's own training script, untouched, on real tensors, up to its first iteration.

`python -m tests.frameworks.kair.truth KAIR FOLDER [NAME ...]` writes every case below FOLDER, runs
its script in this process with KAIR as its working directory, and prints one JSON line for each.
What an import or a start needs on a machine without a GPU is all that is lent: 'cuda' names the CPU
where the model asks for its device.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import warnings
from typing import Any, Dict

from tests.frameworks.kair.cases import BATCH_NORM, CASES, CRITIC, SR, WIDE, Case, Shapes, write
from tests.provenance.values import flat_name, networks_of


class Begun(BaseException):
    """`init_train` has ended; what follows is the first iteration."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model


class _TorchOnCpu:
    """The name `torch` of a module that asks for the device 'cuda'."""

    def __getattr__(self, name: str) -> Any:
        import torch

        return (lambda *_: torch.device('cpu')) if name == 'device' else getattr(torch, name)


def prepare(repository: str) -> None:
    """Make KAIR importable, as its scripts find it, and stop its trainings where they begin."""
    sys.path.insert(0, repository)
    os.chdir(repository)
    base = importlib.import_module('models.model_base')
    base.torch = _TorchOnCpu()  # type: ignore[attr-defined]
    for module, name in (('model_plain', 'ModelPlain'), ('model_gan', 'ModelGAN')):
        owner = getattr(importlib.import_module(f'models.{module}'), name)
        owner.info_network = _begin


def _begin(model: Any) -> None:
    raise Begun(model)


def shapes_of_networks() -> Dict[str, Any]:
    """{net_type and width: shapes} of what the cases build."""
    select = importlib.import_module('models.select_network')

    def of(build: str, section: str, options: Dict[str, Any]) -> Shapes:
        whole = {section: {**options, 'scale': 2, 'init_type': 'normal'}, 'is_train': False}
        if section == 'netD':
            whole[section].update(init_bn_type='uniform', init_gain=1)  # type: ignore[attr-defined]
        network = getattr(select, build)(whole)
        return {k: (tuple(v.shape), v.dtype) for k, v in network.state_dict().items()}

    return {'of': of, 'D': of('define_D', 'netD', CRITIC), 'W': of('define_G', 'netG', WIDE)}


def run(case: Case, folder: str, images: str, shapes: Dict[str, Any]) -> Dict[str, Any]:
    """Start one training; what it ends with, or where the tensors of its networks are from."""
    networks = {'D': shapes['D'], 'W': shapes['W']}
    with contextlib.redirect_stdout(io.StringIO()):
        networks['G'] = shapes['of'](
            'define_G', 'netG', BATCH_NORM if case.net == BATCH_NORM else SR
        )
    options, values = write(case, folder, images, networks)
    sys.argv = [case.script + '.py', '--opt', options]
    if case.script in ('main_train_dncnn', 'main_train_usrnet'):
        sys.argv[1] = '-opt'
    found: Dict[str, Any] = {'name': case.name, 'error': '', 'message': '', 'tensors': {}}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module(case.script).main()
    except Begun as begun:
        for network, module in networks_of(begun.model).items():
            for key, value in module.state_dict().items():
                truth = values.of(value)
                origins = [[list(one) for one in names] for names in truth.origins]
                found['tensors'][flat_name(network, key)] = [
                    truth.kind, origins, truth.elements, truth.is_cut
                ]  # fmt: skip
    except (Exception, SystemExit) as error:
        found.update(error=type(error).__name__, message=str(error))
    return found


def main() -> None:
    """One JSON line for each case."""
    repository, folder, *names = sys.argv[1:]
    warnings.simplefilter('ignore')
    prepare(os.path.abspath(repository))
    images = os.path.join(folder, 'images')
    write_images(images)
    with contextlib.redirect_stdout(io.StringIO()):
        shapes = shapes_of_networks()
    for name in names or CASES:
        place = os.path.join(folder, name)
        os.makedirs(place, exist_ok=True)
        print(json.dumps(run(CASES[name], place, images, shapes)), flush=True)


def write_images(folder: str) -> None:
    import cv2
    import numpy

    os.makedirs(folder, exist_ok=True)
    image = numpy.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=numpy.uint8)
    cv2.imwrite(os.path.join(folder, '0.png'), image)


if __name__ == '__main__':
    main()
