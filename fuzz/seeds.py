"""Small files that are right, one list for each target. Made by hand, so torch is not needed."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from typing import Dict, List

MAGIC = 0x1950A86A20F9469CFC6C
STORAGE = b'(X\x07\x00\x00\x00storageq\x01ctorch\nFloatStorage\nq\x02X\x01\x00\x00\x000q\x03' \
    b'X\x03\x00\x00\x00cpuq\x04K\x06tq\x05Q'  # fmt: skip
TENSOR = (
    b'ctorch._utils\n_rebuild_tensor_v2\nq\x06(' + STORAGE + b'K\x00K\x02K\x03\x86q\x07'
    b'K\x03K\x01\x86q\x08\x89ccollections\nOrderedDict\nq\x09)Rq\x0atq\x0bRq\x0c'
)
BLOB = struct.pack('<6f', *range(6))
YAML = b"""name: fuzz
model_type: SRModel
scale: 4
datasets: &data {train: {name: a, type: PairedImageDataset}}
network_g:
  type: EDSR
  num_feat: 8
  rgb_mean: [0.4488, 0.4371, 0.4040]
path:
  pretrain_network_g: weights.pth
  strict_load_g: true
  param_key_g: params
  resume_state: ~
train:
  ema_decay: 0.999
  optim_g: {type: Adam, lr: !!float 1e-4, betas: [0.9, 0.99]}
val: *data
"""


def _indices() -> List[bytes]:
    table = b'X\x01\x00\x00\x00w' + TENSOR
    metadata = b'X\x09\x00\x00\x00_metadata}'
    state = b'X\x04\x00\x00\x00iterJ\x10\x27\x00\x00X\x04\x00\x00\x00lossG?\xf0' + b'\0' * 6
    other = b'X\x01\x00\x00\x00xcargparse\nNamespace\n)\x81}X\x01\x00\x00\x00aK\x01sb'
    return [
        b'\x80\x02}q\x00X\x06\x00\x00\x00params}' + table + b'ss.',
        b'\x80\x02ccollections\nOrderedDict\n)R(' + table + b'u}' + metadata + b'sb.',
        b'\x80\x02}(' + state + other + b'u.',
        pickle.dumps({'a': [1, 2.5, None, True], 'b': ('x', b'y'), 'c': {1, 2}}, 4),
        pickle.dumps({'a': 'text', 'n': 1 << 70}, 0),
        *(b'\x80\x02}X\x01\x00\x00\x00w' + entry + b's.' for entry in _odd_entries()),
        b'\x80\x02}q\x00(X\x04\x00\x00\x00selfh\x00K\x00'
        + TENSOR
        + b'K\x05K\x06\x86]q\x0dh\x0dau.',
    ]


def _odd_entries() -> List[bytes]:
    """Sparse, quantized, meta, nested, a conjugate view, a class of its own."""
    rebuild = b'ctorch._utils\n_rebuild_'
    sizes = b'K\x02K\x03\x86'
    return [
        rebuild + b'sparse_tensor\nctorch.serialization\n_get_layout\n'
        b'X\x10\x00\x00\x00torch.sparse_coo'
        b'\x85R(' + TENSOR + TENSOR + sizes + b'\x88t\x86R',
        rebuild + b'qtensor\n(' + STORAGE + b'K\x00' + sizes + b'K\x03K\x01\x86'
        b'ctorch\nper_tensor_affine\nK\x01K\x00\x87\x89}tR',
        rebuild + b'meta_tensor_no_storage\n(ctorch\nfloat32\n' + sizes + b'K\x03K\x01\x86\x89tR',
        rebuild + b'nested_tensor\n(' + TENSOR * 4 + b'tR',
        rebuild + b'tensor_v2\n(' + STORAGE + b'K\x00' + sizes + b'K\x03K\x01\x86\x89}'
        b'}X\x04\x00\x00\x00conj\x88stR',
        b'ctorch._tensor\n_rebuild_from_type_v2\n(' + rebuild + b'tensor_v2\ncm\nC\n('
        + STORAGE + b'K\x00' + sizes + b'K\x03K\x01\x86\x89}t}tR',
    ]  # fmt: skip


def zip_without_checksums(index: bytes) -> bytes:
    """A torch zip file around an index; a CRC of 0 means "not computed", so edits stay readable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, data in (('data.pkl', index), ('version', b'3\n'), ('data/0', BLOB)):
            archive.writestr('archive/' + name, data)
        for entry in archive.infolist():
            entry.CRC = 0
    return buffer.getvalue()


def _legacy(index: bytes) -> bytes:
    head = [pickle.dumps(part, 2) for part in (MAGIC, 1001, {'little_endian': True})]
    return b''.join((*head, index, pickle.dumps(['0'], 2), struct.pack('<q', 6), BLOB))


def _safetensors(header: object, tail: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + tail


def seeds(target: str) -> List[bytes]:
    """The corpus that a target starts from."""
    entry = {'dtype': 'F32', 'shape': [2, 3], 'data_offsets': [0, 24]}
    lists: Dict[str, List[bytes]] = {
        'zip': [zip_without_checksums(index) for index in _indices()],
        'legacy': [_legacy(index) for index in _indices()],
        'safetensors': [
            _safetensors({'w': entry}, BLOB),
            _safetensors({'__metadata__': {'format': 'pt'}, 'w': entry}, BLOB),
            _safetensors({}, b''),
        ],
        'pickle': _indices(),
        'options': [YAML, b'a: 1\n', b'{a: [1, {b: c}]}\n'],
    }
    lists['convert'] = lists['zip'] + lists['legacy'] + lists['safetensors']
    return lists[target]
