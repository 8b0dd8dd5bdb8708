"""Which files a command line means: files, folders, patterns, lists; the training YAMLs of them."""

from __future__ import annotations

import glob
import os
import sys
from typing import Callable, Iterator, List, Sequence, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.names import WEIGHT_ENDINGS, natural

OPTIONS = ('.yml', '.yaml', '.toml', '.json')
LIST = '-'  # the standard input holds the names


def find_files(words: Sequence[str]) -> List[str]:
    """Paths in the order given; what one word stands for in natural order, and nothing twice.

    A file as named, weight files below a folder, matches of a pattern ('**' goes through folders;
    for shells that expand none, and where it is quoted), '-' the lines of the standard input. A
    name without a match stays: what is made of it says so.

    Raises:
        UsageError: a folder or a pattern has no match, or the list is empty.
    """
    return _all(words, WEIGHT_ENDINGS, lambda path: True)


def find_options(words: Sequence[str]) -> List[str]:
    """The same, of option files: those below a folder that describe a training; raises likewise."""
    from basicsr_weightcheck.plan.option_file import is_training

    return _all(words, OPTIONS, is_training)


def _all(
    words: Sequence[str], endings: Tuple[str, ...], wanted: Callable[[str], bool]
) -> List[str]:
    found: List[str] = []
    for word in _without_lists(words):
        meant = sorted(_meant(word, endings, wanted), key=natural)
        if not meant:
            below = 'no-options-below' if endings == OPTIONS else 'no-weights-below'
            code = below if os.path.isdir(word) else 'no-match'
            what = phrase(code, patterns=(word,))
            raise UsageError(what, advice=phrase('no-match-do', folder=os.getcwd()))
        seen = set(found)
        found += [path for path in meant if path == word or path not in seen]
    return found


def _without_lists(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if word != LIST or os.path.exists(word):
            yield word
            continue
        names = [line.rstrip('\r\n') for line in sys.stdin or ()]
        if not any(names):
            raise UsageError(phrase('list-empty'), advice=phrase('list-empty-do'))
        yield from filter(None, names)


def _meant(word: str, endings: Tuple[str, ...], wanted: Callable[[str], bool]) -> Iterator[str]:
    if os.path.isdir(word):
        below = glob.glob(os.path.join(glob.escape(word), '**', '*'), recursive=True)
        yield from (path for path in below if path.endswith(endings) and wanted(path))
    elif os.path.exists(word) or not glob.has_magic(word):
        yield word
    else:
        yield from glob.glob(word, recursive=True)


def training_files(paths: Sequence[str]) -> List[str]:
    """Those of a commit's files that look like training YAMLs; a missing file stays in."""
    from basicsr_weightcheck.plan.option_file import is_training

    return [path for path in paths if not os.path.isfile(path) or is_training(path)]
