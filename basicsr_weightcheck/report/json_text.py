"""JSON that every parser takes, and errors in it (basicsr-weightcheck.error/1)."""

from __future__ import annotations

import json
from typing import Any, Dict, Sequence, Tuple

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.version import __version__

ERROR_FORMAT = 'basicsr-weightcheck.error/1'


def render_error_json(error: WeightCheckError) -> str:
    """Why a command could not do what was asked."""
    return dumped(error_document(error))


def error_document(error: WeightCheckError) -> Dict[str, Any]:
    """The same as plain data."""
    return {
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


def render_several(
    kind: str, documents: Sequence[Dict[str, Any]], failed: Sequence[Tuple[str, str]]
) -> str:
    """What was done with several files (schema in docs/schemas, `several-1`).

    Args:
        kind: of the documents: 'inspect', 'convert'.
        documents: one for each file, in the order given.
        failed: (path, reason) of those that could not be read or written.
    """
    return dumped(
        {
            'format': 'basicsr-weightcheck.several/1',
            'tool_version': __version__,
            'of': kind,
            'files': list(documents),
            'failed': [{'path': path, 'error': reason} for path, reason in failed],
        }
    )


def dumped(document: Dict[str, Any]) -> str:
    """Readable JSON that every parser and every terminal takes.

    No NaN, no Infinity; what could steer a terminal, and half characters, as JSON's own escapes.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    if text.isascii() and '\x7f' not in text:
        return text
    return ''.join(c if c.isprintable() or c == '\n' else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    """In UTF-16, as JSON asks for it."""
    pairs = character.encode('utf-16-be', 'surrogatepass')
    return ''.join(f'\\u{pairs[at : at + 2].hex()}' for at in range(0, len(pairs), 2))
