"""What networks do to a picture. Frozen data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Tuple

# Of a look: 'nothing' is the input itself (enlarged); 'random' the network without the file;
# 'rival' another option, 'input' other values, with which the same file fits as well.
KINDS = (
    'configured', 'recommended', 'alternative', 'table', 'rival', 'input', 'random', 'nothing',
)  # fmt: skip
CLEARLY_DB = 1.0  # on each picture; in tests/look swapped channels cost 2, another attention 9
SURELY_DB = 3.0  # on each picture: half of the error
_JUDGES = re.compile(r'net_?[dD](\d|_|$)')


def makes_pictures(network: str) -> bool:
    """Whether an attribute of a model ('net_g', 'netD') is none of a discriminator."""
    return not _JUDGES.match(network)


@dataclass(frozen=True)
class LookRow:
    """One network on all the pairs.

    Attributes:
        kind: one of KINDS.
        name: what is other than in the YAML: 'attn_types: [WTA, WTA, WTA, WTA]', 'params_ema'.
        each: PSNR for each pair, dB, in their order; () without pictures to compare with.
        distance: mean PSNR of the output against doing nothing, dB; None where that is unknown.
        finite: no output has NaN or Inf.
        low, high: smallest and largest value of the outputs.
        problem: why there is nothing to tell, '' where there is.
        picture: the output of the first pair, a PNG; b'' where it cannot be drawn.
    """

    kind: str
    name: str = ''
    each: Tuple[float, ...] = ()
    distance: Optional[float] = None
    finite: bool = True
    low: float = 0.0
    high: float = 0.0
    problem: str = ''
    picture: bytes = b''

    @property
    def psnr(self) -> Optional[float]:
        """Mean over the pairs, dB."""
        return sum(self.each) / len(self.each) if self.each else None

    def beats(self, other: LookRow, margin: float) -> bool:
        """It is better by so many dB on each pair."""
        both = list(zip(self.each, other.each))
        return bool(both) and all(mine >= theirs + margin for mine, theirs in both)


@dataclass(frozen=True)
class Look:
    """A look at one network.

    Attributes:
        network: 'net_g'.
        source: where the pairs are from: 'datasets.val', two folders, 'the first batch'.
        pairs: their names, in order.
        size: (height, width) of the inputs, pixels, after cutting.
        scale: how many times larger the output is.
        rows: in the order of KINDS, then as they were made; 'configured' first.
        problem: why nothing was looked at, '' where something was.
        picture: the input of the first pair, a PNG; b'' where it cannot be drawn.
        wanted: what should come out of it, a PNG; b'' where there is none.
    """

    network: str
    source: str = ''
    pairs: Tuple[str, ...] = ()
    size: Tuple[int, int] = (0, 0)
    scale: int = 1
    rows: Tuple[LookRow, ...] = ()
    problem: str = ''
    picture: bytes = b''
    wanted: bytes = b''

    def row(self, kind: str) -> Optional[LookRow]:
        """The first of a kind."""
        return next((one for one in self.rows if one.kind == kind), None)

    @property
    def is_worse_than_nothing(self) -> bool:
        """The network as configured spoils every picture, or gives none."""
        mine, nothing = self.row('configured'), self.row('nothing')
        if mine is None or mine.problem:
            return False
        return not mine.finite or (nothing is not None and nothing.beats(mine, 0.0))

    def settles(self, option: str) -> bool:
        """The network does better than nothing, and than with other values of this option."""
        mine, nothing = self.row('configured'), self.row('nothing')
        rivals = [one for one in self.rows if one.name.startswith(f'{option}: ')]
        if mine is None or nothing is None or not rivals:
            return False
        return all(mine.beats(one, CLEARLY_DB) for one in (nothing, *rivals) if not one.problem)

    @property
    def better_rival(self) -> Optional[LookRow]:
        """What the same file fits as well, and is surely better in; the best of these."""
        mine, nothing = self.row('configured'), self.row('nothing')
        if mine is None or nothing is None or not mine.each:
            return None
        better = [
            one
            for one in self.rows
            if one.kind in ('rival', 'input')
            and one.beats(mine, CLEARLY_DB)
            and one.beats(nothing, CLEARLY_DB)
        ]
        return max(better, key=lambda one: one.psnr or 0.0, default=None)
