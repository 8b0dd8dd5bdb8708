"""Class 14: a weight path that leads nowhere ends in one clear line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.failures.training_folder import TrainingFolder, codes

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def name_weights(training: TrainingFolder, text: str) -> None:
    training.change('pretrain_network_g: weights.pth', f'pretrain_network_g: {text}')


def refused(training: TrainingFolder) -> Any:
    code, document = training.check()
    assert code == 2 and document['option'] == 'path.pretrain_network_g' and document['line'] == 8
    return document


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
def test_what_is_wrong_with_the_path(
    training: TrainingFolder, value: str, code: str, advice: str
) -> None:
    for name in ('weights.pth', 'models/net_g_5.pth'):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b'x')
    name_weights(training, value)
    document = refused(training)
    assert document['code'] == code and advice in document['advice'], document


@pytest.mark.failure(14, 'weights-elsewhere')
def test_relative_to_another_folder(
    training: TrainingFolder, weights: State, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    training.save({'params': weights})
    os.makedirs('elsewhere')
    monkeypatch.chdir('elsewhere')
    assert main(['check', '-opt', '../train.yml', '--lang', 'zh']) == 2
    line = capfd.readouterr().err
    assert str(training.folder / 'weights.pth') in line and '启动训练' in line
    monkeypatch.chdir(training.folder)
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


@pytest.mark.fires('WC509')
@pytest.mark.parametrize('value', ['', '~', 'null'])
def test_a_blank_path_is_a_start_from_scratch(training: TrainingFolder, value: str) -> None:
    """X-Restormer's YAMLs have `strict_load_g: false` and no weights."""
    name_weights(training, value)
    training.change('strict_load_g: true', 'strict_load_g: false')
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'nothing-to-load') and 'WC509' in codes(document)
    assert training.really_load() == []


def test_brackets_are_parts_of_names(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights}, 'net[1] (x2).pth')
    name_weights(training, 'net[1] (x2).pth')
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'ready')
    assert training.really_load()[0].error == ''


@pytest.mark.failure(14, 'weights-address')
@pytest.mark.parametrize('value', ['https://example.org/net.pth', 'HTTP://example.org/net.pth'])
def test_nothing_is_downloaded(training: TrainingFolder, value: str) -> None:
    name_weights(training, value)
    (call,) = training.really_load()
    assert call.error == 'FileNotFoundError'
    document = refused(training)
    assert document['code'] == 'weights-address' and 'downloads nothing' in document['what']
    assert document['advice'] == 'Download the file yourself and write its path.'


@pytest.mark.failure(14, 'yaml-missing-here')
def test_the_nearest_yaml_describes_a_training(training: TrainingFolder) -> None:
    for name, text in (('a1.yml', 'site_name: x\n'), ('a2.yml', training.yaml.read_text())):
        Path(name).write_text(text)
    assert main(['check', '-opt', 'a.yml', '--format', 'json']) == 2
    assert 'Nearest there: ./a2.yml' in training.printed()
    Path('a2.yml').unlink()
    assert main(['check', '-opt', 'a.yml', '--format', 'json']) == 2
    assert 'Nearest there: ./train.yml' in training.printed()
    training.write('site_name: x\n')
    assert main(['check', '-opt', 'a.yml', '--format', 'json']) == 2
    assert 'Nearest' not in training.printed()
