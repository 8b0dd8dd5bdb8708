"""Classes 2 and 19: the table that is read, in both layouts."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.agreement.real_run import is_clean
from tests.failures.training_folder import TrainingFolder, codes, convert, edits, first

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]


def doubled(state: State) -> State:
    return {key: value * 2 for key, value in state.items()}


@pytest.mark.failure(2, 'WC205')
@pytest.mark.parametrize('table, key', [
    ('', None), ('params_ema', 'params_ema'), ('state_dict', 'state_dict'), ('net', 'net'),
])  # fmt: skip
def test_basicsr_takes_another_table_by_its_key(
    training: TrainingFolder, weights: State, table: str, key: Any
) -> None:
    training.save({table: weights, 'epoch': 3} if table else dict(weights))
    document = training.cured()
    assert first(document) == 'WC205'
    assert edits(document) == {'path.param_key_g': key}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC205')
@pytest.mark.failure(2, 'WC205')
def test_restormer_reads_its_own_option(restormer: TrainingFolder, cleaner: State) -> None:
    restormer.save({'params_ema': cleaner})
    document = restormer.cured()
    assert first(document) == 'WC205'
    assert edits(document) == {'path.param_key': 'params_ema'}
    assert all(is_clean(call) for call in restormer.really_load())


@pytest.mark.failure(2, 'WC205')
def test_a_flat_file_in_restormer_has_to_be_wrapped(
    restormer: TrainingFolder, cleaner: State
) -> None:
    restormer.save(dict(cleaner))
    document = restormer.cured()
    assert first(document) == 'WC205' and document['verdict'] == 'convert'
    convert(document)
    assert all(is_clean(call) for call in restormer.really_load())


@pytest.mark.failure(2, 'WC205')
def test_nafnet_falls_back_to_nothing(nafnet: TrainingFolder, cleaner: State) -> None:
    nafnet.save({'params': cleaner})
    nafnet.change('  resume_state', '  param_key: params_ema\n  resume_state')
    document = nafnet.cured()
    assert first(document) == 'WC205'
    assert edits(document) == {'path.param_key': 'params'}
    assert all(is_clean(call) for call in nafnet.really_load())


@pytest.mark.failure(2, 'WC241')
def test_a_table_that_is_a_list(training: TrainingFolder, weights: State) -> None:
    """Nothing can be looked up by one: torch's dict raises, and so did the rule that asked."""
    training.save({'params': weights})
    training.change('  resume_state', '  param_key_g: [params]\n  resume_state')
    document = training.cured()
    assert document['stop']['error'] == 'TypeError'
    assert edits(document) == {'path.param_key_g': 'params'}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC206')
def test_restormer_falls_back_and_says_so(restormer: TrainingFolder, cleaner: State) -> None:
    restormer.save({'params': cleaner})
    restormer.change('  resume_state', '  param_key: params_ema\n  resume_state')
    _, document = restormer.check()
    assert first(document) == 'WC206'
    assert [call.error for call in restormer.really_load()] == ['']


@pytest.mark.failure(19, 'WC205')
@pytest.mark.parametrize('key', ['', '  param_key_g: ~\n'])
def test_a_flat_file_and_an_ema_network(training: TrainingFolder, weights: State, key: str) -> None:
    """`param_key_g: ~` alone lets net_g pass and ends at net_g_ema (silent trap 4)."""
    training.save(dict(weights))
    training.change('ema_decay: 0', 'ema_decay: 0.999')
    training.change('  resume_state', f'{key}  resume_state')
    assert training.really_load()[-1].error == 'KeyError'
    document = training.cured()
    assert first(document, -1) == 'WC205' and document['verdict'] == 'convert'
    convert(document)
    calls = training.really_load()
    assert len(calls) == 2 and all(is_clean(call) for call in calls)


@pytest.mark.failure(19, 'WC205')
def test_averages_only_and_an_ema_network(training: TrainingFolder, weights: State) -> None:
    training.save({'params_ema': weights})
    training.change('ema_decay: 0', 'ema_decay: 0.999')
    document = training.cured()
    assert first(document) == 'WC205' and 'WC205' not in {
        finding['code'] for finding in document['loads'][1]['findings']
    }
    assert edits(document) == {'path.param_key_g': 'params_ema'}
    assert all(is_clean(call) for call in training.really_load())


@pytest.mark.fires('WC208')
def test_unused_averages_are_mentioned(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights, 'params_ema': doubled(weights)})
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'ready') and 'WC208' in codes(document)


@pytest.mark.fires('WC207')
def test_the_ema_network_starts_from_params(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    training.change('ema_decay: 0', 'ema_decay: 0.999')
    code, document = training.check()
    assert (code, document['verdict']) == (0, 'ready') and first(document, 1) == 'WC207'
    assert all(is_clean(call) for call in training.really_load())
