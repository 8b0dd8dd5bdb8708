"""The folder in which the commands of the documentation are run: a clone after `make demo`.

The weights are those of small networks, saved in the places and the form in which BasicSR saves
them; the numbers of keys are those of the demo's own files.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

from tests.compare.conftest import filled
from tests.helpers import HANG_S, ROOT
from tests.hook.conftest import OPTIONS, SCRIPT, make_images

DEMO = {'dim': 16, 'num_blocks': (2, 2, 2, 2), 'num_refinement_blocks': 2}
EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
MODELS = 'experiments/weightcheck_mdta/models'
HERE = re.compile(
    r'python (?:scripts/check_pretrain\.py|-m basicsr_weightcheck (check|scan|inspect|explain))'
    r'( [^|<>;&$*`\'"\n]*)(?:> (\S+))?'
)
SHIMS = {
    'python': 'exec "{python}" -W ignore "$@"',
    'basicsr-weightcheck': 'exec "{python}" -W ignore -m basicsr_weightcheck "$@"',
}


def furnish(folder: Path) -> None:
    """Write everything that a page of the documentation names."""
    for name in ('scripts', 'options'):
        shutil.copytree(str(ROOT / name), str(folder / name))
    make_images(folder / 'images')
    for name in ('gt', 'lq'):  # the demo restores images of the same size
        shutil.copytree(str(folder / 'images/gt'), str(folder / 'demo_work/images' / name))
    values: Dict[str, Any] = {
        'name': 'my_training', 'weights': 'edsr.pth', 'strict': 'true', 'ema': 0, 'feat': 8,
        'tensorboard': 'false', 'wandb': '~', 'extra': 'weightcheck: {repair_imports: true}',
    }  # fmt: skip
    for path in ('train.yml', 'options/train/my_training.yml'):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(OPTIONS.format(**values), encoding='utf-8')
    for name in ('docs', 'basicsr'):
        (folder / name).mkdir()
    (folder / 'basicsr/train.py').write_text(SCRIPT.format(first=''))
    _write_weights(folder)
    _write_shims(folder / '.bin')


def copy_of(furnished: Path, folder: Path) -> Path:
    """The same files in another place; weights, which nothing changes, are hard links."""
    shutil.copytree(str(furnished), str(folder), copy_function=_link_or_copy)
    return folder


def run_in_shell(command: str, folder: Path, lang: str) -> Tuple[int, str]:
    """Run one command as a reader of the page would; its exit code, and all that it printed."""
    paths = (str(folder / '.bin'), os.environ.get('PATH', ''))
    environment = {
        **os.environ,
        'PATH': os.pathsep.join(paths),
        'PYTHONPATH': str(ROOT),
        'WEIGHTCHECK_LANG': lang,
        'CUDA_VISIBLE_DEVICES': '',
    }
    done = subprocess.run(
        ['bash', '-c', command],
        cwd=str(folder),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding='utf-8',
        timeout=HANG_S,
    )
    return done.returncode, done.stdout


def words_for_here(command: str) -> Tuple[List[str], str]:
    """Words of a command that this process can run itself, and the file that takes its output.

    A check in a process of its own imports torch anew; here it takes a warm child. Without words
    the command needs a shell.
    """
    found = HERE.fullmatch(command)
    if found is None:
        return [], ''
    name, rest, target = found.groups()
    return [name or 'check', *shlex.split(rest, comments=True)], target or ''


def _write_weights(folder: Path) -> None:
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer
    from tests.agreement.conftest import RepairedBasicsr

    network = Restormer(**DEMO)
    mdta = filled(network.state_dict(), 7)
    tuned = {key: value + (1e-3 if 'attn' in key else 0) for key, value in mdta.items()}
    hta = filled(Restormer(**DEMO, attn_types=['HTA'] * 4).state_dict(), 11)
    edsr = RepairedBasicsr().build_network(dict(EDSR, type='EDSR')).state_dict()
    adam = torch.optim.Adam(network.parameters()).state_dict()
    state = {'epoch': 0, 'iter': 4, 'optimizers': [adam], 'schedulers': [{'last_epoch': 4}]}
    for name, content in {
        f'{MODELS}/net_g_4.pth': {'params': mdta},
        f'{MODELS}/net_g_latest.pth': {'params': mdta},
        f'{MODELS}/../training_states/4.state': state,
        'experiments/weightcheck_ema/models/net_g_5000.pth': {'params': mdta, 'params_ema': tuned},
        'experiments/weightcheck_hta_fixed/models/net_g_latest.pth': {'params': hta},
        'demo_work/mdta_flat.pth': mdta,
        'demo_work/mdta_prefixed.pth': {'params': {f'net_g.{k}': v for k, v in mdta.items()}},
        'experiments/edsr_x2/models/net_g_5000.pth': {'params': edsr},
        'edsr.pth': {'params': edsr},
        'model.pth': {'params': mdta},
        'mdta.pth': {'params': mdta},
        'hta.pth': {'params': hta},
        'base.pth': {'params': mdta},
        'net_g_latest.pth': {'params': tuned, 'params_ema': mdta},
        'a.pth': {'params': mdta},
        'A.pth': {f'module.{key}': value for key, value in mdta.items()},
        'b.pth': {'params': tuned},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, str(path))
    # BasicSR copies the YAML of a training beside its weights.
    shutil.copy(str(ROOT / 'options/train_restormer_mdta.yml'), str(folder / MODELS / os.pardir))
    whole = (folder / MODELS / 'net_g_latest.pth').read_bytes()
    (folder / 'demo_work/cut.pth').write_bytes(whole[: len(whole) // 2])


def _write_shims(folder: Path) -> None:
    """`python` and the installed program, as an activated environment has them."""
    folder.mkdir()
    for name, text in SHIMS.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\n{text.format(python=sys.executable)}\n')
        path.chmod(0o755)


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith('.pth'):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
