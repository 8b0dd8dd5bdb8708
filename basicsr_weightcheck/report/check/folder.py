"""The folder of a check: recommendation, load log and JSON, beside what the training writes."""

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
from basicsr_weightcheck.report.write import write_text

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
