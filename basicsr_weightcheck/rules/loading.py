"""Rules about how much is loaded, and whether the load ends the training."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Plain
from basicsr_weightcheck.records.outcomes import PREDICTED, Coverage
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import Case, Found, fraction, rule

LITTLE = 0.5
EMA_TABLE = 'params_ema'


def _amounts(coverage: Coverage) -> Dict[str, Plain]:
    return {
        'fraction': coverage.parameter_fraction,
        'parameters_loaded': coverage.parameters_loaded,
        'parameters_expected': coverage.parameters_expected,
    }


@rule('WC201', 'strict-must-be-false', ERROR)
def strict_must_be_false(load: LoadReport, case: Case) -> Iterator[Found]:
    """The load stops under strict loading and runs without it.

    Why it matters: `strict_load_g: true` ends the training with torch's RuntimeError; false lets
    what matches load and leaves the rest random. Said only where nothing else (a prefix, a wrapper,
    another table) explains the difference: there strict false would load nothing.
    Source: torch/nn/modules/module.py `load_state_dict`; the outcome is the framework's own.
    """
    configured, difference = load.configured, load.difference
    if not load.must_be_false or configured is None or configured.loads or difference is None:
        return
    error = load.strict_true.error if load.strict_true is not None else configured.error
    yield Found(
        load.step.strict_option,
        option=load.step.strict_option or 'strict_load',
        error=error,
        missing=len(difference.missing),
        unexpected=len(difference.unexpected),
        mismatched=len(difference.mismatched),
        **_amounts(difference.coverage),
    )


@rule('WC202', 'nothing-loaded', ERROR)
def nothing_loaded(load: LoadReport, case: Case) -> Iterator[Found]:
    """The load runs, and no parameter comes from the file.

    Why it matters: the training starts from random weights and nothing says so.
    Source: basicsr 1.4.2 `_print_different_keys_loading` prints keys, never counts.
    """
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if load.coverage.parameters_expected and not load.coverage.parameters_loaded:
        yield Found(load.step.path_option, path=load.step.load_path)


@rule('WC203', 'little-loaded', WARNING)
def little_loaded(load: LoadReport, case: Case) -> Iterator[Found]:
    """The load runs and takes less than half of the parameters."""
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if 0 < fraction(load) < LITTLE:
        yield Found(load.step.path_option, **_amounts(load.coverage))


@rule('WC204', 'partly-loaded', INFO)
def partly_loaded(load: LoadReport, case: Case) -> Iterator[Found]:
    """The load runs and takes a part of the network, or drops a part of the file."""
    difference = load.difference
    if load.configured is None or not load.configured.loads or load.coverage is None:
        return
    if difference is None or fraction(load) < LITTLE:
        return
    if difference.missing or difference.unexpected or difference.mismatched:
        yield Found(
            load.step.path_option,
            missing=len(difference.missing),
            unexpected=len(difference.unexpected),
            mismatched=len(difference.mismatched),
            **_amounts(load.coverage),
        )


@rule('WC205', 'missing-table', ERROR)
def missing_table(load: LoadReport, case: Case) -> Iterator[Found]:
    """The load asks for a table that the file does not have.

    Why it matters: `load_net = load_net[param_key]` ends the training with KeyError; without EMA
    files saved by other tools have no table at all.
    Source: basicsr 1.4.2 models/base_model.py `load_network`.
    """
    outcome, header = load.configured, load.header
    if outcome is None or header is None or outcome.error not in ('KeyError', 'TypeError'):
        return
    if load.step.key_configured is None:
        return
    yield Found(
        load.step.key_option,
        network=load.step.network,
        key=str(load.step.key_configured),
        path=load.step.load_path,
        tables=tuple(name or 'label:table-root' for name in header.tables) or ('-',),
        error=outcome.error,
    )


@rule('WC213', 'root-has-tables-only', ERROR)
def root_has_tables_only(load: LoadReport, case: Case) -> Iterator[Found]:
    """param_key is blank, so the file's root is read, and the weights lie one level below.

    Why it matters: strict loading stops (the tables are unexpected keys); without strict nothing is
    loaded and nothing says so.
    Source: basicsr 1.4.2 models/base_model.py `load_network`, `if param_key is not None`.
    """
    if load.header is None or load.configured is None or load.key_used != '':
        return
    if load.header.tables and '' not in load.header.tables:
        yield Found(
            load.step.key_option,
            network=load.step.network,
            path=load.step.load_path,
            tables=tuple(load.header.tables),
        )


@rule('WC206', 'table-fallback', WARNING)
def table_fallback(load: LoadReport, case: Case) -> Iterator[Found]:
    """The framework reads `params` although the YAML names another table.

    Source: basicsr 1.4.2 models/base_model.py `load_network`: an absent key becomes 'params'.
    """
    asked, used = _asked_and_used(load)
    if used and asked != used and load.step.key_option:
        yield Found(
            load.step.key_option,
            network=load.step.network,
            key=asked,
            path=load.step.load_path,
            option=load.step.key_option,
        )


@rule('WC207', 'ema-table-missing', INFO)
def ema_table_missing(load: LoadReport, case: Case) -> Iterator[Found]:
    """net_g_ema asks for params_ema and gets params.

    Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, fixed key 'params_ema'.
    """
    asked, used = _asked_and_used(load)
    if used and asked != used and not load.step.key_option:
        yield Found(network=load.step.network, path=load.step.load_path)


def _asked_and_used(load: LoadReport) -> Tuple[str, str]:
    asked = load.step.key_configured
    return (str(asked), load.key_used or '') if isinstance(asked, str) else ('', '')


@rule('WC208', 'ema-not-used', INFO)
def ema_not_used(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file also has averaged weights.

    Why it matters: the published numbers of many models are those of params_ema; a finetuning from
    params starts lower than expected.
    """
    if load.header is None or not load.step.key_option or load.key_used == EMA_TABLE:
        return
    if EMA_TABLE in load.header.tables and load.key_used is not None:
        yield Found(
            load.step.key_option,
            path=load.step.load_path,
            key=load.key_used or 'label:table-root',
            option=load.step.key_option,
        )


