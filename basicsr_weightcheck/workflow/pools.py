"""Run batches in processes of this machine or on a dask cluster, through joblib."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, List, Sequence, Tuple, TypeVar

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase

Result = TypeVar('Result')
CONNECT_S = 10


def run_in_processes(
    function: Callable[..., Result], batches: Sequence[Tuple[Any, ...]], jobs: int = 0
) -> Iterable[Result]:
    """Results in the order of the batches, as they arrive.

    Args:
        function: importable by name.
        batches: its arguments.
        jobs: processes; 0 takes one for each core.

    Raises:
        UsageError: joblib is missing.
    """
    joblib = _joblib()
    pool = joblib.Parallel(jobs or os.cpu_count() or 1, return_as='generator')
    results: Iterable[Result] = pool(joblib.delayed(function)(*batch) for batch in batches)
    return results


def run_on_dask(
    function: Callable[..., Result], batches: Sequence[Tuple[Any, ...]], scheduler: str
) -> List[Result]:
    """The same on a dask cluster whose workers see the same files and have this package.

    Args:
        function: importable by name.
        batches: its arguments.
        scheduler: address, 'tcp://host:8786'.

    Raises:
        UsageError: joblib or distributed is missing, or the scheduler does not answer.
    """
    joblib = _joblib()
    try:
        from distributed import Client
    except ImportError as error:
        advice = phrase('do-install', package="'dask[distributed]'")
        raise UsageError(phrase('needs-distributed'), advice=advice) from error
    try:
        client = Client(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        what = phrase('scheduler-silent', scheduler=scheduler, reason=type(error).__name__)
        raise UsageError(what, advice=phrase('scheduler-silent-do')) from error
    with client, joblib.parallel_config(backend='dask'):
        results: List[Result] = joblib.Parallel()(
            joblib.delayed(function)(*batch) for batch in batches
        )
    return results


def _joblib() -> Any:
    try:
        import joblib
    except ImportError as error:
        raise UsageError(phrase('needs-joblib'), advice=phrase('needs-joblib-do')) from error
    return joblib
