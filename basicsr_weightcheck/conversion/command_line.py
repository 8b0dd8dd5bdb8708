"""The command that does a conversion, ready to be pasted into a shell."""

from __future__ import annotations

import os
import shlex
from itertools import chain
from typing import Iterable, Iterator, Tuple

from basicsr_weightcheck.messages.lookup import program
from basicsr_weightcheck.records.findings import PARAMS, Conversion, Recipe
from basicsr_weightcheck.records.tensors import TORCH_ZIP


def command_line(source: str, target: str, recipe: Recipe) -> str:
    """The command for this system's shells; every step is named, nothing is left to a guess."""
    start = f'{program()} convert'
    words = [_place(source), '-o', _place(target)]
    for option, value in _options(recipe):
        # A value that begins with '-' would be read as another option.
        words += [f'{option}={value}'] if value.startswith('-') else [option, value]
    words += ['--keep-others'] if recipe.keep_others else []
    words += ['--drop-profiler'] if recipe.drop_profiler else []
    words += ['--flat'] if not recipe.wrap and len(recipe.take) == 1 else []
    if os.name == 'nt':
        from subprocess import list2cmdline  # slow to import

        return f'{start} {list2cmdline(words)}'
    return ' '.join([start, *map(shlex.quote, words)])


def as_conversion(source: str, target: str, recipe: Recipe) -> Conversion:
    """A recipe with the paths that it is for, as a recommendation carries it."""
    return Conversion(recipe, target, steps(recipe), command_line(source, target, recipe), source)


def steps(recipe: Recipe) -> Tuple[str, ...]:
    """The same as words 'take:params', 'strip-prefix:net_g.', for programs."""
    named = tuple(f'{option[2:]}:{value}' for option, value in _options(recipe))
    named += ('keep-others',) if recipe.keep_others else ()
    return named + (('drop-profiler',) if recipe.drop_profiler else ())


def _options(recipe: Recipe) -> Iterator[Tuple[str, str]]:
    """(option, value) in the order in which a conversion takes its steps."""
    wrap = recipe.wrap if len(recipe.take) == 1 and recipe.wrap != (PARAMS,) else ()
    container = recipe.container if recipe.container != TORCH_ZIP else ''
    channels = [
        (('--in-channels', [f'{one.key}:{one.channels}']), ('--channel-mode', [one.mode]))
        for one in recipe.channels
    ]
    listed: Tuple[Tuple[str, Iterable[str]], ...] = (
        ('--take', [','.join(name or 'root' for name in recipe.take)]),
        ('--drop', recipe.drop),
        ('--strip-prefix', recipe.strip),
        ('--rules', recipe.rules),
        ('--rules-for', recipe.only),
        ('--add-prefix', filter(None, [recipe.add])),
        *chain.from_iterable(channels),
        ('--dtype', filter(None, [recipe.dtype])),
        ('--wrap', filter(None, [','.join(wrap)])),
        ('--container', filter(None, [container])),
    )
    for option, values in listed:
        yield from ((option, value) for value in values)


def _place(path: str) -> str:
    """The path as an argument: one that begins with '-' would be read as an option."""
    return f'./{path}' if path.startswith('-') else path
