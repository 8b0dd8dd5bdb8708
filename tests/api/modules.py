"""Modules and state dicts that load in every way that torch knows."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Tuple

import torch
from torch import nn

Case = Tuple[str, Callable[[], Any], Any]


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.b.weight = self.a.weight


class Buffers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('kept', torch.full((3,), 3.0))
        self.register_buffer('left', torch.full((3,), 3.0), persistent=False)
        self.norm = nn.BatchNorm2d(4)


class Extra(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.step = nn.Linear(2, 2), {'step': 1}

    def get_extra_state(self) -> Any:
        return self.step

    def set_extra_state(self, state: Any) -> None:
        self.step = dict(state)


class Renames(nn.Module):
    """Takes the names of an older version of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.new = nn.Linear(2, 2)

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        for key in list(state):
            if key.startswith(f'{prefix}old.'):
                state[f'{prefix}new.{key[len(prefix) + 4 :]}'] = state.pop(key)
        super()._load_from_state_dict(state, prefix, *rest)


class Looks(nn.Module):
    """Refuses values, so that names and shapes alone do not tell."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((3,), 3.0))

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        if state[f'{prefix}weight'].sum().item() < 0:
            raise ValueError('negative')
        super()._load_from_state_dict(state, prefix, *rest)


class OwnValues(Looks):
    """Loads only while its own values are what they are."""

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        if self.weight.sum().item() == 9:
            super()._load_from_state_dict(state, prefix, *rest)


class Numpy(Looks):
    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        state[f'{prefix}weight'] = torch.from_numpy(state[f'{prefix}weight'].numpy() + 0)
        super()._load_from_state_dict(state, prefix, *rest)


class Hooked(nn.Module):
    """Takes one missing key off the list after the load."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)
        self.register_load_state_dict_post_hook(_forgives)


def _forgives(module: Any, keys: Any) -> None:
    if 'b.bias' in keys.missing_keys:
        keys.missing_keys.remove('b.bias')


class Lazy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.conv = nn.LazyLinear(4), nn.LazyConv2d(3, 3)


def convolutions(width: int = 4) -> Any:
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.Linear(2, 2, bias=False))


def old_norm() -> Any:
    return nn.utils.weight_norm(nn.Linear(3, 3))


def spectral() -> Any:
    return nn.utils.spectral_norm(nn.Linear(3, 3))


def new_norm() -> Any:
    return nn.utils.parametrizations.weight_norm(nn.Linear(3, 3))


def given(module: Any) -> Dict[str, Any]:
    """Its state dict with metadata, every tensor filled with 7."""
    state: Dict[str, Any] = module.state_dict()
    for key, value in list(state.items()):
        if isinstance(value, torch.Tensor):
            state[key] = torch.full_like(value, 7)
    return state


def changed(state: Any, change: Callable[[str, Any], Any]) -> Dict[str, Any]:
    made = {key: change(key, value) for key, value in state.items()}
    return {key: value for key, value in made.items() if value is not None}


def cases() -> Iterator[Case]:
    """(what it is, makes the module, state dict or checkpoint)."""
    plain = given(convolutions())
    states: Dict[str, Dict[Any, Any]] = {
        'exact': plain,
        'another width': given(convolutions(5)),
        'prefix': {f'module.{key}': value for key, value in plain.items()},
        'three of them': dict(list(plain.items())[:3]),
        'half': changed(plain, lambda _, value: value.half()),
        'a number beside': {**plain, 'epoch': 3},
        'a number for a tensor': {**plain, '0.bias': 3},
        'sparse': changed(plain, lambda _, v: v.to_sparse() if v.dim() == 2 else v),
        'one element for none': changed(plain, lambda k, v: v[None] if 'batches' in k else v),
        'without counters': changed(plain, lambda k, v: None if 'batches' in k else v),
        'tables': {'params': given(convolutions(5)), 'params_ema': plain, 'iter': 5},
        'keys that are no text': {**plain, 5: torch.zeros(2)},
    }
    for name, state in states.items():
        yield name, convolutions, state
    yield 'meta module', lambda: convolutions().to('meta'), plain
    yield (
        'parallel',
        lambda: nn.DataParallel(convolutions()),
        given(nn.DataParallel(convolutions())),
    )
    yield 'not parallel', lambda: nn.DataParallel(convolutions()), plain
    for make in (Tied, Buffers, Extra, Renames, Looks, OwnValues, Numpy, Hooked, old_norm, spectral,
                 new_norm):  # fmt: skip
        yield make.__name__, make, given(make())
        first = next(iter(make().state_dict()))
        yield f'{make.__name__} lacks', make, changed(given(make()), _without(first))
    yield 'left', Buffers, {**given(Buffers()), 'left': torch.zeros(3)}
    yield (
        'old names',
        Renames,
        {'old.weight': torch.full((2, 2), 7.0), 'old.bias': torch.full((2,), 7.0)},
    )
    yield 'negative', Looks, {'weight': torch.full((3,), -7.0)}
    yield 'from plain', spectral, dict(given(nn.Linear(3, 3)))
    yield 'from old', new_norm, given(old_norm())
    shapes = {'linear.weight': (4, 2), 'linear.bias': (4,), 'conv.weight': (3, 5, 3, 3)}
    lazy = {key: torch.full(sizes, 7.0) for key, sizes in shapes.items()}
    yield 'lazy, one lacks', Lazy, lazy
    yield 'lazy', Lazy, {**lazy, 'conv.bias': torch.full((3,), 7.0)}
    yield 'lstm', lambda: nn.LSTM(3, 4), given(nn.LSTM(3, 4))


def _without(key: str) -> Callable[[str, Any], Any]:
    return lambda name, value: None if name == key else value
