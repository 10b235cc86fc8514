"""What an observer is."""

from __future__ import annotations

from torch import Tensor

from gan_school.training.loop import Snapshot
from gan_school.training.state import TrainingState


class Observer:
    """Looks on while a run trains, as a part of it that is saved; see `training.state.Part`.

    Each method does nothing until a subclass says what.
    """

    def begin(self, run: TrainingState) -> None:
        """The run has its data now. What was saved is loaded after this."""

    def __call__(self, snapshot: Snapshot) -> str | None:
        """A round has been played. What this returns, if anything, is why training is to end.

        Others may look after this one: to save a run, leave that to a callback.
        """

    def settle(self, run: TrainingState, over: bool) -> None:
        """Nobody plays any more, for now, or because the run is over."""

    def state_dict(self) -> dict[str, Tensor]:
        """What is to be saved with the run."""
        return {}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on where another one was."""
