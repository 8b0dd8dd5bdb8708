"""All rules, in the order of their codes. A rule that is not listed here is not looked at."""

from __future__ import annotations

from typing import Optional, Tuple

from basicsr_weightcheck.rules.container import (
    dangerous_pickle,
    incomplete_file,
    refused_by_torch,
    safetensors_in_loader,
    unreadable_checkpoint,
)
from basicsr_weightcheck.rules.keys import (
    ema_not_used,
    ema_table_missing,
    equal_keys_prove_little,
    little_loaded,
    missing_table,
    nothing_loaded,
    other_network,
    partly_loaded,
    prefix_differs,
    random_ema_differs,
    root_has_tables_only,
    state_as_pretrain,
    strict_must_be_false,
    table_fallback,
)
from basicsr_weightcheck.rules.options import (
    duplicate_option,
    misplaced_option,
    option_never_read,
    strict_could_be_true,
    strict_left_blank,
    strict_not_bool,
    strict_written_oddly,
    text_none,
    unknown_path_option,
)
from basicsr_weightcheck.rules.rule import Rule
from basicsr_weightcheck.rules.shapes import (
    attention_differs,
    buffers_only,
    class_changed_since,
    same_keys_another_network,
    shape_mismatch,
)
from basicsr_weightcheck.rules.training import (
    archived_before_load,
    constructor_stopped,
    framework_not_importable,
    ignored_network_misnamed,
    import_repaired,
    iteration_differs,
    later_load_not_reached,
    nothing_to_load,
    only_predicted,
    optimizer_misfit,
    optimizers_missing,
    proof_missing,
    resume_looks_elsewhere,
    resume_needs_gpu,
    resume_reads_averages,
    resume_replaces_pretrain,
    resume_state_not_read,
    shadowed_framework,
    state_missing,
    state_refused,
    state_unreadable,
    stray_path_option,
    stray_state_file,
    weights_as_state,
    weights_outside_path,
)
from basicsr_weightcheck.rules.values import (
    other_precision,
)

RULES: Tuple[Rule, ...] = (
    unreadable_checkpoint.RULE,
    incomplete_file.RULE,
    refused_by_torch.RULE,
    dangerous_pickle.RULE,
    safetensors_in_loader.RULE,
    strict_must_be_false.RULE,
    nothing_loaded.RULE,
    little_loaded.RULE,
    partly_loaded.RULE,
    missing_table.RULE,
    table_fallback.RULE,
    ema_table_missing.RULE,
    ema_not_used.RULE,
    prefix_differs.RULE,
    random_ema_differs.RULE,
    equal_keys_prove_little.RULE,
    other_network.RULE,
    root_has_tables_only.RULE,
    state_as_pretrain.RULE,
    shape_mismatch.RULE,
    buffers_only.RULE,
    attention_differs.RULE,
    same_keys_another_network.RULE,
    class_changed_since.RULE,
    strict_not_bool.RULE,
    strict_written_oddly.RULE,
    text_none.RULE,
    option_never_read.RULE,
    unknown_path_option.RULE,
    duplicate_option.RULE,
    misplaced_option.RULE,
    strict_left_blank.RULE,
    strict_could_be_true.RULE,
    archived_before_load.RULE,
    stray_path_option.RULE,
    resume_replaces_pretrain.RULE,
    import_repaired.RULE,
    framework_not_importable.RULE,
    shadowed_framework.RULE,
    only_predicted.RULE,
    later_load_not_reached.RULE,
    nothing_to_load.RULE,
    proof_missing.RULE,
    constructor_stopped.RULE,
    weights_outside_path.RULE,
    state_missing.RULE,
    weights_as_state.RULE,
    state_unreadable.RULE,
    iteration_differs.RULE,
    optimizer_misfit.RULE,
    state_refused.RULE,
    optimizers_missing.RULE,
    resume_needs_gpu.RULE,
    ignored_network_misnamed.RULE,
    resume_reads_averages.RULE,
    stray_state_file.RULE,
    resume_looks_elsewhere.RULE,
    resume_state_not_read.RULE,
    other_precision.RULE,
)


def find_rule(text: str) -> Optional[Rule]:
    """The rule of this code or name, None when there is none."""
    for one in RULES:
        if text.upper() == one.code or text.lower() == one.name:
            return one
    return None
