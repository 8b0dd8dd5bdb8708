"""Class 14: a weight path that leads nowhere ends in one clear line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def name_weights(training: Training, text: str) -> None:
    training.change('pretrain_network_g: weights.pth', f'pretrain_network_g: {text}')


def refused(training: Training) -> Any:
    error = training.refused()
    assert error['option'] == 'path.pretrain_network_g' and error['line'] == 8
    return error


@pytest.mark.failure(14, 'weights-*')
@pytest.mark.parametrize('value, code, advice', [
    ('wieghts.pth', 'weights-missing-here', 'weights.pth'),
    ('None', 'weights-none', '~'), ("''", 'weights-none', '~'), ('"null"', 'weights-none', '~'),
    ("'weights.pth '", 'weights-space', 'Write weights.pth'),
    ('models', 'weights-folder', 'net_g_5.pth'), ('.', 'weights-folder', 'weights.pth'),
    ('$HOME/w.pth', 'weights-variable', 'relative paths'),
    ('/home/author/experiments/x/weights.pth', 'weights-missing', 'weights.pth'),
    ('models\\net_g_5.pth', 'weights-missing-here', 'models/net_g_5.pth'),
    ('false', 'weights-not-text', '~'), ('[weights.pth]', 'weights-not-text', '~'),
])  # fmt: skip
def test_what_is_wrong_with_the_path(basicsr: Training, value: str, code: str, advice: str) -> None:
    for name in ('weights.pth', 'models/net_g_5.pth'):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b'x')
    name_weights(basicsr, value)
    error = refused(basicsr)
    assert error['code'] == code and advice in error['advice'], error


@pytest.mark.failure(14, 'weights-elsewhere')
def test_relative_to_another_folder(
    basicsr: Training, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    basicsr.save({'params': weights})
    os.makedirs('elsewhere')
    monkeypatch.chdir('elsewhere')
    said = basicsr.prints('--lang', 'zh', path='../train.yml')
    assert said.exit_code == 2
    assert str(basicsr.folder / 'weights.pth') in said.err and '启动训练' in said.err
    monkeypatch.chdir(basicsr.folder)
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''


@pytest.mark.fires('WC509')
@pytest.mark.parametrize('value', ['', '~', 'null'])
def test_a_blank_path_is_a_start_from_scratch(basicsr: Training, value: str) -> None:
    """X-Restormer's YAMLs have `strict_load_g: false` and no weights."""
    name_weights(basicsr, value)
    basicsr.change('strict_load_g: true', 'strict_load_g: false')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'nothing-to-load') and 'WC509' in answer.codes
    assert basicsr.really_load() == []


def test_brackets_are_parts_of_names(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights}, 'net[1] (x2).pth')
    name_weights(basicsr, 'net[1] (x2).pth')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready')
    assert basicsr.really_load()[0].error == ''


@pytest.mark.failure(14, 'weights-address')
@pytest.mark.parametrize('value', ['https://example.org/net.pth', 'HTTP://example.org/net.pth'])
def test_nothing_is_downloaded(basicsr: Training, value: str) -> None:
    name_weights(basicsr, value)
    (call,) = basicsr.really_load()
    assert call.error == 'FileNotFoundError'
    error = refused(basicsr)
    assert error['code'] == 'weights-address' and 'downloads nothing' in error['what']
    assert error['advice'] == 'Download the file yourself and write its path.'


@pytest.mark.failure(14, 'yaml-missing-here')
def test_the_nearest_yaml_describes_a_training(basicsr: Training) -> None:
    for name, text in (('a1.yml', 'site_name: x\n'), ('a2.yml', basicsr.yaml.read_text())):
        Path(name).write_text(text)
    assert 'Nearest there: ./a2.yml' in basicsr.refused(path='a.yml')['message']
    Path('a2.yml').unlink()
    assert 'Nearest there: ./train.yml' in basicsr.refused(path='a.yml')['message']
    basicsr.write('site_name: x\n')
    assert 'Nearest' not in str(basicsr.refused(path='a.yml'))
