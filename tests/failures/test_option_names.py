"""Classes 37 and 42: options that nobody reads, and values that mean something else."""

from __future__ import annotations

import shutil
from typing import Any, Dict

import pytest

from tests.agreement.real_run import is_clean
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def doubled(state: State) -> State:
    return {key: value * 2 for key, value in state.items()}


def scale_of(training: Training) -> float:
    """One value of the loaded network."""
    return float(training.model().net_g.scale.detach())


def without_last(state: State) -> State:
    return {key: value for key, value in state.items() if 'conv_last' not in key}


@pytest.mark.fires('WC404')
@pytest.mark.failure(37, 'WC404')
def test_param_key_g_in_a_restormer_yaml(restormer: Training, cleaner: State) -> None:
    """Silent trap 3: params is loaded although params_ema was asked for."""
    restormer.save({'params': cleaner, 'params_ema': doubled(cleaner)})
    restormer.change(
        '  resume_state', '  param_key_g: params_ema  # the published ones\n  resume_state'
    )
    assert scale_of(restormer) == float(cleaner['scale'])
    answer = restormer.cured()
    assert answer.first_of_training == 'WC404'
    assert answer.edits == {'path.param_key': 'params_ema'}
    assert '  param_key: params_ema  # the published ones\n' in restormer.yaml.read_text()
    assert scale_of(restormer) == 2 * float(cleaner['scale'])


@pytest.mark.failure(37, 'WC404')
def test_param_key_in_a_basicsr_yaml(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights, 'params_ema': doubled(weights)})
    basicsr.change('  resume_state', '  param_key: params_ema\n  resume_state')
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC404'
    assert answer.edits == {'path.param_key_g': 'params_ema'}
    assert basicsr.check().loads[0]['param_key']['used'] == 'params_ema'
    assert all(is_clean(call) for call in basicsr.really_load())


@pytest.mark.fires('WC405')
@pytest.mark.failure(37, 'WC405')
@pytest.mark.parametrize('name', ['pretrain_model_G', 'pretrained_network_g', 'pretrain_netwrok_g'])
def test_a_weight_path_that_nobody_reads(basicsr: Training, weights: State, name: str) -> None:
    """os.makedirs stops at the file: that is the symptom, and it is left out."""
    basicsr.save({'params': weights})
    basicsr.change('pretrain_network_g', name)
    assert basicsr.really_load() == []
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC405' and 'WC502' not in answer.codes
    assert answer.edits == {'path.pretrain_network_g': 'weights.pth'}
    (call,) = basicsr.really_load()
    assert is_clean(call)


def make_folders(training: Training) -> None:
    """The real step of a training before its loads."""
    from basicsr.utils.misc import make_exp_dirs

    options = training.options()
    options['path']['experiments_root'] = str(training.experiment)
    make_exp_dirs(options)


@pytest.mark.fires('WC502')
@pytest.mark.failure(37, 'WC502')
@pytest.mark.parametrize('line, error', [
    ('pretrain_model_g: ~', TypeError), ('my_number: 3', TypeError),
    ('notes: weights.pth', FileExistsError),
])  # fmt: skip
def test_an_option_that_stops_the_training_before_its_loads(
    basicsr: Training, weights: State, line: str, error: Any
) -> None:
    basicsr.save({'params': weights})
    basicsr.change('  resume_state', f'  {line}\n  resume_state')
    with pytest.raises(error):
        make_folders(basicsr)
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC502'
    (edit,) = answer.recommendation['edits']
    assert (edit['option'], edit['removed']) == (f'path.{line.split(":")[0]}', True)
    make_folders(basicsr)
    shutil.rmtree(basicsr.experiment)
    assert basicsr.check().verdict == 'ready'
    (call,) = basicsr.really_load()
    assert is_clean(call)


@pytest.mark.fires('WC511')
@pytest.mark.parametrize('line, error', [
    ('model_type: SRModl', KeyError), ('model_type: [SRModel]', TypeError), ('', KeyError),
    ('model_type: BaseModel', KeyError),
])  # fmt: skip
def test_no_other_model_stands_in_for_one_that_nobody_has(
    basicsr: Training, weights: State, line: str, error: Any
) -> None:
    basicsr.save({'params': weights})
    basicsr.change('model_type: SRModel', line)
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (2, 'could-not-check')
    assert error.__name__ in str(answer.of_training)
    assert answer.loads[0]['coverage']['parameters']['fraction'] == 1  # as predicted
    from basicsr.models import build_model  # imported, and repaired, by the training

    with pytest.raises(error):
        build_model(basicsr.options())


