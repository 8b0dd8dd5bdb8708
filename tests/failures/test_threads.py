"""The ten threads of docs/threads.md, made small, cured as the check says and really loaded."""

from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from typing import Any

import pytest

from basicsr_weightcheck.workflow.inspect import inspect
from tests.agreement.real_run import is_clean
from tests.training import Answer, Training, repaired_basicsr, state_of

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


def stops(training: Training) -> str:
    """What the real training ends with."""
    error = training.really_load()[-1].error
    assert error, 'this training does not stop'
    return error


def cured(training: Training) -> Answer:
    """The check of a training whose real load stops; its first cure is applied and really loads."""
    assert stops(training) == 'RuntimeError'
    answer = training.cured()
    assert answer.verdict == 'change-options'
    assert all(is_clean(call) for call in training.really_load())
    assert training.check().verdict == 'ready'
    return answer


def refused(training: Training) -> Any:
    error = training.refused()
    assert error['error'] == 'WeightsMissingError'
    return error


@pytest.mark.failure(26, 'WC303')
def test_x2_weights_and_a_network_without_scale(with_toys: Training) -> None:
    state = state_of('RRDBNet', scale=2, **RRDB)
    weights = with_toys.save({'params_ema': state}, 'RealESRGAN_x2plus.pth')
    path = {'pretrain_network_g': weights, 'param_key_g': 'params_ema'}
    with_toys.compose(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True), scale=2)
    answer = cured(with_toys)
    assert answer.first() == 'WC303' and answer.edits == {'network_g.scale': 2}


@pytest.mark.failure(14, 'weights-*')
def test_the_yaml_names_another_file_than_the_guide(with_toys: Training) -> None:
    right = f'{MODELS}/RealESRGAN_x4plus.pth'
    weights = with_toys.save({'params_ema': state_of('RRDBNet', **RRDB)}, right)
    other = state_of('UNetDiscriminatorSN', num_in_ch=3, num_feat=8)
    with_toys.save({'params': other}, f'{MODELS}/RealESRGAN_x4plus_netD.pth')
    path = {'pretrain_network_g': f'{MODELS}/RealESRNet_x4plus.pth', 'param_key_g': 'params_ema'}
    with_toys.compose(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True))
    assert stops(with_toys) == 'FileNotFoundError'
    assert right in refused(with_toys)['advice']
    path['pretrain_network_g'] = weights
    with_toys.compose(dict(RRDB, type='RRDBNet'), dict(path, strict_load_g=True))
    assert with_toys.check().verdict == 'ready' and is_clean(with_toys.really_load()[0])


