"""Where the hook's words go: the framework's log, the screen, files in the experiment folder."""

from __future__ import annotations

import logging
import os
import sys
from typing import Tuple

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import clean, label, language, message, spoken
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING, Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.to_json import render_json
from basicsr_weightcheck.report.to_log import render_log
from basicsr_weightcheck.report.to_text import render_text
from basicsr_weightcheck.report.write import write_text

FOLDER = 'weightcheck'
PREFIX = 'weightcheck: '
LEVELS = {ERROR: logging.ERROR, WARNING: logging.WARNING, INFO: logging.INFO}
_logger_name = 'basicsr'  # until a framework is imported


def log(text: str, level: int = logging.INFO) -> None:
    """One line in the framework's own log, or on stderr while it has none."""
    logger = framework_logger()
    line = PREFIX + clean(text).replace('\n', ' ')
    if logger.handlers or logging.getLogger().handlers:
        logger.log(level, line, extra={'markup': False})  # a RichHandler would read [params]
    elif level >= logging.WARNING or not logger.propagate:
        print(line, file=sys.stderr, flush=True)
    else:
        print(line, flush=True)


def framework_logger() -> logging.Logger:
    """That of the framework which has been imported."""
    return logging.getLogger(_logger_name)


def speak_through(logger_name: str) -> None:
    """Lines go to this logger from now on."""
    global _logger_name
    _logger_name = logger_name


def words(code: str, **facts: str) -> str:
    """The hook's own words in the user's language; a fact may be 'label:' and a code itself."""
    lang = language(None)
    said = {
        name: label(text[6:], lang) if text.startswith('label:') else spoken(text, lang)
        for name, text in facts.items()
    }
    return label(code, lang, **said)


def tell(code: str, level: int = logging.INFO, **facts: str) -> None:
    """One line in the framework's own log, in the user's language."""
    log(words(code, **facts), level)


def say(finding: Finding) -> None:
    """A finding as a line of the log."""
    log(f'{finding.code} {message(finding, language(None))}', LEVELS[finding.severity])


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
        tell('hook-unwritten', logging.WARNING, reason=str(error))
        return ''
    return folder


def write_page(report: CheckReport, folder: str) -> None:
    """Write the page of one load beside its other reports.

    Raises:
        UsageError: a package that pages need is missing.
        ReportError: the file cannot be written.
    """
    from basicsr_weightcheck.report.to_html import check_html

    text = check_html(report, language(None))
    write_text(os.path.join(folder, f'{report.plan.steps[0].network}.html'), text)
