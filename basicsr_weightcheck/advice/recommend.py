"""What to change so that the weights load: edits of the YAML or a conversion of the file.

strict_load false is recommended only where the difference is real: never where a prefix, a wrapper,
another table, options of the network, another numbering or another norm explains it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence, Tuple

from basicsr_weightcheck.advice.option_cures import edit_of
from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.records.findings import (
    PARAMS,
    Candidate,
    Conversion,
    OptionEdit,
    Recipe,
    Recommendation,
)
from basicsr_weightcheck.records.plans import LoadPlan, LoadStep
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import TORCH_LEGACY, TORCH_ZIP, Difference
from basicsr_weightcheck.version import is_before_zip

# Where the best match for a network lies: a table of the file, as it is or converted.

FOREIGN = 0.05  # a file that gives less than this share of the parameters is of another network
CLEARLY_BETTER = 1.02  # another table or name has to win by this factor: ties stay as configured
TABLES = (PARAMS, 'params_ema')


@dataclass(frozen=True)
class Match:
    """Where the best match lies: a table as it is (`recipe` None), or converted.

    Attributes:
        edits: that make the network the file's.
        least: as in `Coverage`: nothing is changed for too small a part.
    """

    table: str
    recipe: Optional[Recipe]
    matched: float
    exact: bool
    edits: Tuple[OptionEdit, ...] = ()
    least: float = 1.0


def best_match(
    load: LoadReport, tables: Dict[str, Difference], candidates: Sequence[Candidate] = ()
) -> Match:
    """The table and renaming that give most; what is configured wins a tie."""
    plain = {name: _plain(name, difference) for name, difference in tables.items()}
    # Conversions that lose nothing, and more than what cleaning a file would be.
    kept = [one for one in candidates if one.gives_most and one.lossless and one.recipe.renames]
    matches = [*plain.values(), *map(_converted, kept)]
    best = max(matches, key=lambda match: (match.matched, match.recipe is None))
    configured = plain.get(used_table(load))
    if configured is not None and _stays(configured, best):
        return configured
    if best.recipe is not None:
        return best
    # net_g_ema reads params_ema: where both tables fit, each load keeps the one that it names.
    equal = [match for match in plain.values() if match.matched == best.matched]
    return next((match for match in equal if match.table == PARAMS), equal[0])


def _stays(configured: Match, best: Match) -> bool:
    """Nothing else is clearly better."""
    names_alone = best.recipe is not None and best.exact  # differ: nothing need be lost
    if names_alone and not configured.exact:
        return False
    return configured.matched * CLEARLY_BETTER >= best.matched


def _plain(name: str, difference: Difference) -> Match:
    coverage, exact = difference.coverage, difference.exact
    return Match(name, None, coverage.parameter_fraction, exact, least=coverage.least)


def _converted(candidate: Candidate) -> Match:
    return Match(candidate.recipe.take[0], candidate.recipe, candidate.fraction, candidate.exact)


def cleaned(match: Match, candidates: Sequence[Candidate]) -> Match:
    """A table that is to be converted anyway, without the counters of a profiler."""
    if match.recipe is not None:
        return match
    kept = (c for c in candidates if not c.recipe.renames and c.recipe.take == (match.table,))
    return next(map(_converted, kept), replace(match, recipe=Recipe((match.table,))))


def both_tables(
    match: Match, tables: Dict[str, Difference], candidates: Sequence[Candidate]
) -> Recipe:
    """The recipe of a match, for params and params_ema where both give equally much by it."""
    assert match.recipe is not None
    if match.table not in TABLES:
        return match.recipe
    anywhere = replace(match.recipe, take=())
    if anywhere == replace(Recipe(), take=()):
        shares = {name: one.coverage.parameter_fraction for name, one in tables.items()}
    else:
        shares = {
            one.recipe.take[0]: one.fraction
            for one in candidates
            if replace(one.recipe, take=()) == anywhere
        }
    alike = all(shares.get(name) == match.matched for name in TABLES)
    return replace(match.recipe, take=TABLES) if alike else match.recipe


def better_match(match: Match, candidates: Sequence[Candidate], *, strict: bool) -> Optional[Match]:
    """The conversion that gives most, where it gives more than a match; its own table first.

    Args:
        match: what is recommended.
        candidates: all conversions.
        strict: the match loads strictly.
    """
    exact = match.exact and strict
    best = max(
        (_converted(one) for one in candidates if one.gives_most),
        key=lambda one: (one.matched, one.exact, one.table == match.table),
        default=None,
    )
    if best is None:
        return None
    return best if (best.matched, best.exact) > (match.matched, exact) else None


def used_table(load: LoadReport) -> str:
    """The table that the load reads, as far as the YAML or the framework tells; '' is the root."""
    if load.key_used is not None:
        return load.key_used
    key = load.step.key_configured
    return '' if key is None else str(key)


@dataclass(frozen=True)
class Advice:
    """What to change for one load, not yet proven.

    Attributes:
        edits: of the YAML, in no order.
        conversion: what the file must become, and under which path; its command is not known yet.
        alternative: a conversion that gives more than all of this does, with its own edits; else,
            where the options of the file are recommended, the way that keeps the network as it is,
            with strict_load false.
        must_be_false: as in `LoadReport`.
        strict_recommended: as in `LoadReport`.
    """

    edits: Tuple[OptionEdit, ...] = ()
    conversion: Optional[Conversion] = None
    alternative: Optional[Recommendation] = None
    must_be_false: Optional[bool] = None
    strict_recommended: Optional[bool] = None


def recommend(
    load: LoadReport,
    tables: Dict[str, Difference],
    candidates: Sequence[Candidate],
    plan: LoadPlan,
    together: Sequence[LoadReport],
    torch_version: str = '',
) -> Advice:
    """Return what to change for one load.

    Args:
        load: the facts.
        tables: every table of the file, by name, against the network.
        candidates: conversions of the file, measured against the network.
        plan: for option values and lines.
        together: all loads that read the same file for the same section (net_g and net_g_ema).
        torch_version: of the environment that will train, '' when not known.
    """
    unread = load.header is not None and not load.header.complete
    if load.network is None or not load.configured.was_tried or unread:
        return Advice()
    fits = all(one.is_complete and _can_name_its_table(one, plan) for one in together)
    if fits or load.header is None or not tables:
        return _by_strict_alone(load, plan)
    old_torch = is_before_zip(torch_version)
    return _Choice(load, tables, candidates, plan, together, old_torch).advice()


@dataclass(frozen=True)
class _Choice:
    """One load whose file and network differ, with all that its advice is chosen by.

    Attributes:
        load, tables, candidates, plan, together: as `recommend` is given them.
        old_torch: the training's torch reads no zip container.
    """

    load: LoadReport
    tables: Dict[str, Difference]
    candidates: Sequence[Candidate]
    plan: LoadPlan
    together: Sequence[LoadReport]
    old_torch: bool

    def advice(self) -> Advice:
        """What to change, and the other way where there is one."""
        match = self._explained(best_match(self.load, self.tables, self.candidates))
        foreign = match.matched < min(FOREIGN, self.plan.min_loaded)
        if foreign or (match.recipe is None and _is_explained_otherwise(self.load, self.plan)):
            advice = Advice()
        elif self._needs_conversion(match):  # else edits: no second file lies about then
            match = cleaned(match, self.candidates)
            advice = self._converted(match)
        else:
            advice = self._by_options(match)
        return replace(advice, alternative=self._alternative(match, advice))

    def _explained(self, best: Match) -> Match:
        """The table with the options that it was made with, unless other names explain more."""
        cause, difference = self.load.cause, self.load.difference
        if cause is None or difference is None or not cause.options or cause.transfer:
            return best
        if best.recipe is not None and best.matched > cause.fraction:
            return best
        found = cause.fraction
        recipe = Recipe((difference.table,), strip=(cause.prefix,)) if cause.prefix else None
        return Match(difference.table, recipe, found, cause.exact, cause.edits, found)

    def _needs_conversion(self, match: Match) -> bool:
        header = self.load.header
        if self.old_torch and header is not None and header.container == TORCH_ZIP:
            return True
        return any(
            not self._has_its_own(one, match) and _cannot_be_named(one, match, self.plan)
            for one in self.together
        )

    def _has_its_own(self, load: LoadReport, match: Match) -> bool:
        """The table that a load reads gives as much as the one chosen: params_ema beside params."""
        if match.recipe is not None or not load.opens_container:
            return False
        own, chosen = self.tables.get(used_table(load)), self.tables.get(match.table)
        if own is None or chosen is None or load.step.key_option:
            return False
        fraction = chosen.coverage.parameter_fraction
        return own.coverage.parameter_fraction * CLEARLY_BETTER >= fraction

    def _by_options(self, match: Match) -> Advice:
        """Edits of the YAML alone."""
        load, plan = self.load, self.plan
        must_be_false = self._must_be_false(match)
        if must_be_false and match.least < plan.min_loaded:
            return Advice(must_be_false=True)
        edits = [*match.edits, *_strict_edits(load.step, must_be_false, plan)]
        if load.step.key_option and used_table(load) != match.table:
            edits.insert(0, edit_of(load.step.key_option, match.table or None, plan))
        return Advice(
            tuple(edits), must_be_false=must_be_false, strict_recommended=not must_be_false
        )

    def _must_be_false(self, match: Match) -> bool:
        load = self.load
        if load.key_used == match.table and load.strict_true.was_tried and not match.edits:
            # Nothing but strict is in question: the framework has already answered.
            return not load.strict_true.loads and bool(load.strict_false.loads)
        return not match.exact

    def _converted(self, match: Match) -> Advice:
        """A conversion of the file, and the edits that have it loaded."""
        step, plan = self.load.step, self.plan
        recipe = both_tables(match, self.tables, self.candidates)
        # There the table that is asked for has to be in the file under its own name.
        if not plan.framework.has_params_fallback:
            named = [step.key_configured] if isinstance(step.key_configured, str) else []
            recipe = replace(recipe, wrap=tuple(dict.fromkeys([PARAMS, *named])))
        if self.old_torch:
            recipe = replace(recipe, container=TORCH_LEGACY)
        start = Start(plan.options, plan.framework, plan.working_directory)
        beside = converted_path(step.load_path)
        target = dialect_of(plan.framework).converted_path(step, start, beside)
        edits = [edit_of(step.path_option, target, plan)] if step.path_option else []
        written = recipe.take if len(recipe.take) > 1 else (PARAMS,)
        finds_it = set(plan.framework.tables_first) & set(written)
        if step.key_option and step.key_configured not in written and not finds_it:
            edits.append(edit_of(step.key_option, PARAMS, plan))
        edits += [*match.edits, *_strict_edits(step, not match.exact, plan)]
        change, exact = Conversion(recipe, target), match.exact
        return Advice(tuple(edits), change, must_be_false=not exact, strict_recommended=exact)

    def _alternative(self, match: Match, advice: Advice) -> Optional[Recommendation]:
        strict = advice.must_be_false is False
        better = better_match(match, self.candidates, strict=strict)
        if better is None:
            return _kept_network(self.load, match, self.plan)
        other = self._converted(better)
        return Recommendation(other.edits, conversion=other.conversion)


def _can_name_its_table(load: LoadReport, plan: LoadPlan) -> bool:
    """False for `param_key: ~` where it ends in os.makedirs."""
    makes_dirs = plan.framework.makes_param_key_dirs
    return bool(load.key_used) or not makes_dirs or not load.step.key_written


def _by_strict_alone(load: LoadReport, plan: LoadPlan) -> Advice:
    """What the framework's answers say of strict, where nothing else is in question or known."""
    if not load.strict_true.loads and not load.strict_false.loads:
        return Advice()
    must_be_false = not load.strict_true.loads
    edits = _strict_edits(load.step, must_be_false, plan) if load.is_complete else []
    return Advice(tuple(edits), must_be_false=must_be_false, strict_recommended=not must_be_false)


