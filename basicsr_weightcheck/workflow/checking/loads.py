"""Put together what is known of each load: header, network, outcomes, difference."""

from __future__ import annotations

import dataclasses
from typing import Dict, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import refusal
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import CheckpointError, LimitExceededError, UnsafePickleError
from basicsr_weightcheck.identify.described import described_network
from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.plan.provenance import with_origin
from basicsr_weightcheck.records.comparisons import Identity
from basicsr_weightcheck.records.plans import Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import ComparedLoad, LoadReport, Rehearsal
from basicsr_weightcheck.records.tensors import (
    HELD_BACK,
    NOT_TRIED,
    CheckpointHeader,
    Coverage,
    Difference,
    FileDict,
    Headers,
    NetworkSpec,
    Outcome,
)

Outcomes = Tuple[Outcome, Outcome, Outcome]  # of a call as it is, strict, and not strict
UNREAD = 'WC541'  # the rule that speaks of them


def held_back(errors: Dict[str, CheckpointError]) -> Headers:
    """Stand-ins for files that go beyond the reader's ceilings or would run code.

    They are for a rehearsal: even torch's weights_only reader has no ceilings, and a key that takes
    years to hash would end the check by its time limit.
    """
    harmful = (LimitExceededError, UnsafePickleError)
    return {
        path: CheckpointHeader(path, HELD_BACK, 0, FileDict(()))
        for path, error in errors.items()
        if isinstance(error, harmful)
    }


def gather_loads(plan: LoadPlan, rehearsal: Rehearsal, headers: Headers) -> Tuple[LoadReport, ...]:
    """Every load of the training, without findings and advice.

    Rehearsed loads come first, in their order. Planned ones that could not be rehearsed follow and
    are predicted: for the network that was built or, where none was, for the known class that the
    YAML describes.
    """
    loads, built = [], dict(rehearsal.networks)
    for one in rehearsal.loads:
        outcomes = (one.configured, one.strict_true, one.strict_false)
        loads.append(_known(one.step, one.network, headers, plan, outcomes))
    seen = {one.step.network for one in rehearsal.loads}
    for step in plan.steps if rehearsal.failure else ():
        if step.network not in seen:
            options = plan.options.get(step.network_option)
            network = built.get(step.network_option) or described_network(options)
            outcomes = _predicted(step, network, headers.get(step.load_path), plan)
            loads.append(_known(step, network, headers, plan, outcomes))
    return tuple(loads)


def _predicted(
    step: LoadStep,
    network: Optional[NetworkSpec],
    header: Optional[CheckpointHeader],
    plan: LoadPlan,
) -> Outcomes:
    """Told from names and shapes, where they tell it."""
    if header is None or network is None or not dialect_of(plan.framework).predicts:
        return NOT_TRIED, NOT_TRIED, NOT_TRIED
    stopped, falls_back = refusal(header), plan.framework.has_params_fallback
    as_is, strict, loose = (
        stopped or predict_load(header, network, strict, step.key_configured, falls_back)
        for strict in (step.strict_configured, True, False)
    )
    return as_is, strict, loose


def _known(
    step: LoadStep,
    network: Optional[NetworkSpec],
    headers: Headers,
    plan: LoadPlan,
    outcomes: Outcomes,
) -> LoadReport:
    """What file, network and calls tell together, and what stands beside the file."""
    header = headers.get(step.load_path)
    load = LoadReport(step, header, network, None, *outcomes)
    difference = _read_or_best(load.key_used, table_differences(load, plan.framework))
    if header is not None and network is not None and difference is not None:
        load = ComparedLoad(step, header, network, difference, *outcomes)
    if header is not None and network is None:
        load = dataclasses.replace(load, identity=told(header))
    return with_origin(load, plan)


def told(header: CheckpointHeader) -> Optional[Identity]:
    """The network that the first table which is of a known one belongs to; None without one."""
    found = (recognize(header.held(name).shapes) for name in header.tables)
    return next((one for one in found if one is not None), None)


def unread_files(plan: LoadPlan) -> Tuple[str, ...]:
    """Files that the options name and that the training's script passes over."""
    return tuple(dict(fact.words)['written'] for fact in plan.facts_of(UNREAD))


def fit_of_unread(plan: LoadPlan, rehearsal: Rehearsal, headers: Headers) -> Dict[str, Coverage]:
    """{path: what its best table would give to the network that it is named for}."""
    networks, found = dict(rehearsal.networks), {}
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


def _read_or_best(key_used: Optional[str], tables: Dict[str, Difference]) -> Optional[Difference]:
    if key_used is not None and key_used in tables:
        return tables[key_used]
    ranked = sorted(tables.values(), key=lambda one: -one.coverage.parameter_fraction)
    return ranked[0] if ranked else None
