"""What the installed torch loads is read as it loads it, whatever else the file holds."""

from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

torch = pytest.importorskip('torch')
from basicsr_weightcheck.checkpoint.pickles.tree import LEVELS  # noqa: E402
from basicsr_weightcheck.checkpoint.read import read_header  # noqa: E402
from basicsr_weightcheck.records.tensors import (  # noqa: E402
    RECURSIVE,
    CheckpointHeader,
    FileDict,
    Listing,
    Opaque,
    TensorSpec,
    Value,
)
from basicsr_weightcheck.rehearsal.following.replay import replay  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings('ignore')]
Row = Tuple[str, Tuple[int, ...], str]
W = {'conv.weight': torch.zeros(2, 3), 'conv.bias': torch.ones(2)}


def ring() -> Any:
    made: Dict[str, Any] = {'params': W}
    made['self'] = made
    return made


def two_rings() -> Any:
    one: List[Any] = [torch.zeros(1)]
    other = {'w': torch.zeros(2), 'one': one}
    one.append(other)
    return {'params': W, 'one': one, 'other': other}


def nested(levels: int, listed: bool = False) -> Any:
    made: Any = dict(W)
    for level in range(levels):
        made = [made] if listed else {f'l{level}': made, 'b': torch.zeros(level % 7)}
    return {'params': W, 'deep': made}


def laughs(levels: int) -> Any:
    """Without a tensor; each list is ten times the one before."""
    made: Any = [1]
    for _ in range(levels):
        made = [made] * 10
    return {'params': W, 'laughs': made}


def planted() -> Any:
    """A table with metadata, as state_dict() gives it."""
    made = OrderedDict(W)
    made._metadata = OrderedDict({'': {'version': 1}, 'conv': {'version': 2}})  # type: ignore
    return {'params': made}


LONG = 260_000
CONTENTS: Dict[str, Callable[[], Any]] = {
    'a list of numbers': lambda: {'params': W, 'losses': [0.5 + i for i in range(LONG)]},
    'a list of numbers before': lambda: {'losses': list(range(LONG)), 'params': W},
    'a million numbers': lambda: {'params': W, 'losses': [0.5 + i for i in range(1_000_000)]},
    'a tuple of numbers': lambda: {'losses': tuple(range(LONG)), 'params': W},
    'numbers by number': lambda: {'loss': {i: 0.5 + i for i in range(500_000)}, 'params': W},
    'numbers by text': lambda: {'loss': {f'i{i}': float(i) for i in range(150_000)}, 'params': W},
    'texts': lambda: {'log': [f'iter {i}' for i in range(LONG)], 'params': W},
    'pairs of numbers': lambda: {'log': [(i, i + 0.5) for i in range(150_000)], 'params': W},
    'a set': lambda: {'seen': set(range(100_000)), 'params': W},
    'a ring': ring,
    'two rings': two_rings,
    '70 levels': lambda: nested(70),
    '70 lists': lambda: nested(70, True),
    '480 levels': lambda: nested(480),
    '480 lists': lambda: nested(480, True),
    'laughs': lambda: laughs(9),
    'shared tables': lambda: {'params': W, 'params_ema': W, 'all': [W, W]},
    'numbers as keys': lambda: {'params': {0: W['conv.weight'], 1.5: W['conv.bias']}, 7: W},
    'None and bool as keys': lambda: {None: W, True: dict(W), 'x': torch.zeros(1)},
    'tuples as keys': lambda: {('a', 1): W, ('a', 2): dict(W), (('b',), None): torch.zeros(3)},
    'number and text alike': lambda: {0: W, '0': {'other': torch.zeros(4)}, 'params': W},
    'metadata': planted,
    'a tensor alone': lambda: torch.zeros(3),
    'a list of tables': lambda: [W, {'params': W}],
}


def save(path: Path, content: Any, **how: Any) -> Any:
    torch.save(content, str(path), **how)
    return torch.load(str(path), map_location='cpu', weights_only=False)


def real_tables(value: Any, name: str = '', around: Tuple[int, ...] = ()) -> Iterator[
    Tuple[str, List[Row]]
]:  # fmt: skip
    """The tables of what torch.load gave, written down anew."""
    if not isinstance(value, dict) or id(value) in around:
        return
    rows = [
        (shown(key, value), tuple(item.shape), str(item.dtype))
        for key, item in value.items()
        if isinstance(item, torch.Tensor)
    ]
    if rows:
        yield name, rows
    for key, item in value.items():
        inner = f'{name}.{shown(key, value)}' if name else shown(key, value)
        yield from real_tables(item, inner, (*around, id(value)))


def shown(key: Any, table: Any) -> str:
    if isinstance(key, str):
        return key
    return f'{key!r} ({type(key).__name__})' if repr(key) in table else repr(key)


def read_tables(header: CheckpointHeader) -> List[Tuple[str, List[Row]]]:
    return sorted(
        (name, [(spec.key, spec.shape, f'torch.{spec.dtype}') for spec in table.tensors])
        for name, table in header.tables.items()
    )


def depth(value: Value) -> int:
    below = [item for _, item in value.entries] if isinstance(value, FileDict) else []
    below += value.items if isinstance(value, Listing) else ()
    return 1 + max((depth(item) for item in below), default=0)


