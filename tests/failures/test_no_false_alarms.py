"""Good checkpoints: every network of basicsr 1.4.2, both layouts, three containers; no alarm.

What is allowed: notes, the findings that the import of basicsr had to be repaired here and that
there are two copies of it, and for safetensors files that the loader cannot read them.
"""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.records.findings import INFO
from tests.agreement import legacy_layout
from tests.failures.all_networks import ALL
from tests.training import Answer, Training, repaired_basicsr, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

ENVIRONMENT = ('WC504', 'WC506')
CONTAINER = 'WC1'


def alarms(answer: Answer) -> List[str]:
    """Codes of errors and warnings, without those of this environment."""
    return [
        one['code']
        for one in answer.findings
        if one['severity'] != INFO and one['code'] not in ENVIRONMENT
    ]


def save_as(container: str, training: Training, state: Dict[str, Any]) -> str:
    if container == 'safetensors':
        from safetensors.torch import save_file

        path = str(training.folder / 'weights.safetensors')
        save_file({key: value.contiguous().clone() for key, value in state.items()}, path)
        return path
    import torch

    path = str(training.folder / f'{container}.pth')
    is_zip = container == 'torch-zip'
    tables = {'params': state, 'params_ema': {k: v.clone() for k, v in state.items()}}
    torch.save(tables, path, _use_new_zipfile_serialization=is_zip)
    return path


@pytest.mark.parametrize('network', sorted(ALL))
def test_a_good_checkpoint_of_every_network(with_toys: Training, network: str) -> None:
    state = state_of(network, **ALL[network])
    for container in ('torch-zip', 'torch-legacy', 'safetensors'):
        path = save_as(container, with_toys, state)
        with_toys.compose(
            dict(ALL[network], type=network),
            {'pretrain_network_g': path, 'strict_load_g': True},
            ema_decay=0.999,
        )
        answer = with_toys.check()
        if container == 'safetensors':
            assert all(code.startswith(CONTAINER) for code in alarms(answer)), container
        else:
            assert (alarms(answer), answer.verdict) == ([], 'ready'), container


def test_every_class_that_builds_here_is_in_the_list() -> None:
    repaired_basicsr()
    from basicsr.utils.registry import ARCH_REGISTRY

    left_out = {'VGGFeatureExtractor', 'DFDNet'}
    names = {
        name.replace('_basicsr', '')
        for name, one in ARCH_REGISTRY
        if one.__module__.startswith('basicsr.')
    }
    assert names - left_out == set(ALL) - {'Restormer'}


@pytest.mark.parametrize('network', sorted(legacy_layout.NETWORKS))
def test_a_good_checkpoint_in_the_older_layout(restormer: Training, network: str) -> None:
    import torch

    section = dict(legacy_layout.NETWORKS[network], type=network)
    path = restormer.save({'params': {}})
    restormer.compose(section, {'pretrain_network_g': path}, ema_decay=0.999)
    spec = restormer.check().report.loads[0].network
    assert spec is not None
    state = {one.key: torch.zeros(one.shape) for one in spec.tensors}
    for container in ('torch-zip', 'torch-legacy'):
        path = save_as(container, restormer, state)
        options = {'pretrain_network_g': path, 'strict_load_g': True}
        restormer.compose(section, options, ema_decay=0.999)
        answer = restormer.check()
        assert (alarms(answer), answer.verdict) == ([], 'ready'), container
