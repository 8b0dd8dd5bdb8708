"""Every rule has a test that fails without it: `@pytest.mark.fires('WC308')`.

A test that bears the mark is collected twice. The second time, named `...[without WC308]`, that
rule finds nothing, and the test has to fail: one that passes all the same does not show that the
rule fires. `tests/unit/rules/test_rule_catalog.py` demands the mark for every rule.
"""

from __future__ import annotations

from typing import Any, Generator, Iterator, List

import pytest

SILENCED = pytest.StashKey[str]()


def repeat_without_rules(items: List[pytest.Item]) -> None:
    """Put the second run of a marked test behind the first."""
    items[:] = [one for item in items for one in (item, *_without_its_rules(item))]
    # Workers are told what to run by its id: of two with the same one only one would be.
    assert len({item.nodeid for item in items}) == len(items)


def _without_its_rules(item: pytest.Item) -> Iterator[pytest.Item]:
    if not isinstance(item, pytest.Function):
        return
    for code in dict.fromkeys(code for mark in item.iter_markers('fires') for code in mark.args):
        again = pytest.Function.from_parent(
            item.parent,
            name=f'{item.name}[without {code}]',
            callspec=getattr(item, 'callspec', None),
            callobj=item.obj,
            fixtureinfo=item._fixtureinfo,
        )  # without `originalname`, from which pytest 9.2 makes the id: it would be the first's
        again.stash[SILENCED] = code
        yield again


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Run a test; of a second run, expect the failure."""
    code = pyfuncitem.stash.get(SILENCED, '')
    if not code:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        _silence(code, patch)
        try:
            yield
        except (Exception, pytest.fail.Exception):  # an assertion, or a finding that is not there
            return True
    raise AssertionError(f'passes although {code} finds nothing')


def _silence(code: str, patch: pytest.MonkeyPatch) -> None:
    from basicsr_weightcheck.rules.catalog import find_rule

    rule = find_rule(code)
    assert rule is not None, code
    patch.setattr(rule, 'look', _nothing)


def _nothing(*_: Any) -> Iterator[Any]:
    return iter(())
