"""The grid: files x strict x key, and what else decides where weights come from.

The networks of the framework itself ('real'), or those of the small imitation of its layout in
tests/fixtures ('small'), which has neither spandrel nor an autoencoder.
"""

from __future__ import annotations

import copy
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from tests.frameworks.redux.kinds import KINDS

NETWORKS: Dict[str, Dict[str, Dict[str, Any]]] = {}
NETWORKS['real'] = {
    'compact': {'type': 'compact', 'num_feat': 8, 'num_conv': 2},
    'esrgan': {'type': 'esrgan', 'num_filters': 8, 'num_blocks': 1},
    'tfdat': {
        'type': 'tfdat', 'embed_dim': 16, 'num_groups': 1, 'depth_per_group': 2, 'num_heads': 2,
        'window_size': 4,
    },
    'autoencoder': {
        'type': 'autoencoder', 'nf': 16, 'freeze_encoder': False, 'freeze_decoder': False,
        'decoder_opt': {'type': 'compact', 'num_feat': 8, 'num_conv': 2},
    },
    'unetdiscriminatorsn': {'type': 'unetdiscriminatorsn', 'num_feat': 8},
}  # fmt: skip
NETWORKS['small'] = {
    'compact': {'type': 'Small', 'width': 4},
    'tfdat': {'type': 'lenient', 'width': 4},
    'unetdiscriminatorsn': {'type': 'judge', 'width': 4},
}
FEW = ('flat', 'both', 'module', 'half', 'unrelated', 'resized', 'safetensors', 'pt', 'absent')
ONLY_REAL = ('options-without-save-img', 'degraded')
KEYS = (None, 'params', 'params_ema', 'parms')
ABSENT = object()
GAN = {'type': 'ganloss', 'gan_type': 'vanilla', 'loss_weight': 0.1}


class Case(NamedTuple):
    """One training start.

    Attributes:
        name: tells it apart.
        options: of the YAML; a text '<kind:network>' stands for the path of such a file.
        arguments: of the command line, behind `-opt`.
        files: {path below the training's folder: (network, kind)} written before it starts.
        changes: {dotted option: value} made last; ABSENT takes one away.
    """

    name: str
    options: Dict[str, Any]
    arguments: Tuple[str, ...] = ()
    files: Dict[str, Tuple[str, str]] = {}
    changes: Dict[str, Any] = {}


def base(name: str, network: str = 'compact', **path: Any) -> Dict[str, Any]:
    """A small training."""
    return {
        'name': name,
        'scale': 2,
        'num_gpu': 0,
        'datasets': {
            'train': {'name': 'train', 'type': 'pairedimagedataset', 'lq_size': 16,
                      'dataroot_gt': 'gt', 'dataroot_lq': 'lq', 'batch_size_per_gpu': 1},
        },
        'network_g': f'@{network}',
        'path': {key: value for key, value in path.items() if value is not ABSENT},
        'train': {
            'total_iter': 2,
            'optim_g': {'type': 'AdamW', 'lr': 1e-4},
            'losses': [{'type': 'l1loss', 'loss_weight': 1.0}],
        },
        'val': {'val_enabled': False, 'save_img': False},
        'logger': {'print_freq': 1, 'save_checkpoint_freq': 1, 'use_tb_logger': False},
    }  # fmt: skip


def all_cases(which: str) -> List[Case]:
    """Every case that the networks of a set allow, with a name of its own."""
    found = [*_grid(), *_other_networks(), *_gan(), *_around(), *_resumes(), *_option_files()]
    assert len({case.name for case in found}) == len(found)
    known = NETWORKS[which]
    cases = [case._replace(options=_with_networks(case.options, known)) for case in found]
    if which == 'small':
        # The framework itself is asked about every file with every key, and has more types.
        cases = [case for case in cases if case.name not in ONLY_REAL and _is_for_small(case.name)]
    for case in cases:
        _change(case.options, case.changes)
    return [case for case in cases if not _names_absent(case.options, known)]


def _is_for_small(name: str) -> bool:
    return not (name.split('-')[-1] in ('params_ema', 'parms') and name.split('-')[-2] == 'True')


