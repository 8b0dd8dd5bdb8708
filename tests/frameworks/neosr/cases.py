"""The grid of neosr: kinds of weight files × strict × table, and what else decides a start.

Everything is written into one folder; each case has an option file of its own there.
"""

from __future__ import annotations

import itertools
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

StateDict = Dict[str, Any]

OPTIONS = """name = "{name}"
model_type = "{model}"
scale = {scale}
num_gpu = 0
{top}
[datasets.train]
type = "paired"
patch_size = 64
batch_size = 1
{datasets}
[path]
experiments_root = '{folder}/experiments'
{path}

[network_g]
{network_g}

{network_d}
[train]
ema = {ema}
[train.optim_g]
type = "adan_sf"
lr = 1e-3
schedule_free = true
[train.pixel_opt]
type = "L1Loss"
{train}
[logger]
total_iter = 10
save_checkpoint_freq = 5
use_tb_logger = false
print_freq = 5
"""
COMPACT = 'type = "compact"\nnum_feat = 8\nnum_conv = 1'
DISCRIMINATOR = '[network_d]\ntype = "unet"\nnum_feat = 4\n'
WITH_DISCRIMINATOR = """[train.optim_d]
type = "adan_sf"
lr = 1e-4
schedule_free = true
[train.gan_opt]
type = "gan_loss"
gan_type = "bce"
"""
RESUMED = {
    'resumed': '',
    'resumed-half-strict': '',
    'resumed-half-loose': 'strict_load_g = false',
    'resumed-ignored': 'ignore_resume_networks = ["network_g"]',
    'resumed-by-hand': 'param_key_g = "params_ema"',
}  # {case: lines below path}
KEYS = (None, 'params', 'params_ema', 'mine')


class Case(NamedTuple):
    """One start of a training.

    Attributes:
        name: of the case.
        toml: path of its option file.
        files: weight files that it names, whether they are there or not.
        auto_resume: it is started with --auto_resume.
        save: the iteration at which it is saved, 0 for never.
    """

    name: str
    toml: str
    files: Sequence[str]
    auto_resume: bool = False
    save: int = 0


