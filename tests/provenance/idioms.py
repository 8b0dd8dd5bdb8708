"""The trainings of the fixture models: which files they read, in which shapes and containers."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Tuple

from basicsr_weightcheck.records.sources import FileTensor
from tests.provenance.training import make_options, write
from tests.provenance.values import Values

Shapes = Dict[str, Tuple[int, ...]]
TINY: Shapes = {
    'head.weight': (4, 2, 2, 2),
    'head.bias': (4,),
    'norm.weight': (4,),
    'norm.bias': (4,),
    'norm.running_mean': (4,),
    'norm.running_var': (4,),
    'norm.num_batches_tracked': (),
    'tail.weight': (2, 4, 1, 1),
    'tail.bias': (2,),
}
INNER = {**TINY, 'inner.weight': (4, 2, 2, 2), 'inner.bias': (4,)}
TIED: Shapes = {'encode.weight': (4, 4), 'decode.weight': (4, 4)}
SPECTRAL: Shapes = {
    'body.bias': (4,),
    'body.weight_orig': (4, 2, 2, 2),
    'body.weight_u': (4,),
    'body.weight_v': (8,),
}
UPSCALER: Shapes = {
    'body.0.weight': (8, 3, 3, 3),
    'body.0.bias': (8,),
    'body.1.weight': (8,),
    'body.2.weight': (8, 8, 3, 3),
    'body.2.bias': (8,),
    'body.3.weight': (8,),
    'body.4.weight': (12, 8, 3, 3),
    'body.4.bias': (12,),
}
VALUES: Shapes = {**TINY, 'rates': (3,)}
TINY_NET = {'type': 'TinyNet', 'width': 4}
COMPACT = {
    'type': 'SRVGGNetCompact', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_conv': 1,
    'upscale': 2, 'act_type': 'prelu',
}  # fmt: skip
VARIANTS = {
    'registry': ('exact', 'half', 'resized', 'prefixed', 'extra', 'fp16', 'gone'),
    'older': ('exact', 'half', 'resized'),
}


class Idiom(NamedTuple):
    """One training.

    Attributes:
        model: of the fixtures, or of the framework.
        network: section `network_g`.
        shapes: of that network.
        options: below `path:`; 'A' and 'B' stand for the file under test and for one that fits.
        more: further top-level sections.
        container: of file A.
        ema_decay: of the training.
        layouts: that have what the model needs.
        nameless: the file is read from bytes, so that its name cannot be known.
        without: variants that say nothing here (a missing file would be downloaded; half-precision
            numbers do not tell so many elements apart).
    """

    model: str
    network: Dict[str, Any] = TINY_NET
    shapes: Shapes = TINY
    options: Dict[str, Any] = {'pretrain_network_g': 'A', 'other': 'B'}
    more: Dict[str, Any] = {}
    container: str = 'pth'
    ema_decay: float = 0
    layouts: Tuple[str, ...] = ('registry', 'older')
    nameless: bool = False
    without: Tuple[str, ...] = ()


def _idiom(model: str, **more: Any) -> Idiom:
    return Idiom(f'{model}Model', **more)


_S1 = {'network_s1': TINY_NET}
_EYES = {f'network_d_{name}': TINY_NET for name in ('left_eye', 'right_eye', 'mouth')}
_NEW = ('registry',)
_LARGE: Dict[str, Any] = {'layouts': _NEW, 'without': ('fp16',)}
IDIOMS: Dict[str, Idiom] = {
    'two stages': _idiom(
        'TwoStage', options={'pretrain_network_g': 'B', 'pretrain_network_s1': 'A'}, more=_S1
    ),
    'two stages, one initial': _idiom('TwoStage', more=_S1),
    'a method of its own': _idiom('OwnMethod', options={'pretrain_network_start': 'A'}),
    'a method of its own, not strict': _idiom(
        'OwnMethod', options={'pretrain_network_start': 'A', 'strict_load_g': False}
    ),
    'a method of its own, then the average': _idiom(
        'OwnMethod', options={'pretrain_network_start': 'A'}, ema_decay=0.999, layouts=_NEW
    ),
    'in the optimizers': _idiom('InOptimizers', options={'other': 'A'}),
    'in the schedulers': _idiom('InSchedulers', options={'other': 'A'}),
    'commented out': _idiom('CommentedOut', more=_S1),
    'superseded': _idiom('Superseded', options={'pretrain_network_g': 'A', 'other': 'B',
                                                'strict_load_g': False}),
    'initialised again': _idiom('Reset'),
    'a layer replaced': _idiom('ReplacedLayer'),
    'caught': _idiom('Catching'),
    'a second try': _idiom('SecondTry'),
    'ends the process': _idiom('Exiting'),
    'looks for itself': _idiom('Raising'),
    'merge': _idiom('Merge'),
    'merge, and the average': _idiom('Merge', ema_decay=0.999),
    'by position': _idiom('Position'),
    'renamed by position': _idiom('RenamedByPosition'),
    'parameters': _idiom('Parameters'),
    'data': _idiom('Data'),
    'setattr': _idiom('Setattr'),
    '_parameters': _idiom('ParametersDict'),
    'a buffer': _idiom('Buffers'),
    'assign': _idiom('Assign'),
    'slice': _idiom('Slice'),
    'an index': _idiom('Indexed'),
    'slices assigned': _idiom('SliceAssigned'),
    'crop': _idiom('Crop'),
    'half': _idiom('Half'),
    'scaled': _idiom('Scaled'),
    'scaled in place': _idiom('ScaledInPlace'),
    'cat': _idiom('Cat'),
    'copies of copies': _idiom('Clone'),
    'a vector': _idiom('Vector'),
    'swap': _idiom('Swap'),
    'swap of data': _idiom('SwapData'),
    'module. popped': _idiom('PopModule'),
    'a submodule': _idiom('Submodule'),
    'frozen': _idiom('Frozen'),
    'parallel': _idiom('Parallel'),
    'its own tensors': _idiom('OwnThenBack'),
    'filled again': _idiom('Refilled'),
    'ema by deepcopy': _idiom('DeepcopyEma'),
    'ema by average': _idiom('AverageEma', options={'other': 'A'}),
    'ema by torch': _idiom('Swa'),
    'ema by state dict': _idiom('StateDictEma'),
    'a teacher': _idiom(
        'Teacher', options={'pretrain_network_g': 'B', 'pretrain_network_t': 'A'},
        more={'network_t': TINY_NET},
    ),
    'discriminators': _idiom(
        'Discriminators', more=_EYES,
        options={'pretrain_network_d_left_eye': 'A', 'pretrain_network_d_mouth': 'B'},
    ),
    'a list of networks': _idiom('ListOfNetworks', options={'other': 'A'}),
    'a loss': _idiom('Loss', options={'other': 'A'}),
    'a loss that is built': _idiom('BuiltLoss', options={'other': 'A'}),
    'distilled': _idiom('Distilled', options={'other': 'A'}),
    'load_file': _idiom('LoadFile', container='safetensors'),
    'load_file by name': _idiom('LoadFileByName', container='safetensors'),
    'load of bytes': _idiom('LoadBytes', container='safetensors', nameless=True),
    'load_model': _idiom('LoadModel', container='safetensors'),
    'safe_open': _idiom('SafeOpen', container='safetensors'),
    'arrays of safetensors': _idiom('LoadArrays', container='safetensors'),
    'safe_open, slice': _idiom('SafeOpenSlice', container='safetensors'),
    'numpy': _idiom('Numpy', container='npz'),
    'numpy, torch.tensor': _idiom('NumpyTensor', container='npz'),
    'opened': _idiom('Opened'),
    'bytes': _idiom('Bytes', nameless=True),
    'bytes of another file': _idiom('OtherBytes', nameless=True),
    'pathlib': _idiom('Path'),
    'not weights_only': _idiom('Unsafe'),
    'an unpickler of its own': _idiom('OwnUnpickler'),
    'an unpickler that refuses': _idiom('OwnRefusal'),
    'mmap': _idiom('Mapped'),
    'hub': _idiom('Hub', without=('gone',)),
    'spandrel': _idiom('Spandrel', network=COMPACT, shapes=UPSCALER, **_LARGE),
    "spandrel's table": _idiom('SpandrelTable', network=COMPACT, shapes=UPSCALER, **_LARGE),
    'read twice': _idiom('TwiceRead'),
    'tied': Idiom('BASE', {'type': 'TinyTied'}, TIED),
    'a load_state_dict of its own': Idiom('BASE', {'type': 'TinyChooser'}),
    'a load_state_dict of its own, not strict': Idiom(
        'BASE', {'type': 'TinyChooser'}, options={'pretrain_network_g': 'A', 'strict_load_g': False}
    ),
    'in the network, _path': Idiom('BASE', {'type': 'TinyInner', 'inner_path': 'A'}, options={}),
    'in the network': Idiom('BASE', {'type': 'TinyInner', 'start': 'A'}, options={}),
    'in the network, then all of it': Idiom(
        'BASE', {'type': 'TinyInner', 'start': 'B'}, INNER,
        {'pretrain_network_g': 'A', 'strict_load_g': False},
    ),
    'spectral': Idiom('BASE', {'type': 'TinySpectral'}, SPECTRAL),
    'needs values': Idiom('BASE', {'type': 'TinyValues'}, VALUES),
    'plain': Idiom('BASE'),
    'plain, with the average': Idiom('BASE', ema_decay=0.999),
    'plain, not strict': Idiom(
        'BASE', options={'pretrain_network_g': 'A', 'strict_load_g': False}, ema_decay=0.999
    ),
    'plain, no file': Idiom('BASE', options={}),
}  # fmt: skip
BASES = {'registry': 'SRModel', 'older': 'ImageCleanModel'}


class Case(NamedTuple):
    """One idiom on one kind of file: its options, and whose the values are."""

    name: str
    idiom: str
    model: str
    options: Dict[str, Any]
    values: Values


def make_cases(layout: str, folder: str) -> List[Case]:
    """Write every file into `folder` and return the trainings of one layout."""
    cases = []
    for number, (name, idiom) in enumerate(IDIOMS.items()):
        if layout not in idiom.layouts:
            continue
        for variant in [one for one in VARIANTS[layout] if one not in idiom.without]:
            place = os.path.join(folder, f'{number}-{variant}')
            os.makedirs(place)
            cases.append(_case(name, idiom, variant, layout, place))
    return cases


def _case(name: str, idiom: Idiom, variant: str, layout: str, place: str) -> Case:
    values = Values()
    paths = {
        'A': os.path.join(place, f'tested.{idiom.container}'),
        'B': os.path.join(place, 'better.pth'),  # as many bytes as A where A is exact
    }
    if variant != 'gone':
        _write(paths['A'], idiom, variant, values)
    _write(paths['B'], idiom._replace(shapes=TINY, container='pth', ema_decay=0), 'exact', values)
    options = make_options(
        BASES[layout] if idiom.model == 'BASE' else idiom.model,
        _with_paths(idiom.network, paths),
        _with_paths(idiom.options, paths),
        idiom.ema_decay,
        **{key: dict(section) for key, section in idiom.more.items()},
    )
    return Case(f'{name} / {variant}', name, options['model_type'], options, values)


def _with_paths(section: Dict[str, Any], paths: Dict[str, str]) -> Dict[str, Any]:
    return {k: paths.get(v, v) if isinstance(v, str) else v for k, v in section.items()}


def _write(path: str, idiom: Idiom, variant: str, values: Values) -> None:
    import torch

    shapes = dict(idiom.shapes)
    if variant == 'half':
        shapes = dict(list(shapes.items())[: len(shapes) // 2])
    elif variant == 'extra':
        shapes['more.weight'] = (3,)
    elif variant == 'resized':
        last = next(key for key in reversed(list(shapes)) if shapes[key])
        shapes[last] = (shapes[last][0] + 1, *shapes[last][1:])
    tables: Tuple[str, ...] = ('params',) if idiom.container == 'pth' else ('',)
    if idiom.ema_decay:
        tables = ('params', 'params_ema')
    dtype = torch.float16 if variant == 'fp16' else torch.float32
    prefix = 'module.' if variant == 'prefixed' else ''
    content: Dict[str, Any] = {}
    for table in tables:
        place = content.setdefault(table, {}) if table else content
        for key, shape in shapes.items():
            name = FileTensor(path, table, prefix + key)
            kind = torch.int64 if key.endswith('tracked') else dtype
            place[prefix + key] = values.tensor(name, shape, kind)
            if idiom.nameless:
                values.also(name, name._replace(path=''))
    write(path, idiom.container, content)
