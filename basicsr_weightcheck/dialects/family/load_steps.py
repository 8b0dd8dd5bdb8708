"""Which load_network calls a training makes, from a table of model classes.

A rehearsal corrects this by what the model's constructor really does; the table stands in where
the framework cannot run. Source: BasicSR 1.4.2 models/*.py, Restormer and NAFNet
models/image_restoration_model.py, CodeFormer models/*.py.
"""

from __future__ import annotations

import os
from typing import Any, List, Optional, Tuple

from basicsr_weightcheck.dialects.family.around import key_name
from basicsr_weightcheck.records.plans import Framework, LoadStep, OptionFile

# Model types that never load a discriminator although the YAML may name one.
GENERATOR_ONLY = (
    'SRModel', 'SwinIRModel', 'HATModel', 'VideoBaseModel', 'EDVRModel', 'VideoRecurrentModel',
    'RealESRNetModel', 'ImageCleanModel', 'ImageRestorationModel', 'HiFaceGANModel',
    'RestormerModel',
)  # fmt: skip
# Model types whose two optimizers are those of net_g and net_d, each of all parameters.
WITH_DISCRIMINATOR = (
    'SRGANModel', 'ESRGANModel', 'RealESRGANModel', 'RealHATGANModel', 'VideoGANModel',
    'VideoRecurrentGANModel',
)  # fmt: skip
EMA_TABLE = 'params_ema'


def list_steps(
    options: OptionFile, framework: Framework, ema_decay: float, is_train: bool
) -> Tuple[LoadStep, ...]:
    """The calls in the order in which the constructor makes them."""
    steps: List[Optional[LoadStep]] = [_step(options, framework, 'g', None)]
    if is_train and ema_decay > 0 and framework.has_ema:
        steps.append(_step(options, framework, 'g', EMA_TABLE))
    if is_train and options.get('model_type') not in GENERATOR_ONLY and options.has('network_d'):
        steps.append(_step(options, framework, 'd', None))
    return tuple(step for step in steps if step is not None)


def optimized_networks(options: OptionFile) -> Tuple[str, ...]:
    """Networks with an optimizer each, in the order of the model; () where it is not known."""
    if options.get('model_type') in WITH_DISCRIMINATOR:
        return ('network_g', 'network_d')
    return ('network_g',) if options.get('model_type') in GENERATOR_ONLY else ()


def _step(
    options: OptionFile, framework: Framework, letter: str, fixed_key: Optional[str]
) -> Optional[LoadStep]:
    path_option = f'path.pretrain_network_{letter}'
    load_path = options.get(path_option)
    if load_path is None:
        return None
    key_option = f'path.{key_name(framework, letter)}'
    strict_option = f'path.strict_load_{letter}'
    return LoadStep(
        network=f'net_{letter}_ema' if fixed_key else f'net_{letter}',
        network_option=f'network_{letter}',
        network_type=str(options.get(f'network_{letter}.type', '')),
        path_option=path_option,
        load_path=os.path.expanduser(str(load_path)),
        strict_option=strict_option,
        strict_configured=options.get(strict_option, True),
        strict_written=options.has(strict_option),
        key_option='' if fixed_key else key_option,
        key_configured=fixed_key or _key(options, key_option),
        key_written=not fixed_key and options.has(key_option),
    )


def _key(options: OptionFile, key_option: str) -> Any:
    return options.get(key_option, 'params')
