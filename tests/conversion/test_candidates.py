"""Which conversion is chosen for which difference, on headers alone."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any, Dict, Sequence, Tuple

import pytest

from basicsr_weightcheck.advice.recommend import recommend
from basicsr_weightcheck.cli.arguments import build_parser
from basicsr_weightcheck.cli.convert_command import _recipe
from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.conversion.command_line import as_conversion, command_line
from basicsr_weightcheck.records.findings import ChannelChange, Recipe
from basicsr_weightcheck.records.plans import (
    NO_FRAMEWORK,
    Framework,
    LoadPlan,
    LoadStep,
    OptionFile,
)
from basicsr_weightcheck.records.reports import ComparedLoad, LoadReport
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    FileDict,
    NetworkSpec,
    Outcome,
    TensorSpec,
)
from basicsr_weightcheck.workflow.checking.candidates import find_candidates
from basicsr_weightcheck.workflow.checking.causes import _key_cause

KEYS = ('conv_first.weight', 'body.0.conv.weight', 'body.1.conv.weight', 'conv_last.weight')
SHAPE = (4, 4, 3, 3)


def table(keys: Sequence[str]) -> FileDict:
    return FileDict(tuple((key, TensorSpec(key, SHAPE, 'float32')) for key in keys))


def advise(
    tables: Dict[str, FileDict],
    framework: Framework = NO_FRAMEWORK,
    torch_version: str = '2.13.0',
    key: Any = 'params',
    error: str = 'KeyError',
    networks: Tuple[str, ...] = ('net_g',),
) -> LoadReport:
    root = tables[''] if '' in tables else FileDict(tuple(tables.items()))
    header = CheckpointHeader('w.pth', 'torch-zip', 1, root, tables=tables)
    specs = tuple(TensorSpec(key, SHAPE, 'float32', is_parameter=True) for key in KEYS)
    used = None if error else str(key)
    outcome = Outcome(not error, error, key_used=used, opened=error != 'UnpicklingError')
    network = NetworkSpec('Net', specs)
    differences = {one: compare_table(held, one, network) for one, held in tables.items()}
    loads = []
    for name in networks:
        ema = name.endswith('_ema')
        step = LoadStep(
            name, 'network_g', 'Net', 'path.pretrain_network_g', 'w.pth', 'path.strict_load_g',
            True, True, '' if ema else 'path.param_key_g', 'params_ema' if ema else key, True,
        )  # fmt: skip
        loads.append(
            ComparedLoad(
                step, header, network, [*differences.values()][0], outcome, outcome, outcome
            )
        )
    options = OptionFile('t.yml', '', {'path': {}})
    plan = LoadPlan(options, 't', 'M', True, framework, 0.0, (loads[0].step,), '.')
    candidates = tuple(find_candidates(loads[0], differences))
    advised = recommend(
        loads[0], differences, candidates, plan, loads, as_conversion, torch_version
    )
    assert advised.strict_recommended is (not advised.must_be_false)
    return advised


def framework(dialect: str) -> Framework:
    nafnet = dialect == 'nafnet'
    return Framework(
        'basicsr', '1', 'legacy', dialect, '/o', '/r', True,
        has_params_fallback=not nafnet, makes_param_key_dirs=True, key_option_has_suffix=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    'prefix',
    ['module.module.', '_orig_mod.', 'module._orig_mod.', '_orig_mod.module.', 'net_g.', 'model.',
     'generator.', 'module.net.network.generator.', 'student.backbone.'],
)  # fmt: skip
def test_chains_of_any_length(prefix: str) -> None:
    advice = advise({'params': table([prefix + key for key in KEYS])}, error='RuntimeError')
    assert advice.recommendation.conversion.is_needed and advice.must_be_false is False
    assert advice.recommendation.conversion.recipe == Recipe(take=('params',), strip=(prefix,))


@pytest.mark.parametrize('carry', [1, 2, 3])
def test_names_without_the_prefix_are_kept_where_they_fit(carry: int) -> None:
    """Some of the names carry it: what does not must not be dropped, nor the others."""
    keys = ['net_g.' + key for key in KEYS[:carry]] + list(KEYS[carry:])
    advice = advise({'params': table(keys)}, error='RuntimeError')
    assert advice.recommendation.conversion.is_needed and advice.must_be_false is False
    assert advice.recommendation.conversion.recipe == Recipe(
        take=('params',), strip=('net_g.',), keep_others=True
    )
    assert '--keep-others' in command_line(
        'w.pth', 'v.pth', advice.recommendation.conversion.recipe
    )


def test_a_module_that_a_conversion_leaves_new() -> None:
    """No code has changed: MDTA has nothing that HTA's value path could be made of."""
    attn = 'encoder.0.attn.'
    kept = [f'{attn}{name}.weight' for name in ('mdc_q', 'mdc_k', 'project_out')]
    names = [*KEYS, *kept, f'{attn}mdc_v.mdc1.weight', f'{attn}mdc_v.mdc2.weight']
    specs = tuple(TensorSpec(key, SHAPE, 'float32', is_parameter=True) for key in names)
    network = NetworkSpec('Restormer', specs)
    for keys, converted in ((names[:7], 'mdta-to-hta'), (names[:4], '')):
        expected = compare_table(table(keys), 'params', network)
        cause = _key_cause(expected, network, {key: SHAPE for key in keys})
        assert cause.converted_by == converted
        assert bool(converted) is (cause.module == 'mdc_v')


