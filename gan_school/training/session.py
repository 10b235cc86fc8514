"""`train`: play a recipe to its end, safely, with a progress bar."""

from __future__ import annotations

import math
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from gan_school.progress import watched
from gan_school.training.loop import Snapshot
from gan_school.training.recipe import Recipe
from gan_school.training.run import Run

Callback = Callable[[Snapshot], Any]


class DivergenceWarning(UserWarning):
    """A loss was no longer a finite number."""


def train(
    recipe: Recipe,
    data: Any,
    seed: int = 0,
    *,
    seeds: Sequence[int] | None = None,
    device: str | torch.device | None = None,
    callbacks: Iterable[Callback] = (),
    record: bool = True,
    progress: bool | None = None,
) -> Run:
    """Train a GAN, or a whole population of them at once.

    The same seed gives the same run, bit for bit, on the same machine. The member of a population
    with seed 7 is the single GAN with seed 7, up to rounding.

    Ctrl-C, or the notebook's stop button, ends training after the round in progress. What was
    trained so far comes back, and `resume(run)` goes on from there.

    A loss that is NaN or infinite stops training: the run comes back with the last weights that
    were still sound, `run.diverged` says at which step, and a `DivergenceWarning` is given.
    In a population the others play on.

    Any other error, in a callback for example, goes on its way with the run so far as `error.run`.

    Args:
        recipe: how to train.
        data: a `Dataset`, or floating-point numbers of shape (n, …) as tensor, array or DataFrame.
        seed: decides everything random about a single run.
        seeds: train a population instead, one GAN for each seed.
        device: "cpu", "cuda" or "mps"; without it, a suitable one is chosen.
        callbacks: each is called with the `Snapshot` after every round; one that returns True
            ends the training.
        record: keep `run.history`. It takes up to a third of the time where many small networks
            train at once; without it there are no curves, and the doctor cannot tell.
        progress: show a progress bar; without it, in terminals and notebooks, and not in logs.
            `GAN_SCHOOL_PROGRESS=off` in the environment leaves it out there, too.

    Raises:
        ValueError, TypeError, RuntimeError: before training starts, if recipe, data, seeds or
            device do not fit. The message says what to do.
    """
    if isinstance(seeds, int):
        raise TypeError(
            f"seeds is a sequence, one seed for each GAN, such as range({max(seeds, 2)}). "
            f"For one GAN with seed {seeds} say seed={seeds}."
        )
    run = Run.start(recipe, data, seed if seeds is None else seeds, device)
    if not record:
        run.recorder.every = 0
    return _finish(run, callbacks, progress)


def resume(
    run: Run,
    data: Any = None,
    *,
    callbacks: Iterable[Callback] = (),
    progress: bool | None = None,
) -> Run:
    """Go on with a run that was interrupted, up to its recipe's last step.

    The weights at the end are, bit for bit, those of a run that was never interrupted.

    Args:
        run: an unfinished run. It is continued in place.
        data: what it learned from, unless it still has that.
        callbacks, progress: see `train`.

    Raises:
        ValueError: if the run diverged, has no data, or the data is not what it learned from.
    """
    if data is not None:
        run.attach(data)
    if run.diverged.any():
        raise ValueError(
            f"the run diverged at step {int(run.diverged.max())}; going on from there would "
            "diverge again. Change the recipe, for example to a lower learning rate."
        )
    return _finish(run, callbacks, progress)


