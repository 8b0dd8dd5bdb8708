"""What to change so that the weights load: edits of the YAML or a conversion of the file.

strict_load false is recommended only where the difference is real: never where a prefix, a wrapper,
another table, options of the network, another numbering or another norm explains it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Callable, Dict, Sequence, Tuple

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
from basicsr_weightcheck.records.reports import ComparedLoad, LoadReport
from basicsr_weightcheck.records.tensors import TORCH_LEGACY, TORCH_ZIP, Difference
from basicsr_weightcheck.version import is_before_zip

# Where the best match for a network lies: a table of the file, as it is or converted.

FOREIGN = 0.05  # a file that gives less than this share of the parameters is of another network
CLEARLY_BETTER = 1.02  # another table or name has to win by this factor: ties stay as configured
TABLES = (PARAMS, 'params_ema')


@dataclass(frozen=True)
class Match:
    """Where the best match lies.

    Attributes:
        recipe: takes one table; of one that matches as it is, what only writes it anew.
        as_is: nothing needs to be converted.
        edits: that make the network the file's.
        least: as in `Coverage`: nothing is changed for too small a part.
    """

    recipe: Recipe
    as_is: bool
    matched: float
    exact: bool
    edits: Tuple[OptionEdit, ...] = ()
    least: float = 1.0

    @property
    def table(self) -> str:
        """Of the file."""
        return self.recipe.take[0]


def best_match(
    load: LoadReport, tables: Dict[str, Difference], candidates: Sequence[Candidate] = ()
) -> Match:
    """The table and renaming that give most; what is configured wins a tie."""
    plain, used = {name: _plain(name, one) for name, one in tables.items()}, used_table(load)
    # Conversions that lose nothing, and more than what cleaning a file would be.
    kept = (one for one in candidates if one.lossless and one.gives_most and one.recipe.renames)
    matches = [*plain.values(), *map(_converted, kept)]
    # net_g_ema reads params_ema: where both tables fit, each load keeps the one that it names.
    best = max(matches, key=lambda one: (one.matched, one.as_is, one.as_is and one.table == PARAMS))
    return plain[used] if used in plain and _stays(plain[used], best) else best


def _stays(configured: Match, best: Match) -> bool:
    """Nothing else is clearly better."""
    names_alone = best.exact and not best.as_is  # differ: nothing need be lost
    if names_alone and not configured.exact:
        return False
    return configured.matched * CLEARLY_BETTER >= best.matched


def _plain(name: str, difference: Difference) -> Match:
    coverage, exact = difference.coverage, difference.exact
    return Match(Recipe((name,)), True, coverage.parameter_fraction, exact, least=coverage.least)


def _converted(candidate: Candidate) -> Match:
    return Match(candidate.recipe, False, candidate.fraction, candidate.exact)


def used_table(load: LoadReport) -> str:
    """The table that the load reads, as far as the YAML or the framework tells; '' is the root."""
    if load.key_used is not None:
        return load.key_used
    key = load.step.key_configured
    return '' if key is None else str(key)


def recommend(
    load: LoadReport,
    tables: Dict[str, Difference],
    candidates: Sequence[Candidate],
    plan: LoadPlan,
    together: Sequence[LoadReport],
    as_conversion: Callable[[str, str, Recipe], Conversion],
    torch_version: str = '',
) -> LoadReport:
    """Return the load with what to change for it, not yet proven.

    The alternative is a conversion that gives more than all of this does, with its own edits; else,
    where the options of the file are recommended, the way that keeps the network as it is, with
    strict_load false.

    Args:
        load: the facts.
        tables: every table of the file, by name, against the network.
        candidates: conversions of the file, measured against the network.
        plan: for option values and lines.
        together: all loads that read the same file for the same section (net_g and net_g_ema).
        as_conversion: of (file, converted file, recipe), with the command.
        torch_version: of the environment that will train, '' when not known.
    """
    if not load.configured.was_tried or load.is_cut:
        return load
    fits = all(one.is_complete and _can_name_its_table(one, plan) for one in together)
    if fits or not isinstance(load, ComparedLoad):
        return _by_strict_alone(load, plan)
    old_torch = is_before_zip(torch_version)
    return _Choice(load, tables, candidates, plan, together, as_conversion, old_torch).advised()


@dataclass(frozen=True)
class _Choice:
    """One load whose file and network differ, with all that its advice is chosen by.

    Attributes:
        load, tables, candidates, plan, together, as_conversion: as `recommend` is given them.
        old_torch: the training's torch reads no zip container.
    """

    load: ComparedLoad
    tables: Dict[str, Difference]
    candidates: Sequence[Candidate]
    plan: LoadPlan
    together: Sequence[LoadReport]
    as_conversion: Callable[[str, str, Recipe], Conversion]
    old_torch: bool

    def advised(self) -> LoadReport:
        """The load with what to change, and the other way where there is one."""
        load = self.load
        match = self._explained(best_match(load, self.tables, self.candidates))
        foreign = match.matched < min(FOREIGN, self.plan.min_loaded)
        if foreign or (match.as_is and _is_explained_otherwise(load, self.plan)):
            advised: LoadReport = load
        elif self._needs_conversion(match):  # else edits: no second file lies about then
            match = self._cleaned(match)
            advised = _decided(load, self._converted(match), must_be_false=not match.exact)
        else:
            advised = self._by_options(match)
        strict = advised.must_be_false is False
        return replace(advised, alternative=self._alternative(match, strict=strict))

    def _explained(self, best: Match) -> Match:
        """The table with the options that it was made with, unless other names explain more."""
        cause, table = self.load.cause, self.load.difference.table
        if not cause.options or cause.transfer:
            return best
        if not best.as_is and best.matched > cause.fraction:
            return best
        recipe, found = Recipe((table,), strip=tuple(filter(None, [cause.prefix]))), cause.fraction
        return Match(recipe, not cause.prefix, found, cause.exact, cause.edits, found)

    def _needs_conversion(self, match: Match) -> bool:
        if not match.as_is or self.old_torch and self.load.header.container == TORCH_ZIP:
            return True
        return any(
            not self._has_its_own(one, match) and self._cannot_be_named(one, match)
            for one in self.together
        )

    def _has_its_own(self, load: LoadReport, match: Match) -> bool:
        """The table that a load reads gives as much as the one chosen: params_ema beside params."""
        own = used_table(load)
        if not load.opens_container or own not in self.tables or load.step.key_option:
            return False
        gives, chosen = (
            self.tables[name].coverage.parameter_fraction for name in (own, match.table)
        )
        return gives * CLEARLY_BETTER >= chosen

    def _cannot_be_named(self, load: LoadReport, match: Match) -> bool:
        """No option of the YAML can say what this load is to read."""
        if not load.opens_container:
            return True  # nothing but another kind of file will do
        framework = self.plan.framework
        crashes = framework.makes_param_key_dirs and not match.table  # `param_key: ~`: os.makedirs
        if '.' in match.table or crashes:
            return True
        if used_table(load) == match.table:
            return False
        if set(framework.tables_first) & set(self.load.header.tables):
            return True  # the loader takes a table of its own choice, whatever it is asked for
        return not load.step.key_option and not load.configured.loads

    def _by_options(self, match: Match) -> LoadReport:
        """Edits of the YAML alone."""
        load, plan = self.load, self.plan
        must_be_false = self._must_be_false(match)
        if must_be_false and match.least < plan.min_loaded:
            return replace(load, must_be_false=True)
        edits = (*match.edits, *_strict_edits(load.step, must_be_false, plan))
        if load.step.key_option and used_table(load) != match.table:
            edits = (edit_of(load.step.key_option, match.table or None, plan), *edits)
        return _decided(load, Recommendation(edits), must_be_false=must_be_false)

    def _must_be_false(self, match: Match) -> bool:
        load = self.load
        if load.key_used == match.table and load.strict_true.was_tried and not match.edits:
            # Nothing but strict is in question: the framework has already answered.
            return not load.strict_true.loads and bool(load.strict_false.loads)
        return not match.exact

    def _cleaned(self, match: Match) -> Match:
        """A table that is to be converted anyway, without the counters of a profiler."""
        if not match.as_is:
            return match
        alike = (one for one in self.candidates if one.recipe.take == match.recipe.take)
        kept = (_converted(one) for one in alike if not one.recipe.renames)
        return next(kept, replace(match, as_is=False))

    def _both_tables(self, match: Match) -> Recipe:
        """The recipe of a match, for params and params_ema where both give equally much by it."""
        shares = {
            one.recipe.take[0]: one.fraction
            for one in self.candidates
            if replace(one.recipe, take=match.recipe.take) == match.recipe
        }
        if match.recipe == Recipe(match.recipe.take):  # of each table, its tensors as they are
            shares = {name: one.coverage.parameter_fraction for name, one in self.tables.items()}
        alike = all(shares.get(name) == match.matched for name in TABLES)
        both = alike and match.table in TABLES
        return replace(match.recipe, take=TABLES) if both else match.recipe

    def _converted(self, match: Match) -> Recommendation:
        """A conversion of the file, and the edits that have it loaded."""
        step, plan = self.load.step, self.plan
        recipe = self._both_tables(match)
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
        change = self.as_conversion(step.load_path, target, recipe)
        return Recommendation(tuple(edits), conversion=change)

    def _alternative(self, match: Match, *, strict: bool) -> Recommendation:
        """The conversion that gives most, where it gives more than a match; its own table first."""
        given = match.matched, match.exact and strict
        ways = [_converted(one) for one in self.candidates if one.gives_most]
        better = [one for one in ways if (one.matched, one.exact) > given]
        if not better:
            return self._kept_network(match)
        return self._converted(
            max(better, key=lambda one: (one.matched, one.exact, one.table == match.table))
        )

    def _kept_network(self, match: Match) -> Recommendation:
        """Strict false, where the options of the file are recommended and most loads without."""
        load, plan = self.load, self.plan
        is_read = match.as_is and load.key_used == match.table and load.strict_false.loads
        if match.edits and is_read and load.difference.coverage.least >= plan.min_loaded:
            return Recommendation(_strict_edits(load.step, True, plan))
        return Recommendation()


def _decided(load: LoadReport, way: Recommendation, *, must_be_false: bool) -> LoadReport:
    return replace(
        load,
        recommendation=way,
        must_be_false=must_be_false,
        strict_recommended=not must_be_false,
    )


def _can_name_its_table(load: LoadReport, plan: LoadPlan) -> bool:
    """False for `param_key: ~` where it ends in os.makedirs."""
    makes_dirs = plan.framework.makes_param_key_dirs
    return bool(load.key_used) or not makes_dirs or not load.step.key_written


def _by_strict_alone(load: LoadReport, plan: LoadPlan) -> LoadReport:
    """What the framework's answers say of strict, where nothing else is in question or known."""
    must_be_false = not load.strict_true.loads
    if must_be_false and not load.strict_false.loads:
        return load
    edits = _strict_edits(load.step, must_be_false, plan) if load.is_complete else ()
    return _decided(load, Recommendation(edits), must_be_false=must_be_false)


def _is_explained_otherwise(load: LoadReport, plan: LoadPlan) -> bool:
    """Something explains the difference that neither strict false nor an option would mend."""
    cause = load.cause
    if not cause.options and (cause.shifts or cause.norm_form):
        return True
    return cause.file_network is not None and not load.gives(plan.min_loaded)


def _strict_edits(step: LoadStep, must_be_false: bool, plan: LoadPlan) -> Tuple[OptionEdit, ...]:
    if not step.strict_option:
        return ()
    if must_be_false and (step.strict_effective or not isinstance(step.strict_configured, bool)):
        return (edit_of(step.strict_option, False, plan),)
    if step.strict_meant not in (None, step.strict_effective):
        # A text that reads as false; what loads strictly may as well say so (WC411).
        return (edit_of(step.strict_option, not must_be_false, plan),)
    return ()


def converted_path(path: str) -> str:
    """Where the converted file goes: beside the original, always as .pth."""
    return os.path.splitext(path)[0] + '_converted.pth'
