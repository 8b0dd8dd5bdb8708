"""The options of `convert`."""

from __future__ import annotations

import argparse
from typing import Tuple

from basicsr_weightcheck.cli.file_arguments import (
    MEANT,
    Commands,
    add_page_options,
    flag,
    repeated,
    said,
)
from basicsr_weightcheck.records.findings import CHANNEL_MODES, CONTAINERS, DTYPES, PARAMS
from basicsr_weightcheck.records.tensors import TORCH_ZIP


def add_convert(commands: Commands) -> None:
    """`convert A -o B`: write a weight file that loads strictly."""
    command = commands.add_parser(
        'convert',
        help='write a weight file that loads: unwrap, rename, drop, cast, another container',
        description='Without options for names it does what the file alone makes obvious: its one '
        'table, a wrapper that all names share, profiler buffers. With any of them it does exactly '
        'these, in the order of this list. Exit codes: 0 done, 2 could not do what was asked.',
    )
    add = command.add_argument
    add('files', nargs='+', metavar='FILE', help=f'weight files; they are never changed; {MEANT}')
    add('-o', '--out', metavar='OUT', help='file to write; of several files the folder')
    _add_names(command.add_argument_group('names and tensors'))
    _add_output(command.add_argument_group('the file that is written'))
    add_page_options(command, ('text', 'json', 'markdown'))


def _add_names(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        '--take',
        metavar='TABLE',
        help="table to convert: params, state_dict, model.net, … or 'root'; A,B takes several, "
        'which keep their names',
    )
    drop = "leave out names of the file that fit ('*.attn_mask'); repeatable"
    repeated(group, '--drop', 'PATTERN', drop)
    flag(group, '--drop-profiler', 'leave out total_ops and total_params of thop')
    strip = 'take a prefix off (module._orig_mod.); names without it are left out; repeatable'
    repeated(group, '--strip-prefix', 'PREFIX', strip)
    flag(
        group,
        '--keep-others',
        'names without the prefix to take off, or with the one to put before, stay as they are',
    )
    repeated(
        group,
        '--rules',
        'NAME|FILE',
        'rename by rules: a shipped name (esrgan-old, mdta-to-hta, …) or a YAML file; repeatable',
    )
    some = "apply rules to names that fit only ('encoder_level1.*'); repeatable"
    repeated(group, '--rules-for', 'PATTERN', some)
    group.add_argument('--add-prefix', default='', metavar='PREFIX', help='put before every name')
    inputs = 'give a convolution N input channels (conv_first.weight:1); repeatable'
    repeated(group, '--in-channels', 'KEY:N', inputs, type=_channels)
    group.add_argument(
        '--channel-mode',
        choices=CHANNEL_MODES,
        help='for --in-channels: the mean of all channels, tile them in turn (both keep what an '
        'image of equal channels gives), or slice off the first N',
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    where = group.add_mutually_exclusive_group()
    wrap = 'tables that hold the weights (default params; params,params_ema writes both)'
    where.add_argument('--wrap', type=_names, default=(PARAMS,), metavar='NAMES', help=wrap)
    flag(where, '--flat', 'write the tensors at the root, without a table')
    group.add_argument('--dtype', choices=DTYPES, default='', help='of floating-point tensors')
    old = 'torch-legacy is for torch older than 1.6 (default %(default)s)'
    group.add_argument('--container', choices=CONTAINERS, default=TORCH_ZIP, help=old)
    flag(group, '--dry-run', 'tell what would be done, write no file')
    flag(group, '--force', 'replace OUT where it exists')


def _names(text: str) -> Tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(',')))
    if not all(names):
        raise argparse.ArgumentTypeError(said('%r has an empty name') % text)
    return names


def _channels(text: str) -> Tuple[str, int]:
    key, _, number = text.rpartition(':')
    if not key or not number.isascii() or not number.isdigit() or not 0 < int(number) < 1 << 16:
        raise argparse.ArgumentTypeError(said('%r is not KEY:N') % text)
    return key, int(number)
