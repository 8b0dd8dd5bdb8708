"""The JSON of the rules keeps to its schema."""

from __future__ import annotations

import json

import jsonschema
import pytest

from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.rules_page import rules_document
from basicsr_weightcheck.rules.catalog import RULES
from tests.helpers import ROOT

SCHEMA = json.loads((ROOT / 'docs/schemas/rules-1.json').read_text(encoding='utf-8'))


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_rules_keep_to_the_schema(lang: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(dumped(rules_document(RULES, lang)))
    jsonschema.validate(document, SCHEMA)
    assert len(document['rules']) == len(RULES)
