"""Random programs of loads, and the files that they read. All of it follows from one number."""

from __future__ import annotations

import copy
import os
import random
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from basicsr_weightcheck.records.sources import FileTensor
from tests.provenance.training import make_options, write
from tests.provenance.values import Values

SHAPES: Dict[str, Tuple[int, ...]] = {
    'head.weight': (2, 2, 2, 2),
    'head.bias': (2,),
    'norm.weight': (2,),
    'norm.bias': (2,),
    'norm.running_mean': (2,),
    'norm.running_var': (2,),
    'norm.num_batches_tracked': (),
    'tail.weight': (2, 2, 1, 1),
    'tail.bias': (2,),
}
NETWORK = {'type': 'TinyNet', 'width': 2}
WEIGHTS = ('head.weight', 'tail.weight')
VECTORS = ('head.bias', 'norm.weight', 'norm.bias', 'tail.bias')
CHANGES = ('exact', 'exact', 'exact', 'missing', 'extra', 'resized', 'half', 'prefixed', 'fp16')
MOMENTS = ('settings', 'settings', 'optimizers', 'end')
DOORS = {
    'pth': ('load', 'load', 'load-safely', 'load-unsafely', 'opened'),
    'safetensors': ('load-file', 'safe-open'),
    'npz': ('numpy',),
    'bytes': ('bytes',),
}


class File(NamedTuple):
    """One file of a program.

    Attributes:
        container: 'bytes' is a .pth that is read from its bytes alone, so that its name is lost.
        tables: names in it, '' its root.
    """

    path: str
    container: str
    tables: Tuple[str, ...]


class Program(NamedTuple):
    """One training: its options, and whose its values are."""

    seed: int
    options: Dict[str, Any]
    values: Values

    def shown(self) -> str:
        """The program as text, for people who have to understand a disagreement."""
        lines = [f'seed {self.seed}, path: {self.options["path"]}']
        for moment, steps in self.options['program'].items():
            for name, arguments, caught in steps:
                text = ', '.join(f'{k}={_short(v)}' for k, v in arguments.items())
                lines.append(f'    {moment}: {name}({text}){" caught" if caught else ""}')
        return '\n'.join(lines)


def make_program(seed: int, folder: str) -> Program:
    """Write the files of one program into `folder` and return it."""
    maker = _Maker(seed, folder)
    return Program(seed, maker.options(), maker.values)


def shrink(program: Program, disagrees: Callable[[Program], List[str]]) -> Program:
    """Leave out every step without which it still disagrees."""
    steps = [(m, n) for m, listed in program.options['program'].items() for n in range(len(listed))]
    for moment, number in reversed(steps):
        smaller = copy.deepcopy(program.options)
        del smaller['program'][moment][number]
        tried = program._replace(options=smaller)
        if disagrees(tried):
            program = tried
    return program


