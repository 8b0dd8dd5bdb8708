"""Documents held against docs/schemas, each against the schema of the format that it names."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.helpers import ROOT

SCHEMAS = ROOT / 'docs' / 'schemas'


def validate(document: Any) -> None:
    """Raise jsonschema's ValidationError where a document departs from its schema."""
    named = re.fullmatch(r'basicsr-weightcheck\.([a-z]+)/(\d+)', document['format'])
    assert named, document['format']
    validator(f'{named.group(1)}-{named.group(2)}').validate(document)


@functools.lru_cache(maxsize=None)
def validator(name: str) -> Draft202012Validator:
    """The validator of a schema; one schema may refer to another by its file name."""
    made = Draft202012Validator(_schema(name), registry=_registry())
    made.check_schema(made.schema)
    return made


@functools.lru_cache(maxsize=None)
def _registry() -> Registry:
    files = sorted(SCHEMAS.glob('*.json'))
    return Registry().with_resources(
        (file.name, Resource.from_contents(_schema(file.stem))) for file in files
    )


@functools.lru_cache(maxsize=None)
def _schema(name: str) -> Any:
    return json.loads((SCHEMAS / f'{name}.json').read_text(encoding='utf-8'))
