"""Pickles that run code in a reader that calls what it reads, and bombs. `{sentinel}` is made.

Every payload of `CODE` is real: a test lets Python's own pickle run it and finds the sentinel.
"""

from __future__ import annotations

import pickle
import struct
from typing import Callable, Dict

NEST = 1_500_000  # as many steps as half the ceiling


def _text(value: str) -> bytes:
    raw = value.encode()
    return b'X' + struct.pack('<I', len(raw)) + raw


def _call(module: str, name: str, *arguments: bytes) -> bytes:
    return b'c' + f'{module}\n{name}\n'.encode() + b'(' + b''.join(arguments) + b'tR'


def code_payloads(sentinel: str) -> Dict[str, bytes]:
    """{name: pickle that makes the file `sentinel`}."""
    touch = _text(f'touch {sentinel}')
    python = f"open({sentinel!r}, 'w').close()"
    reduce_os = b'\x80\x02' + _call('os', 'system', touch) + b'.'
    inner = pickle.dumps(pickle.loads(b'\x80\x02' + b'C' + bytes([1]) + b'x.'))  # a plain value
    assert inner
    return {
        'os.system': reduce_os,
        'posix.system': b'\x80\x02' + _call('posix', 'system', touch) + b'.',
        'builtins.exec': b'\x80\x02' + _call('builtins', 'exec', _text(python)) + b'.',
        'builtins.eval': b'\x80\x02' + _call('builtins', 'eval', _text(python)) + b'.',
        '__builtin__.eval, protocol 0': f'c__builtin__\neval\n(V{python}\ntR.'.encode(),
        'builtins.getattr': b'\x80\x02'
        + _call('builtins', 'getattr', b'cos\nsystem\n', _text('__call__'))
        + b'('
        + touch
        + b'tR.',
        'subprocess.call': b'\x80\x02'
        + _call('subprocess', 'call', b'(' + _text('touch') + _text(sentinel) + b'l')
        + b'.',
        'nested reduce': b'\x80\x02'
        + _call('builtins', 'list', _call('builtins', 'map', b'cos\nsystem\n', b'(' + touch + b'l'))
        + b'.',
        'pickle in a pickle': b'\x80\x03'
        + _call('pickle', 'loads', b'B' + struct.pack('<I', len(reduce_os)) + reduce_os)
        + b'.',
        'INST': b'(' + touch + b'ios\nsystem\n.',
        'OBJ': b'(cos\nsystem\n' + touch + b'o.',
        'STACK_GLOBAL': b'\x80\x04' + _text('os') + _text('system') + b'\x93(' + touch + b'tR.',
        'dotted name': b'\x80\x04'
        + _text('shutil')
        + _text('os.system')
        + b'\x93('
        + touch
        + b'tR.',
        'NEWOBJ_EX of a process': b'\x80\x04'
        + b'csubprocess\nPopen\n)}\x92'  # made without arguments ...
        + b'0'
        + _call('os', 'system', touch)
        + b'.',
        'BUILD with __setstate__': b'\x80\x02'
        + _call('types', 'SimpleNamespace')
        + b'}'
        + _text('__setstate__')
        + b'cos\nsystem\nsb'
        + touch
        + b'b.',
        'hidden behind weights': b'\x80\x02}'
        + _text('params')
        + b'}s'
        + b'0'
        + _call('os', 'system', touch)
        + b'.',
        'damaged behind the call': reduce_os[:-1] + b'\xff\xff\xff',
        'runpy': b'\x80\x02' + _call('runpy', 'run_path', _text(sentinel + '.py')) + b'.',
    }


def quiet_payloads() -> Dict[str, bytes]:
    """Pickles that would download, connect or load, and are not run in any test."""
    return {
        'torch.hub': b'\x80\x02' + _call('torch.hub', 'load', _text('a/b'), _text('m')) + b'.',
        'torch.load of another file': b'\x80\x02'
        + _call('torch', 'load', _text('/etc/passwd'))
        + b'.',
        '_load_from_bytes': b'\x80\x03'
        + _call('torch.storage', '_load_from_bytes', b'C\x01x')
        + b'.',
        'webbrowser': b'\x80\x02' + _call('webbrowser', 'open', _text('http://127.0.0.1')) + b'.',
        'ctypes': b'\x80\x02' + _call('ctypes', 'CDLL', _text('libc.so.6')) + b'.',
    }


