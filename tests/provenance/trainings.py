"""Twenty-three trainings on which the check was wrong once, and what is right about each.

Every training has a quiet counterpart: the same one with the right file.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.sources import FileTensor
from tests.provenance.training import make_options, write
from tests.provenance.values import Values

MSR = {'type': 'MSRResNet', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2,
       'upscale': 4}  # fmt: skip
RRDB = {'type': 'RRDBNet', 'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 1,
        'num_grow_ch': 4, 'scale': 4}  # fmt: skip
TINY = {'type': 'TinyNet', 'width': 4}
RESTORMER = {'type': 'Restormer', 'dim': 8, 'num_blocks': [1, 1, 1, 1],
             'num_refinement_blocks': 1, 'heads': [1, 1, 1, 1]}  # fmt: skip
READY = ('ready',)
PARTLY = ('ready-partly',)
OPTIONS = ('change-options',)
WRONG = ('wrong-checkpoint',)


class Maker:
    """Makes the tables of one file, every element with a value of its own."""

    def __init__(self, values: Values, path: str, shapes: Callable[[Any], Any]) -> None:
        self._values, self._path, self._shapes = values, path, shapes

    def table(
        self, network: Dict[str, Any], name: str = 'params', rename: str = '', part: float = 1.0,
        resize: Optional[Tuple[int, int]] = None,
    ) -> Dict[str, Any]:  # fmt: skip
        """The first `part` of a network's tensors; kernels of the size `resize` where given."""
        shapes = self._shapes(network)
        made = {}
        for key in list(shapes)[: int(len(shapes) * part)]:
            shape, dtype = shapes[key]
            if resize and len(shape) == 4:
                shape = shape[:2] + resize
            origin = FileTensor(self._path, name, rename + key)
            made[rename + key] = self._values.tensor(origin, shape, dtype)
        return made


class Training(NamedTuple):
    """One case.

    Attributes:
        right: what a user should read.
        verdicts: words that say so.
        codes: exit codes that say so.
        network: section `network_g`.
        content: of the file, from its maker.
        fitting: of the right file; {'params': all of the network} where nothing else is said.
        model, path, strict, more: of the YAML; 'FILE' and 'OTHER' below `path:` are files.
        container, save: how the file is written.
        right_network: section of the counterpart where the network itself was wrong.
        imports: of the counterpart.
    """

    right: str
    verdicts: Tuple[str, ...]
    codes: Tuple[int, ...]
    content: Callable[[Maker], Any] = lambda make: {'params': make.table(MSR)}
    network: Dict[str, Any] = MSR
    model: str = 'SRModel'
    path: Dict[str, Any] = {'pretrain_network_g': 'FILE'}
    strict: bool = True
    more: Dict[str, Any] = {}
    container: str = 'pth'
    save: Dict[str, Any] = {}
    fitting: Optional[Callable[[Maker], Any]] = None
    right_network: Optional[Dict[str, Any]] = None
    imports: Tuple[str, ...] = ()


def _ring(make: Maker) -> Any:
    content: Dict[str, Any] = {'params': make.table(MSR)}
    content['self'] = content
    return content


def _sparse(make: Maker) -> Any:
    table = make.table(MSR)
    table['conv_first.weight'] = table['conv_first.weight'].to_sparse()
    return {'params': table}


def _meta(make: Maker) -> Any:
    table = make.table(MSR)
    table['conv_first.weight'] = table['conv_first.weight'].to('meta')
    return {'params': table}


def _text(make: Maker) -> Any:
    return {'params': dict(make.table(MSR), note='x')}


def _long_list(make: Maker) -> Any:
    return {'params': make.table(MSR), 'losses': list(range(260000))}


def _renamed(make: Maker) -> Any:
    return {'params': make.table(MSR, rename='x.')}


def _half(make: Maker) -> Any:
    return {'params': make.table(MSR, part=0.5)}


def _narrow(make: Maker) -> Any:
    return {'params': make.table(dict(MSR, num_feat=4))}


