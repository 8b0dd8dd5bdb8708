#!/usr/bin/env python3
"""What the package is like to read, in numbers: files, lines, imports, complexity, records.

    python scripts/measure_house.py [FOLDER OF A CHECKOUT ...]

One column for each checkout (default: this one), so that two states stand side by side. Complexity
is radon's, which counts boolean operators; depth is the longest chain of imports. Needs radon and
grimp (both are in requirements-dev.txt).
"""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

PACKAGE = 'basicsr_weightcheck'
TOO_COMPLEX = 10
SMALL = 60  # lines
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    folders = sys.argv[1:] or [str(ROOT)]
    if os.environ.get('MEASURE_ONE'):
        print(repr(measure(Path(folders[0]))))
        return 0
    columns = [_apart(folder) for folder in folders]
    for name in columns[0]:
        values = (f'{column[name]:g}' for column in columns)
        print(f'{name:42}', *(f'{value:>12}' for value in values))
    return 0


def _apart(folder: str) -> Dict[str, float]:
    """Each in a process of its own: grimp imports the package that it finds first."""
    done = subprocess.run(
        [sys.executable, __file__, os.path.abspath(folder)],
        env={**os.environ, 'MEASURE_ONE': '1', 'PYTHONPATH': os.path.abspath(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: Dict[str, float] = ast.literal_eval(done.stdout)
    return answer


def measure(folder: Path) -> Dict[str, float]:
    """{what is measured: value} of one checkout."""
    files = sorted((folder / PACKAGE).rglob('*.py'))
    texts = {file: file.read_text(encoding='utf-8') for file in files}
    trees = [ast.parse(text) for text in texts.values()]
    lines = sum(_lines(text) for text in texts.values())
    hard, functions = hard_functions(texts.values())
    records = [node for node in _classes(trees) if _is_record(node)]
    fields = sum(isinstance(line, ast.AnnAssign) for node in records for line in node.body)
    tests = sum(_lines(one.read_text(encoding='utf-8')) for one in (folder / 'tests').rglob('*.py'))
    in_folder = Counter(file.parent for file in files if file.name != '__init__.py')
    graph = _imports()
    users = Counter(imported for modules in graph.values() for imported in modules)
    small = [name for name, count in users.items() if count == 1 and _size(folder, name) < SMALL]
    return {
        'files': len(files),
        'lines': lines,
        'most files in a folder': max(in_folder.values()),
        'depth of imports': _depth(graph),
        f'imported by one, under {SMALL} lines': len(small),
        'functions': functions,
        f'of them over {TOO_COMPLEX} (radon)': hard,
        f'over {TOO_COMPLEX}, %': round(100 * hard / functions, 2),
        'record types': len(records),
        'their fields': fields,
        'comments in 100 lines': round(100 * sum(map(_comments, texts.values())) / lines, 1),
        'lines of imports, %': round(100 * sum(map(_import_lines, trees)) / lines, 1),
        'tests to code': round(tests / lines, 2),
    }


def hard_functions(texts: Iterable[str]) -> Tuple[int, int]:
    """How many functions of these modules are too complex, and how many there are."""
    from radon.complexity import cc_visit

    blocks = [block for text in texts for block in _functions(cc_visit(text))]
    return sum(block.complexity > TOO_COMPLEX for block in blocks), len(blocks)


def _lines(text: str) -> int:
    return text.count('\n')


def _comments(text: str) -> int:
    """Lines that are a comment, or end in one."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT for token in tokens)


def _functions(blocks: List[Any]) -> Iterator[Any]:
    """Functions and methods, inner ones as well; radon counts the latter in the outer one, too."""
    for block in blocks:
        if hasattr(block, 'methods'):
            continue  # a class: its methods are in the list beside it
        yield block
        yield from _functions(block.closures)


def _classes(trees: List[ast.Module]) -> Iterator[ast.ClassDef]:
    for tree in trees:
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _is_record(node: ast.ClassDef) -> bool:
    marks = [ast.unparse(one) for one in (*node.bases, *node.decorator_list)]
    return any('NamedTuple' in mark or 'dataclass' in mark for mark in marks)


def _import_lines(tree: ast.Module) -> int:
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in found)


def _imports() -> Dict[str, List[str]]:
    """{module: the modules of the package that it imports}, those inside functions as well."""
    import grimp

    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    return {name: sorted(graph.find_modules_directly_imported_by(name)) for name in graph.modules}


def _depth(graph: Dict[str, List[str]]) -> int:
    """Modules in the longest chain; a ring of imports counts once."""
    found: Dict[str, int] = {}

    def depth(name: str, above: frozenset[str]) -> int:
        if name not in found:
            below = [one for one in graph[name] if one not in above]
            found[name] = 1 + max((depth(one, above | {name}) for one in below), default=0)
        return found[name]

    return max(depth(name, frozenset()) for name in graph)


def _size(folder: Path, name: str) -> int:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    return _lines(Path(spec.origin).read_text(encoding='utf-8'))


if __name__ == '__main__':
    sys.exit(main())
