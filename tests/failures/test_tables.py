"""Classes 2 and 19: the table that is read, in both layouts."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.agreement.real_run import is_clean
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def doubled(state: State) -> State:
    return {key: value * 2 for key, value in state.items()}


@pytest.mark.failure(2, 'WC205')
@pytest.mark.parametrize('table, key', [
    ('', None), ('params_ema', 'params_ema'), ('state_dict', 'state_dict'), ('net', 'net'),
])  # fmt: skip
def test_basicsr_takes_another_table_by_its_key(
    basicsr: Training, weights: State, table: str, key: Any
) -> None:
    basicsr.save({table: weights, 'epoch': 3} if table else dict(weights))
    answer = basicsr.cured()
    assert answer.first() == 'WC205'
    assert answer.edits == {'path.param_key_g': key}
    assert all(is_clean(call) for call in basicsr.really_load())


@pytest.mark.fires('WC205')
@pytest.mark.failure(2, 'WC205')
def test_restormer_reads_its_own_option(restormer: Training, cleaner: State) -> None:
    restormer.save({'params_ema': cleaner})
    answer = restormer.cured()
    assert answer.first() == 'WC205'
    assert answer.edits == {'path.param_key': 'params_ema'}
    assert all(is_clean(call) for call in restormer.really_load())


@pytest.mark.failure(2, 'WC205')
def test_a_flat_file_in_restormer_has_to_be_wrapped(restormer: Training, cleaner: State) -> None:
    restormer.save(dict(cleaner))
    answer = restormer.cured()
    assert answer.first() == 'WC205' and answer.verdict == 'convert'
    answer.convert()
    assert all(is_clean(call) for call in restormer.really_load())


@pytest.mark.failure(2, 'WC205')
def test_nafnet_falls_back_to_nothing(nafnet: Training, cleaner: State) -> None:
    nafnet.save({'params': cleaner})
    nafnet.change('  resume_state', '  param_key: params_ema\n  resume_state')
    answer = nafnet.cured()
    assert answer.first() == 'WC205'
    assert answer.edits == {'path.param_key': 'params'}
    assert all(is_clean(call) for call in nafnet.really_load())


@pytest.mark.failure(2, 'WC241')
def test_a_table_that_is_a_list(basicsr: Training, weights: State) -> None:
    """Nothing can be looked up by one: torch's dict raises, and so did the rule that asked."""
    basicsr.save({'params': weights})
    basicsr.change('  resume_state', '  param_key_g: [params]\n  resume_state')
    answer = basicsr.cured()
    assert answer.json['stop']['error'] == 'TypeError'
    assert answer.edits == {'path.param_key_g': 'params'}
    assert all(is_clean(call) for call in basicsr.really_load())


@pytest.mark.fires('WC206')
def test_restormer_falls_back_and_says_so(restormer: Training, cleaner: State) -> None:
    restormer.save({'params': cleaner})
    restormer.change('  resume_state', '  param_key: params_ema\n  resume_state')
    assert restormer.check().first() == 'WC206'
    assert [call.error for call in restormer.really_load()] == ['']


def test_a_misspelt_table_is_told_beside_those_of_the_file(
    basicsr: Training, weights: State
) -> None:
    basicsr.save({'params': weights, 'params_ema': weights})
    basicsr.change('  resume_state', '  param_key_g: params_emma\n  resume_state')
    said = basicsr.prints('--no-report', '--fixed', 'other.yml')
    assert 'ready: everything loads. Look first: another table is read' in said.out
    assert 'the table that you mean (params, params_ema)' in ' '.join(said.out.split())
    assert 'written, nothing could be corrected: other.yml' in said.out
    assert (basicsr.folder / 'other.yml').read_text() == basicsr.yaml.read_text()
    assert [call.error for call in basicsr.really_load()] == ['']


@pytest.mark.failure(19, 'WC205')
@pytest.mark.parametrize('key', ['', '  param_key_g: ~\n'])
def test_a_flat_file_and_an_ema_network(basicsr: Training, weights: State, key: str) -> None:
    """`param_key_g: ~` alone lets net_g pass and ends at net_g_ema (silent trap 4)."""
    basicsr.save(dict(weights))
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    basicsr.change('  resume_state', f'{key}  resume_state')
    assert basicsr.really_load()[-1].error == 'KeyError'
    answer = basicsr.cured()
    assert answer.first(-1) == 'WC205' and answer.verdict == 'convert'
    answer.convert()
    calls = basicsr.really_load()
    assert len(calls) == 2 and all(is_clean(call) for call in calls)


@pytest.mark.failure(19, 'WC205')
def test_averages_only_and_an_ema_network(basicsr: Training, weights: State) -> None:
    basicsr.save({'params_ema': weights})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    answer = basicsr.cured()
    assert answer.first() == 'WC205' and 'WC205' not in answer.codes_of(1)
    assert answer.edits == {'path.param_key_g': 'params_ema'}
    assert all(is_clean(call) for call in basicsr.really_load())


@pytest.mark.fires('WC208')
def test_unused_averages_are_mentioned(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights, 'params_ema': doubled(weights)})
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready') and 'WC208' in answer.codes


@pytest.mark.fires('WC207')
def test_the_ema_network_starts_from_params(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.change('ema_decay: 0', 'ema_decay: 0.999')
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict) == (0, 'ready') and answer.first(1) == 'WC207'
    assert all(is_clean(call) for call in basicsr.really_load())
