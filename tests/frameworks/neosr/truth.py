"""What neosr itself does: its parser, its folders, its model's constructor, on real CPU tensors.

A program of its own, because neosr reads `sys.argv` when it is imported and takes the scale of the
first option file for every network of the process:

    python truth.py FOLDER-OF-NEOSR cases.jsonl > answers.jsonl

One case a line: {"toml": path, "cwd": folder, "root": folder for experiments/, "auto_resume":
bool, "files": [path, …], "save": iteration at which it is saved, 0 for never}; all of one process
have the same scale. One answer a line: {"ends": "", "exit code 0" or "KeyError: …", "networks":
{"net_g": {key: [[file, table, key in the file], …]}}, "shapes": {"net_g": {key: shape}}}; a tensor
that has its value from none of the files has an empty list.

neosr asks for CUDA by name everywhere. Nothing of it is changed: names of the device are read as
'cpu' by torch while it runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Tuple

Names = Dict[bytes, List[List[str]]]


def main() -> None:
    folder = sys.argv[1]
    with open(sys.argv[2], encoding='utf-8') as asked:
        cases = [json.loads(line) for line in asked]
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # neosr prints
    sys.path.insert(0, folder)
    with cpu_for_cuda():
        for case in cases:
            os.chdir(case['cwd'])
            print(json.dumps(answer(case)), file=answers, flush=True)


def answer(case: Dict[str, Any]) -> Dict[str, Any]:
    """Start one training, up to its first iteration."""
    sys.argv = ['train.py', '-opt', case['toml']]
    if case.get('auto_resume'):
        sys.argv.append('--auto_resume')
    made: Dict[str, Any] = {}
    try:
        start(case['root'], made)
        if case.get('save'):
            made['model'].save(0, case['save'])
        ends = ''
    except SystemExit as error:
        ends = f'exit code {error.code or 0}'
    except Exception as error:  # whatever the training ends with
        ends = f'{type(error).__name__}: {error}'
    names = names_by_value(case.get('files', ()))
    states = dict(networks(made.get('model')))
    return {
        'ends': ends,
        'networks': {
            name: {key: names.get(content(value), []) for key, value in state.items()}
            for name, state in states.items()
        },
        'shapes': {
            name: {key: list(value.shape) for key, value in state.items()}
            for name, state in states.items()
        },
    }


def start(root: str, made: Dict[str, Any]) -> None:
    """The lines of neosr's train.py `train_pipeline` that lead to the first iteration."""
    from neosr.utils import make_exp_dirs
    from neosr.utils.options import parse_options

    opt, _ = parse_options(root, is_train=True)
    opt['root_path'] = root
    state = load_resume_state(opt)
    if state is None:
        make_exp_dirs(opt)
    model = kept_model(opt, made)
    if state:
        model.resume_training(state)


def kept_model(opt: Dict[str, Any], made: Dict[str, Any]) -> Any:
    """`build_model`; of one whose constructor ends, the object as far as it got."""
    from neosr.models import build_model
    from neosr.models.base import base

    real = base.__init__

    def remembered(self: Any, *args: Any, **kwargs: Any) -> None:
        made['model'] = self
        real(self, *args, **kwargs)

    base.__init__ = remembered
    try:
        return build_model(opt)
    finally:
        base.__init__ = real


def load_resume_state(opt: Dict[str, Any]) -> Any:
    """neosr's own, which stands in a script that refuses other Pythons while it is imported."""
    import ast

    import torch
    from neosr.utils import check_resume, scandir

    neosr = os.path.dirname(os.path.dirname(sys.modules['neosr'].__file__ or ''))
    with open(os.path.join(neosr, 'train.py'), encoding='utf-8') as file:
        tree = ast.parse(file.read())
    kept = [n for n in tree.body if getattr(n, 'name', '') == 'load_resume_state']
    from pathlib import Path

    room: Dict[str, Any] = {
        'Path': Path, 'torch': torch, 'scandir': scandir, 'check_resume': check_resume, 'Any': Any,
    }  # fmt: skip
    exec(compile(ast.Module(kept, []), 'train.py', 'exec'), room)
    return room['load_resume_state'](opt)


def networks(model: Any) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """(attribute, tensors) of every network of a model."""
    import torch

    for attribute, network in vars(model).items() if model is not None else ():
        if isinstance(network, torch.nn.Module) and attribute.startswith('net_'):
            yield attribute, network.state_dict()


def names_by_value(paths: Any) -> Names:
    """{bytes of a tensor: every (file, table, key) that has them}."""
    import torch

    found: Names = {}
    for path in paths:
        try:
            root = torch.load(path, map_location='cpu', weights_only=False)
        except Exception:  # no weight file, none there: it gives no values
            continue
        for table, key, tensor in tensors(root):
            found.setdefault(content(tensor), []).append([path, table, key])
    return found


def tensors(root: Any, table: str = '') -> Iterator[Tuple[str, str, Any]]:
    import torch

    for key, value in root.items() if isinstance(root, dict) else ():
        if isinstance(value, torch.Tensor):
            yield table, str(key), value
        else:
            yield from tensors(value, f'{table}.{key}' if table else str(key))


def content(tensor: Any) -> bytes:
    """The values of a tensor, whatever its floating-point type."""
    import torch

    plain = tensor.detach().cpu().contiguous()
    if plain.is_floating_point():
        plain = plain.to(torch.float32)
    values: bytes = plain.numpy().tobytes()
    return str(tuple(plain.shape)).encode() + values


@contextlib.contextmanager
def cpu_for_cuda() -> Iterator[None]:
    """torch reads the device 'cuda' as 'cpu'."""
    import torch
    from torch.overrides import TorchFunctionMode

    def moved(value: Any) -> Any:
        is_cuda = isinstance(value, torch.device) and value.type == 'cuda'
        is_name = isinstance(value, str) and value == 'cuda'
        return torch.device('cpu') if is_cuda or is_name else value

    class OnCpu(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            args = tuple(moved(one) for one in args)
            return function(*args, **{k: moved(v) for k, v in (kwargs or {}).items()})

    load, cuda = torch.load, torch.nn.Module.cuda
    torch.load = lambda f, map_location=None, **more: load(f, moved(map_location), **more)
    torch.nn.Module.cuda = lambda self, *_: self
    torch.Tensor.cuda = lambda self, *_, **__: self
    try:
        with OnCpu():
            yield
    finally:
        torch.load, torch.nn.Module.cuda = load, cuda


if __name__ == '__main__':
    main()
