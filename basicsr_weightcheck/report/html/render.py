"""From view data to the text of a page: the only place where values meet markup.

Every value passes `_shown` (control characters and text directions become visible) and then
jinja2's escaping. The script gets its data as JSON without a '<'. A policy in the page's head
forbids the network and every script but the page's own, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Callable, Dict, List, Sequence

from basicsr_weightcheck.messages.lookup import clean, label, needs
from basicsr_weightcheck.report.html.blocks import Keys
from basicsr_weightcheck.report.page import PageView, as_cell
from basicsr_weightcheck.version import __version__

# The colour of each state, for page and picture.
#
# States of a check after Okabe and Ito, sizes of change after matplotlib's 'plasma', whose dark
# end is lighter here, for 3:1 on both grounds: both are told apart with every common colour
# blindness. Hatched states are told apart without colour too.

COLOURS: Dict[str, str] = {
    'loaded': '#0072b2',
    'random': '#e69f00',
    'resized': '#009e73',
    'buffer': '#a7b1bc',
    'dropped': '#6b7480',
    'shared': '#0072b2',
    'only-one': '#56b4e9',
    'only-other': '#6b7480',
    'parameter': '#0072b2',
    'zero': '#f0e442',
    'rotten': '#d55e00',
    'bad': '#111111',
    'unread': '#8a7a6a',
    'same': '#b7c1cb',
    'c0': '#f6d746',
    'c1': '#ef8a3c',
    'c2': '#c5407e',
    'c3': '#9a4fd6',
    'identical': '#b7c1cb',
    'tiny': '#f6d746',
    'different': '#c5407e',
    'not-finite': '#111111',
}
HATCHED = ('random', 'bad', 'only-one', 'rotten')
ROLES = (
    '#0072b2',
    '#e69f00',
    '#009e73',
    '#cc79a7',
    '#d55e00',
    '#56b4e9',
    '#8c6d31',
    '#7b5cd6',
    '#b5b500',
    '#8a939d',
)  # of change_plot: nine and the others


PACKAGE = 'basicsr_weightcheck.report.html'
WORDS = ('html-copied', 'html-copy-failed', 'html-more-keys', 'html-shown')  # the script's


def require_html() -> None:
    """Raises UsageError where a package that pages need is missing."""
    with needs('html', 'jinja2 squarify'):
        import jinja2  # noqa: F401
        import squarify  # noqa: F401


def rendered(view: Callable[..., PageView], *of: Any) -> str:
    """The whole document of what a view makes of a record.

    Raises:
        UsageError: a package is missing.
    """
    require_html()  # before the view is made: it lays out with squarify
    from markupsafe import Markup

    page = view(*of)
    body = tuple(page.body)
    environment = _environment()
    load = environment.loader.get_source
    style, script = (load(environment, name)[0] for name in ('page.css', 'page.js'))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    tables = [block for block in body if isinstance(block, Keys)]
    text: str = environment.get_template('page.html').render(
        page=page,
        body=body,
        style=Markup(_colours() + style),
        script=Markup(script),
        script_hash=digest,
        island=Markup(_island(tables, page.lang)),
        tables=tables,
        hatched=HATCHED,
        version=__version__,
        word=lambda key, **values: label(f'html-{key}', page.lang, **values),
    )
    return text


def render_heads(pages: Sequence[PageView], failed: Sequence[str], lang: str) -> str:
    """The heads of pages for a notebook: verdict, what to do, the networks; lines that failed.

    No script, and no style for what is around. What is copied stands in a single one only.

    Raises:
        UsageError: a package is missing.
    """
    require_html()
    template = _environment().get_template('heads.html')
    todo = label('html-todo', lang)
    return str(template.render(pages=pages, failed=failed, lang=lang, todo=todo))


def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals['kind'] = lambda block: type(block).__name__
    environment.globals['look'] = _look
    environment.filters['cell'] = as_cell
    environment.filters['unmarked'] = _unmarked
    return environment


def _look(line: str, language: str) -> str:
    """How a line that is copied looks: commands are wrapped, those of a diff have a ground."""
    if language != 'diff':
        return 'wrap' if language == 'sh' else ''
    if line[:3] in ('+++', '---') or line[:1] == '@':
        return 'dim'
    return {'+': 'added', '-': 'removed'}.get(line[:1], '')


def _unmarked(text: str) -> str:
    """A line without the mark that a page shows as colour: '[OK] ...'."""
    # The marks of messages/words/compare.py.
    mark, closing, rest = text.strip().partition('] ')
    return rest if closing and mark in ('[OK', '[×', '[~') else text.strip()


def _shown(value: Any) -> Any:
    """A text of a file as it can be shown; markup is the page's own."""
    if isinstance(value, str) and not hasattr(value, '__html__') and not value.isprintable():
        return clean(value)
    return value


def _colours() -> str:
    named = {**COLOURS, **{f'r{number}': colour for number, colour in enumerate(ROLES)}}
    return ''.join(f'.s-{name}{{--state:{colour}}}' for name, colour in named.items())


def _island(tables: List[Keys], lang: str) -> str:
    """Words and single keys for the script; nothing in it can end the element it stands in."""
    document: Dict[str, Any] = {
        'words': {key[5:]: label(key, lang, count='{count}') for key in WORDS},
        'tables': [
            [[[clean(cell) for cell in key] for key in row.keys] for row in table.rows]
            for table in tables
        ],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(',', ':'))
    return text.replace('&', '\\u0026').replace('<', '\\u003c').replace('>', '\\u003e')