def _with_networks(value: Any, known: Dict[str, Dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return {key: _with_networks(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_networks(one, known) for one in value]
    if isinstance(value, str) and value[1:] in known and value[0] == '@':
        return copy.deepcopy(known[value[1:]])
    return value


def _names_absent(value: Any, known: Dict[str, Dict[str, Any]]) -> bool:
    if isinstance(value, dict):
        return any(_names_absent(one, known) for one in value.values())
    if not isinstance(value, str):
        return False
    if value.startswith('<'):
        return value.strip('<>').split(':')[1] not in known
    return value.startswith('@')


def _grid() -> Iterator[Case]:
    for kind in KINDS:
        for strict in (True, False):
            for key in KEYS:
                name = f'{kind}-{strict}-{key}'
                options = base(
                    name, pretrain_network_g=f'<{kind}:compact>', strict_load_g=strict,
                    param_key_g=key,
                )  # fmt: skip
                yield Case(name, options)


def _other_networks() -> Iterator[Case]:
    for network in ('esrgan', 'tfdat'):
        for kind in FEW if network == 'tfdat' else KINDS:
            for strict in (True, False):
                name = f'{network}-{kind}-{strict}'
                path = {'pretrain_network_g': f'<{kind}:{network}>', 'strict_load_g': strict}
                if network == 'esrgan':
                    path['param_key_g'] = 'params'
                yield Case(name, base(name, network, **path))


def _gan() -> Iterator[Case]:
    for name, loss, has_d in (
        ('counts', GAN, True),
        ('weighs-nothing', dict(GAN, loss_weight=0), True),
        ('without-network', GAN, False),
        ('no-loss', None, True),
    ):
        for kind in ('flat', 'half', 'absent'):
            options = base(
                f'gan-{name}-{kind}', pretrain_network_g='<flat:compact>',
                pretrain_network_d=f'<{kind}:unetdiscriminatorsn>', strict_load_d=kind != 'half',
            )  # fmt: skip
            if has_d:
                options['network_d'] = '@unetdiscriminatorsn'
            options['train']['optim_d'] = {'type': 'AdamW', 'lr': 1e-4}
            if loss is not None:
                options['train']['losses'].append(dict(loss))
            yield Case(options['name'], options)
    options = base('gan-old-format', pretrain_network_d='<flat:unetdiscriminatorsn>')
    options['network_d'] = '@unetdiscriminatorsn'
    options['train'].update(optim_d={'type': 'AdamW', 'lr': 1e-4}, gan_opt=dict(GAN))
    del options['train']['losses']
    options['train']['pixel_opt'] = {'type': 'l1loss', 'loss_weight': 1.0}
    yield Case(options['name'], options)


def _around() -> Iterator[Case]:
    for kind in ('flat', 'both', 'resized', 'absent'):
        options = base(f'teacher-{kind}', pretrain_network_g_teacher=f'<{kind}:compact>')
        options['network_g_teacher'] = '@compact'
        yield Case(options['name'], options)
    options = base('teacher-without-path', pretrain_network_g='<flat:compact>')
    options['network_g_teacher'] = '@compact'
    yield Case(options['name'], options)
    for decay in (0, 0.999):
        for kind in ('flat', 'both', 'half'):
            options = base(
                f'ema-{decay}-{kind}', pretrain_network_g='<params:compact>',
                pretrain_network_g_ema=f'<{kind}:compact>',
            )  # fmt: skip
            options['train']['ema_decay'] = decay
            yield Case(options['name'], options)
        options = base(f'ema-{decay}-alone', pretrain_network_g='<both:compact>')
        options['train']['ema_decay'] = decay
        yield Case(options['name'], options)
    yield Case('never-read', base('never-read', pretrain_network_g_path='<flat:compact>'))
    options = base('degraded', pretrain_network_g='<flat:compact>')
    options['high_order_degradation'] = True
    yield Case('degraded', options)
    options = base('other-scale', pretrain_network_g='<flat:compact>', strict_load_g=False)
    options['scale'] = 4
    yield Case('other-scale', options)
    yield Case('from-scratch', base('from-scratch'))
    for name, network in (('ae', 'autoencoder'), ('ae_decoder', 'compact')):
        for kind in ('flat', 'both', 'half'):
            options = base(f'{name}-{kind}', **{f'pretrain_network_{name}': f'<{kind}:{network}>'})
            options['network_ae'] = '@autoencoder'
            del options['network_g']
            options['train'].update(optim_ae=options['train'].pop('optim_g'))
            yield Case(options['name'], options)


def _resumes() -> Iterator[Case]:
    """Files as a training of this framework leaves them, and some that it does not."""
    models = 'experiments/{name}/models/'
    raw = models + 'resume_models/'
    layouts: Dict[str, Dict[str, str]] = {
        'plain': {raw + 'net_g_4.safetensors': 'safetensors',
                  models + 'net_g_ema_4.safetensors': 'safetensors'},
        'stale-pth': {raw + 'net_g_4.safetensors': 'safetensors',
                      models + 'net_g_ema_4.safetensors': 'safetensors',
                      models + 'net_g_4.pth': 'flat'},
        'without-ema': {models + 'net_g_4.safetensors': 'safetensors'},
        'raw-only': {raw + 'net_g_4.safetensors': 'safetensors'},
        'nothing': {},
        'other-network': {raw + 'net_g_4.pth': 'half', models + 'net_g_ema_4.pth': 'half'},
    }  # fmt: skip
    for layout, files in layouts.items():
        for decay in (0, 0.999):
            for automatic in (False, True):
                name = f'resume-{layout}-{decay}-{"auto" if automatic else "named"}'
                state = f'experiments/{name}/training_states/4.state'
                options = base(name, pretrain_network_g='<absent:compact>', param_key_g='params')
                options['train']['ema_decay'] = decay
                if not automatic:
                    options['path']['resume_state'] = state
                written = {p.format(name=name): ('compact', kind) for p, kind in files.items()}
                written[state] = ('', 'state-of-one')
                yield Case(name, options, ('--auto_resume',) if automatic else (), written)
    name = 'resume-ignores'
    options = base(name, pretrain_network_g='<flat:compact>', ignore_resume_networks=['network_g'])
    options['path']['resume_state'] = f'experiments/{name}/training_states/4.state'
    yield Case(name, options, (), {options['path']['resume_state']: ('', 'state-of-one')})
    name = 'auto-finds-none'
    yield Case(name, base(name, pretrain_network_g='<flat:compact>'), ('--auto_resume',))


def _option_files() -> Iterator[Case]:
    """What msgspec refuses, and what it takes."""
    changes: Dict[str, Dict[str, Any]] = {
        'strict-is-text': {'path.strict_load_g': 'false'},
        'strict-is-number': {'path.strict_load_g': 0},
        'strict-is-blank': {'path.strict_load_g': None},
        'key-is-false': {'path.param_key_g': False},
        'unknown-below-path': {'path.pretrain_model_g': 'x.pth'},
        'unknown-at-top': {'model_type': 'SRModel'},
        'scale-is-text': {'scale': '2'},
        'without-name': {'name': ABSENT},
        'without-total-iter': {'train.total_iter': ABSENT},
        'without-logger': {'logger': ABSENT},
        'our-own-section': {'weightcheck': {'on_error': 'warn'}},
        'without-save-img': {'val.save_img': ABSENT},
        'unknown-network': {'network_g.type': 'nosuchnet'},
        'unknown-network-option': {'network_g.nosuch': 4},
        'path-is-list': {'path.pretrain_network_g': ['x.pth']},
        'ignore-list': {'path.ignore_resume_networks': ['network_g']},
        'models-folder': {'path.models': '{folder}/elsewhere'},
    }
    for name, change in changes.items():
        options = base(f'options-{name}', pretrain_network_g='<flat:compact>')
        yield Case(f'options-{name}', options, changes=change)


def _change(options: Dict[str, Any], changes: Dict[str, Any]) -> None:
    for option, value in changes.items():
        *way, last = option.split('.')
        section = options
        for part in way:
            section = section[part]
        if value is ABSENT:
            del section[last]
        else:
            section[last] = value
