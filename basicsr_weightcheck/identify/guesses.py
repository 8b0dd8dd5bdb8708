"""Options that could explain a difference, and the values of one that a source compares with.

A guess is worth nothing until the network was built with it: whoever asks has to try them.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from fractions import Fraction
from math import isqrt
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Set, Tuple

from basicsr_weightcheck.identify.architectures.layers import block_counts
from basicsr_weightcheck.records.names import Shape, Shapes

SCALES = (2, 4, 3, 8, 1)
SCALE_NAMES = ('upscale', 'scale', 'upscale_factor', 'upsampling', 'sf')
KERNEL = 2  # dimensions of a convolution's weight before those of its kernel
KERNEL_NAMES = re.compile(r'kernel|ksize|(^|_)k(s|$)', re.IGNORECASE)
UP = re.compile(r'(^|\.)\w*up\w*\d*\.')  # a module of an upsampling head: 'upsample.2.', 'upconv1.'
COUNTS = re.compile(r'(block|layer|depth|conv|group|stage|blk|num)s?(_num)?$')
LISTED_RATIOS = 3  # the most frequent ones
LARGEST = 16  # times the network's own width: what a file claims is built, perhaps for real
MAX_LAYERS = 100  # a list of options is at most as long

Proposal = Tuple[str, Any]


def guess_options(
    section: Mapping[str, Any], expected: Shapes, found: Shapes
) -> Tuple[Proposal, ...]:
    """(option, value to try), the likely first, each once.

    Args:
        section: the options that the network was built with, defaults included.
        expected: {key: shape} of the network.
        found: {key: shape} of the file.
    """
    guesses: List[Proposal] = []
    for kind in (_counts, _windows, _kernels, _widths, _scales, _switches):
        for guess in kind(section, expected, found):
            if guess not in guesses and section.get(guess[0]) != guess[1]:
                guesses.append(guess)
    return tuple(guesses)


def _counts(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """Numbers of blocks: 'layers.{0..5}' in the file, 'layers.{0..3}' in the network."""
    ours, theirs = block_counts(expected), block_counts(found)
    for prefix, count in ours.items():
        other = theirs.get(prefix, 0)
        if other != count and 0 < other <= len(found):  # each block has a key at least
            yield from ((name, other) for name, v in _integers(section) if v == count)
            yield from _resized_lists(section, count, other)
    yield from _shifted_counts(section, ours, theirs, len(found))
    yield from _listed_counts(section, ours, theirs)


def _listed_counts(
    section: Mapping[str, Any], ours: Mapping[str, int], theirs: Mapping[str, int]
) -> Iterator[Proposal]:
    """Lists with the number of blocks of each layer."""
    forms = {re.sub(r'\d+', '#', prefix) for prefix in ours}
    for name, value in _lists(section):
        for form in forms:
            if form.count('#') == 1 and _by_layer(ours, form) == value:
                other = _by_layer(theirs, form)
                if other and other != value:
                    yield name, other


def _shifted_counts(
    section: Mapping[str, Any], ours: Mapping[str, int], theirs: Mapping[str, int], limit: int
) -> Iterator[Proposal]:
    """Options that count something, where a list has a head and a tail beside the blocks, or two
    entries for each.
    """
    steps = {theirs[prefix] - n for prefix, n in ours.items() if theirs.get(prefix)} - {0}
    counting = [(name, value) for name, value in _integers(section) if COUNTS.search(name)]
    for step in sorted(steps, key=abs)[:LISTED_RATIOS]:
        shifts = [step] if step % 2 else [step, step // 2]
        yield from (
            (n, v + shift) for shift in shifts for n, v in counting if 0 < v + shift <= limit
        )


def _by_layer(counts: Mapping[str, int], form: str) -> List[int]:
    """Counts of the prefixes of one form, by their number."""
    listed = [counts.get(form.replace('#', str(n)), 0) for n in range(MAX_LAYERS)]
    return [count for count in listed if count]


def _resized_lists(section: Mapping[str, Any], count: int, other: int) -> Iterator[Proposal]:
    """A list with one value for each layer, where the values are all equal."""
    for name, value in _lists(section):
        if len(value) == count and len(set(value)) == 1 and other <= MAX_LAYERS:
            yield name, value[:1] * other


def _widths(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """One number that recurs: every mismatched size is the same multiple of the network's."""
    pairs = Counter(_resized_axes(expected, found))
    for (own, other), _ in pairs.most_common(LISTED_RATIOS):
        yield from _replaced(section, own, other)
    ratios = Counter(Fraction(other, own) for own, other in pairs.elements())
    for ratio, _ in ratios.most_common(LISTED_RATIOS):
        yield from _scaled(section, ratio, {own for own, _ in pairs})