def shape_payloads() -> Dict[str, bytes]:
    """Odd uses of the format that must end in an error or in a header, and in nothing else."""
    return {
        'EXT1': b'\x80\x02\x82\x01.',
        'EXT4': b'\x80\x02\x84\x01\x00\x00\x00.',
        'state for a function': b'\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}'
        + _text('__defaults__')
        + b'(tsb.',
        'slots for a function': b'\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(}}'
        + _text('__defaults__')
        + b'(tstb.',
        'planted items': b'\x80\x02ccollections\nOrderedDict\n)R}' + _text('items') + b'K\x01sb.',
        'class of an OrderedDict': b'\x80\x02ccollections\nOrderedDict\n)R(}}'
        + _text('__class__')
        + b'cos\nPathLike\nstb.',
        'persistent id is a text': b'Pabc\n.',
        'persistent id is a number': b'\x80\x02K\x01Q.',
        'persistent id is empty': b'\x80\x02)Q.',
        'persistent id is short': b'\x80\x02' + _text('storage') + b'\x85Q.',
        'persistent id is a module': b'\x80\x02' + _text('module') + b'K\x01\x86Q.',
        'persistent id without a type': b'\x80\x02('
        + _text('storage')
        + b'K\x01K\x01K\x01K\x01tQ.',
        'negative count': b'\x80\x02('
        + _text('storage')
        + b'ctorch\nFloatStorage\n'
        + _text('0')
        + _text('cpu')
        + b'J\xff\xff\xff\xfftQ.',
        'stack runs empty': b'\x80\x02RRRR.',
        'marks run out': b'\x80\x02ttt.',
        'memo of nothing': b'\x80\x02h\x07.',
        'no end': b'\x80\x02' + b'K\x01' * 100,
        'unknown step': b'\x80\x02\xfe.',
        'buffers from outside': b'\x80\x05\x97.',
        'list as a key': b'\x80\x02}]K\x01s.',
        'lone surrogate': b'\x80\x02}X\x03\x00\x00\x00\xed\xa0\x80K\x01s.',
        'a dict that holds itself': b'\x80\x02}q\x00' + _text('a') + b'h\x00s.',
        'a list that holds itself': b'\x80\x02]q\x00h\x00a.',
        'a tuple that holds itself': b'\x80\x02]q\x00h\x00\x85a.',
    }


