"""Conversions that `check` recommends: proven, run as the command says, and checked again."""

from __future__ import annotations

import shlex
from argparse import Namespace
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.cli.main import main
from tests.training import Answer, Training, registered_model

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
PROGRAM = ['python', '-m', 'basicsr_weightcheck']
COUNTERS = ('total_ops', 'conv_first.total_params')


def run_command(command: str, capfd: Any) -> None:
    words = shlex.split(command)
    assert words[:3] == PROGRAM
    assert main(words[3:]) == 0
    capfd.readouterr()


def loads_strictly(network: Any, tables: Any = ('params',)) -> None:
    """The framework's own load_network takes the converted file, strictly."""
    import torch

    model_class = registered_model('SRModel')
    model = model_class.__new__(model_class)
    model.device = torch.device('cpu')
    for table in tables:
        model.load_network(network, 'weights_converted.pth', True, table)
        found = torch.load('weights_converted.pth')[table]
        assert all(torch.equal(found[key], value) for key, value in network.state_dict().items())


def cured(training: Training, capfd: Any) -> Answer:
    """A check whose recommended conversion was proven complete, and then done."""
    answer = training.check()
    assert (answer.exit_code, answer.verdict) == (1, 'convert')
    assert answer.recommendation['proof']['parameter_fraction'] == 1.0
    assert answer.loads[0]['strict']['must_be_false'] is False
    run_command(answer.loads[0]['recommendation']['conversion']['command'], capfd)
    return answer


@pytest.mark.failure(20, 'WC209')
@pytest.mark.failure(23, 'WC209')
@pytest.mark.parametrize(
    'prefix', ['_orig_mod.', 'module.module.', 'module._orig_mod.', "it's a $wrapper."]
)
def test_prefixes(basicsr: Training, edsr: State, capfd: Any, prefix: str) -> None:
    basicsr.save({'params': {prefix + key: value for key, value in edsr.items()}})
    answer = cured(basicsr, capfd)
    loads_strictly(basicsr.network())
    assert answer.first() == 'WC209' and 'WC201' not in answer.codes
    steps = answer.loads[0]['recommendation']['conversion']['steps']
    assert f'strip-prefix:{prefix}' in steps


def test_a_name_is_missing_in_front(basicsr: Training, edsr: State, capfd: Any) -> None:
    body = {k[5:]: v for k, v in edsr.items() if k.startswith('body.')}
    body.update({f'{n}{key[1:]}': body[key] for n in range(2, 9) for key in body if key[0] == '0'})
    basicsr.change('num_block: 2', 'num_block: 9')  # most of the network is in its body
    basicsr.save({'params': {'module.' + key: value for key, value in body.items()}})
    basicsr.change('strict_load_g: true', 'strict_load_g: false')
    answer = basicsr.check()
    conversion = answer.loads[0]['recommendation']['conversion']
    assert 'add-prefix:body.' in conversion['steps']
    run_command(conversion['command'], capfd)
    import torch

    found = torch.load('weights_converted.pth')['params']
    assert list(found) == ['body.' + key for key in body]


@pytest.mark.fires('WC209', 'WC230')
@pytest.mark.failure(13, 'WC209')
def test_a_gan_holds_the_network_twice(basicsr: Training, edsr: State, capfd: Any) -> None:
    import torch

    state = {f'generator.{key}': value for key, value in edsr.items()}
    state.update({f'generator_ema.{key}': value + 1 for key, value in edsr.items()})
    state.update({'discriminator.conv.weight': torch.zeros(2, 2), 'step_counter': torch.zeros(1)})
    basicsr.save({'state_dict': state, 'meta': {'epoch': 3}})
    answer = cured(basicsr, capfd)
    assert answer.first() == 'WC209' and 'WC230' in answer.codes
    found = torch.load('weights_converted.pth')['params']
    assert list(found) == list(edsr) and torch.equal(
        found['conv_first.weight'], edsr['conv_first.weight']
    )


@pytest.mark.parametrize('container', ['safetensors', 'flat', 'nested', 'refused'])
def test_containers_and_tables(basicsr: Training, edsr: State, capfd: Any, container: str) -> None:
    import numpy
    from safetensors.torch import save_file

    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    if container == 'safetensors':
        save_file(dict(edsr), 'weights.pth')
    elif container == 'flat':
        basicsr.save(dict(edsr))
    elif container == 'nested':
        basicsr.save({'model': {'net': edsr}, 'epoch': 3})
    else:
        basicsr.save({'params': edsr, 'best': numpy.float64(31.2), 'options': Namespace(lr=0.1)})
    answer = cured(basicsr, capfd)
    loads_strictly(basicsr.network())
    expected = {'safetensors': 'WC106', 'refused': 'WC104'}.get(container, 'WC205')
    assert expected in answer.codes


