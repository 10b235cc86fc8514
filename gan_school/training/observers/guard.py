"""A guard against losses that are no longer finite."""

from __future__ import annotations

import math
import sys
import warnings

import torch
from torch import Tensor

from gan_school.training.loop import Snapshot
from gan_school.training.observers.observer import Observer
from gan_school.training.state import TrainingState


class DivergenceWarning(UserWarning):
    """A loss was no longer a finite number."""


class Guard(Observer):
    """Keeps the last sound weights, and notices losses that are no longer finite.

    Looking at a loss makes a GPU wait, so there it looks only now and then.

    Attributes:
        noticed: `run.diverged`, but for what an early stop has made good: it goes back to weights
            from before.
    """

    LOOK_EVERY_ON_GPU = 50
    KEEP_EVERY = 100

    def __init__(self, run: TrainingState):
        self.noticed = run.diverged.clone()

    def begin(self, run: TrainingState) -> None:
        """Keep the weights as they are."""
        self.look_every = 1 if run.device.type == "cpu" else self.LOOK_EVERY_ON_GPU
        self.kept = [x.clone() for x in run.numbers()]
        self.kept_step = torch.full(run.random.size, run.step)
        self.noticed = run.diverged.clone()
        self.lost_some = bool(run.diverged.any())

    def __call__(self, snapshot: Snapshot) -> str | None:
        """Note who has diverged, and keep the weights of the others. Ends when nobody is left."""
        run = snapshot.run
        if snapshot.step % self.look_every:
            return None
        losses = snapshot.d_loss + snapshot.g_loss
        total = losses.sum() if run.random.population else losses
        if not math.isfinite(total):
            new = ~torch.isfinite(losses).cpu() & (run.diverged == 0)
            run.diverged = torch.where(new, snapshot.step, run.diverged)
            self.lost_some = True
        if snapshot.step % self.KEEP_EVERY == 0:
            self._keep(run)
        return self._end(run) if self.lost_some and bool((run.diverged > 0).all()) else None

    @torch.no_grad()
    def _keep(self, run: TrainingState) -> None:
        """Copy the weights of all members that are sound: finite losses, finite weights."""
        numbers = run.numbers()
        sound = _sound(run, numbers)
        run.copy_members(numbers, self.kept, sound)
        self.kept_step = torch.where(sound, run.step, self.kept_step)

    def settle(self, run: TrainingState, over: bool) -> None:
        """Give those who have diverged their last sound weights, and say so."""
        # The last update may have been the fatal one, with no loss after it to show it.
        lost = ~_sound(run, run.numbers())
        run.diverged = torch.where(lost & (run.diverged == 0), run.step, run.diverged)
        self.noticed = torch.maximum(self.noticed, run.diverged)
        if not lost.any():
            return
        if lost.all():
            run.stopped = self._end(run)
        run.copy_members(self.kept, run.numbers(), lost)
        first = int(run.diverged[lost].min())
        kept = int(self.kept_step[lost].min())
        who = f"{int(lost.sum())} of {len(run)} GANs" if run.random.population else "the GAN"
        warnings.warn(
            f"{who} diverged: a loss was NaN or infinite at step {first}. The last sound weights, "
            f"of step {kept}, are kept. gan_school.diagnose(run) says what to try; a lower "
            "learning rate comes first.",
            DivergenceWarning,
            stacklevel=stacklevel(),
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Who has diverged."""
        return {"noticed": self.noticed}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """The same, where it is on record."""
        self.noticed = state.get("noticed", self.noticed)

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """The same of one member of a population."""
        return {"noticed": self.noticed[index]}

    @staticmethod
    def _end(run: TrainingState) -> str:
        return f"diverged at step {int(run.diverged.max())}"


def _sound(run: TrainingState, numbers: list[Tensor]) -> Tensor:
    """Who has had only finite losses, and has only finite numbers, shape () or (K,)."""
    sound = run.diverged == 0
    for x in numbers:
        finite = torch.isfinite(x).unsqueeze(-1).flatten(sound.ndim).all(-1)
        sound = sound & finite.cpu()
    return sound


def stacklevel() -> int:
    """How far up the stack the caller of this package is: a warning is to point at his line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals["__name__"].startswith(("gan_school", "contextlib")):
        level, frame = level + 1, frame.f_back
    return level
