"""What errors say comes from the tables of both languages: no sentence of them stands in the code.

The places of a phrase are filled where it is made, which is when something is wrong already; so
that this does not raise an error of its own, the calls are read, not run.
"""

from __future__ import annotations

import ast
import json
import pickle
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple, Type, Union

import pytest

from basicsr_weightcheck.checkpoint.problems import Limits, problem
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.errors import NetworkBuildError, UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line, phrase, spoken
from basicsr_weightcheck.messages.of_files import tables_phrase
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.records.tensors import PREDICTED
from basicsr_weightcheck.rules.training.ends import ConstructorStopped
from basicsr_weightcheck.rules.training.how_sure import OnlyPredicted
from tests.helpers import ROOT
from tests.unit.messages.test_messages import TABLES, WORDS, places

PACKAGE = ROOT / 'basicsr_weightcheck'
ADVICE = 5  # place among the arguments of an error; `what` is the first
# {file::function: why its words stay English}.
ENGLISH = {
    'errors.py::defect': 'a defect is reported to the authors, together with its traceback',
}
FOREIGN = {'size mismatch'}  # torch's words, looked for in an exception
SELF_PHRASE = ast.dump(ast.parse('self.phrase', mode='eval').body)  # of a rule
Slots = Set[Union[int, str]]


def _below(kind: Type[WeightCheckError]) -> Iterator[str]:
    yield kind.__name__
    for one in kind.__subclasses__():
        yield from _below(one)


ERRORS = frozenset(_below(WeightCheckError))


class Spoken(NamedTuple):
    """A text that reaches an error: the function that gives it, and the expression."""

    function: str
    node: ast.expr


def _trees() -> Iterator[Tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob('*.py')):
        name = path.relative_to(PACKAGE).as_posix()
        yield name, ast.parse(path.read_text(encoding='utf-8'))


def _calls(node: ast.AST) -> Iterator[Tuple[str, ast.Call]]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            yield one.func.id, one
        elif isinstance(one, ast.Call) and ast.dump(one.func) == SELF_PHRASE:
            yield 'phrase', one


def _functions(tree: ast.Module) -> List[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _given(call: ast.Call, slots: Slots) -> Iterator[ast.expr]:
    yield from (node for at, node in enumerate(call.args) if at in slots)
    yield from (word.value for word in call.keywords if word.arg in slots)


def _texts(tree: ast.Module) -> List[Spoken]:
    """Whatever is given to an error as `what` or `advice`, also through functions of the file."""
    takers: Dict[str, Slots] = {name: {0, 'what', ADVICE, 'advice'} for name in ERRORS}
    found: List[Spoken] = []
    for _ in range(2):  # a function that hands its own argument on is a taker itself
        found = []
        for function in _functions(tree):
            names = [one.arg for one in function.args.args]
            for called, call in _calls(function):
                for node in _given(call, takers.get(called, set())):
                    found.append(Spoken(function.name, node))
                    if isinstance(node, ast.Name) and node.id in names:
                        slots = takers.setdefault(function.name, set())
                        slots.update((names.index(node.id), node.id))
    return found


def _is_plain(node: ast.expr, function: ast.FunctionDef) -> bool:
    """A text that no table holds: a literal, or a variable that may be one."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.IfExp):
        return _is_plain(node.body, function) or _is_plain(node.orelse, function)
    if isinstance(node, ast.BoolOp):
        return any(_is_plain(value, function) for value in node.values)
    if isinstance(node, ast.Name):
        return any(_is_plain(value, function) for value in _values(node.id, function))
    return isinstance(node, (ast.JoinedStr, ast.BinOp))


def _values(name: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function assigns to one of its variables."""
    for node in ast.walk(function):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts)
                yield from (v for t, v in pairs if isinstance(t, ast.Name) and t.id == name)


def plain_texts(name: str, tree: ast.Module) -> List[str]:
    """The places of a file where an error gets a text that no table holds."""
    functions = {one.name: one for one in _functions(tree)}
    return [
        f'{name}::{one.function}'
        for one in _texts(tree)
        if _is_plain(one.node, functions[one.function])
    ]


def test_no_error_has_words_of_its_own() -> None:
    found = {place for name, tree in _trees() for place in plain_texts(name, tree)}
    assert found == set(ENGLISH)


