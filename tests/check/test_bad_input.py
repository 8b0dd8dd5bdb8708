"""Bad input ends in one clear line, exit code 2, JSON under --format json, nothing written."""

from __future__ import annotations

import os
from typing import Any, Sequence

import pytest

from tests.check.conftest import BASE
from tests.helpers import HANG_S, write_weights
from tests.training import Json, Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


def assert_refused(
    training: Training, *words: str, arguments: Sequence[str] = (), stops: bool = False
) -> Json:
    # The training ends in the same way, or it may not.
    error = training.refused(*arguments, exit_code=1 if stops else 2)
    for word in words:
        assert word in error['message'], error['message']
    assert not os.path.exists('weightcheck_reports')
    return error


@pytest.fixture(autouse=True)
def weights(basicsr: Training) -> None:
    write_weights('weights.pth', {'conv.weight': (3, 3)})


def test_no_such_yaml(basicsr: Training) -> None:
    os.remove('train.yml')
    assert_refused(basicsr, 'train.yml', 'no such file')


def test_yaml_syntax_names_the_line_and_corrects_it(basicsr: Training) -> None:
    basicsr.write('name: a\npath: [1, 2\nb: 3\n')
    error = assert_refused(basicsr, 'train.yml', 'Write: "path: [1, 2]"')
    assert error['line'] == 2


def test_tab(basicsr: Training) -> None:
    basicsr.change('  strict_load_g', '\tstrict_load_g')
    assert_refused(basicsr, 'train.yml:15', 'tab')


def test_duplicate_key(basicsr: Training) -> None:
    basicsr.change('  resume_state', '  strict_load_g: false\n  resume_state')
    assert_refused(basicsr, 'path.strict_load_g', 'line 15', 'line 16')


def test_a_name_that_is_there_for_its_anchors_is_none_written_twice(basicsr: Training) -> None:
    basicsr.change('name: ', 'define: &a 8\ndefine: &b 2\nalso: [*a, *b]\nname: ')
    assert basicsr.check().json['findings']


def test_unknown_network(basicsr: Training) -> None:
    basicsr.change('type: EDSR', 'type: EDSRR')
    assert_refused(basicsr, 'network_g.type', 'EDSRR', 'Did you mean EDSR', 'basicsr.archs')


def test_wrong_keyword(basicsr: Training) -> None:
    basicsr.change('num_feat', 'num_feats')
    assert_refused(basicsr, 'network_g.num_feats', 'Did you mean num_feat', stops=True)


def test_missing_checkpoint_names_the_nearest(basicsr: Training) -> None:
    basicsr.change('weights.pth', 'wieghts.pth')
    place = str(basicsr.folder)
    error = assert_refused(basicsr, 'wieghts.pth', place, 'Nearest file: weights.pth')
    assert error['line'] == 14


def test_checkpoint_is_a_folder(basicsr: Training) -> None:
    (basicsr.folder / 'models').mkdir()
    basicsr.change('weights.pth', 'models')
    assert_refused(basicsr, 'models', 'folder')


def test_unreadable_file(basicsr: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    # The suite may run as root, whom no mode keeps out.
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    assert_refused(basicsr, 'weights.pth', 'permission')


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
    basicsr: Training, monkeypatch: pytest.MonkeyPatch, body: str, words: str
) -> None:
    (basicsr.folder / 'odd_arch.py').write_text(ARCH.format(body=body))
    basicsr.write(ODD)
    monkeypatch.setenv('PYTHONPATH', str(basicsr.folder))
    # Those that end may take their time; what the others answer is the same at any time.
    limit = '4' if words == '--timeout' else str(HANG_S)
    arguments = '--import', 'odd_arch', '--timeout', limit
    assert_refused(basicsr, words, arguments=arguments, stops=words == 'no such width')


@pytest.mark.parametrize('arguments', [
    ('--fixed', 'train.yml'), ('--output', 'x', '--no-report'),
    ('--apply', '--force_yml', 'name=x'), ('--force_yml', 'path:x=a=b'),
])  # fmt: skip
def test_contradicting_arguments(basicsr: Training, arguments: Any) -> None:
    assert_refused(basicsr, arguments=arguments)


def test_text_errors_are_one_line(basicsr: Training) -> None:
    exit_code, out, err = basicsr.prints(path='nothing.yml')
    assert (exit_code, out, err.count('\n')) == (2, '', 1)
