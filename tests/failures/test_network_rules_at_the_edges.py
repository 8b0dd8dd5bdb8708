"""The rules about the network on the command line, in a plug-in, and where they are quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.archs import REGISTER
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.report.check.words import verdict_text
from tests.agreement.real_run import is_clean
from tests.failures.workbench import Bench, codes, first, found, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
MSR = EDSR
RESTORMER = {'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1, 'heads': [1, 2, 4, 8]}


@pytest.mark.failure(6, 'WC305')
def test_the_command_names_the_width_and_corrects_the_yaml(
    bench: Bench,
    capfd: Any,
) -> None:
    state = state_of('Restormer', **RESTORMER, dim=48)
    path = bench.save({'params': state})
    bench.write(
        dict(RESTORMER, type='Restormer', dim=32),
        {'pretrain_network_g': path, 'strict_load_g': True},
    )
    with open(bench.path, encoding='utf-8') as file:
        line = [text.strip() for text in file].index('dim: 32') + 1
    words = ['check', '-opt', bench.path, '--format', 'json', '--apply']
    assert main([*words, '--import', REGISTER]) == 1
    document = json.loads(capfd.readouterr().out)
    (load,) = document['loads']
    assert [finding['code'] for finding in load['findings']] == ['WC305']
    assert (
        f'with dim: 48, the options say dim: 32 (network_g, line {line})'
        in (load['findings'][0]['message'])
    )
    assert load['findings'][0]['line'] == line
    assert load['strict'] == {
        'option': 'strict_load_g',
        'configured': True,
        'effective': True,
        'must_be_false': False,
        'recommended': True,
    }
    assert load['recommendation']['proof']['parameter_fraction'] == 1.0
    assert all(is_clean(call) for call in bench.really_load())


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


def test_without_a_rehearsal_a_known_network_is_read_off_the_yaml(
    bench: Bench,
    capfd: Any,
) -> None:
    path = bench.save({'params': state_of('EDSR', **EDSR)})
    bench.write(dict(EDSR, type='EDSR', num_feat=16), {'pretrain_network_g': path})
    assert main(['check', '-opt', bench.path, '--format', 'json', '--no-rehearsal']) == 1
    (load,) = json.loads(capfd.readouterr().out)['loads']
    assert load['findings'][0]['code'] == 'WC305'
    assert [edit['to'] for edit in load['recommendation']['edits']] == [8]
    assert load['recommendation']['proof'] is None


def test_a_torso_is_no_evidence_for_another_network(bench: Bench) -> None:
    """Half of an MSRResNet reads as an EDSR with few blocks; too little for a start."""
    state = state_of('MSRResNet', **MSR)
    path = bench.save({'params': dict(list(state.items())[: len(state) // 2])})
    bench.write(dict(MSR, type='MSRResNet'), {'pretrain_network_g': path})
    report = bench.check()
    assert not {'WC305', 'WC303', 'WC309'} & set(codes(report))
    assert first(report) == 'WC201' and report.loads[0].must_be_false is True
    assert report.recommendation is None and report.verdict == 'wrong-checkpoint'


def test_one_missing_tensor_does_not_hide_the_width(bench: Bench) -> None:
    state: Dict[str, Any] = dict(state_of('EDSR', **dict(EDSR, num_feat=16)))
    del state['conv_last.bias']
    path = bench.save({'params': state})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    report = bench.check()
    assert first(report) == 'WC305'
    assert bench.apply(report) == {'network_g.num_feat': 16, 'path.strict_load_g': False}
    (call,) = bench.really_load()
    assert not call.error and call.missing == ['conv_last.bias']


def test_another_table_and_another_width_together(bench: Bench) -> None:
    path = bench.save({'state_dict': state_of('EDSR', **dict(EDSR, num_feat=16)), 'epoch': 1})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    report = bench.check()
    assert 'WC305' in codes(report)
    assert bench.apply(report) == {
        'network_g.num_feat': 16,
        'path.param_key_g': 'state_dict',
    }
    assert all(is_clean(call) for call in bench.really_load())


def test_lists_of_one_item_a_line_are_replaced(bench: Bench) -> None:
    path = bench.save({'params': state_of('Restormer', **RESTORMER, dim=8)})
    section = dict(RESTORMER, type='Restormer', dim=8, num_blocks=[1, 2, 1, 1])
    bench.write(section, {'pretrain_network_g': path})
    text = Path(bench.path).read_text()
    assert '  num_blocks:\n  - 1\n' in text
    edits = bench.apply(bench.check())
    assert edits == {'network_g.num_blocks': [1, 1, 1, 1]}
    assert '  num_blocks: [1, 1, 1, 1]\n' in Path(bench.path).read_text()


COPY = """from basicsr.archs.discriminator_arch import UNetDiscriminatorSN as Original
from basicsr.utils.registry import ARCH_REGISTRY


