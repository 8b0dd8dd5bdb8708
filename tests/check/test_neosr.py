"""neosr: what the check says of its TOML files, on a tiny package of its layout."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from basicsr_weightcheck.cli.main import main
from tests.frameworks.neosr.cases import (
    DISCRIMINATOR,
    WITH_DISCRIMINATOR,
    write_options,
)

pytestmark = [
    pytest.mark.torch,
    pytest.mark.basicsr,
    pytest.mark.skipif(sys.version_info < (3, 11), reason='tomllib'),
]
FIXTURE = Path(__file__).resolve().parents[1] / 'fixtures' / 'neosr_layout'
GOOD = "pretrain_network_g = 'good.pth'  # the weights"
Said = Dict[str, Any]
Check = Callable[..., Said]


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
def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check a start; what is said of it, as JSON."""

    def run(path: str = GOOD, *arguments: str, **parts: Any) -> Said:
        write_options(str(folder), 'probe', path=path, **parts)
        main(['check', '-opt', 'probe.toml', '--format', 'json', '--no-report', *arguments])
        said: Said = json.loads(capsys.readouterr().out)
        return said

    return run


def codes(said: Said) -> List[str]:
    found = [one['code'] for one in said['findings']]
    return found + [one['code'] for load in said['loads'] for one in load['findings']]


def test_a_file_of_averages_is_never_read(check: Check) -> None:
    """The averages are a copy: neosr has no option that loads them."""
    said = check(f"{GOOD}\npretrain_network_g_ema = 'both.pth'")
    assert said['verdict'] != 'ready' and 'WC431' in codes(said)
    assert [load['network'] for load in said['loads']] == ['net_g']


def test_what_loads_is_ready(check: Check) -> None:
    said = check()
    assert said['verdict'] == 'ready' and not codes(said)
    assert said['framework']['dialect'] == 'neosr' and said['framework']['version'] == '1.0.0'


@pytest.mark.fires('WC414')
def test_an_option_that_kwargs_swallow_is_told(check: Check) -> None:
    said = check(network_g='type = "compact"\nnum_conv = 1\nnum_feats = 8')
    assert 'WC414' in codes(said)
    (edit,) = said['recommendation']['edits']
    assert (edit['option'], edit['to']) == ('network_g.num_feats', 8)
    assert edit['becomes'] == 'network_g.num_feat'
    assert said['recommendation']['proof']['loads'] is True
    (told,) = (one for one in said['findings'] if one['code'] == 'WC414')
    assert told['option'] == 'network_g.num_feats'
    assert told['parameters']['nearest'] == 'num_feat'


def test_a_function_that_hands_its_keywords_on_swallows_nothing(check: Check) -> None:
    said = check("pretrain_network_g = 'good.pth'", network_g='type = "compact_wide"\nnum_conv = 1')
    assert 'WC414' not in codes(said)


@pytest.mark.fires('WC415')
def test_a_table_that_the_file_decides_on_is_told(check: Check) -> None:
    said = check("pretrain_network_g = 'both.pth'\nparam_key_g = 'params'")
    assert codes(said) == ['WC415'] and said['verdict'] == 'ready'
    assert said['loads'][0]['param_key']['used'] == 'params_ema'
    said = check("pretrain_network_g = 'both.pth'\nparam_key_g = 'mine'")
    assert codes(said) == ['WC206']


@pytest.mark.fires('WC551')
def test_the_python_that_the_start_script_asks_for(folder: Path, check: Check) -> None:
    train = folder / 'train.py'
    train.write_text('import sys\nif sys.version_info.minor != 8:\n    raise ValueError\n')
    said = check()
    assert codes(said) == ['WC551'] and said['verdict'] != 'ready'


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
    said = check(GOOD, '--auto_resume')
    assert 'WC552' in codes(said) and said['verdict'] == 'ready'
    assert said['loads'][0]['checkpoint']['path'].endswith('net_g_5.pth')
    assert 'WC552' not in codes(check(GOOD, '--auto_resume', ema=-1))


@pytest.mark.fires('WC553')
def test_a_stop_that_looks_like_success(check: Check) -> None:
    said = check("pretrain_network_g = 'half.pth'")
    assert 'WC553' in codes(said) and said['verdict'] != 'ready'
    assert said['loads'][0]['outcomes']['configured']['error'] == 'SystemExit'


@pytest.mark.fires('WC554')
def test_weights_for_a_network_that_is_not_there(check: Check) -> None:
    said = check(f"{GOOD}\npretrain_network_d = 'good.pth'")
    assert 'WC554' in codes(said) and 'WC511' not in codes(said)


def test_a_compiled_network_has_other_names(check: Check) -> None:
    """The network is compiled before the load: nothing of a plain file fits."""
    said = check(f'{GOOD}\nstrict_load_g = false', top='compile = true')
    assert said['verdict'] == 'convert' and 'WC209' in codes(said)
    assert '--add-prefix _orig_mod.' in said['recommendation']['conversion']['command']
    assert said['recommendation']['proof']['loads'] is True


def test_an_option_that_makes_a_folder_is_renamed_in_the_file(folder: Path, check: Check) -> None:
    said = check("pretrain_model_g = 'good.pth'  # mine", '--apply')
    assert said['verdict'] == 'change-options' or 'WC405' in codes(said)
    text = (folder / 'probe.toml').read_text(encoding='utf-8')
    assert "pretrain_network_g = 'good.pth'  # mine\n" in text
    assert check(path="pretrain_network_g = 'good.pth'  # mine")['verdict'] == 'ready'


def test_both_networks_are_checked(check: Check, folder: Path) -> None:
    import torch

    judge = {
        'look.weight': torch.randn(4, 3, 3, 3), 'look.bias': torch.randn(4),
        'tell.weight': torch.randn(1, 4, 3, 3), 'tell.bias': torch.randn(1),
    }  # fmt: skip
    torch.save(judge, folder / 'd.pth')
    said = check(
        f"{GOOD}\npretrain_network_d = 'd.pth'",
        network_d=DISCRIMINATOR, train=WITH_DISCRIMINATOR,
    )  # fmt: skip
    assert said['verdict'] == 'ready'
    assert [load['network'] for load in said['loads']] == ['net_g', 'net_d']


def test_a_model_that_is_not_there_stops_the_training(check: Check, folder: Path) -> None:
    write_options(str(folder), 'probe', path=GOOD, model='imagine')
    assert main(['check', '-opt', 'probe.toml', '--no-report']) == 1