def bombs() -> Dict[str, Callable[[], bytes]]:
    """Small files that ask for gigabytes, years or a deep stack."""
    return {
        'nested lists': lambda: b'\x80\x02' + b']' * NEST + b'a' * (NEST - 1) + b'.',
        'nested tuples': lambda: b'\x80\x02)' + b'\x85' * NEST + b'.',
        'nested dicts': lambda: b'\x80\x02' + b'}K\x00' * 400_000 + b'}' + b's' * 400_000 + b'.',
        'marks': lambda: b'\x80\x02' + b'(' * (2 * NEST) + b'.',
        'sets': lambda: b'\x80\x04' + b'\x8f' * (2 * NEST) + b'.',
        'lists': lambda: b'\x80\x02(' + b']' * (2 * NEST) + b'l.',
        'dicts of one': lambda: b'\x80\x02(' + b'}K\x00K\x00s' * 700_000 + b'l.',
        'ordered dicts': lambda: (
            b'\x80\x02ccollections\nOrderedDict\nq\x000(' + b'h\x00)R' * 900_000 + b'l.'
        ),
        'objects': lambda: b'\x80\x02cm\nC\nq\x000(' + b'h\x00)R' * 900_000 + b'l.',
        'memo in order': lambda: b'\x80\x04N' + b'\x94' * (2 * NEST) + b'.',
        'memo out of order': lambda: (
            b'\x80\x02N'
            + b''.join(b'r' + struct.pack('<I', 99 + 99 * i) for i in range(1_500_000))
            + b'.'
        ),
        'memo index': lambda: b'\x80\x02Nr\xff\xff\xff\xff.',
        'integers': lambda: b'\x80\x02(' + b'J\x00\x00\x00\x40' * 2_400_000 + b'l.',
        'floats': lambda: b'\x80\x02(' + b'G?\xf0\x00\x00\x00\x00\x00\x01' * 2_000_000 + b'l.',
        'globals': lambda: b''.join(b'cm\nC%d\n' % i for i in range(600_000)) + b'.',
        'one astral text': lambda: (
            b'\x80\x02X'
            + struct.pack('<I', 20 << 20)
            + b'a' * ((20 << 20) - 4)
            + '\U0001f600'.encode()
            + b'.'
        ),
        'astral texts': lambda: (
            b'\x80\x02('
            + (b'X\xff\x00\x00\x00' + b'a' * 251 + '\U0001f600'.encode()) * 80_000
            + b'l.'
        ),
        'LONG4 of megabytes': lambda: (
            b'\x80\x02\x8b' + struct.pack('<i', 8 << 20) + b'\x7f' * (8 << 20) + b'.'
        ),
        'LONG4 of less than nothing': lambda: b'\x80\x02\x8b\xff\xff\xff\xff.',
        'digits': lambda: b'I' + b'9' * (4 << 20) + b'\n.',
        'BINUNICODE8 of 16 EiB': lambda: b'\x80\x04\x8d' + b'\xff' * 8 + b'.',
        'BINBYTES8 of 8 EiB': lambda: b'\x80\x04\x8e' + b'\xff' * 7 + b'\x7f.',
        'BYTEARRAY8 of 1 TiB': lambda: b'\x80\x05\x96' + struct.pack('<Q', 1 << 40) + b'.',
        'FRAME of 8 EiB': lambda: b'\x80\x04\x95' + b'\xff' * 7 + b'\x7fN.',
        'a thousand million laughs': _laughs,
        'hash of nested tuples': _hash_bomb,
        'set of nested tuples': lambda: _hash_bomb(b'\x8f(', b'\x90'),
        'name of nested tuples': _name_bomb,
        'integers that collide': _collisions,
        'an OrderedDict over and over': lambda: (
            b'\x80\x02ccollections\nOrderedDict\nq\x000('
            + b'K\x01K\x02\x86' * 100_000
            + b'lq\x01\x85q\x020('
            + b'h\x00h\x02R' * 100_000
            + b'l.'
        ),
        'Size of bytes': lambda: (
            b'\x80\x03ctorch\nSize\nB'
            + struct.pack('<I', 16 << 20)
            + b'\0' * (16 << 20)
            + b'\x85R.'
        ),
        'metadata over and over': _metadata,
        'shape of 100,000 dimensions': lambda: _long_shape(100_000),
        'names without end': _names,
        'long key': lambda: (
            b'\x80\x02}X' + struct.pack('<I', 8 << 20) + b'k' * (8 << 20) + b'K\x01s.'
        ),
        **_beside_tensors(),
    }


def _beside_tensors() -> Dict[str, Callable[[], bytes]]:
    """The same, with a tensor: what holds one is read whole."""
    return {
        'tensor below a million lists': lambda: (
            b'\x80\x02' + b'](' * 500_000 + TENSOR + b'e' * 500_000 + b'.'
        ),
        'tensor below 700 lists': lambda: (
            b'\x80\x02' + b']' * 700 + TENSOR + b'a' * 700 + b'.'
        ),
        'laughs about a tensor': lambda: _laughs(TENSOR),
        'lists that all hold each other': _everyone,
        'chain of lists against its order': _chain,
        'tensor beside a million lists': lambda: (
            b'\x80\x02](' + TENSOR + b']K\x01a' * 600_000 + b'e.'
        ),
        'numbers in one list': lambda: (
            b'\x80\x02]' + (b'(' + b'G\x3f\xf0\0\0\0\0\0\0' * 1000 + b'e') * 2_600 + b'.'
        ),
        'numbers that end nowhere': lambda: (
            b'\x80\x02]q\x00' + (b'(' + b'K\x01' * 1000 + b'e') * 101
            + (b'h\x00(' + b'K\x01' * 2500 + b'0') * 400 + b'.'
        ),
        'sparse tensor of 2**62 elements': lambda: (
            b'\x80\x02ctorch._utils\n_rebuild_sparse_tensor\nctorch.serialization\n_get_layout\n'
            + _text('torch.sparse_coo') + b'\x85R(' + TENSOR * 2
            + b'\x8a\x08' + (1 << 62).to_bytes(8, 'little') + b'\x85\x88t\x86R.'
        ),
    }  # fmt: skip


