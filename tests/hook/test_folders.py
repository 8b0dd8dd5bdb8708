"""A training whose weights are not there stops before the folders of the last run are renamed."""

from __future__ import annotations

import os
from typing import List

import pytest

from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook import start as looking
from tests.hook.conftest import SCRIPT, Workshop
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr
RUN = [*WARM, '-m', 'basicsr_weightcheck', 'run']


def folders(workshop: Workshop, name: str) -> List[str]:
    root = workshop.folder / 'experiments'
    return sorted(one for one in os.listdir(root) if one.startswith(name))


def with_last_run(workshop: Workshop, name: str) -> str:
    (workshop.folder / 'experiments' / name).mkdir(parents=True)
    return workshop.options(name, weights='goood.pth')


@pytest.mark.parametrize(
    'lang, said', [('en', 'before it makes its folders'), ('zh', '在创建文件夹之前')]
)
def test_run_stops_first(workshop: Workshop, lang: str, said: str) -> None:
    name = f'absent_{lang}'
    options = with_last_run(workshop, name)
    done = workshop.run([*RUN, 'train.py', '-opt', options], WEIGHTCHECK_LANG=lang)
    assert done.code == 1 and said in done.err and 'good.pth' in done.err.split('goood.pth')[-1]
    assert f'{options}:' in done.err and 'Traceback' not in done.err
    assert folders(workshop, name) == [name]


@pytest.mark.parametrize(
    ('first', 'own', 'said'), [('', 'gone', 'gone'), ('gone', 'gone', ''), ('gone', '', '')]
)
def test_a_file_that_one_node_lacks_is_named_by_it(
    monkeypatch: pytest.MonkeyPatch, first: str, own: str, said: str
) -> None:
    """The second process of two, after what the first one told."""
    monkeypatch.setattr(looking, '_missing', lambda *_: own)
    monkeypatch.setattr('basicsr_weightcheck.hook.ranks.rank', lambda: 1)
    monkeypatch.setattr('basicsr_weightcheck.hook.ranks.broadcast', lambda name, value: first)
    with pytest.raises(TrainingStopped) as stopped:
        looking.looked_at(with_last_run, {}, ({},), {})
    assert said in str(stopped.value.code) if said else stopped.value.code == 1


def test_install_behind_the_imports_does_so_too(workshop: Workshop) -> None:
    """The script, and basicsr.train, have bound make_exp_dirs by then."""
    text = SCRIPT.format(first='').replace(
        'if __name__', 'import basicsr_weightcheck; basicsr_weightcheck.install()\nif __name__'
    )
    (workshop.folder / 'train_late.py').write_text(text)
    options = with_last_run(workshop, 'absent_late')
    done = workshop.run([*WARM, 'train_late.py', '-opt', options])
    assert done.code == 1 and 'before it makes its folders' in done.err
    assert folders(workshop, 'absent_late') == ['absent_late']


def test_warn_lets_it_go_on_and_off_says_nothing(workshop: Workshop) -> None:
    for name, variables, says in (
        ('gone_warn', {'WEIGHTCHECK_ON_ERROR': 'warn'}, True),
        ('gone_off', {'WEIGHTCHECK': 'off'}, False),
    ):
        options = with_last_run(workshop, name)
        done = workshop.run([*RUN, 'train.py', '-opt', options], **variables)
        assert done.code == 1 and 'FileNotFoundError' in done.err and not done.losses
        assert len(folders(workshop, name)) == 2  # the last run's was renamed
        assert ('weightcheck: ' in done.text) == says
