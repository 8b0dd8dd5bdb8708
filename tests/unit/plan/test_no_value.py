"""How an option gets no value is told in the words of its format."""

from __future__ import annotations

import sys

import pytest

from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.messages.lookup import spoken
from basicsr_weightcheck.plan.option_file import FORMATS, parse_options
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, LoadPlan, LoadStep
from basicsr_weightcheck.workflow.checking.refuse import refuse_missing

TEXTS = {
    'yaml': 'path:\n  pretrain_network_g: {}\n',
    'yaml-merge': 'path:\n  pretrain_network_g: {}\n',
    'json': '{{"path": {{"pretrain_network_g": {}}}}}',
    'toml': '[path]\npretrain_network_g = {}\n',
}
OPTION = 'path.pretrain_network_g'


@pytest.mark.parametrize('form', FORMATS)
def test_the_advice_is_right_in_the_file_that_it_is_about(form: str) -> None:
    if form == 'toml' and sys.version_info < (3, 11):
        pytest.skip('tomllib is of Python 3.11')
    options = parse_options(TEXTS[form].format('"none"'), 'train', form)
    step: LoadStep = LoadStep.__new__(LoadStep)
    step.__dict__.update(path_option=OPTION, load_path='none')
    plan = LoadPlan(options, '', '', True, NO_FRAMEWORK, 0.0, (step,), '/')
    with pytest.raises(CheckpointError) as caught:
        refuse_missing(step, plan)
    advice = caught.value.advice
    word = FORMATS[form].nothing
    if word:
        assert advice == f'Write {word} for no weights.' and f'写 {word}。' in spoken(advice, 'zh')
        assert parse_options(TEXTS[form].format(word), 'train', form).get(OPTION, '') is None
    else:
        assert advice == 'Take the line out for no weights.'
        assert spoken(advice, 'zh') == '不加载权重请删去这一行。'
        assert '~' not in advice and 'null' not in advice


def test_a_file_that_no_option_names_is_not_called_none() -> None:
    """KAIR makes 2_G.pth of latest_2_G.pth, which is not there: nobody wrote None for it."""
    options = parse_options(TEXTS['json'].format('null'), 'train', 'json')
    step: LoadStep = LoadStep.__new__(LoadStep)
    step.__dict__.update(path_option='', load_path='/no/2_G.pth')
    plan = LoadPlan(options, '', '', True, NO_FRAMEWORK, 0.0, (step,), '/')
    with pytest.raises(CheckpointError, match='2_G.pth.* does not exist'):
        refuse_missing(step, plan)


def test_what_the_options_say_is_not_called_yaml() -> None:
    """The verdict is one for every format."""
    from basicsr_weightcheck.messages.lookup import label

    assert all('YAML' not in label('change-options', lang) for lang in ('en', 'zh'))
