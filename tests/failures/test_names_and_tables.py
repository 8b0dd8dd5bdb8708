"""Tables, names and paths: what is read is not what is meant, and nothing stops."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import NetworkBuildError
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.report.check.outline import outline
from basicsr_weightcheck.rules.catalog import message, what_to_do
from tests.agreement.legacy_layout import write_repository
from tests.agreement.real_run import is_clean
from tests.failures.workbench import Bench, codes, first, found, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
BASIC_VSR = {'num_feat': 8, 'num_block': 1}


@pytest.mark.parametrize('with_params', [
    pytest.param(True, marks=pytest.mark.fires('WC219')), False,
])  # fmt: skip
def test_ema_reads_another_table_than_net_g(
    bench: Bench,
    with_params: bool,
) -> None:
    """loaders.md, trap 6.7: the table of net_g_ema is fixed."""
    state = state_of('EDSR', **EDSR)
    others = state_of('EDSR', **EDSR)
    content = {'mine': state, 'params': others} if with_params else {'mine': state}
    path = bench.save(content)
    bench.write(
        dict(EDSR, type='EDSR'),
        {'pretrain_network_g': path, 'param_key_g': 'mine'},
        ema_decay=0.999,
    )
    report = bench.check()
    assert [call.error for call in bench.really_load()] == (
        ['', ''] if with_params else ['', 'KeyError']
    )
    assert ('WC219' in codes(report)) is with_params
    if with_params:
        assert first(report, 1) == 'WC219' and 'WC207' not in codes(report)


def test_the_usual_pair_of_tables_is_quiet(bench: Bench) -> None:
    state = state_of('EDSR', **EDSR)
    path = bench.save({'params': state, 'params_ema': state})
    bench.write(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    assert 'WC219' not in codes(bench.check())


@pytest.mark.failure(22, 'WC220')
@pytest.mark.parametrize('file_name, name, is_said', [
    pytest.param(
        'deraining.pth', 'Deblurring_Restormer', True, marks=pytest.mark.fires('WC220')
    ),
    ('motion_deblurring.pth', 'Deblurring_Restormer', False),
    ('gaussian_color_denoising_sigma15.pth', 'Denoising_Restormer_sigma50', True),
    ('gaussian_color_denoising_sigma50.pth', 'Denoising_Restormer_sigma50', False),
    ('gaussian_color_denoising_blind.pth', 'Denoising_Restormer_sigma50', False),
    ('deraining.pth', 'my_training', False),
    ('net_g_latest.pth', 'Deblurring_Restormer', False),
    ('models_x2/net_g.pth', 'anything', True),
    ('models_x4/net_g.pth', 'anything', False),
])  # fmt: skip
def test_names_of_another_task(
    bench: Bench,
    file_name: str,
    name: str,
    is_said: bool,
) -> None:
    path = bench.save({'params': state_of('Restormer', **RESTORMER)}, file_name)
    short = os.path.relpath(path, str(bench.folder))
    bench.write(dict(RESTORMER, type='Restormer'), {'pretrain_network_g': path}, name=name, scale=4)
    report = bench.check()
    assert report.verdict == 'ready', short
    assert ('WC220' in codes(report)) is is_said


SPY = 'network_g.spynet_path'


@pytest.mark.failure(4, 'WC221')
@pytest.mark.parametrize('case, problem, error', [
    ('right', '', None),
    ('absent', 'missing', FileNotFoundError),
    ('~/spynet.pth', 'tilde', FileNotFoundError),
    ('flat', 'table', KeyError),
    ('other', 'keys', RuntimeError),
    ('whole', 'keys', RuntimeError),
    ('text', 'unreadable', UnpicklingError),
])  # fmt: skip
def test_weights_that_the_network_loads_itself(
    bench: Bench,
    case: str,
    problem: str,
    error: Any,
) -> None:
    whole = state_of('SpyNet', load_path=None)
    spynet = {key: value for key, value in whole.items() if key not in ('mean', 'std')}
    path = case if case.startswith('~') else str(bench.folder / 'spynet.pth')
    content = {
        'right': {'params': spynet},
        'flat': spynet,
        'whole': {'params': whole},
        'other': {'params': state_of('EDSR', **EDSR)},
    }
    if case in content:
        bench.save(content[case], 'spynet.pth')
    if case == 'text':
        Path(path).write_text('no weights')
    bench.write(dict(BASIC_VSR, type='BasicVSR', spynet_path=path), {'resume_state': None})
    report = bench.check()
    assert ('WC221' in codes(report)) is bool(problem)
    if not problem:
        state_of('BasicVSR', **BASIC_VSR, spynet_path=path)
        return
    finding = found(report, 'WC221')
    assert 'WC512' not in codes(report)
    assert not message(finding, 'en').endswith((' -.', '..'))
    if case == 'whole':
        assert message(finding, 'en').endswith('. 2 keys differ: mean, std.')
    assert dict(finding.parameters)['problem'] == f'label:nested-{problem}'
    assert (finding.option, finding.line > 0) == ('network_g.spynet_path', True)
    assert report.verdict == 'change-options'
    with pytest.raises(error):
        state_of('BasicVSR', **BASIC_VSR, spynet_path=path)


def mmediting_names(state: Dict[str, Any]) -> Dict[str, Any]:
    """As mmediting names SpyNet and BasicVSR, written down apart from the rules."""
    renamed = {}
    for key, value in state.items():
        parts = key.split('.')
        if parts[-3:-2] == ['basic_module']:
            parts[-2:] = [str(int(parts[-2]) // 2), 'conv', parts[-1]]
        elif parts[0].startswith('upconv'):
            parts[:1] = [f'upsample{parts[0][-1]}', 'upsample_conv']
        parts[0] = parts[0].replace('_trunk', '_resblocks')
        renamed['.'.join(parts)] = value
    return renamed


def sniklaus_names(state: Dict[str, Any]) -> Dict[str, Any]:
    return {key.replace('basic_module', 'netBasic'): value for key, value in state.items()}


@pytest.mark.fires('WC221')
@pytest.mark.failure(4, 'WC221')
@pytest.mark.parametrize('case', [
    'flat', 'with buffers', 'mmediting', 'mmediting with buffers', 'sniklaus', 'state_dict',
    'of BasicVSR', 'of a restorer',
])  # fmt: skip
def test_weights_of_spynet_are_converted(
    bench: Bench,
    case: str,
) -> None:
    """The command that is recommended makes a file that the real network loads strictly."""
    import torch

    whole = state_of('SpyNet', load_path=None)
    bare = {key: value for key, value in whole.items() if key not in ('mean', 'std')}
    basic_vsr = state_of('BasicVSR', **BASIC_VSR)
    restorer = {f'generator.{key}': value for key, value in mmediting_names(basic_vsr).items()}
    content = {
        'flat': bare,
        'with buffers': {'params': whole},
        'mmediting': mmediting_names(bare),
        'mmediting with buffers': mmediting_names(whole),
        'sniklaus': sniklaus_names(bare),
        'state_dict': {'meta': {'epoch': 1}, 'state_dict': mmediting_names(bare)},
        'of BasicVSR': {'params': basic_vsr},
        'of a restorer': {'state_dict': {'step_counter': torch.zeros(1), **restorer}},
    }
    path = bench.save(content[case], 'spynet.pth')
    section = dict(BASIC_VSR, type='BasicVSR', spynet_path=path)
    bench.write(section, {'resume_state': None})
    report = bench.check()
    finding = found(report, 'WC221')
    with pytest.raises((KeyError, RuntimeError)):
        state_of('BasicVSR', **BASIC_VSR, spynet_path=path)
    (nested,) = report.nested
    assert nested.conversion is not None
    assert nested.conversion.command in what_to_do(finding, 'en')
    assert nested.conversion.command in '\n'.join(line.text for line in outline(report, 'en'))
    target = bench.apply(report)[SPY]
    assert main(shlex.split(nested.conversion.command)[3:]) == 0
    loaded = state_of('BasicVSR', **BASIC_VSR, spynet_path=target)
    expected = basic_vsr if case.startswith('of') else {f'spynet.{k}': v for k, v in bare.items()}
    for key in (f'spynet.{key}' for key in bare):
        assert torch.equal(loaded[key], expected[key])
    assert 'WC221' not in codes(bench.check())


@pytest.mark.filterwarnings('ignore:Deformable alignment module:UserWarning')  # no GPU here
@pytest.mark.failure(28, 'WC214')
@pytest.mark.parametrize('network, options, wrapper', [
    ('BasicVSR', BASIC_VSR, 'generator.'), ('BasicVSR', BASIC_VSR, ''),
    ('BasicVSRPlusPlus', {'mid_channels': 8, 'num_blocks': 1}, 'generator.'),
    ('SpyNet', {}, ''), ('SpyNet', {}, 'generator.'),
])  # fmt: skip
def test_names_of_mmediting(
    bench: Bench,
    network: str,
    options: Dict[str, Any],
    wrapper: str,
) -> None:
    import torch

    state = state_of(network, **options)
    renamed = {wrapper + key: value for key, value in mmediting_names(state).items()}
    if wrapper:
        renamed['step_counter'] = torch.zeros(1)
    path = bench.save({'state_dict': renamed})
    bench.write(dict(options, type=network), {'pretrain_network_g': path})
    assert bench.really_load()[0].error
    report = bench.check()
    assert first(report) == 'WC214' and report.verdict == 'convert', codes(report)
    advice = report.loads[0].recommendation
    assert advice is not None and advice.proof is not None and advice.conversion is not None
    assert advice.proof.parameter_fraction == 1.0
    bench.apply(report)
    assert main(shlex.split(advice.conversion.command)[3:]) == 0
    (call,) = bench.really_load()
    assert is_clean(call)


def test_names_for_a_network_after_mmediting(tmp_path: Path) -> None:
    """XPixelGroup/BasicSR#516: BasicSR's file in a SpyNet that counts as mmediting does."""
    import torch

    state = state_of('SpyNet', load_path=None)
    paths = [str(tmp_path / name) for name in ('a.pth', 'b.pth')]
    torch.save({'params': state}, paths[0])
    assert main(['convert', paths[0], '-o', paths[1], '--rules', 'to-mmediting']) == 0
    made = torch.load(paths[1])['params']
    expected = mmediting_names(state)
    assert list(made) == list(expected)
    assert all(torch.equal(made[key], value) for key, value in expected.items())


