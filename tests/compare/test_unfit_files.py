"""Nothing speaks for a file that names code, or that the installed torch refuses."""

from __future__ import annotations

import argparse
import functools
import json
import os
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import BASE

pytestmark = pytest.mark.torch
OLD = 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'  # torch calls what a pickle names, as before 2.6
FAVOUR = ('strict_load_g: true', 'pretrain_network_g', 'network_g:', 'with a torch that reads')


class Writes:
    """A call that no list of bad names has, and that makes a file."""

    def __reduce__(self) -> Any:
        return zipfile.ZipFile, ('called.zip', 'w')


class Known:
    def __reduce__(self) -> Any:
        return os.mkdir, ('called',)


UNFIT = {
    'unknown': Writes(), 'known': Known(), 'partial': functools.partial(int, 3),
    'namespace': argparse.Namespace(lr=1),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    (tmp_path / 'train.yml').write_text(BASE)
    return tmp_path


@pytest.fixture(scope='module')
def table() -> Dict[str, Any]:
    from tests.agreement.conftest import RepairedBasicsr

    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    state: Dict[str, Any] = RepairedBasicsr().build_network(dict(section, type='EDSR')).state_dict()
    return state


def save(table: Dict[str, Any], extra: Any, path: str = 'a.pth') -> None:
    import torch

    torch.save({'params': table, 'extra': extra}, path)


def run(capfd: Any, *words: str) -> Tuple[int, str]:
    code = main(list(words))
    said = capfd.readouterr()
    return code, said.out + said.err


COMMANDS: List[List[str]] = [
    ['compare', 'a.pth', 'b.pth'],
    ['compare', 'b.pth', 'a.pth'],
    ['compare', 'a.pth'],
    ['inspect', 'a.pth'],
    ['convert', 'a.pth', '-o', 'new.pth'],
]


@pytest.mark.parametrize('style', ['text', 'html'])
@pytest.mark.parametrize('words', COMMANDS, ids=' '.join)
@pytest.mark.parametrize('name', ['known', 'namespace', 'unknown'])
def test_each_page_says_first_what_is_wrong(
    folder: Path, table: Dict[str, Any], capfd: Any, name: str, words: List[str], style: str
) -> None:
    if style == 'html' and words[0] == 'convert':
        pytest.skip('convert has no page')
    save(table, UNFIT[name])
    save(table, 1, 'b.pth')
    _, said = run(capfd, *words, '--format', style)
    _, inspected = run(capfd, 'inspect', 'a.pth', '--format', 'json')
    first = json.loads(inspected)['troubles'][0]
    if style == 'html':
        assert first.replace("'", '&#39;').replace('>', '&gt;') in said
        assert said.index(first[:30].replace('>', '&gt;')) < said.index('<h2')
    else:
        lines = [line for line in said.splitlines() if line.strip('= ')]
        shown = ' '.join(said.split())
        assert ' '.join(first.split()) in shown
        assert shown.index(first[:20]) < 500 and 'refuse' in ' '.join(lines[1:7])
    assert not [one for one in FAVOUR if one in said]
    assert sorted(os.listdir('.')) == sorted({'a.pth', 'b.pth', 'train.yml'} | (
        {'new.pth'} if words[0] == 'convert' else set()))  # fmt: skip


@pytest.mark.parametrize('name, exit_code', [
    ('unknown', 1), ('known', 1), ('partial', 1), ('namespace', 0),
])  # fmt: skip
def test_code_makes_inspect_end_with_1(
    folder: Path, table: Dict[str, Any], capfd: Any, name: str, exit_code: int
) -> None:
    save(table, UNFIT[name])
    code, said = run(capfd, 'inspect', 'a.pth', '--format', 'json')
    assert code == exit_code and json.loads(said)['sound'] is (exit_code == 0)


@pytest.mark.basicsr
@pytest.mark.parametrize('old', [False, True])
@pytest.mark.parametrize('name', sorted(UNFIT))
def test_scan_calls_nothing_full_that_does_not_load(
    folder: Path, table: Dict[str, Any], capfd: Any, monkeypatch: Any, name: str, old: bool
) -> None:
    if old:
        monkeypatch.setenv(OLD, '1')
    save(table, UNFIT[name])
    code, said = run(capfd, 'scan', '-opt', 'train.yml', 'a.pth', '--format', 'json')
    (row,) = json.loads(said)['files']
    if old and name == 'namespace':  # a plain value: an old torch loads it, and it does nothing
        assert (code, row['reason'], row['strict']) == (0, 'full', True)
        return
    bad = old or name == 'known'
    assert (code, row['reason'], row['strict']) == (1, 'error' if bad else 'refused', None)
    assert row['fraction'] == 0 and row['detail'] and not os.path.exists('called.zip')
    assert row['convertible'] == (0 if bad else 1)
    code, page = run(capfd, 'scan', '-opt', 'train.yml', 'a.pth', '--format', 'html')
    assert code == 1 and 'loads completely' not in page and 'pretrain_network_g' not in page


@pytest.mark.basicsr
@pytest.mark.parametrize('name', ['unknown', 'partial'])
def test_check_of_an_old_torch_calls_it_an_error(
    folder: Path, table: Dict[str, Any], capfd: Any, monkeypatch: Any, name: str
) -> None:
    monkeypatch.setenv(OLD, '1')
    save(table, UNFIT[name], 'weights.pth')
    code, said = run(capfd, 'check', '-opt', 'train.yml', '--format', 'json', '--no-report')
    document = json.loads(said)
    first = document['loads'][0]['findings'][0]
    assert (code, document['verdict'], first['code']) == (1, 'unusable-file', 'WC105')
    assert {'unknown': 'zipfile.ZipFile', 'partial': 'functools.partial'}[name] in first['message']
    assert 'convert' in first['parameters']['advice'] and not os.path.exists('called.zip')


@pytest.mark.basicsr
@pytest.mark.parametrize('name', ['unknown', 'namespace'])
@pytest.mark.parametrize('style', ['text', 'json', 'html', 'markdown'])
def test_no_text_of_torch_ends_before_its_warning(
    folder: Path, table: Dict[str, Any], capfd: Any, name: str, style: str
) -> None:
    save(table, UNFIT[name], 'weights.pth')
    words = ['check', '-opt', 'train.yml', '--no-report', '--details', '--format', style]
    code, said = run(capfd, *words)
    assert code == 1 and 'Save the weights again' not in said
    plain = ' '.join(said.split())
    for part in plain.split('will likely succeed')[1:]:
        assert 'trusted source' in part[:160]
    assert 'weights_only` set to `F' not in plain or 'trusted source' in plain
    if name == 'unknown':
        assert 'which is code' in plain


@pytest.mark.parametrize('name', sorted(UNFIT))
def test_a_prediction_knows_what_torch_refuses(
    folder: Path, table: Dict[str, Any], capfd: Any, name: str
) -> None:
    save(table, UNFIT[name], 'weights.pth')
    words = ['check', '-opt', 'train.yml', '--no-report', '--no-rehearsal', '--format', 'json']
    code, said = run(capfd, *words)
    document = json.loads(said)
    found = document['loads'][0]['findings'][0]['code']
    assert (code, found) == (1, 'WC105' if name == 'known' else 'WC104')
    assert 'ready' not in document['verdict']


@pytest.mark.basicsr
@pytest.mark.parametrize('protocol', [3, 4])
def test_another_protocol_is_named_in_a_sentence_of_its_own(
    folder: Path, table: Dict[str, Any], capfd: Any, protocol: int
) -> None:
    import torch

    torch.save({'params': table, 's': {1}}, 'weights.pth', pickle_protocol=protocol)
    _, said = run(capfd, 'check', '-opt', 'train.yml', '--format', 'json', '--no-report')
    findings = json.loads(said)['loads'][0]['findings']
    for one in findings:
        assert 'we changed the default' not in one['message'], one['message']


@pytest.mark.basicsr
def test_a_state_that_names_code_is_not_resumed(
    folder: Path, table: Dict[str, Any], capfd: Any
) -> None:
    import torch

    torch.save({'params': table}, 'weights.pth')
    state = {'iter': 3, 'epoch': 0, 'optimizers': [], 'schedulers': [], 'x': Writes()}
    torch.save(state, '3.state')
    text = Path('train.yml').read_text().replace('resume_state: ~', 'resume_state: 3.state')
    Path('train.yml').write_text(text)
    _, said = run(capfd, 'check', '-opt', 'train.yml', '--format', 'json', '--no-report')
    assert 'zipfile.ZipFile, which is code' in said and 'Save the state again' not in said


@pytest.mark.parametrize('words', COMMANDS, ids=' '.join)
def test_a_file_of_nothing_but_code_is_unsafe(folder: Path, capfd: Any, words: List[str]) -> None:
    import torch

    torch.save({'params': Writes()}, 'a.pth')
    torch.save({'params': {'w': torch.zeros(2)}}, 'b.pth')
    code, said = run(capfd, *words)
    assert code == 2 and 'its pickle names zipfile.ZipFile' in said, said


def test_a_bare_pickle_of_unknown_code_is_unsafe(folder: Path, capfd: Any) -> None:
    import pickle

    Path('a.pth').write_bytes(pickle.dumps({'w': Writes()}, protocol=2))
    code, said = run(capfd, 'inspect', 'a.pth')
    assert code == 2 and 'zipfile.ZipFile' in said and 'torch.save' not in said
    Path('a.pth').write_bytes(b'conv\nweights of a network\n')
    code, said = run(capfd, 'inspect', 'a.pth')
    assert code == 2 and 'code' not in said


@pytest.mark.basicsr
@pytest.mark.parametrize('dtype', ['uint16', 'float8_e5m2', 'uint64', 'float16'])
@pytest.mark.parametrize('zipped', [True, False])
def test_nothing_speaks_for_a_dtype_that_the_older_container_cannot_hold(
    folder: Path, table: Dict[str, Any], capfd: Any, dtype: str, zipped: bool
) -> None:
    """torch writes such a file and reads none; what it says of each is what torch does."""
    import torch

    key = next(iter(table))
    changed = {**table, key: torch.zeros(table[key].shape, dtype=getattr(torch, dtype))}
    torch.save({'params': changed}, 'a.pth', _use_new_zipfile_serialization=zipped)
    save(table, 1, 'b.pth')
    try:
        torch.load('a.pth')
        reads = True
    except AttributeError:
        reads = False
    _, compared = run(capfd, 'compare', 'a.pth', 'b.pth', '--format', 'json')
    assert json.loads(compared)['strict_load']['one_into_other']['strict'] is (reads or None)
    _, inspected = run(capfd, 'inspect', 'a.pth', '--format', 'json')
    assert bool(json.loads(inspected)['troubles']) is not reads
    _, said = run(capfd, 'compare', 'a.pth', 'b.pth')
    assert reads or not [one for one in FAVOUR if one in said]
    _, scanned = run(capfd, 'scan', '-opt', 'train.yml', 'a.pth', '--format', 'json')
    (row,) = json.loads(scanned)['files']
    assert (row['strict'] is True) is reads


@pytest.mark.basicsr
@pytest.mark.fires('WC104')
def test_a_check_says_it_of_such_a_file_too(
    folder: Path, table: Dict[str, Any], capfd: Any
) -> None:
    import torch

    changed = {key: value.to(torch.float8_e5m2) for key, value in table.items()}
    torch.save({'params': changed}, 'a.pth', _use_new_zipfile_serialization=False)
    text = BASE.replace('weights.pth', 'a.pth')
    (folder / 'train.yml').write_text(text)
    code, said = run(capfd, 'check', '-opt', 'train.yml', '--repair-imports')
    assert code == 1 and 'WC104' in said and 'AttributeError' in said
    assert 'convert a.pth' in said