def test_no_rule_puts_a_sentence_into_its_parameters() -> None:
    """An English reason would stand in the middle of the Chinese sentence of the finding."""
    for path in sorted((PACKAGE / 'rules').glob('*/*.py')):
        tree = ast.parse(path.read_text(encoding='utf-8'))
        nodes = [node for one in _functions(tree) for node in ast.walk(one)]
        docstrings = [one.value for one in nodes if isinstance(one, ast.Expr)]
        texts = {one.value for one in nodes if isinstance(one, ast.Constant)
                 and isinstance(one.value, str) and one not in docstrings}  # fmt: skip
        found = {text for text in texts if re.search('[a-z]{2,} [a-z]{2,}', text)}
        assert found <= FOREIGN, path


def test_a_reason_of_this_project_stays_a_phrase() -> None:
    rehearsal = Rehearsal(failure='model', failure_message=phrase('no-basicsr'))
    load: Any = SimpleNamespace(configured=SimpleNamespace(by=PREDICTED))
    report: Any = SimpleNamespace(rehearsal=rehearsal)
    of_load, of_training = OnlyPredicted(), ConstructorStopped()
    for found in (*of_load.look(load, report), *of_training.look(report)):
        reason: Any = dict(found.parameters)['reason']
        assert spoken(reason, 'zh') == TABLES['no-basicsr'][1]


@pytest.mark.parametrize('body', [
    "raise UsageError('nothing there.')",
    "raise UsageError(f'{path} is not there.')",
    "raise UsageError(phrase('x'), path, advice='Look again.')",
    "raise UsageError(phrase('x'), path, 0, 0, '', 'Look again.')",
    "what = 'nothing there.'\n    raise UsageError(what)",
    "what, advice = phrase('x'), f'{path}!'\n    raise UsageError(what, advice=advice)",
    "raise UsageError(phrase('x') if path else 'nothing there.')",
    "raise refused(path, 'nothing there.')",
    "raise refused(path, what='nothing there.')",
])  # fmt: skip
def test_the_walk_finds_a_text(body: str) -> None:
    helper = 'def refused(path, what):\n    return UsageError(what, path)\n'
    assert plain_texts('a.py', ast.parse(f'{helper}\n\ndef find(path):\n    {body}\n'))


def test_the_walk_lets_phrases_pass() -> None:
    text = "def find(path):\n    raise UsageError(phrase('x', name=f'{path}'), advice='')\n"
    assert plain_texts('a.py', ast.parse(text)) == []


def _made(tree: ast.Module) -> Iterator[Tuple[str, Set[str], bool]]:
    """(code, names of facts, whether there may be more) of every phrase with a literal code."""
    code_at = {'phrase': 0, 'problem': 0, 'wrong': 2}
    for name, call in _calls(tree):
        if name in code_at and len(call.args) > code_at[name]:
            code = call.args[code_at[name]]
            names = {word.arg for word in call.keywords}
            if isinstance(code, ast.Constant):
                yield str(code.value), {one for one in names if one}, None in names


def test_every_place_of_a_phrase_is_filled() -> None:
    made = [(name, *one) for name, tree in _trees() for one in _made(tree)]
    assert len(made) > 150
    for name, code, facts, open_end in made:
        assert code in WORDS, (name, code)
        assert open_end or places(WORDS[code][0]) <= facts, (name, code, facts)


@pytest.mark.parametrize('error', [
    UsageError(phrase('no-rule', name="'x'"), advice=phrase('no-rule-near', nearest='WC201')),
    UsageError(phrase('no-table-of-name', name="'x'"), 'a.pth', advice=tables_phrase(['', 'b'])),
    NetworkBuildError(phrase('network-died', how=phrase('died-signal', number='9')), 'a.yml', 3),
    problem('bytes-changed', 'a.pth', key='conv.weight'),
    Limits(tensors=10).exceeded('tensors', 11),
], ids=str)  # fmt: skip
def test_errors_cross_processes_with_their_words(error: WeightCheckError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error) and arrived.code == error.code != ''
    for lang in ('en', 'zh'):
        assert error_line(arrived, lang) == error_line(error, lang)
    assert error_line(error, 'en') == str(error) == str(arrived)


def test_facts_may_be_phrases() -> None:
    what = phrase('network-died', how=phrase('died-exit-code', number='7'))
    assert error_line(NetworkBuildError(what), 'zh') == '构建网络的进程自行结束（退出码 7）。'


def test_json_is_english_and_has_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(['explain', 'WC2O1', '--format', 'json', '--lang', 'zh']) == 2
    document = json.loads(capfd.readouterr().out)
    assert document['code'] == 'no-rule' and document['message'].isascii()
    assert document['what'] == "there is no rule 'WC2O1'."
