"""Trainings of KAIR: what files they find, and what their option files say.

Every element of every file has a value of its own (`tests.provenance.values`).
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

from basicsr_weightcheck.records.sources import FileTensor
from tests.provenance.values import Values

Shapes = Dict[str, Tuple[Tuple[int, ...], Any]]  # {key: (shape, dtype)}

SR = {'net_type': 'msrresnet0', 'in_nc': 3, 'out_nc': 3, 'nc': 4, 'nb': 1, 'act_mode': 'R',
      'upsample_mode': 'upconv'}  # fmt: skip
WIDE = {**SR, 'nc': 6}
BATCH_NORM = {'net_type': 'dncnn', 'in_nc': 3, 'out_nc': 3, 'nc': 4, 'nb': 4, 'act_mode': 'BR'}
CRITIC = {'net_type': 'discriminator_unet', 'in_nc': 3, 'base_nc': 2}
INIT = {'init_type': 'orthogonal', 'init_bn_type': 'uniform', 'init_gain': 0.2}


class File:
    """The tables of one file, tensor by tensor."""

    def __init__(self, path: str, values: Values, shapes: Shapes) -> None:
        self.path, self._values, self._shapes = path, values, shapes

    def table(
        self, name: str, rename: Callable[[str], str] = str, keys: Any = None, dtype: Any = None
    ) -> Dict[str, Any]:
        """A state dict of the network, in its order or in that of `keys`."""
        made = {}
        for key in self._shapes if keys is None else keys:
            shape, own = self._shapes[key]
            made[rename(key)] = self.tensor(name, rename(key), shape, dtype or own)
        return made

    def tensor(self, table: str, key: str, shape: Tuple[int, ...], dtype: Any = None) -> Any:
        """One tensor."""
        return self._values.tensor(FileTensor(self.path, table, key), shape, dtype)

    @property
    def keys(self) -> List[str]:
        """Of the network."""
        return list(self._shapes)

    def twins(self) -> Tuple[str, str]:
        """Two keys with equal shapes, the first such pair."""
        for one in self.keys:
            for other in self.keys:
                if one < other and self._shapes[one] == self._shapes[other]:
                    return one, other
        raise LookupError

    def resized(self, key: str) -> Any:
        """A tensor of that name with one row more."""
        shape, dtype = self._shapes[key]
        return self.tensor('', key, (shape[0] + 1, *shape[1:]), dtype)


def _swapped(file: File) -> Any:
    one, other = file.twins()
    keys = [{one: other, other: one}.get(key, key) for key in file.keys]
    return file.table('', keys=keys)


def _longer(file: File, *, first: bool) -> Any:
    extra = {'extra.weight': file.tensor('', 'extra.weight', (2, 2))}
    return {**extra, **file.table('')} if first else {**file.table(''), **extra}


def _resized(file: File) -> Any:
    key = file.keys[0]
    return {k: file.resized(k) if k == key else v for k, v in file.table('').items()}


def _with_number(file: File) -> Any:
    return {'params': file.table('params'), 'iter': 5000}


def _doubles(file: File) -> Any:
    import torch

    return file.table('', dtype=torch.float64)


KINDS: Dict[str, Callable[[File], Any]] = {
    'flat': lambda file: file.table(''),
    'params': lambda file: {'params': file.table('params')},
    'params-and-number': _with_number,
    'ema-only': lambda file: {'params_ema': file.table('params_ema')},
    'both': lambda file: {
        'params': file.table('params'), 'params_ema': file.table('params_ema')
    },
    'module': lambda file: file.table('', lambda key: f'module.{key}'),
    'params-module': lambda file: {'params': file.table('params', lambda key: f'module.{key}')},
    'compiled': lambda file: file.table('', lambda key: f'_orig_mod.{key}'),
    'state-dict': lambda file: {'state_dict': file.table('state_dict'), 'epoch': 3},
    'renamed': lambda file: file.table('', lambda key: f'net.{len(key)}.{key[::-1]}'),
    'last-missing': lambda file: file.table('', keys=file.keys[:-1]),
    'first-missing': lambda file: file.table('', keys=file.keys[1:]),
    'half': lambda file: file.table('', keys=file.keys[: len(file.keys) // 2]),
    'longer': lambda file: _longer(file, first=False),
    'longer-before': lambda file: _longer(file, first=True),
    'resized': _resized,
    'alphabetical': lambda file: file.table('', keys=sorted(file.keys)),
    'swapped': _swapped,
    'double': _doubles,
    'unrelated': lambda file: {f'blocks.{i}.fc': file.tensor('', f'blocks.{i}.fc', (4, 4))
                               for i in range(5)},
    'training-state': lambda file: {'epoch': 1, 'iter': 5000, 'optimizers': [], 'schedulers': []},
    'empty': lambda file: {},
    'list': lambda file: list(file.table('').values()),
    'text': lambda file: {'params': 'weights', 'state_dict': 3},
}  # fmt: skip


class Case(NamedTuple):
    """One training.

    Attributes:
        name: unique.
        script: that is started.
        files: {path below the folder: (kind, network)} of weight files that are there; a network is
            'G', 'D' or 'W' (a wider G).
        path: section `path` besides the root; 'DIR/' stands for the folder.
        train: changes of section `train`.
        net: section netG.
        critic: section netD; None without one.
        model: 'plain', 'gan' or 'vrt'.
        line: put into the text of the file, as a user may write it.
        container: 'zip', 'legacy' or 'safetensors' (under the name of a .pth).
        more: top-level options.
    """

    name: str
    script: str = 'main_train_psnr'
    files: Dict[str, Tuple[str, str]] = {}
    path: Dict[str, Any] = {}
    train: Dict[str, Any] = {}
    net: Dict[str, Any] = SR
    critic: Any = None
    model: str = 'plain'
    line: str = ''
    container: str = 'zip'
    more: Dict[str, Any] = {}


def _kinds_of_g() -> Iterator[Case]:
    for kind in KINDS:
        for strict in (True, False):
            yield Case(
                f'g-{kind}-{"strict" if strict else "loose"}',
                files={'models/7_G.pth': (kind, 'G')},
                train={'G_param_strict': strict},
            )


def _kinds_of_e() -> Iterator[Case]:
    both = {'models/7_G.pth': ('flat', 'G')}
    for kind in ('flat', 'params', 'ema-only', 'both', 'module', 'half', 'swapped', 'longer'):
        # `E_param_strict` of the section `train` is overwritten; of `path` it makes it None.
        for place in ('train', 'path'):
            yield Case(
                f'e-{kind}-flag-in-{place}',
                files={**both, 'models/7_E.pth': (kind, 'G')},
                train={'E_decay': 0.9, **({'E_param_strict': False} if place == 'train' else {})},
                path={'E_param_strict': 'DIR/flag'} if place == 'path' else {},
            )


def _critics() -> Iterator[Case]:
    gan: Dict[str, Any] = {'script': 'main_train_gan', 'model': 'gan', 'critic': CRITIC}
    files = {'models/9_G.pth': ('params', 'G')}
    for kind in ('flat', 'params', 'ema-only', 'module', 'half', 'longer', 'resized'):
        for place in ('train', 'path'):
            yield Case(
                f'd-{kind}-flag-in-{place}',
                files={**files, 'models/9_D.pth': (kind, 'D')},
                train={'D_param_strict': False} if place == 'train' else {},
                path={'D_param_strict': 'DIR/flag'} if place == 'path' else {},
                **gan,
            )
    for kind in ('ema-only', 'both'):  # ModelGAN asks netE's file for 'params'
        yield Case(
            f'gan-e-{kind}',
            files={**files, 'models/9_E.pth': (kind, 'G'), 'models/9_D.pth': ('flat', 'D')},
            train={'E_decay': 0.9},
            **gan,
        )
    yield Case('gan-nothing', path={'pretrained_netG': 'DIR/w.pth'}, train={'E_decay': 0.9},
               files={'w.pth': ('flat', 'G')}, **gan)  # fmt: skip


def _options_and_folders() -> Iterator[Case]:
    written = {'pretrained_netG': 'DIR/w.pth', 'pretrained_netE': 'DIR/w.pth'}
    weights = {'w.pth': ('flat', 'G')}
    yield Case('written-psnr', files=weights, path=written)
    yield Case('written-psnr-ema', files=weights, path=written, train={'E_decay': 0.9})
    yield Case('written-psnr-absent', path=written)
    for name in ('dncnn', 'drunet', 'usrnet'):
        said = {'weightcheck': {'script': f'main_train_{name}.py'}}
        yield Case(f'written-{name}', f'main_train_{name}', weights, written, more=said)
    none, named = {'pretrained_netE': None}, {'pretrained_netG': 'DIR/w.pth'}
    vrt: Dict[str, Any] = {'script': 'main_train_vrt', 'model': 'vrt'}
    yield Case('written-vrt', files=weights, path=written, **vrt)
    yield Case('written-vrt-ema', files=weights, path=written, train={'E_decay': 0.9}, **vrt)
    yield Case('written-vrt-absent', path={**none, 'pretrained_netG': 'DIR/none.pth'}, **vrt)
    yield Case('written-vrt-folder', path={**none, 'pretrained_netG': 'DIR/'}, **vrt)
    yield Case('vrt-without-e', files=weights, path={'pretrained_netG': 'DIR/w.pth'}, **vrt)
    for kind in ('module', 'half', 'resized', 'swapped'):
        for strict in (True, False):  # ModelVRT loads by names
            yield Case(
                f'vrt-{kind}-{"strict" if strict else "loose"}', files={'w.pth': (kind, 'G')},
                path={**none, **named}, train={'G_param_strict': strict}, **vrt,
            )  # fmt: skip
    yield Case('written-and-found-vrt', path=written, **vrt,
               files={**weights, 'models/30_G.pth': ('params', 'G')})  # fmt: skip
    yield Case('apart', train={'E_decay': 0.9}, files={
        'models/5_G.pth': ('flat', 'G'), 'models/200_G.pth': ('params', 'G'),
        'models/100_E.pth': ('flat', 'G')})  # fmt: skip
    yield Case('ema-alone', train={'E_decay': 0.9}, files={'models/100_E.pth': ('flat', 'G')})
    yield Case('ema-copied', train={'E_decay': 0.9}, files={'models/1_G.pth': ('flat', 'G')})
    yield Case('ema-copied-bn', train={'E_decay': 0.9}, net=BATCH_NORM,
               files={'models/1_G.pth': ('flat', 'G')})  # fmt: skip
    yield Case('bn', net=BATCH_NORM, files={'models/1_G.pth': ('flat', 'G')})
    yield Case('bn-loose', net=BATCH_NORM, files={'models/1_G.pth': ('module', 'G')},
               train={'G_param_strict': False})  # fmt: skip
    yield Case('ema-ignored', files={'models/1_E.pth': ('flat', 'G')})
    yield Case('stray', files={'models/mine_G.pth': ('flat', 'G')})
    yield Case('stray-beside', files={
        'models/mine_G.pth': ('flat', 'G'), 'models/1_G.pth': ('flat', 'G')})  # fmt: skip
    yield Case('number-inside', files={'models/run2_30_G.pth': ('flat', 'G')})
    yield Case('leading-zeros', files={'models/0030_G.pth': ('flat', 'G')})
    yield Case('wider', files={'models/1_G.pth': ('flat', 'W')})
    yield Case('wider-loose', files={'models/1_G.pth': ('flat', 'W')},
               train={'G_param_strict': False})  # fmt: skip
    for value in ('false', None, 0):
        yield Case(f'strict-{value}', files={'models/1_G.pth': ('half', 'G')},
                   train={'G_param_strict': value})  # fmt: skip
    for container in ('legacy', 'safetensors'):
        yield Case(f'container-{container}', files={'models/1_G.pth': ('flat', 'G')},
                   container=container)  # fmt: skip
    yield Case('slashes', line=', "note": "see https://example.org/w.pth"')
    yield Case('two-keys', line=', "path": {"root": "DIR/", "pretrained_netG": null}')
    yield Case(
        'e-flag-in-both',
        files={'models/1_G.pth': ('flat', 'G'), 'models/1_E.pth': ('half', 'G')},
        train={'E_decay': 0.9, 'E_param_strict': False},
        path={'E_param_strict': 'DIR/flag'},
    )
    yield Case('strict-absent', files={'models/1_G.pth': ('half', 'G')},
               train={'G_param_strict': ...})  # fmt: skip
    yield Case('no-ema-option', files={'models/1_G.pth': ('flat', 'G')}, train={'E_decay': ...})
    yield Case('unknown-network', net={**SR, 'net_type': 'nonet'})
    yield Case('unknown-model', model='plain9')
    yield Case('argument-absent', net={k: v for k, v in SR.items() if k != 'act_mode'})


CASES: Dict[str, Case] = {
    case.name: case
    for cases in (_kinds_of_g(), _kinds_of_e(), _critics(), _options_and_folders())
    for case in cases
}


def options_of(case: Case, folder: str, images: str) -> Dict[str, Any]:
    """The option file's content."""
    at = {k: v.replace('DIR/', folder + os.sep) if isinstance(v, str) else v
          for k, v in case.path.items()}  # fmt: skip
    train = {
        'G_lossfn_type': 'l1', 'G_lossfn_weight': 1.0, 'E_decay': 0, 'G_optimizer_type': 'adam',
        'G_optimizer_lr': 1e-4, 'G_optimizer_wd': 0, 'G_scheduler_type': 'MultiStepLR',
        'G_scheduler_milestones': [100], 'G_scheduler_gamma': 0.5, 'G_param_strict': True,
        'checkpoint_test': 5000, 'checkpoint_save': 5000, 'checkpoint_print': 1, 'manual_seed': 1,
        'F_lossfn_weight': 0, 'gan_type': 'gan', 'D_lossfn_weight': 1, 'D_optimizer_lr': 1e-4,
        'D_scheduler_milestones': [100], 'D_scheduler_gamma': 0.5, **case.train,
    }  # fmt: skip
    data = {'dataset_type': 'sr', 'dataroot_H': images, 'dataroot_L': None, 'H_size': 16}
    load = {'dataloader_shuffle': False, 'dataloader_num_workers': 0, 'dataloader_batch_size': 1}
    critic = {'netD': {**case.critic, **INIT}} if case.critic else {}
    return {
        'task': 'task', 'model': case.model, 'gpu_ids': [0], 'scale': 2, 'n_channels': 3,
        'path': {'root': folder, 'pretrained_netG': None, **at},
        'datasets': {'train': {'name': 'train', **data, **load}, 'test': {'name': 'test', **data}},
        'netG': {**case.net, **INIT}, **critic,
        'train': {key: value for key, value in train.items() if value is not ...}, **case.more,
    }  # fmt: skip


def write(case: Case, folder: str, images: str, shapes: Dict[str, Shapes]) -> Tuple[str, Values]:
    """Write a training's files; (path of its option file, the values of its weight files).

    Args:
        case: the training.
        folder: for everything that belongs to it.
        images: folder of a few images.
        shapes: of the networks 'G', 'D' and 'W'.
    """
    import json

    values = Values()
    for place, (kind, network) in case.files.items():
        beside = place if os.sep not in place else os.path.join('task', place)
        path = os.path.join(folder, beside)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _save(KINDS[kind](File(path, values, shapes[network])), path, case.container)
    text = json.dumps(options_of(case, folder, images), indent=2)
    line = case.line.replace('DIR/', folder)
    text = f'{text[:-1].rstrip()}  // as users write it\n{line}\n}}\n'
    options = os.path.join(folder, 'train.json')
    with open(options, 'w', encoding='utf-8') as file:
        file.write(text)
    return options, values


def _save(content: Any, path: str, container: str) -> None:
    import torch

    if container == 'safetensors':
        from safetensors.torch import save_file

        save_file(content, path)
        return
    torch.save(content, path, _use_new_zipfile_serialization=container != 'legacy')
