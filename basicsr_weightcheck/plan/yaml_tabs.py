"""Tabs between the words of a line: libyaml takes them for spaces, PyYAML's own scanner does not.

Source: libyaml src/scanner.c `yaml_parser_scan_to_next_token`; yaml/scanner.py (6.0), of which
BasicSR uses the C version wherever it is built.
"""

from __future__ import annotations

import yaml


class TabsBetweenWords(yaml.SafeLoader):
    """Tabs are spaces, except where a line may begin a key: there they stay an error."""

    def scan_to_next_token(self) -> None:
        """Skip spaces, tabs, comments and line breaks in front of the next token."""
        while True:
            super().scan_to_next_token()
            if self.peek() != '\t' or not (self.flow_level or not self.allow_simple_key):
                return
            self.forward()