def test_both_tables_are_kept(basicsr: Training, edsr: State, capfd: Any) -> None:
    import torch

    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    tables = {name: {f'net_g.{k}': v + i for k, v in edsr.items()}
              for i, name in enumerate(('params', 'params_ema'))}  # fmt: skip
    basicsr.save(tables)
    answer = cured(basicsr, capfd)
    loads_strictly(basicsr.network(), ('params', 'params_ema'))
    found = torch.load('weights_converted.pth')
    assert list(found) == ['params', 'params_ema']
    assert torch.equal(found['params_ema']['conv_first.bias'], edsr['conv_first.bias'] + 1)
    assert answer.edits == {'path.pretrain_network_g': 'weights_converted.pth'}


@pytest.mark.fires('WC215')
@pytest.mark.failure(9, 'WC215')
def test_profiler_buffers(basicsr: Training, edsr: State, capfd: Any) -> None:
    import torch

    basicsr.save({'params': dict(edsr, **{name: torch.zeros(1) for name in COUNTERS})})
    answer = basicsr.check()
    # The simple edit stays the recommendation, the conversion is offered beside it.
    assert answer.first() == 'WC215'
    assert answer.edits == {'path.strict_load_g': False}
    finding = answer.found('WC215')
    assert 'harmless' in finding['message']
    run_command(finding['parameters']['command'], capfd)
    loads_strictly(basicsr.network())


@pytest.mark.fires('WC214')
@pytest.mark.failure(1, 'WC214')
@pytest.mark.parametrize('generation', ['old', 'middle'])
def test_generations_of_esrgan(basicsr: Training, capfd: Any, generation: str) -> None:
    from tests.conversion.test_generations import middle_names, old_names

    options = 'num_feat: 8\n  num_block: 3\n  num_grow_ch: 4\n  scale: 4'
    basicsr.change('type: EDSR', 'type: RRDBNet')
    basicsr.change('num_feat: 8\n  num_block: 2\n  upscale: 2', options)
    network = basicsr.network()
    basicsr.save({'old': old_names, 'middle': middle_names}[generation](network.state_dict()))
    answer = cured(basicsr, capfd)
    assert answer.first() == 'WC214' and 'WC201' not in answer.codes
    loads_strictly(network)


def test_a_few_old_names_are_no_generation(basicsr: Training) -> None:
    """Renamed, they give an eighth of the network: that is no RRDBNet."""
    from tests.conversion.test_generations import old_names

    options = 'num_feat: 8\n  num_block: 3\n  num_grow_ch: 4\n  scale: 4'
    basicsr.change('type: EDSR', 'type: RRDBNet')
    basicsr.change('num_feat: 8\n  num_block: 2\n  upscale: 2', options)
    network = basicsr.network()
    renamed = old_names(network.state_dict()).items()
    basicsr.save({k: v for k, v in renamed if '.sub.' not in k or '.sub.0.RDB1' in k})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'wrong-checkpoint')
    assert 'WC214' not in answer.codes and answer.recommendation is None


@pytest.mark.fires('WC216')
@pytest.mark.parametrize('types', [['HTA'] * 4, ['MDTA', 'HTA', 'HTA', 'MDTA']])
def test_mdta_into_hta(basicsr: Training, capfd: Any, types: List[str]) -> None:
    import torch

    from basicsr_weightcheck.archs.restormer_arch import Restormer

    options = 'dim: 8\n  num_blocks: [1, 1, 1, 1]\n  num_refinement_blocks: 1\n  attn_types: '
    basicsr.change('type: EDSR\n  num_in_ch: 3\n  num_out_ch: 3\n  num_feat: 8\n  num_block: 2\n'
           '  upscale: 2', f'type: Restormer\n  {options}[{", ".join(types)}]')  # fmt: skip
    small: Dict[str, Any] = {'dim': 8, 'num_blocks': (1, 1, 1, 1), 'num_refinement_blocks': 1}
    basicsr.save({'params': Restormer(**small).state_dict()})
    answer = basicsr.check('--import', 'basicsr_weightcheck.archs.register')
    # The main job's answer does not change: strict_load_g false, and nothing converted.
    assert (answer.exit_code, answer.verdict) == (1, 'change-options')
    assert answer.edits == {'path.strict_load_g': False}
    plain = answer.recommendation['proof']['parameter_fraction']
    finding = answer.found('WC216')
    assert finding['parameters']['plain'] == plain < finding['parameters']['fraction']
    run_command(finding['parameters']['command'], capfd)
    network = Restormer(**small, attn_types=types)
    found = torch.load('weights_converted.pth')['params']
    result = network.load_state_dict(found, strict=False)
    assert result.unexpected_keys == [] and result.missing_keys
    assert all('.mdc_v.' in key for key in result.missing_keys)
    counts = {key: value.numel() for key, value in network.named_parameters()}
    loaded = sum(counts.values()) - sum(counts[key] for key in result.missing_keys)
    assert finding['parameters']['fraction'] == loaded / sum(counts.values())


def test_another_network_gets_no_conversion(basicsr: Training) -> None:
    import torch

    basicsr.save({'params': {f'net_g.blocks.{i}.weight': torch.zeros(4, 4) for i in range(9)}})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'wrong-checkpoint')
    assert not {'WC214', 'WC215', 'WC216', 'WC230'} & set(answer.codes)
