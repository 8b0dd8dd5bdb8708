"""Where the values of a network come from when its first iteration starts. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.records.tensors import Coverage, Mismatch, NetworkSpec

WHOLE = 'whole'
PART = 'part'
DERIVED = 'derived'
INITIAL = 'initial'
KINDS = (WHOLE, PART, DERIVED, INITIAL)


class FileTensor(NamedTuple):
    """One tensor of one file.

    Attributes:
        path: of the file, as the training names it.
        table: dotted name of the mapping that holds it, '' for the file's root.
        key: its name in that mapping.
    """

    path: str
    table: str
    key: str


class TensorSource(NamedTuple):
    """Where one tensor of a network has its value from.

    Attributes:
        key: its name in the network's state dict.
        kind: 'whole' (one tensor of a file, cast or not), 'part' (some elements are from a file,
            the others initial), 'derived' (computed from tensors of a file, or put together from
            several of them), 'initial' (no element is from a file).
        origins: the tensors of files, in the order in which they were written; () when initial.
        elements: how many of its elements come from them.
    """

    key: str
    kind: str
    origins: Tuple[FileTensor, ...] = ()
    elements: int = 0


class NetworkSources(NamedTuple):
    """One network that the model's constructor made, and where its tensors come from.

    Attributes:
        network: attribute of the model ('net_g', 'net_g_ema', 'net_d_mouth', 'cri_perceptual.vgg').
        section: of the YAML that describes it ('network_g'), '' when none does.
        spec: what it expects.
        tensors: one for each tensor of `spec`, in the order of the state dict.
    """

    network: str
    section: str
    spec: NetworkSpec
    tensors: Tuple[TensorSource, ...]

    @property
    def loaded(self) -> Tuple[str, ...]:
        """Keys that come wholly from files, as they are or derived; state-dict order."""
        return tuple(one.key for one in self.tensors if one.kind in (WHOLE, DERIVED))

    @property
    def partial(self) -> Tuple[Tuple[str, int], ...]:
        """(key, elements from a file) of those of which a part comes from a file."""
        return tuple((one.key, one.elements) for one in self.tensors if one.kind == PART)

    @property
    def initial(self) -> Tuple[str, ...]:
        """Keys that no file has given a value to."""
        return tuple(one.key for one in self.tensors if one.kind == INITIAL)

    @property
    def files(self) -> Dict[Tuple[str, str], int]:
        """{(path, table): number of tensors that have something from there}, in order of use."""
        counts: Dict[Tuple[str, str], int] = {}
        for one in self.tensors:
            for place in dict.fromkeys((origin.path, origin.table) for origin in one.origins):
                counts[place] = counts.get(place, 0) + 1
        return counts

    @property
    def lacking(self) -> Tuple[str, ...]:
        """Parameters that no file has given a value to."""
        counted = {spec.key for spec in self.spec.tensors if spec.is_parameter}
        return tuple(key for key in self.initial if key in counted)

    @property
    def coverage(self) -> Coverage:
        return Coverage.of(self.spec, self.loaded, self.partial)


class ModuleLoad(NamedTuple):
    """What `module.load_state_dict(table, strict=...)` does.

    Attributes:
        path: of the file, '' for a state dict in memory.
        table: dotted name of the table that is loaded, '' for the root.
        loads: True it returns, False it raises, None it depends on values that were not read.
        error: class name of the exception, '' when none.
        message: its text, '' when none.
        network: what the module expects, and where each of its tensors then has its value from.
            torch copies what fits also where the call raises; parameters of lazy modules that have
            no shape yet are left out.
        missing, unexpected: torch's own lists, in its order; () where the call ends before them.
        mismatched: keys of both sides with other shapes, state-dict order.
        looked_at: keys of the file whose values decide, where `loads` is None.
        lost: what the module makes of tensors that cannot be followed ('numpy'): what is called
            initial may come from the table by this way. () mostly.
    """

    path: str
    table: str
    strict: bool
    loads: Optional[bool]
    error: str
    message: str
    network: NetworkSources
    missing: Tuple[str, ...]
    unexpected: Tuple[str, ...]
    mismatched: Tuple[Mismatch, ...]
    looked_at: Tuple[str, ...] = ()
    lost: Tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """It returns, and every tensor of the module's state dict then comes from the table."""
        rest = self.missing or self.mismatched or self.network.partial or self.lost
        rest = rest or self.network.initial
        return bool(self.loads) and not rest


# Options of the training: nothing that a forward pass computes from the weights.
TRAINING_OPTIONS = ('drop', 'checkpoint', 'pretrain', 'init')


def is_of_training(option: str) -> bool:
    """Whether the name says that an option concerns the training alone."""
    return any(word in option.lower() for word in TRAINING_OPTIONS)


@dataclass(frozen=True)
class Origin:
    """What the network was when the file was saved.

    Attributes:
        path: the sidecar, YAML or log that says so.
        options: (option, value as text) of its section.
        class_name: qualified name of the class, '' when not known.
        source_sha256: of the class's source, '' when not known.
    """

    path: str
    options: Tuple[Tuple[str, str], ...]
    class_name: str = ''
    source_sha256: str = ''


def shown_value(value: Any) -> str:
    """One spelling for equal values, wherever they were written."""
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(shown_value(item) for item in value) + ']'
    if isinstance(value, dict):
        return '{' + ', '.join(f'{k}: {shown_value(v)}' for k, v in value.items()) + '}'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return '~' if value is None else str(value)
