"""traiNNer-redux: what the check says of its YAML files, on a tiny package of its layout."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Sequence

import pytest
import yaml

from basicsr_weightcheck.cli.main import main
from tests.frameworks.redux.cases import NETWORKS, all_cases
from tests.helpers import ROOT
from tests.training import Answer, Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
FIXTURE = ROOT / 'tests' / 'fixtures' / 'redux_layout'
Check = Callable[..., Answer]
CASES = {case.name: case for case in all_cases('small')}


def state(width: int = 4) -> Dict[str, Any]:
    """Tensors of the fixture's Small at scale 2."""
    import torch

    return {
        'intro.weight': torch.randn(width, 3, 3, 3),
        'intro.bias': torch.randn(width),
        'act.weight': torch.randn(width),
        'ending.weight': torch.randn(12, width, 3, 3),
        'ending.bias': torch.randn(12),
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the layout, with weight files in it, where the training is started."""
    import torch

    repository = tmp_path / 'redux'
    shutil.copytree(str(FIXTURE), str(repository))
    monkeypatch.chdir(repository)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    torch.save(state(), 'flat.pth')
    torch.save({'params': state(), 'params_ema': state()}, 'both.pth')
    torch.save({f'generator.{name}': value for name, value in state().items()}, 'other.pth')
    return repository


@pytest.fixture
def check(folder: Path, capfd: Any) -> Check:
    """Check a start with options below `path:`."""
    training = Training(folder, capfd, '', name='probe.yml')

    def check(path: Optional[Dict[str, Any]] = None, *arguments: str, **more: Any) -> Answer:
        options = dict(CASES['from-scratch'].options, path=path or {}, **more)
        training.write(yaml.safe_dump(options, sort_keys=False))
        return training.check(*arguments)

    return check


def test_what_loads_is_ready(check: Check) -> None:
    answer = check({'pretrain_network_g': 'flat.pth'})
    assert (answer.exit_code, answer.verdict, answer.codes) == (0, 'ready', [])
    assert answer.json['framework']['dialect'] == 'traiNNer-redux'


def test_the_table_that_is_read_is_named(check: Check) -> None:
    answer = check({'pretrain_network_g': 'both.pth'})
    assert answer.loads[0]['param_key']['used'] == 'params_ema'
    answer = check({'pretrain_network_g': 'both.pth', 'param_key_g': 'params'})
    assert answer.loads[0]['param_key']['used'] == 'params'


@pytest.mark.fires('WC202')
def test_a_load_of_nothing_is_no_start(check: Check) -> None:
    """The framework warns of 0 % and goes on."""
    answer = check({'pretrain_network_g': 'other.pth', 'strict_load_g': False})
    assert answer.exit_code == 1 and 'WC202' in answer.codes
    assert '--strip-prefix generator.' in str(answer.json)


@pytest.mark.fires('WC405')
def test_an_option_that_no_training_reads(check: Check) -> None:
    answer = check({'pretrain_network_g_path': 'flat.pth'})
    assert answer.exit_code == 1 and 'WC405' in answer.codes
    assert answer.recommendation['proof']['parameter_fraction'] == 1


@pytest.mark.fires('WC431')
def test_a_discriminator_whose_loss_weighs_nothing(check: Check, folder: Path) -> None:
    options = CASES['gan-weighs-nothing-flat'].options
    path = {'pretrain_network_g': 'flat.pth', 'pretrain_network_d': 'judge.pth'}
    (folder / 'judge.pth').write_bytes((folder / 'flat.pth').read_bytes())
    answer = check(path, network_d=options['network_d'], train=options['train'])
    assert (answer.exit_code, answer.verdict, answer.codes) == (0, 'ready', ['WC431'])


@pytest.mark.fires('WC502')
def test_networks_that_a_resume_should_ignore_end_the_training(check: Check) -> None:
    path = {'pretrain_network_g': 'flat.pth', 'ignore_resume_networks': ['network_d']}
    answer = check(path)
    assert answer.exit_code == 1 and 'WC502' in answer.codes


def test_what_its_own_types_refuse(folder: Path, capfd: Any) -> None:
    """The place is the parser's, with the line in the file; a near name is offered."""
    for path, words in (
        ({'strict_load_g': 'false'}, ('path.strict_load_g', 'Expected `bool`, got `str`')),
        ({'pretrain_network_gg': 'x'}, ('path.pretrain_network_gg', 'mean pretrain_network_g?')),
    ):
        options = dict(CASES['from-scratch'].options, path=path)
        (folder / 'probe.yml').write_text(yaml.safe_dump(options, sort_keys=False))
        line = (folder / 'probe.yml').read_text().split('\n').index('path:') + 2
        assert main(['check', '-opt', 'probe.yml', '--no-report']) == 1
        text = ' '.join(capfd.readouterr().err.split())
        assert f'probe.yml:{line}' in text
        assert all(one in text for one in words), text


def test_a_template_is_refused_as_the_framework_does(folder: Path, capfd: Any) -> None:
    place = folder / 'options' / '_templates' / 'train'
    place.mkdir(parents=True)
    options = yaml.safe_dump(CASES['from-scratch'].options)
    (place / 'small.yml').write_text(options)
    assert main(['check', '-opt', 'options/_templates/train/small.yml', '--no-report']) == 1
    assert 'template config' in ' '.join(capfd.readouterr().err.split())


def _resume(folder: Path, *files: str, numbered: Sequence[int] = range(5)) -> Dict[str, Any]:
    """A finished training of four iterations; the options that go on from it."""
    import torch
    from safetensors.torch import save_file

    root = folder / 'experiments' / 'from-scratch'
    for number, name in enumerate(files):
        path = root / 'models' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith('.pth'):
            torch.save(state(), str(path))
        else:
            save_file(state(), str(path))
        os.utime(str(path), (10**9 + number, 10**9 + number))
    (root / 'training_states').mkdir(parents=True, exist_ok=True)
    group = {'params': list(numbered), 'lr': 1e-4}
    state_file = root / 'training_states' / '4.state'
    content = {'epoch': 1, 'iter': 4, 'schedulers': [], 'optimizers': [
        {'state': {}, 'param_groups': [group]}]}  # fmt: skip
    torch.save(content, str(state_file))
    return {'resume_state': str(state_file.relative_to(folder))}


@pytest.mark.fires('WC561')
def test_a_stale_file_wins_a_resume(check: Check, folder: Path) -> None:
    path = _resume(folder, 'net_g_4.pth', 'resume_models/net_g_4.safetensors')
    answer = check(path)
    assert 'WC561' in answer.codes
    assert answer.loads[0]['checkpoint']['path'].endswith('models/net_g_4.pth')


@pytest.mark.fires('WC561')
def test_averages_that_are_not_taken(check: Check, folder: Path) -> None:
    path = _resume(folder, 'net_g_4.safetensors', 'net_g_ema_4.safetensors')
    train = dict(CASES['from-scratch'].options['train'], ema_decay=0.999)
    answer = check(path, train=train)
    assert 'WC561' in answer.codes


def test_a_resume_as_the_framework_leaves_it(check: Check, folder: Path) -> None:
    path = _resume(folder, 'resume_models/net_g_4.safetensors', 'net_g_ema_4.safetensors')
    train = dict(CASES['from-scratch'].options['train'], ema_decay=0.999)
    answer = check(path, train=train)
    assert (answer.exit_code, answer.verdict, answer.codes) == (0, 'ready', ['WC528'])


@pytest.mark.fires('WC562')
def test_averages_that_the_first_iteration_overwrites(check: Check) -> None:
    train = dict(CASES['from-scratch'].options['train'], ema_decay=0.999)
    path = {'pretrain_network_g': 'flat.pth', 'pretrain_network_g_ema': 'both.pth'}
    answer = check(path, train=train)
    assert answer.exit_code == 0 and 'WC562' in answer.codes


def test_what_is_recommended_is_not_objected_to(check: Check, folder: Path) -> None:
    """Starting over takes no averages along: WC562 would take them out again."""
    path = _resume(folder, 'net_g_4.safetensors', 'net_g_ema_4.safetensors', numbered=[0])
    train = dict(CASES['from-scratch'].options['train'], ema_decay=0.999)
    answer = check(path, train=train)
    edits = [edit['option'] for edit in answer.recommendation['edits']]
    assert 'path.pretrain_network_g' in edits and 'path.pretrain_network_g_ema' not in edits


def test_what_is_recommended_is_applied(check: Check, folder: Path) -> None:
    check({'pretrain_network_g_path': 'flat.pth'}, '--fixed', 'fixed.yml')
    code = main(['check', '-opt', 'fixed.yml', '--no-report'])
    assert code == 0
    fixed = yaml.safe_load((folder / 'fixed.yml').read_text())
    assert fixed['path'] == {'pretrain_network_g': 'flat.pth'}


def test_scan_ranks_by_the_same_network(folder: Path, check: Check, capfd: Any) -> None:
    check({'pretrain_network_g': 'flat.pth'})
    main(['scan', '.', '-opt', 'probe.yml', '--format', 'json'])
    said = json.loads(capfd.readouterr().out)
    names = {os.path.basename(one['path']): one for one in said['files']}
    assert {'flat.pth', 'both.pth', 'other.pth'} <= set(names), said
    assert names['both.pth']['table'] == 'params_ema'
    assert names['other.pth']['reason'] == 'prefix'


def test_a_merge_key_is_read_as_its_own_parser_does() -> None:
    from basicsr_weightcheck.plan.option_file import parse_options

    text = 'a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n'
    options = parse_options(text, 'x.yml', 'yaml-merge')
    assert options.data['b'] == yaml.safe_load(text)['b'] == {'x': 1, 'y': 3}
    assert not options.duplicates


def test_scan_judges_by_the_loader_of_the_framework(folder: Path, check: Check, capfd: Any) -> None:
    import torch

    check({'pretrain_network_g': 'flat.pth'})
    torch.save(state(), 'upper.PTH')
    mixed = {f'module.{name}': value for name, value in state().items()}
    mixed['intro.bias'] = mixed.pop('module.intro.bias')
    torch.save(mixed, 'mixed.pth')
    main(['scan', 'upper.PTH', 'mixed.pth', 'flat.pth', '-opt', 'probe.yml', '--format', 'json'])
    files = json.loads(capfd.readouterr().out)['files']
    names = {one['path']: (one['reason'], one['tensors_loaded']) for one in files}
    assert names == {'upper.PTH': ('error', 0), 'mixed.pth': ('partly', 1), 'flat.pth': ('full', 5)}


def test_the_networks_of_the_grid_are_those_of_the_fixture() -> None:
    text = (FIXTURE / 'traiNNer' / 'archs' / 'small_arch.py').read_text().lower()
    assert all(f'class {one["type"].lower()}(' in text for one in NETWORKS['small'].values())


@pytest.mark.fires('WC209')
def test_a_prefix_is_cut_only_if_every_name_has_it(check: Check, folder: Path) -> None:
    import torch

    table = {f'module.{name}': value for name, value in state().items()}
    torch.save(table, str(folder / 'parallel.pth'))
    answer = check({'pretrain_network_g': 'parallel.pth'})
    assert (answer.exit_code, answer.codes) == (0, [])
    torch.save(dict(table, n_averaged=torch.tensor(3)), str(folder / 'averaged.pth'))
    answer = check({'pretrain_network_g': 'averaged.pth'})
    assert answer.exit_code == 1 and 'WC209' in answer.codes
    assert '--strip-prefix module.' in str(answer.json)
    amount = len(table)  # all but n_averaged
    assert f'{amount} of {amount + 1} names begin with module.' in str(answer.json)
    assert answer.recommendation['proof']['parameter_fraction'] == 1
