"""Bad input ends in one clear line, exit code 2, JSON under --format json, nothing written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import BASE, Run, change
from tests.helpers import HANG_S, write_weights

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


def assert_refused(code: int, document: Any, *words: str, stops: bool = False) -> None:
    assert code == (1 if stops else 2)  # the training ends in the same way, or it may not
    assert document['format'] == 'basicsr-weightcheck.error/1'
    for word in words:
        assert word in document['message'], document['message']
    assert not os.path.exists('weightcheck_reports')


@pytest.fixture(autouse=True)
def weights(folder: Path) -> None:
    write_weights('weights.pth', {'conv.weight': (3, 3)})


def test_no_such_yaml(folder: Path, run_json: Run) -> None:
    os.remove('train.yml')
    assert_refused(*run_json(), 'train.yml', 'no such file')


def test_yaml_syntax_names_the_line_and_corrects_it(folder: Path, run_json: Run) -> None:
    (folder / 'train.yml').write_text('name: a\npath: [1, 2\nb: 3\n')
    code, document = run_json()
    assert_refused(code, document, 'train.yml')
    assert document['line'] == 2 and 'Write: "path: [1, 2]"' in document['message']


def test_tab(folder: Path, run_json: Run) -> None:
    change(folder, '  strict_load_g', '\tstrict_load_g')
    assert_refused(*run_json(), 'train.yml:15', 'tab')


def test_duplicate_key(folder: Path, run_json: Run) -> None:
    change(folder, '  resume_state', '  strict_load_g: false\n  resume_state')
    assert_refused(*run_json(), 'path.strict_load_g', 'line 15', 'line 16')


def test_a_name_that_is_there_for_its_anchors_is_none_written_twice(
    folder: Path, run_json: Run
) -> None:
    change(folder, 'name: ', 'define: &a 8\ndefine: &b 2\nalso: [*a, *b]\nname: ')
    code, document = run_json()
    assert 'findings' in document, (code, document)


def test_unknown_network(folder: Path, run_json: Run) -> None:
    change(folder, 'type: EDSR', 'type: EDSRR')
    assert_refused(*run_json(), 'network_g.type', 'EDSRR', 'Did you mean EDSR', 'basicsr.archs')


def test_wrong_keyword(folder: Path, run_json: Run) -> None:
    change(folder, 'num_feat', 'num_feats')
    assert_refused(*run_json(), 'network_g.num_feats', 'Did you mean num_feat', stops=True)


def test_missing_checkpoint_names_the_nearest(folder: Path, run_json: Run) -> None:
    change(folder, 'weights.pth', 'wieghts.pth')
    code, document = run_json()
    assert_refused(code, document, 'wieghts.pth', str(folder), 'Nearest file: weights.pth')
    assert document['line'] == 14


def test_checkpoint_is_a_folder(folder: Path, run_json: Run) -> None:
    (folder / 'models').mkdir()
    change(folder, 'weights.pth', 'models')
    assert_refused(*run_json(), 'models', 'folder')


def test_unreadable_file(folder: Path, run_json: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # The suite may run as root, whom no mode keeps out.
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    assert_refused(*run_json(), 'weights.pth', 'permission')


ARCH = """
import os, sys, time
from torch import nn
from basicsr.utils.registry import ARCH_REGISTRY

@ARCH_REGISTRY.register()
class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        {body}
"""
ODD = BASE[: BASE.index('network_g:')] + 'network_g:\n  type: Odd\n' + BASE[BASE.index('path:') :]


@pytest.mark.parametrize('body, words', [
    ('time.sleep(86400)', '--timeout'),
    ('[print("x" * 100000) for _ in range(200)]; time.sleep(86400)', '--timeout'),
    ('print("the last words"); sys.stdout.flush(); os._exit(7)', 'exit code 7'),
    ('raise ValueError("no such width")', 'no such width'),
])  # fmt: skip
def test_networks_that_misbehave(
    folder: Path, run_json: Run, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    (folder / 'odd_arch.py').write_text(ARCH.format(body=body))
    (folder / 'train.yml').write_text(ODD)
    monkeypatch.setenv('PYTHONPATH', str(folder))
    # Those that end may take their time; what the others answer is the same at any time.
    limit = '4' if words == '--timeout' else str(HANG_S)
    refused = run_json('--import', 'odd_arch', '--timeout', limit)
    assert_refused(*refused, words, stops=words == 'no such width')


@pytest.mark.parametrize('arguments', [
    ('--fixed', 'train.yml'), ('--output', 'x', '--no-report'),
    ('--apply', '--force_yml', 'name=x'), ('--force_yml', 'path:x=a=b'),
])  # fmt: skip
def test_contradicting_arguments(folder: Path, run_json: Run, arguments: Any) -> None:
    assert_refused(*run_json(*arguments))


def test_text_errors_are_one_line(folder: Path, capfd: Any) -> None:
    assert main(['check', '-opt', 'nothing.yml']) == 2
    captured = capfd.readouterr()
    assert captured.out == '' and captured.err.count('\n') == 1
