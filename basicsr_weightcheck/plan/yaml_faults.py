"""What is wrong with a YAML that cannot be parsed: the line, the mistake, the line corrected."""

from __future__ import annotations

import re
from typing import Iterator, List, Optional, Tuple

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.yaml_limits import TooMuch
from basicsr_weightcheck.plan.yaml_nodes import MERGE_TAG, compose
from basicsr_weightcheck.plan.yaml_repairs import Repair, repairs, spaced, visible
from basicsr_weightcheck.records.phrases import Phrase

LINE_END = re.compile('\r\n|[\r\n\x85\u2028\u2029]')  # as YAML counts lines
SHOWN_CHARACTERS = 120
TRIED_LINES = 8  # each trial parses the whole text
PYTHON_TAG = 'tag:yaml.org,2002:python/'


def syntax_error(error: yaml.MarkedYAMLError, text: str, path: str) -> OptionError:
    """The error to raise for a YAML that its parser refused.

    A corrected line is named only where it was tried: with it the text parses, or at least further.
    """
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    known = _known(error)
    if known is not None:
        what, advice = known
        # A second document begins with a line of its own: no column says more.
        column = 0 if what.code == 'yaml-documents' else column
        return OptionError(what, path, line, column, advice=advice)
    lines = LINE_END.split(text.lstrip('\ufeff'))
    found = _mended(lines, error)
    if found is not None:
        index, repair = found
        what = phrase(f'yaml-{repair.mistake}', found=_shown(lines[index]))
        advice = phrase('yaml-write', corrected=_shown(repair.line))
        return OptionError(what, path, index + 1, column if index + 1 == line else 1, advice=advice)
    shown = _shown(lines[line - 1]) if 0 < line <= len(lines) else ''
    reason = ' '.join(part for part in (error.context, str(error.problem)) if part)
    return OptionError(phrase('yaml-syntax', reason=reason, found=shown), path, line, column)


def _known(error: yaml.MarkedYAMLError) -> Optional[Tuple[Phrase, Phrase]]:
    """(what is wrong, what to do) of a mistake that no other line would mend."""
    problem = str(error.problem)
    if MERGE_TAG in problem:
        return phrase('yaml-merge'), phrase('yaml-merge-do')
    if PYTHON_TAG in problem:
        tag = problem.split(PYTHON_TAG)[1].strip("'")
        return phrase('yaml-tag', tag=tag), phrase('yaml-tag-do')
    if error.context == 'expected a single document in the stream':
        return phrase('yaml-documents'), phrase('yaml-documents-do')
    return None


def _mended(lines: List[str], error: yaml.MarkedYAMLError) -> Optional[Tuple[int, Repair]]:
    """(0-based line, its repair) that the parser gets further with; None where none is known."""
    odd = _with_invisible(lines)
    found = _repaired(lines, error, odd[:TRIED_LINES])
    if found is None and odd:  # where all lines have them, none alone mends it
        return odd[0], Repair('space', spaced(lines, odd[0])[0])
    return found


def invisible_in_name(key: yaml.Node, path: str, text: str) -> OptionError:
    """The error to raise for the name of an option with a space that is none for YAML."""
    lines, index = LINE_END.split(text), key.start_mark.line
    what = phrase('yaml-space', found=_shown(lines[index]))
    advice = phrase('yaml-write', corrected=_shown(spaced(lines, index)[0]))
    return OptionError(what, path, index + 1, key.start_mark.column + 1, advice=advice)


def too_much(error: TooMuch, path: str) -> OptionError:
    """The error to raise for a YAML that goes beyond a ceiling."""
    unit = Phrase(error.unit, f'unit-{error.unit}')
    what = phrase(
        'limit', ceiling=error.ceiling, value=error.value, unit=unit, found=error.found
    )  # fmt: skip
    return OptionError(what, path, advice=phrase('do-limit-yaml'))


def _repaired(
    lines: List[str], error: yaml.MarkedYAMLError, odd: List[int]
) -> Optional[Tuple[int, Repair]]:
    """The first proposal with which the parser gets through, else the first that gets further."""
    stopped = _line(error.problem_mark, len(lines))
    further: Optional[Tuple[int, Repair]] = None
    # Invisible signs first: the parser stops far from them, with words about something else.
    for index in dict.fromkeys([*odd, *_suspects(lines, error)]):
        for repair in repairs(lines, index):
            if repair.line == lines[index]:
                continue
            reached = _reached([*lines[:index], repair.line, *lines[index + 1 :]])
            if reached is None:
                return index, repair
            # They are told by themselves: the next line with one stops the parser again.
            if reached > stopped and further is None and repair.mistake in ('tab', 'space'):
                further = index, repair
    return further


def _with_invisible(lines: List[str]) -> List[int]:
    """Lines with signs as in `visible`, comments apart."""
    return [
        index
        for index, line in enumerate(lines)
        if visible(line) != line and not line.lstrip().startswith('#')
    ]


def _suspects(lines: List[str], error: yaml.MarkedYAMLError) -> Iterator[int]:
    """Lines that may hold the mistake: where the parser began, where it stopped, and above."""
    marks = (error.problem_mark, error.context_mark)
    named = [_line(mark, len(lines)) for mark in marks if mark is not None]
    above = [index for index in (named[0] - 1,) if index >= 0] if named else []
    yield from (index for index in dict.fromkeys(named + above) if index < len(lines))


def _line(mark: Optional[yaml.Mark], count: int) -> int:
    return min(mark.line, max(count - 1, 0)) if mark is not None else 0


def _reached(lines: List[str]) -> Optional[int]:
    """The line at which the parser stops now, None where it gets through."""
    try:
        compose('\n'.join(lines) + '\n')
    except yaml.MarkedYAMLError as error:
        return _line(error.problem_mark, len(lines))
    except (yaml.YAMLError, TooMuch, ValueError, RecursionError):
        return 0
    return None


def _shown(line: str) -> str:
    return line.rstrip()[:SHOWN_CHARACTERS]
