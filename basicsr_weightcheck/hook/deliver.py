"""Where the hook's words go: the framework's log, files in the experiment folder, TensorBoard."""

from __future__ import annotations

import logging
import os
import sys
import weakref
from typing import Any, Dict, List, Tuple

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import clean, language, message
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.to_json import render_json
from basicsr_weightcheck.report.to_log import render_log
from basicsr_weightcheck.report.to_text import render_text
from basicsr_weightcheck.report.write import write_text

FOLDER = 'weightcheck'
PREFIX = 'weightcheck: '

_writers: List[Any] = []  # weak references to TensorBoard writers of this process
_texts: Dict[str, str] = {}  # said before there was a writer


def log(text: str, level: int = logging.INFO) -> None:
    """One line in the framework's own log, or on stderr while it has none."""
    logger = logging.getLogger('basicsr')
    line = PREFIX + clean(text).replace('\n', ' ')
    if logger.handlers or logging.getLogger().handlers:
        logger.log(level, line)
    elif level >= logging.WARNING or not logger.propagate:
        print(line, file=sys.stderr, flush=True)
    else:
        print(line, flush=True)


def say(report: CheckReport) -> None:
    """Every finding of a load as a line of the log."""
    lang = language(None)
    for finding in report.all_findings:
        level = logging.WARNING if finding.severity == ERROR else logging.INFO
        log(f'{finding.code} {message(finding, lang)}', level)


def screen(report: CheckReport) -> None:
    """The whole recommendation on stderr."""
    print(render_text(report, language(None)), file=sys.stderr, flush=True)


def write_files(report: CheckReport, kinds: Tuple[str, ...]) -> str:
    """Write recommendation, load log and JSON of one load; return the folder, '' without one.

    A folder that cannot be written is a line in the log, never an error.
    """
    root = report.plan.experiments_root
    if not root or not os.path.isdir(root):
        return ''
    lang = language(None)
    network = report.plan.steps[0].network
    texts = {f'{network}.txt': render_text(report, lang) + '\n'}
    if 'log' in kinds:
        texts[f'{network}.log'] = render_log(report, lang)
    if 'json' in kinds:
        texts[f'{network}.json'] = render_json(report) + '\n'
    folder = os.path.join(root, FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in texts.items():
            write_text(os.path.join(folder, name), text)
    except (OSError, ReportError) as error:
        log(f'reports cannot be written: {error}', logging.WARNING)
        return ''
    to_tensorboard(network, texts[f'{network}.txt'])
    return folder


def to_tensorboard(network: str, text: str) -> None:
    """The text in every TensorBoard writer of this run, now or when it is made."""
    _texts[f'weightcheck/{network}'] = text
    for reference in _writers:
        writer = reference()
        if writer is not None:
            _flush(writer)


def remember_writer(writer: Any) -> None:
    """Called for every SummaryWriter that the training makes."""
    _writers.append(weakref.ref(writer))
    _flush(writer)


def _flush(writer: Any) -> None:
    said = writer.__dict__.setdefault('_weightcheck_said', set())
    for tag, text in _texts.items():
        if tag not in said:
            said.add(tag)
            writer.add_text(tag, '    ' + text.replace('\n', '\n    '))
