"""will_load against torch itself, which loads the module after it was asked."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Set, Tuple

import pytest
import torch

import basicsr_weightcheck as wc
from basicsr_weightcheck.errors import NoStateDictError, NotLookedAt, UsageError
from tests.api.modules import Looks, Numpy, OwnValues, Tied, cases, convolutions, given
from tests.schemas import validate

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings('ignore'),  # torch's own, of lazy, sparse and old modules
]
with warnings.catch_warnings():  # the same, while the modules are made here
    warnings.simplefilter('ignore')
    CASES = {name: (make, state) for name, make, state in cases()}


def values(module: Any) -> Dict[str, Any]:
    """What stands in the module, to see that nothing has changed."""
    state = {**module.state_dict(), **dict(module.named_buffers())}
    return {key: copy.deepcopy(value) for key, value in state.items()}


def same(before: Dict[str, Any], after: Dict[str, Any]) -> bool:
    return list(before) == list(after) and all(_equal(before[key], after[key]) for key in before)


def _equal(one: Any, other: Any) -> bool:
    if not isinstance(one, torch.Tensor):
        return bool(one == other)
    if torch.nn.parameter.is_lazy(one) or torch.nn.parameter.is_lazy(other):
        return type(one) is type(other)
    return bool(one.is_meta or torch.equal(one, other))


def told(module: Any, state: Any, strict: bool, assign: bool) -> Tuple[Any, ...]:
    """What torch itself does: error and message, its lists, the keys that then hold a 7."""
    error: Optional[Exception] = None
    lists: Tuple[Any, Any] = (None, None)
    try:
        keys = module.load_state_dict(state, strict=strict, assign=assign)
        lists = (tuple(map(str, keys.missing_keys)), tuple(map(str, keys.unexpected_keys)))
    except Exception as raised:  # whatever a module raises
        error = raised
    filled: Set[str] = {
        key
        for key, value in module.state_dict().items()
        if isinstance(value, torch.Tensor)
        and not torch.nn.parameter.is_lazy(value)
        and not value.is_meta
        and value.numel()
        and bool((value.to_dense().abs() == 7).all())
    }
    return error, lists, filled


@pytest.mark.parametrize('name', CASES)
@pytest.mark.parametrize('source', ['memory', 'file'])
def test_it_says_what_torch_does(name: str, source: str, tmp_path: Path) -> None:
    make, checkpoint = CASES[name]
    path = tmp_path / 'weights.pth'
    if source == 'file':
        torch.save(checkpoint, str(path))
        if not checkpoint:
            with pytest.raises(NoStateDictError):
                wc.will_load(make(), path)
            return
    for strict in (True, False):
        for assign in (True, False):
            module = make()
            before = values(module)
            weights = path if source == 'file' else checkpoint
            load = wc.will_load(module, weights, strict=strict, assign=assign)
            assert same(before, values(module))
            state = torch.load(str(path)) if source == 'file' else copy.deepcopy(checkpoint)
            state = state[load.record.table] if load.record.table else state
            error, (missing, unexpected), filled = told(module, state, strict, assign)
            if load.loads is None:  # the values of a file were not read
                assert source == 'file' and make in (Looks, OwnValues, Numpy)
                continue
            said = (load.loads, load.record.error, load.record.message)
            wanted = (True, '', '')
            if error is not None:
                wanted = (False, type(error).__name__, str(error))
            assert said == wanted
            if missing is not None:
                assert (load.missing, load.unexpected) == (missing, unexpected)
            if not load.record.lost:
                assert set(load.loaded) == filled
            validate(load.to_dict())


def test_complete_is_every_tensor() -> None:
    module = convolutions()
    state = given(module)
    assert wc.will_load(module, state).is_complete
    lacks = {key: value for key, value in state.items() if key != '2.weight'}
    load = wc.will_load(module, lacks, strict=False)
    assert load.loads and not load.is_complete and load.missing == ('2.weight',)
    assert load.record.network.initial == ('2.weight',)
    tied = Tied()
    state = {key: value for key, value in tied.state_dict().items() if key != 'b.weight'}
    assert 'b.weight' in wc.will_load(tied, state, strict=False).loaded


def test_the_table_that_fits_is_taken_and_named(tmp_path: Path) -> None:
    path = tmp_path / 'both.pth'
    torch.save({'params': given(convolutions(5)), 'params_ema': given(convolutions())}, str(path))
    assert wc.will_load(convolutions(), path).record.table == 'params_ema'
    load = wc.will_load(convolutions(), path, table='params')
    assert load.loads is False and '0.weight' in load.mismatched
    with pytest.raises(UsageError, match='params_ema'):
        wc.will_load(convolutions(), path, table='ema')
    torch.save([1, 2], str(path))
    with pytest.raises(NoStateDictError):
        wc.will_load(convolutions(), path)


def test_what_torch_refuses_to_read_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'odd.pth'
    torch.save({'params': given(convolutions()), 'args': Path('here')}, str(path))
    load = wc.will_load(convolutions(), path)
    with pytest.raises(Exception, match='Weights only load failed') as real:
        torch.load(str(path))
    assert load.loads is False and load.record.error == type(real.value).__name__
    assert load.loaded == () and load.missing == ()


def test_a_module_that_cannot_be_copied_is_an_error_not_a_guess() -> None:
    module = convolutions()
    module.lock = __import__('threading').Lock()
    with pytest.raises(NotLookedAt, match='cannot be copied'):
        wc.will_load(module, given(convolutions()))


def test_no_weight_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain load is tried without memory: nothing makes a tensor that holds values."""
    from basicsr_weightcheck.workflow import module_load

    real: Callable[..., Any] = module_load.try_load  # type: ignore[attr-defined]
    kinds = []

    def noted(*args: Any, **kwargs: Any) -> Any:
        kinds.append(kwargs['real'])
        return real(*args, **kwargs)

    monkeypatch.setattr(module_load, 'try_load', noted)
    wc.will_load(convolutions(), given(convolutions()))
    wc.will_load(convolutions(5), given(convolutions()))
    assert kinds == [False, False]


def test_random_numbers_come_as_without_it() -> None:
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    module, state = convolutions(), given(convolutions())
    torch.manual_seed(3)
    wc.will_load(module, state)
    assert torch.equal(torch.rand(2), wanted)
