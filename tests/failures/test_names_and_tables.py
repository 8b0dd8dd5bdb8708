"""Tables, names and paths: what is read is not what is meant, and nothing stops."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.report.check.outline import outline
from basicsr_weightcheck.rules.catalog import message, what_to_do
from tests.agreement.real_run import is_clean
from tests.failures.conftest import Repository
from tests.training import Training, state_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

EDSR = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 4}
RESTORMER = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
BASIC_VSR = {'num_feat': 8, 'num_block': 1}
Repositories = Dict[str, Repository]


@pytest.mark.parametrize('with_params', [
    pytest.param(True, marks=pytest.mark.fires('WC219')), False,
])  # fmt: skip
def test_ema_reads_another_table_than_net_g(with_toys: Training, with_params: bool) -> None:
    """loaders.md, trap 6.7: the table of net_g_ema is fixed."""
    state = state_of('EDSR', **EDSR)
    others = state_of('EDSR', **EDSR)
    content = {'mine': state, 'params': others} if with_params else {'mine': state}
    path = with_toys.save(content)
    with_toys.compose(
        dict(EDSR, type='EDSR'),
        {'pretrain_network_g': path, 'param_key_g': 'mine'},
        ema_decay=0.999,
    )
    answer = with_toys.check()
    assert [call.error for call in with_toys.really_load()] == (
        ['', ''] if with_params else ['', 'KeyError']
    )
    assert ('WC219' in answer.codes) is with_params
    if with_params:
        assert answer.first(1) == 'WC219' and 'WC207' not in answer.codes


def test_the_usual_pair_of_tables_is_quiet(with_toys: Training) -> None:
    state = state_of('EDSR', **EDSR)
    path = with_toys.save({'params': state, 'params_ema': state})
    with_toys.compose(dict(EDSR, type='EDSR'), {'pretrain_network_g': path}, ema_decay=0.999)
    assert 'WC219' not in with_toys.check().codes


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
    with_toys: Training, file_name: str, name: str, is_said: bool
) -> None:
    path = with_toys.save({'params': state_of('Restormer', **RESTORMER)}, file_name)
    short = os.path.relpath(path, str(with_toys.folder))
    with_toys.compose(dict(RESTORMER, type='Restormer'), {'pretrain_network_g': path}, name=name)
    answer = with_toys.check()
    assert answer.verdict == 'ready', short
    assert ('WC220' in answer.codes) is is_said


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
    with_toys: Training, case: str, problem: str, error: Any
) -> None:
    whole = state_of('SpyNet', load_path=None)
    spynet = {key: value for key, value in whole.items() if key not in ('mean', 'std')}
    path = case if case.startswith('~') else str(with_toys.folder / 'spynet.pth')
    content = {
        'right': {'params': spynet},
        'flat': spynet,
        'whole': {'params': whole},
        'other': {'params': state_of('EDSR', **EDSR)},
    }
    if case in content:
        with_toys.save(content[case], 'spynet.pth')
    if case == 'text':
        Path(path).write_text('no weights')
    with_toys.compose(dict(BASIC_VSR, type='BasicVSR', spynet_path=path), {'resume_state': None})
    answer = with_toys.check()
    assert ('WC221' in answer.codes) is bool(problem)
    if not problem:
        state_of('BasicVSR', **BASIC_VSR, spynet_path=path)
        return
    finding = answer.found('WC221')
    assert 'WC512' not in answer.codes
    assert not finding['message'].endswith((' -.', '..'))
    if case == 'whole':
        assert finding['message'].endswith('. 2 keys differ: mean, std.')
    assert finding['parameters']['problem'] == f'label:nested-{problem}'
    assert (finding['option'], finding['line'] > 0) == (SPY, True)
    assert answer.verdict == 'change-options'
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
def test_weights_of_spynet_are_converted(with_toys: Training, case: str) -> None:
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
    path = with_toys.save(content[case], 'spynet.pth')
    section = dict(BASIC_VSR, type='BasicVSR', spynet_path=path)
    with_toys.compose(section, {'resume_state': None})
    answer = with_toys.check('--apply')
    (finding,) = [one for one in answer.report.all_findings if one.code == 'WC221']
    with pytest.raises((KeyError, RuntimeError)):
        state_of('BasicVSR', **BASIC_VSR, spynet_path=path)
    (nested,) = answer.report.nested
    assert nested.conversion.is_needed
    command, page = nested.conversion.command, outline(answer.report, 'en')
    assert command in what_to_do(finding, 'en') and command in '\n'.join(line.text for line in page)
    target = answer.edits[SPY]
    assert main(shlex.split(command)[3:]) == 0
    loaded = state_of('BasicVSR', **BASIC_VSR, spynet_path=target)
    expected = basic_vsr if case.startswith('of') else {f'spynet.{k}': v for k, v in bare.items()}
    for key in (f'spynet.{key}' for key in bare):
        assert torch.equal(loaded[key], expected[key])
    assert 'WC221' not in with_toys.check().codes


@pytest.mark.filterwarnings('ignore:Deformable alignment module:UserWarning')  # no GPU here
@pytest.mark.failure(28, 'WC214')
@pytest.mark.parametrize('network, options, wrapper', [
    ('BasicVSR', BASIC_VSR, 'generator.'), ('BasicVSR', BASIC_VSR, ''),
    ('BasicVSRPlusPlus', {'mid_channels': 8, 'num_blocks': 1}, 'generator.'),
    ('SpyNet', {}, ''), ('SpyNet', {}, 'generator.'),
])  # fmt: skip
def test_names_of_mmediting(
    with_toys: Training, network: str, options: Dict[str, Any], wrapper: str
) -> None:
    import torch

    state = state_of(network, **options)
    renamed = {wrapper + key: value for key, value in mmediting_names(state).items()}
    if wrapper:
        renamed['step_counter'] = torch.zeros(1)
    path = with_toys.save({'state_dict': renamed})
    with_toys.compose(dict(options, type=network), {'pretrain_network_g': path})
    assert with_toys.really_load()[0].error
    answer = with_toys.cured()
    assert answer.first() == 'WC214' and answer.verdict == 'convert', answer.codes
    advice = answer.loads[0]['recommendation']
    assert advice['proof']['parameter_fraction'] == 1.0
    assert main(shlex.split(advice['conversion']['command'])[3:]) == 0
    (call,) = with_toys.really_load()
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
def test_who_reads_weights_outside_path(with_toys: Training, option: str, label: str) -> None:
    from basicsr_weightcheck.plan.option_file import parse_options
    from basicsr_weightcheck.plan.read_plan import read_plan
    from basicsr_weightcheck.records.findings import Recommendation
    from basicsr_weightcheck.records.plans import NO_FRAMEWORK
    from basicsr_weightcheck.records.reports import NOT_RUN, CheckReport
    from basicsr_weightcheck.rules.run import training_findings
    from basicsr_weightcheck.workflow.checking.candidates import nested_weights

    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    *sections, name = option.split('.')
    text = ''.join(f'{"  " * i}{one}:\n' for i, one in enumerate(sections))
    for value, code in ((path, 'WC512'), ('https://x.org/a.pth', 'WC221')):
        line = f'{text}{"  " * len(sections)}{name}: {value}\n'
        plan = read_plan(parse_options(line, 'train.yml'), NO_FRAMEWORK, str(with_toys.folder))
        nested = nested_weights(plan, NOT_RUN)
        report = CheckReport(plan, NOT_RUN, 'ready', (), (), Recommendation(), {}, nested)
        (one,) = [f for f in training_findings(report) if f.code in ('WC512', 'WC221')]
        assert one.code == code and f'for {label}' in message(one, 'en')
        assert one.severity == ('info' if code == 'WC512' else 'error')


@pytest.mark.failure(4, 'WC222')
@pytest.mark.parametrize('more, is_said', [
    pytest.param({}, True, marks=pytest.mark.fires('WC222')), ({'model_path': 'vqgan.pth'}, False),
])  # fmt: skip
def test_a_vqgan_that_nothing_loads(with_toys: Training, more: Any, is_said: bool) -> None:
    with_toys.save({'params_ema': {}}, 'vqgan.pth')
    with_toys.compose(dict(EDSR, type='EDSR'), {}, network_vqgan={'type': 'VQAutoEncoder', **more})
    assert ('WC222' in with_toys.check().codes) is is_said


def unbuilt(training: Training, exit_code: int) -> Any:
    error = training.refused(exit_code=exit_code)
    assert error['error'] == 'NetworkBuildError'
    return error


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
    with_toys: Training, change: Any, option: str, code: str, words: Any
) -> None:
    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    with_toys.compose(dict(dict(EDSR, type='EDSR'), **change), {'pretrain_network_g': path})
    error = unbuilt(with_toys, exit_code=2 if 'unknown' in code else 1)
    assert (error['option'], error['code']) == (option, code) and error['line'] > 0
    assert all(word in error['message'] for word in words)


def test_the_section_that_cannot_be_built_is_blamed(with_toys: Training) -> None:
    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    with_toys.compose(
        dict(EDSR, type='EDSR'),
        {'pretrain_network_g': path},
        model_type='SRGANModel',
        network_d={'type': 'VGGStyleDiscriminator', 'num_in_ch': 3, 'num_features': 2},
    )
    assert unbuilt(with_toys, exit_code=1)['option'] == 'network_d.num_features'


PLUGIN = 'from torch import nn\n\n\n{decorator}class Mine(nn.Module):\n    pass\n'
REGISTER = '@ARCH_REGISTRY.register()\n'


@pytest.mark.failure(3, 'network-unknown')
@pytest.mark.parametrize('file_name, decorator, words', [
    ('mine.py', REGISTER, 'only files named *_arch.py are imported'),
    ('mine_arch.py', '', 'without @ARCH_REGISTRY.register()'),
])  # fmt: skip
def test_a_class_that_the_framework_passes_by(
    with_toys: Training, file_name: str, decorator: str, words: str
) -> None:
    archs = with_toys.folder / 'mypkg' / 'archs'
    archs.mkdir(parents=True)
    (archs / 'known_arch.py').write_text('')
    (archs / file_name).write_text(PLUGIN.format(decorator=decorator))
    path = with_toys.save({'params': state_of('EDSR', **EDSR)})
    with_toys.compose({'type': 'Mine'}, {'pretrain_network_g': path})
    error = unbuilt(with_toys, exit_code=2)
    assert error['code'] == 'network-unknown'
    assert words in error['message'] and file_name in error['message']


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
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Repositories:
    """Two copies of the older layout, each with a loader of its own."""
    made = {}
    for name, ending in (('plain', PLAIN), ('by position', BY_POSITION)):

        def load(text: str, ending: str = ending) -> str:
            assert RENAMING in text and text.endswith(LAST_LINE)
            return text[: -len(LAST_LINE)].replace(RENAMING, '') + ending

        made[name] = Repository(tmp_path_factory.mktemp('repository'), loader=load)
    return made


@pytest.fixture
def plain(repositories: Repositories, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training that loads by torch's own method."""
    return repositories['plain'].training(monkeypatch, capfd)


