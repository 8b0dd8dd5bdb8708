"""The ten threads of docs/threads.md, made small, cured as the check says and really loaded."""

from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from typing import Any, Dict

import pytest

from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.workflow.checking.check import check
from basicsr_weightcheck.workflow.inspect import inspect
from tests.agreement.real_run import is_clean
from tests.failures.workbench import Bench, basicsr, first, found, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
RRDB = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'num_grow_ch': 4}
EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
EDVR = {
    'num_in_ch': 3, 'num_out_ch': 3, 'num_frame': 5, 'deformable_groups': 2, 'num_extract_block': 1,
    'num_reconstruct_block': 2, 'with_tsa': False,
}  # fmt: skip
SWINIR = {
    'upscale': 4, 'img_size': 16, 'window_size': 8, 'img_range': 1.0, 'embed_dim': 12,
    'mlp_ratio': 2, 'upsampler': 'pixelshuffle',
}  # fmt: skip
STYLEGAN = {'out_size': 64, 'num_style_feat': 8, 'num_mlp': 2, 'narrow': 0.02}
VSR = {'mid_channels': 16, 'num_blocks': 1}
MODELS = 'experiments/pretrained_models'
ARCHIVED = 'experiments/probe_archived_20250226_101500'


def stops(bench: Bench) -> str:
    """What the real training ends with."""
    error = bench.really_load()[-1].error
    assert error, 'this training does not stop'
    return error


def cured(bench: Bench) -> CheckReport:
    """The check of a training whose real load stops; its first cure is applied and really loads."""
    assert stops(bench) == 'RuntimeError'
    report = bench.check()
    assert report.verdict == 'change-options' and report.recommendation is not None
    assert report.recommendation.proof is not None and report.recommendation.proof.loads
    bench.apply(report)
    assert all(is_clean(call) for call in bench.really_load())
    assert bench.check().verdict == 'ready'
    return report


def edits(report: CheckReport) -> Dict[str, Any]:
    made = report.recommendation.edits if report.recommendation else ()
    return {edit.option: edit.after for edit in made}


@pytest.mark.failure(26, 'WC303')
def test_x2_weights_and_a_network_without_scale(bench: Bench) -> None:
    state = state_of('RRDBNet', scale=2, **RRDB)
    weights = bench.save({'params_ema': state}, 'RealESRGAN_x2plus.pth')
    path = {'pretrain_network_g': weights, 'param_key_g': 'params_ema'}
    bench.write(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True), scale=2)
    report = cured(bench)
    assert first(report) == 'WC303' and edits(report) == {'network_g.scale': 2}


@pytest.mark.failure(14, 'weights-*')
def test_the_yaml_names_another_file_than_the_guide(bench: Bench) -> None:
    right = f'{MODELS}/RealESRGAN_x4plus.pth'
    weights = bench.save({'params_ema': state_of('RRDBNet', **RRDB)}, right)
    other = state_of('UNetDiscriminatorSN', num_in_ch=3, num_feat=8)
    bench.save({'params': other}, f'{MODELS}/RealESRGAN_x4plus_netD.pth')
    path = {'pretrain_network_g': f'{MODELS}/RealESRNet_x4plus.pth', 'param_key_g': 'params_ema'}
    bench.write(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True))
    assert stops(bench) == 'FileNotFoundError'
    with pytest.raises(CheckpointError) as refused:
        check('train.yml')
    assert right in str(refused.value.advice)
    path['pretrain_network_g'] = weights
    bench.write(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True))
    assert bench.check().verdict == 'ready' and is_clean(bench.really_load()[0])


