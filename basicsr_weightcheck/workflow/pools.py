"""Run batches in processes of this machine, or on a dask cluster.

A process or a worker that is killed takes nothing with it: what it had in hand is done again, here
where nobody else is left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Callable, Iterator, Sequence, Tuple, TypeVar

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase

Result = TypeVar('Result')
Batch = Tuple[Any, ...]
CONNECT_S = 10
LOOK_S = 5  # so often it is asked whether the cluster has a worker left
CANCELLED = (CancelledError, asyncio.CancelledError)  # by the version of distributed
LOGGERS = ('distributed', 'distributed.client', 'distributed.core', 'tornado.application')


def run_in_processes(
    function: Callable[..., Result], batches: Sequence[Batch], jobs: int = 0
) -> Iterator[Result]:
    """Results in the order of the batches, as they arrive.

    Args:
        function: importable by name.
        batches: its arguments.
        jobs: processes; 0 takes one for each core.

    Raises:
        UsageError: joblib is missing.
    """
    try:
        import joblib
    except ImportError as error:
        raise UsageError(phrase('needs-joblib'), advice=phrase('needs-joblib-do')) from error
    pool = joblib.Parallel(jobs or os.cpu_count() or 1, return_as='generator')
    done = 0
    try:
        for result in pool(joblib.delayed(_uninterrupted)(function, batch) for batch in batches):
            done += 1
            yield result
    except BrokenProcessPool:  # joblib gives up all that is left
        yield from (function(*batch) for batch in batches[done:])


def _uninterrupted(function: Callable[..., Result], batch: Batch) -> Result:
    """In a process of the pool. A terminal sends Ctrl-C to it too; the one that asked ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return function(*batch)


def run_on_dask(
    function: Callable[..., Result], batches: Sequence[Batch], scheduler: str
) -> Iterator[Result]:
    """The same on a dask cluster whose workers see the same files and have this package.

    Args:
        function: importable by name.
        batches: its arguments.
        scheduler: address, 'tcp://host:8786'.

    Raises:
        UsageError: distributed is missing, the scheduler does not answer, or a worker cannot run
            this package.
    """
    try:
        from distributed import Client
    except ImportError as error:
        advice = phrase('do-install', package="'dask[distributed]'")
        raise UsageError(phrase('needs-distributed'), advice=advice) from error
    for name in LOGGERS:  # what befalls a cluster is told here in one sentence, or made good
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        what = phrase('scheduler-silent', scheduler=scheduler, reason=type(error).__name__)
        raise UsageError(what, advice=phrase('scheduler-silent-do')) from error
    with client:
        # Not pure: the same files may have changed since they were read last.
        futures = [client.submit(function, *batch, pure=False) for batch in batches]
        for future, batch in zip(futures, batches):
            yield function(*batch) if _is_lost(client, future) else _answer(future, scheduler)
            future.release()


def _is_lost(client: Any, future: Any) -> bool:
    """Wait; whether the cluster has lost all that could give an answer.

    dask itself gives what a killed worker had in hand to another, three times.
    """
    from distributed import KilledWorker, TimeoutError

    while True:
        try:
            return isinstance(future.exception(timeout=LOOK_S), (KilledWorker, *CANCELLED))
        except TimeoutError:
            if client.status != 'running' or not client.scheduler_info()['workers']:
                return True
        except CANCELLED:
            return True


def _answer(future: Any, scheduler: str) -> Any:
    error = future.exception()
    if error is None:
        return future.result()
    what = phrase('worker-fails', scheduler=scheduler, reason=f'{type(error).__name__}: {error}')
    raise UsageError(what, advice=phrase('worker-fails-do')) from error
