"""Hooks of mkdocs: the language of each page, and nothing that is loaded from another host."""

from __future__ import annotations

import logging
from typing import Any

# The theme's plug-in `offline` names this script for the search in pages opened from a file.
FOREIGN = 'https://unpkg.com/iframe-worker/shim'
OWN = 'assets/search_from_disk.js'
SCHEMES = {'default': ('Dark', '深色'), 'slate': ('Light', '浅色')}  # of mkdocs.yml: to the other


def on_startup(command: str, dirty: bool) -> None:
    """The splitter of Chinese sentences does not tell how long its dictionary takes."""
    import jieba

    jieba.setLogLevel(logging.WARNING)


def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> Any:
    """Search, buttons and notes around a page that ends in _CN are Chinese, too."""
    chinese = page.file.src_uri.endswith('_CN.md')
    config.theme['language'] = 'zh' if chinese else 'en'
    for palette in config.theme['palette']:
        scheme = SCHEMES[palette['scheme']]
        palette['toggle']['name'] = scheme[1] if chinese else scheme[0]
    return context


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Chinese pages say which Chinese, for browsers and screen readers."""
    if page.file.src_uri.endswith('_CN.md'):
        output = output.replace('<html lang="zh"', '<html lang="zh-Hans"', 1)
        output = output.replace('title="Permanent link"', 'title="本节的链接"')
    return output.replace(FOREIGN, OWN)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """The page for addresses that do not exist."""
    return output_content.replace(FOREIGN, OWN)
