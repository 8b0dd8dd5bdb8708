"""Options that a constructor takes by `**kwargs`: which of them nothing reads."""

from __future__ import annotations

from typing import Any, Tuple

import pytest

from basicsr_weightcheck.rehearsal.recorder import swallowed


class Blind:
    def __init__(self, num_feat: int = 8, **kwargs: Any) -> None:
        self.num_feat = num_feat


class Reads:
    def __init__(self, **kwargs: Any) -> None:
        self.num_feat = kwargs.get('num_feat', 8)


class HandsOn(Blind):
    def __init__(self, depth: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class Inner:
    def __init__(self, **kwargs: Any) -> None:
        self.later = lambda: kwargs


class Looks:
    def __init__(self, num_feat: int = 8, **kwargs: Any) -> None:
        self.everything = locals()


class Inherits(Blind):
    pass


class Plain:
    def __init__(self, num_feat: int = 8) -> None:
        self.num_feat = num_feat


def small(**kwargs: Any) -> Blind:
    return Blind(**kwargs)


def popping(**kwargs: Any) -> Blind:
    kwargs.pop('num_feats', None)
    return Blind(**kwargs)


@pytest.mark.parametrize(
    ('builder', 'network', 'found'),
    [
        (Blind, Blind(), (('num_feats', 'num_feat'),)),
        (Inherits, Inherits(), (('num_feats', 'num_feat'),)),
        (small, Blind(), (('num_feats', 'num_feat'),)),
        (popping, Blind(), ()),
        (Reads, Reads(), ()),
        (HandsOn, HandsOn(), ()),
        (Inner, Inner(), ()),
        (Looks, Looks(), ()),
        (Plain, Plain(), ()),
        (None, Blind(), ()),
    ],
)
def test_only_what_nothing_reads_is_named(
    builder: Any, network: Any, found: Tuple[Tuple[str, str], ...]
) -> None:
    section = {'type': 'x', 'num_feats': 4}
    assert swallowed(builder, network, section, {'type'}) == found


def test_known_options_and_far_names() -> None:
    section = {'type': 'x', 'num_feat': 4, 'window': 8}
    assert swallowed(Blind, Blind(), section, {'type'}) == (('window', ''),)
