"""The whole check on real files: what it finds, what it recommends, and that this is proven."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def test_exact_match(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict, answer.recommendation) == (0, 'ready', None)
    (load,) = answer.loads
    assert load['strict']['must_be_false'] is False and load['strict']['recommended'] is True
    assert load['coverage']['parameters']['fraction'] == 1.0
    assert load['outcomes']['configured']['by'].endswith('BaseModel.load_network')


@pytest.mark.fires('WC201')
def test_a_missing_layer_needs_strict_false(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    answer = basicsr.check('--apply')
    assert (answer.exit_code, answer.verdict) == (1, 'change-options')
    (load,) = answer.loads
    assert load['strict']['must_be_false'] is True
    assert load['keys']['missing'] == ['conv_last.bias', 'conv_last.weight']
    assert load['recommendation']['proof']['loads'] is True
    assert 0 < load['recommendation']['proof']['parameter_fraction'] < 1
    assert 'WC201' in answer.codes and answer.edits == {'path.strict_load_g': False}
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready-partly')


def test_another_table(basicsr: Training, edsr: State) -> None:
    basicsr.save({'state_dict': edsr, 'epoch': 3})
    answer = basicsr.check()
    assert answer.exit_code == 1 and 'WC205' in answer.codes
    assert answer.edits == {'path.param_key_g': 'state_dict'}
    assert answer.recommendation['proof']['loads'] is True


def test_a_flat_file_without_ema(basicsr: Training, edsr: State) -> None:
    basicsr.save(dict(edsr))
    answer = basicsr.check()
    assert answer.exit_code == 1 and answer.edits == {'path.param_key_g': None}
    assert answer.recommendation['proof']['parameter_fraction'] == 1.0


@pytest.mark.fires('WC202', 'WC213')
def test_the_root_of_a_wrapped_file_loads_nothing(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.change('strict_load_g: true', 'strict_load_g: false\n  param_key_g: ~')
    answer = basicsr.check()
    assert answer.exit_code == 1 and {'WC202', 'WC213'} <= set(answer.codes)
    assert answer.edits == {'path.param_key_g': 'params'}


def test_a_conversion_command_does_what_was_proven(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': {f'net_g.{key}': value for key, value in edsr.items()}})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    answer = basicsr.check('--apply')
    assert (answer.exit_code, answer.verdict) == (1, 'convert')
    assert answer.recommendation['proof'] == {
        'loads': True,
        'parameter_fraction': 1.0,
        'by': 'basicsr.models.base_model.BaseModel.load_network',
    }
    assert [load['network'] for load in answer.loads] == ['net_g', 'net_g_ema']
    answer.convert()
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')


@pytest.mark.fires('WC212')
def test_another_network_is_no_case_for_strict_false(basicsr: Training) -> None:
    import torch

    basicsr.save({'params': {f'blocks.{i}.weight': torch.zeros(4, 4) for i in range(9)}})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'wrong-checkpoint')
    assert 'WC212' in answer.codes and answer.recommendation is None
    assert answer.loads[0]['strict']['must_be_false'] is None


def test_quoted_false_is_true(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.change('strict_load_g: true', "strict_load_g: 'false'")
    answer = basicsr.check()
    assert answer.exit_code == 1 and 'WC401' in answer.codes
    assert answer.loads[0]['strict']['effective'] is True
    # One edit is all: with false the next check would say that it could be true.
    assert answer.edits == {'path.strict_load_g': True}


def test_weights_in_the_archived_folder(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr}, 'experiments/probe/models/net_g.pth')
    basicsr.change('weights.pth', 'experiments/probe/models/net_g.pth')
    answer = basicsr.check()
    assert answer.exit_code == 1 and 'WC501' in answer.codes
    assert answer.verdict == 'change-options'


def test_a_cut_file(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    file = basicsr.folder / 'weights.pth'
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'unusable-file')


@pytest.mark.fires('WC105')
def test_a_dangerous_file_is_not_run(basicsr: Training) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(basicsr.folder / 'called'),)

    basicsr.save({'params': Attack()})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (1, 'unusable-file')
    assert 'WC105' in answer.codes and not (basicsr.folder / 'called').exists()


def test_two_runs_write_the_same_bytes(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.check('--output', 'one')
    basicsr.check('--output', 'two')
    for name in ('recommendation.txt', 'load.log', 'check.json'):
        one, two = ((basicsr.folder / run / name).read_bytes() for run in ('one', 'two'))
        assert one == two


def test_the_load_log_speaks_as_basicsr(basicsr: Training, edsr: State) -> None:
    import torch

    changed = {key: value for key, value in edsr.items() if 'conv_last.bias' not in key}
    changed['conv_first.bias'] = torch.zeros(9)
    basicsr.save({'params': dict(changed, extra=torch.zeros(2))})
    basicsr.check('--output', 'out')
    log = (basicsr.folder / 'out' / 'load.log').read_text()
    assert 'Loading EDSR model from weights.pth, with param key: [params].' in log
    assert 'Current net - loaded net:\n  conv_last.bias\nLoaded net - current net:\n  extra' in log
    size = 'crt_net: torch.Size([8]); load_net: torch.Size([9])'
    assert f'Size different, ignore [conv_first.bias]: {size}' in log
    assert 'missing 1, unexpected 1, other size 1' in log


@pytest.mark.parametrize(
    'lang, word', [('en', 'strict_load must be false'), ('zh', '必须为 false')]
)
def test_text_in_both_languages(basicsr: Training, edsr: State, lang: str, word: str) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    exit_code, out, _ = basicsr.prints('--lang', lang, '--no-report', '--details')
    assert (
        exit_code == 1
        and word in out
        and '-  strict_load_g: true\n' in out
        and '+  strict_load_g: false\n' in out
    )


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


def test_the_first_screen(basicsr: Training, edsr: State) -> None:
    """What to do stands first; all that there is stands in the files and under --details."""
    import torch

    basicsr.save({'params': edsr})
    assert basicsr.prints()[:2] == (0, EXACT)
    less = {key: value for key, value in edsr.items() if 'conv_last' not in key}
    basicsr.save({'params': dict(less, extra=torch.zeros(1))})
    assert basicsr.prints()[:2] == (1, PARTLY)
    written = (basicsr.folder / 'weightcheck_reports/probe/recommendation.txt').read_text('utf-8')
    assert basicsr.prints('--details', '--no-report')[:2] == (1, written)


def test_one_line_for_each_yaml(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': {key: value for key, value in edsr.items() if 'conv_last' not in key}})
    text = basicsr.yaml.read_text()
    Path('b.yml').write_text(text.replace('strict_load_g: true', 'strict_load_g: false'))
    exit_code, out, _ = basicsr.prints('b.yml', '--quiet')
    assert exit_code == 1 and out.splitlines() == [
        '✗ train.yml: change the options before you train; line 15: strict_load_g: true → false',
        '! b.yml: ready, but only a part of the network comes from the file',
    ]


def test_several_yamls_and_json_list(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    Path('b.yml').write_text(basicsr.yaml.read_text().replace('probe', 'other'))
    exit_code, document = basicsr.document('b.yml')
    assert exit_code == 0
    assert [check['options']['name'] for check in document['checks']] == ['probe', 'other']


@pytest.mark.fires('WC507')
def test_without_rehearsal_a_known_class_is_predicted(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    answer = basicsr.check('--no-rehearsal')
    assert (answer.exit_code, answer.verdict) == (2, 'could-not-check')
    (load,) = answer.loads
    assert load['checkpoint']['tables'] == {'params': len(edsr)}
    assert load['outcomes']['configured']['by'] == 'predicted' and 'WC507' in answer.codes


def test_without_rehearsal_another_class_is_not_told(basicsr: Training, edsr: State) -> None:
    basicsr.save({'params': edsr})
    basicsr.change('type: EDSR', 'type: MyOwn')
    answer = basicsr.check('--no-rehearsal')
    assert (answer.exit_code, answer.verdict) == (2, 'could-not-check')
