"""`check --format github`: annotations on the lines of the YAML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, List

import pytest

from basicsr_weightcheck.cli.main import main
from tests.check.conftest import BASE
from tests.helpers import write_weights

SHAPES = {
    'conv_first.weight': (8, 3, 3, 3),
    'conv_first.bias': (8,),
    'own:name,\r\n%.weight': (1,),
}
ANNOTATION = re.compile(
    r'::(error|warning|notice) file=([^,:]+)(?:,line=(\d+))?,title=([^,:]*)::(.*)'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'options').mkdir()
    (tmp_path / 'options' / 'train.yml').write_text(BASE)
    write_weights('weights.pth', SHAPES)
    return tmp_path


def annotated(text: str) -> List[Dict[str, str]]:
    """What GitHub reads: every line has to be a command of the documented form."""
    names = ('kind', 'file', 'line', 'title', 'text')
    found = []
    for line in text.rstrip('\n').split('\n'):
        match = ANNOTATION.fullmatch(line)
        assert match is not None, line
        found.append(dict(zip(names, match.groups(''))))
    return found


@pytest.mark.parametrize('lang, word', [('en', 'tensors'), ('zh', '张量')])
def test_findings_stand_on_their_lines(folder: Path, capfd: Any, lang: str, word: str) -> None:
    arguments = ['check', '-opt', 'options/train.yml', '--no-rehearsal', '--format', 'github']
    assert main([*arguments, '--no-report', '--lang', lang]) == 1
    found = annotated(capfd.readouterr().out)
    assert {one['file'] for one in found} == {'options/train.yml'}
    errors = [one for one in found if one['kind'] == 'error']
    lines = BASE.splitlines()
    assert errors and all('pretrain_network_g' in lines[int(one['line']) - 1] for one in errors)
    assert any(re.match(r'WC\d{3}', one['title']) for one in errors)
    assert found[-1]['kind'] == 'notice' and 'basicsr-weightcheck' in found[-1]['title']
    assert any(word in one['text'] for one in found)


def test_what_could_not_be_done_is_an_annotation_too(folder: Path, capfd: Any) -> None:
    broken = BASE.replace('  strict_load_g', '\tstrict_load_g')
    (folder / 'options' / 'train.yml').write_text(broken)
    assert main(['check', '-opt', 'options/train.yml', '--format', 'github']) == 2
    (found,) = annotated(capfd.readouterr().out)
    assert (found['kind'], found['file']) == ('error', 'options/train.yml') and found['line']


def test_sarif_is_what_code_scanning_reads(folder: Path, capfd: Any) -> None:
    """Held against what SARIF 2.1.0 requires of each object; its whole schema was asked by hand."""
    words = ['check', 'options/train.yml', '--no-rehearsal', '--no-report', '--format', 'sarif']
    assert main([*words, '--lang', 'en', '--ignore', 'WC507']) == 1
    document = json.loads(capfd.readouterr().out)
    assert document['version'] == '2.1.0' and document['$schema'].startswith('https://')
    (run,) = document['runs']
    driver = run['tool']['driver']
    assert driver['name'] == 'basicsr-weightcheck' and run['invocations'][0]['executionSuccessful']
    assert run['originalUriBaseIds']['ROOT']['uri'].endswith('/')
    lines = BASE.splitlines()
    for result in run['results']:
        assert driver['rules'][result['ruleIndex']]['id'] == result['ruleId']
        assert result['level'] in ('error', 'warning', 'note') and result['message']['text']
        place = result['locations'][0]['physicalLocation']
        assert place['artifactLocation'] == {'uri': 'options/train.yml', 'uriBaseId': 'ROOT'}
        if result['level'] == 'error':
            assert 'pretrain_network_g' in lines[place['region']['startLine'] - 1]
        assert ('suppressions' in result) == (result['ruleId'] == 'WC507')
    assert {one['level'] for one in run['results']} >= {'error'}
    assert main(['check', 'gone.yml', '--format', 'sarif']) == 2
    (run,) = json.loads(capfd.readouterr().out)['runs']
    assert run['results'] == [] and not run['invocations'][0]['executionSuccessful']
