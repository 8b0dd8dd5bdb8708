"""Every command on every page is run, and prints what the page shows."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, List, Tuple

import pytest

from tests.docs.desk import copy_of, run
from tests.docs.pages import Block, blocks, commands, is_chinese, pages, twin

# Programs of the READMEs' plain blocks that are not run here, and why.
NOT_RUN = {
    'make': 'make test is this very run; make demo and make docs need minutes',
    'torchrun': 'tests/hook runs trainings with several processes',
    'pip': 'installs from the network',
}
PAGES = [page for page in pages() if any(block.language == 'sh' for block in blocks(page))]
ENGLISH = [page for page in pages() if not is_chinese(page)]


def examples(page: Path) -> Iterator[Tuple[Block, Tuple[Block, ...]]]:
    """Each block of commands with the blocks that show what it prints."""
    command, shown = None, []  # type: Tuple[Block | None, List[Block]]
    for block in blocks(page):
        if block.language == 'sh':
            if command is not None:
                yield command, tuple(shown)
            command, shown = block, []
        elif not block.reason:
            assert command is not None, f'{page.name}:{block.line} follows no command'
            shown.append(block)
    if command is not None:
        yield command, tuple(shown)


def missing_lines(shown: Tuple[str, ...], printed: str) -> List[str]:
    """Lines that are not printed, or not in this order."""
    lines = [line.strip() for line in printed.splitlines()]
    missing, at = [], 0
    for line in shown:
        if line in lines[at:]:
            at = lines.index(line, at) + 1
        else:
            missing.append(line)
    return missing


@pytest.mark.basicsr
@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_commands_do_what_the_page_says(page: Path, furnished: Path, tmp_path: Path) -> None:
    folder = copy_of(furnished, tmp_path / 'desk')
    lang = 'zh' if is_chinese(page) else 'en'
    for block, shown in examples(page):
        if block.reason:
            continue
        ones = block.commands
        exits = block.exits if len(block.exits) > 1 else (block.exits or (0,)) * len(ones)
        assert len(exits) == len(ones), f'{page.name}:{block.line}: exit codes'
        printed = ''
        for command, code in zip(ones, exits):
            if command.split()[0] in NOT_RUN:
                continue
            done = run(command, folder, lang)
            assert done.returncode == code, f'{page.name}:{block.line}\n{command}\n{done.stdout}'
            printed += done.stdout
        for output in shown:
            missing = missing_lines(output.shown, printed)
            assert not missing, f'{page.name}:{output.line} is not printed:\n{missing}\n{printed}'


@pytest.mark.parametrize('page', ENGLISH, ids=lambda page: page.name)
def test_the_chinese_page_has_the_same_commands(page: Path) -> None:
    assert twin(page).exists(), f'{page.name} has no twin'
    assert commands(twin(page)) == commands(page)
    exits = [(block.language, block.exits) for block in blocks(page)]
    assert [(block.language, block.exits) for block in blocks(twin(page))] == exits


@pytest.mark.parametrize('page', pages(), ids=lambda page: page.name)
def test_what_is_not_run_has_a_reason(page: Path) -> None:
    """In docs/ a plain block cannot hide a command from these tests."""
    text = page.read_text(encoding='utf-8')
    if page.parent.name == 'docs':
        assert '```\n\n' in text or '```' not in text or text.rstrip().endswith('```')
