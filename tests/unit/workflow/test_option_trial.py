"""What cannot be built is no cure, however badly the file fits as it is."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.records.plans import NO_FRAMEWORK, LoadPlan, LoadStep, OptionFile
from basicsr_weightcheck.records.reports import ComparedLoad, OptionDifference
from basicsr_weightcheck.records.tensors import CheckpointHeader, FileDict, NetworkSpec, TensorSpec
from basicsr_weightcheck.workflow.checking.option_trial import NOT_BUILT, OptionTrial

WIDER = (OptionDifference('width', 8, 4),)


def trial(*keys: str, built: Dict[str, Any]) -> OptionTrial:
    """Of a file with these tensors, for a network of `width` whose rebuilding gives `built`."""
    table = FileDict(tuple((key, TensorSpec(key, (8,), 'float32')) for key in keys))
    header = CheckpointHeader('w.pth', 'torch-zip', 1, table, tables={'': table})
    step = LoadStep('net_g', 'network_g', 'Net', 'path.pretrain_network_g', 'w.pth', '',
                    True, False, '', None, False)  # fmt: skip
    network = of_width(4)
    load = ComparedLoad(step, header, network, compare_table(table, '', network))
    options = OptionFile('t.yml', '', {'network_g': {'type': 'Net', 'width': 4}})
    plan = LoadPlan(options, 't', 'M', True, NO_FRAMEWORK, 0.0, (step,), '.')
    return OptionTrial(load, plan, lambda data, alone='': built)


def of_width(width: int) -> NetworkSpec:
    return NetworkSpec('Net', (TensorSpec('a.weight', (width,), 'float32', is_parameter=True),))


@pytest.mark.parametrize('keys', [('a.weight',), ('b.weight',), ('b.weight', 'c.weight')])
def test_a_network_that_is_not_built_is_no_cure(keys: Any) -> None:
    tried = trial(*keys, built={})
    assert tried.confirmed(WIDER, '') == () == tried.sister(['Net2', 'Nets'])
    assert tried.guessed({key: (8,) for key in keys}) == () and not tried.fits_with_gpu()
    assert tried.built(WIDER) == NOT_BUILT and not NOT_BUILT.exact


def test_the_one_that_is_built_is_held_against_the_file() -> None:
    tried = trial('net.a.weight', built={'network_g': of_width(8)})
    assert tried.confirmed(WIDER, 'net.') == WIDER
    assert tried.built(WIDER).exact and tried.built(WIDER).fraction == 1
