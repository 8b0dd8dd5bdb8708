"""Every error the package raises on purpose: "could not do what was asked".

Facts about the user's weights are findings (`records.findings`), never exceptions.

    WeightCheckError
    ├── UsageError                 the command line contradicts itself
    ├── OptionError                the training YAML cannot be read or understood
    │   └── UnknownDialectError    no known BasicSR dialect fits
    ├── CheckpointError            the weight file cannot be read
    │   ├── UnrecognizedFormatError
    │   ├── CorruptCheckpointError
    │   ├── UnsafePickleError
    │   ├── LimitExceededError
    │   ├── NotUnderstoodError
    │   ├── NoStateDictError
    │   └── WeightsMissingError
    ├── NetworkBuildError          the network the YAML describes cannot be built
    │   └── NetworkBuildTimeout
    ├── NotLookedAt                no pass through a network can be made, or told anything
    └── ReportError                a report cannot be written
        └── OutputLostError        the standard output takes nothing

    TrainingStopped (a SystemExit) the hook ends a training
"""

from __future__ import annotations


class WeightCheckError(Exception):
    """Base of all errors; carries its facts as fields and survives pickling.

    Attributes:
        what: what could not be done and what was found, one sentence.
        path: file concerned, '' when none is.
        line: 1-based line in `path`, 0 when not known.
        column: 1-based column, 0 when not known.
        option: dotted place in the YAML, '' when none is.
        advice: what to do next, one sentence, '' when nothing is known.
        exit_code: 2; `check` makes it 1 where the training is certain to end in the same way.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        path: str = '',
        line: int = 0,
        column: int = 0,
        option: str = '',
        advice: str = '',
    ) -> None:
        super().__init__(what, path, line, column, option, advice)
        self.what = what
        self.path = path
        self.line = line
        self.column = column
        self.option = option
        self.advice = advice

    @property
    def code(self) -> str:
        """Key of `what` in `messages`, '' where it has none."""
        return str(getattr(self.what, 'code', ''))

    @property
    def place(self) -> str:
        """`file:line:column`, as far as known, '' when nothing is."""
        parts = [self.path] if self.path else []
        if self.path and self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ':'.join(parts)

    def __str__(self) -> str:
        head = ' '.join(part for part in (self.place, self.option) if part)
        text = f'{head}: {self.what}' if head else self.what
        return f'{text} {self.advice}' if self.advice else text


class UsageError(WeightCheckError):
    """The command line asks for something that does not exist or contradicts itself."""


class OptionError(WeightCheckError):
    """The training YAML cannot be read or lacks what a training needs."""


class UnknownDialectError(OptionError):
    """The option file belongs to no dialect that is known here."""


class CheckpointError(WeightCheckError):
    """A weight file cannot be read."""


class UnrecognizedFormatError(CheckpointError):
    """The first bytes match no known container."""


class CorruptCheckpointError(CheckpointError):
    """The container is known but contradicts itself or ends early."""


class UnsafePickleError(CheckpointError):
    """The pickle would call something that is not part of any weight file."""

    @property
    def names(self) -> str:
        """What it names, as one text."""
        return ', '.join(dict(getattr(self.what, 'facts', ())).get('names', ()))


class LimitExceededError(CheckpointError):
    """The file asks for work out of proportion to its size; the message names the ceiling.

    Such a file would hurt torch as well (keys that take years to hash, bombs of memory), so it is
    not handed to it.
    """


class NotUnderstoodError(CheckpointError):
    """The reader of this package gives up where torch need not.

    The index is larger than it reads, or holds something that it cannot follow. Work and memory
    stay in proportion to the size of the file, and no name of a function that runs code was met:
    torch's own weights_only reader may be asked.
    """


class NoStateDictError(CheckpointError):
    """The file was read but holds no tensor."""


class WeightsMissingError(CheckpointError):
    """The weight file that the YAML names does not exist here."""


class NetworkBuildError(WeightCheckError):
    """The network that the YAML describes cannot be built."""


class NetworkBuildTimeout(NetworkBuildError):
    """Building or rehearsing did not end within its time limit."""


class NotLookedAt(WeightCheckError):
    """A network, or a sample, that cannot be looked at without harm or without guessing."""


class ReportError(WeightCheckError):
    """A report cannot be written."""


class OutputLostError(ReportError):
    """The standard output takes nothing: a full disk, a closed descriptor."""


class TrainingStopped(SystemExit):
    """The hook ends a training before it starts on the wrong weights.

    A SystemExit: no `except Exception` of a training script swallows it, Python prints the message
    and the exit code is 1.
    """


def defect(error: Exception) -> WeightCheckError:
    """What is told of an error that is none of the tree: its traceback goes to stderr."""
    import sys
    import traceback  # slow to import, and almost never needed

    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    return WeightCheckError(
        f'a defect of basicsr-weightcheck: {type(error).__name__}: {error}',
        advice='Please report it with the traceback above and the YAML.',
    )
