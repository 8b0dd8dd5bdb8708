"""Put together what is known of each load: header, network, outcomes, difference."""

from __future__ import annotations

import dataclasses
from typing import Dict, Iterator, Tuple

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import refusal
from basicsr_weightcheck.compare.load_outcome import predict_load
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.errors import CheckpointError, LimitExceededError, UnsafePickleError
from basicsr_weightcheck.identify.described import described
from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.plan.provenance import with_origin
from basicsr_weightcheck.records.comparisons import Identity
from basicsr_weightcheck.records.plans import Framework, LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import ComparedLoad, LoadReport, Rehearsal
from basicsr_weightcheck.records.tensors import (
    HELD_BACK,
    CheckpointHeader,
    Coverage,
    Difference,
    FileDict,
    Headers,
    NetworkSpec,
)
from basicsr_weightcheck.rehearsal.stage import Networks

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
    loads = []
    for one in rehearsal.loads:
        header, outcomes = headers.get(one.step.load_path), (one.strict_true, one.strict_false)
        loads.append(LoadReport(one.step, header, one.network, None, one.configured, *outcomes))
    seen = {load.step.network for load in loads}
    for step in plan.steps if rehearsal.failure else ():
        if step.network not in seen:
            loads.append(_predicted(step, plan, dict(rehearsal.networks), headers))
    return tuple(with_origin(_by_table(load, plan.framework), plan) for load in loads)


def _predicted(step: LoadStep, plan: LoadPlan, built: Networks, headers: Headers) -> LoadReport:
    """Told from names and shapes, where they tell it."""
    section, path = step.network_option, step.load_path
    networks = {**described(section, plan.options.data), **built}
    if section not in networks:
        return LoadReport(step, headers.get(path), identity=next(told(path, headers), None))
    load = LoadReport(step, headers.get(path), networks[section])
    if path not in headers or not dialect_of(plan.framework).predicts:
        return load
    stopped, falls_back = refusal(headers[path]), plan.framework.has_params_fallback
    as_is, strict, loose = (
        stopped
        or predict_load(headers[path], networks[section], strict, step.key_configured, falls_back)
        for strict in (step.strict_configured, True, False)
    )
    return dataclasses.replace(load, configured=as_is, strict_true=strict, strict_false=loose)


def told(path: str, headers: Headers) -> Iterator[Identity]:
    """The known networks that the tables of a file belong to; none where it was not read."""
    tables = headers[path].tables if path in headers else ()
    yield from filter(None, (recognize(headers[path].held(name).shapes) for name in tables))


def unread_files(plan: LoadPlan) -> Tuple[str, ...]:
    """Files that the options name and that the training's script passes over."""
    return tuple(dict(fact.words)['written'] for fact in plan.facts_of(UNREAD))


def fit_of_unread(plan: LoadPlan, rehearsal: Rehearsal, headers: Headers) -> Dict[str, Coverage]:
    """{path: what its best table would give to the network that it is named for}."""
    networks, found = dict(rehearsal.networks), {}
    for fact in plan.facts_of(UNREAD):
        path, name = (dict(fact.words)[word] for word in ('written', 'network'))
        if path in headers and name in networks:
            tables = _differences(headers[path], networks[name], plan.framework).values()
            fits = [*(one.coverage for one in tables), Coverage.of(networks[name], ())]
            found[path] = max(fits, key=lambda one: one.least)
    return found


def table_differences(load: LoadReport, framework: Framework) -> Dict[str, Difference]:
    """Every table of the file against the network of the load."""
    return {name: one.difference for name, one in _compared(load, framework).items()}


def _compared(load: LoadReport, framework: Framework) -> Dict[str, ComparedLoad]:
    """The load by each table of its file; {} where file or network is not known."""
    header, network = load.header, load.network
    if header is None or network is None:
        return {}
    outcomes = load.configured, load.strict_true, load.strict_false
    tables = _differences(header, network, framework).items()
    return {name: ComparedLoad(load.step, header, network, one, *outcomes) for name, one in tables}


def _differences(
    header: CheckpointHeader, network: NetworkSpec, framework: Framework
) -> Dict[str, Difference]:
    return {
        name: compare_table(header.held(name), name, network, framework.cuts_module)
        for name in header.tables
    }


def _by_table(load: LoadReport, framework: Framework) -> LoadReport:
    """Compared by the table that is read, else by the one that fits best; as it is without one."""
    tables = _compared(load, framework)
    if load.key_used in tables:
        return tables[load.key_used]
    best = sorted(tables.values(), key=lambda one: -one.difference.coverage.parameter_fraction)
    return best[0] if best else load