@pytest.mark.failure(25, 'WC309')
def test_one_class_was_trained_and_another_is_finetuned(bench: Bench) -> None:
    sizes = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 4}
    state = state_of('MSRResNet', upscale=4, **sizes)
    weights = bench.save({'params': state}, 'RRDB_PSNR_x4.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    bench.write(dict(sizes, type='RRDBNet', num_grow_ch=4), path)
    assert stops(bench) == 'RuntimeError'
    report = bench.check()
    assert (first(report), report.verdict) == ('WC309', 'wrong-checkpoint')
    assert report.recommendation is None  # RRDB blocks are in no file of a MSRResNet
    identity = inspect('RRDB_PSNR_x4.pth').identity
    assert identity is not None and identity.exact
    bench.write(dict(identity.options, type=identity.network_type), path)
    assert bench.check().verdict == 'ready' and is_clean(bench.really_load()[0])


@pytest.fixture
def made_with_gpu(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The weights of a class that builds one of its parts only where torch sees a GPU."""
    import torch

    basicsr()
    with monkeypatch.context() as there:
        there.setattr(torch.cuda, 'is_available', lambda: True)
        bench.save({'params': state_of('BasicVSRPlusPlus', **VSR)})
    return bench


def write_vsr(bench: Bench, num_gpu: int) -> None:
    path = {'pretrain_network_g': f'{bench.folder}/weights.pth', 'strict_load_g': True}
    section = dict(VSR, type='BasicVSRPlusPlus')
    bench.write(section, path, model_type='VideoRecurrentModel', num_gpu=num_gpu)


def test_a_training_on_gpus_is_checked_without_one(
    made_with_gpu: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the training's machine builds counts, not what this one would."""
    import torch

    write_vsr(made_with_gpu, 8)
    report = made_with_gpu.check()
    assert report.verdict == 'ready' and report.loads[0].is_complete
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    write_vsr(made_with_gpu, 0)  # on the CPU, as a GPU would do it
    assert is_clean(made_with_gpu.really_load()[0])


@pytest.mark.failure(34, 'WC310')
@pytest.mark.filterwarnings('ignore:Deformable alignment module is not added')
def test_a_training_without_gpu_builds_another_network(made_with_gpu: Bench) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip('with a GPU the network is the one that the file is of')
    write_vsr(made_with_gpu, 0)
    assert stops(made_with_gpu) == 'RuntimeError'
    report = made_with_gpu.check()
    assert first(report) == 'WC310' and report.loads[0].cause is not None
    assert report.loads[0].cause.needs_gpu
    assert dict(found(report, 'WC310').parameters)['advice'] == 'label:module-train-on-gpu'
    made_with_gpu.apply(report)
    (call,) = made_with_gpu.really_load()
    assert not call.error and not call.missing
    assert all(key.startswith('deform_align.') for key in call.unexpected)


@pytest.mark.failure(6, 'WC305')
def test_the_next_stage_is_wider(bench: Bench) -> None:
    state = state_of('EDVR', num_feat=8, **EDVR)
    weights = bench.save({'params': state}, 'EDVR_C64B10woTSA.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    bench.write(dict(EDVR, type='EDVR', num_feat=16), path, model_type='EDVRModel')
    report = cured(bench)
    assert first(report) == 'WC305' and edits(report) == {'network_g.num_feat': 8}


@pytest.mark.failure(8, 'resume-network-missing')
def test_a_resume_from_a_folder_that_was_renamed(bench: Bench) -> None:
    """The state lies in the archived folder; the networks are read from the one of `name:`."""
    import torch

    weights = state_of('EDSR', **EDSR)
    bench.save({'params': weights}, f'{ARCHIVED}/models/net_g_5000.pth')
    adam = torch.optim.Adam([torch.nn.Parameter(value.clone()) for value in weights.values()])
    state = {'epoch': 1, 'iter': 5000, 'optimizers': [adam.state_dict()]}
    state['schedulers'] = [OrderedDict(last_epoch=5000)]
    path = bench.save(state, f'{ARCHIVED}/training_states/5000.state')
    section = {'pretrain_network_g': None, 'strict_load_g': True, 'resume_state': path}
    bench.write(dict(EDSR, type='EDSR'), section, scale=2)
    with pytest.raises(CheckpointError) as refused:
        check('train.yml')
    advice = str(refused.value.advice)
    assert f'{ARCHIVED}/models/net_g_5000.pth' in advice
    asked = os.path.join('experiments', 'probe', 'models', 'net_g_5000.pth')
    assert asked in str(refused.value.what)
    really = dict(section, pretrain_network_g=asked)  # BasicSR's check_resume writes this
    bench.write(dict(EDSR, type='EDSR'), dict(really, resume_state=None), scale=2)
    assert stops(bench) == 'FileNotFoundError'
    os.makedirs(os.path.dirname(asked))
    shutil.copy(f'{ARCHIVED}/models/net_g_5000.pth', asked)
    assert is_clean(bench.really_load()[0])
    bench.write(dict(EDSR, type='EDSR'), section, scale=2)
    assert bench.check().loads[0].is_complete


@pytest.mark.failure(4, 'WC305')
def test_weights_of_the_second_stage_in_the_first(bench: Bench) -> None:
    """A class of a like name takes the file wholly; strict false would leave an encoder random."""
    weights = bench.save({'params': state_of('StageTwo')}, 'Deblurring-DiffIRS2.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    bench.write({'type': 'StageOne'}, path)
    report = cured(bench)
    assert first(report) == 'WC305' and edits(report) == {'network_g.type': 'StageTwo'}
    assert report.loads[0].alternative is not None  # strict false, to keep the network


@pytest.mark.failure(6, 'WC305')
def test_fewer_layers_and_the_table_left_out(bench: Bench) -> None:
    deep = {'depths': [2] * 6, 'num_heads': [2] * 6}
    weights = bench.save({'params': state_of('SwinIR', **SWINIR, **deep)}, 'SwinIR.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True, 'param_key_g': None}
    section = dict(SWINIR, type='SwinIR', depths=[2] * 4, num_heads=[2] * 4)
    bench.write(section, path, model_type='SwinIRModel')
    report = cured(bench)
    assert first(report) == 'WC305' and edits(report).pop('path.param_key_g') == 'params'
    assert edits(report)['network_g.depths'] == [2] * 6


@pytest.mark.failure(6, 'WC305')
def test_stylegan_of_another_width(bench: Bench) -> None:
    state = state_of('StyleGAN2Generator', channel_multiplier=1, **STYLEGAN)
    weights = bench.save({'params_ema': state}, 'StyleGAN2_C1.pth')
    path = {'pretrain_network_g': weights, 'param_key_g': 'params_ema'}
    section = dict(STYLEGAN, type='StyleGAN2Generator', channel_multiplier=2)
    bench.write(section, dict(path, strict_load_g=True))
    report = cured(bench)
    assert first(report) == 'WC305' and edits(report) == {'network_g.channel_multiplier': 1}


@pytest.mark.failure(6, 'WC305')
def test_weights_of_the_first_version_in_the_second(bench: Bench) -> None:
    """22.6 % would load without strict; the class of the first version is registered as well."""
    weights = bench.save({'params': state_of('Scanning')}, 'MambaIR-real.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    bench.write({'type': 'ScanningV2'}, path)
    report = cured(bench)
    assert first(report) == 'WC305' and edits(report) == {'network_g.type': 'Scanning'}


def test_a_class_of_a_like_name_that_does_not_fit_is_not_named(bench: Bench) -> None:
    state = state_of('Scanning', dim=12)
    weights = bench.save({'params': state})
    bench.write({'type': 'ScanningV2'}, {'pretrain_network_g': weights})
    report = bench.check()
    assert report.verdict == 'wrong-checkpoint' and report.recommendation is None


def test_a_constructor_that_works_on_the_gpu(bench: Bench) -> None:
    """There is none here: it is told so the second time."""
    weights = bench.save({'params': state_of('OnTheGpu')})
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    bench.write({'type': 'OnTheGpu'}, path, num_gpu=1)
    report = bench.check()
    assert report.verdict == 'ready' and report.loads[0].is_complete
