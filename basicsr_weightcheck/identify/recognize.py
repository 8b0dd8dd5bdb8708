"""Say what network a table of shapes is, and write it as the network_g of a BasicSR YAML."""

from __future__ import annotations

import re
from os.path import commonprefix
from typing import Any, Dict, Iterator, List, Mapping, Optional, Set, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.identify.architectures import (
    discriminators,
    nafnet,
    residual,
    restormer,
    srvgg,
    swinir,
)
from basicsr_weightcheck.identify.architectures.layers import Family
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.comparisons import Identity, OptionValue
from basicsr_weightcheck.records.names import Shapes, split_keys

LEAST_ACCEPTED = 0.5  # of the network's keys, and of the table's
MAX_PREFIXES = 8  # tried, besides none; a wrapped wrapper has two
TRACELESS = 'leaves no trace in the weights'
_PLAIN = re.compile(r'(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z]\w*$', re.IGNORECASE)


FAMILIES = (
    restormer.FAMILY,
    residual.RRDBNET,
    srvgg.FAMILY,
    swinir.FAMILY,
    residual.EDSR,
    residual.MSRRESNET,
    nafnet.FAMILY,
    residual.RCAN,
    discriminators.VGG,
    discriminators.UNET,
)


def recognize(shapes: Shapes) -> Optional[Identity]:
    """Return the network whose keys the table has the largest share of.

    None when no network has half of its keys there, or when it explains less than half of the
    table: a few common names in a larger network are not that network. Takes time and memory in
    proportion to the table, whatever indices and sizes it claims.

    Args:
        shapes: {key: shape} of one table; a prefix that all keys share is taken off if that helps.
    """
    found: List[Identity] = []
    # Every family with every prefix: a table can resemble several, and the closest one is meant.
    for prefix in _prefixes(shapes):
        bare = {key[len(prefix) :]: shape for key, shape in shapes.items()}
        for family in FAMILIES:
            read = family.read_options(bare)
            if read is not None:
                found.append(_identity(family, read, bare, prefix))
    likely = [one for one in found if _is_accepted(one, len(shapes))]
    return max(likely, key=lambda one: (one.accepted, -len(one.extra)), default=None)


def network_block(identity: Identity) -> str:
    """Return the network as a YAML block, ending in a line break.

    An option that the weights do not settle says so in a comment.
    """
    lines = ['network_g:', f'  type: {_yaml(identity.network_type)}']
    for name, value in identity.options:
        comment = f'  # {TRACELESS}' if name in identity.traceless else ''
        lines.append(f'  {name}: {_yaml(value)}{comment}')
    return '\n'.join(lines) + '\n'


def _prefixes(shapes: Shapes) -> Iterator[str]:
    """No prefix, then every beginning that all keys share, to a dot: 'module.', 'module.net_g.'."""
    yield ''
    shared = commonprefix(list(shapes)).split('.')[:-1]
    for count in range(1, min(len(shared), MAX_PREFIXES) + 1):
        yield '.'.join(shared[:count]) + '.'


def _identity(
    family: Family, read: Tuple[Dict[str, Any], Set[str]], shapes: Shapes, prefix: str
) -> Identity:
    options, traceless = read
    expected = family.expected_shapes(**options)
    values = tuple((name, value) for name, value in options.items() if value is not None)
    split = split_keys(expected, shapes)
    return Identity(
        family.network_type,
        values,
        tuple(name for name, _ in values if name in traceless),
        lacks=split.missing,
        extra=split.unexpected,
        resized=split.resized,
        key_count=len(expected),
        prefix=prefix,
    )


def _is_accepted(identity: Identity, table_count: int) -> bool:
    least = LEAST_ACCEPTED * max(identity.key_count, table_count)
    return identity.matched >= least


def _yaml(value: OptionValue) -> str:
    """A scalar or a flow list that a YAML 1.1 reader reads back as it was."""
    if isinstance(value, tuple):
        return '[' + ', '.join(map(_yaml, value)) + ']'
    if isinstance(value, str):
        return value if _PLAIN.match(value) else "'" + value.replace("'", "''") + "'"
    text = repr(value).lower()  # true, false
    if isinstance(value, float) and '.' not in text:
        return text.replace('e', '.0e')  # 1e-05 would be read as text
    return text


# The name of a network by spandrel, for those that this project does not know.


def ask_spandrel(shapes: Mapping[str, Tuple[int, ...]]) -> str:
    """Name of the architecture whose keys these are, '–' when spandrel knows none.

    Only detection runs, on weightless tensors; nothing is built or loaded.

    Source: spandrel 0.4.2 `ArchRegistry.architectures`, `Architecture.detect`, `Architecture.name`.

    Raises:
        UsageError: spandrel, or the torch and torchvision that it needs, cannot be imported.
    """
    try:
        import torch
        from spandrel import MAIN_REGISTRY, canonicalize_state_dict
    except (ImportError, RuntimeError) as error:  # torchvision of another torch: RuntimeError
        what = phrase('needs-spandrel', reason=str(error)[:200])
        raise UsageError(what, advice=phrase('needs-spandrel-do')) from error
    table = {key: torch.empty(shape, device='meta') for key, shape in shapes.items()}
    table = canonicalize_state_dict(table)
    for support in MAIN_REGISTRY.architectures('detection'):
        if support.detect(table):
            return str(support.architecture.name)
    return '–'
