"""Every command on every page is run, gives the exit code and prints what the page shows.

WEIGHTCHECK_REGOLD=1 writes what is printed into the pages instead; look at the difference then. A
Chinese page has the same commands as its English twin; it is run itself as far as it shows output.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from tests.docs.desk import copy_of, run_in_shell
from tests.docs.pages import FENCE, RUN, Block, blocks, commands, is_chinese, pages, read, twin

REGOLD = bool(os.environ.get('WEIGHTCHECK_REGOLD'))
ENGLISH = [page for page in pages() if not is_chinese(page)]
# Blocks that are not run, or show what no command prints; their pages say why. All are counted.
NOT_RUN = {
    'README.md': 2, 'ci.md': 4, 'compare.md': 1, 'first-look.md': 3, 'frameworks.md': 2,
    'hook.md': 6, 'index.md': 1,
}  # fmt: skip
Example = Tuple[Block, Tuple[Block, ...]]


def examples(page: Path) -> Iterator[Example]:
    """Each block of commands with the blocks that show what it prints."""
    found: List[Tuple[Block, List[Block]]] = []
    for block in blocks(page):
        if block.language in RUN:
            found.append((block, []))
        elif not block.reason:
            assert found, f'{page.name}:{block.line} shows output of no command'
            found[-1][1].append(block)
    while is_chinese(page) and found and not found[-1][1]:
        found.pop()  # the English page runs what is left
    return ((block, tuple(shown)) for block, shown in found if not block.reason)


def is_run(page: Path) -> bool:
    return any(True for _ in examples(page))


def accepted(page: Path, block: Block) -> Tuple[int, ...]:
    """The exit code of each command."""
    count = len(block.commands)
    exits = block.exits or (0,)
    exits = exits * count if len(exits) == 1 else exits
    assert len(exits) == count, f'{page.name}:{block.line}: as many exit codes as commands'
    return exits


@pytest.mark.basicsr
@pytest.mark.parametrize('page', [page for page in pages() if is_run(page)], ids=lambda p: p.name)
def test_commands_do_what_the_page_says(
    page: Path, furnished: Path, tmp_path: Path, nursery: Any
) -> None:
    folder = copy_of(furnished, tmp_path / 'desk')
    wrong: Dict[Block, str] = {}
    for block, shown in examples(page):
        printed = ''
        for command, expected in zip(block.commands, accepted(page, block)):
            code, text = run_in_shell(command, folder, 'zh' if is_chinese(page) else 'en', nursery)
            assert code == expected, f'{page.name}:{block.line}\n{command}\n{text}'
            printed += text.replace(str(folder), '…')
        wrong.update({one: printed for one in shown if not one.shows(printed)})
    if REGOLD:
        write(page, {one: one.renewed(printed) for one, printed in wrong.items()})
    else:
        texts = [f'{page.name}:{one.line}\n{one.text}\n---\n{wrong[one]}' for one in wrong]
        assert not texts, '\n\n'.join(texts)


def write(page: Path, renewed: Dict[Block, str]) -> None:
    text = read(page)
    for block, new in reversed(list(renewed.items())):
        (match,) = [one for one in FENCE.finditer(text) if block.starts(text, one)]
        lines = [match.group(1) + line if line else '' for line in new.splitlines()]
        text = text[: match.start(3)] + '\n'.join([*lines, '']) + text[match.end(3) :]
    page.write_text(text, encoding='utf-8')


@pytest.mark.parametrize('page', ENGLISH, ids=lambda page: page.name)
def test_the_chinese_page_has_the_same_commands(page: Path) -> None:
    assert twin(page).exists(), f'{page.name} has no twin'
    assert commands(twin(page)) == commands(page)
    ours, theirs = blocks(page), blocks(twin(page))
    assert [(one.language, one.exits, one.reason) for one in theirs] == [
        (one.language, one.exits, one.reason) for one in ours
    ]


def test_every_page_has_an_english_original() -> None:
    assert {twin(page) for page in ENGLISH} == {page for page in pages() if is_chinese(page)}


def test_what_is_not_run_is_counted() -> None:
    found = {page.name: sum(bool(block.reason) for block in blocks(page)) for page in ENGLISH}
    assert {name: count for name, count in found.items() if count} == NOT_RUN


@pytest.mark.parametrize('page', pages(), ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a language would be run by nobody; nor does a command hide in other text."""
    assert all(match.group(2) for match in FENCE.finditer(read(page))), page.name
    for block in blocks(page):
        if block.language == 'text' and not block.reason:
            assert not re.search(r'^(\$ )?(python3?|make|pip) ', block.text, re.MULTILINE)
