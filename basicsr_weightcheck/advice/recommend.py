"""What to change so that the weights load: edits of the YAML or a conversion of the file.

strict_load false is recommended only where the difference is real: never where a prefix, a wrapper
or another table explains it.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.records.findings import Conversion, OptionEdit
from basicsr_weightcheck.records.outcomes import Difference, Rename
from basicsr_weightcheck.records.plans import LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import CheckpointHeader

FOREIGN = 0.05  # a file that gives less than this share of the parameters is of another network
CLEARLY_BETTER = 1.02  # another table or name has to win by this factor: ties stay as configured
PARAMS = 'params'


@dataclass(frozen=True)
class Advice:
    """What to change for one load, not yet proven.

    Attributes:
        edits: of the YAML, in no order.
        conversion: what the file must become.
        must_be_false: as in `LoadReport`.
        strict_recommended: as in `LoadReport`.
    """

    edits: Tuple[OptionEdit, ...] = ()
    conversion: Optional[Conversion] = None
    must_be_false: Optional[bool] = None
    strict_recommended: Optional[bool] = None


@dataclass(frozen=True)
class Source:
    """Where the best match lies: a table, perhaps under other names."""

    table: str
    rename: Optional[Rename]
    matched: float
    exact: bool


def recommend(
    load: LoadReport, tables: Dict[str, Difference], plan: LoadPlan, together: Sequence[LoadReport]
) -> Advice:
    """Return what to change for one load.

    Args:
        load: the facts.
        tables: every table of the file, by name, against the network.
        plan: for option values and lines.
        together: all loads that read the same file for the same section (net_g and net_g_ema).
    """
    if load.header is None or load.network is None or load.configured is None or not tables:
        return Advice()
    if not load.header.complete:
        return Advice()
    source = best_source(load, tables)
    if source.matched < FOREIGN:
        return Advice()
    if any(_needs_conversion(one, source, plan) for one in together):
        return _convert(load, load.header, source, plan)
    edits = _key_edits(load, source, plan)
    return _with_strict(load, source, plan, edits)


def best_source(load: LoadReport, tables: Dict[str, Difference]) -> Source:
    """The table and renaming that give most; what is configured wins a tie."""
    used = _used_table(load)
    sources = [_plain(name, difference) for name, difference in tables.items()]
    sources += [s for name, d in tables.items() for s in _renamed(name, d)]
    best = max(sources, key=lambda source: (source.matched, source.rename is None))
    current = next((s for s in sources if s.table == used and s.rename is None), None)
    if current is not None and current.matched * CLEARLY_BETTER >= best.matched:
        return current
    # net_g_ema reads params_ema: where both tables fit, each load keeps the one that it names.
    equal = [s for s in sources if s.matched == best.matched and s.rename is None]
    preferred = [s for s in equal if s.table == PARAMS] or equal
    return preferred[0] if preferred and best.rename is None else best


def _plain(name: str, difference: Difference) -> Source:
    whole = not (difference.missing or difference.unexpected or difference.mismatched)
    return Source(name, None, difference.coverage.parameter_fraction, whole)


def _renamed(name: str, difference: Difference) -> List[Source]:
    expected = max(1, difference.coverage.tensors_expected)
    found = len(difference.matched) + len(difference.unexpected) + len(difference.mismatched)
    return [
        Source(name, rename, rename.matched / expected, rename.matched == expected == found)
        for rename in difference.renames
    ]


def _used_table(load: LoadReport) -> Optional[str]:
    if load.key_used is not None:
        return load.key_used
    key = load.step.key_configured
    return '' if key is None else str(key)


def _needs_conversion(load: LoadReport, source: Source, plan: LoadPlan) -> bool:
    """No option of the YAML can name what is needed."""
    if load.header is not None and load.header.container == 'safetensors':
        return True
    if source.rename is not None or '.' in source.table:
        return True
    framework = plan.framework
    makes_dirs = framework is not None and framework.makes_param_key_dirs
    if makes_dirs and not source.table:
        return True  # `param_key: ~` crashes in os.makedirs there
    if _used_table(load) == source.table:
        return False
    if load.configured is not None and load.configured.loads and not load.step.key_option:
        return False
    return not load.step.key_option


def _key_edits(load: LoadReport, source: Source, plan: LoadPlan) -> List[OptionEdit]:
    if not load.step.key_option or _used_table(load) == source.table:
        return []
    return [_edit(load.step.key_option, source.table or None, plan)]


def _with_strict(
    load: LoadReport, source: Source, plan: LoadPlan, edits: List[OptionEdit]
) -> Advice:
    step = load.step
    must_be_false = not source.exact
    if load.key_used == source.table and load.strict_true is not None:
        # Nothing but strict is in question: the framework has already answered.
        strict_false_loads = load.strict_false is not None and bool(load.strict_false.loads)
        must_be_false = not load.strict_true.loads and strict_false_loads
    edits = edits + _strict_edits(step, must_be_false, plan)
    return Advice(tuple(edits), None, must_be_false, not must_be_false)


def _strict_edits(step: LoadStep, must_be_false: bool, plan: LoadPlan) -> List[OptionEdit]:
    if not step.strict_option:
        return []
    if must_be_false and (step.strict_effective or not isinstance(step.strict_configured, bool)):
        return [_edit(step.strict_option, False, plan)]
    if step.strict_meant is not None and step.strict_meant != step.strict_effective:
        return [_edit(step.strict_option, step.strict_meant, plan)]
    return []


def _edit(option: str, after: object, plan: LoadPlan) -> OptionEdit:
    return OptionEdit(option, plan.options.lines.get(option, 0), plan.options.get(option), after)


def _convert(load: LoadReport, header: CheckpointHeader, source: Source, plan: LoadPlan) -> Advice:
    step = load.step
    steps: List[str] = []
    if header.container == 'safetensors':
        steps.append('from-safetensors')
    if source.table:
        steps.append(f'take:{source.table}')
    if source.rename is not None:
        kind = source.rename.kind
        steps.append(f'{kind}:{source.rename.found or source.rename.expected}')
    wrapped = [PARAMS]
    if plan.framework is not None and not plan.framework.has_params_fallback:
        wrapped += [step.key_configured] if isinstance(step.key_configured, str) else []
    steps.append('wrap:' + ','.join(dict.fromkeys(wrapped)))
    target = converted_path(step.load_path)
    edits = [_edit(step.path_option, target, plan)] if step.path_option else []
    if step.key_option and step.key_configured != PARAMS:
        edits.append(_edit(step.key_option, PARAMS, plan))
    edits += _strict_edits(step, not source.exact, plan)
    conversion = Conversion(tuple(steps), command_line(step.load_path, target, tuple(steps)))
    return Advice(tuple(edits), conversion, not source.exact, source.exact)


def converted_path(path: str) -> str:
    """Where the converted file goes: beside the original, always as .pth."""
    return os.path.splitext(path)[0] + '_converted.pth'


def command_line(path: str, target: str, steps: Tuple[str, ...]) -> str:
    """A command that does the conversion with nothing but the user's own torch."""
    code = f'import torch; w = torch.load({_quoted(path)}, map_location="cpu"); '
    if 'from-safetensors' in steps:
        code = f'import torch, safetensors.torch as s; w = s.load_file({_quoted(path)}); '
    for step in steps:
        kind, _, value = step.partition(':')
        if kind == 'take':
            code += ''.join(f'w = w[{_quoted(part)}]; ' for part in value.split('.'))
        elif kind == 'prefix-strip':
            code += 'w = {k[7 * k.startswith("module."):]: v for k, v in w.items()}; '
            kept = f'k.startswith({_quoted(value)})'
            code += f'w = {{k[{len(value)}:]: v for k, v in w.items() if {kept}}}; '
        elif kind == 'prefix-add':
            code += f'w = {{{_quoted(value)} + k: v for k, v in w.items()}}; '
        elif kind == 'wrap':
            saved = ', '.join(f'{_quoted(name)}: w' for name in value.split(','))
            code += f'torch.save({{{saved}}}, {_quoted(target)})'
    return f'python -c {shlex.quote(code)}'


def _quoted(text: str) -> str:
    """A Python text in double quotes: the whole command stands in a shell's single ones."""
    return json.dumps(text, ensure_ascii=False)
