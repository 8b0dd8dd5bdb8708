"""Rules about names and shapes: what the difference between file and network means."""

from __future__ import annotations

from typing import Iterator, Tuple

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


# Options that change the training, or nothing that a forward pass computes from the weights.
TRAINING_OPTIONS = ('drop', 'checkpoint', 'pretrain', 'init')


def _computing(load: LoadReport) -> Tuple[str, ...]:
    return tuple(
        f'{option}: {then} -> {now}'
        for option, then, now in load.origin_differences
        if not any(word in option.lower() for word in TRAINING_OPTIONS)
    )


@rule('WC307', 'same-keys-another-network', ERROR)
def same_keys_another_network(load: LoadReport, case: Case) -> Iterator[Found]:
    """Every key and shape fits, and the file was saved from a network with other options.

    Why it matters: the load is complete, and the network computes something else than the one that
    was trained: another attention, another window, another scale.
    False alarms: an option that the class ignores. Options of the training (drop rates, gradient
    checkpointing) are not compared.
    Source: the sidecar that the hook writes beside each saved network, else the YAML or the log in
    the experiment folder (basicsr 1.4.2 utils/options.py `copy_opt_file`, `dict2str`).
    """
    outcome = load.configured
    if load.origin is None or outcome is None or not outcome.loads:
        return
    if outcome.missing or outcome.unexpected or outcome.mismatched:
        return
    changed = _computing(load)
    if changed:
        yield Found(load.step.network_option, changed=changed, source=load.origin.path)


@rule('WC308', 'class-changed-since', INFO)
def class_changed_since(load: LoadReport, case: Case) -> Iterator[Found]:
    """The source of the network's class is not what it was when the file was saved.

    Why it matters: with equal keys another code may compute something else.
    Source: the sidecar that the hook writes beside each saved network.
    """
    origin, network = load.origin, load.network
    if origin is None or network is None or not origin.source_sha256:
        return
    if network.source_sha256 and network.source_sha256 != origin.source_sha256:
        yield Found(
            load.step.network_option,
            then=origin.class_name,
            now=network.class_name,
            source=origin.path,
        )
