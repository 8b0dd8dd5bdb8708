"""Where a command's words go: terminal, pipe, file."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basicsr_weightcheck.report.page import Page

PLAIN, RICH, AUTO = 'plain', 'rich', 'auto'


def print_page(page: Page, arguments: argparse.Namespace) -> None:
    """Print a page in the format and style asked for; with 'auto' a pipe gets plain text."""
    if arguments.format == 'markdown':
        from basicsr_weightcheck.report.page_to_markdown import render_markdown

        print(render_markdown(page), end='')
        return
    from basicsr_weightcheck.report.page_to_text import render_page, render_rich

    rich = arguments.style == RICH or (arguments.style == AUTO and sys.stdout.isatty())
    colour = wants_colour(arguments) and arguments.style != PLAIN
    render = render_rich if rich else render_page
    print(render(page, colour, terminal_width()))


def say(arguments: argparse.Namespace, line: str) -> None:
    """A word beside the report: JSON output is read by programs, so it goes to stderr there."""
    print(line, file=sys.stdout if arguments.format == 'text' else sys.stderr)


def wants_colour(arguments: argparse.Namespace) -> bool:
    """Only in a terminal, and never against NO_COLOR or --no-color."""
    if arguments.no_color or os.environ.get('NO_COLOR') or os.environ.get('TERM') == 'dumb':
        return False
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal; 100 when the output is redirected, so that files stay the same."""
    if not sys.stdout.isatty():
        return 100
    return max(60, min(os.get_terminal_size().columns, 140))