@pytest.mark.parametrize('nested', [True, False])
def test_an_empty_table_option_of_another_framework(
    restormer: Training, cleaner: State, nested: bool
) -> None:
    """Renamed it would end the training all the same: it is taken out."""
    restormer.save({'params': cleaner} if nested else cleaner)
    restormer.change('  resume_state', '  param_key_g: ~\n  resume_state')
    answer = restormer.cured() if nested else restormer.check()
    assert answer.verdict == ('change-options' if nested else 'convert')
    assert answer.first_of_training == 'WC502' and 'WC404' not in answer.codes
    changes = answer.recommendation['edits']
    assert [one['option'] for one in changes if one.get('removed')] == ['path.param_key_g']
    assert not [one for one in changes if one['option'] == 'path.param_key']
    if nested:
        assert all(is_clean(call) for call in restormer.really_load())


def test_the_folder_of_a_table_option_is_only_mentioned(
    restormer: Training, cleaner: State
) -> None:
    restormer.save({'params_ema': cleaner})
    restormer.change('  resume_state', '  param_key: params_ema\n  resume_state')
    answer = restormer.check('--fail-on', 'warning')
    finding = answer.found('WC502')
    assert (finding['severity'], finding['parameters']['cure']) == ('info', 'label:stray-leave')
    assert answer.recommendation is None


@pytest.mark.failure(37, 'WC405')
@pytest.mark.parametrize('name', ['strict_load', 'strict_loadg'])
def test_a_strict_option_that_nobody_reads(basicsr: Training, weights: State, name: str) -> None:
    basicsr.save({'params': without_last(weights)})
    basicsr.change('strict_load_g: true', f'{name}: false')
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC405'
    assert answer.edits == {'path.strict_load_g': False}
    (call,) = basicsr.really_load()
    assert (call.error, call.missing) == ('', ['conv_last.weight', 'conv_last.bias'])


def test_options_of_other_networks_are_left_alone(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    others = ('pretrain_network_d: ~', 'strict_load_d: false', 'param_key_g: params', 'root: .')
    basicsr.change('  resume_state', ''.join(f'  {one}\n' for one in others) + '  resume_state')
    answer = basicsr.check()
    assert answer.exit_code == 0 and not {'WC404', 'WC405', 'WC407'} & set(answer.codes)


@pytest.mark.fires('WC401')
@pytest.mark.failure(42, 'WC401')
@pytest.mark.parametrize('value', ["'false'", 'flase', "'no'", '"0"'])
def test_a_text_that_reads_as_false(basicsr: Training, weights: State, value: str) -> None:
    basicsr.save({'params': without_last(weights)})
    basicsr.change('strict_load_g: true', f'strict_load_g: {value}')
    assert basicsr.really_load()[0].error == 'RuntimeError'
    answer = basicsr.cured()
    assert answer.first() == 'WC401' and 'WC201' not in answer.codes
    assert answer.edits == {'path.strict_load_g': False}
    assert basicsr.really_load()[0].error == ''


@pytest.mark.fires('WC408')
@pytest.mark.failure(42, 'WC408')
@pytest.mark.parametrize('value', ['', '~', "''"])
def test_a_blank_value_hides_what_does_not_fit(
    basicsr: Training, weights: State, value: str
) -> None:
    """Silent trap 1."""
    basicsr.save({'params': without_last(weights)})
    basicsr.change('strict_load_g: true', f'strict_load_g: {value}')
    assert basicsr.really_load()[0].error == ''
    answer = basicsr.cured()
    assert answer.first() == 'WC408' and 'WC204' not in answer.codes
    assert answer.edits == {'path.strict_load_g': False}
    (call,) = basicsr.really_load()
    assert (call.error, call.missing) == ('', ['conv_last.weight', 'conv_last.bias'])


@pytest.mark.parametrize('value, code', [
    pytest.param("'true'", 'WC402', marks=pytest.mark.fires('WC402')),
    ('', 'WC408'), ('0', 'WC402'), ('no', 'WC411'), ('on', ''),
])  # fmt: skip
def test_odd_values_of_a_load_that_fits(
    basicsr: Training, weights: State, value: str, code: str
) -> None:
    basicsr.save({'params': weights})
    basicsr.change('strict_load_g: true', f'strict_load_g: {value}')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict, answer.first()) == (0, 'ready', code)
    assert answer.recommendation is None


@pytest.mark.fires('WC526')
@pytest.mark.parametrize('line, reason', [
    ('pretrain_model_g: gone.pth', 'FileNotFoundError'), ('strict_load: false', 'loads nothing'),
])  # fmt: skip
def test_a_rename_that_cannot_be_proven_says_why(basicsr: Training, line: str, reason: str) -> None:
    basicsr.change('pretrain_network_g: weights.pth', line)
    basicsr.change('  strict_load_g: true\n', '')
    answer = basicsr.check()
    assert answer.exit_code == 1 and answer.first_of_training == 'WC405'
    assert reason in answer.found('WC526')['message']


