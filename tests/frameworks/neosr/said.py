"""What the check says of the same starts, by one child process for all of them."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Optional, Sequence

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan, without_resume
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.records.tensors import NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.check import check_on
from basicsr_weightcheck.workflow.checking.refuse import refuse_ambiguous, refuse_missing
from basicsr_weightcheck.workflow.checking.resume_state import iteration_of, resume_state
from tests.frameworks.neosr.cases import Case

# What this machine says beside: its Python is another one than neosr wants.
SURROUNDINGS = ('WC551',)


class Checker:
    """Checks cases in one folder as the command does."""

    def __init__(self, neosr: str, folder: str) -> None:
        self._folder = folder
        self._framework = find_framework(f'{neosr}/options/x.toml', neosr)
        self._stage: Optional[Stage] = None

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._stage is not None:
            self._stage.close()

    def networks(self, case: Case) -> Dict[str, NetworkSpec]:
        """{section: network} of a start without weights."""
        options = read_options(case.toml, 'toml')
        plan = read_plan(options, self._framework, self._folder)
        return dict(self._stage_for(plan).rehearse(options.data, {}, plan).networks)

    def _stage_for(self, plan: LoadPlan) -> Stage:
        if self._stage is None:
            options = plan.options.data
            self._stage = Stage(self._framework, (), self._folder, 600.0, options=options)
        return self._stage

    def report(self, case: Case) -> CheckReport:
        """Raises WeightCheckError where the check refuses the start."""
        options = read_options(case.toml, 'toml')

        def plan_of(data: Any) -> LoadPlan:
            changed = dataclasses.replace(options, data=data)
            return read_plan(changed, self._framework, self._folder, case.auto_resume, iteration_of)

        plan = plan_of(options.data)
        refuse_ambiguous(plan)
        state = resume_state(plan)
        if state.problem:
            plan = without_resume(plan)
        for step in plan.steps:
            refuse_missing(step, plan)
        return check_on(self._stage_for(plan), plan, plan_of, state)


def said(checker: Checker, case: Case) -> Dict[str, Any]:
    """{'ends', 'networks', 'verdict', 'errors'}: in the form of `truth`, and what is printed."""
    try:
        report = checker.report(case)
    except WeightCheckError as error:
        return {'ends': 'refused', 'networks': {}, 'verdict': 'refused', 'errors': [str(error)]}
    rehearsal = report.rehearsal
    assert rehearsal is not None
    stop, fatal = rehearsal.stop, [one for one in report.plan.path_effects if one.is_fatal]
    ends = 'folders' if fatal else f'{stop.error}: {stop.message}' if stop is not None else ''
    if rehearsal.failure:
        ends = ends or f'{rehearsal.failure_error}: {rehearsal.failure_message}'
    networks = {
        one.network: {
            tensor.key: [[o.path, o.table, o.key] for o in tensor.origins] for tensor in one.tensors
        }
        for one in rehearsal.sources
    }
    errors = [f.code for f in report.all_findings if f.severity == 'error']
    left = [code for code in errors if code not in SURROUNDINGS]
    return {'ends': ends, 'networks': networks, 'verdict': report.verdict, 'errors': left}


def disagreements(case: Case, real: Dict[str, Any], ours: Dict[str, Any]) -> Sequence[str]:
    """How the check and neosr differ about one start."""
    if ours['ends'] == 'refused' or ours['ends'] == 'folders':
        return [] if real['ends'] else [f'{case.name}: {ours["errors"]}, and it trains']
    if real['ends']:
        told = ours['ends'].replace('SystemExit: ', '')
        same = told.split(':')[0] == real['ends'].split(':')[0] and ours['errors']
        return [] if same else [f'{case.name}: ends with {real["ends"]}, said {ours["ends"]}']
    if ours['ends']:
        return [f'{case.name}: trains, said {ours["ends"]}']
    found = []
    for network, tensors in real['networks'].items():
        for key, names in tensors.items():
            told = ours['networks'].get(network, {}).get(key)
            if bool(told) != bool(names) or any(name not in names for name in told or ()):
                found.append(f'{case.name}: {network}.{key} is {names}, said {told}')
    filled = any(names for names in real['networks']['net_g'].values())
    if case.files and not filled and not ours['errors']:
        found.append(f'{case.name}: nothing is loaded, and no error is told')
    return found
