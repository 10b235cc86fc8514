"""`train`: play a recipe to its end, safely, with a progress bar."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import torch
from tqdm.auto import tqdm

from gan_school.checks import check
from gan_school.progress import watched
from gan_school.training.loop import Snapshot
from gan_school.training.observers import Observer
from gan_school.training.recipe import Recipe
from gan_school.training.run import Run

Callback = Callable[[Snapshot[Run]], Any]


def train(
    recipe: Recipe,
    data: Any,
    seed: int = 0,
    *,
    seeds: Sequence[int] | None = None,
    device: str | torch.device | None = None,
    callbacks: Iterable[Callback] = (),
    observers: Mapping[str, Observer] | None = None,
    record: bool = True,
    progress: bool | None = None,
) -> Run:
    """Train a GAN, or a whole population of them at once.

    The same seed gives the same run, bit for bit, on the same machine. The member of a population
    with seed 7 is the single GAN with seed 7, up to rounding.

    Ctrl-C, or the notebook's stop button, ends training after the round in progress. What was
    trained so far comes back, and `resume(run)` goes on from there. Pressed again, it also breaks
    off what goes on between two rounds, and pressed three times the round itself.

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
        observers: by name; what they see is saved with the run, see `Run.observe`.
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
    for name, observer in (observers or {}).items():
        run.observe(name, observer)
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
        ValueError: if the run diverged or stopped early, has no data, or the data is not what it
            learned from.
    """
    check(
        isinstance(run, Run),
        f"resume goes on with a run, and not with {run!r}. Run.load(folder, data) reads one.",
        TypeError,
    )
    if data is not None:
        run.attach(data)
    if run.torn:
        warnings.warn(
            f"the round after step {run.step} was broken off halfway. Training goes on; it will "
            "not be, bit for bit, the run that it would have been.",
            stacklevel=2,
        )
    if (run.guard.noticed > 0).all():
        raise ValueError(
            f"the run diverged at step {int(run.guard.noticed.max())}; going on from there would "
            "diverge again. Change the recipe, for example to a lower learning rate."
        )
    if run.watch is not None and (run.watch.stopped_at > 0).all():
        raise ValueError(
            f"the run stopped early at step {run.step}, and has gone back to its best weights. "
            "Train with more patience, or with stop=None, to see what comes after."
        )
    return _finish(run, callbacks, progress)


def _finish(run: Run, callbacks: Iterable[Callback], progress: bool | None) -> Run:
    """Play all the rounds that are left, unless something stops it."""
    check(
        isinstance(callbacks, Iterable),
        f"callbacks is {callbacks!r}. Give a list of functions: callbacks=[…].",
        TypeError,
    )
    callbacks = list(callbacks)
    bar = tqdm(
        total=run.recipe.steps, initial=run.step, desc="training", unit="step", leave=False,
        disable=not (watched() if progress is None else progress), mininterval=0.2, delay=1,
    )  # fmt: skip
    rounds = run.play()
    with bar, _polite_interrupt(run) as interrupted, closing(rounds):
        try:
            for snapshot in rounds:
                bar.update()
                if any([callback(snapshot) for callback in callbacks]):
                    run.stopped = f"stopped by a callback at step {run.step}"
                elif interrupted.is_set():
                    run.stopped = f"interrupted at step {run.step}"
                if run.stopped:
                    break
        except KeyboardInterrupt:
            run.stopped = f"interrupted at step {run.step}"
        except Exception as error:
            error.run = run  # type: ignore[attr-defined]
            error.add_note(
                f"Nothing is lost: the run, trained up to step {run.step}, is in the exception as "
                "`error.run`; in a notebook, as `sys.last_value.run`."
            )
            raise
    return run


@contextmanager
def _polite_interrupt(run: Run) -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event that is looked at between rounds.

    A second one is obeyed at once where no round is being played: in a callback, or while samples
    are judged. A round is always played to its end, for stopping in the middle would leave a
    discriminator one update ahead, and going on from there would not be the run that it would have
    been. Only a third breaks it off all the same.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed  # only the main thread may decide what Ctrl-C does
        return
    presses = 0

    def note(*_: object) -> None:
        nonlocal presses
        presses += 1
        if presses > 2 or (presses == 2 and not run.torn):
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
