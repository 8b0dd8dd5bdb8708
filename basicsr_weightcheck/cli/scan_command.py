"""`scan`: rank many files by what share of a YAML's network each would load."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from typing import Iterable, Iterator, Sequence

from basicsr_weightcheck.cli.output import put, refuse_html_in_terminal, show
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import language, phrase
from basicsr_weightcheck.report.scan_page import render_csv, scan_document, scan_page, scan_view
from basicsr_weightcheck.workflow.scan import (
    BATCH_FILES,
    Batch,
    Judge,
    Rows,
    Runner,
    run_here,
    run_in_processes,
    run_on_dask,
    scan,
)

FEW_BATCHES = 8  # below it a pool of processes takes longer to start than the work


def run_scan(arguments: argparse.Namespace) -> int:
    """Print the ranking; 0 where at least one file loads something, 1 where none does.

    Raises:
        WeightCheckError: as `workflow.scan.scan`, or no way to run it so.
    """
    refuse_html_in_terminal(arguments)
    result = scan(
        arguments.options,
        arguments.files,
        f'network_{arguments.network}',
        tuple(arguments.imports),
        arguments.timeout_s,
        _runner(arguments),
    )
    lang = language(arguments.lang)
    if arguments.format == 'csv':
        put(render_csv(result), arguments, end='')
    else:
        show(
            arguments,
            lambda: scan_document(result),
            lambda: scan_page(result, lang),
            lambda: scan_view(result, lang),
        )
    return int(not any(row.tensors_loaded for row in result.rows))


def _runner(arguments: argparse.Namespace) -> Runner:
    if arguments.scheduler and arguments.backend != 'dask':
        raise UsageError(phrase('scheduler-without-dask'))
    if arguments.backend == 'dask':
        if not arguments.scheduler:
            raise UsageError(phrase('dask-without-scheduler'))
        return functools.partial(run_on_dask, scheduler=arguments.scheduler)
    jobs = arguments.jobs or os.cpu_count() or 1

    def run(judge: Judge, batches: Sequence[Batch]) -> Iterable[Rows]:
        few = jobs == 1 or len(batches) <= FEW_BATCHES
        done = run_here(judge, batches) if few else run_in_processes(judge, batches, jobs)
        return _with_progress(done, len(batches))

    return run


def _with_progress(batches: Iterable[Rows], total: int) -> Iterator[Rows]:
    """The same batches, with a bar in the terminal where rich can draw one."""
    if sys.stderr.isatty() and total > 1:
        try:
            from rich.console import Console
            from rich.progress import track
        except ImportError:
            pass
        else:
            console = Console(stderr=True)
            words = f'× {BATCH_FILES}'
            yield from track(batches, words, total=total, console=console, transient=True)
            return
    yield from batches