@pytest.mark.fires('WC512')
@pytest.mark.parametrize('option, label', [
    ('datasets.train.meta', 'the data set'), ('train.style_opt.vgg', 'the loss'),
    ('network_g.some_path', 'the network itself'), ('val.net', 'the validation'),
])  # fmt: skip
def test_who_reads_weights_outside_path(
    bench: Bench,
    option: str,
    label: str,
) -> None:
    from basicsr_weightcheck.plan.option_file import parse_options
    from basicsr_weightcheck.plan.read_plan import read_plan
    from basicsr_weightcheck.records.plans import NO_FRAMEWORK
    from basicsr_weightcheck.records.reports import NOT_RUN, CheckReport
    from basicsr_weightcheck.rules.run import training_findings
    from basicsr_weightcheck.workflow.checking.candidates import nested_weights

    path = bench.save({'params': state_of('EDSR', **EDSR)})
    *sections, name = option.split('.')
    text = ''.join(f'{"  " * i}{one}:\n' for i, one in enumerate(sections))
    for value, code in ((path, 'WC512'), ('https://x.org/a.pth', 'WC221')):
        line = f'{text}{"  " * len(sections)}{name}: {value}\n'
        plan = read_plan(parse_options(line, 'train.yml'), NO_FRAMEWORK, str(bench.folder))
        nested = nested_weights(plan, NOT_RUN)
        report = CheckReport(plan, NOT_RUN, 'ready', (), (), None, {}, nested)
        (one,) = [f for f in training_findings(report) if f.code in ('WC512', 'WC221')]
        assert one.code == code and f'for {label}' in message(one, 'en')
        assert one.severity == ('info' if code == 'WC512' else 'error')


