"""What real trainings leave in TensorBoard's own files, and what they hand to wandb.

TensorBoard is the real one, its files are read back by its own reader. wandb is a stand-in: a
module with the names that BasicSR and the hook use, which writes down what it was given. BasicSR's
own `init_wandb_logger` starts its run, as in a training with the real package.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.hook.conftest import Result, Workshop

pytestmark = pytest.mark.basicsr

POLICY = 'weightcheck: {reports: [log, json, html]}'
WANDB = """
import json, types
run = None
util = types.SimpleNamespace(generate_id=lambda: 'id0')
def init(id, resume, name, config, project, sync_tensorboard):
    global run
    run = types.SimpleNamespace(id=id, project=project)
class Image:
    def __init__(self, data_or_path, mode=None, caption=None):
        self.shown = ['image', str(data_or_path.dtype), *data_or_path.shape, caption]
class Html:
    def __init__(self, data, inject=True):
        self.shown = ['html', data]
def log(data, step=None, commit=None):
    assert run is not None and step is None
    shown = {name: getattr(value, 'shown', value) for name, value in data.items()}
    with open('wandb_given.json', 'a') as file:
        file.write(json.dumps(shown) + chr(10))
"""


def blocked(folder: Path, *names: str) -> str:
    """A folder for PYTHONPATH in which these packages cannot be imported."""
    place = folder / 'blocked'
    place.mkdir(exist_ok=True)
    for name in names:
        (place / f'{name}.py').write_text(f'raise ImportError("no {name} here")\n')
    return str(place)


def events_of(workshop: Workshop, name: str) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(workshop.folder / 'tb_logger' / name))
    events.Reload()
    return events


def text_of(events: Any) -> str:
    value = events.Tensors('weightcheck/net_g/text_summary')[0]
    text: bytes = value.tensor_proto.string_val[0]
    return text.decode()


@pytest.fixture(scope='module')
def part(workshop: Workshop) -> Result:
    """A training on a part of the weights, with every tool at hand."""
    (workshop.folder / 'wandb.py').write_text(WANDB)
    options = workshop.options(
        'boards', weights='part.pth', strict='false', tensorboard='true', wandb='demo',
        extra=POLICY,
    )  # fmt: skip
    done = workshop.train(options, PYTHONPATH=path_with(workshop, str(workshop.folder)))
    assert done.code == 0 and len(done.losses) == 4, done.text
    return done


def path_with(workshop: Workshop, folder: str) -> str:
    return f'{folder}:{workshop.environment()["PYTHONPATH"]}'


def test_tensorboard_gets_the_first_look(workshop: Workshop, part: Result) -> None:
    """Input, output and target side by side, each under its number."""
    from PIL import Image

    events = events_of(workshop, 'boards')
    tag = 'weightcheck/net_g/first_look'
    assert {f'{tag}/configured', f'{tag}/nothing'} <= set(events.Tags()['scalars'])
    with Image.open(io.BytesIO(events.Images(tag)[0].encoded_image_string)) as picture:
        assert picture.size == (3 * 192 + 2 * 8, 192 + 16)
    page = (workshop.folder / 'experiments' / 'boards' / 'weightcheck' / 'net_g.html').read_text()
    assert page.count('<img src="data:image/png;base64,') == 4
    given = (workshop.folder / 'wandb_given.json').read_text()
    assert tag in given


def test_tensorboard_gets_text_numbers_and_picture(workshop: Workshop, part: Result) -> None:
    from PIL import Image

    events = events_of(workshop, 'boards')
    text = text_of(events)
    assert 'What to do:' in text and '| stays random | 2 |' in text and '```text' in text
    numbers: Dict[str, float] = {
        tag.rpartition('/')[2]: events.Scalars(tag)[0].value
        for tag in events.Tags()['scalars']
        if tag.startswith('weightcheck/')
    }
    assert numbers['tensors_loaded'] == 14 and numbers['tensors_not_loaded'] == 2
    assert 0.5 < numbers['parameters_loaded_fraction'] < 1
    picture = events.Images('weightcheck/net_g/treemap')[0]
    image = Image.open(io.BytesIO(picture.encoded_image_string)).convert('RGB')
    colours = {colour for _, colour in image.getcolors(1 << 20) or ()}
    assert image.size == (1200, 720)
    assert {(0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)} <= colours  # loaded, random


def test_wandb_gets_the_same_once(workshop: Workshop, part: Result) -> None:
    lines = (workshop.folder / 'wandb_given.json').read_text().splitlines()
    given = json.loads(lines[0])
    assert len(lines) == 2 and 'first_look' in lines[1]
    tag = 'weightcheck/net_g'
    assert given[f'{tag}/tensors_loaded'] == 14
    assert given[f'{tag}/treemap'][:5] == ['image', 'uint8', 720, 1200, 3]
    assert given[f'{tag}/report'][1].startswith('<!DOCTYPE html>')


def test_the_page_stands_beside_the_other_reports(part: Result) -> None:
    page = part.report('boards', 'net_g.html')
    assert page is not None and '<title>Weight check · boards.yml</title>' in page
    assert 'body.0.conv1.weight' in page


def test_a_missing_package_is_a_line_in_the_log(workshop: Workshop) -> None:
    """Without matplotlib and jinja2 the text and the numbers are there all the same."""
    options = workshop.options('bare_boards', tensorboard='true', extra=POLICY)
    path = path_with(workshop, blocked(workshop.folder, 'matplotlib', 'jinja2'))
    done = workshop.train(options, PYTHONPATH=path)
    assert done.code == 0 and len(done.losses) == 4, done.text
    said = '\n'.join(done.lines)
    assert 'no treemap picture, text and numbers only' in said
    assert 'could not write the page: UsageError: pages need jinja2 and squarify' in said
    assert 'pip install jinja2 squarify' in said
    events = events_of(workshop, 'bare_boards')
    assert 'ready: everything loads' in text_of(events)
    assert events.Scalars('weightcheck/net_g/parameters_loaded_fraction')[0].value == 1
    assert not [tag for tag in events.Tags()['images'] if 'treemap' in tag]
    assert done.report('bare_boards', 'net_g.html') is None


def test_a_stopped_training_shows_why(workshop: Workshop) -> None:
    options = workshop.options('stopped_board', weights='prefix.pth', tensorboard='true')
    done = workshop.train(options)
    assert done.code == 1 and not done.losses
    events = events_of(workshop, 'stopped_board')
    assert 'WC209' in text_of(events)
    assert events.Scalars('weightcheck/net_g/parameters_loaded_fraction')[0].value == 0
