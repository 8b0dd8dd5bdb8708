#!/usr/bin/env python3
"""Write docs/rules.md and docs/rules_CN.md from the rules themselves.

A test fails while one of them is not what this makes. No torch is needed.

    python scripts/make_rule_docs.py
"""

from __future__ import annotations

import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
sys.path.insert(0, ROOT)

from basicsr_weightcheck.report.rules_markdown import render_rules_page  # noqa: E402 - see above
from basicsr_weightcheck.rules.catalog import RULES  # noqa: E402

PAGES = {'rules.md': 'en', 'rules_CN.md': 'zh'}


def main() -> int:
    for name, lang in PAGES.items():
        path = os.path.normpath(os.path.join(ROOT, 'docs', name))
        with open(path, 'w', encoding='utf-8', newline='\n') as file:
            file.write(render_rules_page(RULES, lang))
        print(f'written: {os.path.relpath(path)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