def kinds() -> Dict[str, Callable[[StateDict, StateDict], Any]]:
    """{kind: what the file holds, made from two state dicts of one network}."""
    import torch

    def resized(state: StateDict) -> StateDict:
        changed = dict(state)
        key = next(iter(state))
        changed[key] = torch.rand((state[key].shape[0] + 1, *state[key].shape[1:]))
        return changed

    def prefixed(prefix: str, state: StateDict, count: Optional[int] = None) -> StateDict:
        chosen = list(state)[:count]
        return {prefix + key if key in chosen else key: value for key, value in state.items()}

    return {
        'exact': lambda s, _: {'params': s},
        'both': lambda s, o: {'params': s, 'params_ema': o},
        'dashed': lambda s, o: {'params-ema': s, 'params_ema': o, 'params': o},
        'ema-only': lambda s, _: {'params_ema': s},
        'mine': lambda s, o: {'mine': s},
        'mine-and-params': lambda s, o: {'mine': s, 'params': o},
        'flat': lambda s, _: dict(s),
        'one-missing': lambda s, _: {'params': dict(list(s.items())[:-1])},
        'one-extra': lambda s, _: {'params': dict(s, extra=torch.rand(3))},
        'one-resized': lambda s, _: {'params': resized(s)},
        'half': lambda s, _: {'params': dict(list(s.items())[: len(s) // 2])},
        'module': lambda s, _: {'params': prefixed('module.', s)},
        'module-partly': lambda s, _: {'params': prefixed('module.', s, 2)},
        'compiled': lambda s, _: {'params': prefixed('_orig_mod.', s)},
        'generator': lambda s, _: {'params': prefixed('generator.', s)},
        'lightning': lambda s, _: {'epoch': 3, 'state_dict': s},
        'model': lambda s, _: {'model': s},
        'half-precision': lambda s, _: {'params': {k: v.half() for k, v in s.items()}},
        'unrelated': lambda s, _: {'params': {f'fc.{i}.weight': torch.rand(2, 2) for i in (1, 2)}},
        'training-state': lambda s, _: {'epoch': 1, 'iter': 5, 'optimizers': [], 'schedulers': []},
        'legacy': lambda s, _: {'params': s},
        'safetensors': lambda s, _: dict(s),
        'safetensors-renamed': lambda s, _: dict(s),
        'empty': lambda s, _: {'params': {}},
        'number': lambda s, _: {'params': 5, 'state_dict': s},
        'list': lambda s, _: [1, 2, 3],
    }  # fmt: skip


NO_FILE = ('absent', 'text')


def write_file(kind: str, shapes: Dict[str, List[int]], path: str) -> None:
    """A weight file of one kind; every tensor has values of its own."""
    import torch

    if kind == 'absent':
        return
    if kind == 'text':
        with open(path, 'w', encoding='utf-8') as file:
            file.write('no weights\n')
        return
    one, other = ({k: torch.randn(s) for k, s in shapes.items()} for _ in range(2))
    content = kinds()[kind](one, other)
    if kind.startswith('safetensors'):
        from safetensors.torch import save_file

        save_file(content, path)
    else:
        torch.save(content, path, _use_new_zipfile_serialization=kind != 'legacy')


def write_options(folder: str, name: str, files: Sequence[str] = (), **parts: Any) -> Case:
    """The option file of one case; `parts` are those of OPTIONS, `path` among them."""
    parts = {
        'model': 'image', 'scale': 4, 'top': '', 'datasets': '', 'path': '', 'network_d': '',
        'network_g': COMPACT, 'ema': 0.999, 'train': '', **parts,
    }  # fmt: skip
    auto_resume, save = parts.pop('auto_resume', False), parts.pop('save', 0)
    toml = os.path.join(folder, f'{name}.toml')
    with open(toml, 'w', encoding='utf-8') as file:
        file.write(OPTIONS.format(**{'name': name, 'folder': folder, **parts}))
    return Case(name, toml, tuple(files), auto_resume, save)


def bare_cases(folder: str) -> Dict[str, Case]:
    """Starts without a weight file: what they build gives the shapes for all files.

    Those that are resumed later are saved.
    """
    cases = {
        'net_g': write_options(folder, 'plain'),
        'net_d': write_options(folder, 'gan', network_d=DISCRIMINATOR, train=WITH_DISCRIMINATOR),
        'compiled': write_options(folder, 'compiled-bare', top='compile = true'),
    }
    return {**cases, **{name: write_options(folder, name, save=5) for name in RESUMED}}


def grid(
    folder: str, shapes: Dict[str, Dict[str, List[int]]], keys: Sequence[Optional[str]] = KEYS
) -> List[Case]:
    """All cases, with their files.

    Args:
        folder: where they are written; what `bare_cases` saves is there.
        shapes: {network: {key: shape}}: 'net_g', 'net_d' and 'compiled'.
        keys: tables that are asked for, None for none.
    """
    found: List[Case] = []
    files = {kind: os.path.join(folder, f'{kind}.pth') for kind in (*kinds(), *NO_FILE)}
    files['safetensors'] = os.path.join(folder, 'weights.safetensors')
    for kind, path in files.items():
        write_file(kind, shapes['net_g'], path)
    for kind, strict, key in itertools.product(files, (True, False), keys):
        lines = [f"pretrain_network_g = '{files[kind]}'", f'strict_load_g = {str(strict).lower()}']
        lines += [f'param_key_g = "{key}"'] if key else []
        name = f'{kind}-{"strict" if strict else "loose"}-{key}'
        found.append(write_options(folder, name, [files[kind]], path='\n'.join(lines)))
    return [*found, *_discriminators(folder, shapes['net_d'], files['exact']),
            *_others(folder, shapes, files)]  # fmt: skip


def _discriminators(folder: str, shapes: Dict[str, List[int]], of_g: str) -> List[Case]:
    found = []
    for kind, strict in itertools.product(('exact', 'both', 'half', 'generator', 'flat'), (1, 0)):
        path = os.path.join(folder, f'd-{kind}.pth')
        write_file(kind, shapes, path)
        lines = f"pretrain_network_g = '{of_g}'\npretrain_network_d = '{path}'\n"
        lines += f'strict_load_d = {"true" if strict else "false"}'
        found.append(
            write_options(
                folder, f'd-{kind}-{strict}', [of_g, path], path=lines,
                network_d=DISCRIMINATOR, train=WITH_DISCRIMINATOR,
            )
        )  # fmt: skip
    path = os.path.join(folder, 'd-exact.pth')
    lines = f"pretrain_network_d = '{path}'"
    return [*found, write_options(folder, 'd-without-network', [path], path=lines)]


def _others(
    folder: str, shapes: Dict[str, Dict[str, List[int]]], files: Dict[str, str]
) -> List[Case]:
    """What else decides a start: compile, swallowed options, folders, EMA, resume."""
    compiled, double = files['compiled'], os.path.join(folder, 'double.pth')
    last = {key: shapes['net_g'][key] for key in list(shapes['net_g'])[-2:]}  # of scale 2
    of_double = {key: [shape[0] // 4, *shape[1:]] for key, shape in last.items()}
    write_file('exact', {**shapes['net_g'], **of_double}, double)
    exact = f"pretrain_network_g = '{files['exact']}'"

    def case(name: str, path: str, used: str = files['exact'], **parts: Any) -> Case:
        return write_options(folder, name, [used], path=path, **parts)

    loose = f'{exact}\nstrict_load_g = false'
    found = [
        case('compile-plain-strict', exact, top='compile = true'),
        case('compile-plain-loose', loose, top='compile = true'),
        case('compile-own', f"pretrain_network_g = '{compiled}'", compiled, top='compile = true'),
        case('swallowed-strict', exact, network_g='type = "compact"\nnum_feats = 8'),
        case('swallowed-loose', loose, network_g='type = "compact"\nnum_feats = 8'),
        case('strict-text', f'{exact}\nstrict_load_g = "false"'),
        case('strict-text-half', f"pretrain_network_g = '{files['half']}'\nstrict_load_g = 'false'",
             files['half']),
        case('strict-number', f"pretrain_network_g = '{files['half']}'\nstrict_load_g = 0",
             files['half']),
        case('old-name', f"pretrain_model_g = '{files['exact']}'"),
        case('folder-named', "pretrain_model_g = 'weights/flat.pth'"),
        case('printed', f'{exact}\nprint_network = true'),
        case('other-scale-strict', f"pretrain_network_g = '{double}'", double),
        case('other-scale-loose', f"pretrain_network_g = '{double}'\nstrict_load_g = false",
             double),
        case('without-ema', exact, ema=-1),
        case('unknown-network', exact, network_g='type = "compacter"'),
        case('no-path-value', "pretrain_network_g = ''", ''),
        case('unknown-model', exact, model='imagine'),
        case('otf', exact, model='otf'),
    ]  # fmt: skip
    return found + _resumes(folder, shapes, files)


def _resumes(
    folder: str, shapes: Dict[str, Dict[str, List[int]]], files: Dict[str, str]
) -> List[Case]:
    found = []
    for name, lines in RESUMED.items():
        root = os.path.join(folder, 'experiments', name)
        weights = os.path.join(root, 'models', 'net_g_5.pth')
        path = f"pretrain_network_g = '{files['exact']}'\n{lines}"
        if 'half' in name:
            write_file('half', shapes['net_g'], weights)
        by_hand = 'by-hand' in name
        if by_hand:
            path += f"\nresume_state = '{os.path.join(root, 'training_states', '5.state')}'"
        used = [files['exact'], weights]
        found.append(write_options(folder, name, used, path=path, auto_resume=not by_hand))
    return found
