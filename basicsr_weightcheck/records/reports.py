"""The result of a check, ready to be rendered, and why a file does not fit a network.

Frozen data only; renderers compute nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Dict, Literal, Mapping, NamedTuple, Optional, Tuple

from basicsr_weightcheck.errors import CheckpointError, WeightCheckError
from basicsr_weightcheck.records.comparisons import Health, Identity, OptionValue
from basicsr_weightcheck.records.findings import (
    AS_IT_IS,
    ERROR,
    Conversion,
    Finding,
    OptionEdit,
    Recommendation,
)
from basicsr_weightcheck.records.looks import Look
from basicsr_weightcheck.records.plans import NO_STATE, LoadPlan, LoadStep, ResumeState
from basicsr_weightcheck.records.sources import NetworkSources, Origin
from basicsr_weightcheck.records.tensors import (
    NOT_TRIED,
    CheckpointHeader,
    Coverage,
    Difference,
    NetworkSpec,
    Outcome,
)


@dataclass(frozen=True)
class OptionDifference:
    """An option of a network that the file was made with another value of.

    Attributes:
        name: of the option ('dim').
        found: the value that the file's shapes tell.
        expected: the value that the network was built with.
        is_default: the YAML does not write it; `expected` is the class's default.
    """

    name: str
    found: OptionValue
    expected: OptionValue
    is_default: bool = False


@dataclass(frozen=True)
class Cause:
    """What explains that the table of a load and its network differ; Cause() explains nothing.

    Attributes:
        options: the options that explain it; () when none do.
        edits: changes of the YAML that give the network the file's options, in file order.
        prefix: that every name of the file has to lose first, for the options to explain it.
        fraction: share of the parameters that the file gives with these edits, 0 to 1.
        exact: with these edits every key and shape fits.
        scale_only: the options are the scale, and nothing else.
        transfer: '' or why the difference looks intended: 'loader' (the training's own code fills
            what differs in part), 'strict-false' (the YAML loads without
            strict and most fits), 'names' (the YAML is for one scale and the names say the other).
        file_network: what the shapes of the file belong to, where that is another class than the
            network's; None when it is not known or the same.
        only_buffers: every key that differs is a buffer, which the network computes itself.
        buffer_options: the options that these buffers follow; () when the shapes do not tell.
        module: name of the one module that explains every missing or unexpected key, '' if none.
        module_in_file: the file has that module, and the network does not.
        converted_by: rules that made the file's keys beside that module, and have nothing to make
            it of ('mdta-to-hta'); '' where none did.
        needs_gpu: the class builds what differs where torch sees a GPU; the file then fits wholly.
        shifts: (beginning found, beginning expected) of renumbered modules, in file order.
        norm_form: the normalization of the file against that of the network, '' when equal:
            'spectral', 'parametrized', 'weight', 'plain' or 'statistics', as 'found/expected'.
    """

    options: Tuple[OptionDifference, ...] = ()
    edits: Tuple[OptionEdit, ...] = ()
    prefix: str = ''
    fraction: float = 0.0
    exact: bool = False
    scale_only: bool = False
    transfer: str = ''
    file_network: Optional[Identity] = None
    only_buffers: bool = False
    buffer_options: Tuple[OptionDifference, ...] = ()
    module: str = ''
    module_in_file: bool = False
    converted_by: str = ''
    needs_gpu: bool = False
    shifts: Tuple[Tuple[str, str], ...] = ()
    norm_form: str = ''


@dataclass(frozen=True)
class SilentOption:
    """An option whose other value gives another network with the same names and shapes.

    Attributes:
        name: of the option ('attn_types').
        value: as the YAML has it.
        other: the value that was built beside it.
        is_default: `other` is the default of the class.
        classes: (class, class with the other value) of modules whose class changes, each pair
            once; '' where there is no such module. What only acts in training is left out.
        attributes: (name, value, value with the other one) of plain attributes that change.
    """

    name: str
    value: OptionValue
    other: OptionValue
    is_default: bool = False
    classes: Tuple[Tuple[str, str], ...] = ()
    attributes: Tuple[Tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class NestedWeights:
    """Weights that a network or a loss loads itself.

    Attributes:
        option: dotted place in the YAML.
        value: the path as the YAML has it.
        problem: '' or 'missing' (no such file), 'address' (nothing is downloaded), 'tilde' (`~` is
            not expanded there), 'unreadable', 'unsafe' (it names code), 'table' (the table that is
            read is not in it), 'keys' (they do not fit the part of the network that they are for).
        needed: tables of which one is read; () where that is not known.
        tables: of the file.
        odd_keys: keys that one side has and the other has not, or with another shape.
        conversion: what makes a file of it that loads, as far as that is known.
    """

    option: str
    value: str
    problem: str = ''
    needed: Tuple[str, ...] = ()
    tables: Tuple[str, ...] = ()
    odd_keys: Tuple[str, ...] = ()
    conversion: Conversion = AS_IT_IS


Verdict = Literal[
    'ready',
    'ready-partly',
    'not-ready',
    'change-options',
    'convert',
    'wrong-checkpoint',
    'unusable-file',
    'nothing-to-load',
    'could-not-check',
]


@dataclass(frozen=True)
class RehearsedLoad:
    """What the child process saw of one load call.

    Attributes:
        step: the call as it was really made (corrects the plan's step).
        network: what the network expects.
        configured, strict_true, strict_false: outcomes of the same call.
    """

    step: LoadStep
    network: NetworkSpec
    configured: Outcome
    strict_true: Outcome
    strict_false: Outcome


@dataclass(frozen=True)
class Stop:
    """How the option parser or the model's constructor ended early, as the training would.

    Attributes:
        error: class name of the exception.
        message: its text; 'exit code 0' of a SystemExit.
        place: 'file:line' of the framework's code that raised it.
        network: the network whose load ended it, '' when it was no load.
    """

    error: str
    message: str
    place: str
    network: str = ''

    @property
    def ends_as_success(self) -> bool:
        """The process ends with exit code 0."""
        return self.error == 'SystemExit' and self.message == 'exit code 0'


@dataclass(frozen=True)
class Rehearsal:
    """Everything the child process reported.

    Attributes:
        loads: in the order of the calls.
        model: qualified name of the model's class, '' where it was not found, and where there are
            single calls and no constructor (the hook).
        model_file: the file that defines it.
        registered: names that `type:` of a network may have, sorted.
        networks: {YAML section: NetworkSpec} of every network that was built (also without a load).
        sources: where the tensors of every network that the model holds come from, in the order of
            its attributes; as far as the constructor got.
        stop: the exception that ends the option parser or the constructor, None when both run to
            their end.
        looked_at: keys of a file whose values decided something: what follows is not known.
        lost: operations of torch that could not be followed, likewise.
        rewritten: (option, before, after) of what the framework's own parser makes of the options
            of networks and weights.
        options_read: options below `path:` that the model class read ('param_key_g', ...).
        import_repairs: names of repairs that were used to import the framework.
        import_error: what the import ends with where none of them is made, '' where that was not
            tried (the training is started with them) or works.
        broken_plugins: (package, exception) of plug-ins that cannot be imported as a whole; what
            lies below them was imported nevertheless.
        missing: (package to install, 'file:line' that imports it) of failing imports.
        framework_version: as the imported package says, '' when it does not.
        torch_version: '' when torch could not be imported.
        numpy_version: '' when it was not imported.
        python_version: of the child.
        failure: '' or why no load could be rehearsed: 'import', 'unknown-network',
            'network-options', 'network-build', 'model', 'timeout', 'died' or 'not-run'.
        failure_error: class name of the exception behind `failure`.
        failure_message: its text.
        failure_facts: (name, text) pairs: 'nearest', 'searched', 'argument', 'module' ...
    """

    loads: Tuple[RehearsedLoad, ...] = ()
    model: str = ''
    model_file: str = ''
    registered: Tuple[str, ...] = ()
    networks: Tuple[Tuple[str, NetworkSpec], ...] = ()
    sources: Tuple[NetworkSources, ...] = ()
    stop: Optional[Stop] = None
    looked_at: Tuple[str, ...] = ()
    lost: Tuple[str, ...] = ()
    rewritten: Tuple[Tuple[str, str, str], ...] = ()
    options_read: Tuple[str, ...] = ()
    import_repairs: Tuple[str, ...] = ()
    import_error: str = ''
    broken_plugins: Tuple[Tuple[str, str], ...] = ()
    missing: Tuple[Tuple[str, str], ...] = ()
    framework_version: str = ''
    torch_version: str = ''
    numpy_version: str = ''
    python_version: str = ''
    failure: str = ''
    failure_error: str = ''
    failure_message: str = ''
    failure_facts: Tuple[Tuple[str, str], ...] = ()

    @property
    def was_run(self) -> bool:
        """A child process was asked."""
        return self.failure != 'not-run'

    @property
    def runs_to_end(self) -> bool:
        """A constructor was run, and to its end: what it has not done it does not do."""
        return bool(self.model) and self.stop is None


NOT_RUN = Rehearsal(failure='not-run', failure_message='--no-rehearsal')


@dataclass(frozen=True)
class LoadReport:
    """Everything known about one load.

    Attributes:
        step: the call.
        header: None when the file could not be read (a finding says why).
        network: None when it could not be built.
        difference: of the table that is read (else of the table that fits best) against the
            network; None when file or network is unknown: else it is a `ComparedLoad`.
        configured, strict_true, strict_false: outcomes of the call, rehearsed or predicted.
        must_be_false: strict_load must be false for this load to run; None = cannot be said.
        strict_recommended: the value to write; None = cannot be said.
        findings: of this load, errors first.
        recommendation: what to change for it.
        alternative: another way, proven: a conversion that uses more of the file than the
            recommendation does, or strict_load false where the recommendation changes the network.
        origin: what the file's network was when it was saved; None when nothing tells.
        origin_differences: (option, then, now) of the network's section.
        stale_sidecar: path of a sidecar beside the file that was written for another, '' without.
        cause: what explains the difference.
        silent_options: options of the network that the file does not tell; of the first load only
            where several loads read for one section.
        look: what the network does to pictures; None where nobody asked.
        identity: what the header alone tells; None where the network is known, or nothing is told.
    """

    step: LoadStep
    header: Optional[CheckpointHeader] = None
    network: Optional[NetworkSpec] = None
    difference: Optional[Difference] = None
    configured: Outcome = NOT_TRIED
    strict_true: Outcome = NOT_TRIED
    strict_false: Outcome = NOT_TRIED
    must_be_false: Optional[bool] = None
    strict_recommended: Optional[bool] = None
    findings: Tuple[Finding, ...] = ()
    recommendation: Recommendation = Recommendation()
    alternative: Recommendation = Recommendation()
    origin: Optional[Origin] = None
    origin_differences: Tuple[Tuple[str, str, str], ...] = ()
    stale_sidecar: str = ''
    cause: Cause = Cause()
    silent_options: Tuple[SilentOption, ...] = ()
    look: Optional[Look] = None
    identity: Optional[Identity] = None

    @property
    def key_used(self) -> Optional[str]:
        """The table that is read; None when unknown."""
        return self.configured.key_used

    @cached_property
    def coverage(self) -> Optional[Coverage]:
        """Of the load as configured; None when it stops or could not be tried."""
        if self.network is None or not self.configured.loads:
            return None
        return Coverage.of(self.network, self.configured.loaded, self.configured.partial)

    def gives(self, share: float) -> bool:
        """The load runs, and at least this share of its network comes from the file."""
        return self.coverage is not None and self.coverage.least >= share

    @property
    def is_cut(self) -> bool:
        """Its file lacks its end: what it claims is not all in it."""
        return self.header is not None and not self.header.complete

    @property
    def is_of_state(self) -> bool:
        """Its file is a training state."""
        return self.header is not None and self.header.is_training_state

    @property
    def other_way(self) -> Recommendation:
        """The alternative; where there is none, what is recommended."""
        return self.alternative if self.alternative.is_needed else self.recommendation

    @property
    def is_complete(self) -> bool:
        """The load runs as it is, and every tensor of the network comes wholly from the file."""
        made, coverage = self.configured, self.coverage
        lacks = made.missing or made.mismatched or made.partial
        return coverage is not None and not lacks and coverage.parameter_fraction == 1

    @property
    def opens_container(self) -> bool:
        """The loader reads this kind of file: it got at the content under some strict."""
        return self.configured.opened or self.strict_true.opened or self.strict_false.opened


@dataclass(frozen=True)
class ComparedLoad(LoadReport):
    """A load whose file was read and whose network was built: they were held against each other."""

    header: CheckpointHeader
    network: NetworkSpec
    difference: Difference


@dataclass(frozen=True)
class CheckReport:
    """Result of `check` for one YAML.

    Attributes:
        plan: what the training asks for.
        rehearsal: NOT_RUN when no child process was asked.
        verdict: the worst over all loads; 'ready', 'ready-partly' and 'nothing-to-load' only where
            the framework was run and no finding is an error.
        loads: in the order of the calls.
        findings: those that concern the training as a whole.
        recommendation: all edits of all loads together (what --fixed writes), and of the
            conversions the first.
        headers: {path: header} of all files that were read.
        nested: weights that a network's constructor loads itself, in the order of the YAML.
        resume_state: what the training would resume from; NO_STATE for a fresh start.
        unread: {path: what it would give} of files that are named and that nothing reads.
        errors: {load path: why its file could not be read}.
        proof_failures: {network: why its recommendation could not be proven}; '' stands for the
            training as a whole.
        values: {network: what the values are like that it would load}; {} unless asked for.
    """

    plan: LoadPlan
    rehearsal: Rehearsal
    verdict: Verdict
    loads: Tuple[LoadReport, ...]
    findings: Tuple[Finding, ...]
    recommendation: Recommendation
    headers: Dict[str, CheckpointHeader]
    nested: Tuple[NestedWeights, ...] = ()
    resume_state: ResumeState = NO_STATE
    unread: Mapping[str, Coverage] = field(default_factory=dict)
    errors: Dict[str, CheckpointError] = field(default_factory=dict)
    proof_failures: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Health] = field(default_factory=dict)

    @property
    def sources(self) -> Tuple[NetworkSources, ...]:
        """Where the tensors of every network come from; () where the framework was not run."""
        return self.rehearsal.sources

    def final(self, load: LoadReport) -> Optional[NetworkSources]:
        """What stands in the network of a load when the constructor has ended.

        None where that is not known, or the load was into a part of a network.
        """
        return next((one for one in self.sources if one.network == load.step.network), None)

    def is_meant_in_part(self, load: LoadReport) -> bool:
        """What a load that runs leaves out is no slip: a later load into its network fills all of
        that, or the code itself loads without strict what another network takes (a first stage).
        """
        if not load.configured.loads or not (load.coverage and load.coverage.parameters_loaded):
            return False
        step = load.step
        into = [one.step for one in self.loads if one.step.network == step.network]
        if into and into[-1] is not step and self.fraction(load) == 1:
            return True
        same = [one for one in self.loads if one.step.load_path == step.load_path]
        taken = any(one.gives(self.plan.min_loaded) for one in same if one.step not in into)
        return taken and not step.strict_option and not step.strict_effective

    def fraction(self, load: LoadReport) -> float:
        """Share of its network's parameters that come from files in the end, 0 to 1."""
        final = self.final(load)
        coverage = final.coverage if final is not None else load.coverage
        return coverage.parameter_fraction if coverage is not None else 0

    @property
    def least_fraction(self) -> Optional[float]:
        """That of the load with the least; None where there is no load."""
        return min(map(self.fraction, self.loads), default=None)

    def is_held(self, load: LoadReport) -> bool:
        """The model still holds the network of a load, or one that it is a part of."""
        names = [one.network for one in self.sources]
        place = load.step.network
        return not names or any(place == name or place.startswith(f'{name}.') for name in names)

    @property
    def ignored(self) -> Tuple[Finding, ...]:
        """Findings that the user asked not to count."""
        return tuple(finding for finding in self.all_findings if finding.ignored)

    def without_ignored(self) -> CheckReport:
        """The report without those, but for errors: an error is never out of sight."""

        def shown(findings: Tuple[Finding, ...]) -> Tuple[Finding, ...]:
            return tuple(one for one in findings if not one.ignored or one.severity == ERROR)

        loads = tuple(replace(load, findings=shown(load.findings)) for load in self.loads)
        return replace(self, findings=shown(self.findings), loads=loads)

    @property
    def all_findings(self) -> Tuple[Finding, ...]:
        """Findings of the training, then of each load, in order."""
        rest = tuple(finding for load in self.loads for finding in load.findings)
        return self.findings + rest


class Checked(NamedTuple):
    """One YAML of many.

    Attributes:
        report: of its check; None where there is none.
        error: why there is none; None where the check has passed it over.
    """

    path: str
    report: Optional[CheckReport] = None
    error: Optional[WeightCheckError] = None
