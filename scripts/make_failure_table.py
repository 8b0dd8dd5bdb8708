"""Make docs/failures.md and docs/failures_CN.md from the markers of the tests.

`@pytest.mark.failure(NUMBER, 'CODE')` stands above a test that reproduces a class of failures and
finds CODE first. Nothing is imported: the files are parsed.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
from typing import Dict, Iterator, List, NamedTuple, Tuple

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(ROOT, 'tests')
CLASSES = os.path.join(TESTS, 'failures', 'classes.yml')
PAGES = {'en': 'failures.md', 'zh': 'failures_CN.md'}
HEADS = {
    'en': """# Failures that users reported, and the tests that reproduce them

[中文](failures_CN.md)

Made by `python scripts/make_failure_table.py` from the markers of the tests; a test fails when
this page is stale. Each test makes the failure, gets the code first, and loads with the real
framework once the advice is followed. A code beginning with WC is a rule (`explain WC205`); other
codes are refusals (`"code"` in the JSON of an error, exit code 2).

| # | class | scope | found as | tests |
|--:|---|---|---|---|
""",
    'zh': """# 用户报告过的失败，以及重现它们的测试

[English](failures.md)

由 `python scripts/make_failure_table.py` 根据测试上的标记生成；本页过期时有一个测试会失败。
每个测试都制造该失败，确认首先报告的就是这个代码，并在按建议修改后用真实的框架加载。
以 WC 开头的是规则（`explain WC205`）；其他代码是拒绝（错误 JSON 中的 `"code"`，退出码 2）。

| 编号 | 失败类别 | 范围 | 报告为 | 测试 |
|--:|---|---|---|---|
""",
}


class Marked(NamedTuple):
    """One marked test."""

    number: int
    code: str
    place: str


def marked_tests() -> List[Marked]:
    """Every marked test below tests/, sorted by class, code and place."""
    found = [one for path in _test_files() for one in _marked_in(path)]
    return sorted(set(found))


def _test_files() -> Iterator[str]:
    for folder, _, names in os.walk(TESTS):
        yield from (os.path.join(folder, name) for name in names
                    if name.startswith('test_') and name.endswith('.py'))  # fmt: skip


def _marked_in(path: str) -> Iterator[Marked]:
    with open(path, encoding='utf-8') as file:
        tree = ast.parse(file.read())
    place = os.path.relpath(path, TESTS).replace(os.sep, '/')
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for decorator in function.decorator_list:
                for number, code in _markers(decorator):
                    yield Marked(number, code, f'{place}::{function.name}')


def _markers(decorator: ast.expr) -> Iterator[Tuple[int, str]]:
    """The markers in a decorator, also those of single parameters."""
    for node in ast.walk(decorator):
        if isinstance(node, ast.Call) and ast.dump(node.func).count("attr='failure'"):
            number, code = (ast.literal_eval(argument) for argument in node.args)
            yield number, code


def classes() -> List[Dict[str, object]]:
    """Number, scope and titles of all classes."""
    with open(CLASSES, encoding='utf-8') as file:
        listed: List[Dict[str, object]] = yaml.safe_load(file)
    return listed


def page(lang: str) -> str:
    """The page in one language."""
    marked = marked_tests()
    rows = []
    for one in classes():
        mine = [test for test in marked if test.number == one['number']]
        codes = ', '.join(dict.fromkeys(test.code for test in mine)) or '–'
        tests = '<br>'.join(dict.fromkeys(f'`{test.place}`' for test in mine)) or '–'
        rows.append(f'| {one["number"]} | {one[lang]} | {one["scope"]} | {codes} | {tests} |\n')
    return HEADS[lang] + ''.join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--check', action='store_true', help='write nothing, fail when stale')
    arguments = parser.parse_args()
    stale = []
    for lang, name in PAGES.items():
        path, text = os.path.join(ROOT, 'docs', name), page(lang)
        if arguments.check:
            with open(path, encoding='utf-8') as file:
                stale += [name] if file.read() != text else []
            continue
        with open(path, 'w', encoding='utf-8', newline='\n') as file:
            file.write(text)
    if stale:
        print(f'stale: {", ".join(stale)}; run python scripts/make_failure_table.py')
    return int(bool(stale))


if __name__ == '__main__':
    sys.exit(main())