def _scaled(section: Mapping[str, Any], ratio: Fraction, sizes: Set[int]) -> Iterator[Proposal]:
    """Whole multiples of the numbers that divide one of the sizes, and of all lists."""
    for name, value in _integers(section):
        if value > 1 and not (value * ratio) % 1 and any(own % value == 0 for own in sizes):
            yield name, int(value * ratio)
    for name, values in _lists(section):
        resized = [value * ratio for value in values]
        if not any(value % 1 for value in resized):
            yield name, list(map(int, resized))


def _kernels(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """Sizes of kernels, where a convolution differs in nothing else."""
    sizes: Dict[Tuple[int, int], None] = {}
    for key, shape in expected.items():
        other = found.get(key, shape)
        if len(shape) > KERNEL and shape[:KERNEL] == other[:KERNEL]:
            sizes.update(dict.fromkeys(_resized_axes({key: shape}, found)))
    named = {name: value for name, value in section.items() if KERNEL_NAMES.search(name)}
    for own, other_size in list(sizes)[:LISTED_RATIOS]:
        yield from _replaced(named, own, other_size)


def _windows(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """Sides of windows, of which the tables of an attention hold the squares.

    Tables of positions are (2 * side - 1)**2 high, masks (windows of an image, tokens, tokens).

    Source: basicsr 1.4.2 archs/swinir_arch.py `WindowAttention`, `calculate_mask`;
    HVision-NKU/SRFormer archs/srformer_arch.py.
    """
    pairs = Counter(_square_roots(_resized_axes(expected, found)))
    sides = [pair for pair, _ in pairs.most_common(LISTED_RATIOS)]
    resized = [(shape, found.get(key, shape)) for key, shape in expected.items()]
    counts = [(a[0], b[0]) for a, b in resized if a != b and len(a) == len(b) > 0]
    windows = [guess for own, other in sides for guess in _replaced(section, own, other)]
    yield from windows[:1]
    for across, new_across in dict.fromkeys(_square_roots(counts)):
        yield from _images(section, dict(sides), across, new_across)
    yield from windows[1:]
    for own, other in sides:
        yield from _replaced(section, (own + 1) // 2, (other + 1) // 2)


def _square_roots(pairs: Iterable[Tuple[int, int]]) -> Iterator[Tuple[int, int]]:
    """(side, side) of the pairs that are two squares."""
    for pair in pairs:
        own, other = (isqrt(max(number, 0)) for number in pair)
        if (own**2, other**2) == pair:
            yield own, other


def _images(
    section: Mapping[str, Any], sides: Mapping[int, int], across: int, new_across: int
) -> Iterator[Proposal]:
    """The side of an image that is so many windows wide; its last window may be cut or padded."""
    for window in dict.fromkeys(value for _, value in _integers(section) if value > 1):
        for name, value in _integers(section):
            if value > window and across in (value // window, -(-value // window)):
                yield name, new_across * sides.get(window, window)


def _replaced(section: Mapping[str, Any], own: int, other: int) -> Iterator[Proposal]:
    """The other number in every option that has the own one, alone or in a list."""
    yield from ((name, other) for name, value in _integers(section) if value == own)
    for name, values in _lists(section):
        if own in values:
            yield name, [other if value == own else value for value in values]


def _resized_axes(expected: Shapes, found: Shapes) -> Iterator[Tuple[int, int]]:
    for key, shape in expected.items():
        other: Shape = found.get(key, shape)
        if len(other) == len(shape):
            sizes = ((a, b) for a, b in zip(shape, other) if a != b and a > 0)
            yield from ((a, b) for a, b in sizes if 0 < b <= LARGEST * a)


def _scales(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """Other scales, where the upsampling head differs."""
    differing = [k for k in {**expected, **found} if expected.get(k) != found.get(k)]
    if any(UP.search(key) for key in differing):
        for name in SCALE_NAMES:
            if isinstance(section.get(name), int):
                yield from ((name, scale) for scale in SCALES)


def _switches(section: Mapping[str, Any], expected: Shapes, found: Shapes) -> Iterator[Proposal]:
    """The other value of every option that is true or false, where whole keys differ."""
    if set(expected) != set(found):
        yield from ((n, not v) for n, v in section.items() if isinstance(v, bool))


def _integers(section: Mapping[str, Any]) -> List[Tuple[str, int]]:
    return [(n, v) for n, v in section.items() if isinstance(v, int) and not isinstance(v, bool)]


def _lists(section: Mapping[str, Any]) -> List[Tuple[str, List[int]]]:
    lists: Dict[str, Any] = {n: list(v) for n, v in section.items() if isinstance(v, (list, tuple))}
    return [(n, v) for n, v in lists.items() if v and all(isinstance(i, int) for i in v)]


# Texts that the source of a network compares with each other's place: 'MDTA', 'HTA', 'WTA'.
#
# The source is parsed and never run. Nothing is known of the options themselves: a text belongs
# to the same choice as another where one name is compared with both, or one dict has both as
# keys.

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
