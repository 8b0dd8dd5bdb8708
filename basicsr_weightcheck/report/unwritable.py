"""The error of a report that the system does not let be written."""

from __future__ import annotations

from basicsr_weightcheck.errors import ReportError
from basicsr_weightcheck.messages.lookup import phrase, system_reason


def unwritable(error: OSError, path: str) -> ReportError:
    """What to raise: the file and the system's own reason."""
    reason = system_reason(error)
    return ReportError(phrase('cannot-be-written', reason=reason), path=path)