@rule('WC210', 'random-ema-differs', WARNING)
def random_ema_differs(load: LoadReport, case: Case) -> Iterator[Found]:
    """What stays random is random twice, differently, in net_g and net_g_ema.

    Why it matters: with a pretrained path BasicSR loads net_g_ema from the file instead of copying
    net_g, so tensors that the file lacks start with other values in both.
    Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`.
    """
    if load.step.network.endswith('_ema') and load.configured is not None:
        missing = len(load.configured.missing) + len(load.configured.mismatched)
        if load.configured.loads and missing:
            yield Found(load.step.path_option, network=load.step.network, missing=missing)


@rule('WC507', 'only-predicted', WARNING)
def only_predicted(load: LoadReport, case: Case) -> Iterator[Found]:
    """The outcome was told from the header, not rehearsed with the framework's own loader."""
    if load.configured is not None and load.configured.by == PREDICTED:
        rehearsal = case.report.rehearsal
        reason = '--no-rehearsal'
        if rehearsal is not None:
            reason = f'{rehearsal.failure_error}: {rehearsal.failure_message}'[:300]
        yield Found(reason=reason)


@rule('WC508', 'later-load-not-reached', INFO)
def later_load_not_reached(load: LoadReport, case: Case) -> Iterator[Found]:
    """An earlier load ends the training, so this one never happens."""
    for earlier in case.report.loads:
        if earlier.step == load.step:
            return
        if earlier.configured is not None and earlier.configured.loads is False:
            yield Found()
            return


@rule('WC510', 'proof-missing', WARNING)
def proof_missing(load: LoadReport, case: Case) -> Iterator[Found]:
    """The recommended change was rehearsed and did not do what it should, or could not be."""
    reason = case.proof_failures.get(load.step.network)
    if reason is not None:
        yield Found(reason=reason)