@pytest.mark.parametrize('legacy', [False, True])
@pytest.mark.parametrize('name', CONTENTS)
def test_tables_are_those_of_torch_load(tmp_path: Path, name: str, legacy: bool) -> None:
    recursion = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)  # for torch.save below pytest, and for the lines above
    try:
        content = CONTENTS[name]()
        real = save(tmp_path / 'w.pth', content, _use_new_zipfile_serialization=not legacy)
        expected = sorted(real_tables(real))
    finally:
        sys.setrecursionlimit(recursion)
    header = read_header(tmp_path / 'w.pth')
    assert read_tables(header) == expected
    assert depth(header.root) <= LEVELS + 3, 'nothing that walks through it sinks'


@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize('legacy', [False, True])
def test_every_protocol(tmp_path: Path, legacy: bool, protocol: int) -> None:
    content = {'params': W, 'iter': 5, 'loss': 0.5, 'name': 'x', 'big': 1 << 60, 'pair': (1, None)}
    how = {'pickle_protocol': protocol, '_use_new_zipfile_serialization': not legacy}
    try:
        real = save(tmp_path / 'w.pth', content, **how)
    except AssertionError:
        # torch itself cannot load what it writes: protocol 0 turns storages into texts.
        assert protocol == 0
        return
    assert protocol
    header = read_header(tmp_path / 'w.pth')
    assert header.container == ('torch-legacy' if legacy else 'torch-zip')
    assert read_tables(header) == sorted(real_tables(real))
    try:
        torch.load(str(tmp_path / 'w.pth'), weights_only=True)
        refused = False
    except Exception:
        refused = True
    assert (header.odd_step is not None) is refused


def same(one: Any, other: Any) -> bool:
    """Equal but for the values of tensors."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.shape == other.shape
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items())
        return len(one) == len(other) and all(same(a, b) for a, b in pairs)
    if isinstance(one, (list, tuple)):
        kinds = type(one) is type(other) and len(one) == len(other)
        return kinds and all(same(a, b) for a, b in zip(one, other))
    return bool(one == other) and type(one) is type(other)


@pytest.mark.parametrize('name', [
    'shared tables', 'numbers as keys', 'None and bool as keys', 'tuples as keys',
    'number and text alike', 'metadata', 'a list of tables',
])  # fmt: skip
def test_what_is_replayed_has_the_keys_of_the_file(tmp_path: Path, name: str) -> None:
    real = save(tmp_path / 'w.pth', CONTENTS[name]())
    assert same(real, replay(read_header(tmp_path / 'w.pth').root))


def test_a_container_that_holds_itself_is_a_leaf_there(tmp_path: Path) -> None:
    save(tmp_path / 'w.pth', ring())
    root = read_header(tmp_path / 'w.pth').root
    assert isinstance(root, FileDict) and root.get('self') == Opaque(RECURSIVE)


def test_what_is_too_long_to_be_shown_is_counted(tmp_path: Path) -> None:
    content = {'a': [0.5] * 300_000, 'b': {i: 0.5 for i in range(300_000)}, 'w': torch.zeros(1)}
    save(tmp_path / 'w.pth', content)
    root = read_header(tmp_path / 'w.pth').root
    assert isinstance(root, FileDict)
    assert root.get('a') == Opaque('list (300000)') and root.get('b') == Opaque('dict (300000)')


def test_a_tensor_behind_many_numbers_is_never_overlooked(tmp_path: Path) -> None:
    """A list of numbers that has a tensor is not shortened in silence."""
    from basicsr_weightcheck.errors import NotUnderstoodError

    save(tmp_path / 'w.pth', {'odd': [*range(300_000), {'w': torch.zeros(1)}], 'params': W})
    with pytest.raises(NotUnderstoodError, match='nodes'):
        read_header(tmp_path / 'w.pth')


def test_what_only_this_reader_gives_up_is_told_from_bombs_and_from_damage(tmp_path: Path) -> None:
    from basicsr_weightcheck.errors import (
        CorruptCheckpointError,
        LimitExceededError,
        NotUnderstoodError,
        UnsafePickleError,
    )
    from tests.hostile.containers import as_zip
    from tests.hostile.payloads import bombs, code_payloads

    path = tmp_path / 'w.pth'
    texts = [f'a line of the log of the training, iteration {i}' for i in range(600_000)]
    save(path, {'params': W, 'log': texts})
    with pytest.raises(NotUnderstoodError, match='pickle_bytes') as caught:
        read_header(path)
    assert 'torch may load' in str(caught.value)
    for name in ('hash of nested tuples', 'set of nested tuples', 'name of nested tuples',
                 'integers that collide', 'sets', 'nested lists'):  # fmt: skip
        path.write_bytes(as_zip(bombs()[name]()))
        with pytest.raises(LimitExceededError):
            read_header(path)
    path.write_bytes(as_zip(code_payloads('x')['damaged behind the call']))
    with pytest.raises(UnsafePickleError):
        read_header(path)
    path.write_bytes(as_zip(b'\x80\x02}X\x03\x00\x00\x00'))
    with pytest.raises(CorruptCheckpointError):
        read_header(path)


def test_the_classes_are_apart() -> None:
    from basicsr_weightcheck import errors

    names = ('CorruptCheckpointError', 'LimitExceededError', 'NotUnderstoodError',
             'UnsafePickleError', 'UnrecognizedFormatError')  # fmt: skip
    kinds = [getattr(errors, name) for name in names]
    assert not [a for a in kinds for b in kinds if a is not b and issubclass(a, b)]
    assert TensorSpec('w', (), 'float32')._fields[-1] == 'form'
