"""`inspect`: what the file says of itself, its health, and the network it was made for."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict

import pytest
import torch
import yaml

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.workflow.inspect import inspect

pytestmark = pytest.mark.torch
Run = Callable[..., 'subprocess.CompletedProcess[str]']


def save(path: Path, tables: Dict[str, Any], **options: Any) -> str:
    torch.save(tables, str(path), **options)
    return str(path)


def test_the_block_builds_the_network_that_made_the_file(guide_files: Path) -> None:
    from basicsr_weightcheck.archs.restormer_arch import Restormer

    for name in ('mdta.pth', 'hta.pth'):
        result = inspect(str(guide_files / name))
        assert result.identity is not None and result.identity.exact
        section = yaml.safe_load(result.block)['network_g']
        assert section.pop('type') == 'Restormer'
        with torch.device('meta'):
            network = Restormer(**section)
        table = torch.load(str(guide_files / name))['params']
        assert {k: v.shape for k, v in network.state_dict().items()} == {
            k: v.shape for k, v in table.items()
        }


def test_counts_parameters_buffers_and_tied_tensors(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    table = dict(network.state_dict())
    table['twin.weight'] = table['0.weight']
    table['half'] = torch.zeros(5, dtype=torch.float16)
    result = inspect(save(tmp_path / 'net.pth', {'params': table, 'iter': 7, 'note': 'x'}), depth=2)
    assert result.tied == (('0.weight', 'twin.weight'),)
    assert result.parameters == 2 * 108 + 4 + 8 + 5 and result.buffers == 4 + 4 + 1
    assert {row[0]: row[1] for row in result.dtypes} == {'float32': 7, 'float16': 1, 'int64': 1}
    assert result.others == (('iter', '7'), ('note', "'x'"))
    rows = {row.name: (row.depth, row.tensors) for row in result.modules}
    assert rows['0'] == (1, 2) and rows['1'] == (1, 5) and rows['1.running_mean'] == (2, 1)
    assert list(rows)[:3] == ['0', '0.weight', '0.bias']


@pytest.mark.parametrize('container', ['zip', 'legacy', 'safetensors'])
@pytest.mark.parametrize('dtype', ['float32', 'float16', 'bfloat16', 'float64', 'complex64'])
def test_nan_inf_and_zeros_are_found(tmp_path: Path, dtype: str, container: str) -> None:
    from safetensors.torch import save_file

    kind = getattr(torch, dtype)
    table = {
        'good': torch.ones(300_000, dtype=kind),
        'nan': torch.tensor([1.0, float('nan'), 2.0]).to(kind),
        'inf': torch.tensor([float('-inf'), float('inf'), 0.0]).to(kind),
        'zero': torch.zeros(4, 4, dtype=kind),
        'empty': torch.zeros(0, dtype=kind),
    }
    path = str(tmp_path / 'w.pth')
    if container == 'safetensors':
        save_file(table, path)
    else:
        torch.save(table, path, _use_new_zipfile_serialization=container == 'zip')
    result = inspect(path, values=True)
    assert result.health is not None and result.health.measured == 4
    assert {(one.key, one.nan, one.inf, one.zero) for one in result.health.tensors} == {
        ('nan', 1, 0, False), ('inf', 0, 2, False), ('zero', 0, 0, True),
    }  # fmt: skip
    assert not result.sound
    # The CRC-32 of no bytes is 0, which also stands for "not computed".
    assert result.health.checksums == (4 if container == 'zip' else 0)


def test_bit_rot_that_torch_does_not_see(run_script: Run, guide_files: Path) -> None:
    path = guide_files / 'mdta.pth'
    spec = read_header(str(path)).tables['params'].tensors[5]
    assert spec.storage is not None and spec.storage.file_offset is not None
    data = bytearray(path.read_bytes())
    data[spec.storage.file_offset + 1] ^= 1
    (guide_files / 'rotten.pth').write_bytes(bytes(data))
    torch.load(str(guide_files / 'rotten.pth'))  # loads without a word
    done = run_script('basicsr-weightcheck', 'inspect', 'rotten.pth', '--values')
    assert done.returncode == 1 and 'CRC-32 does not agree' in done.stdout
    assert spec.key in done.stdout
    done = run_script('basicsr-weightcheck', 'inspect', 'mdta.pth', '--values')
    assert done.returncode == 0 and 'CRC-32: all 109 storages agree' in done.stdout


def test_hash_in_the_file_name(run_script: Run, guide_files: Path) -> None:
    data = (guide_files / 'mdta.pth').read_bytes()
    digits = hashlib.sha256(data).hexdigest()[:8]
    (guide_files / f'official-{digits}.pth').write_bytes(data)
    (guide_files / 'official-00000000.pth').write_bytes(data)
    words = ['inspect', f'official-{digits}.pth']
    assert 'not computed' in run_script('basicsr-weightcheck', *words).stdout
    done = run_script('basicsr-weightcheck', *words, '--values')
    assert done.returncode == 0 and 'SHA-256 agrees' in done.stdout
    done = run_script('basicsr-weightcheck', 'inspect', 'official-00000000.pth', '--values')
    assert done.returncode == 1 and f'begins with {digits}' in done.stdout


def test_nothing_is_read_without_values(guide_files: Path) -> None:
    result = inspect(str(guide_files / 'mdta.pth'))
    assert result.health is None and result.sound


def test_a_prefix_is_taken_off_before_the_network_is_told(guide_files: Path) -> None:
    table = torch.load(str(guide_files / 'mdta.pth'))['params']
    path = save(guide_files / 'pre.pth', {f'net_g.{k}': v for k, v in table.items()})
    result = inspect(path)
    assert result.identity is not None and result.identity.prefix == 'net_g.'


def test_unknown_networks_are_called_so(run_script: Run, guide_files: Path) -> None:
    table = torch.nn.LSTM(4, 5).state_dict()
    save(guide_files / 'lstm.pth', {'params': table})
    done = run_script('basicsr-weightcheck', 'inspect', 'lstm.pth', lang='zh')
    assert done.returncode == 0 and '不是这里认识的网络' in done.stdout


def test_names_of_today_need_no_advice(tmp_path: Path) -> None:
    """What tells how older names are converted takes as long to import as all the rest."""
    import sys

    from tests.helpers import ROOT, write_weights

    write_weights(str(tmp_path / 'a.pth'), {'own.weight': (2, 2)})
    code = (
        f'import sys; sys.path.insert(0, {str(ROOT)!r})\n'
        'from basicsr_weightcheck.__main__ import main\n'
        'main(["inspect", "a.pth"])\n'
        'print([one for one in sys.modules if "weightcheck.advice" in one or ".dialects" in one])\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, cwd=str(tmp_path), check=True
    )
    assert done.stdout.endswith('\n[]\n'), done.stdout


def test_spandrel_is_asked_on_request(tmp_path: Path) -> None:
    """In a process of its own: torchvision has to be mended before spandrel imports it."""
    import sys

    from tests.helpers import ROOT

    code = (
        'import sys, types\n'
        'sys.modules["torchvision._meta_registrations"] = types.ModuleType("stub")\n'
        f'sys.path.insert(0, {str(ROOT)!r})\n'
        'import torch\n'
        'from spandrel.architectures.OmniSR import OmniSR\n'
        'torch.save(OmniSR().state_dict(), "omni.pth")\n'
        'from basicsr_weightcheck.workflow.inspect import inspect\n'
        'print(inspect("omni.pth").identity, inspect("omni.pth", spandrel=True).second_opinion)\n'
        'torch.save(torch.nn.LSTM(4, 5).state_dict(), "lstm.pth")\n'
        'print(inspect("lstm.pth", spandrel=True).second_opinion)\n'
    )
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code],
        cwd=str(tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.stdout.split('\n')[:2] == ['None OmniSR', '–'], done.stderr


def test_markdown_and_json_say_the_same(run_script: Run) -> None:
    done = run_script('basicsr-weightcheck', 'inspect', 'hta.pth', '--format', 'json')
    document = json.loads(done.stdout)
    assert document['network']['options']['attn_types'] == ['HTA'] * 4
    done = run_script('basicsr-weightcheck', 'inspect', 'hta.pth', '--format', 'markdown')
    assert '```yaml\nnetwork_g:\n  type: Restormer' in done.stdout


@pytest.mark.basicsr
@pytest.mark.parametrize('wrapper', ['', 'module.'])
@pytest.mark.parametrize('generation', ['old', 'middle'])
def test_older_names_point_to_convert(
    tmp_path: Path, generation: str, wrapper: str, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that inspect prints makes a file that the real network loads strictly."""
    from basicsr_weightcheck.cli.main import main
    from tests.conversion.test_generations import middle_names, old_names
    from tests.training import repaired_basicsr

    monkeypatch.chdir(tmp_path)
    options = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 3, 'num_grow_ch': 4}
    network = repaired_basicsr().build_network(dict(options, type='RRDBNet'))
    renamed = (old_names if generation == 'old' else middle_names)(network.state_dict())
    save(tmp_path / 'a.pth', {wrapper + key: value for key, value in renamed.items()})
    result = inspect('a.pth')
    assert result.converted_type == 'RRDBNet'
    assert f'--rules esrgan-{generation}' in result.conversion
    assert main(['inspect', 'a.pth', '--lang', 'en']) == 0
    printed = capfd.readouterr().out
    assert result.conversion in printed and 'Not one of the networks' not in printed
    assert main(result.conversion.split()[3:]) == 0
    network.load_state_dict(torch.load('a_converted.pth')['params'], strict=True)
    assert inspect('a_converted.pth').conversion == ''
