"""What it means and what to change, conversions included. Frozen data only; no sentences."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import prod
from typing import Any, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.names import PARAMS as PARAMS
from basicsr_weightcheck.records.phrases import Plain
from basicsr_weightcheck.records.tensors import (
    HALF,
    SAFETENSORS,
    TORCH_LEGACY,
    TORCH_ZIP,
    Difference,
    TensorSpec,
    Troubles,
)

CONTAINERS = (TORCH_ZIP, TORCH_LEGACY, SAFETENSORS)
DTYPES = ('float32', 'float16', 'bfloat16')
MEAN, TILE, SLICE = 'mean', 'tile', 'slice'
CHANNEL_MODES = (MEAN, TILE, SLICE)


@dataclass(frozen=True)
class ChannelChange:
    """Another number of input channels (dim 1) for one tensor.

    Attributes:
        key: name of the tensor in the converted file.
        channels: how many it gets.
        mode: 'slice' keeps the first ones; 'mean' gives every channel the mean of the old ones
            times old/new; 'tile' repeats them in turn, each copy with an equal part of the weight.
            With mean and tile an image of equal channels gives what it gave before.
    """

    key: str
    channels: int
    mode: str


@dataclass(frozen=True)
class Recipe:
    """What a conversion does, in the order of the fields.

    Attributes:
        take: tables of the file, '' is its root. Several keep their own names.
        drop: patterns of names in the file ('*' any text) that are left out.
        drop_profiler: leave out the counters that thop adds.
        strip: prefixes to take off, one after the other; what does not carry them is left out.
        keep_others: it is kept as it is, and so is what carries the prefix of `add` already.
        rules: names of shipped rule files, or paths.
        only: patterns of names that the rules apply to; () is all.
        add: prefix to put before every name.
        channels: changes of input channels.
        dtype: of all floating-point tensors; '' leaves them.
        wrap: names under which one table is written; () writes the tensors at the root.
        container: 'torch-zip', 'torch-legacy' or 'safetensors'.
    """

    take: Tuple[str, ...] = ('',)
    drop: Tuple[str, ...] = ()
    drop_profiler: bool = False
    strip: Tuple[str, ...] = ()
    keep_others: bool = False
    rules: Tuple[str, ...] = ()
    only: Tuple[str, ...] = ()
    add: str = ''
    channels: Tuple[ChannelChange, ...] = ()
    dtype: str = ''
    wrap: Tuple[str, ...] = (PARAMS,)
    container: str = TORCH_ZIP

    @property
    def renames(self) -> bool:
        """Names or tensors change, not only the place of the table."""
        return bool(self.strip or self.add or self.rules)


class PlannedTensor(NamedTuple):
    """One tensor of the converted file, and the views of the source that it is made of.

    Attributes:
        dtype: after the cast.
        parts: views of the source, joined along `join_dim`; mostly one.
        join_dim: dimension of the join.
        channels: change of dim 1 that follows, None for none.
    """

    key: str
    shape: Tuple[int, ...]
    dtype: str
    parts: Tuple[TensorSpec, ...]
    join_dim: int = 0
    channels: Optional[ChannelChange] = None

    @property
    def elements(self) -> int:
        """How many there are in the converted file."""
        return prod(self.shape)


@dataclass(frozen=True)
class PlannedTable:
    """One table of the converted file; `ordered` and `metadata_versions` as in `FileDict`."""

    tensors: Tuple[PlannedTensor, ...]
    ordered: bool = False
    metadata_versions: Optional[Tuple[Tuple[str, Optional[int]], ...]] = None


@dataclass(frozen=True)
class PlannedFile:
    """The converted file. `tables` are (name, table); the only name '' means: at the root."""

    tables: Tuple[Tuple[str, PlannedTable], ...]
    container: str


@dataclass(frozen=True)
class Changes:
    """What the recipe changed, in file order.

    Attributes:
        renamed: (name in the file, name in the converted file).
        dropped: (name, why): 'pattern', 'profiler' or 'prefix'.
        cut: (name in the converted file, its source, dim, first, end) of slices.
        joined: (name in the converted file, number of parts).
        unused_rules: (rule file, pattern) of rules that matched nothing.
        unmatched: names that no rule matched; kept as they are.
        resized: (name, shape before, shape after) of channel changes.
        cast: (dtype before, dtype after, number of tensors).
        uncast: (name, dtype) of tensors that have no floating-point type that can be cast.
    """

    renamed: Tuple[Tuple[str, str], ...] = ()
    dropped: Tuple[Tuple[str, str], ...] = ()
    cut: Tuple[Tuple[str, str, int, int, int], ...] = ()
    joined: Tuple[Tuple[str, int], ...] = ()
    unused_rules: Tuple[Tuple[str, str], ...] = ()
    unmatched: Tuple[str, ...] = ()
    resized: Tuple[Tuple[str, Tuple[int, ...], Tuple[int, ...]], ...] = ()
    cast: Tuple[Tuple[str, str, int], ...] = ()
    uncast: Tuple[Tuple[str, str], ...] = ()

    def plus(self, other: Changes) -> Changes:
        """What both say, this one first."""
        return Changes(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


@dataclass(frozen=True)
class Candidate:
    """A conversion that may explain why a file does not fit a network.

    Attributes:
        recipe: what would be done.
        difference: of the converted table against the network.
        lossless: names change, no tensor does.
    """

    recipe: Recipe
    difference: Difference
    lossless: bool

    @property
    def fraction(self) -> float:
        """Share of the network's parameters that the converted file gives, 0 to 1."""
        return self.difference.coverage.parameter_fraction

    @property
    def gives_most(self) -> bool:
        """Half of the network at least: what gives less names no network of the file."""
        return self.difference.coverage.least >= HALF

    @property
    def exact(self) -> bool:
        return self.difference.exact


