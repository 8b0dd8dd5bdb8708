"""JSON that every parser takes, and errors in it (basicsr-weightcheck.error/1)."""

from __future__ import annotations

from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Callable, Dict, Iterable, List, Sequence, Tuple

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.records.tensors import Coverage
from basicsr_weightcheck.version import __version__

Json = Dict[str, Any]


def error_document(error: WeightCheckError) -> Json:
    """Why a command could not do what was asked."""
    return headed(
        'error/1',
        error=type(error).__name__,
        code=error.code,
        message=str(error),
        **picked(error, 'what', 'path', 'line', 'column', 'option', 'advice'),
    )


def several_document(
    kind: str, documents: Sequence[Json], failed: Sequence[Tuple[str, str]]
) -> Json:
    """What was done with several files (schema in docs/schemas, `several-1`).

    Args:
        kind: of the documents: 'inspect', 'convert'.
        documents: one for each file, in the order given.
        failed: (path, reason) of those that could not be read or written.
    """
    return headed('several/1', of=kind, files=documents, failed=named(failed, 'path', 'error'))


def headed(name: str, /, **rest: Any) -> Json:
    """A document of one of our formats ('check/2'), which says what wrote it."""
    return {'format': f'basicsr-weightcheck.{name}', 'tool_version': __version__, **rest}


def picked(record: object, *names: str) -> Json:
    """Fields of a record: 'path', or under another name and from deeper 'class=spec.class_name'."""
    return {name: place(record) for name, place in _places(names)}


@lru_cache(maxsize=None)
def _places(names: Tuple[str, ...]) -> List[Tuple[str, Callable[[object], Any]]]:
    pairs = (name.partition('=') for name in names)
    return [(name, attrgetter(place or name)) for name, _, place in pairs]


def named(rows: Iterable[Sequence[Any]], *names: str) -> List[Json]:
    """Rows whose places have these names."""
    return [dict(zip(names, row)) for row in rows]


def parameters(coverage: Coverage) -> Json:
    """How many elements of the parameters a load gives."""
    return picked(
        coverage,
        'loaded=parameters_loaded',
        'expected=parameters_expected',
        'fraction=parameter_fraction',
    )


def dumped(document: Dict[str, Any]) -> str:
    """Readable JSON that every parser and every terminal takes.

    No NaN, no Infinity: an option of a YAML that is one is a text. What could steer a terminal, and
    half characters, as JSON's own escapes.
    """
    import json  # slow to import, and most runs print none

    dump = partial(json.dumps, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        text = dump(document)
    except ValueError:
        text = dump(json.loads(json.dumps(document), parse_constant=str))
    if text.isascii() and '\x7f' not in text:
        return text
    return ''.join(c if c.isprintable() or c == '\n' else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    """In UTF-16, as JSON asks for it."""
    pairs = character.encode('utf-16-be', 'surrogatepass')
    return ''.join(f'\\u{pairs[at : at + 2].hex()}' for at in range(0, len(pairs), 2))