@pytest.mark.failure(4, 'WC222')
@pytest.mark.parametrize('more, is_said', [
    pytest.param({}, True, marks=pytest.mark.fires('WC222')), ({'model_path': 'vqgan.pth'}, False),
])  # fmt: skip
def test_a_vqgan_that_nothing_loads(
    bench: Bench,
    more: Any,
    is_said: bool,
) -> None:
    bench.save({'params_ema': {}}, 'vqgan.pth')
    bench.write(dict(EDSR, type='EDSR'), {}, network_vqgan={'type': 'VQAutoEncoder', **more})
    assert ('WC222' in codes(bench.check())) is is_said


@pytest.mark.failure(3, 'network-*')
@pytest.mark.parametrize('change, option, code, words', [
    ({'type': 'EDSRR'}, 'network_g.type', 'network-unknown-near',
     ('Did you mean EDSR', 'basicsr.archs')),
    ({'num_feats': 8}, 'network_g.num_feats', 'network-argument-near',
     ('no argument', 'Did you mean num_feat')),
    ({'ema_decay': 0.999}, 'network_g.ema_decay', 'network-argument',
     ('no argument', 'belongs below train:')),
])  # fmt: skip
def test_a_network_that_cannot_be_built(
    bench: Bench,
    change: Any,
    option: str,
    code: str,
    words: Any,
) -> None:
    path = bench.save({'params': state_of('EDSR', **EDSR)})
    bench.write(dict(dict(EDSR, type='EDSR'), **change), {'pretrain_network_g': path})
    with pytest.raises(NetworkBuildError) as caught:
        bench.check()
    assert (caught.value.option, caught.value.code) == (option, code) and caught.value.line > 0
    assert all(word in str(caught.value) for word in words)


