"""Settings: the command line before `weightcheck:` of the YAML before pyproject.toml."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, Set

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.plan.policy import read_policy
from basicsr_weightcheck.records.plans import Policy
from tests.check.conftest import BASE
from tests.helpers import write_weights
from tests.schemas import validate

needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason='tomllib is of Python 3.11')
PLAIN = BASE[: BASE.index('weightcheck:')]
WRONG = {'conv_first.weight': (8, 3, 3, 3), 'conv_first.bias': (8,), 'head.weight': (1,)}
CHECK = ['check', 'options/train.yml', '--no-rehearsal', '--no-report', '--lang', 'en']


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'options').mkdir()
    (tmp_path / 'options' / 'train.yml').write_text(PLAIN)
    write_weights('weights.pth', WRONG)
    return tmp_path


def checked(capsys: Any, *words: str) -> Dict[str, Any]:
    """{code: ignored or not} of a check, with its exit code and verdict."""
    capsys.readouterr()
    code = main([*CHECK, '--json', *words])
    document = json.loads(capsys.readouterr().out)
    validate(document)
    loads = [finding for load in document['loads'] for finding in load['findings']]
    found = {one['code']: one.get('ignored', False) for one in loads + document['findings']}
    return {'exit': code, 'verdict': document['verdict'], **found}


def errors_of(capsys: Any) -> Set[str]:
    main([*CHECK, '--json'])
    document = json.loads(capsys.readouterr().out)
    found = [*document['findings'], *(f for load in document['loads'] for f in load['findings'])]
    return {one['code'] for one in found if one['severity'] == 'error'}


def test_what_is_ignored_stays_in_the_report(folder: Path, capsys: Any) -> None:
    before, errors = checked(capsys), errors_of(capsys)
    assert before['exit'] == 1 and errors and not any(before[code] for code in errors)
    after = checked(capsys, '--ignore', ','.join(errors))
    assert after['exit'] == 0 and after['verdict'] == before['verdict']
    assert all(after[code] is True for code in errors)
    one = min(errors)
    main([*CHECK, '--ignore', ' '.join(errors), '--ignore', 'only-predicted'])
    shown = capsys.readouterr().out
    assert f'ERROR (ignored) {one}' in shown
    assert 'WARNING WC507' not in shown and 'WC507' in shown.split('Ignored as asked')[1]


def test_an_unknown_code_is_refused(folder: Path, capsys: Any) -> None:
    assert main([*CHECK, '--ignore', 'WC2O1']) == 2
    assert 'Did you mean WC' in capsys.readouterr().err


@needs_toml
def test_the_nearest_place_counts(folder: Path, capsys: Any) -> None:
    assert checked(capsys)['exit'] == 1
    (folder / 'pyproject.toml').write_text('[tool.weightcheck]\nfail_on = "never"\n')
    assert checked(capsys)['exit'] == 0
    (folder / 'options' / 'pyproject.toml').write_text('[tool.other]\nweightcheck = 1\n')
    assert checked(capsys)['exit'] == 0  # has no such section
    (folder / 'options' / 'train.yml').write_text(PLAIN + 'weightcheck: {fail_on: error}\n')
    assert checked(capsys)['exit'] == 1
    assert checked(capsys, '--fail-on', 'never')['exit'] == 0
    (folder / 'options' / 'train.yml').write_text(PLAIN + 'weightcheck: {ignore: WC505}\n')
    (folder / 'pyproject.toml').write_text('tool.weightcheck = {ignore = ["WC203"]}\n')
    policy, misread = read_policy({'weightcheck': {'ignore': 'WC505'}}, {}, 'options/train.yml')
    assert (policy.ignore, misread) == (('WC203', 'WC505'), ())


@needs_toml
@pytest.mark.fires('WC416')
def test_a_misspelt_setting_is_said(folder: Path, capsys: Any) -> None:
    (folder / 'options' / 'train.yml').write_text(
        PLAIN + 'weightcheck:\n  on_eror: warn\n  min_loaded: 90\n'
    )
    (folder / 'pyproject.toml').write_text('[tool.weightcheck]\nignore = ["WC5O4"]\n')
    main([*CHECK, '--json'])
    document = json.loads(capsys.readouterr().out)
    found = [one for one in document['findings'] if one['code'] == 'WC416']
    assert [one['parameters']['value'] for one in found] == ["['WC5O4']", "'warn'", '90']
    assert [one['line'] for one in found] == [0, *(len(PLAIN.splitlines()) + at for at in (2, 3))]
    assert 'on_error' in found[1]['parameters']['wanted']
    (folder / 'pyproject.toml').write_text('[tool.weightcheck\n')
    assert checked(capsys)['WC416'] is False


def test_settings_that_are_understood_are_not(folder: Path, capsys: Any) -> None:
    section = 'weightcheck: {on_error: warn, first_look: off, reports: [log], imports: a.b}\n'
    (folder / 'options' / 'train.yml').write_text(PLAIN + section)
    assert 'WC416' not in checked(capsys)


def test_defaults() -> None:
    assert read_policy({}, {}, '/train.yml') == (Policy(), ())
