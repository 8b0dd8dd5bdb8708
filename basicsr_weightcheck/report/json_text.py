"""JSON that every parser takes, and errors in it (basicsr-weightcheck.error/1)."""

from __future__ import annotations

import json
from typing import Any, Dict

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.version import __version__

ERROR_FORMAT = 'basicsr-weightcheck.error/1'


def render_error_json(error: WeightCheckError) -> str:
    """Why a command could not do what was asked."""
    return dumped(
        {
            'format': ERROR_FORMAT,
            'tool_version': __version__,
            'error': type(error).__name__,
            'code': error.code,
            'message': str(error),
            'what': error.what,
            'path': error.path,
            'line': error.line,
            'column': error.column,
            'option': error.option,
            'advice': error.advice,
        }
    )


def dumped(document: Dict[str, Any]) -> str:
    """Readable JSON that every parser takes: no NaN, no Infinity."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
