"""Small weight files, and the command line in this process."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import jsonschema
import pytest

from basicsr_weightcheck.cli.main import main
from tests.helpers import ROOT

State = Dict[str, Any]
Run = Callable[..., Tuple[int, Any]]
SCHEMA = json.loads((ROOT / 'docs/schemas/convert-1.json').read_text(encoding='utf-8'))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    return tmp_path


@pytest.fixture
def convert_json(folder: Path, capfd: Any) -> Run:
    """Run `convert … --format json`: (exit code, document that fits the schema)."""

    def run(*arguments: str) -> Tuple[int, Any]:
        code = main(['convert', *arguments, '--format', 'json'])
        document = json.loads(capfd.readouterr().out)
        if code == 0:
            jsonschema.validate(document, SCHEMA)
        return code, document

    return run


@pytest.fixture(scope='session')
def small() -> State:
    """A convolution and a batch norm, as torch saves them."""
    import torch

    torch.manual_seed(1)
    network = torch.nn.Sequential(
        OrderedDict(conv=torch.nn.Conv2d(3, 4, 3), norm=torch.nn.BatchNorm2d(4))
    )
    state: State = network.state_dict()
    return state


def load(path: str = 'out.pth') -> Any:
    """What torch itself reads, with weights_only."""
    import torch

    return torch.load(path, weights_only=True)


def same(one: State, other: State) -> bool:
    """Equal names in equal order, dtypes, shapes and bits."""
    import torch

    return list(one) == list(other) and all(
        one[key].dtype == other[key].dtype and torch.equal(one[key], other[key]) for key in one
    )
