"""The options of `convert`."""

from __future__ import annotations

import argparse
from typing import Tuple

from basicsr_weightcheck.cli.file_arguments import add_page_options, flag, repeated, said
from basicsr_weightcheck.records.findings import CHANNEL_MODES, CONTAINERS, DTYPES, PARAMS
from basicsr_weightcheck.records.tensors import TORCH_ZIP


def add_convert(command: argparse.ArgumentParser) -> None:
    """`convert A -o B`: write a weight file that loads strictly."""
    command.add_argument('files', nargs='+', metavar='FILE')
    command.add_argument('-o', '--out', metavar='OUT')
    _add_names(command.add_argument_group('names and tensors'))
    _add_output(command.add_argument_group('the file that is written'))
    add_page_options(command, ('text', 'json', 'markdown'))


def _add_names(group: argparse._ArgumentGroup) -> None:
    group.add_argument('--take', metavar='TABLE')
    repeated(group, '--drop', 'PATTERN')
    flag(group, '--drop-profiler')
    repeated(group, '--strip-prefix', 'PREFIX')
    flag(group, '--keep-others')
    repeated(group, '--rules', 'NAME|FILE')
    repeated(group, '--rules-for', 'PATTERN')
    group.add_argument('--add-prefix', default='', metavar='PREFIX')
    repeated(group, '--in-channels', 'KEY:N', type=_channels)
    group.add_argument('--channel-mode', choices=CHANNEL_MODES)


def _add_output(group: argparse._ArgumentGroup) -> None:
    where = group.add_mutually_exclusive_group()
    where.add_argument('--wrap', type=_names, default=(PARAMS,), metavar='NAMES')
    flag(where, '--flat')
    group.add_argument('--dtype', choices=DTYPES, default='')
    group.add_argument('--container', choices=CONTAINERS, default=TORCH_ZIP)
    flag(group, '--dry-run')
    flag(group, '--force')


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
