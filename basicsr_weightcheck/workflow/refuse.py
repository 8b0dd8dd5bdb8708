"""What makes a check impossible: one clear error instead of a report."""

from __future__ import annotations

import os
import re
from typing import Dict

from basicsr_weightcheck.errors import (
    NetworkBuildError,
    NetworkBuildTimeout,
    OptionError,
)
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.class_sources import find_class
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import Rehearsal

# Options of the training that are found among those of the network, and their section.
# Source: basicsr options/train/EDVR/train_EDVR_L_x4_SR_REDS.yml has ema_decay below network_g.
HOMES = {
    'ema_decay': 'train',
    'optim_g': 'train',
    'scheduler': 'train',
    'pretrain_network_g': 'path',
    'pretrain_network_d': 'path',
    'strict_load_g': 'path',
    'strict_load_d': 'path',
    'param_key_g': 'path',
    'gt_size': 'datasets.train',
}
COMPARE_SECTION = 'Compare the section with the parameters of the class.'


def refuse_ambiguous(plan: LoadPlan) -> None:
    """Raise OptionError for options whose meaning hangs on luck: written twice, or no section."""
    options = plan.options
    section = options.data.get('path')
    if section is not None and not isinstance(section, dict):
        glued = re.sub(r':(?=\S)', ': ', section, count=1) if isinstance(section, str) else section
        raise OptionError(
            phrase('section-is-none', found=str(section)[:80]),
            path=options.path,
            line=options.lines.get('path', 0),
            option='path',
            advice=phrase('yaml-write', corrected=glued) if glued != section else '',
        )
    for option, first, later in options.duplicates:
        section = option.split('.')[0]
        if section == 'path' or section.startswith('network_') or '.' not in option:
            raise OptionError(
                phrase('option-twice', first=str(first), later=str(later)),
                path=options.path,
                line=later,
                option=option,
                advice=phrase('option-twice-do'),
            )


def refuse_unbuilt(rehearsal: Rehearsal, plan: LoadPlan) -> None:
    """Raise NetworkBuildError where the network cannot be built as the YAML describes it."""
    facts = dict(rehearsal.failure_facts)
    error = f'{rehearsal.failure_error}: {rehearsal.failure_message}'.split('\n')[0][:300]
    output = facts.get('output', '').strip()
    said = f' Its last output: {output.splitlines()[-1][:200]}' if output else ''
    section = facts.get('section') or _section(plan)
    if rehearsal.failure == 'unknown-network':
        network_type = plan.options.get(f'{section}.type')
        near = f' Did you mean {facts["nearest"]}?' if facts.get('nearest') else ''
        what = f'the network {network_type!r} is not known to the framework.{near}'
        raise _error(plan, f'{section}.type', what, _where_it_is(str(network_type), facts, plan))
    if rehearsal.failure == 'network-options':
        argument = facts.get('argument', '')
        home = HOMES.get(argument, '')
        near = f' Did you mean {facts["nearest"]}?' if facts.get('nearest') else ''
        if argument == 'type':
            raise _error(plan, section, 'has no type:.', 'Name the network there.')
        raise _error(
            plan,
            f'{section}.{argument}',
            f'the network takes no argument {argument!r}.{"" if home else near}',
            f'It belongs below {home}:.' if home else COMPARE_SECTION,
        )
    if rehearsal.failure == 'network-build':
        raise _error(plan, section, f'building the network fails: {error}', '')
    if rehearsal.failure == 'timeout':
        raise NetworkBuildTimeout(
            f'building and rehearsing did not end within {facts.get("seconds")} s.{said}',
            path=plan.options.path,
            advice='Give more time with --timeout SECONDS.',
        )
    if rehearsal.failure == 'died':
        raise NetworkBuildError(
            f'the process that builds the network ended by itself ({facts.get("how")}).{said}',
            path=plan.options.path,
            advice='See what the network or an imported module does while it is built.',
        )


def _where_it_is(network_type: str, facts: Dict[str, str], plan: LoadPlan) -> str:
    """What to do about a class that is not known: its file, where one is found."""
    found = find_class(network_type, plan.framework) if plan.framework is not None else None
    if found is not None and found.reason == 'file-name':
        name = os.path.basename(found.path)
        return f'{found.path} defines it, but only files named *_arch.py are imported, not {name}.'
    if found is not None and found.reason == 'not-registered':
        return f'{found.path} defines it without @ARCH_REGISTRY.register() above the class.'
    place = f' {found.path} defines it.' if found is not None else ''
    looked = f'Looked in {facts.get("searched", "")}; add your own with --import MODULE.'
    return f'{looked}{place}'


def _section(plan: LoadPlan) -> str:
    """The section to blame: the first whose network is loaded, network_g without loads."""
    return plan.steps[0].network_option if plan.steps else 'network_g'


def _error(plan: LoadPlan, option: str, what: str, advice: str) -> NetworkBuildError:
    lines: Dict[str, int] = plan.options.lines
    return NetworkBuildError(
        what, path=plan.options.path, line=lines.get(option, 0), option=option, advice=advice
    )
