"""`scan`: what the ranking says is what load_network does; pools and clusters say the same."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest
import torch

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.messages.width import columns
from basicsr_weightcheck.records.scans import Scan, ScanRow
from basicsr_weightcheck.records.tensors import NetworkSpec
from basicsr_weightcheck.report.html.render import rendered
from basicsr_weightcheck.report.page_to_text import render_page
from basicsr_weightcheck.report.scan_page import scan_page, scan_view
from basicsr_weightcheck.workflow.files import find_files
from basicsr_weightcheck.workflow.scan import _newest, judge, run_in_processes, run_on_dask, scan
from tests.agreement.conftest import RepairedBasicsr
from tests.check.conftest import BASE
from tests.helpers import HANG_S, ROOT, write_weights

pytestmark = pytest.mark.basicsr


@pytest.fixture(scope='module')
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A YAML and files of every kind for its network."""
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp('scan')
    (folder / 'train.yml').write_text(BASE)
    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    build = RepairedBasicsr().build_network
    table: Dict[str, Any] = build(dict(section, type='EDSR')).state_dict()
    wider = build(dict(section, type='EDSR', num_feat=12)).state_dict()
    longer = build(dict(section, type='EDSR', num_block=5)).state_dict()
    models = folder / 'experiments' / 'a' / 'models'
    models.mkdir(parents=True)
    for name, saved in {
        'net_g_5.pth': {'params': table},
        'net_g_10.pth': {'params': table},
        'ema.pth': {'params_ema': table, 'params': wider},
        'flat.pth': table,
        'parallel.pth': {'params': {f'module.{k}': v for k, v in table.items()}},
        'prefixed.pth': {'params': {f'net_g.{k}': v for k, v in table.items()}},
        'wider.pth': {'params': wider},
        'longer.pth': {'params': longer},
        'part.pth': {'params': {k: v for k, v in table.items() if 'body' in k}},
        'other.pth': {'params': torch.nn.Conv2d(3, 3, 3).state_dict()},
        'state.pth': {'epoch': 1},
    }.items():
        torch.save(saved, str(models / name))
    torch.save({'params': table}, str(models / 'old.pth'), _use_new_zipfile_serialization=False)
    save_file({k: v.contiguous() for k, v in table.items()}, str(models / 'new.safetensors'))
    (models / 'page.pth').write_bytes(b'<html>')
    (models / 'cut.pth').write_bytes((models / 'net_g_5.pth').read_bytes()[:5000])
    for path in models.iterdir():
        os.utime(path, (1000, 2000 if path.name == 'parallel.pth' else 1000))
    return folder


@pytest.fixture(scope='module')
def result(many: Path) -> Scan:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(many)
        return scan('train.yml', ['experiments/*/models/*'])


