"""A repository with its own basicsr without __init__.py, beside the installed PyPI package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agreement.legacy_layout import NETWORKS, write_repository
from tests.hook.conftest import Workshop
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr
TRAIN = """import argparse, logging, os, sys
import torch, yaml
from basicsr.models.image_restoration_model import ImageCleanModel
import basicsr.models.base_model as base

if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('-opt')
    opt = yaml.safe_load(open(parser.parse_args().opt))
    logging.basicConfig(level=logging.INFO, format='%(levelname)s: %(message)s', stream=sys.stdout)
    opt.update(is_train=True)
    opt['path']['experiments_root'] = os.path.abspath('experiments/legacy')
    os.makedirs(opt['path']['experiments_root'], exist_ok=True)
    print('from', os.path.dirname(os.path.dirname(base.__file__)))
    model = ImageCleanModel(opt)
    for step in range(4):
        image = torch.rand(1, 3, 16, 16)
        loss = (model.net_g.ending(model.net_g.intro(image)) - image).abs().mean()
        loss.backward()
        print(f'iter: {step}, l_pix: {loss.item():.4e}')
"""
YAML = """name: legacy
model_type: ImageCleanModel
num_gpu: 0
network_g: {{type: SmallCleaner, width: {width}, middle: 2}}
path: {{pretrain_network_g: {weights}, strict_load_g: {strict}}}
train: {{}}
"""


def test_the_repositorys_own_basicsr_is_run_and_checked(tmp_path: Path) -> None:
    write_repository(str(tmp_path), '')
    (tmp_path / 'basicsr' / 'train.py').write_text(TRAIN)
    make = (
        'from tests.agreement.legacy_layout import import_repository, state_dict; import torch; '
        'import_repository("."); torch.save({"params": state_dict("SmallCleaner")}, "w.pth")'
    )
    workshop = Workshop(tmp_path)
    assert workshop.run([*WARM, '-c', make]).code == 0
    assert NETWORKS['SmallCleaner'] == {'width': 4, 'middle': 2}
    run = [*WARM, '-m', 'basicsr_weightcheck', 'run', 'basicsr/train.py']
    for name, width, code in (('good', 4, 0), ('bad', 6, 1)):
        text = YAML.format(width=width, weights='w.pth', strict='true')
        (tmp_path / f'{name}.yml').write_text(text)
        done = workshop.run([*run, '-opt', f'{name}.yml'])
        assert done.code == code, done.text
        assert f'from {tmp_path}/basicsr' in done.out
        if code:
            assert not done.losses and 'stops the training' in done.err
        else:
            assert len(done.losses) == 4
            assert any('net_g verified' in line for line in done.lines)
            assert 'is imported, not the installed' in done.text
