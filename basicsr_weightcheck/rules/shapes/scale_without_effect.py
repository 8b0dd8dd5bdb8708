"""RRDBNet is asked for a scale that it does not have.

Why it matters: RRDBNet enlarges by 4 whatever `scale:` says; 2 and 1 only fold the image first. A
file loads completely, and the first loss stops the training: the sizes of output and target differ.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/233, https://github.com/open-mmlab/mmagic/issues/72
False alarms: an RRDBNet of one's own with a third upsampling layer; it is told by its keys.
What to do: scale 1, 2 or 4, for the network and for the training; or another class.
Source: basicsr 1.4.2 archs/rrdbnet_arch.py `RRDBNet.__init__`, `forward`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

SCALES = (1, 2, 4)
LAYERS = {'conv_up1.weight', 'conv_up2.weight'}
NETWORK = 'network_g'


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    scale = options.get(f'{NETWORK}.scale', 4)
    if options.get(f'{NETWORK}.type') != 'RRDBNet' or scale in SCALES:
        return
    networks = dict(case.report.rehearsal.networks) if case.report.rehearsal is not None else {}
    network = networks.get(NETWORK)
    keys = {spec.key for spec in network.tensors} if network is not None else LAYERS
    if {key for key in keys if key.startswith('conv_up') and key.endswith('.weight')} == LAYERS:
        yield Found(f'{NETWORK}.scale', scale=str(scale))


RULE = Rule('WC311', 'scale-without-effect', ERROR, TRAINING, look)
