"""Every command on every page is run, gives the exit code and prints the lines that the page shows.

A Chinese page has the same commands as its English twin; it is run itself where it shows output.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple

import pytest

from basicsr_weightcheck.cli.main import main
from tests.docs.desk import copy_of, run_in_shell, words_for_here
from tests.docs.pages import COMMANDS, RUN, Block, blocks, commands, is_chinese, pages, twin

# Programs that are not run here, wherever a page names them.
NOT_RUN = {
    'make': 'make test is this very run; the demo trains for a minute, make docs has its own test',
    'pip': 'installs from the network',
    'torchrun': 'tests/hook runs trainings with several processes',
}
ENGLISH = [page for page in pages() if not is_chinese(page)]
Run = Callable[[str, Path, Path], Tuple[int, str]]
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
    return ((block, tuple(shown)) for block, shown in found if not block.reason)


def is_run(page: Path) -> bool:
    shows = any(shown for _, shown in examples(page))
    return shows if is_chinese(page) else any(True for _ in examples(page))


def accepted(page: Path, block: Block) -> List[Tuple[int, ...]]:
    """Exit codes that each command may give."""
    count = len(block.commands)
    if page.name.startswith('README') and not block.exits:
        return [(0, 1)] * count  # an error of the command itself is 2
    exits = block.exits or (0,)
    exits = exits * count if len(exits) == 1 else exits
    assert len(exits) == count, f'{page.name}:{block.line}: as many exit codes as commands'
    return [(code,) for code in exits]


def absent(shown: Tuple[str, ...], printed: str) -> List[str]:
    """Lines that were not printed, or not in this order."""
    lines = [line.strip() for line in printed.splitlines()]
    missing, at = [], 0
    for line in shown:
        if line in lines[at:]:
            at = lines.index(line, at) + 1
        else:
            missing.append(line)
    return missing


@pytest.fixture
def run(capfd: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of a page: the README's in a shell, others here where that is quicker."""

    def run(command: str, page: Path, folder: Path) -> Tuple[int, str]:
        lang = 'zh' if is_chinese(page) else 'en'
        words, target = words_for_here(command)
        if not words or page.name == 'README.md':
            return run_in_shell(command, folder, lang)
        monkeypatch.chdir(folder)
        monkeypatch.setenv('WEIGHTCHECK_LANG', lang)
        code = main(words)
        out, err = capfd.readouterr()
        if target:
            (folder / target).write_text(out, encoding='utf-8')
        return code, err if target else out + err

    return run


@pytest.mark.basicsr
@pytest.mark.parametrize('page', [page for page in pages() if is_run(page)], ids=lambda p: p.name)
def test_commands_do_what_the_page_says(
    page: Path, furnished: Path, tmp_path: Path, run: Run
) -> None:
    folder = copy_of(furnished, tmp_path / 'desk')
    for block, shown in examples(page):
        printed = ''
        for command, codes in zip(block.commands, accepted(page, block)):
            if command.split()[0] in NOT_RUN:
                continue
            code, text = run(command, page, folder)
            assert code in codes, f'{page.name}:{block.line}\n{command}\n{text}'
            printed += text
        for output in shown:
            missing = absent(output.shown, printed)
            assert not missing, f'{page.name}:{output.line} is not printed:\n{missing}\n{printed}'


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


def test_no_command_hides_in_a_block_of_output() -> None:
    for page in pages():
        for block in blocks(page):
            if block.language == 'text' and not block.reason:
                assert not any(COMMANDS.match(line) for line in block.text.splitlines()), page.name
