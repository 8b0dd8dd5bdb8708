"""What a page of the documentation holds: commands, what they print, links, anchors.

A fenced block ```sh holds commands, ```python a program, ```text what the commands before it print.
A line … stands for lines left out, … within a line for what differs between machines (times, sizes,
versions). Comments stand before a block:

    <!-- exit: 1 -->          exit code of every command of the block, or one for each: 1 0 2
    <!-- not run: WHY -->     commands that cannot be run here; test_commands.py counts them
    <!-- not output: WHY -->  a ```text block that no command prints
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from tests.helpers import ROOT

RUN = ('sh', 'python')
PROGRAM = "python - <<'END_OF_PROGRAM'\n{text}\nEND_OF_PROGRAM"
LEFT_OUT = '…'
ALIKE = 0.6  # from here on a printed line is taken for the newer form of a shown one
FENCE = re.compile(r'^( *)```(\S*)[^\n]*\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r'<!-- (exit|not run|not output): ((?:(?!-->).)*) -->\s*$', re.DOTALL)
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
HEADING = re.compile(r'^#+ +(.*?) *(?:\{ *#([\w-]+) *\})?$', re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        language: 'sh' for commands, 'python' for a program, else what stands after the fence.
        text: its lines, without the indentation of the fence.
        line: 1-based line of its first line in the page.
        exits: exit codes from the comment before it, () when there is none.
        reason: why it is not run, or not printed by a command; '' when it is.
    """

    language: str
    text: str
    line: int
    exits: Tuple[int, ...] = ()
    reason: str = ''

    @property
    def commands(self) -> Tuple[str, ...]:
        """A program as one; else the shortest runs of lines that a shell takes as a whole."""
        if self.language == 'python':
            return (PROGRAM.format(text=self.text),)
        return _commands(self.text)

    def starts(self, page: str, match: re.Match[str]) -> bool:
        """Whether a fence of the page is this block."""
        return _line(page, match) == self.line

    def shows(self, printed: str) -> bool:
        """Whether the block is what was printed, blank lines aside."""
        lines = [line.rstrip() for line in self.text.splitlines() if line.strip()]
        made = ''.join('(?:.*\n)*?' if line == LEFT_OUT else _pattern(line) for line in lines)
        return re.fullmatch(made, '\n'.join([*_lines(printed), ''])) is not None

    def renewed(self, printed: str) -> str:
        """The block with what was printed; of lines left out those that are like the shown ones."""
        if LEFT_OUT not in self.text.splitlines():
            return '\n'.join(line.rstrip() for line in printed.strip('\n').splitlines())
        lines, made, at = _lines(printed), [], 0
        for shown in (line.rstrip() for line in self.text.splitlines()):
            place = _place(shown, lines, at) if shown not in ('', LEFT_OUT) else None
            if place is not None:
                made += [LEFT_OUT] * (place > at)
                same = re.fullmatch(_pattern(shown), lines[place] + '\n')
                made.append(shown if same else lines[place])
                at = place + 1
        return '\n'.join([*made, *[LEFT_OUT] * (at < len(lines))])


def pages() -> Tuple[Path, ...]:
    """Every page that is in the repository: README.md, README_CN.md, docs/*.md."""
    return (*sorted(ROOT.glob('README*.md')), *sorted((ROOT / 'docs').glob('*.md')))


def twin(page: Path) -> Path:
    """The same page in Chinese."""
    return page.with_name(page.name.replace('.md', '_CN.md'))


def is_chinese(page: Path) -> bool:
    return page.name.endswith('_CN.md')


def read(page: Path) -> str:
    return page.read_text(encoding='utf-8')


def blocks(page: Path) -> Tuple[Block, ...]:
    """The blocks of commands and of output, in order."""
    text = read(page)
    found = (_block(text, match) for match in FENCE.finditer(text))
    return tuple(block for block in found if block.language in (*RUN, 'text'))


def commands(page: Path) -> Tuple[str, ...]:
    """Every command of a page, run or not, without the comments behind them."""
    made = [one for block in blocks(page) if block.language in RUN for one in block.commands]
    return tuple(re.sub(r'\s+# .*', '', one) for one in made)


def links(page: Path) -> Tuple[Tuple[str, str], ...]:
    """(file relative to the page or '', anchor or '') of every link inside the repository."""
    found = LINK.findall(FENCE.sub('', read(page)))
    inside = [target for target in found if not re.match(r'[a-z]+:', target)]
    return tuple((target.partition('#')[0], target.partition('#')[2]) for target in inside)


def anchors(page: Path) -> Tuple[str, ...]:
    """Anchors of the headings, as GitHub makes them."""
    made: List[str] = []
    for title, given in HEADING.findall(FENCE.sub('', read(page))):
        plain = re.sub(r'[`*]|\\', '', re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', title)).lower()
        made.append(given or re.sub(r'[^\w\- ]', '', plain).replace(' ', '-'))
    return tuple(made)


def _block(page: str, match: re.Match[str]) -> Block:
    indent, language, body = match.groups()
    lines = [line[len(indent) :] for line in body.splitlines()]
    number = _line(page, match)
    comment = COMMENT.search(page[: match.start()])
    kind, said = comment.groups() if comment else ('', '')
    exits = tuple(int(code) for code in said.split()) if kind == 'exit' else ()
    reason = said if kind.startswith('not') else ''
    return Block(language, '\n'.join(lines), number, exits, reason)


def _line(page: str, match: re.Match[str]) -> int:
    return page.count('\n', 0, match.start()) + 2


def _lines(printed: str) -> List[str]:
    return [line.rstrip() for line in printed.splitlines() if line.strip()]


def _pattern(line: str) -> str:
    return '.*'.join(re.escape(part) for part in line.split(LEFT_OUT)) + '\n'


def _place(shown: str, lines: List[str], at: int) -> Optional[int]:
    """Where a line is printed now, at `at` or behind: itself, else the one that is most like it."""
    for place, line in enumerate(lines[at:], at):
        if re.fullmatch(_pattern(shown), line + '\n'):
            return place
    likeness = [difflib.SequenceMatcher(None, shown, line).ratio() for line in lines[at:]]
    best = max(likeness, default=0.0)
    return at + likeness.index(best) if best >= ALIKE else None


def _commands(text: str) -> Tuple[str, ...]:
    made: List[str] = []
    waiting = ''
    for line in text.splitlines():
        waiting = f'{waiting}\n{line}' if waiting else line
        if line.endswith('\\') or not waiting.strip() or not _is_whole(waiting):
            continue
        if not waiting.lstrip().startswith('#'):
            made.append(waiting)
        waiting = ''
    return (*made, waiting) if waiting.strip() else tuple(made)


def _is_whole(text: str) -> bool:
    if not re.search(r'[\'"(\\]|<<|\b(for|if|while|case)\b', text):
        return True
    checked = subprocess.run(['bash', '-n', '-c', text], stderr=subprocess.DEVNULL, env=os.environ)
    return checked.returncode == 0
