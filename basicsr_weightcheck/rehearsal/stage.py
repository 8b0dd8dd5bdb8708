"""Parent side: start the child, ask, time out, never leave it running."""

from __future__ import annotations

import dataclasses
import functools
import queue
import sys
import threading
from collections import deque
from typing import Any, BinaryIO, Callable, Dict, Mapping, Optional, Sequence

from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.plans import Framework, LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import Headers, NetworkSpec
from basicsr_weightcheck.rehearsal.processes import (
    TAIL_CHUNKS,
    Child,
    Fork,
    Tail,
    Warm,
    begin,
    hear,
    kill,
)
from basicsr_weightcheck.rehearsal.protocol import Doing, LookRequest, Request, Setup, receive, send

ERROR_CHARACTERS = 300
# Of edited options and files that will be there: what the training does.
Rehearse = Callable[[Any, Headers], Rehearsal]
Networks = Mapping[str, NetworkSpec]
# Of edited options; then of the section that alone is built. {} where that fails.
Rebuild = Callable[..., Networks]


class Stage:
    """One child process that has imported the framework and rehearses on request.

    The child is started at once; it imports while the parent reads headers. One that is forked is
    there for the first question, once there is a seat. Where the import fails, a second child makes
    the repairs of `import_fixes`: what the weights do can then be said all the same, beside the
    failure.

    Args:
        framework: NO_FRAMEWORK makes every rehearsal fail with 'import'.
        imports: modules to import before networks are built.
        working_directory: folder the training is started from.
        timeout_s: seconds for one rehearsal, imports included.
        python: interpreter of the training.
        repair_imports: the training is started with the repairs, so the first child makes them.
        options: what the import may read of them decides which child it takes.
        warm: where the child is forked from, if it has one; None for a child that imports itself.
        doing: hears what the child begins to do, as in `Doing`, and 'try' for every rehearsal
            after the first; called from another thread.
    """

    def __init__(
        self,
        framework: Framework,
        imports: Sequence[str],
        working_directory: str,
        timeout_s: float,
        python: str = sys.executable,
        repair_imports: bool = False,
        options: Optional[Mapping[str, Any]] = None,
        warm: Optional[Warm] = None,
        doing: Optional[Callable[[str], None]] = None,
    ) -> None:
        self.framework = framework
        self._imports = tuple(imports)
        self._place, self._warm = (python, working_directory), warm
        self._timeout_s = timeout_s
        self._repaired = repair_imports
        self._plain: Optional[Rehearsal] = None  # what failed without the repairs
        self._child: Optional[Child] = None
        self._doing, self._tries, self._work = doing, False, 0
        self._fixed = dialect_of(framework).fixed_at_import(options or {})
        self._shared, self._is_seated = warm, False
        if framework.is_found and warm is None:
            self._child = self._begin()
        elif framework.is_found and warm is not None:
            warm.begin(*self._place, self._setup())

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self._shared is not None and self._is_seated and not self._shared.is_closed:
            self._shared.seats.release()  # after an interrupt nobody sits down any more

    def close(self) -> None:
        """End the child and whatever it started."""
        if self._child is None:
            return
        kill(self._child)
        if self._shared is not None:
            self._shared.forget(self._child)
        if isinstance(self._child, Fork):
            self._child.leave()
        else:
            self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    pass  # unsent bytes of a request that the child did not live to read

    def rehearse(
        self,
        options: Dict[str, Any],
        headers: Headers,
        plan: LoadPlan,
        *,
        built: Optional[str] = None,
    ) -> Rehearsal:
        """Return what the framework does with these options; failures are data, not exceptions.

        Args:
            options: as they reach the model's constructor.
            headers: {load path as given: header} of the files that could be read.
            plan: the loads to make by hand where the model's constructor cannot run.
            built: what is wanted of them, as in `Request`.
        """
        if not self.framework.is_found:
            return Rehearsal(failure='import', failure_message=phrase('no-basicsr'))
        self._work = sum(len(t.entries) for one in headers.values() for t in one.tables.values())
        fixed = dialect_of(self.framework).fixed_at_import(options)
        if fixed != self._fixed:
            self.close()
            self._fixed = fixed  # the new child is told of it
            self._child = self._begin()
        answer: Rehearsal = self._ask(Request(options, plan, headers, built))
        self._tries = True
        if answer.failure == 'import' and not self._repaired:
            self.close()
            self._repaired, self._plain = True, answer
            self._child = self._begin()
            answer = self._ask(Request(options, plan, headers, built))
        if self._plain is not None:
            answer = _beside(self._plain, answer)
        return answer

    def look(self, request: LookRequest) -> Look:
        """Return what a network does to pictures; what could not be done is its `problem`.

        The child that has rehearsed this training is asked, so the framework is imported.
        """
        answer = self._ask(request)
        if isinstance(answer, Look):
            return answer
        facts = dict(answer.failure_facts)
        if answer.failure == 'timeout':
            problem = phrase('network-timeout', seconds=facts['seconds'])
        else:
            problem = phrase('network-died', how=facts['how'])
            if facts['output']:  # its last line: the picture that it has read last
                last = facts['output'].splitlines()[-1]
                problem = phrase('network-died-output', how=facts['how'], output=last)
        return Look(request.network, problem=problem)

    def _setup(self) -> Setup:
        return Setup(self.framework, self._imports, self._repaired, self._fixed)

    def _begin(self) -> Child:
        if self._shared is not None and not self._is_seated:
            self._is_seated = self._shared.seats.acquire(self._work)
        self._tail: Tail = deque(maxlen=TAIL_CHUNKS)
        self._answers: queue.Queue[Any] = queue.Queue()
        setup = self._setup()
        fork = self._warm.fork(*self._place, setup, self._timeout_s) if self._warm else None
        start = begin if self._shared is None else self._shared.alone
        child = fork or start(*self._place)
        self._tail.extend(fork.before if fork else ())
        for read, stream, into in (
            (functools.partial(_read_answers, self._hear), child.stdout, self._answers),
            (hear, child.stderr, self._tail),
        ):
            threading.Thread(target=read, args=(stream, into), daemon=True).start()
        if fork is None:
            _send(child, setup)
        return child

    def _hear(self, what: str) -> None:
        if self._doing is not None:
            self._doing('try' if what == 'rehearse' and self._tries else what)

    def _ask(self, request: Any) -> Any:
        """The child's answer; where a fork gives none, that of a child which imports itself.

        A fork lacks what threads of native code do, so it alone may be what hangs or ends.
        """
        if self._child is None:
            self._child = self._begin()
        answer = self._answer(request)
        failed = isinstance(answer, Rehearsal) and answer.failure in ('timeout', 'died')
        if failed and isinstance(self._child, Fork) and self._warm and not self._warm.is_closed:
            self.close()
            self._warm = None
            self._child = self._begin()
            answer = self._answer(request)
        return answer

    def _answer(self, request: Any) -> Any:
        assert self._child is not None
        _send(self._child, request)
        try:
            answer = self._answers.get(timeout=self._timeout_s)
        except queue.Empty:
            kill(self._child)
            facts = (('seconds', f'{self._timeout_s:g}'), ('output', self._output()))
            return Rehearsal(failure='timeout', failure_facts=facts)
        if answer is None:
            self._answers.put(None)  # for whoever asks again
            return self._died()
        return answer

    def _died(self) -> Rehearsal:
        assert self._child is not None
        code = self._child.wait()
        ended = 'died-signal' if code < 0 else 'died-exit-code'
        how = phrase(ended, number=str(abs(code)))
        return Rehearsal(failure='died', failure_facts=(('how', how), ('output', self._output())))

    def _output(self) -> str:
        """The last lines that the user's code printed."""
        text = b''.join(self._tail).decode('utf-8', 'replace')
        return '\n'.join(text.strip().splitlines()[-5:])[-1000:]


def _beside(plain: Rehearsal, repaired: Rehearsal) -> Rehearsal:
    """What was found with the repairs, beside what the import says without them.

    Where the repairs change nothing, the failure is another one and none of them is named.
    """
    said = (plain.failure, plain.failure_error, plain.failure_message)
    if said == (repaired.failure, repaired.failure_error, repaired.failure_message):
        return plain
    first_line = plain.failure_message.split('\n')[0][:ERROR_CHARACTERS]
    return dataclasses.replace(repaired, import_error=f'{plain.failure_error}: {first_line}')


def _send(child: Child, message: Any) -> None:
    assert child.stdin is not None
    try:
        send(child.stdin, message)
    except OSError:
        pass  # the child is gone: the missing answer says so


def _read_answers(hear: Callable[[str], None], stream: BinaryIO, answers: queue.Queue[Any]) -> None:
    try:
        while True:
            answer = receive(stream)
            if isinstance(answer, Doing):
                hear(answer.what)
                continue
            answers.put(answer)
            if answer is None:
                return
    except (OSError, ValueError):
        answers.put(None)  # closed under the reader
