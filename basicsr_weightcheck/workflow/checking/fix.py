"""Write the YAML that the recommendation asks for."""

from __future__ import annotations

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.option_edits import apply_edits
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.whole_file import is_special


def corrected_yaml(report: CheckReport) -> str:
    """The text of the YAML with every recommended edit; unchanged when there is none.

    Raises:
        OptionError: the file's layout does not allow an edit of single lines.
    """
    options = report.plan.options
    edits = report.recommendation.edits if report.recommendation else ()
    return apply_edits(options, edits) if edits else options.text


def write_new(path: str, text: str) -> None:
    """Write the corrected YAML beside the user's own.

    Raises:
        ReportError: the file cannot be written.
    """
    write_text(path, text)


def write_in_place(report: CheckReport, text: str) -> bool:
    """Replace the user's YAML; returns whether anything changed.

    Raises:
        ReportError: the file changed while it was checked, or cannot be written.
    """
    options = report.plan.options
    if text == options.text:
        return False
    if is_special(options.path):  # it was read to its end; what is written would reach nobody
        reason = phrase('not-a-file')
        raise ReportError(phrase('cannot-be-written', reason=reason), path=options.path)
    with open(options.path, encoding='utf-8', newline='') as file:
        if file.read() != options.text:
            advice = phrase('changed-meanwhile-do')
            raise ReportError(phrase('changed-meanwhile'), path=options.path, advice=advice)
    write_text(options.path, text)
    return True
