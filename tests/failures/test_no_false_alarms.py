"""Good checkpoints: every network of basicsr 1.4.2, both layouts, three containers; no alarm.

What is allowed: notes, the findings that the import of basicsr had to be repaired here and that
there are two copies of it, and for safetensors files that the loader cannot read them.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List

import pytest

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement import legacy_layout
from tests.failures.all_networks import ALL
from tests.failures.workbench import Bench, basicsr, state_of  # noqa: F401

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

ENVIRONMENT = ('WC504', 'WC506')
CONTAINER = 'WC1'


def alarms(report: CheckReport) -> List[str]:
    """Codes of errors and warnings, without those of this environment."""
    return [
        one.code
        for one in report.all_findings
        if one.severity != INFO and one.code not in ENVIRONMENT
    ]


def save_as(container: str, bench: Bench, state: Dict[str, Any]) -> str:
    if container == 'safetensors':
        from safetensors.torch import save_file

        path = str(bench.folder / 'weights.safetensors')
        save_file({key: value.contiguous().clone() for key, value in state.items()}, path)
        return path
    import torch

    path = str(bench.folder / f'{container}.pth')
    is_zip = container == 'torch-zip'
    tables = {'params': state, 'params_ema': {k: v.clone() for k, v in state.items()}}
    torch.save(tables, path, _use_new_zipfile_serialization=is_zip)
    return path


@pytest.mark.parametrize('network', sorted(ALL))
def test_a_good_checkpoint_of_every_network(
    bench: Bench,
    network: str,
) -> None:
    state = state_of(network, **ALL[network])
    for container in ('torch-zip', 'torch-legacy', 'safetensors'):
        path = save_as(container, bench, state)
        bench.write(
            dict(ALL[network], type=network),
            {'pretrain_network_g': path, 'strict_load_g': True},
            ema_decay=0.999,
        )
        report = bench.check()
        if container == 'safetensors':
            assert all(code.startswith(CONTAINER) for code in alarms(report)), container
        else:
            assert (alarms(report), report.verdict) == ([], 'ready'), container


def test_every_class_that_builds_here_is_in_the_list() -> None:
    basicsr()
    from basicsr.utils.registry import ARCH_REGISTRY

    left_out = {'VGGFeatureExtractor', 'DFDNet'}
    names = {
        name.replace('_basicsr', '')
        for name, one in ARCH_REGISTRY
        if one.__module__.startswith('basicsr.')
    }
    assert names - left_out == set(ALL) - {'Restormer'}


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A repository of the layout of Restormer."""
    folder = legacy_layout.write_repository(str(tmp_path_factory.mktemp('older')), '')
    framework = find_framework(f'{folder}/x.yml', folder)
    with Stage(framework, (), folder, 300.0, repair_imports=True) as stage:
        yield stage


@pytest.mark.parametrize('network', sorted(legacy_layout.NETWORKS))
def test_a_good_checkpoint_in_the_older_layout(
    bench: Bench,
    older: Stage,
    network: str,
) -> None:
    import torch

    section = dict(legacy_layout.NETWORKS[network], type=network)
    more = {'model_type': 'ImageCleanModel', 'ema_decay': 0.999}
    path = bench.save({'params': {}})
    bench.write(section, {'pretrain_network_g': path}, **more)
    spec = bench.check(older).loads[0].network
    assert spec is not None
    state = {one.key: torch.zeros(one.shape) for one in spec.tensors}
    for container in ('torch-zip', 'torch-legacy'):
        path = save_as(container, bench, state)
        bench.write(section, {'pretrain_network_g': path, 'strict_load_g': True}, **more)
        report = bench.check(older)
        assert (alarms(report), report.verdict) == ([], 'ready'), container