@pytest.fixture
def by_position(
    repositories: Repositories, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> Training:
    """A training that copies by position where strict is false."""
    return repositories['by position'].training(monkeypatch, capfd)


NOT_STRICT = ('strict_load_g: true', 'strict_load_g: false')


@pytest.mark.fires('WC315')
@pytest.mark.failure(24, 'WC315')
def test_a_loader_that_wants_equal_sizes_whatever_strict_is(plain: Training, cleaner: Any) -> None:
    import torch

    plain.save({'params': {**cleaner, next(iter(cleaner)): torch.zeros(9, 9)}})
    plain.change(*NOT_STRICT)
    answer = plain.check()
    assert answer.first() == 'WC315' and answer.recommendation is None
    assert answer.loads[0]['outcomes']['configured']['error'] == 'RuntimeError'
    assert answer.loads[0]['strict']['must_be_false'] is False
    assert plain.really_load()[0].error == 'RuntimeError'


@pytest.mark.fires('WC218')
@pytest.mark.failure(44, 'WC218')
def test_a_loader_that_copies_by_position(by_position: Training, cleaner: Any) -> None:
    """Silent trap 15: an extra first layer shifts every weight."""
    import torch

    first_key, value = next(iter(cleaner.items()))
    by_position.save({'params': {'extra.weight': torch.zeros(value.shape), **cleaner}})
    by_position.change(*NOT_STRICT)
    answer = by_position.check()
    assert answer.first() == 'WC218' and answer.facts('WC218')['key'] == first_key


@pytest.mark.parametrize('strict', [True, False])
def test_the_same_loader_on_the_same_keys_is_quiet(
    by_position: Training, cleaner: Any, strict: bool
) -> None:
    by_position.save({'params': cleaner})
    by_position.change('strict_load_g: true', f'strict_load_g: {strict}')
    answer = by_position.check()
    assert not {'WC218', 'WC315'} & set(answer.codes) and answer.verdict == 'ready'


def test_a_network_that_raises_key_errors_itself(with_toys: Training) -> None:
    """The table is there: it is not what the KeyError is about."""
    small = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 1, 'upscale': 4}
    state = state_of('OwnLoad', **small)
    path = with_toys.save({'params': {f'net_g.{key}': value for key, value in state.items()}})
    with_toys.compose({'type': 'OwnLoad', **small}, {'pretrain_network_g': path})
    answer = with_toys.check()
    assert (
        answer.loads[0]['outcomes']['configured']['error'] == 'KeyError'
        and 'WC205' not in answer.codes
    )
    assert answer.verdict == 'convert'