def _kept_network(load: LoadReport, match: Match, plan: LoadPlan) -> Optional[Recommendation]:
    """Strict false, where the options of the file are recommended and most would load without."""
    outcome, difference = load.strict_false, load.difference
    if not match.edits or match.recipe is not None or difference is None:
        return None
    least = difference.coverage.least
    if not outcome.loads or load.key_used != match.table or least < plan.min_loaded:
        return None
    edits = _strict_edits(load.step, True, plan)
    return Recommendation(tuple(edits)) if edits else None


def _is_explained_otherwise(load: LoadReport, plan: LoadPlan) -> bool:
    """Something explains the difference that neither strict false nor an option would mend."""
    cause = load.cause
    if cause is None:
        return False
    if not cause.options and (cause.shifts or cause.norm_form):
        return True
    takes_most = load.coverage is not None and load.coverage.least >= plan.min_loaded
    return cause.file_network is not None and not takes_most


def _cannot_be_named(load: LoadReport, match: Match, plan: LoadPlan) -> bool:
    """No option of the YAML can say what this load is to read."""
    if not load.opens_container:
        return True  # nothing but another kind of file will do
    crashes = plan.framework.makes_param_key_dirs and not match.table  # `param_key: ~`: os.makedirs
    if match.recipe is not None or '.' in match.table or crashes:
        return True
    if used_table(load) == match.table:
        return False
    if _file_decides(load, plan):
        return True
    return not load.step.key_option and not load.configured.loads


def _file_decides(load: LoadReport, plan: LoadPlan) -> bool:
    """The loader takes a table of its own choice, whatever it is asked for."""
    tables = load.header.tables if load.header is not None else ()
    return bool(set(plan.framework.tables_first) & set(tables))


def _strict_edits(step: LoadStep, must_be_false: bool, plan: LoadPlan) -> List[OptionEdit]:
    if not step.strict_option:
        return []
    if must_be_false and (step.strict_effective or not isinstance(step.strict_configured, bool)):
        return [edit_of(step.strict_option, False, plan)]
    if step.strict_meant is not None and step.strict_meant != step.strict_effective:
        # A text that reads as false; what loads strictly may as well say so (WC411).
        return [edit_of(step.strict_option, not must_be_false, plan)]
    return []


def converted_path(path: str) -> str:
    """Where the converted file goes: beside the original, always as .pth."""
    return os.path.splitext(path)[0] + '_converted.pth'