def test_one_module_prefix_is_load_networks_own_work() -> None:
    advice = advise({'params': table(['module.' + key for key in KEYS])}, error='')
    assert not advice.recommendation.is_needed and not advice.alternative.is_needed


def test_prefix_and_counters_together() -> None:
    keys = ['net_g.' + key for key in KEYS] + ['net_g.total_ops', 'total_params']
    advice = advise({'params': table(keys)}, error='RuntimeError')
    assert advice.recommendation.conversion.is_needed and advice.must_be_false is False
    assert (
        advice.recommendation.conversion.recipe.drop_profiler
        and advice.recommendation.conversion.recipe.strip == ('net_g.',)
    )


@pytest.mark.parametrize('version, container', [
    ('1.5.1', 'torch-legacy'), ('1.4.0+cpu', 'torch-legacy'), ('1.6.0', ''), ('2.13.0', ''),
    ('1.13.1', ''), ('', ''),
])  # fmt: skip
def test_torch_older_than_the_zip_container(version: str, container: str) -> None:
    advice = advise({'params': table(KEYS)}, torch_version=version, error='')
    change = advice.recommendation.conversion
    found = change.recipe.container if change.is_needed else ''
    assert found == container


def test_flat_file_where_a_blank_key_crashes() -> None:
    for dialect in ('restormer', 'nafnet'):
        advice = advise({'': table(KEYS)}, framework(dialect))
        assert advice.recommendation.conversion.is_needed
        assert advice.recommendation.conversion.recipe == Recipe(take=('',), wrap=('params',))


def test_nafnet_gets_the_table_that_it_asks_for() -> None:
    tables = {'': table(KEYS)}
    advice = advise(tables, framework('nafnet'), key='params_ema')
    assert advice.recommendation.conversion.is_needed
    assert advice.recommendation.conversion.recipe.wrap == ('params', 'params_ema')


def test_flat_file_with_ema() -> None:
    advice = advise({'': table(KEYS)}, networks=('net_g', 'net_g_ema'))
    assert (
        advice.recommendation.conversion.is_needed
        and advice.recommendation.conversion.recipe.wrap == ('params',)
    )


def test_refused_file_keeps_both_tables() -> None:
    tables = {'params': table(KEYS), 'params_ema': table(KEYS)}
    advice = advise(tables, error='UnpicklingError')
    assert advice.recommendation.conversion.is_needed
    assert advice.recommendation.conversion.recipe.take == ('params', 'params_ema')
    assert [edit.option for edit in advice.recommendation.edits] == ['path.pretrain_network_g']


def test_the_command_says_the_whole_recipe() -> None:
    recipe = Recipe(
        take=('a.b',),
        drop=('*.x y', "it's"),
        drop_profiler=True,
        strip=('-net.', 'b.'),
        keep_others=True,
        rules=('esrgan-old', 'my rules.yml'),
        only=('body.*',),
        add='net.',
        channels=(ChannelChange('c.weight', 1, 'mean'),),
        dtype='float16',
        wrap=('params', 'params_ema'),
        container='torch-legacy',
    )
    for changed in (recipe, dataclasses.replace(recipe, wrap=()), Recipe(take=('params',))):
        words = shlex.split(command_line('-a b.pth', 'out$.pth', changed))
        arguments = build_parser().parse_args(words[3:])
        assert (arguments.files, arguments.out) == (['./-a b.pth'], 'out$.pth')
        parsed = _recipe(arguments)
        assert parsed.take == changed.take
        wrap = () if arguments.flat else arguments.wrap
        whole = dataclasses.replace(
            parsed, dtype=arguments.dtype, container=arguments.container, wrap=wrap
        )
        assert whole == changed


def test_counters_in_a_file_that_is_converted_anyway() -> None:
    advice = advise({'': table([*KEYS, 'total_ops'])}, networks=('net_g', 'net_g_ema'))
    assert advice.recommendation.conversion.is_needed and advice.must_be_false is False
    assert advice.recommendation.conversion.recipe == Recipe(take=('',), drop_profiler=True)
    assert not advice.alternative.is_needed


def test_the_alternative_keeps_both_tables() -> None:
    keys = [*KEYS, 'total_ops']
    tables = {'params': table(keys), 'params_ema': table(keys)}
    advice = advise(tables, error='RuntimeError', key='params_ema')
    assert not advice.recommendation.conversion.is_needed and advice.must_be_false is True
    # The table that is asked for stays: params gives no more. The YAML has no such line yet.
    (edit,) = advice.recommendation.edits
    assert (edit.option, edit.line, edit.after) == ('path.strict_load_g', 0, False)
    assert advice.alternative.conversion.is_needed
    assert advice.alternative.conversion.recipe.take == ('params', 'params_ema')
    assert [edit.option for edit in advice.alternative.edits] == ['path.pretrain_network_g']
