"""What it means and what to change. Frozen data only; sentences live in `messages`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

from basicsr_weightcheck.records.conversions import Recipe
from basicsr_weightcheck.records.phrases import Plain

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
    """Result of rehearsing the recommendation.

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


@dataclass(frozen=True)
class Conversion:
    """What the file must become.

    Attributes:
        recipe: what is done, for `convert` and for the rehearsal.
        steps: the same as plain words: 'take:params', 'strip-prefix:net_g.', ...
        command: the command line that does it.
        target: path of the converted file, as the command names it.
    """

    recipe: Recipe
    steps: Tuple[str, ...]
    command: str
    target: str


@dataclass(frozen=True)
class Recommendation:
    """What to change for one load.

    Attributes:
        edits: changes of the YAML, in file order; () when none is needed.
        diff: unified diff of the YAML with all edits, '' when none.
        conversion: what the file must become, None when it can stay.
        proof: None when the recommendation was not proven (a finding says why).
    """

    edits: Tuple[OptionEdit, ...] = ()
    diff: str = ''
    conversion: Optional[Conversion] = None
    proof: Optional[Proof] = None
