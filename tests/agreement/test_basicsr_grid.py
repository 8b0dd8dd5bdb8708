"""The check and the real basicsr 1.4.2 must agree on every load call of a grid of cases.

The real side runs the model's own constructor on real tensors; the check's side is the child
process on weightless ones, and the pure-Python prediction. Every disagreement is a bug here.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.checkpoints import (
    EMA,
    KEYS,
    KINDS,
    LIKE_OTHERS,
    STRICT,
    WITHOUT_KEY,
    Cell,
    cells,
    write_checkpoint,
)  # fmt: skip
from tests.agreement.comparison import compare_calls, compare_predictions, read_or_nothing
from tests.agreement.networks import NETWORKS
from tests.agreement.real_run import run_real_training_start

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

# It has buffers, and meets every kind of file under every option.
WHOLE = 'VGGStyleDiscriminator'


def cells_of(network: str, kind: str) -> Iterator[Cell]:
    return cells(kind, None if network == WHOLE else sorted(NETWORKS).index(network))


def test_every_question_is_asked_of_several_networks() -> None:
    """And every network of every kind of file, about half of them with `strict`."""
    asked = Counter(
        (kind, *cell) for network in NETWORKS for kind in KINDS for cell in cells_of(network, kind)
    )
    assert len(asked) == len(KINDS) * len(STRICT) * len(KEYS) * len(EMA)
    stricts: Dict[Tuple[str, bool], int] = Counter()
    for (kind, strict, key, _), count in asked.items():
        stricts[kind, strict] += count
        if kind not in LIKE_OTHERS and (key or kind in WITHOUT_KEY):
            assert count >= (2 if kind in WITHOUT_KEY else 4), (kind, strict, key)
    others = [kind for kind in KINDS if kind not in LIKE_OTHERS]
    assert all(stricts[kind, strict] >= 9 for kind in others for strict in STRICT)
    assert all(any(cells_of(network, kind)) for network in NETWORKS for kind in others)


def make_options(
    network: str, path: str, strict: bool, key: Any, ema_decay: float
) -> Dict[str, Any]:
    return {
        'name': 'grid',
        'model_type': 'SRModel',
        'scale': 4,
        'num_gpu': 0,
        'manual_seed': 0,
        'datasets': {'train': {'name': 'none', 'type': 'PairedImageDataset'}},
        'network_g': dict(NETWORKS[network], type=network),
        'path': {
            'pretrain_network_g': path,
            'strict_load_g': strict,
            'param_key_g': key,
            'resume_state': None,
        },
        'train': {
            'ema_decay': ema_decay,
            'optim_g': {'type': 'Adam', 'lr': 1e-4, 'betas': [0.9, 0.99]},
            'scheduler': {'type': 'MultiStepLR', 'milestones': [10], 'gamma': 0.5},
            'total_iter': 4,
            'warmup_iter': -1,
            'pixel_opt': {'type': 'L1Loss', 'loss_weight': 1.0, 'reduction': 'mean'},
        },
        'logger': {'print_freq': 1, 'save_checkpoint_freq': 10},
    }


@pytest.fixture(scope='module')
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp('stage')
    framework = find_framework(str(folder / 'train.yml'), str(folder))
    with Stage(framework, (), str(folder), 600.0, repair_imports=True) as opened:
        yield opened


@pytest.mark.parametrize('network', sorted(NETWORKS))
def test_check_and_framework_agree(
    network: str, tmp_path: Any, stage: Stage, repaired_basicsr: Any
) -> None:
    state = repaired_basicsr.build(network).state_dict()
    disagreements: List[str] = []
    for kind in KINDS:
        path = str(tmp_path / f'{kind}.pth')
        write_checkpoint(kind, state, path)
        for strict, key, ema in cells_of(network, kind):
            options = make_options(network, path, strict, key, ema)
            case = f'{network}/{kind}/strict={strict}/key={key}/ema={ema}'
            disagreements += compare_case(case, options, stage, repaired_basicsr)
        os.remove(path)
    assert not disagreements, '\n'.join(disagreements[:30])


def compare_case(case: str, options: Dict[str, Any], stage: Stage, basicsr: Any) -> List[str]:
    """The disagreements of one case: rehearsal against reality, prediction against reality."""
    real = run_real_training_start(basicsr.sr_model, basicsr.training_options(options))
    path = options['path']['pretrain_network_g']
    headers = read_or_nothing(path)
    plan = read_plan(OptionFile('grid.yml', '', options), stage.framework, os.getcwd())
    rehearsal = stage.rehearse(options, headers, plan)
    if rehearsal.failure:
        return [f'{case}: rehearsal failed: {rehearsal.failure} {rehearsal.failure_message}']
    found = compare_calls(case, real, rehearsal.loads)
    if headers and headers[path].container != 'safetensors':
        found += compare_predictions(case, real, rehearsal.loads, headers[path], True)
    return found
