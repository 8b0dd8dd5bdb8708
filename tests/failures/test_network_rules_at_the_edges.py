"""The rules about the network on the command line, in a plug-in, and where they are quiet."""

from __future__ import annotations

import shutil
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.report.check.words import verdict_text
from tests.agreement.real_run import is_clean
from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
MSR = EDSR
RESTORMER = {'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1, 'heads': [1, 2, 4, 8]}


@pytest.mark.failure(6, 'WC305')
def test_the_command_names_the_width_and_corrects_the_yaml(with_toys: Training) -> None:
    state = state_of('Restormer', **RESTORMER, dim=48)
    path = with_toys.save({'params': state})
    with_toys.compose(
        dict(RESTORMER, type='Restormer', dim=32),
        {'pretrain_network_g': path, 'strict_load_g': True},
    )
    line = with_toys.yaml.read_text().splitlines().index('  dim: 32') + 1
    answer = with_toys.cured()
    (load,) = answer.loads
    assert answer.codes_of(0) == ['WC305'] and answer.found('WC305')['line'] == line
    told = f'with dim: 48, the options say dim: 32 (network_g, line {line})'
    assert told in answer.found('WC305')['message']
    assert load['strict'] == {
        'option': 'strict_load_g',
        'configured': True,
        'effective': True,
        'must_be_false': False,
        'recommended': True,
    }
    assert load['recommendation']['proof']['parameter_fraction'] == 1.0
    assert all(is_clean(call) for call in with_toys.really_load())


@pytest.mark.parametrize(
    'lang, word',
    [
        ('en', 'made with other options'),
        ('zh', '文件所用的网络选项不同'),
    ],
)
def test_it_is_explained(capfd: Any, lang: str, word: str) -> None:
    assert main(['explain', 'WC305', '--lang', lang]) == 0
    out = capfd.readouterr().out
    assert 'WC305 other-hyper-parameters' in out and word in out


def test_without_a_rehearsal_a_known_network_is_read_off_the_yaml(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    with_toys.compose(dict(EDSR, type='EDSR', num_feat=16), {'pretrain_network_g': path})
    answer = with_toys.check('--no-rehearsal')
    assert (answer.exit_code, len(answer.loads), answer.first()) == (1, 1, 'WC305')
    advice = answer.loads[0]['recommendation']
    assert [edit['to'] for edit in advice['edits']] == [8] and advice['proof'] is None


def test_a_torso_is_no_evidence_for_another_network(with_toys: Training) -> None:
    """Half of an MSRResNet reads as an EDSR with few blocks; too little for a start."""
    state = state_of('MSRResNet', **MSR)
    path = with_toys.save({'params': dict(list(state.items())[: len(state) // 2])})
    with_toys.compose(dict(MSR, type='MSRResNet'), {'pretrain_network_g': path})
    answer = with_toys.check()
    assert not {'WC305', 'WC303', 'WC309'} & set(answer.codes)
    assert answer.first() == 'WC201' and answer.loads[0]['strict']['must_be_false'] is True
    assert answer.recommendation is None and answer.verdict == 'wrong-checkpoint'


def test_one_missing_tensor_does_not_hide_the_width(with_toys: Training) -> None:
    state: Dict[str, Any] = dict(state_of('EDSR', **dict(EDSR, num_feat=16)))
    del state['conv_last.bias']
    path = with_toys.save({'params': state})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert answer.first() == 'WC305'
    assert answer.edits == {'network_g.num_feat': 16, 'path.strict_load_g': False}
    (call,) = with_toys.really_load()
    assert not call.error and call.missing == ['conv_last.bias']


def test_another_table_and_another_width_together(with_toys: Training) -> None:
    path = with_toys.save({'state_dict': state_of('EDSR', **dict(EDSR, num_feat=16)), 'epoch': 1})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    answer = with_toys.cured()
    assert 'WC305' in answer.codes
    assert answer.edits == {
        'network_g.num_feat': 16,
        'path.param_key_g': 'state_dict',
    }
    assert all(is_clean(call) for call in with_toys.really_load())


def test_lists_of_one_item_a_line_are_replaced(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('Restormer', **RESTORMER, dim=8)})
    section = dict(RESTORMER, type='Restormer', dim=8, num_blocks=[1, 2, 1, 1])
    with_toys.compose(section, {'pretrain_network_g': path})
    assert '  num_blocks:\n  - 1\n' in with_toys.yaml.read_text()
    assert with_toys.cured().edits == {'network_g.num_blocks': [1, 1, 1, 1]}
    assert '  num_blocks: [1, 1, 1, 1]\n' in with_toys.yaml.read_text()


COPY = """from basicsr.archs.discriminator_arch import UNetDiscriminatorSN as Original
from basicsr.utils.registry import ARCH_REGISTRY


@ARCH_REGISTRY.register()
class UNetDiscriminatorSN(Original):
    pass
"""


@pytest.mark.fires('WC224')
def test_a_class_that_a_plug_in_registers_too(with_toys: Training) -> None:
    """loaders.md, trap 6.15."""
    archs = with_toys.folder / 'mygan' / 'archs'
    archs.mkdir(parents=True)
    (archs.parent / '__init__.py').write_text('')
    (archs / '__init__.py').write_text('from mygan.archs import copy_arch\n')
    (archs / 'copy_arch.py').write_text(COPY)
    options = {'num_in_ch': 3, 'num_feat': 4}
    path = with_toys.save({'params': state_of('UNetDiscriminatorSN', **options)})
    with_toys.compose(dict(options, type='UNetDiscriminatorSN'), {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.facts('WC224') == {
        'name': 'UNetDiscriminatorSN',
        'built': 'mygan.archs.copy_arch.UNetDiscriminatorSN',
        'other': 'basicsr.archs.discriminator_arch.UNetDiscriminatorSN',
    }
    assert answer.verdict == 'ready'
    shutil.rmtree(archs.parent)
    assert 'WC224' not in with_toys.check().codes


@pytest.mark.fires('WC527')
def test_a_plug_in_that_cannot_be_imported_as_a_whole(with_toys: Training) -> None:
    archs = with_toys.folder / 'mysr' / 'archs'
    archs.mkdir(parents=True)
    (archs.parent / '__init__.py').write_text('from mysr.version import __version__\n')
    (archs / '__init__.py').write_text('from mysr.archs import small_arch\n')
    (archs / 'small_arch.py').write_text(COPY.replace('UNetDiscriminatorSN(', 'SmallSN('))
    options = {'num_in_ch': 3, 'num_feat': 4}
    path = with_toys.save({'params': state_of('UNetDiscriminatorSN', **options)})
    with_toys.compose(dict(options, type='SmallSN'), {'pretrain_network_g': path})
    answer = with_toys.check()
    facts = answer.facts('WC527')
    assert facts['package'] == 'mysr'
    assert facts['reason'] == "ModuleNotFoundError: No module named 'mysr.version'"
    # The training imports mysr to have SmallSN, and stops.
    assert (answer.found('WC527')['severity'], answer.verdict) == ('error', 'not-ready')
    assert 'mysr.version' in verdict_text(answer.report, 'en')
    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    answer = with_toys.check()
    assert (answer.found('WC527')['severity'], answer.verdict) == ('warning', 'ready')


def test_a_prefix_and_another_width_together(with_toys: Training) -> None:
    state = state_of('EDSR', **dict(EDSR, num_feat=16))
    path = with_toys.save({'params': {f'net_g.{key}': value for key, value in state.items()}})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    answer = with_toys.check()
    assert answer.first() == 'WC209' and 'WC305' in answer.codes
    assert 'WC201' not in answer.codes
    assert answer.verdict == 'convert'
    assert set(answer.edits) == {'network_g.num_feat', 'path.pretrain_network_g'}
    proof = answer.recommendation['proof']
    assert proof['loads'] and proof['parameter_fraction'] == 1.0


@pytest.mark.parametrize('tables', [('params', 'params_ema'), ('params',)])
def test_net_g_ema_needs_no_conversion_for_another_width(with_toys: Training, tables: Any) -> None:
    state = state_of('EDSR', **dict(EDSR, num_feat=16))
    path = with_toys.save({table: dict(state) for table in tables})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    answer = with_toys.cured()
    assert [answer.first(0), answer.first(1)] == ['WC305', 'WC305']
    assert answer.edits == {'network_g.num_feat': 16}
    assert [is_clean(call) for call in with_toys.really_load()] == [True, True]


def test_net_g_ema_needs_no_conversion_for_a_missing_layer(with_toys: Training) -> None:
    state = dict(state_of('EDSR', **EDSR))
    del state['conv_last.bias']
    path = with_toys.save({'params': state, 'params_ema': dict(state)})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    assert with_toys.cured().edits == {'path.strict_load_g': False}
    assert [call.error for call in with_toys.really_load()] == ['', '']