@pytest.fixture
def scanned(result: Scan, many: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.chdir(many)
    return result


def test_ranking_and_reasons(scanned: Scan) -> None:
    rows = {Path(row.path).name: row for row in scanned.rows}
    full = [row for row in scanned.rows if row.reason == 'full']
    assert [Path(row.path).name for row in full] == [
        'net_g_10.pth', 'net_g_5.pth', 'parallel.pth', 'ema.pth', 'flat.pth', 'old.pth',
    ]  # fmt: skip
    assert full[0].path.endswith('net_g_10.pth')  # of equally good ones the newest
    assert all(row.strict is True and row.fraction == 1.0 for row in full)
    assert rows['ema.pth'].table == 'params_ema' and rows['flat.pth'].table == ''
    assert rows['prefixed.pth'].reason == 'prefix' and rows['prefixed.pth'].convertible == 1.0
    assert rows['new.safetensors'].reason == 'container'
    assert rows['new.safetensors'].convertible == 1.0 and rows['new.safetensors'].fraction == 0
    assert rows['longer.pth'].strict is False and rows['longer.pth'].unexpected == 12
    assert 0 < rows['part.pth'].fraction < 1 and rows['part.pth'].strict is False
    assert rows['other.pth'].reason == 'nothing' and rows['other.pth'].strict is None
    assert {name for name, row in rows.items() if row.reason == 'error'} == {
        'state.pth', 'page.pth', 'cut.pth',
    }  # fmt: skip


def loaded_by_basicsr(path: str, strict: bool, key: Optional[str]) -> Optional[int]:
    """Number of tensors that the real load_network changes; None where it stops."""
    from basicsr.models.base_model import BaseModel

    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    network = RepairedBasicsr().build_network(dict(section, type='EDSR'))
    for tensor in network.state_dict().values():
        tensor.fill_(777.0)
    model = BaseModel.__new__(BaseModel)
    try:
        model.load_network(network, path, strict, key)
    except RuntimeError:
        return None
    return sum(not bool((tensor == 777.0).all()) for tensor in network.state_dict().values())


def test_rows_are_what_the_real_load_network_does(scanned: Scan) -> None:
    checked = 0
    for row in scanned.rows:
        if row.table is None or row.reason == 'container':
            continue
        strict = loaded_by_basicsr(row.path, True, row.table or None)
        assert (strict is not None) == (row.strict is True), row.path
        loose = loaded_by_basicsr(row.path, False, row.table or None)
        assert loose == row.tensors_loaded, row.path
        checked += 1
    assert checked == 11


@pytest.fixture(scope='module')
def scheduler() -> Iterator[str]:
    """Address of a cluster with two workers, which are started again when they are killed."""
    import dask
    from distributed import LocalCluster

    # A batch whose workers are killed is given up after the second, not the fourth.
    with dask.config.set({'distributed.scheduler.allowed-failures': 1}), LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=':0', silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def test_pool_and_cluster_say_the_same(
    scanned: Scan, many: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('basicsr_weightcheck.workflow.scan.BATCH_FILES', 3)
    pooled = scan('train.yml', ['experiments/a'], run=functools.partial(run_in_processes, jobs=2))
    assert pooled.rows == scanned.rows
    run = functools.partial(run_on_dask, scheduler=scheduler)
    assert scan('train.yml', ['experiments/a'], run=run).rows == scanned.rows


class Killer:
    """Judges files; a worker that meets one of a name is killed by it, the first or every one."""

    def __init__(self, name: str, once: str = '') -> None:
        self.name, self.once, self.asked_by = name, once, os.getpid()

    def __call__(self, paths: List[str], network: NetworkSpec) -> List[ScanRow]:
        met = any(path.endswith(self.name) for path in paths)
        if met and os.getpid() != self.asked_by:
            if not self.once or not os.path.exists(self.once):
                Path(self.once or os.devnull).write_text('')
                os.kill(os.getpid(), signal.SIGKILL)
        return judge(paths, network)


def test_killed_workers_lose_no_row(
    tmp_path: Path, scheduler: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_weights(str(tmp_path / 'one.pth'), {'a.weight': (3, 3), 'b.weight': (2,)})
    network = NetworkSpec('Small', read_header(path).tables['params'].tensors)
    files = [str(tmp_path / f'net_g_{i}.pth') for i in range(400)]
    for one in files:
        os.link(path, one)
    batches = [(files[at : at + 16], network) for at in range(0, len(files), 16)]
    expected = [judge(*batch) for batch in batches]
    always = Killer('net_g_200.pth')
    once = Killer('net_g_40.pth', once=str(tmp_path / 'killed'))
    assert list(run_in_processes(always, batches, 2)) == expected
    assert list(run_on_dask(once, batches, scheduler)) == expected
    assert os.path.exists(once.once)
    assert list(run_on_dask(always, batches, scheduler)) == expected
    assert 'Traceback' not in capfd.readouterr().err


def test_ctrl_c_ends_a_scan_on_a_cluster_without_a_word(scheduler: str) -> None:
    code = (
        'import sys, time\n'
        'from basicsr_weightcheck.workflow.scan import run_on_dask\n'
        'try:\n'
        ' for one in run_on_dask(time.sleep, [(0.05,)] * 2000, sys.argv[1]):\n'
        '  print(flush=True)\n'
        'except KeyboardInterrupt:\n sys.exit(130)'
    )
    # Where the signal falls between the making of a coroutine and its start, Python says so.
    asked = subprocess.Popen(
        [sys.executable, '-W', 'ignore:coroutine:RuntimeWarning', '-c', code, scheduler],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=str(ROOT), text=True,
    )  # fmt: skip
    assert asked.stdout is not None
    asked.stdout.readline()
    asked.send_signal(signal.SIGINT)
    _, said = asked.communicate(timeout=HANG_S)
    assert (asked.returncode, said) == (130, '')


def test_no_scheduler_is_said(many: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(many)
    monkeypatch.setattr('basicsr_weightcheck.workflow.scan.CONNECT_S', 1)
    words = ['scan', '-opt', 'train.yml', 'experiments/a', '--backend', 'dask']
    assert main(words) == 2
    assert main([*words, '--scheduler', 'tcp://127.0.0.1:9']) == 2
    assert 'does not answer' in capsys.readouterr().err


def test_files_folders_and_patterns(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(many)
    folder = find_files(['experiments'])
    assert len(folder) == 15 and folder.index('experiments/a/models/net_g_5.pth') < folder.index(
        'experiments/a/models/net_g_10.pth'
    )
    assert find_files(['**/net_g_*.pth', 'experiments/a/models/net_g_5.pth']) == [
        'experiments/a/models/net_g_5.pth', 'experiments/a/models/net_g_10.pth',
        'experiments/a/models/net_g_5.pth',  # named twice: compare takes a file with itself
    ]  # fmt: skip
    assert find_files(['experiments/a', '**/net_g_*.pth']) == find_files(['experiments/a'])
    assert find_files(['gone.pth']) == ['gone.pth']
    with pytest.raises(UsageError):
        find_files(['nothing/*.pth'])


def test_errors_of_the_yaml(many: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(many)
    with pytest.raises(OptionError):
        scan('gone.yml', ['experiments'])
    with pytest.raises(UsageError):
        scan('train.yml', ['experiments'], section='network_d')
    (many / 'typo.yml').write_text(BASE.replace('EDSR', 'EDRS'))
    assert main(['scan', '-opt', 'typo.yml', 'experiments']) == 2
    assert 'Did you mean EDVR, EDSR?' in capsys.readouterr().err


def test_command_line(many: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(many)
    (many / 'missing.yml').write_text(BASE.replace('weights.pth', 'not_there.pth'))
    words = ['scan', '-opt', 'missing.yml', 'experiments/a/models/part.pth', '--format', 'json']
    assert main(words) == 0  # the weights of the YAML itself are not asked for
    files: List[Dict[str, Any]] = json.loads(capsys.readouterr().out)['files']
    assert files[0]['reason'] == 'partly'
    assert main(['scan', '-opt', 'train.yml', 'experiments/a/models/other.pth']) == 1


def row_of(path: str, reason: str = 'full', **changed: Any) -> ScanRow:
    row = ScanRow(path, 'params', True, 1.0, 16, 16, 0, 0, 0, 1.0, reason)
    return dataclasses.replace(row, **changed)


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_a_listing_says_once_what_is_the_same_and_fits_80_columns(lang: str) -> None:
    folder = 'experiments/a_training_with_a_rather_long_name_of_its_own/models/'
    rows = [row_of(f'{folder}net_g_{number}.pth') for number in (9000, 8000, 7000)]
    scanned = Scan('train.yml', 'network_g', 'EDSR', 16, 5699, tuple(rows))
    text = render_page(scan_page(scanned, lang), width=80)
    assert text.count(folder) == 1 and text.count('params') == 1 and '100.0 %' in text
    assert text.index('net_g_9000.pth') < text.index('net_g_7000.pth')
    odd = [
        row_of(f'{folder}deeper/and/deeper/net_g_latest_of_all.pth', 'partly', fraction=0.5,
               strict=False, missing=1234, unexpected=1234, mismatched=1234),
        row_of(f'{folder}page.pth', 'error', table=None, strict=None, fraction=0.0,
               detail='is an HTML page, not weights.'),
    ]  # fmt: skip
    scanned = dataclasses.replace(scanned, rows=(*rows, *odd))
    text = render_page(scan_page(scanned, lang), width=80)
    assert max(map(columns, text.splitlines())) <= 80
    assert 'is an HTML page' in text and '1,234' in text and text.count(folder) == 1
    page = rendered(scan_view, scanned, lang)
    assert page.count(f'{folder}net_g_9000.pth') >= 1  # in the lines to copy
    assert f'{folder}net_g_8000.pth' not in page


def test_newest_first() -> None:
    names = ['net_g_900.pth', 'x4plus.pth', '1000_G.pth', 'net_g_latest.pth', 'net_g_20000.pth']
    assert sorted(names, key=_newest) == [
        'net_g_latest.pth', 'net_g_20000.pth', '1000_G.pth', 'net_g_900.pth', 'x4plus.pth',
    ]  # fmt: skip
