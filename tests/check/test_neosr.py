"""neosr: what the check says of its TOML files, on a tiny package of its layout."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.frameworks.neosr.cases import (
    DISCRIMINATOR,
    WITH_DISCRIMINATOR,
    write_options,
)
from tests.training import Answer, Training

pytestmark = [
    pytest.mark.torch,
    pytest.mark.basicsr,
    pytest.mark.skipif(sys.version_info < (3, 11), reason='tomllib'),
]
FIXTURE = Path(__file__).resolve().parents[1] / 'fixtures' / 'neosr_layout'
GOOD = "pretrain_network_g = 'good.pth'  # the weights"
Check = Callable[..., Answer]


def state(features: int = 8) -> Dict[str, Any]:
    """Tensors of the fixture's compact with one convolution in the middle."""
    import torch

    sizes = {'first': (features, 3), 'middle.0': (features, features), 'last': (48, features)}
    found = {}
    for name, size in sizes.items():
        found[f'{name}.weight'] = torch.randn(*size, 3, 3)
        found[f'{name}.bias'] = torch.randn(size[0])
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the layout, with weight files in it, where the training is started."""
    import torch

    repository = tmp_path / 'neosr'
    shutil.copytree(FIXTURE, repository)
    monkeypatch.chdir(repository)
    torch.save({'params': state()}, 'good.pth')
    torch.save({'params': state(), 'params_ema': state()}, 'both.pth')
    torch.save({'params': dict(list(state().items())[:3])}, 'half.pth')
    return repository


@pytest.fixture
def check(folder: Path, capfd: Any) -> Check:
    """Check a start with options below `[path]`."""
    training = Training(folder, capfd, '', name='probe.toml')

    def check(path: str = GOOD, *arguments: str, **parts: Any) -> Answer:
        write_options(str(folder), 'probe', path=path, **parts)
        return training.check(*arguments)

    return check


def test_a_file_of_averages_is_never_read(check: Check) -> None:
    """The averages are a copy: neosr has no option that loads them."""
    answer = check(f"{GOOD}\npretrain_network_g_ema = 'both.pth'")
    assert answer.verdict != 'ready' and 'WC431' in answer.codes
    assert [load['network'] for load in answer.loads] == ['net_g']


def test_what_loads_is_ready(check: Check) -> None:
    answer = check()
    assert answer.verdict == 'ready' and not answer.codes
    framework = answer.json['framework']
    assert (framework['dialect'], framework['version']) == ('neosr', '1.0.0')


@pytest.mark.fires('WC414')
def test_an_option_that_kwargs_swallow_is_told(check: Check) -> None:
    answer = check(network_g='type = "compact"\nnum_conv = 1\nnum_feats = 8')
    assert 'WC414' in answer.codes
    (edit,) = answer.recommendation['edits']
    assert (edit['option'], edit['to']) == ('network_g.num_feats', 8)
    assert edit['becomes'] == 'network_g.num_feat'
    assert answer.recommendation['proof']['loads'] is True
    told = answer.found('WC414')
    assert told['option'] == 'network_g.num_feats'
    assert told['parameters']['nearest'] == 'num_feat'


def test_a_function_that_hands_its_keywords_on_swallows_nothing(check: Check) -> None:
    answer = check(
        "pretrain_network_g = 'good.pth'", network_g='type = "compact_wide"\nnum_conv = 1'
    )
    assert 'WC414' not in answer.codes


@pytest.mark.fires('WC415')
def test_a_table_that_the_file_decides_on_is_told(check: Check) -> None:
    answer = check("pretrain_network_g = 'both.pth'\nparam_key_g = 'params'")
    assert answer.codes == ['WC415'] and answer.verdict == 'ready'
    assert answer.loads[0]['param_key']['used'] == 'params_ema'
    answer = check("pretrain_network_g = 'both.pth'\nparam_key_g = 'mine'")
    assert answer.codes == ['WC206']


@pytest.mark.fires('WC551')
def test_the_python_that_the_start_script_asks_for(folder: Path, check: Check) -> None:
    train = folder / 'train.py'
    train.write_text('import sys\nif sys.version_info.minor != 8:\n    raise ValueError\n')
    answer = check()
    assert answer.codes == ['WC551'] and answer.verdict != 'ready'


@pytest.mark.fires('WC552')
def test_a_resume_goes_on_from_averages(folder: Path, check: Check) -> None:
    import torch

    root = folder / 'experiments' / 'probe'
    (root / 'models').mkdir(parents=True)
    (root / 'training_states').mkdir()
    torch.save({'params': state()}, root / 'models' / 'net_g_5.pth')
    optimizer = torch.optim.Adam([torch.nn.Parameter(value) for value in state().values()])
    saved = {'epoch': 0, 'iter': 5, 'optimizers': [optimizer.state_dict()], 'schedulers': []}
    torch.save(saved, root / 'training_states' / '5.state')
    answer = check(GOOD, '--auto_resume')
    assert 'WC552' in answer.codes and answer.verdict == 'ready'
    assert answer.loads[0]['checkpoint']['path'].endswith('net_g_5.pth')
    assert 'WC552' not in check(GOOD, '--auto_resume', ema=-1).codes


@pytest.mark.fires('WC553')
def test_a_stop_that_looks_like_success(check: Check) -> None:
    answer = check("pretrain_network_g = 'half.pth'")
    assert 'WC553' in answer.codes and answer.verdict != 'ready'
    assert answer.loads[0]['outcomes']['configured']['error'] == 'SystemExit'


@pytest.mark.fires('WC554')
def test_weights_for_a_network_that_is_not_there(check: Check) -> None:
    answer = check(f"{GOOD}\npretrain_network_d = 'good.pth'")
    assert 'WC554' in answer.codes and 'WC511' not in answer.codes


def test_a_compiled_network_has_other_names(check: Check) -> None:
    """The network is compiled before the load: nothing of a plain file fits."""
    answer = check(f'{GOOD}\nstrict_load_g = false', top='compile = true')
    assert answer.verdict == 'convert' and 'WC209' in answer.codes
    assert '--add-prefix _orig_mod.' in answer.recommendation['conversion']['command']
    assert answer.recommendation['proof']['loads'] is True


def test_an_option_that_makes_a_folder_is_renamed_in_the_file(folder: Path, check: Check) -> None:
    answer = check("pretrain_model_g = 'good.pth'  # mine", '--apply')
    assert answer.verdict == 'change-options' or 'WC405' in answer.codes
    text = (folder / 'probe.toml').read_text(encoding='utf-8')
    assert "pretrain_network_g = 'good.pth'  # mine\n" in text
    assert check(path="pretrain_network_g = 'good.pth'  # mine").verdict == 'ready'


def test_both_networks_are_checked(check: Check, folder: Path) -> None:
    import torch

    judge = {
        'look.weight': torch.randn(4, 3, 3, 3), 'look.bias': torch.randn(4),
        'tell.weight': torch.randn(1, 4, 3, 3), 'tell.bias': torch.randn(1),
    }  # fmt: skip
    torch.save(judge, folder / 'd.pth')
    answer = check(
        f"{GOOD}\npretrain_network_d = 'd.pth'",
        network_d=DISCRIMINATOR, train=WITH_DISCRIMINATOR,
    )  # fmt: skip
    assert answer.verdict == 'ready'
    assert [load['network'] for load in answer.loads] == ['net_g', 'net_d']


def test_a_model_that_is_not_there_stops_the_training(check: Check, folder: Path) -> None:
    write_options(str(folder), 'probe', path=GOOD, model='imagine')
    assert main(['check', '-opt', 'probe.toml', '--no-report']) == 1
