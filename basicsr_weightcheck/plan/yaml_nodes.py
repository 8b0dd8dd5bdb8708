"""BasicSR's YAML loader, without its power to run what the file names.

Source: basicsr 1.4.2 utils/options.py `ordered_yaml`: the full loader, mappings built by
`construct_pairs` (so `<<` merge keys fail and a later key silently wins over an earlier one). It is
the C version wherever that is built: libyaml src/scanner.c `yaml_parser_scan_to_next_token` takes
tabs between words for spaces, yaml/scanner.py (6.0) does not.
"""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Set, Tuple

import yaml

from basicsr_weightcheck.plan.yaml_limits import CEILINGS, check_ceiling
from basicsr_weightcheck.plan.yaml_repairs import visible
from basicsr_weightcheck.records.plans import Duplicate

MERGE_TAG = 'tag:yaml.org,2002:merge'


class TrainingYamlLoader(yaml.SafeLoader):
    """Scalars, lists and mappings exactly as BasicSR's loader makes them; tags run nothing.

    Raises TooMuch where the text goes beyond a ceiling, before anything is made of it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._levels = 0

    def scan_to_next_token(self) -> None:
        """Skip spaces, tabs, comments and line breaks in front of the next token.

        A tab stays an error where a line may begin a key.
        """
        while True:
            super().scan_to_next_token()
            if self.peek() != '\t' or not (self.flow_level or not self.allow_simple_key):
                return
            self.forward()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node, counted."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._nodes += 1
        self._levels += 1
        length = len(event.value) if isinstance(event, yaml.ScalarEvent) else 0
        check_ceiling('nodes', self._nodes)
        check_ceiling('depth', self._levels)
        check_ceiling('scalar_length', length)
        node = super().compose_node(parent, index)
        self._levels -= 1
        return node


class MergingYamlLoader(TrainingYamlLoader):
    """The same with merge keys, as PyYAML's own safe loader makes mappings."""


TrainingYamlLoader.add_constructor(
    'tag:yaml.org,2002:map', lambda loader, node: dict(loader.construct_pairs(node, deep=True))
)
TrainingYamlLoader.add_constructor(
    'tag:yaml.org,2002:python/tuple',
    lambda loader, node: tuple(loader.construct_sequence(node, deep=True)),
)
MergingYamlLoader.add_constructor(
    'tag:yaml.org,2002:map', lambda loader, node: dict(loader.construct_mapping(node, deep=True))
)


def compose(text: str) -> yaml.Node | None:
    """The node tree of a YAML text; None for an empty one. Raises yaml.YAMLError, TooMuch."""
    loader = TrainingYamlLoader(text)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if node is not None:
        check_ceiling('unfolded_nodes', expanded_size(node))
    return node


def pairs_of(node: yaml.Node | None) -> List[Tuple[yaml.Node, yaml.Node]]:
    """(key, value) of every option of a mapping; [] of anything else."""
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def section_of(node: yaml.Node | None, sections: Sequence[str]) -> yaml.Node | None:
    """The value of a section inside of others, the later of two; None where there is none."""
    for section in sections:
        found = [value for key, value in pairs_of(node) if key.value == section]
        node = found[-1] if found else None
    return node


def construct(node: yaml.Node, merges: bool = False) -> Any:
    """The data of a node, with or without merge keys.

    Raises:
        yaml.YAMLError, ValueError: a text that its tag does not fit.
        TypeError: a key that is no hashable value.
    """
    loader = (MergingYamlLoader if merges else TrainingYamlLoader)('')
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def expanded_size(node: yaml.Node) -> int:
    """Nodes after all aliases are unfolded; linear in the size of the file."""
    known: Dict[int, int] = {}

    def size(item: yaml.Node) -> int:
        if id(item) not in known:
            known[id(item)] = CEILINGS['unfolded_nodes'][0] + 1  # a self-reference never ends
            known[id(item)] = 1 + sum(size(child) for child in _children(item))
        return known[id(item)]

    return size(node)


def nul_line(node: yaml.Node) -> int:
    """1-based line of a text with a NUL ("\\0"), which no path or name may hold; 0 without one."""
    waiting, seen = [node], set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, yaml.ScalarNode) and '\0' in item.value:
            return int(item.start_mark.line) + 1
        if id(item) not in seen:
            seen.add(id(item))
            waiting += _children(item)
    return 0


def name_with_invisible(node: yaml.Node) -> yaml.Node | None:
    """The first name of an option in a section that holds a sign as in `visible`; None without."""
    for key, value in pairs_of(node):
        if isinstance(key, yaml.ScalarNode) and not key.style and visible(key.value) != key.value:
            return key
        found = name_with_invisible(value)
        if found is not None:
            return found
    return None


def locate(node: yaml.Node, prefix: str = '') -> Tuple[Dict[str, int], List[Duplicate]]:
    """Return ({dotted key: 1-based line}, what is written twice), of a node without faults."""
    return _located(node, prefix, _aliased(node))


def _located(
    node: yaml.Node, prefix: str, aliased: Set[int]
) -> Tuple[Dict[str, int], List[Duplicate]]:
    lines: Dict[str, int] = {}
    duplicates: List[Duplicate] = []
    earlier: Dict[str, yaml.Node] = {}
    for key, value in pairs_of(node):
        name = f'{prefix}{key.value}' if isinstance(key, yaml.ScalarNode) else f'{prefix}?'
        line = key.start_mark.line + 1
        if name in lines:
            same = _written_form(earlier[name]) == _written_form(value)
            used = id(earlier[name]) in aliased
            duplicates.append(Duplicate(name, lines[name], line, same, used))
        earlier[name] = value
        # Of two sections of one name the later counts: its lines replace those of the earlier.
        inner_lines, inner_duplicates = _located(value, f'{name}.', aliased)
        lines.update(inner_lines)
        lines[name] = line
        duplicates += inner_duplicates
    return lines, duplicates


def _aliased(node: yaml.Node) -> Set[int]:
    """Nodes that stand in several places: PyYAML gives an alias the very node of its anchor."""
    waiting, seen, twice = [node], set(), set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            twice.add(id(item))
        else:
            seen.add(id(item))
            waiting += _children(item)
    return twice


def _written_form(node: yaml.Node) -> str:
    """Equal for nodes of equal values: 1, 1.0 and true are three."""
    return repr(construct(node))


def _children(node: yaml.Node) -> List[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return []
