"""Where a command's words go: terminal, pipe, file."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from typing import (
    TYPE_CHECKING,
    Callable,
    Iterable,
    Iterator,
    List,
    Optional,
    TextIO,
    Tuple,
    TypeVar,
)

from basicsr_weightcheck.cli.file_arguments import AUTO, PLAIN, RICH
from basicsr_weightcheck.errors import UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line, phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.report.json_text import Json
    from basicsr_weightcheck.report.page import Page, PageView

FILE_COLUMNS = 100
PATIENCE_S = 1.0
T = TypeVar('T')


def put(text: str, arguments: argparse.Namespace, end: str = '\n') -> None:
    """Print what a command found, or write it to the file of --output.

    Raises:
        ReportError: the file cannot be written.
    """
    if not arguments.output:
        print(text, end=end)
        return
    from basicsr_weightcheck.messages.lookup import clean, language, said_of
    from basicsr_weightcheck.report.write import write_text

    write_text(arguments.output, text + end)
    lang = language(arguments.lang)
    print(said_of('written', clean(arguments.output), lang), file=sys.stderr)


def refuse_html_in_terminal(arguments: argparse.Namespace) -> None:
    """Say before the work that a page cannot be made or would fill the terminal.

    Raises:
        UsageError: it cannot, or it would.
    """
    if arguments.format != 'html':
        return
    from basicsr_weightcheck.report.html.render import require_html

    require_html()
    if not arguments.output and sys.stdout.isatty():
        raise UsageError(phrase('html-in-terminal'), advice=phrase('html-in-terminal-do'))


def show(
    arguments: argparse.Namespace,
    json: Callable[[], Json],
    page: Callable[[], Page],
    html: Optional[Callable[[], PageView]] = None,
) -> None:
    """Print what a command found, in the format asked for.

    Args:
        json: the whole document, as plain data.
        page: for text and Markdown. With the style 'auto' a pipe or file gets plain text.
        html: an HTML page.

    Raises:
        ReportError: the file of --output cannot be written.
    """
    if arguments.format == 'json':
        from basicsr_weightcheck.report.json_text import dumped

        put(dumped(json()), arguments)
    elif arguments.format == 'html' and html is not None:
        from basicsr_weightcheck.report.html.render import rendered

        put(rendered(html), arguments, end='')
    elif arguments.format == 'markdown':
        from basicsr_weightcheck.report.page_to_text import render_markdown

        put(render_markdown(page()), arguments, end='')
    else:
        _put_text(page(), arguments)


def _put_text(page: Page, arguments: argparse.Namespace) -> None:
    from basicsr_weightcheck.report.page_to_text import render_page, render_rich

    terminal = sys.stdout.isatty() and not arguments.output
    rich = arguments.style == RICH or (arguments.style == AUTO and terminal)
    colour = terminal and wants_colour(arguments) and arguments.style != PLAIN
    render = render_rich if rich else render_page
    put(render(page, colour, terminal_width() if terminal else FILE_COLUMNS), arguments)


def gathered(
    paths: Iterable[str], run: Callable[[str], T], lang: str
) -> Tuple[List[T], List[Tuple[str, str]]]:
    """The results, and (path, reason) of what failed: said on stderr, and the rest goes on."""
    results: List[T] = []
    failed: List[Tuple[str, str]] = []
    for path in paths:
        try:
            results.append(run(path))
        except WeightCheckError as error:
            failed.append((path, error.what))
            print(f'basicsr-weightcheck: {error_line(error, lang)}', file=sys.stderr)
    return results, failed


def one_after_the_other(pages: Iterable[Page]) -> Page:
    """The pages of several files as one."""
    from basicsr_weightcheck.report.page import Line

    return tuple(element for page in pages for element in (*page, Line('')))


def say(arguments: argparse.Namespace, line: str) -> None:
    """A word beside the report: JSON output is read by programs, so it goes to stderr there."""
    print(line, file=sys.stdout if arguments.format == 'text' else sys.stderr)


class Progress:
    """A line that says what is done while it is done, in a terminal, from the second second on.

    Args:
        stream: where to; nothing is written to what is no terminal.
        silent: nothing is written at all.
        patience_s: seconds that it waits before it says anything.
    """

    def __init__(self, stream: TextIO, silent: bool, patience_s: float = PATIENCE_S) -> None:
        import threading  # of the commands that wait only

        self._stream = stream
        self._silent = silent or not stream.isatty()
        self._lock = threading.Lock()
        self._timer = threading.Timer(patience_s, self.speak)
        self._timer.daemon = True
        self._text, self._shown, self._speaks = '', 0, False

    def __enter__(self) -> Progress:
        if not self._silent:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._silent:
            return
        self._timer.cancel()
        with self._lock:
            self._silent = True
            self._put('')

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing stands in the line while the body prints."""
        with self._lock:
            if not self._silent:
                self._put('')
            yield

    def tell(self, text: str, *, always: bool = False) -> None:
        """Say this from now on; with `always` also to what is no terminal, on a line of its own."""
        if always and not self._stream.isatty():
            print(text, file=self._stream, flush=True)
        with self._lock:
            self._text = text
            if self._speaks and not self._silent:
                self._put(text)

    def speak(self) -> None:
        """The patience is over: what is being done is shown from now on."""
        with self._lock:
            self._speaks = True
            if not self._silent:
                self._put(self._text)

    def _put(self, text: str) -> None:
        from basicsr_weightcheck.messages.width import columns

        used = columns(text)
        if used or self._shown:
            rest = ' ' * max(0, self._shown - used)
            line = f'\r{text}{rest}' if text else f'\r{rest}\r'
            print(line, end='', file=self._stream, flush=True)
        self._shown = used


def wants_colour(arguments: argparse.Namespace) -> bool:
    """Only in a terminal, and never against NO_COLOR or --no-color."""
    if arguments.no_color or os.environ.get('NO_COLOR') or os.environ.get('TERM') == 'dumb':
        return False
    if os.name == 'nt' and sys.stdout.isatty():
        os.system('')  # a console shows escape codes as such until a program has asked for more
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal; the same for every file when the output is redirected."""
    if not sys.stdout.isatty():
        return FILE_COLUMNS
    return max(60, min(os.get_terminal_size().columns, 140))
