"""A small BasicSR training folder: a YAML and its weights, made once for each test.

The torchvision of the tests is one that basicsr 1.4.2 cannot be imported with; the trainings of the
tests are those that are started with the repair, and their YAML says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest

from tests.schemas import validate
from tests.training import Json, Training, base, registered_model, state_of

# In lines, for tests that change one of them.
LINES = ('type: EDSR', 'num_in_ch: 3', 'num_out_ch: 3', 'num_feat: 8', 'num_block: 2', 'upscale: 2')
BASE = base(network=''.join(f'\n  {line}' for line in LINES))


class Checked(Training):
    """A training whose checks write their reports; every document is held against its schema."""

    def document(self, *arguments: str, path: str = '') -> Tuple[int, Json]:
        said = self.prints('--format', 'json', *arguments, path=path)
        document = json.loads(said.out)
        validate(document)
        return said.exit_code, document


@pytest.fixture
def basicsr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Training:
    """A training of EDSR in BasicSR 1.4.2; each check has a child of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    return Checked(tmp_path, capfd, BASE, registered_model)


@pytest.fixture(scope='session')
def edsr() -> Dict[str, Any]:
    """The state dict of the network in BASE."""
    return state_of('EDSR', num_in_ch=3, num_out_ch=3, num_feat=8, num_block=2, upscale=2)
