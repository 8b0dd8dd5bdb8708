"""The check's own child process, for what a live training cannot try: networks of other options.

It is started when it is asked for the first time, and ended with the examination of the load. What
it says counts only where it builds the network of the live training from the same options.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Optional, Tuple

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.hook.call import Call
from basicsr_weightcheck.hook.shadow import bare_network
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.read_plan import replan, used_options
from basicsr_weightcheck.records.plans import Framework, LoadPlan
from basicsr_weightcheck.records.reports import LoadReport, Rehearsal
from basicsr_weightcheck.records.tensors import CheckpointHeader, NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Stage

# For one answer. The other ranks wait two minutes (`ranks.WAIT_S`) for the whole examination.
ANSWER_S = 40.0
_KNOWN = ('__main__', 'torch', 'basicsr', 'builtins')  # imported anyway, or not by name


class Understudy:
    """Answers as `check` does, or not at all.

    Args:
        call: of the live model.
        plan: the training as far as the call is concerned.
        load: the call's, with the network as it is.
        headers: {load path: header} of the files that were read.
    """

    def __init__(
        self, call: Call, plan: LoadPlan, load: LoadReport, headers: Dict[str, CheckpointHeader]
    ) -> None:
        self._plan, self._load, self._headers = plan, load, headers
        self._imports = _modules(call)
        self._stage: Optional[Stage] = None
        self._silence: Optional[Rehearsal] = None  # why it cannot answer

    def __enter__(self) -> Understudy:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stage is not None:
            self._stage.close()

    @property
    def silence(self) -> str:
        """Why it cannot answer, '' while it can."""
        return self._silence.failure_message if self._silence is not None else ''

    def rebuild(self, edited: Any, alone: str = '') -> Dict[str, NetworkSpec]:
        """{section: network} of edited options, or of one alone; {} where they are not built."""
        return dict(self.rehearse(edited, {}, alone).networks)

    def rehearse(
        self, edited: Any, future: Dict[str, CheckpointHeader], alone: str = ''
    ) -> Rehearsal:
        """What the training does under edited options; why not, where that cannot be told."""
        if self._stage is None:
            self._begin()
        return self._silence or self._ask(edited, future, alone)

    def _begin(self) -> None:
        plan, live = self._plan, self._load.network
        # This training has imported the framework, whatever it took to do so.
        self._stage = Stage(
            _as_found(plan), self._imports, plan.working_directory, ANSWER_S,
            repair_imports=True, options=plan.options.data,
        )  # fmt: skip
        same = self._ask(plan.options.data, {})
        built = dict(same.networks).get(self._load.step.network_option)
        # A class that reads its environment builds another network in the child: no witness then.
        if self._silence is None and (live is None or _shapes(built) != _shapes(live)):
            reason = same.failure_message or phrase('understudy-differs')
            self._silence = Rehearsal(failure='model', failure_message=reason)

    def _ask(self, edited: Any, future: Dict[str, CheckpointHeader], alone: str = '') -> Rehearsal:
        assert self._stage is not None
        then = replan(self._plan, edited)
        headers = {**self._headers, **future}
        answer = self._stage.rehearse(used_options(then), headers, then, alone)
        if answer.failure in ('timeout', 'died', 'import'):
            reason = answer.failure_message or phrase('understudy-silent')
            self._silence = Rehearsal(failure=answer.failure, failure_message=reason)
        return answer


def _as_found(plan: LoadPlan) -> Framework:
    """The framework as `check` finds it, with its plug-ins, if it is the one that is imported."""
    found = find_framework(plan.options.path, plan.working_directory)
    same = os.path.realpath(found.origin) == os.path.realpath(plan.framework.origin)
    return found if same else plan.framework


def _modules(call: Call) -> Tuple[str, ...]:
    """Modules that have to be imported for the classes of the live training."""
    names = (type(call.model).__module__, type(bare_network(call.network)).__module__)
    return tuple(dict.fromkeys(name for name in names if name.split('.')[0] not in _KNOWN))


def _shapes(network: Optional[NetworkSpec]) -> Any:
    return None if network is None else {spec.key: spec.shape for spec in network.tensors}