@dataclass(frozen=True)
class Written:
    """What the writer saw while it wrote.

    Attributes:
        file_bytes: size of the converted file.
        storages: number of storages; tied tensors share one.
        overflowed: names of tensors in which finite values became infinite by the cast.
    """

    file_bytes: int
    storages: int
    overflowed: Tuple[str, ...] = ()


@dataclass(frozen=True)
class ConvertReport:
    """Result of `convert`.

    Attributes:
        source: path of the file that was read.
        source_container, source_bytes: of that file.
        target: path of the converted file, '' for a dry run without one.
        recipe: what was done.
        chosen: names of the steps that nobody asked for: 'take', 'strip', 'drop-profiler'.
        tables: (name, number of tensors) of the converted file; '' is its root.
        elements: of all its tensors, tied ones counted each time.
        changes: what became of each name.
        left_out: (dotted place, what it is) of everything in the file that is not converted.
        troubles: what the installed torch makes of the source; nothing of it is called.
        hints: shipped rule files that fit these names and were not asked for.
        written: None for a dry run.
    """

    source: str
    source_container: str
    source_bytes: int
    target: str
    recipe: Recipe
    chosen: Tuple[str, ...]
    tables: Tuple[Tuple[str, int], ...]
    elements: int
    changes: Changes
    left_out: Tuple[Tuple[str, str], ...]
    troubles: Troubles
    hints: Tuple[str, ...]
    written: Optional[Written]

    @property
    def dangerous(self) -> Tuple[str, ...]:
        """Code that the source names and that was not called."""
        return self.troubles.code


ERROR = 'error'
WARNING = 'warning'
INFO = 'info'
SEVERITIES = (ERROR, WARNING, INFO)


@dataclass(frozen=True)
class Finding:
    """One fact about the user's weights or options.

    Attributes:
        code: 'WC201', the rule's code.
        name: the rule's name, kebab-case.
        severity: 'error', 'warning' or 'info'.
        parameters: (name, plain value) pairs for the sentence, sorted by name.
        network: 'net_g' when it concerns one load, '' when it concerns the training as a whole.
        option: dotted option concerned, '' when none.
        line: 1-based line of that option, 0 when not known.
        ignored: the user asked not to count it; what the training does is the same.
    """

    code: str
    name: str
    severity: str
    parameters: Tuple[Tuple[str, Plain], ...] = ()
    network: str = ''
    option: str = ''
    line: int = 0
    ignored: bool = False


@dataclass(frozen=True)
class OptionEdit:
    """One change of the YAML.

    Attributes:
        option: dotted place.
        line: 1-based line of the option today; 0 when it has to be added.
        before: value today (None also when absent; see line).
        after: value to write: None (~), bool, int, float, str or a list of them.
        becomes: dotted place that the option moves to (or is renamed to); '' where it stays.
        removed: the option is taken out; `after` says nothing then.
    """

    option: str
    line: int
    before: Any
    after: Any
    becomes: str = ''
    removed: bool = False

    @property
    def target(self) -> str:
        """Dotted place where the value stands afterwards."""
        return self.becomes or self.option


@dataclass(frozen=True)
class Proof:
    """Result of rehearsing the recommendation; NOT_PROVEN where it was not (a finding says why).

    Attributes:
        loads: every load of the training ran through.
        parameter_fraction: share of this network's parameters that then come from the file, 0 to 1.
        by: qualified name of the method that was run, or 'predicted'.
        network: the load that the share is about.
        random: (module, number of its tensors that the file then gives no value), state-dict order.
    """

    loads: bool
    parameter_fraction: float
    by: str
    network: str = ''
    random: Tuple[Tuple[str, int], ...] = ()

    @property
    def was_made(self) -> bool:
        """Something was rehearsed."""
        return bool(self.by)


NOT_PROVEN = Proof(False, 0.0, by='')


@dataclass(frozen=True)
class Conversion:
    """What a file must become; AS_IT_IS where it can stay.

    Attributes:
        recipe: what is done, for `convert` and for the rehearsal.
        target: path of the converted file, as the command names it.
        steps: the recipe as plain words: 'take:params', 'strip-prefix:net_g.', ...
        command: the command line that does it.
        source: path of the file.
    """

    recipe: Recipe
    target: str
    steps: Tuple[str, ...] = ()
    command: str = ''
    source: str = ''

    @property
    def is_needed(self) -> bool:
        """Another file is made."""
        return bool(self.target)


AS_IT_IS = Conversion(Recipe(), target='')


@dataclass(frozen=True)
class Recommendation:
    """What to change for one load, or for the whole training; Recommendation() is: nothing.

    Attributes:
        edits: changes of the YAML, in file order; () when none is needed.
        diff: unified diff of the YAML with all edits, '' when none.
        conversion: what the file must become.
        proof: of the training with all edits.
    """

    edits: Tuple[OptionEdit, ...] = ()
    diff: str = ''
    conversion: Conversion = AS_IT_IS
    proof: Proof = NOT_PROVEN

    @property
    def is_needed(self) -> bool:
        """There is something to change."""
        return bool(self.edits) or self.conversion.is_needed
