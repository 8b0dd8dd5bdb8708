"""BasicSR's YAML loader, without its power to run what the file names; its faults, told.

Source: basicsr 1.4.2 utils/options.py `ordered_yaml`: the full loader, mappings built by
`construct_pairs` (so `<<` merge keys fail and a later key silently wins over an earlier one). It is
the C version wherever that is built: libyaml src/scanner.c `yaml_parser_scan_to_next_token` takes
tabs between words for spaces, yaml/scanner.py (6.0) does not.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple, cast

import yaml

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.records.plans import Duplicate

# Ceilings of the option reader. Each one has a name, a value, a unit and a reason.

# {name: (value, unit, reason)}. PyYAML takes 50 microseconds and 1 KiB for a value.
CEILINGS: Dict[str, Tuple[int, str, str]] = {
    'file_bytes': (1 << 20, 'bytes', 'a training YAML has 2 to 20 kB'),
    'nodes': (20_000, 'values', 'keys and values; a training YAML has 100 to 400'),
    'unfolded_nodes': (50_000, 'values', 'an alias counts each time it is used'),
    'depth': (64, 'levels', 'a training YAML has 5'),
    'scalar_length': (16_384, 'characters', 'one value; paths have up to 4,096'),
}


class TooMuch(Exception):
    """A ceiling was reached.

    Attributes:
        ceiling, value, unit: which one.
        found: what the file has, or had when the reader gave up.
    """

    def __init__(self, ceiling: str, value: int, unit: str, found: int) -> None:
        super().__init__(ceiling, value, unit, found)
        self.ceiling, self.value, self.unit, self.found = ceiling, value, unit, found


def check_ceiling(ceiling: str, found: int) -> None:
    """Raise TooMuch where a ceiling is reached."""
    value, unit, _ = CEILINGS[ceiling]
    if found > value:
        raise TooMuch(ceiling, value, unit, found)


# Ways to repair one line of a YAML, each with the mistake that it mends.
#
# Every proposal is tried by the caller on the whole text; nothing here decides.

KEY = r'^(\s*(?:- )?)([\w.-]+)'
INDENT = 2
# Signs that an input method for Chinese leaves switched on writes in the place of those of YAML.
WIDE = {
    '：': ': ', '，': ', ', '“': '"', '”': '"', '‘': "'", '’': "'",
    '【': '[', '】': ']', '\u3000': ' ',
}  # fmt: skip


class Repair(NamedTuple):
    """A line as it may have been meant.

    Attributes:
        mistake: 'tab', 'space', 'wide', 'colon', 'backslash', 'bracket', 'quote' or 'indent'.
        line: the whole line, repaired.
    """

    mistake: str
    line: str


def repairs(lines: List[str], index: int) -> Iterator[Repair]:
    """Proposals for the line at `index` (0-based), the most telling first."""
    line = lines[index]
    body = line.lstrip(' \t')
    indent = line[: len(line) - len(body)]
    # One mistake a proposal: a tab in the indentation hides whatever else is wrong.
    if '\t' in indent:
        yield from (Repair('tab', ' ' * width + body) for width in _indents(lines, index))
        return
    if visible(line) != line:
        yield from (Repair('space', written) for written in spaced(lines, index))
        return
    if any(sign in line for sign in WIDE):
        yield Repair('wide', _narrow(line))
    glued = re.match(KEY + r':(?=[^\s:])(?!//)(.*)$', line)
    if glued:
        yield Repair('colon', f'{glued.group(1)}{glued.group(2)}: {glued.group(3)}')
    yield from _quoted(line)
    yield from (Repair('indent', ' ' * width + body) for width in _indents(lines, index))


def spaced(lines: List[str], index: int) -> List[str]:
    """The line at `index` with spaces only, the likeliest first: its indentation may be another."""
    line, plain = lines[index], visible(lines[index])
    body = plain.lstrip(' ')
    width = len(plain) - len(body)
    if line[:width] == plain[:width]:
        return [plain]
    widths = sorted(_indents(lines, index), key=lambda one: one != width)
    return [' ' * one + body for one in widths]


def visible(text: str) -> str:
    """The text with spaces for those of other kinds, and without what has no width.

    YAML takes a non-breaking space, which web pages and word processors write, for a letter.
    """
    kinds = {sign: unicodedata.category(sign) for sign in set(text)}
    for sign, kind in kinds.items():
        if sign not in WIDE and kind in ('Zs', 'Cf'):
            text = text.replace(sign, ' ' if kind == 'Zs' else '')
    return text


def _narrow(line: str) -> str:
    for sign, narrow in WIDE.items():
        line = line.replace(sign, narrow)
    return line.replace(':  ', ': ')


def _quoted(line: str) -> Iterator[Repair]:
    match = re.match(KEY + r':\s+(.*?)(\s+#.*)?\s*$', line)
    if match is None or not match.group(3):
        return
    head, value, comment = line[: match.start(3)], match.group(3), match.group(4) or ''
    bare = value.strip('"\'')
    missing = _open_brackets(value)
    if missing:
        yield Repair('bracket', f'{head}{value}{missing}{comment}')
    if value.startswith('"') and '\\' in value:
        yield Repair('backslash', f"{head}'{bare}'{comment}")
    elif "'" not in bare:
        yield Repair('quote', f"{head}'{bare}'{comment}")
    else:
        escaped = bare.replace('\\', '\\\\').replace('"', '\\"')
        yield Repair('quote', f'{head}"{escaped}"{comment}')


def _open_brackets(value: str) -> str:
    """The brackets that close what a list or mapping in one line opens; '' where none are open."""
    if value[0] not in '[{':
        return ''
    pairs = {'[': ']', '{': '}'}
    waiting: List[str] = []
    for sign in value:
        if sign in pairs:
            waiting.append(pairs[sign])
        elif waiting and sign == waiting[-1]:
            waiting.pop()
    return ''.join(reversed(waiting))


def _indents(lines: List[str], index: int) -> List[int]:
    """Indentations of the lines above, the nearest first; one level more below a section."""
    found: List[int] = []
    for line in reversed(lines[:index]):
        body = line.lstrip(' ')
        if body.strip() and not body.startswith(('#', '\t')):
            width = len(line) - len(body)
            opens = not found and body.rstrip().endswith(':')  # a section without content yet
            found += [width + INDENT, width] if opens else [width]
    return list(dict.fromkeys(found)) or [0]


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
    lambda loader, node: tuple(loader.construct_sequence(cast(Any, node), deep=True)),
)
MergingYamlLoader.add_constructor(
    'tag:yaml.org,2002:map',
    lambda loader, node: dict(loader.construct_mapping(cast(Any, node), deep=True)),
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


def locate(node: yaml.Node) -> Tuple[Dict[str, int], List[Duplicate]]:
    """Return ({dotted key: 1-based line}, what is written twice), of a node without faults."""
    return _located(node, '', _aliased(node))


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


# What is wrong with a YAML that cannot be parsed: the line, the mistake, the line corrected.

LINE_END = re.compile('\r\n|[\r\n\x85\u2028\u2029]')  # as YAML counts lines
SHOWN_CHARACTERS = 120
TRIED_LINES = 8  # each trial parses the whole text
PYTHON_TAG = 'tag:yaml.org,2002:python/'


def syntax_error(error: yaml.MarkedYAMLError, text: str, path: str) -> OptionError:
    """The error to raise for a YAML that its parser refused.

    A corrected line is named only where it was tried: with it the text parses, or at least further.
    """
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    known = _known(error)
    if known is not None:
        what, advice = known
        # A second document begins with a line of its own: no column says more.
        column = 0 if what.code == 'yaml-documents' else column
        return OptionError(what, path, line, column, advice=advice)
    lines = LINE_END.split(text.lstrip('\ufeff'))
    found = _mended(lines, error)
    if found is not None:
        index, repair = found
        what = phrase(f'yaml-{repair.mistake}', found=_shown(lines[index]))
        advice = phrase('yaml-write', corrected=_shown(repair.line))
        return OptionError(what, path, index + 1, column if index + 1 == line else 1, advice=advice)
    shown = _shown(lines[line - 1]) if 0 < line <= len(lines) else ''
    reason = ' '.join(part for part in (error.context, str(error.problem)) if part)
    return OptionError(phrase('yaml-syntax', reason=reason, found=shown), path, line, column)


def _known(error: yaml.MarkedYAMLError) -> Optional[Tuple[Phrase, Phrase]]:
    """(what is wrong, what to do) of a mistake that no other line would mend."""
    problem = str(error.problem)
    if MERGE_TAG in problem:
        return phrase('yaml-merge'), phrase('yaml-merge-do')
    if PYTHON_TAG in problem:
        tag = problem.split(PYTHON_TAG)[1].strip("'")
        return phrase('yaml-tag', tag=tag), phrase('yaml-tag-do')
    if error.context == 'expected a single document in the stream':
        return phrase('yaml-documents'), phrase('yaml-documents-do')
    return None


def _mended(lines: List[str], error: yaml.MarkedYAMLError) -> Optional[Tuple[int, Repair]]:
    """(0-based line, its repair) that the parser gets further with; None where none is known."""
    odd = _with_invisible(lines)
    found = _repaired(lines, error, odd[:TRIED_LINES])
    if found is None and odd:  # where all lines have them, none alone mends it
        return odd[0], Repair('space', spaced(lines, odd[0])[0])
    return found


def invisible_in_name(key: yaml.Node, path: str, text: str) -> OptionError:
    """The error to raise for the name of an option with a space that is none for YAML."""
    lines, index = LINE_END.split(text), key.start_mark.line
    what = phrase('yaml-space', found=_shown(lines[index]))
    advice = phrase('yaml-write', corrected=_shown(spaced(lines, index)[0]))
    return OptionError(what, path, index + 1, key.start_mark.column + 1, advice=advice)


def too_much(error: TooMuch, path: str) -> OptionError:
    """The error to raise for a YAML that goes beyond a ceiling."""
    unit = Phrase(error.unit, f'unit-{error.unit}')
    what = phrase(
        'limit', ceiling=error.ceiling, value=error.value, unit=unit, found=error.found
    )  # fmt: skip
    return OptionError(what, path, advice=phrase('do-limit-yaml'))


def _repaired(
    lines: List[str], error: yaml.MarkedYAMLError, odd: List[int]
) -> Optional[Tuple[int, Repair]]:
    """The first proposal with which the parser gets through, else the first that gets further."""
    stopped = _line(error.problem_mark, len(lines))
    further: Optional[Tuple[int, Repair]] = None
    # Invisible signs first: the parser stops far from them, with words about something else.
    for index in dict.fromkeys([*odd, *_suspects(lines, error)]):
        for repair in repairs(lines, index):
            if repair.line == lines[index]:
                continue
            reached = _reached([*lines[:index], repair.line, *lines[index + 1 :]])
            if reached is None:
                return index, repair
            # They are told by themselves: the next line with one stops the parser again.
            if reached > stopped and further is None and repair.mistake in ('tab', 'space'):
                further = index, repair
    return further


def _with_invisible(lines: List[str]) -> List[int]:
    """Lines with signs as in `visible`, comments apart."""
    return [
        index
        for index, line in enumerate(lines)
        if visible(line) != line and not line.lstrip().startswith('#')
    ]


def _suspects(lines: List[str], error: yaml.MarkedYAMLError) -> Iterator[int]:
    """Lines that may hold the mistake: where the parser began, where it stopped, and above."""
    marks = (error.problem_mark, error.context_mark)
    named = [_line(mark, len(lines)) for mark in marks if mark is not None]
    above = [index for index in (named[0] - 1,) if index >= 0] if named else []
    yield from (index for index in dict.fromkeys(named + above) if index < len(lines))


def _line(mark: Optional[yaml.Mark], count: int) -> int:
    return min(mark.line, max(count - 1, 0)) if mark is not None else 0


def _reached(lines: List[str]) -> Optional[int]:
    """The line at which the parser stops now, None where it gets through."""
    try:
        compose('\n'.join(lines) + '\n')
    except yaml.MarkedYAMLError as error:
        return _line(error.problem_mark, len(lines))
    except (yaml.YAMLError, TooMuch, ValueError, RecursionError):
        return 0
    return None


def _shown(line: str) -> str:
    return line.rstrip()[:SHOWN_CHARACTERS]