@pytest.mark.failure(25, 'WC309')
def test_one_class_was_trained_and_another_is_finetuned(with_toys: Training) -> None:
    sizes = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 4}
    state = state_of('MSRResNet', upscale=4, **sizes)
    weights = with_toys.save({'params': state}, 'RRDB_PSNR_x4.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    with_toys.compose(dict(sizes, type='RRDBNet', num_grow_ch=4), path)
    assert stops(with_toys) == 'RuntimeError'
    answer = with_toys.check()
    assert (answer.first(), answer.verdict) == ('WC309', 'wrong-checkpoint')
    assert answer.recommendation is None  # RRDB blocks are in no file of a MSRResNet
    identity = inspect('RRDB_PSNR_x4.pth').identity
    assert identity is not None and identity.exact
    with_toys.compose(dict(identity.options, type=identity.network_type), path)
    assert with_toys.check().verdict == 'ready' and is_clean(with_toys.really_load()[0])


@pytest.fixture
def made_with_gpu(with_toys: Training, monkeypatch: pytest.MonkeyPatch) -> Training:
    """The weights of a class that builds one of its parts only where torch sees a GPU."""
    import torch

    repaired_basicsr()
    with monkeypatch.context() as there:
        there.setattr(torch.cuda, 'is_available', lambda: True)
        with_toys.save({'params': state_of('BasicVSRPlusPlus', **VSR)})
    return with_toys


def write_vsr(training: Training, num_gpu: int) -> None:
    path = {'pretrain_network_g': f'{training.folder}/weights.pth', 'strict_load_g': True}
    section = dict(VSR, type='BasicVSRPlusPlus')
    training.compose(section, path, model_type='VideoRecurrentModel', num_gpu=num_gpu)


def test_a_training_on_gpus_is_checked_without_one(
    made_with_gpu: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the training's machine builds counts, not what this one would."""
    import torch

    write_vsr(made_with_gpu, 8)
    answer = made_with_gpu.check()
    assert answer.verdict == 'ready' and answer.report.loads[0].is_complete
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    write_vsr(made_with_gpu, 0)  # on the CPU, as a GPU would do it
    assert is_clean(made_with_gpu.really_load()[0])


@pytest.mark.failure(34, 'WC310')
@pytest.mark.filterwarnings('ignore:Deformable alignment module is not added')
def test_a_training_without_gpu_builds_another_network(made_with_gpu: Training) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip('with a GPU the network is the one that the file is of')
    write_vsr(made_with_gpu, 0)
    assert stops(made_with_gpu) == 'RuntimeError'
    answer = made_with_gpu.cured()
    cause = answer.report.loads[0].cause
    assert answer.first() == 'WC310' and cause is not None and cause.needs_gpu
    assert answer.facts('WC310')['advice'] == 'label:module-train-on-gpu'
    (call,) = made_with_gpu.really_load()
    assert not call.error and not call.missing
    assert all(key.startswith('deform_align.') for key in call.unexpected)


@pytest.mark.failure(6, 'WC305')
def test_the_next_stage_is_wider(with_toys: Training) -> None:
    state = state_of('EDVR', num_feat=8, **EDVR)
    weights = with_toys.save({'params': state}, 'EDVR_C64B10woTSA.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    with_toys.compose(dict(EDVR, type='EDVR', num_feat=16), path, model_type='EDVRModel')
    answer = cured(with_toys)
    assert answer.first() == 'WC305' and answer.edits == {'network_g.num_feat': 8}


@pytest.mark.failure(8, 'resume-network-missing')
def test_a_resume_from_a_folder_that_was_renamed(with_toys: Training) -> None:
    """The state lies in the archived folder; the networks are read from the one of `name:`."""
    import torch

    weights = state_of('EDSR', **EDSR)
    with_toys.save({'params': weights}, f'{ARCHIVED}/models/net_g_5000.pth')
    adam = torch.optim.Adam([torch.nn.Parameter(value.clone()) for value in weights.values()])
    state = {'epoch': 1, 'iter': 5000, 'optimizers': [adam.state_dict()]}
    state['schedulers'] = [OrderedDict(last_epoch=5000)]
    path = with_toys.save(state, f'{ARCHIVED}/training_states/5000.state')
    section = {'pretrain_network_g': None, 'strict_load_g': True, 'resume_state': path}
    with_toys.compose(dict(EDSR, type='EDSR'), section, scale=2)
    error = refused(with_toys)
    assert f'{ARCHIVED}/models/net_g_5000.pth' in error['advice']
    asked = os.path.join('experiments', 'probe', 'models', 'net_g_5000.pth')
    assert asked in error['what']
    really = dict(section, pretrain_network_g=asked)  # BasicSR's check_resume writes this
    with_toys.compose(dict(EDSR, type='EDSR'), dict(really, resume_state=None), scale=2)
    assert stops(with_toys) == 'FileNotFoundError'
    os.makedirs(os.path.dirname(asked))
    shutil.copy(f'{ARCHIVED}/models/net_g_5000.pth', asked)
    assert is_clean(with_toys.really_load()[0])
    with_toys.compose(dict(EDSR, type='EDSR'), section, scale=2)
    assert with_toys.check().report.loads[0].is_complete


@pytest.mark.failure(4, 'WC305')
def test_weights_of_the_second_stage_in_the_first(with_toys: Training) -> None:
    """A class of a like name takes the file wholly; strict false would leave an encoder random."""
    weights = with_toys.save({'params': state_of('StageTwo')}, 'Deblurring-DiffIRS2.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    with_toys.compose({'type': 'StageOne'}, path)
    answer = cured(with_toys)
    assert answer.first() == 'WC305' and answer.edits == {'network_g.type': 'StageTwo'}
    assert answer.report.loads[0].alternative.is_needed  # strict false, to keep the network


@pytest.mark.failure(6, 'WC305')
def test_fewer_layers_and_the_table_left_out(with_toys: Training) -> None:
    deep = {'depths': [2] * 6, 'num_heads': [2] * 6}
    weights = with_toys.save({'params': state_of('SwinIR', **SWINIR, **deep)}, 'SwinIR.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True, 'param_key_g': None}
    section = dict(SWINIR, type='SwinIR', depths=[2] * 4, num_heads=[2] * 4)
    with_toys.compose(section, path, model_type='SwinIRModel')
    answer = cured(with_toys)
    assert answer.first() == 'WC305' and answer.edits.pop('path.param_key_g') == 'params'
    assert answer.edits['network_g.depths'] == [2] * 6


@pytest.mark.failure(6, 'WC305')
def test_stylegan_of_another_width(with_toys: Training) -> None:
    state = state_of('StyleGAN2Generator', channel_multiplier=1, **STYLEGAN)
    weights = with_toys.save({'params_ema': state}, 'StyleGAN2_C1.pth')
    path = {'pretrain_network_g': weights, 'param_key_g': 'params_ema'}
    section = dict(STYLEGAN, type='StyleGAN2Generator', channel_multiplier=2)
    with_toys.compose(section, dict(path, strict_load_g=True))
    answer = cured(with_toys)
    assert answer.first() == 'WC305' and answer.edits == {'network_g.channel_multiplier': 1}


@pytest.mark.failure(6, 'WC305')
def test_weights_of_the_first_version_in_the_second(with_toys: Training) -> None:
    """22.6 % would load without strict; the class of the first version is registered as well."""
    weights = with_toys.save({'params': state_of('Scanning')}, 'MambaIR-real.pth')
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    with_toys.compose({'type': 'ScanningV2'}, path)
    answer = cured(with_toys)
    assert answer.first() == 'WC305' and answer.edits == {'network_g.type': 'Scanning'}


def test_a_class_of_a_like_name_that_does_not_fit_is_not_named(with_toys: Training) -> None:
    state = state_of('Scanning', dim=12)
    weights = with_toys.save({'params': state})
    with_toys.compose({'type': 'ScanningV2'}, {'pretrain_network_g': weights})
    answer = with_toys.check()
    assert answer.verdict == 'wrong-checkpoint' and answer.recommendation is None


def test_a_constructor_that_works_on_the_gpu(with_toys: Training) -> None:
    """There is none here: it is told so the second time."""
    weights = with_toys.save({'params': state_of('OnTheGpu')})
    path = {'pretrain_network_g': weights, 'strict_load_g': True}
    with_toys.compose({'type': 'OnTheGpu'}, path, num_gpu=1)
    answer = with_toys.check()
    assert answer.verdict == 'ready' and answer.report.loads[0].is_complete
