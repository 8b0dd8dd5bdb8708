"""What parent and child say to each other: length-prefixed pickles of records.

Both ends are this program; the child runs only code that the training would run as well.
"""

from __future__ import annotations

import pickle
import socket
import struct
from dataclasses import dataclass
from typing import IO, Any, Dict, Optional, Tuple

from basicsr_weightcheck.records.plans import Framework, LoadPlan
from basicsr_weightcheck.records.tensors import Headers

LENGTH = struct.Struct('<Q')
NUMBER = struct.Struct('<q')  # between a nurse and its parent, one at a time


@dataclass(frozen=True)
class Setup:
    """First message: which framework to import.

    Attributes:
        imports: modules of the user.
        repair_imports: make the import work where the environment breaks it.
        fixed: what of the options the import reads (`Dialect.fixed_at_import`).
    """

    framework: Framework
    imports: Tuple[str, ...]
    repair_imports: bool
    fixed: Any = None


@dataclass(frozen=True)
class Request:
    """Rehearse these options.

    Attributes:
        options: as they reach the model's constructor (after a resume has changed them).
        plan: the steps to make by hand where the constructor cannot run.
        headers: {load path as given: header}; only these files may be opened.
        built: None for all that the constructor does; '' for the networks that it builds; a section
            for that network alone, without a constructor.
    """

    options: Dict[str, Any]
    plan: LoadPlan
    headers: Headers
    built: Optional[str] = None


@dataclass(frozen=True)
class Doing:
    """What the child begins to do: 'import' or 'rehearse'. It is no answer."""

    what: str


@dataclass(frozen=True)
class LookRequest:
    """Start a training for real, and put pictures through one of its networks.

    Attributes:
        start: the training's options, its plan, and the files that must not be opened.
        network: attribute of the model.
        kind, name: of the row that is asked for, as in `records.looks`.
        inputs: changes of the input's values that get rows of their own.
        lq, gt: folders of pictures, '' for those of the YAML's data sets.
        number: of pictures.
    """

    start: Request
    network: str
    kind: str
    name: str = ''
    inputs: Tuple[str, ...] = ()
    lq: str = ''
    gt: str = ''
    number: int = 2


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message. Raises OSError when the other end is gone."""
    data = pickle.dumps(message, protocol=4)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Optional[Any]:
    """Read one message; None when the other end is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None


def number_from(line: socket.socket) -> Optional[int]:
    """The next number of a line, None when the other end is gone. Raises OSError as sockets do."""
    data = line.recv(NUMBER.size, socket.MSG_WAITALL)
    return int(NUMBER.unpack(data)[0]) if len(data) == NUMBER.size else None
