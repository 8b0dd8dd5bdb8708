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
    class_from_elsewhere,
    copied_by_position,
    ema_from_another_table,
    ema_not_used,
    ema_table_missing,
    equal_keys_prove_little,
    little_loaded,
    missing_table,
    module_is_a_name,
    name_says_another_task,
    nested_weights_unusable,
    network_never_loaded,
    nothing_loaded,
    other_network,
    partly_loaded,
    prefix_differs,
    random_ema_differs,
    root_has_tables_only,
    strict_must_be_false,
    table_fallback,
    training_state_as_weights,
)
from basicsr_weightcheck.rules.options import (
    duplicate_option,
    misplaced_option,
    option_never_read,
    strict_could_be_true,
    strict_not_bool,
    text_none,
    unknown_path_option,
)
from basicsr_weightcheck.rules.rule import Rule
from basicsr_weightcheck.rules.shapes import (
    attention_differs,
    buffers_only,
    class_changed_since,
    derived_buffers_differ,
    discriminator_input_size,
    layers_renumbered,
    one_module_differs,
    other_hyper_parameters,
    other_normalisation,
    other_scale,
    same_keys_another_network,
    scale_without_effect,
    shape_mismatch,
    sizes_must_match,
    weights_of_another_class,
)
from basicsr_weightcheck.rules.training import (
    archived_before_load,
    constructor_stopped,
    framework_not_importable,
    import_repaired,
    later_load_not_reached,
    nothing_to_load,
    only_predicted,
    proof_missing,
    resume_replaces_pretrain,
    shadowed_framework,
    stray_path_option,
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
    training_state_as_weights.RULE,
    copied_by_position.RULE,
    ema_from_another_table.RULE,
    name_says_another_task.RULE,
    nested_weights_unusable.RULE,
    network_never_loaded.RULE,
    module_is_a_name.RULE,
    class_from_elsewhere.RULE,
    shape_mismatch.RULE,
    buffers_only.RULE,
    other_scale.RULE,
    derived_buffers_differ.RULE,
    other_hyper_parameters.RULE,
    attention_differs.RULE,
    same_keys_another_network.RULE,
    class_changed_since.RULE,
    weights_of_another_class.RULE,
    one_module_differs.RULE,
    scale_without_effect.RULE,
    discriminator_input_size.RULE,
    other_normalisation.RULE,
    layers_renumbered.RULE,
    sizes_must_match.RULE,
    strict_not_bool.RULE,
    text_none.RULE,
    option_never_read.RULE,
    unknown_path_option.RULE,
    duplicate_option.RULE,
    misplaced_option.RULE,
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
    other_precision.RULE,
)


def find_rule(text: str) -> Optional[Rule]:
    """The rule of this code or name, None when there is none."""
    for one in RULES:
        if text.upper() == one.code or text.lower() == one.name:
            return one
    return None
