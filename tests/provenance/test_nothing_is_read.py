"""Through whichever door a file is read, its tensors are not: the child's memory tells."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from tests.provenance.idioms import IDIOMS
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.training import make_options

pytestmark = [
    pytest.mark.torch,
    pytest.mark.basicsr,
    pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads /proc'),
]
ROWS, COLUMNS = 32768, 2048  # 256 MiB of float32
LARGE = {'type': 'TinyButLarge'}
WIDE = {
    'type': 'SRVGGNetCompact', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 2048, 'num_conv': 1,
    'upscale': 2, 'act_type': 'prelu',
}  # fmt: skip
BOUND_MIB = 64
DOORS = (
    'plain', 'opened', 'pathlib', 'not weights_only', 'mmap', 'hub', 'read twice', 'merge',
    'copies of copies', 'half', 'ema by deepcopy', 'a method of its own',
    'load_file', 'load_file by name', 'load_model', 'safe_open', 'numpy', 'numpy, torch.tensor',
    'spandrel', "spandrel's table",
)  # fmt: skip


@pytest.fixture(scope='module')
def stage(plugin: Any) -> Iterator[Any]:
    with open_stage(plugin.folder) as opened:
        yield opened


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files whose headers are real and whose tensors are holes."""
    import numpy
    import torch

    if not hasattr(torch.serialization, 'skip_data'):
        pytest.skip('this torch cannot write a file without its tensors')
    folder = tmp_path_factory.mktemp('holes')
    table = {'head.weight': torch.empty(ROWS, COLUMNS)}
    with torch.serialization.skip_data():
        torch.save({'params': table}, str(folder / 'large.pth'))
        torch.save(dict(_wide()), str(folder / 'wide.pth'))
    entry = {'dtype': 'F32', 'shape': [ROWS, COLUMNS], 'data_offsets': [0, ROWS * COLUMNS * 4]}
    header = json.dumps({'head.weight': entry}).encode()
    with open(folder / 'large.safetensors', 'wb') as file:
        file.write(len(header).to_bytes(8, 'little') + header)
        file.truncate(file.tell() + ROWS * COLUMNS * 4)
    zeros = numpy.zeros((ROWS, COLUMNS), numpy.float32)
    write: Any = numpy.savez_compressed  # whose stubs know no other names
    write(str(folder / 'large.npz'), **{'head.weight': zeros})
    return folder


def _wide() -> Dict[str, Any]:
    import torch
    from basicsr.archs import build_network

    with torch.device('meta'):
        state = build_network(WIDE).state_dict()
    return {key: torch.empty(value.shape) for key, value in state.items()}


def _peak_mib(stage: Any) -> float:
    with open(f'/proc/{stage._child.pid}/status', encoding='ascii') as file:
        line = next(line for line in file if line.startswith('VmHWM'))
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize('door', DOORS)
def test_no_tensor_is_read(door: str, stage: Any, plugin: Any, files: Path) -> None:
    idiom = IDIOMS[door]
    is_wide = idiom.network['type'] == 'SRVGGNetCompact'
    network = WIDE if is_wide else LARGE
    path = str(files / ('wide.pth' if is_wide else f'large.{idiom.container}'))
    model = 'SRModel' if idiom.model == 'BASE' else idiom.model
    below = {key: path if value == 'A' else None for key, value in idiom.options.items()}
    rehearse(stage, make_options('SRModel', LARGE, {}), plugin.folder)  # what is needed anyway
    before = _peak_mib(stage)
    rehearsal = rehearse(stage, make_options(model, network, below), plugin.folder)
    grown = _peak_mib(stage) - before
    assert rehearsal.stop is None, rehearsal.stop
    kinds = {source.kind for one in rehearsal.sources for source in one.tensors}
    assert os.path.getsize(path) > 128 << 20 or idiom.container == 'npz'
    assert kinds == {'whole'}
    assert grown < BOUND_MIB, f'{grown:.0f} MiB of memory for {path}'
