"""The whole check on real files: what it finds, what it recommends, and that this is proven."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import Run, change
from tests.helpers import ROOT

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def save(content: Any) -> None:
    import torch

    torch.save(content, 'weights.pth')


def codes(document: Any) -> list[str]:
    loads = [finding['code'] for load in document['loads'] for finding in load['findings']]
    return loads + [finding['code'] for finding in document['findings']]


def edits(document: Any) -> Dict[str, Any]:
    advice = document['recommendation']
    return {edit['option']: edit['to'] for edit in advice['edits']} if advice else {}


def test_exact_match(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': edsr})
    code, document = run_json()
    assert (code, document['verdict'], document['recommendation']) == (0, 'ready', None)
    (load,) = document['loads']
    assert load['strict']['must_be_false'] is False and load['strict']['recommended'] is True
    assert load['coverage']['parameters']['fraction'] == 1.0
    assert load['outcomes']['configured']['by'].endswith('BaseModel.load_network')


@pytest.mark.fires('WC201')
def test_a_missing_layer_needs_strict_false(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    code, document = run_json('--apply')
    assert (code, document['verdict']) == (1, 'change-options')
    (load,) = document['loads']
    assert load['strict']['must_be_false'] is True
    assert load['keys']['missing'] == ['conv_last.bias', 'conv_last.weight']
    assert load['recommendation']['proof']['loads'] is True
    assert 0 < load['recommendation']['proof']['parameter_fraction'] < 1
    assert 'WC201' in codes(document) and edits(document) == {'path.strict_load_g': False}
    code, document = run_json()
    assert (code, document['verdict']) == (0, 'ready-partly')


def test_another_table(folder: Path, run_json: Run, edsr: State) -> None:
    save({'state_dict': edsr, 'epoch': 3})
    code, document = run_json()
    assert code == 1 and 'WC205' in codes(document)
    assert edits(document) == {'path.param_key_g': 'state_dict'}
    assert document['recommendation']['proof']['loads'] is True


def test_a_flat_file_without_ema(folder: Path, run_json: Run, edsr: State) -> None:
    save(dict(edsr))
    code, document = run_json()
    assert code == 1 and edits(document) == {'path.param_key_g': None}
    assert document['recommendation']['proof']['parameter_fraction'] == 1.0


@pytest.mark.fires('WC202', 'WC213')
def test_the_root_of_a_wrapped_file_loads_nothing(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': edsr})
    change(folder, 'strict_load_g: true', 'strict_load_g: false\n  param_key_g: ~')
    code, document = run_json()
    assert code == 1 and {'WC202', 'WC213'} <= set(codes(document))
    assert edits(document) == {'path.param_key_g': 'params'}


def test_a_conversion_command_does_what_was_proven(
    folder: Path, run_json: Run, edsr: State
) -> None:
    save({'params': {f'net_g.{key}': value for key, value in edsr.items()}})
    change(folder, 'ema_decay: 0', 'ema_decay: 0.999')
    code, document = run_json('--apply')
    assert (code, document['verdict']) == (1, 'convert')
    assert document['recommendation']['proof'] == {
        'loads': True,
        'parameter_fraction': 1.0,
        'by': 'basicsr.models.base_model.BaseModel.load_network',
    }
    assert [load['network'] for load in document['loads']] == ['net_g', 'net_g_ema']
    command = document['loads'][0]['recommendation']['conversion']['command']
    import sys

    path = os.path.dirname(sys.executable) + ':' + os.environ['PATH']
    environment = dict(os.environ, PATH=path, PYTHONPATH=str(ROOT))
    subprocess.run(command, shell=True, check=True, env=environment, stdout=subprocess.DEVNULL)
    code, document = run_json()
    assert (code, document['verdict']) == (0, 'ready')


@pytest.mark.fires('WC212')
def test_another_network_is_no_case_for_strict_false(folder: Path, run_json: Run) -> None:
    import torch

    save({'params': {f'blocks.{i}.weight': torch.zeros(4, 4) for i in range(9)}})
    code, document = run_json()
    assert (code, document['verdict']) == (1, 'wrong-checkpoint')
    assert 'WC212' in codes(document) and document['recommendation'] is None
    assert document['loads'][0]['strict']['must_be_false'] is None


def test_quoted_false_is_true(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': edsr})
    change(folder, 'strict_load_g: true', "strict_load_g: 'false'")
    code, document = run_json()
    assert code == 1 and 'WC401' in codes(document)
    assert document['loads'][0]['strict']['effective'] is True
    # One edit is all: with false the next check would say that it could be true.
    assert edits(document) == {'path.strict_load_g': True}


def test_weights_in_the_archived_folder(folder: Path, run_json: Run, edsr: State) -> None:
    os.makedirs('experiments/probe/models')
    save({'params': edsr})
    os.replace('weights.pth', 'experiments/probe/models/net_g.pth')
    change(folder, 'weights.pth', 'experiments/probe/models/net_g.pth')
    code, document = run_json()
    assert code == 1 and 'WC501' in codes(document)
    assert document['verdict'] == 'change-options'


def test_a_cut_file(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': edsr})
    data = (folder / 'weights.pth').read_bytes()
    (folder / 'weights.pth').write_bytes(data[: len(data) * 2 // 3])
    code, document = run_json()
    assert (code, document['verdict']) == (1, 'unusable-file')


@pytest.mark.fires('WC105')
def test_a_dangerous_file_is_not_run(folder: Path, run_json: Run) -> None:
    import torch

    class Attack:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(folder / 'called'),)

    torch.save({'params': Attack()}, 'weights.pth')
    code, document = run_json()
    assert (code, document['verdict']) == (1, 'unusable-file')
    assert 'WC105' in codes(document) and not (folder / 'called').exists()


def test_two_runs_write_the_same_bytes(folder: Path, run_json: Run, edsr: State) -> None:
    save({'params': edsr})
    run_json('--output', 'one')
    run_json('--output', 'two')
    for name in ('recommendation.txt', 'load.log', 'check.json'):
        assert (folder / 'one' / name).read_bytes() == (folder / 'two' / name).read_bytes()


def test_the_load_log_speaks_as_basicsr(folder: Path, run_json: Run, edsr: State) -> None:
    import torch

    changed = {key: value for key, value in edsr.items() if 'conv_last.bias' not in key}
    changed['conv_first.bias'] = torch.zeros(9)
    save({'params': dict(changed, extra=torch.zeros(2))})
    run_json('--output', 'out')
    log = (folder / 'out' / 'load.log').read_text()
    assert 'Loading EDSR model from weights.pth, with param key: [params].' in log
    assert 'Current net - loaded net:\n  conv_last.bias\nLoaded net - current net:\n  extra' in log
    size = 'crt_net: torch.Size([8]); load_net: torch.Size([9])'
    assert f'Size different, ignore [conv_first.bias]: {size}' in log
    assert 'missing 1, unexpected 1, other size 1' in log


@pytest.mark.parametrize(
    'lang, word', [('en', 'strict_load must be false'), ('zh', '必须为 false')]
)
def test_text_in_both_languages(
    folder: Path, edsr: State, capfd: Any, lang: str, word: str
) -> None:
    save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    arguments = ['check', '-opt', 'train.yml', '--lang', lang, '--no-report']
    assert main([*arguments, '--details']) == 1
    out = capfd.readouterr().out
    assert word in out and '-  strict_load_g: true\n' in out and '+  strict_load_g: false\n' in out


EXACT = """\
✓ ready: everything loads                        train.yml
  net_g  16 of 16 tensors from weights.pth[params]
  INFO WC504 the import of the framework needs a repair: explain WC504
  details: --details or weightcheck_reports/probe/recommendation.txt
