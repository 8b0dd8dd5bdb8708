"""Hook of mkdocs: a page that ends in _CN says that it is Chinese, for browsers and screen readers."""

from __future__ import annotations

from typing import Any


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The page with the right `lang`."""
    if page.file.src_uri.endswith('_CN.md'):
        return output.replace('<html lang="en"', '<html lang="zh-Hans"', 1)
    return output
