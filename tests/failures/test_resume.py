"""Classes 8, 34, 38, 40 and the state files of 18: what a resume reads, and what it replaces."""

from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.report.check.words import verdict_text
from basicsr_weightcheck.workflow.checking import resume_state
from tests.agreement.real_run import is_clean
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


@pytest.fixture(autouse=True)
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resume without a GPU always stops; that is class 34, and the others are about the rest."""
    monkeypatch.setattr(resume_state, 'has_gpu', lambda version: True)


@pytest.fixture
def interrupted(basicsr: Training, weights: State) -> Training:
    """A training that stopped after 500 iterations, and other weights beside it."""
    leave(basicsr, basicsr.experiment, weights)
    basicsr.save({'params': weights})
    return basicsr


def leave(training: Training, experiment: Path, weights: State, **more: Any) -> None:
    """What BasicSR's own save and save_training_state leave behind at iteration 500."""
    models, states = (str(experiment / name) for name in ('models', 'training_states'))
    model_class = training.model_class
    model = model_class.__new__(model_class)
    model.opt = {'path': {'models': models, 'training_states': states}, 'rank': 0}
    model.optimizers, model.schedulers = [optimizer_of(weights)], []
    state = {'epoch': 1, 'iter': 500, 'optimizers': [model.optimizers[0].state_dict()]}
    state.update(schedulers=[OrderedDict(last_epoch=500)], **more)
    training.save({'params': weights}, f'{experiment}/models/net_g_500.pth')
    training.save(state, f'{experiment}/training_states/500.state')


def optimizer_of(weights: State) -> Any:
    """An Adam with a state, as after an iteration."""
    import torch

    parameters = [torch.nn.Parameter(value.clone()) for value in weights.values()]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer = torch.optim.Adam(parameters)
    optimizer.step()
    return optimizer


def resume(training: Training, state: str = '') -> None:
    path = state or 'experiments/probe/training_states/500.state'
    training.change('resume_state: ~', f'resume_state: {path}')


def really_resume(training: Training, monkeypatch: pytest.MonkeyPatch) -> Any:
    """BasicSR's own load_resume_state and resume_training, with a CPU in place of the GPU."""
    import torch
    from basicsr.train import load_resume_state

    monkeypatch.setattr(torch.cuda, 'current_device', lambda: 0)
    monkeypatch.setattr(torch.UntypedStorage, 'cuda', lambda self, *_: self)
    options = training.options()
    options['auto_resume'] = False
    options['path'].update(models='experiments/probe/models')
    state = load_resume_state(options)
    model = training.model_class(options)
    model.resume_training(state)
    return model


