"""Texts that the source of a network compares with each other's place: 'MDTA', 'HTA', 'WTA'.

The source is parsed and never run. Nothing is known of the options themselves: a text belongs to
the same choice as another where one name is compared with both, or one dict has both as keys.
"""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Tuple

LARGEST_SOURCE = 1 << 20  # bytes


def other_choices(path: str, value: str) -> Tuple[str, ...]:
    """Texts that could stand in the place of `value`, in the order of the source.

    Args:
        path: file of the network's class; () where it cannot be read or parsed.
        value: of an option.
    """
    try:
        with open(path, encoding='utf-8') as file:
            source = file.read(LARGEST_SOURCE)
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return ()
    choices = [choice for choice in _choices(tree) if value in choice]
    return tuple(dict.fromkeys(text for choice in choices for text in choice if text != value))


def _choices(tree: ast.AST) -> Iterator[List[str]]:
    compared: Dict[str, List[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield _texts(*filter(None, node.keys))
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for side in sides:
                if isinstance(side, (ast.Name, ast.Attribute)):
                    compared.setdefault(ast.dump(side), []).extend(_texts(*sides))
    yield from compared.values()


def _texts(*nodes: ast.AST) -> List[str]:
    """The texts of constants, and of lists of them."""
    found: List[str] = []
    for node in nodes:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            found += _texts(*node.elts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found
