"""Rules about names and shapes: what the difference between file and network means."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import Case, Found, rule

RESTORMER_TYPES = ('Restormer',)


@rule('WC209', 'prefix-differs', ERROR)
def prefix_differs(load: LoadReport, case: Case) -> Iterator[Found]:
    """All names of the file carry a prefix that the network's do not have, or the other way round.

    Why it matters: with strict_load false such a file loads nothing, silently.
    Source: DataParallel ('module.', which load_network strips once), torch.compile ('_orig_mod.'),
    Lightning and wrapper modules ('net_g.', 'model.').
    """
    difference, steps = load.difference, _conversion_steps(load)
    if difference is None or not any('prefix' in step for step in steps) or not difference.renames:
        return
    best = difference.renames[0]
    strips = best.kind == 'prefix-strip'
    yield Found(
        load.step.path_option,
        how='label:begins-with' if strips else 'label:lacks',
        prefix=best.found if strips else best.expected,
        matched=best.matched,
        expected=difference.coverage.tensors_expected,
        plain=len(difference.matched),
    )


def _conversion_steps(load: LoadReport) -> tuple[str, ...]:
    if load.recommendation is None or load.recommendation.conversion is None:
        return ()
    return load.recommendation.conversion.steps


@rule('WC212', 'other-network', ERROR)
def other_network(load: LoadReport, case: Case) -> Iterator[Found]:
    """Hardly anything of the file fits, under any table and any prefix.

    Why it matters: a discriminator's file for a generator, or another architecture; strict false
    would hide it.
    """
    difference, outcome = load.difference, load.configured
    if difference is None or outcome is None or load.network is None:
        return
    if load.recommendation is None and load.must_be_false is None:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            network_type=load.network.network_type,
            matched=len(difference.matched),
            expected=difference.coverage.tensors_expected,
            fraction=difference.coverage.parameter_fraction,
        )


@rule('WC301', 'shape-mismatch', WARNING)
def shape_mismatch(load: LoadReport, case: Case) -> Iterator[Found]:
    """Tensors have equal names and other shapes.

    Why it matters: another width, scale or number of channels; torch stops under strict loading,
    BasicSR renames such keys to '<key>.ignore' without it.
    Source: basicsr 1.4.2 models/base_model.py `_print_different_keys_loading`.
    """
    difference = load.difference
    if difference is None or not difference.mismatched:
        return
    first = difference.mismatched[0]
    yield Found(
        load.step.path_option,
        ERROR if load.configured is not None and load.configured.loads is False else '',
        count=len(difference.mismatched),
        key=first.key,
        expected=shape(first.expected),
        found=shape(first.found),
        section=load.step.network_option,
    )


@rule('WC302', 'buffers-only', INFO)
def buffers_only(load: LoadReport, case: Case) -> Iterator[Found]:
    """Only buffers are missing, no parameter.

    Why it matters: SwinIR's relative_position_index and attn_mask are computed by the network;
    files without them lose nothing, yet strict loading stops.
    """
    difference, network = load.difference, load.network
    if difference is None or network is None or not difference.missing:
        return
    parameters = {spec.key for spec in network.tensors if spec.is_parameter}
    if not parameters & set(difference.missing) and not difference.mismatched:
        yield Found(load.step.path_option, count=len(difference.missing))


@rule('WC306', 'attention-differs', INFO)
def attention_differs(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file was trained with another attention of the Restormer family.

    Why it matters: MDTA to HTA is a sensible finetuning and a case for strict_load false: all but
    the attention loads.
    Source: basicsr_weightcheck/archs/restormer_arch.py; HTA has mdc_q, mdc_k, mdc_v where MDTA and
    WTA have qkv_dwconv.
    """
    difference = load.difference
    if difference is None:
        return
    missing, unexpected = '\n'.join(difference.missing), '\n'.join(difference.unexpected)
    count = sum('.attn.' in key for key in difference.missing)
    if '.attn.mdc_q.' in missing and '.attn.qkv_dwconv.' in unexpected:
        yield Found(load.step.path_option, found='MDTA / WTA', expected='HTA', count=count)
    elif '.attn.qkv_dwconv.' in missing and '.attn.mdc_q.' in unexpected:
        yield Found(load.step.path_option, found='HTA', expected='MDTA / WTA', count=count)


@rule('WC211', 'equal-keys-prove-little', WARNING)
def equal_keys_prove_little(load: LoadReport, case: Case) -> Iterator[Found]:
    """WTA attention has exactly the keys and shapes of MDTA.

    Why it matters: a strict load runs and every number is in place, but the network computes
    something else than the one that was trained.
    Source: basicsr_weightcheck/archs/restormer_arch.py.
    """
    options = case.report.plan.options
    kinds = options.get(f'{load.step.network_option}.attn_types')
    outcome = load.configured
    if not isinstance(kinds, (list, tuple)) or 'WTA' not in kinds or outcome is None:
        return
    if outcome.loads and any('.attn.qkv_dwconv.' in key for key in outcome.loaded):
        yield Found(f'{load.step.network_option}.attn_types')
