"""Write reports: whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from typing import Dict, List, Optional

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.to_json import render_json
from basicsr_weightcheck.report.to_log import render_log
from basicsr_weightcheck.report.to_text import render_text
from basicsr_weightcheck.report.unwritable import unwritable

FOLDER = 'weightcheck_reports'
WIDTH = 100


def default_folder(report: CheckReport) -> str:
    """Beside `experiments/`, never inside: what stands there before a training is moved away."""
    root = report.plan.experiments_root
    base = os.path.dirname(os.path.dirname(root)) if root else report.plan.working_directory
    name = re.sub(r'[^\w.-]', '_', report.plan.name) or 'unnamed'
    name = 'unnamed' if set(name) == {'.'} else name
    return os.path.relpath(os.path.join(base, FOLDER, name))


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
        what = phrase('report-folder', reason=error.strerror or str(error))
        raise ReportError(what, path=folder, advice=phrase('report-folder-do')) from error
    paths = []
    for name, text in texts.items():
        paths.append(os.path.join(folder, name))
        write_text(paths[-1], text)
    return paths


def write_text(path: str, text: str) -> None:
    """Replace a file in one step; a reader never sees half of it.

    Raises:
        ReportError: the file cannot be written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    temporary = ''
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix='.weightcheck_')
        with os.fdopen(handle, 'w', encoding='utf-8', newline='') as file:
            file.write(text)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise unwritable(error, path) from error


def _mode(path: str) -> int:
    """The mode of the file that is replaced; for a new one what the umask leaves of 0666."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
