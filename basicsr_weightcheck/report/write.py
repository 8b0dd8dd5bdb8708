"""Write one file of a report: whole or not at all."""

from __future__ import annotations

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.whole_file import new_file


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


def unwritable(error: OSError, path: str) -> ReportError:
    """What to raise: the file and the system's own reason."""
    reason = system_reason(error)
    return ReportError(phrase('cannot-be-written', reason=reason), path=path)