def _finish(run: Run, callbacks: Iterable[Callback], progress: bool | None) -> Run:
    """Play all the rounds that are left, unless something stops it."""
    run.stopped, settled = None, False
    callbacks = list(callbacks)
    guard = _Guard(run)
    bar = tqdm(
        total=run.recipe.steps, initial=run.step, desc="training", unit="step", leave=False,
        disable=not (watched() if progress is None else progress), mininterval=0.2, delay=1,
    )  # fmt: skip
    with bar, _polite_interrupt() as interrupted:
        try:
            for snapshot in run.play():
                bar.update()
                if guard.all_lost(snapshot):
                    break
                settled = run.watch is not None and run.watch(snapshot)
                if any([callback(snapshot) for callback in callbacks]):
                    run.stopped = f"stopped by a callback at step {run.step}"
                elif interrupted.is_set():
                    run.stopped = f"interrupted at step {run.step}"
                elif settled:
                    run.stopped = f"stopped early at step {run.step}"
                if run.stopped:
                    break
        except KeyboardInterrupt:
            run.stopped = f"interrupted at step {run.step}"
        except Exception as error:
            error.run = run
            error.add_note(
                f"Nothing is lost: the run, trained up to step {run.step}, is in the exception as "
                "`error.run`; in a notebook, as `sys.last_value.run`."
            )
            raise
        finally:
            guard.restore()
            over = settled or run.step == run.recipe.steps or guard.lost_all
            if run.watch is not None and over:
                run.watch.settle()
    return run


class _Guard:
    """Keeps the last sound weights, and notices losses that are no longer finite.

    Looking at a loss makes a GPU wait, so there it looks only now and then.
    """

    LOOK_EVERY_ON_GPU = 50
    KEEP_EVERY = 100

    def __init__(self, run: Run):
        self.run = run
        self.look_every = 1 if run.device.type == "cpu" else self.LOOK_EVERY_ON_GPU
        self.kept = [x.clone() for x in run.numbers()]
        self.kept_step = torch.full(run.random.size, run.step)
        self.lost_some = self.lost_all = False

    def all_lost(self, snapshot: Snapshot) -> bool:
        """Note who has diverged, and keep the weights of the others. True if nobody is left."""
        run = self.run
        if snapshot.step % self.look_every:
            return False
        losses = snapshot.d_loss + snapshot.g_loss
        total = losses.sum() if run.random.population else losses
        if not math.isfinite(total):
            new = ~torch.isfinite(losses).cpu() & (run.diverged == 0)
            run.diverged = torch.where(new, snapshot.step, run.diverged)
            self.lost_some = True
        if snapshot.step % self.KEEP_EVERY == 0:
            self._keep()
        self.lost_all = self.lost_some and bool((run.diverged > 0).all())
        return self.lost_all

    @torch.no_grad()
    def _keep(self) -> None:
        """Copy the weights of all members that are sound: finite losses, finite weights."""
        numbers = self.run.numbers()
        sound = self._sound(numbers)
        self.run.copy_members(numbers, self.kept, sound)
        self.kept_step = torch.where(sound, self.run.step, self.kept_step)

    def restore(self) -> None:
        """Give those who have diverged their last sound weights, and say so."""
        run = self.run
        # The last update may have been the fatal one, with no loss after it to show it.
        lost = ~self._sound(run.numbers())
        run.diverged = torch.where(lost & (run.diverged == 0), run.step, run.diverged)
        if not lost.any():
            return
        if lost.all():
            run.stopped = f"diverged at step {int(run.diverged.max())}"
        run.copy_members(self.kept, run.numbers(), lost)
        first = int(run.diverged[lost].min())
        kept = int(self.kept_step[lost].min())
        who = f"{int(lost.sum())} of {len(run)} GANs" if run.random.population else "the GAN"
        warnings.warn(
            f"{who} diverged: a loss was NaN or infinite at step {first}. The last sound weights, "
            f"of step {kept}, are kept. gan_school.diagnose(run) says what to try; a lower "
            "learning rate comes first.",
            DivergenceWarning,
            stacklevel=4,
        )

    def _sound(self, numbers: list[Tensor]) -> Tensor:
        """Who has had only finite losses, and has only finite numbers, shape () or (K,)."""
        sound = self.run.diverged == 0
        for x in numbers:
            finite = torch.isfinite(x).unsqueeze(-1).flatten(sound.ndim).all(-1)
            sound = sound & finite.cpu()
        return sound


@contextmanager
def _polite_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event that is looked at between rounds; obey the second.

    Stopping in the middle of a round would leave a discriminator one update ahead, and going on
    from there would not be the run that it would have been.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed  # only the main thread may decide what Ctrl-C does
        return

    def note(*_: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