def test_a_good_resume_is_quiet(interrupted: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted.change('  pretrain_network_g: weights.pth\n', '')
    resume(interrupted)
    answer = interrupted.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    trouble = {f'WC{number}' for number in range(513, 526)} | {'WC217', 'WC503'}
    assert not trouble & set(answer.codes)
    assert answer.codes.count('WC528') == 1 and answer.recommendation is None
    really_resume(interrupted, monkeypatch)


@pytest.mark.fires('WC528')
@pytest.mark.failure(40, 'WC528')
@pytest.mark.parametrize('value', ['~', ''])
def test_a_resume_is_one_line_of_information(interrupted: Training, value: str) -> None:
    interrupted.change('pretrain_network_g: weights.pth', f'pretrain_network_g: {value}')
    resume(interrupted)
    answer = interrupted.check()
    said = [one for one in answer.of_training if one['code'] not in ('WC504', 'WC506')]
    assert [(one['code'], one['severity']) for one in said] == [('WC528', 'info')]
    assert answer.verdict == 'ready' and answer.recommendation is None
    assert said[0]['message'].count('net_g_500.pth') == 1


def test_options_that_the_run_was_not_made_with_are_restored(
    interrupted: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is sound: it gets its network back, no other name and no new optimizer."""
    interrupted.change('num_block: 2', 'num_block: 3')
    resume(interrupted)
    answer = interrupted.cured()
    assert answer.edits == {'network_g.num_block': 2}
    assert 'WC517' in answer.codes
    really_resume(interrupted, monkeypatch)


@pytest.mark.fires('WC217')
@pytest.mark.failure(8, 'WC217')
def test_a_state_as_weights(interrupted: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted.change('weights.pth', 'experiments/probe/training_states/500.state')
    assert interrupted.really_load()[0].error == 'KeyError'
    answer = interrupted.cured()
    assert answer.first() == 'WC217' and 'WC205' not in answer.codes
    assert answer.edits == {
        'path.pretrain_network_g': None,
        'path.resume_state': 'experiments/probe/training_states/500.state',
    }
    really_resume(interrupted, monkeypatch)


def test_a_state_without_its_weights_has_no_cure(basicsr: Training, weights: State) -> None:
    leave(basicsr, basicsr.experiment, weights)
    (basicsr.experiment / 'models' / 'net_g_500.pth').unlink()
    basicsr.change('weights.pth', 'experiments/probe/training_states/500.state')
    answer = basicsr.check()
    assert answer.exit_code == 1 and answer.first() == 'WC217' and answer.recommendation is None


@pytest.mark.fires('WC514')
@pytest.mark.failure(8, 'WC514')
@pytest.mark.parametrize('named', [True, False])
def test_weights_as_a_state(
    basicsr: Training, weights: State, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    basicsr.save({'params': weights}, 'net_g_500.pth')
    basicsr.save({'params': weights})
    resume(basicsr, 'net_g_500.pth')
    if not named:
        basicsr.change('  pretrain_network_g: weights.pth\n', '')
    with pytest.raises(KeyError, match='iter'):
        really_resume(basicsr, monkeypatch)
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC514'
    path = {} if named else {'path.pretrain_network_g': 'net_g_500.pth'}
    assert answer.edits == {'path.resume_state': None, **path}
    (call,) = basicsr.really_load()
    assert is_clean(call)


@pytest.mark.fires('WC513')
@pytest.mark.failure(8, 'WC513')
def test_a_state_that_is_not_there(interrupted: Training) -> None:
    resume(interrupted, 'experiments/probe/training_states/50.state')
    answer = interrupted.check()
    assert answer.exit_code == 1 and answer.first_of_training == 'WC513'
    assert answer.facts('WC513')['nearest'] == 'experiments/probe/training_states/500.state'
    interrupted.change('50.state', '500.state')
    assert interrupted.check().exit_code == 0


@pytest.mark.fires('WC515')
@pytest.mark.failure(8, 'WC515')
@pytest.mark.parametrize('content', [b'', b'<html>', b'PK\x03\x04'])
def test_a_state_that_is_none(interrupted: Training, content: bytes) -> None:
    resume(interrupted)
    (interrupted.experiment / 'training_states' / '500.state').write_bytes(content)
    answer = interrupted.check()
    assert answer.exit_code == 1 and answer.first_of_training == 'WC515'
    interrupted.change('resume_state: experiments', 'resume_state: ~ #')
    assert 'WC515' not in interrupted.check().codes


@pytest.mark.failure(8, 'resume-network-missing')
def test_the_weights_of_the_state_are_gone(interrupted: Training) -> None:
    """Restormer_LLIE saves net_g_500_27.3.pth and looks for net_g_500.pth."""
    resume(interrupted)
    models = interrupted.experiment / 'models'
    (models / 'net_g_500.pth').rename(models / 'net_g_500_27.3.pth')
    error = interrupted.refused()
    assert error['code'] == 'resume-network-missing'
    assert 'net_g_500.pth' in error['what'] and '500.state' in error['what']
    assert 'net_g_500_27.3.pth' in error['advice']
    assert 'resume_state out' not in error['advice']


@pytest.mark.fires('WC516')
@pytest.mark.failure(8, 'WC516')
def test_the_iteration_is_read_from_the_file(
    interrupted: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = interrupted.experiment / 'training_states'
    (states / '500.state').rename(states / '9000.state')
    resume(interrupted, 'experiments/probe/training_states/9000.state')
    answer = interrupted.check('--fail-on', 'warning')
    assert answer.exit_code == 1 and 'WC516' in [one['code'] for one in answer.of_training]
    assert answer.loads[0]['checkpoint']['path'].endswith('net_g_500.pth')
    really_resume(interrupted, monkeypatch)


@pytest.mark.fires('WC517')
@pytest.mark.failure(38, 'WC517')
def test_an_optimizer_of_another_network(
    interrupted: Training, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights were edited to fit, the optimizer was not."""
    fewer = {key: value for key, value in weights.items() if 'conv_last' not in key}
    leave(interrupted, interrupted.experiment, fewer)
    interrupted.save({'params': weights}, 'experiments/probe/models/net_g_500.pth')
    resume(interrupted)
    with pytest.raises(ValueError, match='parameter group'):
        really_resume(interrupted, monkeypatch)
    answer = interrupted.cured()
    assert answer.first_of_training == 'WC517'
    facts = answer.facts('WC517')
    assert (facts['expected'], facts['found']) == (len(weights), len(fewer))
    assert answer.edits == {
        'name': 'probe_2',
        'path.resume_state': None,
        'path.pretrain_network_g': 'experiments/probe/models/net_g_500.pth',
    }
    (call,) = interrupted.really_load()
    assert is_clean(call)


def test_shapes_of_a_resumed_network_are_checked_too(interrupted: Training, weights: State) -> None:
    fewer = {key: value for key, value in weights.items() if 'conv_last' not in key}
    leave(interrupted, interrupted.experiment, fewer)
    resume(interrupted)
    answer = interrupted.check()
    assert answer.exit_code == 1
    assert (answer.first(), answer.first_of_training) == ('WC310', 'WC517')


@pytest.mark.fires('WC519')
@pytest.mark.failure(38, 'WC519')
def test_a_state_of_another_stage(interrupted: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted.change('model_type: SRModel', 'model_type: SRGANModel')
    network = 'network_d: {type: UNetDiscriminatorSN, num_in_ch: 3, num_feat: 4}'
    interrupted.change('path:\n', f'{network}\npath:\n  ignore_resume_networks: [network_d]\n')
    interrupted.change(
        '  pixel_opt',
        '  optim_d: {type: Adam, lr: 0.0001}\n'
        '  gan_opt: {type: GANLoss, gan_type: vanilla, loss_weight: 0.1}\n  pixel_opt',
    )
    resume(interrupted)
    with pytest.raises(AssertionError, match='Wrong lengths of optimizers'):
        really_resume(interrupted, monkeypatch)
    answer = interrupted.cured()
    assert answer.first_of_training == 'WC519'
    assert is_clean(interrupted.really_load()[0])


@pytest.mark.fires('WC518')
@pytest.mark.failure(18, 'WC518')
def test_numpy_values_in_a_state(
    interrupted: Training, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retinexformer keeps its best metric so, Restormer_LLIE the random states."""
    import numpy

    best = {'best_metric': {'psnr': numpy.float64(27.3)}}
    leave(interrupted, interrupted.experiment, weights, **best)
    resume(interrupted)
    with pytest.raises(Exception, match='numpy'):
        really_resume(interrupted, monkeypatch)
    answer = interrupted.cured()
    assert answer.first_of_training == 'WC518'
    assert 'numpy' in answer.found('WC518')['message']
    assert 'weights_only=False' not in str(answer.json)
    assert is_clean(interrupted.really_load()[0])


@pytest.mark.fires('WC520')
@pytest.mark.failure(34, 'WC520')
def test_a_resume_without_a_gpu(interrupted: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    from basicsr.train import load_resume_state

    monkeypatch.setattr(resume_state, 'has_gpu', lambda version: False)
    resume(interrupted)
    with pytest.raises((AssertionError, RuntimeError)):
        load_resume_state(interrupted.options())
    for number in ('0', '1'):
        interrupted.change('num_gpu: 0', f'num_gpu: {number}')
        answer = interrupted.check('--fail-on', 'error')
        assert answer.found('WC520')['severity'] == 'warning' and answer.recommendation is None
        assert (answer.exit_code, answer.verdict) == (0, 'ready')
        assert (
            'a resume needs a GPU' in verdict_text(answer.report, 'en').partition('Look first')[2]
        )


def test_a_state_that_would_run_code(interrupted: Training) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return os.mkdir, ('called',)

    resume(interrupted)
    interrupted.save({'iter': 1, 'optimizers': [], 'schedulers': Attack()},
                     'experiments/probe/training_states/500.state')  # fmt: skip
    answer = interrupted.check()
    assert answer.exit_code == 1 and answer.first_of_training == 'WC515'
    assert 'mkdir' in answer.found('WC515')['message'] and not os.path.exists('called')


def test_weights_from_a_gpu_load_without_one(
    basicsr: Training, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said of the tags: load_network maps them to the CPU."""
    import torch

    monkeypatch.setattr(torch.serialization, 'location_tag', lambda storage: 'cuda:0')
    basicsr.save({'params': weights})
    monkeypatch.undo()
    monkeypatch.chdir(basicsr.folder)
    assert b'cuda:0' in Path('weights.pth').read_bytes()
    assert basicsr.really_load()[0].error == ''


@pytest.mark.fires('WC503')
@pytest.mark.failure(40, 'WC503')
def test_auto_resume_replaces_the_weights(interrupted: Training) -> None:
    """Silent trap 5."""
    answer = interrupted.check('--auto_resume', '--fail-on', 'warning')
    assert answer.exit_code == 1 and answer.first_of_training == 'WC503'
    assert answer.loads[0]['checkpoint']['path'].endswith('net_g_500.pth')
    interrupted.change('name: probe', 'name: probe_fresh')
    answer = interrupted.check('--auto_resume')
    assert 'WC503' not in answer.codes
    assert answer.loads[0]['checkpoint']['path'] == 'weights.pth'


def leave_in_repository(restormer: Training, weights: State) -> Path:
    """States where the search looks (the working directory), weights where the code lies."""
    experiment = restormer.folder.parent / 'experiments' / restormer.experiment.name
    leave(restormer, experiment, weights)
    states = restormer.experiment / 'training_states'
    states.parent.mkdir(parents=True)
    (experiment / 'training_states').rename(states)
    return experiment


@pytest.mark.fires('WC522')
def test_restormer_resumes_without_being_asked(restormer: Training, cleaner: State) -> None:
    restormer.save({'params': cleaner})
    leave_in_repository(restormer, cleaner)
    restormer.change('  resume_state', '  param_key: params_ema\n  resume_state')
    answer = restormer.check('--apply')
    assert answer.exit_code == 0 and answer.recommendation['proof']['loads'] is True
    assert {'WC503', 'WC522'} <= set(answer.codes) and 'WC524' not in answer.codes
    assert answer.loads[0]['checkpoint']['path'].endswith('net_g_500.pth')
    assert answer.edits == {'path.param_key': 'params'}
    answer = restormer.check()
    assert 'WC503' in answer.codes and 'WC522' not in answer.codes


@pytest.mark.fires('WC524')
@pytest.mark.failure(40, 'WC524')
def test_states_that_the_search_does_not_find(restormer: Training, cleaner: State) -> None:
    restormer.save({'params': cleaner})
    experiment = leave_in_repository(restormer, cleaner)
    (restormer.experiment / 'training_states').rename(experiment / 'training_states')
    answer = restormer.check()
    errors = [one['code'] for one in answer.of_training if one['severity'] == 'error']
    assert (answer.exit_code, answer.verdict) == (1, 'not-ready') and errors == ['WC524']
    restormer.change(f'name: {experiment.name}', f'name: {experiment.name}_fresh')
    assert 'WC524' not in restormer.check().codes


@pytest.mark.fires('WC521')
@pytest.mark.failure(40, 'WC521')
def test_the_wrong_name_keeps_no_network(
    interrupted: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted.save({'params': {key: value * 0 for key, value in edsr(interrupted).items()}})
    resume(interrupted)
    interrupted.change('  resume_state', '  ignore_resume_networks: [g]\n  resume_state')
    assert first_value(really_resume(interrupted, monkeypatch)) != 0
    answer = interrupted.cured()
    assert answer.first_of_training == 'WC521'
    assert answer.edits == {'path.ignore_resume_networks': ['network_g']}
    assert first_value(really_resume(interrupted, monkeypatch)) == 0


def edsr(training: Training) -> State:
    import torch

    content: State = torch.load('weights.pth')
    return dict(content['params'])


def first_value(model: Any) -> float:
    return float(model.net_g.conv_first.bias.detach()[0])


@pytest.mark.fires('WC501')
@pytest.mark.failure(40, 'WC501')
def test_weights_in_the_folder_that_is_archived(interrupted: Training) -> None:
    interrupted.change('weights.pth', 'experiments/probe/models/net_g_500.pth')
    answer = interrupted.check()
    assert answer.first_of_training == 'WC501' and answer.recommendation is None
    # To go on or to begin: who knows.
    assert (answer.exit_code, answer.verdict) == (1, 'change-options')
    shutil.rmtree(interrupted.experiment / 'training_states')  # nothing to go on with
    answer = interrupted.cured()
    assert answer.first_of_training == 'WC501' and answer.edits == {'name': 'probe_2'}
    answer = interrupted.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')


@pytest.mark.fires('WC523')
@pytest.mark.failure(40, 'WC523')
@pytest.mark.parametrize('name', ['best.state', '500_copy.state'])
def test_a_stray_state(interrupted: Training, weights: State, name: str) -> None:
    stray = interrupted.experiment / 'training_states' / name
    stray.write_bytes(b'')
    from basicsr.train import load_resume_state

    options = dict(interrupted.options(), auto_resume=True)
    with pytest.raises(ValueError):
        load_resume_state(options)
    answer = interrupted.check('--auto_resume')
    assert answer.exit_code == 1 and answer.first_of_training == 'WC523'
    stray.unlink()
    answer = interrupted.check('--auto_resume')
    assert answer.exit_code == 0 and 'WC523' not in answer.codes


@pytest.mark.fires('WC525')
@pytest.mark.failure(40, 'WC525')
def test_auto_resume_does_not_read_resume_state(interrupted: Training) -> None:
    states = interrupted.experiment / 'training_states'
    (states / '500.state').rename(interrupted.folder / '500.state')
    resume(interrupted, '500.state')
    answer = interrupted.check('--auto_resume')
    assert answer.exit_code == 1 and answer.first_of_training == 'WC525'
    answer = interrupted.check()
    assert answer.exit_code == 0 and 'WC525' not in answer.codes


def test_a_sound_state_is_never_given_up() -> None:
    """Only words about a state that cannot be used speak of leaving it out or of another name."""
    from basicsr_weightcheck.messages.words.refusals import WORDS
    from basicsr_weightcheck.rules.catalog import RULES

    said = {rule.code: rule.said('do', 'en') for rule in RULES}
    said.update({code: text for code, (text, _) in WORDS.items() if code.startswith('resume')})
    gives_up = {code for code, text in said.items()
                if 'resume_state out' in text or 'another name:' in text}  # fmt: skip
    assert gives_up == {'WC513', 'WC514', 'WC515', 'WC517', 'WC518', 'WC519'}