def test_a_proven_rename_is_quiet(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.change('pretrain_network_g', 'pretrain_model_g')
    assert 'WC526' not in basicsr.check().codes


OWN_MODEL = """
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY

@MODEL_REGISTRY.register()
class Teacher(SRModel):
    def __init__(self, opt):
        self.teacher = opt['path'].get('pretrain_model_g')
        super().__init__(opt)
"""


def test_an_option_that_an_own_model_reads_is_no_mistake(
    basicsr: Training, weights: State, own_child: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (basicsr.folder / 'teacher_model.py').write_text(OWN_MODEL)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.save({'params': weights})
    basicsr.change('model_type: SRModel', 'model_type: Teacher')
    basicsr.change('pretrain_network_g', 'pretrain_model_g')
    answer = basicsr.check('--import', 'teacher_model')
    assert 'WC405' not in answer.codes and answer.edits == {}


LATE_MODEL = """
from basicsr.models.sr_model import SRModel
from basicsr.utils.registry import MODEL_REGISTRY

@MODEL_REGISTRY.register()
class Late(SRModel):
    def __init__(self, opt):
        super().__init__(opt)
        self.teacher = opt['path']['pretrain_model_d']
        self.rate = opt['train']['rate']
"""


def test_what_stands_behind_a_stop_is_neither_unread_nor_proven(
    basicsr: Training, weights: State, own_child: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first load stops; behind it the class reads one option, and lacks another."""
    (basicsr.folder / 'late_model.py').write_text(LATE_MODEL)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    basicsr.save({'params': without_last(weights)})
    basicsr.change('model_type: SRModel', 'model_type: Late')
    others = '  pretrain_model_d: d\n  pretrain_network_1: e\n'
    basicsr.change('  resume_state', f'{others}  resume_state')
    answer = basicsr.check('--import', 'late_model')
    assert answer.exit_code == 1 and 'WC405' not in answer.codes
    assert answer.edits == {'path.strict_load_g': False}
    assert not answer.recommendation['proof']['loads']
    assert 'KeyError' in answer.found('WC510')['message']


@pytest.mark.fires('WC413')
@pytest.mark.failure(42, 'WC413')
@pytest.mark.parametrize('name, meant', [
    ('path.pretrain_network_g', 'path:pretrain_network_g'),
    ('pretrain_network_g', 'path:pretrain_network_g'), ('network_g.num_feat', 'network_g:num_feat'),
])  # fmt: skip
def test_force_yml_with_a_dot_for_a_colon(
    basicsr: Training, weights: State, name: str, meant: str
) -> None:
    """BasicSR makes a top-level option of the whole name, and starts on what the YAML says."""
    basicsr.save({'params': weights})
    answer = basicsr.check('--force_yml', f'{name}=other.pth')
    assert answer.exit_code == 0 and answer.loads[0]['checkpoint']['path'] == 'weights.pth'
    finding = answer.found('WC413')
    assert (finding['severity'], finding['line']) == ('warning', 0)
    assert finding['parameters'] == {'option': name, 'meant': meant}


def test_force_yml_may_make_an_option(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    for entry in ('path:param_key_g=params', 'auto_resume=false', 'network_g:num_feat=8'):
        assert 'WC413' not in basicsr.check('--force_yml', entry).codes, entry


@pytest.mark.parametrize('entry', ['path:strict_loadg=false', 'path:folder=~'])
def test_an_option_of_force_yml_has_no_line_to_edit(
    basicsr: Training, weights: State, entry: str
) -> None:
    """The edit is named, no diff of the file is made, and nothing ends with a traceback."""
    basicsr.save({'params': weights})
    basicsr.change('  strict_load_g: true\n', '')
    answer = basicsr.check('--force_yml', entry)
    assert answer.exit_code == 1 and answer.verdict == 'change-options'
    assert {'WC405', 'WC502'} & set(answer.codes)


@pytest.mark.fires('WC411')
@pytest.mark.failure(42, 'WC411')
def test_strict_could_be_true_is_said_once(basicsr: Training, weights: State) -> None:
    """net_g and net_g_ema share the option; it is no advice where one of them would stop."""
    basicsr.save({'params': weights, 'params_ema': weights})
    basicsr.change('strict_load_g: true', 'strict_load_g: false')
    basicsr.change('ema_decay: 0', 'ema_decay: 0.9')
    answer = basicsr.check()
    assert len(answer.loads) == 2 and answer.codes.count('WC411') == 1
    basicsr.save({'params': weights, 'params_ema': without_last(weights)})
    assert 'WC411' not in basicsr.check().codes
    basicsr.change('strict_load_g: false', 'strict_load_g: true')
    assert [call.error for call in basicsr.really_load()] == ['', 'RuntimeError']


def test_a_blank_value_is_shown_as_blank(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.change('strict_load_g: true', 'strict_load_g:')
    for lang, word in (('en', 'strict_load_g: blank'), ('zh', 'strict_load_g: 留空')):
        printed = basicsr.prints('--no-report', '--details', '--lang', lang).out
        assert word in printed and 'None' not in printed.split('WC408')[0]
