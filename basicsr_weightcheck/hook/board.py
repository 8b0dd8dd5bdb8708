"""The report of a load where a training keeps its own: log, screen, files, TensorBoard, wandb.

Called on rank 0 only. A package that is missing leaves a part out, and the log says which.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Dict, Iterable, Iterator, Optional, Set, Tuple

from basicsr_weightcheck.errors import ReportError, UsageError
from basicsr_weightcheck.hook import deliver
from basicsr_weightcheck.hook.install import WRITERS
from basicsr_weightcheck.messages.lookup import language
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.report.check.board import board_numbers, board_text, main_load
from basicsr_weightcheck.report.check.outline import render_text
from basicsr_weightcheck.report.check.page import render_log
from basicsr_weightcheck.report.check.to_json import check_document
from basicsr_weightcheck.report.check.view import check_view
from basicsr_weightcheck.report.check.words import verdict_text
from basicsr_weightcheck.report.html.render import rendered
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.rules.catalog import message

# Markdown, numbers by name, and the picture: (height, width, 3), uint8; None without one.
Shown = Tuple[str, Tuple[Tuple[str, float], ...], Any]
FOLDER = 'weightcheck'
LEVELS = {ERROR: logging.ERROR, WARNING: logging.WARNING, INFO: logging.INFO}
_reports: Dict[str, CheckReport] = {}  # by tag; they wait here for a writer
_shown: Dict[str, Shown] = {}  # by tag
_missed: Set[str] = set()


def say(finding: Finding) -> None:
    """A finding as a line of the log."""
    deliver.log(f'{finding.code} {message(finding, language(None))}', LEVELS[finding.severity])


def screen(report: CheckReport) -> None:
    """The whole recommendation on stderr."""
    deliver.show(render_text(report, language(None)), sys.stderr)


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
        texts[f'{network}.json'] = dumped(check_document(report)) + '\n'
    folder = os.path.join(root, FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in texts.items():
            write_text(os.path.join(folder, name), text)
    except (OSError, ReportError) as error:
        deliver.tell('hook-unwritten', logging.WARNING, reason=str(error))
        return ''
    return folder


def write_page(report: CheckReport, folder: str) -> None:
    """Write the page of one load beside its other reports.

    Raises:
        UsageError: a package that pages need is missing.
        ReportError: the file cannot be written.
    """
    text = rendered(check_view, report, language(None))
    write_text(os.path.join(folder, f'{report.plan.steps[0].network}.html'), text)


# The verdict in TensorBoard, and in wandb once it runs.


def show(report: CheckReport) -> None:
    """Text, numbers and treemap of one load in every writer of this run, now or when it is made."""
    network = report.plan.steps[0].network if report.plan.steps else 'net'
    tag = f'weightcheck/{network}'
    _reports[tag] = report
    _shown.pop(tag, None)
    for writer in _writers():
        writer.__dict__.get('_weightcheck_said', set()).discard(tag)
        flush(writer)
    wandb = _wandb()
    if wandb is not None:
        _to_wandb(wandb, tag)


def show_look(network: str, numbers: Dict[str, float], picture: Any) -> None:
    """Numbers and picture of a first look, in every writer of this run and in wandb.

    Args:
        network: 'net_g'.
        numbers: dB by name.
        picture: (height, width, 3), uint8; None where it cannot be drawn.
    """
    tag = f'weightcheck/{network}/first_look'
    for writer in _writers():
        _show(writer, tag, numbers.items(), tag, picture)
        writer.flush()
    wandb = _wandb()
    if wandb is not None:
        shown: Dict[str, Any] = {f'{tag}/{name}': value for name, value in numbers.items()}
        wandb.log(shown if picture is None else {**shown, tag: wandb.Image(picture)})


def _writers() -> Iterator[Any]:
    """Those that the training has made and still holds."""
    return (one for one in [reference() for reference in WRITERS] if one is not None)


def _show(
    writer: Any, tag: str, numbers: Iterable[Tuple[str, float]], place: str, picture: Any
) -> None:
    for name, value in numbers:
        writer.add_scalar(f'{tag}/{name}', value, 0)
    if picture is not None:
        writer.add_image(place, picture, 0, dataformats='HWC')


def flush(writer: Any) -> None:
    """Called for every SummaryWriter that the training makes once there is something to show."""
    said = writer.__dict__.setdefault('_weightcheck_said', set())
    fresh = [tag for tag in _reports if tag not in said]
    for tag in fresh:
        said.add(tag)
        text, numbers, picture = _made(tag)
        writer.add_text(tag, text)
        _show(writer, tag, numbers, f'{tag}/treemap', picture)
    if fresh:
        writer.flush()  # a training that is stopped next still shows why


def _made(tag: str) -> Shown:
    """What one load shows, made for the first reader: drawing costs some tenths of a second."""
    if tag not in _shown:
        report, lang = _reports[tag], language(None)
        load = main_load(report)
        numbers = board_numbers(load) if load is not None else ()
        picture = _picture(load, lang) if load is not None else None
        _shown[tag] = board_text(report, lang), numbers, picture
    return _shown[tag]


def _wandb() -> Optional[Any]:
    """The wandb module of a run that the framework has started; never imported here."""
    module = sys.modules.get('wandb')
    return module if getattr(module, 'run', None) is not None else None


def _to_wandb(wandb: Any, tag: str) -> None:
    """One call of wandb.log, without a step: the framework syncs TensorBoard's."""
    (_, numbers, picture), report = _made(tag), _reports[tag]
    shown: Dict[str, Any] = {f'{tag}/{name}': value for name, value in numbers}
    if picture is not None:
        caption = verdict_text(report, language(None))
        shown[f'{tag}/treemap'] = wandb.Image(picture, caption=caption)
    page = _page(report)
    if page:
        shown[f'{tag}/report'] = wandb.Html(page, inject=False)
    wandb.log(shown)


def _picture(load: LoadReport, lang: str) -> Any:
    try:
        from basicsr_weightcheck.report.html.treemap_picture import treemap_picture

        return treemap_picture(load, lang)
    except ImportError as error:
        _say_missing(f'no treemap picture, text and numbers only ({error})')
        return None


def _page(report: CheckReport) -> str:
    try:
        return rendered(check_view, report, language(None))
    except UsageError as error:
        _say_missing(f'no page for wandb: {error}')
        return ''


def _say_missing(text: str) -> None:
    if text not in _missed:
        _missed.add(text)
        deliver.log(text, logging.INFO)
