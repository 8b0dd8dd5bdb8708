"""The truth: traiNNer-redux itself, started as its train.py does, on real tensors.

`python -m tests.frameworks.redux.drive SITE real`, where SITE is a copy of the framework's tree (or
of its small imitation: `small`). Writes
every case's YAML and files below SITE, starts each as train.py would (all of `train_pipeline` up to
the model but the question for CUDA and the data), and prints a JSON line for each.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any, Dict, List

import yaml

from tests.frameworks.by_value import Origins, read_networks
from tests.frameworks.redux.cases import NETWORKS, Case, all_cases
from tests.frameworks.redux.kinds import KINDS, write_file

NETWORKS_OF_A_MODEL = ('net_g', 'net_g_teacher', 'net_d', 'net_ae')


def main(site: Path, which: str) -> None:
    """Run all cases."""
    sys.path.insert(0, str(site))
    logging.disable(logging.CRITICAL)
    _bypass_cuda()
    library = _Library(site / 'weights', NETWORKS[which])
    for case in all_cases(which):
        library.origins = Origins()
        print(json.dumps(_run(case, site, library)), flush=True)


def _bypass_cuda() -> None:
    """Models that degrade images ask for CUDA outright; here everything stays on the CPU."""
    import torch

    torch.nn.Module.cuda = lambda self, *_: self
    torch.Tensor.cuda = lambda self, *_, **__: self


class _Library:
    """Files of every kind for every network, each written once."""

    def __init__(self, folder: Path, networks: Dict[str, Any]) -> None:
        folder.mkdir()
        self.folder, self._networks = folder, networks
        self.origins = Origins()
        self._contents: Dict[str, Any] = {}

    def path(self, kind: str, network: str) -> str:
        """The file's path; what it holds counts as an origin from now on."""
        path = self.folder / f'{kind}-{network}{KINDS[kind][0]}'
        self._write(kind, network, path)
        return str(path)

    def put(self, kind: str, network: str, path: Path) -> None:
        """A file of its own at a place."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write(kind, network, path)

    def _write(self, kind: str, network: str, path: Path) -> None:
        if str(path) not in self._contents:
            if kind == 'state-of-one':
                how, content = 'torch', self._state_of_one()
            else:
                _, how, make = KINDS[kind]
                content = make(dict(self._built(network).state_dict()))
            write_file(str(path), how, content)
            self._contents[str(path)] = content
        if kind != 'state-of-one':
            self.origins.add(str(path), self._contents[str(path)])

    def _built(self, network: str) -> Any:
        from traiNNer.archs import build_network

        scale = {} if 'discriminator' in network else {'scale': 2}
        with contextlib.redirect_stdout(io.StringIO()):
            return build_network({**self._networks[network], **scale})

    def _state_of_one(self) -> Dict[str, Any]:
        """A training state of one AdamW over the first network, as the framework writes it."""
        import torch

        optimizer = torch.optim.AdamW(self._built('compact').parameters(), lr=1e-4)
        state = optimizer.state_dict()
        return {'epoch': 1, 'iter': 4, 'optimizers': [state], 'schedulers': []}


def _run(case: Case, site: Path, library: _Library) -> Dict[str, Any]:
    options = _filled(copy.deepcopy(case.options), library, site)
    option_file = site / f'{case.name}.yml'
    option_file.write_text(yaml.safe_dump(options, sort_keys=False))
    for place, (network, kind) in case.files.items():
        library.put(kind, network, site / place)
    line: Dict[str, Any] = {
        'case': case.name, 'options': option_file.name, 'arguments': list(case.arguments),
        'error': '', 'message': '', 'tensors': {},
    }  # fmt: skip
    # The check comes first in the life of a training: what this start archives is given back.
    experiment = site / 'experiments' / case.name
    kept = _files_below(experiment)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            model = _start(site, [str(option_file), *case.arguments])
    except (Exception, SystemExit) as error:
        line.update(error=type(error).__name__, message=str(error)[:600])
        if isinstance(error, SystemExit):
            line['exit'] = error.code
    else:
        line['tensors'] = read_networks(_networks(model), library.origins)
    line['changed'] = _files_below(experiment) != kept
    return line


def _filled(value: Any, library: _Library, site: Path) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, library, site) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, library, site) for one in value]
    if isinstance(value, str) and value.startswith('<'):
        kind, network = value.strip('<>').split(':')
        return library.path(kind, network)
    return value.format(folder=site) if isinstance(value, str) else value


def _start(site: Path, arguments: List[str]) -> Any:
    """`train_pipeline` up to the first batch, without CUDA and data.

    Source: train.py 252-280, 332, 350 of commit 6862931.
    """
    import train
    from traiNNer.models import build_model
    from traiNNer.utils import make_exp_dirs
    from traiNNer.utils.config import Config

    sys.argv = ['train.py', '-opt', *arguments]
    Config._config = None
    options, _ = Config.load_config_from_file(str(site), is_train=True)
    options.root_path = str(site)
    assert options.train is not None
    assert options.logger is not None
    state = train.load_resume_state(options)
    make_exp_dirs(options, state is not None)
    options.contents = None
    model = build_model(options)
    if state:
        model.resume_training(state)
    return model


def _networks(model: Any) -> Dict[str, Any]:
    found = {
        name: model.get_bare_model(getattr(model, name))
        for name in NETWORKS_OF_A_MODEL
        if getattr(model, name, None) is not None
    }
    for name in ('net_g_ema', 'net_ae_ema'):
        if getattr(model, name, None) is not None:
            found[name] = getattr(model, name).ema_model
    return found


def _files_below(folder: Path) -> List[str]:
    return sorted(os.path.relpath(one, folder) for one in folder.rglob('*') if one.is_file())


if __name__ == '__main__':
    main(Path(sys.argv[1]), sys.argv[2])