def test_the_section_that_cannot_be_built_is_blamed(bench: Bench) -> None:
    path = bench.save({'params': state_of('EDSR', **EDSR)})
    bench.write(
        dict(EDSR, type='EDSR'),
        {'pretrain_network_g': path},
        model_type='SRGANModel',
        network_d={'type': 'VGGStyleDiscriminator', 'num_in_ch': 3, 'num_features': 2},
    )
    with pytest.raises(NetworkBuildError) as caught:
        bench.check()
    assert caught.value.option == 'network_d.num_features'


PLUGIN = 'from torch import nn\n\n\n{decorator}class Mine(nn.Module):\n    pass\n'
REGISTER = '@ARCH_REGISTRY.register()\n'


@pytest.mark.failure(3, 'network-unknown')
@pytest.mark.parametrize('file_name, decorator, words', [
    ('mine.py', REGISTER, 'only files named *_arch.py are imported'),
    ('mine_arch.py', '', 'without @ARCH_REGISTRY.register()'),
])  # fmt: skip
def test_a_class_that_the_framework_passes_by(
    bench: Bench,
    file_name: str,
    decorator: str,
    words: str,
) -> None:
    archs = bench.folder / 'mypkg' / 'archs'
    archs.mkdir(parents=True)
    (archs / 'known_arch.py').write_text('')
    (archs / file_name).write_text(PLUGIN.format(decorator=decorator))
    path = bench.save({'params': state_of('EDSR', **EDSR)})
    bench.write({'type': 'Mine'}, {'pretrain_network_g': path})
    framework = find_framework(bench.path, str(bench.folder))
    with Stage(framework, (), str(bench.folder), 300.0, repair_imports=True) as stage:
        with pytest.raises(NetworkBuildError) as caught:
            bench.check(stage)
    assert caught.value.code == 'network-unknown'
    assert words in str(caught.value) and file_name in str(caught.value)


LAST_LINE = '        net.load_state_dict(load_net, strict=strict)\n'
PLAIN = LAST_LINE
BY_POSITION = """        if strict:
            net.load_state_dict(load_net)
            return
        state = net.state_dict()
        for (_, value), key in zip(load_net.items(), state):
            state[key] = value
        net.load_state_dict(state)
"""
RENAMING = '        self._print_different_keys_loading(net, load_net, strict)\n'


