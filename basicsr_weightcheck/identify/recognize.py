"""Say what network a table of shapes is, and write it as the network_g of a BasicSR YAML."""

from __future__ import annotations

import re
import sys
from os.path import commonprefix
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from basicsr_weightcheck.identify import (
    edsr,
    msrresnet,
    nafnet,
    rcan,
    restormer,
    rrdbnet,
    srvgg,
    swinir,
    unet_discriminator,
    vgg_discriminator,
)
from basicsr_weightcheck.identify.sizes import Shape, Shapes
from basicsr_weightcheck.records.identities import Identity, OptionValue

LEAST_ACCEPTED = 0.5  # of the network's keys, and of the table's
MAX_PREFIXES = 8  # tried, besides none; a wrapped wrapper has two
TRACELESS = 'leaves no trace in the weights'
_PLAIN = re.compile(r'(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z]\w*$', re.IGNORECASE)


class Family(NamedTuple):
    """What is known of one network class.

    Attributes:
        network_type: name of the class.
        read_options: the options that a table tells, None for a table of another kind. Fields
            are named and ordered as in the class's signature; None there means its default.
        expected_shapes: every key of a network with these options, at least one.
    """

    network_type: str
    read_options: Callable[[Shapes], Optional[Any]]
    expected_shapes: Callable[[Any], Dict[str, Shape]]

    @property
    def options(self) -> Any:
        """The class of what `read_options` returns: the parameters of the network's class."""
        return vars(sys.modules[self.read_options.__module__])['Options']


FAMILIES = (
    Family('Restormer', restormer.read_options, restormer.expected_shapes),
    Family('RRDBNet', rrdbnet.read_options, rrdbnet.expected_shapes),
    Family('SRVGGNetCompact', srvgg.read_options, srvgg.expected_shapes),
    Family('SwinIR', swinir.read_options, swinir.expected_shapes),
    Family('EDSR', edsr.read_options, edsr.expected_shapes),
    Family('MSRResNet', msrresnet.read_options, msrresnet.expected_shapes),
    Family('NAFNet', nafnet.read_options, nafnet.expected_shapes),
    Family('RCAN', rcan.read_options, rcan.expected_shapes),
    Family(
        'VGGStyleDiscriminator',
        vgg_discriminator.read_options,
        vgg_discriminator.expected_shapes,
    ),
    Family(
        'UNetDiscriminatorSN',
        unet_discriminator.read_options,
        unet_discriminator.expected_shapes,
    ),
)


def recognize(shapes: Mapping[str, Tuple[int, ...]]) -> Optional[Identity]:
    """Return the network whose keys the table has the largest share of.

    None when no network has half of its keys there, or when it explains less than half of the
    table: a few common names in a larger network are not that network. Takes time and memory in
    proportion to the table, whatever indices and sizes it claims.

    Args:
        shapes: {key: shape} of one table; a prefix that all keys share is taken off if that helps.
    """
    found: List[Identity] = []
    for prefix in _prefixes(shapes):
        bare = {key[len(prefix) :]: shape for key, shape in shapes.items()}
        for family in FAMILIES:
            options = family.read_options(bare)
            if options is not None:
                found.append(_identity(family, options, bare, prefix))
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


def _identity(family: Family, options: Any, shapes: Shapes, prefix: str) -> Identity:
    expected = family.expected_shapes(options)
    told = zip(options._fields, options)
    values = tuple((name, v) for name, v in told if name != 'traceless' and v is not None)
    return Identity(
        family.network_type,
        values,
        tuple(name for name, _ in values if name in options.traceless),
        lacks=tuple(key for key in expected if key not in shapes),
        extra=tuple(key for key in shapes if key not in expected),
        resized=tuple(k for k, shape in expected.items() if shapes.get(k, shape) != shape),
        key_count=len(expected),
        prefix=prefix,
    )


def _is_accepted(identity: Identity, table_count: int) -> bool:
    least = LEAST_ACCEPTED * max(identity.key_count, table_count)
    return identity.matched >= least


def _yaml(value: OptionValue) -> str:
    """A scalar or a flow list that a YAML 1.1 reader reads back as it was."""
    if isinstance(value, tuple):
        return '[' + ', '.join(_yaml(item) for item in value) + ']'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = repr(value)
        return text if '.' in text else text.replace('e', '.0e')  # 1e-05 would be read as text
    if isinstance(value, int):
        return str(value)
    return value if _PLAIN.match(value) else "'" + value.replace("'", "''") + "'"
