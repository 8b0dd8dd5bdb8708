"""Which of many files fits the network of a YAML: built once, headers read on all cores."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import functools
import logging
import math
import os
import re
import signal
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import file_troubles
from basicsr_weightcheck.checkpoint.pickles.weights_only import harmful_globals
from basicsr_weightcheck.checkpoint.problems import unsafe
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.compare.fit import compared, fit, no_fit, refused, rehearsed
from basicsr_weightcheck.compare.streams import in_threads
from basicsr_weightcheck.dialects.dialect import Dialect
from basicsr_weightcheck.dialects.find import dialect_of, find_framework
from basicsr_weightcheck.errors import NetworkBuildError, UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import needs, phrase
from basicsr_weightcheck.messages.of_files import cut_phrase
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import read_plan, replan
from basicsr_weightcheck.records.names import natural
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal, RehearsedLoad
from basicsr_weightcheck.records.scans import Scan, ScanRow
from basicsr_weightcheck.records.tensors import SAFETENSORS, CheckpointHeader, Coverage, NetworkSpec
from basicsr_weightcheck.rehearsal.processes import Warm
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.version import installed_version
from basicsr_weightcheck.workflow.checking.refuse import refuse_unbuilt, refuse_unsupported
from basicsr_weightcheck.workflow.files import find_files

# net_g_5000, 5000_G; the 4 of x4plus is none
ITERATION = re.compile(r'(?:(?<=[_.-])|^)\d{1,12}(?=[_.-]|$)')
LATEST = 'latest'  # net_g_latest: saved when a training has ended
SHOWN_NAMES = 3  # of functions that a file would call
BATCH_FILES = 16  # the network travels to a worker once for as many files

Batch = Tuple[Sequence[str], NetworkSpec]
Rows = List[ScanRow]
Judge = Callable[[Sequence[str], NetworkSpec], Rows]
Runner = Callable[[Judge, Sequence[Batch]], Iterable[Rows]]


def run_here(judge: Judge, batches: Sequence[Batch]) -> Iterable[Rows]:
    """One batch after the other in this process."""
    return (judge(*batch) for batch in batches)


def scan(
    options_path: str,
    files: Sequence[str],
    section: str = 'network_g',
    imports: Sequence[str] = (),
    timeout_s: float = 180.0,
    run: Runner = run_here,
) -> Scan:
    """Return the record of `basicsr_weightcheck.scan`, with its arguments and errors.

    Args:
        run: runs the judge over batches of files, in order: here, in a pool, on a cluster.
    """
    found = sorted(set(find_files(files)), key=natural)
    full = [os.path.abspath(path) for path in found]  # a worker may stand in another folder
    network, section, rows, are_rehearsed = _in_training(
        options_path, section, imports, timeout_s, full, run
    )
    rows = [dataclasses.replace(row, path=path) for row, path in zip(rows, found)]
    rows.sort(key=lambda row: (-row.fraction, -row.convertible, *_newest(row.path)))
    return Scan(
        options_path=options_path,
        section=section,
        network_type=network.network_type,
        tensors=len(network.tensors),
        parameters=Coverage.of(network, ()).parameters_expected,
        rows=tuple(rows),
        rehearsed=are_rehearsed,
    )


def _newest(path: str) -> Tuple[float, int, Any]:
    """Sort key: the latest iteration that a name tells first, then the latest time."""
    stem = os.path.splitext(os.path.basename(path))[0]
    told = [int(number) for number in ITERATION.findall(stem)]
    iteration = math.inf if LATEST in stem.lower() else told[-1] if told else -1
    try:
        time_ns = os.stat(path).st_mtime_ns
    except OSError:
        time_ns = 0
    return -iteration, -time_ns, natural(path)


def judge(
    paths: Sequence[str],
    network: NetworkSpec,
    torch_version: Optional[str] = None,
    reads_safetensors: bool = False,
) -> Rows:
    """One row for each file; a file that cannot be read gets one too."""
    return [_row(path, network, torch_version, reads_safetensors) for path in paths]


def _row(
    path: str, network: NetworkSpec, torch_version: Optional[str], reads_safetensors: bool
) -> ScanRow:
    header = _readable(path, torch_version)
    if not isinstance(header, CheckpointHeader):
        return no_fit(path, network, header)
    row = fit(header, network, reads_safetensors)
    troubles = file_troubles(header, torch_version, None)
    return refused(row, troubles.sentences[0]) if troubles.refused else row


def _readable(path: str, torch_version: Optional[str]) -> Union[CheckpointHeader, str]:
    """The header of a file, or why it cannot be read."""
    try:
        header = read_header(path)
    except WeightCheckError as error:
        return error.what
    if not header.complete:
        return cut_phrase(header.cut)
    harmful = harmful_globals(header, torch_version or '')
    return unsafe(harmful[:SHOWN_NAMES]).what if harmful else header


def _in_training(
    options_path: str,
    section: str,
    imports: Sequence[str],
    timeout_s: float,
    files: Sequence[str],
    run: Runner,
) -> Tuple[NetworkSpec, str, Rows, bool]:
    """(network of the section, the section's name in the file, a row for each file, rehearsed).

    Files are absolute paths. They are run through the framework's own loader where the dialect
    cannot predict it; else they are judged by `run`, and the loader is asked only whether it reads
    safetensors, where there is such a file.
    """
    plan, section, option = _plan_without_loads(options_path, section)
    dialect, data = dialect_of(plan.framework), plan.options.data
    begin = functools.partial(
        Stage, plan.framework, (*plan.policy.imports, *imports), plan.working_directory, timeout_s,
        repair_imports=plan.policy.repair_imports, options=data,
    )  # fmt: skip

    def rehearsed_row(path: str) -> ScanRow:
        with begin(warm=warm) if shares else nullcontext(stage) as own:
            return _rehearsed_row(own, data, plan, option, network, path)

    shares = not dialect.predicts and len(files) > 1
    with Warm() as warm, begin(warm=warm if shares else None) as stage:
        network = _built(stage, section, plan)
        if not dialect.predicts:
            return network, section, list(in_threads(rehearsed_row, files)), True
        probes = [path for path in files if path.endswith(f'.{SAFETENSORS}')][:1]
        loads = [load for path in probes for load in _loads(stage, data, plan, option, path)]
    opened = any(one.configured.opened for one in loads)
    return network, section, list(_judged(files, network, opened, run)), False


def _built(stage: Stage, section: str, plan: LoadPlan) -> NetworkSpec:
    """The network of a section. Raises NetworkBuildError where none is built."""
    rehearsal = stage.rehearse(plan.options.data, {}, plan)
    networks = dict(rehearsal.networks)
    if section not in networks:
        refuse_unbuilt(rehearsal, plan)
        what = phrase('network-not-built', section=section, reason=_why(rehearsal))
        advice = phrase('network-not-built-do')
        raise NetworkBuildError(what, path=plan.options.path, advice=advice)
    return networks[section]


def _judged(
    files: Sequence[str], network: NetworkSpec, reads_safetensors: bool, run: Runner
) -> Iterator[ScanRow]:
    batches = [(files[at : at + BATCH_FILES], network) for at in range(0, len(files), BATCH_FILES)]
    version = installed_version('torch')  # of the training, not of a worker
    judged = functools.partial(judge, torch_version=version, reads_safetensors=reads_safetensors)
    for rows in run(judged, batches):
        yield from rows


def _plan_without_loads(path: str, section: str) -> Tuple[LoadPlan, str, str]:
    """(the training without weights, the section's name in the file, the option of its path)."""
    framework = find_framework(path, os.getcwd())
    refuse_unsupported(framework, path)
    dialect = dialect_of(framework)
    options = read_options(path, dialect.option_format)
    letter = section[len(Dialect.network_prefix) :]
    section = dialect.section(letter)
    if not isinstance(options.get(section), dict):
        raise UsageError(phrase('no-section', section=section), path=path)
    options = dataclasses.replace(options, data=_without_loads(options.data))
    plan = read_plan(options, framework, os.getcwd())
    return replan(plan, options.data), section, dialect.path_option(letter)


def _rehearsed_row(
    stage: Stage, data: Any, plan: LoadPlan, option: str, network: NetworkSpec, path: str
) -> ScanRow:
    """What the framework's own loader does with a file, by the options that stand beside it."""
    header = _readable(path, installed_version('torch'))
    if not isinstance(header, CheckpointHeader):
        return no_fit(path, network, header)
    for load in _loads(stage, data, plan, option, path, {path: header}):
        if load.step.load_path == path:
            return rehearsed(header, load)
    return compared(header, network, plan.framework.cuts_module)


def _loads(
    stage: Stage,
    data: Any,
    plan: LoadPlan,
    option: str,
    path: str,
    headers: Optional[Dict[str, CheckpointHeader]] = None,
) -> Tuple[RehearsedLoad, ...]:
    """The loads of a training whose option names the file."""
    asked = copy.deepcopy(data)
    *sections, name = option.split('.')
    place = asked
    for one in sections:
        place = place.setdefault(one, {})
    place[name] = path
    return stage.rehearse(asked, headers or {}, replan(plan, asked)).loads


def _why(rehearsal: Rehearsal) -> str:
    """Why the child built nothing; a message of this project's own stays a phrase."""
    error, message = rehearsal.failure_error, rehearsal.failure_message
    if error and message:
        return f'{error} {message}'
    return error or message or phrase('model-builds-other')


def _without_loads(data: Any) -> Any:
    """The options without weights to load: only the network is wanted."""
    data = copy.deepcopy(data)
    path = data.get('path')
    if path is None:
        data['path'] = {}
    if isinstance(path, dict):
        for name in list(path):
            if 'pretrain' in str(name) or name == 'resume_state':
                del path[name]
    return data


# Run batches in processes of this machine, or on a dask cluster.
#
# A process or a worker that is killed takes nothing with it: what it had in hand is done again,
# here where nobody else is left.

Result = TypeVar('Result')
AnyBatch = Tuple[Any, ...]
CONNECT_S = 10
LOOK_S = 5  # so often it is asked whether the cluster has a worker left
CANCELLED = (CancelledError, asyncio.CancelledError)  # by the version of distributed
LOGGERS = ('distributed', 'distributed.client', 'distributed.core', 'tornado.application')


def run_in_processes(
    function: Callable[..., Result], batches: Sequence[AnyBatch], jobs: int = 0
) -> Iterator[Result]:
    """Results in the order of the batches, as they arrive.

    Args:
        function: importable by name.
        batches: its arguments.
        jobs: processes; 0 takes one for each core.

    Raises:
        UsageError: joblib is missing.
    """
    with needs('joblib'):
        import joblib
    pool = joblib.Parallel(jobs or os.cpu_count() or 1, return_as='generator')
    done = 0
    try:
        for result in pool(joblib.delayed(_uninterrupted)(function, batch) for batch in batches):
            done += 1
            yield result
    except BrokenProcessPool:  # joblib gives up all that is left
        yield from (function(*batch) for batch in batches[done:])


def _uninterrupted(function: Callable[..., Result], batch: AnyBatch) -> Result:
    """In a process of the pool. A terminal sends Ctrl-C to it too; the one that asked ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return function(*batch)


def run_on_dask(
    function: Callable[..., Result], batches: Sequence[AnyBatch], scheduler: str
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
    with needs('distributed', "'dask[distributed]'"):
        from distributed import Client
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
