"""Put together what is known of each load: header, network, outcomes, difference."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import CheckpointError, LimitExceededError, UnsafePickleError
from basicsr_weightcheck.identify.described import described_network
from basicsr_weightcheck.records.plans import Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import ComparedLoad, LoadReport, Rehearsal
from basicsr_weightcheck.records.tensors import (
    HELD_BACK,
    CheckpointHeader,
    Coverage,
    Difference,
    Headers,
    Mapping,
    NetworkSpec,
    Outcome,
    Trial,
)
from basicsr_weightcheck.workflow.installed import refusal

UNREAD = 'WC541'  # the rule that speaks of them


def held_back(errors: Dict[str, CheckpointError]) -> Headers:
    """Stand-ins for files that go beyond the reader's ceilings or would run code.

    They are for a rehearsal: even torch's weights_only reader has no ceilings, and a key that takes
    years to hash would end the check by its time limit.
    """
    harmful = (LimitExceededError, UnsafePickleError)
    return {
        path: CheckpointHeader(path, HELD_BACK, 0, Mapping(()))
        for path, error in errors.items()
        if isinstance(error, harmful)
    }


def gather_loads(
    plan: LoadPlan, rehearsal: Optional[Rehearsal], headers: Headers
) -> Tuple[LoadReport, ...]:
    """Every load of the training, without findings and advice.

    Rehearsed loads come first, in their order. Planned ones that could not be rehearsed follow and
    are predicted: for the network that was built or, where none was, for the known class that the
    YAML describes.
    """
    rehearsed = rehearsal.loads if rehearsal is not None else ()
    loads = [
        _load(
            one.step,
            one.network,
            headers,
            (one.configured, one.strict_true, one.strict_false),
            plan.framework,
        )  # fmt: skip
        for one in rehearsed
    ]
    seen = {one.step.network for one in rehearsed}
    if rehearsal is None or rehearsal.failure:
        built = dict(rehearsal.networks) if rehearsal is not None else {}
        loads += [
            _predicted(step, built.get(step.network_option), headers, plan)
            for step in plan.steps
            if step.network not in seen
        ]
    return tuple(loads)


def unread_files(plan: LoadPlan) -> Tuple[str, ...]:
    """Files that the options name and that the training's script passes over."""
    return tuple(dict(fact.words)['written'] for fact in plan.facts_of(UNREAD))


def fit_of_unread(
    plan: LoadPlan, rehearsal: Optional[Rehearsal], headers: Headers
) -> Dict[str, Coverage]:
    """{path: what its best table would give to the network that it is named for}."""
    networks = dict(rehearsal.networks) if rehearsal is not None else {}
    found = {}
    for fact in plan.facts_of(UNREAD):
        path, name = (dict(fact.words)[word] for word in ('written', 'network'))
        header, network = headers.get(path), networks.get(name)
        if header is not None and network is not None:
            fits = [
                compare_table(header.held(one), one, network, plan.framework.cuts_module).coverage
                for one in header.tables
            ]
            found[path] = max(fits, key=lambda one: one.least)
    return found


def table_differences(load: LoadReport, framework: Framework) -> Dict[str, Difference]:
    """Every table of the file against the network of the load."""
    if load.header is None or load.network is None:
        return {}
    return {
        name: compare_table(load.header.held(name), name, load.network, framework.cuts_module)
        for name in load.header.tables
    }


def _predicted(
    step: LoadStep, network: Optional[NetworkSpec], headers: Headers, plan: LoadPlan
) -> LoadReport:
    header = headers.get(step.load_path)
    network = network or described_network(plan.options.get(step.network_option))
    if header is None or network is None or not dialect_of(plan.framework).predicts:
        return _load(step, network, headers, (None, None, None), plan.framework)
    stopped = refusal(header)
    trials = [
        Trial(strict, step.key_configured, step.load_path)
        for strict in (step.strict_configured, True, False)
    ]
    outcomes = [
        stopped or predict_load(header, network, one, plan.framework.has_params_fallback)
        for one in trials
    ]
    return _load(step, network, headers, (outcomes[0], outcomes[1], outcomes[2]), plan.framework)


def _load(
    step: LoadStep,
    network: Optional[NetworkSpec],
    headers: Headers,
    outcomes: Tuple[Optional[Outcome], Optional[Outcome], Optional[Outcome]],
    framework: Framework,
) -> LoadReport:
    configured, strict_true, strict_false = outcomes
    header = headers.get(step.load_path)
    draft = LoadReport(
        step=step,
        header=header,
        network=network,
        key_used=configured.key_used if configured is not None else None,
        configured=configured,
        strict_true=strict_true,
        strict_false=strict_false,
        difference=None,
        coverage=None,
        must_be_false=None,
        strict_recommended=None,
        findings=(),
        recommendation=None,
    )
    tables = table_differences(draft, framework)
    coverage = None
    if network is not None and configured is not None and configured.loads:
        coverage = Coverage.of(network, configured.loaded, configured.partial)
    difference = _read_or_best(draft.key_used, tables)
    kind = ComparedLoad if difference is not None else LoadReport
    return kind(**{**vars(draft), 'difference': difference, 'coverage': coverage})


def _read_or_best(key_used: Optional[str], tables: Dict[str, Difference]) -> Optional[Difference]:
    if key_used is not None and key_used in tables:
        return tables[key_used]
    ranked = sorted(tables.values(), key=lambda one: -one.coverage.parameter_fraction)
    return ranked[0] if ranked else None