class _Maker:
    def __init__(self, seed: int, folder: str) -> None:
        self.random = random.Random(seed)
        self.values = Values()
        self.nets = ['net_g']
        self.tables: List[str] = []
        os.makedirs(folder, exist_ok=True)
        self.files = [self._file(folder, number) for number in range(self.random.randint(1, 2))]

    # files

    def _file(self, folder: str, number: int) -> File:
        container = self.random.choice(4 * ('pth',) + ('safetensors', 'npz', 'bytes'))
        path = os.path.join(folder, f'file{number}.{container}')
        if container in ('safetensors', 'npz'):
            names: Tuple[str, ...] = ('',)
        else:
            names = self.random.choice((('params',), ('params', 'params_ema'), ('',), ('state',)))
        content = {name: self._table(path, name, container == 'bytes') for name in names}
        write(path, container, content.get('', content))
        return File(path, container, names)

    def _table(self, path: str, table: str, is_nameless: bool) -> Dict[str, Any]:
        import torch

        change, shapes = self.random.choice(CHANGES), dict(SHAPES)
        if change == 'missing':
            del shapes[self.random.choice(list(shapes))]
        elif change == 'half':
            shapes = dict(self.random.sample(sorted(shapes.items()), len(shapes) // 2))
        elif change == 'extra':
            shapes['more.weight'] = (2,)
        elif change == 'resized':
            key = self.random.choice(WEIGHTS + VECTORS)
            shapes[key] = (3, *shapes[key][1:])
        prefix = 'module.' if change == 'prefixed' else ''
        dtype = torch.float16 if change == 'fp16' else torch.float32
        found = {}
        for key, shape in shapes.items():
            name = FileTensor(path, table, prefix + key)
            whole = torch.int64 if key.endswith('tracked') else dtype
            found[prefix + key] = self.values.tensor(name, shape, whole)
            if is_nameless:
                self.values.also(name, name._replace(path=''))
        return found

    # programs

    def options(self) -> Dict[str, Any]:
        chance = self.random
        path: Dict[str, Any] = {'strict_load_g': chance.random() < 0.25, 'resume_state': None}
        by_path = [one for one in self.files if one.container != 'bytes']
        if by_path and chance.random() < 0.6:
            file = chance.choice(by_path)
            path['pretrain_network_g'] = file.path
            path['param_key_g'] = chance.choice((*file.tables * 2, 'params')) or None
        program: Dict[str, List[Any]] = {}
        moments = [chance.choice(MOMENTS) for _ in range(chance.randint(3, 10))]
        for moment in sorted(moments, key=_at):
            program.setdefault(moment, []).extend(self._steps())
        decay = chance.choice((0, 0, 0.999))
        return make_options('ProgramModel', NETWORK, path, decay, program=program)

    def _steps(self) -> List[Any]:
        """A few steps that belong together."""
        chance = self.random
        if not self.tables or chance.random() < 0.3:
            return self._read() + (self._load() if chance.random() < 0.8 else [])
        make = chance.choice(
            (self._load, self._few, self._few, self._few, self._more, self._change)
        )
        return make()

    def _read(self) -> List[Any]:
        """A table of a file, through some door."""
        chance = self.random
        file, name = chance.choice(self.files), f't{len(self.tables)}'
        self.tables.append(name)
        door, key = chance.choice(DOORS[file.container]), chance.choice(file.tables)
        read = ['read', {'into': name, 'door': door, 'path': file.path, 'key': key}, False]
        more = []
        if chance.random() < 0.3:
            more.append(['strip', {'table': name, 'text': 'module.'}, False])
        return [read, *more]

    def _load(self) -> List[Any]:
        """A table into a network."""
        chance = self.random
        kind = chance.choice(
            3 * ('load',) + 2 * ('merge',) + ('assign', 'position', 'parameters', 'network')
        )
        caught, net, table = chance.random() < 0.85, self._net(), self._name()
        if kind == 'network':
            by_path = [one for one in self.files if one.container == 'pth']
            if not by_path:
                return []
            file = chance.choice(by_path)
            arguments = {'net': net, 'path': file.path, 'strict': chance.random() < 0.5}
            arguments['key'] = chance.choice(file.tables) or None
            return [['load_network', arguments, caught]]
        arguments = {'net': net, 'table': table}
        if kind in ('load', 'assign'):
            arguments['strict'] = chance.random() < 0.5
        return [[kind, arguments, caught]]

    def _few(self) -> List[Any]:
        return [self._one() for _ in range(self.random.randint(1, 4))]

    def _one(self) -> List[Any]:
        """A step about one tensor."""
        chance = self.random
        kind = chance.choice(
            ('copy', 'data', 'setattr', 'into_dict', 'swap', 'swap_data', 'reset')
            + 2 * ('slice', 'column', 'scale', 'halve', 'cat', 'reset_slice')
        )
        key = chance.choice(WEIGHTS if kind == 'column' else WEIGHTS + VECTORS)
        net, table, other = self._net(), self._name(), self._name()
        group = WEIGHTS if key in WEIGHTS else VECTORS
        one, two = chance.sample(VECTORS, 2)
        known: Dict[str, Dict[str, Any]] = {
            'copy': {'key': key, 'table': table, 'other': chance.choice(group)},
            'slice': {'key': key, 'table': table, 'first': chance.randint(0, 1), 'last': 2},
            'column': {'key': key, 'table': table, 'column': chance.randint(0, 1)},
            'halve': {'key': key},
            'cat': {'key': key, 'table': table, 'other': other},
            'swap': {'key': one, 'other': two},
            'swap_data': {'key': one, 'other': two},
            'reset': {'key': key},
            'reset_slice': {'key': key, 'first': 1},
        }
        arguments = known.get(kind, {'key': key, 'table': table})
        return [kind, {'net': net, **arguments}, chance.random() < 0.97]

    def _more(self) -> List[Any]:
        """A step about whole networks; a new one may come of it."""
        chance, net = self.random, self._net()
        kind = chance.choice(('build', 'clone', 'share', 'average', 'freeze', 'fail', 'exit'))
        if kind in ('build', 'clone'):
            new = f'net_{len(self.nets)}'
            self.nets.append(new)
            arguments = {'net': new, 'section': 'network_g'} if kind == 'build' else {
                'net': net, 'into': new,
            }  # fmt: skip
            return [[kind, arguments, False]]
        if kind in ('share', 'average'):
            return [[kind, {'net': net, 'into': self._net()}, True]]
        if kind == 'exit':
            return [['exit', {'status': 0}, False]] if chance.random() < 0.3 else []
        if kind == 'fail':
            return [['fail', {}, chance.random() < 0.8]]
        return [['freeze', {'net': net}, False]]

    def _change(self) -> List[Any]:
        """A step about a table that was read."""
        chance, table = self.random, self._name()
        kind = chance.choice(('prefix', 'strip', 'drop', 'half', 'mix'))
        arguments: Dict[str, Any] = {
            'prefix': {'text': 'module.'},
            'strip': {'text': 'module.'},
            'drop': {'key': chance.choice(list(SHAPES))},
            'mix': {'other': self._name()},
        }.get(kind, {})
        return [[kind, {'table': table, **arguments}, True]]

    def _name(self) -> str:
        return self.random.choice(self.tables)

    def _net(self) -> Any:
        return self.random.choice(self.nets)


def _at(moment: str) -> int:
    return ('settings', 'optimizers', 'end').index(moment)


def _short(value: Any) -> str:
    return os.path.basename(value) if isinstance(value, str) and os.sep in value else repr(value)