"""
PARTLY = """\
✗ change the options before you train            train.yml
    line 15: strict_load_g: true → false
    apply it: the same command with --apply (or --fixed NEW.yml)
    tried: 96.1 % of net_g loads; as it is, training stops (RuntimeError)
  net_g  14 of 16 tensors (96.1 %) fit weights.pth[params]
         initial: conv_last.* (2)   dropped: extra (1)
  ERROR WC201 strict_load must be false (line 15)
  INFO WC504 the import of the framework needs a repair: explain WC504
  details: --details or weightcheck_reports/probe/recommendation.txt
"""


def test_the_first_screen(folder: Path, edsr: State, capfd: Any) -> None:
    """What to do stands first; all that there is stands in the files and under --details."""
    import torch

    save({'params': edsr})
    assert main(['check', '-opt', 'train.yml']) == 0
    assert capfd.readouterr().out == EXACT
    less = {key: value for key, value in edsr.items() if 'conv_last' not in key}
    save({'params': dict(less, extra=torch.zeros(1))})
    assert main(['check', '-opt', 'train.yml']) == 1
    assert capfd.readouterr().out == PARTLY
    written = (folder / 'weightcheck_reports/probe/recommendation.txt').read_text('utf-8')
    assert main(['check', '-opt', 'train.yml', '--details', '--no-report']) == 1
    assert capfd.readouterr().out == written


def test_one_line_for_each_yaml(folder: Path, edsr: State, capfd: Any) -> None:
    save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    text = (folder / 'train.yml').read_text()
    (folder / 'b.yml').write_text(text.replace('strict_load_g: true', 'strict_load_g: false'))
    assert main(['check', '--quiet', '-opt', 'train.yml', 'b.yml']) == 1
    assert capfd.readouterr().out.splitlines() == [
        '✗ train.yml: change the options before you train; line 15: strict_load_g: true → false',
        '! b.yml: ready, but only a part of the network comes from the file',
    ]


def test_several_yamls_and_json_list(folder: Path, edsr: State, capfd: Any) -> None:
    save({'params': edsr})
    (folder / 'b.yml').write_text((folder / 'train.yml').read_text().replace('probe', 'other'))
    assert main(['check', '-opt', 'train.yml', 'b.yml', '--format', 'json']) == 0
    document = json.loads(capfd.readouterr().out)
    assert [check['options']['name'] for check in document['checks']] == ['probe', 'other']


@pytest.mark.fires('WC507')
def test_without_rehearsal_a_known_class_is_predicted(
    folder: Path, run_json: Run, edsr: State
) -> None:
    save({'params': edsr})
    code, document = run_json('--no-rehearsal')
    assert (code, document['verdict']) == (2, 'could-not-check')
    (load,) = document['loads']
    assert load['checkpoint']['tables'] == {'params': len(edsr)}
    assert load['outcomes']['configured']['by'] == 'predicted' and 'WC507' in codes(document)


def test_without_rehearsal_another_class_is_not_told(
    folder: Path, run_json: Run, edsr: State
) -> None:
    save({'params': edsr})
    change(folder, 'type: EDSR', 'type: MyOwn')
    code, document = run_json('--no-rehearsal')
    assert (code, document['verdict']) == (2, 'could-not-check')