@ARCH_REGISTRY.register()
class UNetDiscriminatorSN(Original):
    pass
"""


@pytest.mark.fires('WC224')
def test_a_class_that_a_plug_in_registers_too(bench: Bench) -> None:
    """loaders.md, trap 6.15."""
    archs = bench.folder / 'mygan' / 'archs'
    archs.mkdir(parents=True)
    (archs.parent / '__init__.py').write_text('')
    (archs / '__init__.py').write_text('from mygan.archs import copy_arch\n')
    (archs / 'copy_arch.py').write_text(COPY)
    options = {'num_in_ch': 3, 'num_feat': 4}
    path = bench.save({'params': state_of('UNetDiscriminatorSN', **options)})
    bench.write(dict(options, type='UNetDiscriminatorSN'), {'pretrain_network_g': path})
    framework = find_framework(bench.path, str(bench.folder))
    with Stage(framework, (), str(bench.folder), 300.0, repair_imports=True) as stage:
        report = bench.check(stage)
    assert dict(found(report, 'WC224').parameters) == {
        'name': 'UNetDiscriminatorSN',
        'built': 'mygan.archs.copy_arch.UNetDiscriminatorSN',
        'other': 'basicsr.archs.discriminator_arch.UNetDiscriminatorSN',
    }
    assert report.verdict == 'ready' and 'WC224' not in codes(bench.check())


@pytest.mark.fires('WC527')
def test_a_plug_in_that_cannot_be_imported_as_a_whole(bench: Bench) -> None:
    archs = bench.folder / 'mysr' / 'archs'
    archs.mkdir(parents=True)
    (archs.parent / '__init__.py').write_text('from mysr.version import __version__\n')
    (archs / '__init__.py').write_text('from mysr.archs import small_arch\n')
    (archs / 'small_arch.py').write_text(COPY.replace('UNetDiscriminatorSN(', 'SmallSN('))
    options = {'num_in_ch': 3, 'num_feat': 4}
    path = bench.save({'params': state_of('UNetDiscriminatorSN', **options)})
    bench.write(dict(options, type='SmallSN'), {'pretrain_network_g': path})
    framework = find_framework(bench.path, str(bench.folder))
    with Stage(framework, (), str(bench.folder), 300.0, repair_imports=True) as stage:
        report = bench.check(stage)
    facts = dict(found(report, 'WC527').parameters)
    assert facts['package'] == 'mysr'
    assert facts['reason'] == "ModuleNotFoundError: No module named 'mysr.version'"
    # The training imports mysr to have SmallSN, and stops.
    assert (found(report, 'WC527').severity, report.verdict) == ('error', 'not-ready')
    assert 'mysr.version' in verdict_text(report, 'en')
    path = bench.save({'params': state_of('EDSR', **EDSR)})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    with Stage(framework, (), str(bench.folder), 300.0, repair_imports=True) as stage:
        report = bench.check(stage)
    assert (found(report, 'WC527').severity, report.verdict) == ('warning', 'ready')


def test_a_prefix_and_another_width_together(bench: Bench) -> None:
    state = state_of('EDSR', **dict(EDSR, num_feat=16))
    path = bench.save({'params': {f'net_g.{key}': value for key, value in state.items()}})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path})
    report = bench.check()
    assert first(report) == 'WC209' and 'WC305' in codes(report)
    assert 'WC201' not in codes(report)
    assert report.verdict == 'convert' and report.recommendation is not None
    assert {edit.option for edit in report.recommendation.edits} == {
        'network_g.num_feat',
        'path.pretrain_network_g',
    }
    proof = report.recommendation.proof
    assert proof is not None and proof.loads and proof.parameter_fraction == 1.0


@pytest.mark.parametrize('tables', [('params', 'params_ema'), ('params',)])
def test_net_g_ema_needs_no_conversion_for_another_width(
    bench: Bench,
    tables: Any,
) -> None:
    state = state_of('EDSR', **dict(EDSR, num_feat=16))
    path = bench.save({table: dict(state) for table in tables})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    report = bench.check()
    assert [first(report, 0), first(report, 1)] == ['WC305', 'WC305']
    assert bench.apply(report) == {'network_g.num_feat': 16}
    assert [is_clean(call) for call in bench.really_load()] == [True, True]


def test_net_g_ema_needs_no_conversion_for_a_missing_layer(
    bench: Bench,
) -> None:
    state = dict(state_of('EDSR', **EDSR))
    del state['conv_last.bias']
    path = bench.save({'params': state, 'params_ema': dict(state)})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    assert bench.apply(bench.check()) == {'path.strict_load_g': False}
    assert [call.error for call in bench.really_load()] == ['', '']
