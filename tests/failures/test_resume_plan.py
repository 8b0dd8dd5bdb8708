"""Resume traps that names and folders tell, in every dialect; nothing is run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.plan.option_file import parse_options
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import Framework, ResumeTraps

TEXT = """name: probe
model_type: ImageCleanModel
network_g: {type: X}
path:
  pretrain_network_g: w.pth
%s
train: {total_iter: 4}
"""
BASICSR = Framework('basicsr', '1.4.2', 'registry', 'basicsr', '/b', '/', True)
RESTORMER = dataclasses.replace(
    BASICSR, layout='legacy', dialect='restormer', key_option_has_suffix=False,
    resume_names_sections=False,
    resumes_automatically=True,
)  # fmt: skip


def traps(
    folder: Path, framework: Framework, lines: str = '', auto_resume: bool = False
) -> ResumeTraps:
    options = parse_options(TEXT % lines, 'train.yml')
    return read_plan(options, framework, str(folder), auto_resume).resume_traps


@pytest.fixture
def states(tmp_path: Path) -> Path:
    folder = tmp_path / 'experiments' / 'probe' / 'training_states'
    folder.mkdir(parents=True)
    (folder / '5.state').write_bytes(b'')
    return folder


@pytest.mark.parametrize('framework, name, stray', [
    (RESTORMER, '.DS_Store', True), (RESTORMER, 'report', True), (RESTORMER, '10.state', False),
    (BASICSR, '.DS_Store', False), (BASICSR, 'report', False), (BASICSR, 'best.state', True),
])  # fmt: skip
def test_stray_names(
    tmp_path: Path, states: Path, framework: Framework, name: str, stray: bool
) -> None:
    (states / name).write_bytes(b'')
    found = traps(tmp_path, framework, auto_resume=framework is BASICSR).stray
    assert found == ((name,) if stray else ())


@pytest.mark.parametrize('framework, written, wrong', [
    (RESTORMER, 'network_g', (('network_g', 'g'),)), (RESTORMER, 'g', ()),
    (BASICSR, 'g', (('g', 'network_g'),)), (BASICSR, 'network_g', ()), (BASICSR, 'net_x', ()),
])  # fmt: skip
def test_names_of_networks_to_keep(
    tmp_path: Path, framework: Framework, written: str, wrong: Any
) -> None:
    assert traps(tmp_path, framework, f'  ignore_resume_networks: [{written}]').misnamed == wrong


@pytest.mark.parametrize('framework, lines, option', [
    (RESTORMER, '  param_key: params_ema', 'path.param_key'),
    (RESTORMER, '  param_key: params', ''), (BASICSR, '  param_key_g: params_ema', ''),
])  # fmt: skip
def test_averages_in_a_resume(
    tmp_path: Path, states: Path, framework: Framework, lines: str, option: str
) -> None:
    assert traps(tmp_path, framework, lines, auto_resume=True).averages_option == option


def test_another_working_directory(tmp_path: Path, states: Path) -> None:
    framework = dataclasses.replace(RESTORMER, root=str(tmp_path))
    assert traps(tmp_path, framework).elsewhere == ''
    other = tmp_path / 'other'
    other.mkdir()
    assert traps(other, framework).elsewhere == str(states)
