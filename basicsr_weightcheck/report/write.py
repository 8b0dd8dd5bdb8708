"""Write reports: whole or not at all."""

from __future__ import annotations

import os
import re
from typing import Dict, List, Optional

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.messages.of_files import seen_from
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.check.page import render_log
from basicsr_weightcheck.report.check.to_json import render_json
from basicsr_weightcheck.report.check.to_text import render_text
from basicsr_weightcheck.report.unwritable import unwritable
from basicsr_weightcheck.whole_file import new_file

FOLDER = 'weightcheck_reports'
WIDTH = 100


def default_folder(report: CheckReport) -> str:
    """Beside `experiments/`, never inside: what stands there before a training is moved away."""
    root = report.plan.experiments_root
    base = os.path.dirname(os.path.dirname(root)) if root else report.plan.working_directory
    name = re.sub(r'[^\w.-]', '_', report.plan.name) or 'unnamed'
    name = 'unnamed' if set(name) == {'.'} else name  # '..' would be the folder above
    return seen_from(os.path.join(base, FOLDER, name), os.curdir)


def write_reports(
    report: CheckReport, folder: str, lang: str, more: Optional[Dict[str, str]] = None
) -> List[str]:
    """Write recommendation, load log and JSON; return their paths.

    Args:
        more: {name: text} of files that stand beside them.

    Raises:
        ReportError: the folder or a file cannot be written.
    """
    texts = {
        'recommendation.txt': render_text(report, lang, width=WIDTH) + '\n',
        'load.log': render_log(report, lang),
        'check.json': render_json(report) + '\n',
        **(more or {}),
    }
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        what = phrase('report-folder', reason=system_reason(error))
        raise ReportError(what, path=folder, advice=phrase('report-folder-do')) from error
    paths = []
    for name, text in texts.items():
        paths.append(os.path.join(folder, name))
        write_text(paths[-1], text)
    return paths


def write_text(path: str, text: str) -> None:
    """Write a report, as `whole_file.new_file` writes: a reader never sees half of it.

    Raises:
        ReportError: the file cannot be written.
    """
    try:
        with new_file(path) as made:
            made.out.write(text.encode('utf-8', 'surrogateescape'))
    except OSError as error:
        raise unwritable(error, path) from error
