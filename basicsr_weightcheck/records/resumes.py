"""What a resume finds: the state file, and the folders around it. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple


@dataclass(frozen=True)
class ResumeTraps:
    """Why a resume does not do what the YAML says, as far as names and folders tell.

    Attributes:
        stray: names in training_states that end the training, because they are no numbers.
        elsewhere: folder with states that --auto_resume does not look into, '' when none.
        not_read: resume_state of the YAML, which --auto_resume does not read; '' when none.
        misnamed: (name in ignore_resume_networks, name that is compared) where they differ.
        averages_option: option that makes net_g resume from its averaged weights, '' when none.
    """

    stray: Tuple[str, ...] = ()
    elsewhere: str = ''
    not_read: str = ''
    misnamed: Tuple[Tuple[str, str], ...] = ()
    averages_option: str = ''


@dataclass(frozen=True)
class ResumeState:
    """What is known of the state file that the training will read.

    Attributes:
        path: as the training names it.
        problem: '' for a state; 'missing', 'unreadable' or 'weights' for anything else.
        reason: why it is unreadable, '' otherwise.
        nearest: a state file that was probably meant, '' when none is near.
        iteration: `iter` in the file, None when it has none.
        optimizers: parameters that each optimizer has a place for.
        cuda_tensors: tensors saved from a GPU.
        refused: 'module.name' of objects that torch 2.6 and newer refuse.
        expected: parameters that the optimizer of each network has now: (network, count).
        lacks_gpu: this machine has no GPU that the training could use.
    """

    path: str
    problem: str = ''
    reason: str = ''
    nearest: str = ''
    iteration: Optional[int] = None
    optimizers: Tuple[int, ...] = ()
    cuda_tensors: int = 0
    refused: Tuple[str, ...] = ()
    expected: Tuple[Tuple[str, int], ...] = ()
    lacks_gpu: bool = False

    @property
    def misfits(self) -> Tuple[Tuple[str, int, int], ...]:
        """(network, parameters expected, found) where an optimizer has another number of them."""
        pairs = zip(self.expected, self.optimizers)
        return tuple((name, count, found) for (name, count), found in pairs if count != found)

    @property
    def lacks_optimizers(self) -> bool:
        """It has another number of optimizers than the training; False where that is not known."""
        return bool(self.expected) and len(self.expected) != len(self.optimizers)

    @property
    def is_unusable(self) -> bool:
        """It is a state, and no machine can read it with this torch or apply it to these networks.

        A GPU that is missing here says nothing of the state.
        """
        stops = self.misfits or self.lacks_optimizers or self.refused
        return not self.problem and bool(stops)
