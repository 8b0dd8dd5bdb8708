"""What a load does, and what differs. Frozen data only."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.records.tensors import NetworkSpec

PREDICTED = 'predicted'
HALF = 0.5  # of a network: a load that takes less is no start, unless the user says otherwise


class Mismatch(NamedTuple):
    """A key that both sides have with different shapes."""

    key: str
    expected: Tuple[int, ...]
    found: Tuple[int, ...]


class Outcome(NamedTuple):
    """What one load_network call does under one setting.

    Attributes:
        loads: True no exception, False an exception, None it could not be said.
        error: class name of the exception ('RuntimeError', 'KeyError'), '' when none.
        message: its text, '' when none.
        by: qualified name of the method that was run, or 'predicted'.
        key_used: the table that was read: 'params', '' for the file's root,
            None when the call ended before it was chosen.
        loaded: network keys whose values come from the file, state-dict order.
        missing: expected keys that get no value from the file (natural order). Shape mismatches are
            in `mismatched` only, also where the framework renames them to '<key>.ignore'.
        unexpected: keys of the file (after the framework's own renaming of 'module.') that the
            network does not have (natural order).
        mismatched: keys of both with different shapes (natural order).
        renamed: (network key, file key) of tensors that the loader handed over under another name
            than the file has them under; '.ignore', a dropped 'module.' and the several names of a
            tied tensor apart.
        partial: (key, elements from the file) of tensors of which a part comes from the file.
        derived: those of `loaded` that are computed from tensors of the file.
        origins: (network key, file key) of `loaded` tensors that are one tensor of the file, under
            another name than the network's, tied ones included.
        log: lines that the framework logged during the call, in order, without time stamps.
        opened: the file was opened and its content handed out.
    """

    loads: Optional[bool]
    error: str = ''
    message: str = ''
    by: str = PREDICTED
    key_used: Optional[str] = None
    loaded: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()
    unexpected: Tuple[str, ...] = ()
    mismatched: Tuple[Mismatch, ...] = ()
    log: Tuple[str, ...] = ()
    renamed: Tuple[Tuple[str, str], ...] = ()
    partial: Tuple[Tuple[str, int], ...] = ()
    derived: Tuple[str, ...] = ()
    origins: Tuple[Tuple[str, str], ...] = ()
    opened: bool = True

    @property
    def is_plain(self) -> bool:
        """Names and sizes of both sides agree: strict or not makes no difference."""
        differs = self.missing or self.unexpected or self.mismatched or self.partial
        return bool(self.loads) and bool(self.loaded) and not differs and not self.renamed


class Trial(NamedTuple):
    """One set of arguments for load_network to be rehearsed: (strict, key, path)."""

    strict: object
    param_key: Optional[object]
    load_path: str


class Coverage(NamedTuple):
    """How much of the network comes from the file, in elements.

    `tensors_*` count tensors; parameters and buffers are counted apart. `weights_*` count the
    parameters with more than one dimension: biases and scales alone make no trained network, and
    one huge layer can be most of the elements.
    """

    parameters_loaded: int
    parameters_expected: int
    buffers_loaded: int
    buffers_expected: int
    tensors_loaded: int
    tensors_expected: int
    weights_loaded: int = 0
    weights_expected: int = 0

    @classmethod
    def of(
        cls,
        network: NetworkSpec,
        loaded: Sequence[str],
        partial: Sequence[Tuple[str, int]] = (),
    ) -> Coverage:
        """Count a network. Tied tensors count once; loading one of them loads all.

        Args:
            network: what is expected.
            loaded: keys that get their value from the file.
            partial: (key, elements) of those that get a part of it: the elements count, and so does
                a weight; a whole tensor it is not.
        """
        parts = dict(partial)
        twins = {key: group for group in network.aliases for key in group}
        covered = set(loaded)
        for key in loaded:
            covered.update(twins.get(key, ()))
        counted = [s for s in network.tensors if s.key == twins.get(s.key, (s.key,))[0]]
        parameters = [spec for spec in counted if spec.is_parameter]
        buffers = [spec for spec in counted if not spec.is_parameter]
        weights = [spec for spec in parameters if len(spec.shape) > 1]
        return cls(
            parameters_loaded=sum(
                spec.count if spec.key in covered else parts.get(spec.key, 0) for spec in parameters
            ),
            parameters_expected=sum(spec.count for spec in parameters),
            buffers_loaded=sum(spec.count for spec in buffers if spec.key in covered),
            buffers_expected=sum(spec.count for spec in buffers),
            tensors_loaded=len(covered),
            tensors_expected=len(network.tensors),
            weights_loaded=sum(
                spec.key in covered or parts.get(spec.key, 0) > 0 for spec in weights
            ),
            weights_expected=len(weights),
        )

    @property
    def weight_fraction(self) -> float:
        """0 to 1, counted in tensors; 1.0 for a network without such parameters."""
        return self.weights_loaded / self.weights_expected if self.weights_expected else 1.0

    @property
    def least(self) -> float:
        """The smaller of both shares, which is held against what is asked for, 0 to 1."""
        return min(self.parameter_fraction, self.weight_fraction)

    @property
    def parameter_fraction(self) -> float:
        """0 to 1; 1.0 for a network without parameters."""
        if not self.parameters_expected:
            return 1.0
        return self.parameters_loaded / self.parameters_expected


class Rename(NamedTuple):
    """A rule that turns names of the file into names of the network.

    Attributes:
        kind: 'prefix-strip', 'prefix-add', 'shift' (index shift), 'generation', 'wrapper'.
        found: prefix or pattern in the file.
        expected: what it becomes.
        matched: number of keys with equal name and shape after it is applied.
    """

    kind: str
    found: str
    expected: str
    matched: int


class KeyGroup(NamedTuple):
    """Numbered keys folded into one row that never hides a different shape.

    Attributes:
        pattern: 'encoder_level1.{0..3}.attn.mdc_q.weight'.
        keys: the keys, natural order.
        expected: shape shared by all, None when the network does not have them.
        found: shape shared by all, None when the file does not have them.
    """

    pattern: str
    keys: Tuple[str, ...]
    expected: Optional[Tuple[int, ...]]
    found: Optional[Tuple[int, ...]]


class Difference(NamedTuple):
    """Table of a file against a network, by name and shape.

    Attributes:
        table: name of the table compared ('' is the file's root).
        matched: keys of both with equal shape, state-dict order of the network.
        missing, unexpected, mismatched: as in `Outcome`.
        missing_groups, unexpected_groups, mismatched_groups: the same folded for people.
        coverage: of the load that takes every matched key.
        renames: rules that would make more keys match, best first.
        dtypes: (dtype expected, dtype found, number of matched keys) where they differ.
    """

    table: str
    matched: Tuple[str, ...]
    missing: Tuple[str, ...]
    unexpected: Tuple[str, ...]
    mismatched: Tuple[Mismatch, ...]
    missing_groups: Tuple[KeyGroup, ...]
    unexpected_groups: Tuple[KeyGroup, ...]
    mismatched_groups: Tuple[KeyGroup, ...]
    coverage: Coverage
    renames: Tuple[Rename, ...] = ()
    dtypes: Tuple[Tuple[str, str, int], ...] = ()
