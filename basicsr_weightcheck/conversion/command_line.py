"""The command that does a conversion, ready to be pasted into a shell."""

from __future__ import annotations

import os
import shlex
from typing import Iterator, Tuple

from basicsr_weightcheck.messages.lookup import program
from basicsr_weightcheck.records.conversions import PARAMS, TORCH_ZIP, Recipe
from basicsr_weightcheck.records.findings import Conversion


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
    return Conversion(recipe, steps(recipe), command_line(source, target, recipe), target)


def steps(recipe: Recipe) -> Tuple[str, ...]:
    """The same as words 'take:params', 'strip-prefix:net_g.', for programs."""
    named = tuple(f'{option[2:]}:{value}' for option, value in _options(recipe))
    named += ('keep-others',) if recipe.keep_others else ()
    return named + (('drop-profiler',) if recipe.drop_profiler else ())


def _options(recipe: Recipe) -> Iterator[Tuple[str, str]]:
    yield '--take', ','.join(name or 'root' for name in recipe.take)
    for pattern in recipe.drop:
        yield '--drop', pattern
    for prefix in recipe.strip:
        yield '--strip-prefix', prefix
    for name in recipe.rules:
        yield '--rules', name
    for pattern in recipe.only:
        yield '--rules-for', pattern
    if recipe.add:
        yield '--add-prefix', recipe.add
    for change in recipe.channels:
        yield '--in-channels', f'{change.key}:{change.channels}'
        yield '--channel-mode', change.mode
    if recipe.dtype:
        yield '--dtype', recipe.dtype
    if len(recipe.take) == 1 and recipe.wrap not in ((), (PARAMS,)):
        yield '--wrap', ','.join(recipe.wrap)
    if recipe.container != TORCH_ZIP:
        yield '--container', recipe.container


def _place(path: str) -> str:
    return f'./{path}' if path.startswith('-') else path