@pytest.fixture(scope='module')
def forks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two repositories of the older layout, each with a loader of its own: {name: its stage}."""
    stages = {}
    for name, ending in (('plain', PLAIN), ('position', BY_POSITION)):
        folder = write_repository(str(tmp_path_factory.mktemp(name)), '')
        source = Path(folder, 'basicsr', 'models', 'base_model.py')
        text = source.read_text()
        assert RENAMING in text and text.endswith(LAST_LINE)
        source.write_text(text[: -len(LAST_LINE)].replace(RENAMING, '') + ending)
        framework = find_framework(f'{folder}/x.yml', folder)
        stages[name] = Stage(framework, (), folder, 300.0, repair_imports=True)
    yield stages
    for stage in stages.values():
        stage.close()


def tensors(*shapes: Any) -> Any:
    import torch

    return {key: torch.zeros(shape) for key, shape in shapes}


def write_small(bench: Bench, content: Any, strict: bool) -> None:
    path = bench.save({'params': content})
    bench.write(
        {'type': 'SmallCleaner', 'width': 4, 'middle': 2},
        {'pretrain_network_g': path, 'strict_load_g': strict},
        model_type='ImageCleanModel',
    )


def small_state(stage: Stage, bench: Bench) -> Any:
    """{key: zeros} of SmallCleaner, in order, as the fork itself builds it."""
    write_small(bench, {}, False)
    report = bench.check(stage)
    assert report.loads[0].network is not None
    return tensors(*((spec.key, spec.shape) for spec in report.loads[0].network.tensors))


@pytest.mark.fires('WC315')
@pytest.mark.failure(24, 'WC315')
def test_a_loader_that_wants_equal_sizes_whatever_strict_is(
    bench: Bench,
    forks: Any,
) -> None:
    import torch

    state = small_state(forks['plain'], bench)
    key = next(iter(state))
    state[key] = torch.zeros(9, 9)
    write_small(bench, state, False)
    report = bench.check(forks['plain'])
    assert first(report) == 'WC315' and report.loads[0].configured is not None
    assert report.loads[0].configured.error == 'RuntimeError'
    assert report.loads[0].must_be_false is False and report.recommendation is None


@pytest.mark.fires('WC218')
@pytest.mark.failure(44, 'WC218')
def test_a_loader_that_copies_by_position(
    bench: Bench,
    forks: Any,
) -> None:
    """Silent trap 15: an extra first layer shifts every weight."""
    import torch

    state = small_state(forks['position'], bench)
    first_key, shape = next((k, tuple(v.shape)) for k, v in state.items())
    write_small(bench, {'extra.weight': torch.zeros(shape), **state}, False)
    report = bench.check(forks['position'])
    assert report.loads[0].configured is not None
    assert first(report) == 'WC218'
    assert dict(found(report, 'WC218').parameters)['key'] == first_key


@pytest.mark.parametrize('strict', [True, False])
def test_the_same_loader_on_the_same_keys_is_quiet(
    bench: Bench,
    forks: Any,
    strict: bool,
) -> None:
    write_small(bench, small_state(forks['position'], bench), strict)
    report = bench.check(forks['position'])
    assert not {'WC218', 'WC315'} & set(codes(report)) and report.verdict == 'ready'


def test_a_network_that_raises_key_errors_itself(bench: Bench) -> None:
    """The table is there: it is not what the KeyError is about."""
    small = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 1, 'upscale': 4}
    state = state_of('OwnLoad', **small)
    path = bench.save({'params': {f'net_g.{key}': value for key, value in state.items()}})
    bench.write({'type': 'OwnLoad', **small}, {'pretrain_network_g': path})
    report = bench.check()
    assert report.loads[0].configured is not None
    assert report.loads[0].configured.error == 'KeyError' and 'WC205' not in codes(report)
    assert report.verdict == 'convert'