# On meta, so that no storage has to be there.
TENSOR = (
    b'ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\nK\x04\x85K\x01\x85\x89tR'
)


def _everyone() -> bytes:
    """Twelve lists, each of which holds a tensor and the eleven others: 12! ways through them."""
    made = b''.join(b']q' + bytes([i]) + TENSOR + b'a0' for i in range(12))
    others = (b'h%c(' % i + b''.join(b'h%c' % j for j in range(12)) + b'e0' for i in range(12))
    return b'\x80\x02' + made + b''.join(others) + b'h\x00.'


def _chain() -> bytes:
    """Lists that are met first by the outermost one, while each is held by the one behind it."""
    count = 40_000
    places = [b'r' + struct.pack('<I', i) for i in range(count)]
    made = b''.join(b']' + place + b'0' for place in places)
    got = [b'j' + struct.pack('<I', i) for i in range(count)]
    held = b''.join(one + other + b'a0' for one, other in zip(got[1:], got))
    return b'\x80\x02' + made + held + got[0] + TENSOR + b'a0(' + b''.join(got) + b'l.'


def _laughs(within: bytes = b'') -> bytes:
    """Ten lists, each of ten times the one before."""
    steps = [b'\x80\x02]q\x00' + (within + b'a' if within else b'') + b'0']
    for level in range(1, 10):
        before = b'h' + bytes([level - 1])
        steps.append(b'(' + before * 10 + b'lq' + bytes([level]) + b'0')
    return b''.join(steps) + b'h\x09.'


def _hash_bomb(before: bytes = b'}', after: bytes = b'K\x01s') -> bytes:
    """A pair of pairs of pairs ... as a key: 2**60 hashes."""
    pairs = b''.join(b'h%ch%c\x86q%c0' % (i, i, i + 1) for i in range(60))
    return b'\x80\x04)q\x000' + pairs + before + b'h\x3c' + after + b'.'


def _name_bomb() -> bytes:
    """The same as the name of a storage: 2**60 characters."""
    pairs = b''.join(b'h%ch%c\x86q%c0' % (i, i, i + 1) for i in range(60))
    storage = b'(' + _text('storage') + b'ctorch\nFloatStorage\nh\x3ch\x3cK\x01tQ'
    return b'\x80\x02)q\x000' + pairs + storage + b'.'


def _collisions() -> bytes:
    """Multiples of 2**61 - 1 have one hash in CPython."""
    prime = (1 << 61) - 1
    keys = b''.join(
        b'\x8a\x10' + (prime * i).to_bytes(16, 'little') + b'N' for i in range(1, 400_000)
    )
    return b'\x80\x02}(' + keys + b'u.'


def _metadata() -> bytes:
    """One _metadata of 50,000 entries, shared by 50,000 dicts."""
    entries = b''.join(b'X\x05\x00\x00\x00%05dN' % i for i in range(50_000))
    state = b'}' + _text('_metadata') + b'}(' + entries + b'usq\x010'
    return (
        b'\x80\x02ccollections\nOrderedDict\nq\x000'
        + state
        + b'('
        + b'h\x00)Rh\x01b' * 50_000
        + b'l.'
    )


def _long_shape(dimensions: int) -> bytes:
    shape = b'(' + (b'\x8a\x08' + b'\xff' * 7 + b'\x7f') * dimensions + b't'
    storage = (
        b'(' + _text('storage') + b'ctorch\nFloatStorage\n' + _text('0') + _text('cpu') + b'K\x04tQ'
    )
    call = b'ctorch._utils\n_rebuild_tensor_v2\n(' + storage + b'K\x00' + shape + shape
    return b'\x80\x02}' + _text('w') + call + b'\x89NtRs.'


def _names() -> bytes:
    """60 mappings in each other below names of 900 characters, the innermost with 20,000 more."""
    name = _text('n' * 900) + b'q\x000'
    inner = b'}(' + b''.join(_text(str(i)) + b'}' for i in range(20_000)) + b'u'
    return b'\x80\x02' + name + b'}h\x00' * 60 + inner + b's' * 60 + b'.'