_GREY = dict(RRDB, num_in_ch=1, num_out_ch=1)
_TWO = {'pretrain_network_g': 'OTHER', 'pretrain_network_s1': 'FILE'}
TRAININGS: Dict[str, Training] = {
    'two_stage_stops': Training(
        'training stops at the load of pretrain_network_s1; the option is read',
        WRONG + OPTIONS, (1,), _narrow,
        model='TwoStageModel', path=_TWO, more={'network_s1': MSR},
    ),
    'two_stage_loads': Training(
        'ready; both networks are loaded', READY, (0,),
        model='TwoStageModel', path=_TWO, more={'network_s1': MSR},
    ),
    'merge_half': Training(
        'half of the tensors, a third of the parameters, come from the file; strict says nothing',
        PARTLY + WRONG, (0, 1), _half,
        model='MergeModel',
    ),
    'merge_nothing': Training(
        'nothing is loaded, without an error', WRONG + ('convert',), (1,), _renamed,
        model='MergeModel',
    ),
    'by_position_renamed': Training(
        'all is loaded although no name agrees', READY, (0,), _renamed, model='PositionModel',
    ),
    'by_position_short': Training(
        'the first tensors are loaded, the rest (two thirds of the parameters) stays initial',
        PARTLY + WRONG, (0, 1), _half,
        model='PositionModel',
    ),
    'own_method_loads': Training(
        'ready: path.pretrain_network_start is read and loaded', READY, (0,),
        model='OwnMethodModel', path={'pretrain_network_start': 'FILE'},
    ),
    'own_method_stops': Training(
        'training stops: pretrain_network_start lacks half of the tensors',
        WRONG + OPTIONS, (1,), _half,
        model='OwnMethodModel', path={'pretrain_network_start': 'FILE'},
    ),
    'slice_of_channels': Training(
        'head.weight comes from the file in part (1 of 2 channels)', PARTLY, (0,),
        lambda make: {'params': make.table(TINY)}, TINY, 'SliceModel',
        right_network={**TINY, 'inputs': 1},
    ),
    'safetensors_loader': Training(
        'ready: this loader reads safetensors, no conversion', READY, (0,),
        lambda make: make.table(MSR, ''), model='LoadFileModel', container='safetensors',
    ),
    'root_read_strict_false': Training(
        'nothing is loaded; keys.missing and keys.unexpected are those of the load',
        OPTIONS + WRONG, (1,), strict=False,
        path={'pretrain_network_g': 'FILE', 'param_key_g': None},
        fitting=lambda make: make.table(MSR, ''),
    ),
    'more_input_channels': Training(
        'write num_in_ch: 72 (loads strictly); strict_load_g: false is the lesser way',
        OPTIONS, (1,), lambda make: {'params': make.table(dict(RRDB, num_in_ch=72))},
        dict(RRDB, num_in_ch=24),
    ),
    'grey_on_purpose': Training(
        'two ways: 3 channels again, or keep 1 channel with strict_load_g: false',
        OPTIONS, (1,), lambda make: {'params': make.table(RRDB)}, _GREY,
    ),
    'grey_strict_false': Training(
        'ready, in part: the first and last convolution start initial; no error',
        PARTLY, (0,), lambda make: {'params': make.table(RRDB)}, _GREY, strict=False,
    ),
    'mostly_random': Training(
        'an error: under a tenth of the parameters is loaded; kernels differ',
        WRONG + OPTIONS + PARTLY, (1,), lambda make: {'params': make.table(MSR, resize=(5, 5))},
        strict=False,
    ),
    'x4_to_x2': Training(
        'ready; everything the network has comes from the file',
        READY + PARTLY, (0,), network=dict(MSR, upscale=2), strict=False,
    ),
    'sparse_entry': Training(
        'training stops: a sparse tensor cannot be copied so',
        WRONG + ('unusable-file', 'convert'), (1,), _sparse,
    ),
    'meta_entry': Training(
        'the file holds no values for conv_first.weight',
        WRONG + ('unusable-file', 'convert'), (1,), _meta,
    ),
    'long_list_beside': Training(
        'ready: 260,000 numbers beside params do not matter', READY, (0,), _long_list
    ),
    'refers_to_itself': Training('ready', READY, (0,), _ring),
    'protocol_3_legacy': Training(
        'ready: written by torch.save', READY, (0,),
        save={'pickle_protocol': 3, '_use_new_zipfile_serialization': False},
    ),
    'text_beside_tensors': Training(
        'training stops: the table holds a text',
        WRONG + OPTIONS + ('unusable-file', 'convert'), (1,), _text,
    ),
    'class_of_the_tool': Training(
        'training stops: plain basicsr has no network of the name Restormer', (), (1, 2),
        lambda make: {'params': make.table(RESTORMER)}, RESTORMER,
        imports=('basicsr_weightcheck.archs.register',),
    ),
}  # fmt: skip


class Made(NamedTuple):
    """A training as it lies in a folder: its YAML, its options, and whose the values are."""

    name: str
    yaml: str
    options: Dict[str, Any]
    values: Values


def make_training(name: str, folder: str, shapes: Callable[[Any], Any], quiet: bool) -> Made:
    """Write one training, or with `quiet` its counterpart, and return it.

    Args:
        shapes: section of a network -> {key: (shape, dtype)} of its tensors.
    """
    import yaml

    case, values = TRAININGS[name], Values()
    title = f'{name}_quiet' if quiet else name
    paths = {key: os.path.join(folder, f'{title}.{key.lower()}.{case.container}')
             for key in ('FILE', 'OTHER')}  # fmt: skip
    network = (quiet and case.right_network) or case.network
    content = case.content
    if quiet and case.verdicts != READY:
        content = case.fitting or (lambda make: {'params': make.table(network)})
    write(paths['FILE'], case.container, content(Maker(values, paths['FILE'], shapes)), **case.save)
    fitting = Maker(values, paths['OTHER'], shapes).table(MSR)
    write(paths['OTHER'], 'pth', {'params': fitting})
    path = {k: paths.get(v, v) if isinstance(v, str) else v for k, v in case.path.items()}
    path.update(strict_load_g=case.strict, resume_state=None)
    options = make_options(case.model, network, path, **case.more)
    options['name'] = title
    # What the training itself does, where torchvision has dropped what basicsr imports.
    options['weightcheck'] = {'repair_imports': True}
    file = os.path.join(folder, f'{title}.yml')
    with open(file, 'w', encoding='utf-8') as opened:
        yaml.safe_dump(options, opened, sort_keys=False)
    return Made(title, file, options, values)
