"""`gan-school start` and `gan-school train`: one command from data to a picture and a diagnosis."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gan_school import files
from gan_school.faces import own_data, terminal
from gan_school.faces.terminal import complain, say

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from gan_school import Recipe, Run
    from gan_school.datasets import Dataset

ROOM = 16 * 2**20  # bytes that must be free for run and picture


def main(options: argparse.Namespace, terminated: list[int]) -> int:
    """Train a GAN; go on with it if it was interrupted; show it if it was finished.

    Args:
        options: as `cli` reads them.
        terminated: no longer empty once the process was asked to end.

    Returns:
        The exit status; see `cli.main`.
    """
    try:
        kind = own_data.kind(options.data)  # first, as PyTorch takes seconds to import
        if kind in ("points", "table") and (options.size or options.labels):
            complain(f"--size and --labels are for images, and {options.data} has none.")
            return 2
        say("Loading PyTorch …")
        run, picture, kept = _trained(options, terminated)
    except (ValueError, RuntimeError, OSError) as error:
        # An error in the middle of training is one that nobody has thought of: show where it was.
        if isinstance(error, BrokenPipeError) or hasattr(error, "run"):
            raise
        complain(error)
        return 1
    if terminated:
        return terminal.TERMINATED
    from gan_school import diagnose

    say(_report(run))
    say(f"\nDiagnosis: {diagnose(run)}".replace("in .advice", "in the course"))
    say(f"\nThe picture: {picture}")
    if run.step < run.recipe.steps:
        again = "trains anew" if run.diverged.any() else "goes on from there"
        command = "The same command without --again" if options.again else "The same command"
        say(f"The training stopped: {run.stopped}. {command} {again}.")
        return terminal.INTERRUPTED if str(run.stopped).startswith("interrupted") else 1
    if options.command == "start" and kept:
        say("Now open the course, with `make lab` or `jupyter lab notebooks`, and begin with 00.")
    elif kept:
        say(
            f"To train for longer: --steps {2 * run.step}, and --folder NAME for a second run or "
            "--again in place of this one. It begins anew: learning rates may depend on the steps."
        )
    return 0 if kept else 1


def _trained(options: argparse.Namespace, terminated: list[int]) -> tuple[Run, Path, bool]:
    """The run, its picture, and whether both are where they were asked for.

    Raises:
        ValueError, RuntimeError, OSError: before any training, if something does not fit.
    """
    from gan_school import describe_device, recipes, resume, train

    name = own_data.short_name(options.data)
    folder = options.folder or Path("outputs", f"{name}-labels" if options.labels else name)
    picture = folder / f"{name}.png"
    seeds: int | tuple[int, ...] = options.seed
    if options.seeds is not None:
        seeds = tuple(range(options.seed, options.seed + options.seeds))
    data = own_data.load(options.data, options.size, options.labels)
    recipe = recipes.suitable(data, options.labels)
    if options.steps is not None:
        recipe = recipe.with_(steps=options.steps)
    say(f"Device: {describe_device()}")
    run = None if options.again else _earlier(picture, recipe, seeds, data)
    if run is not None and run.step == recipe.steps and picture.exists():
        who = "This GAN was" if isinstance(seeds, int) else "These GANs were"
        say(f"{who} trained before, and kept in {folder}; --again trains anew.")
        return run, picture, True
    _check_room(folder)
    where = "the beginning" if run is None else f"step {run.step:,}, where it stopped"
    samples = f"{len(data):,} samples ({data.name})"
    say(f"Training on {samples} to step {recipe.steps:,}, from {where}.")
    try:
        if run is not None:
            resume(run, data)
        elif isinstance(seeds, int):
            run = train(recipe, data, seeds)
        else:
            run = train(recipe, data, seeds=seeds)
    except Exception as error:
        if hasattr(error, "run"):
            complain(f"the run so far is in {_keep(error.run, picture, draw=False).parent}.")
        raise
    kept = _keep(run, picture, draw=not terminated)
    return run, kept, kept == picture


def _earlier(
    picture: Path, recipe: Recipe, seeds: int | tuple[int, ...], data: Dataset
) -> Run | None:
    """The run of an earlier call of the same command, if there is one.

    Raises:
        ValueError: if there is something else, which would be overwritten.
    """
    from gan_school import Run

    folder, description = picture.parent, picture.parent / "run.json"
    if not os.path.lexists(description) and not os.path.lexists(picture):
        return None
    try:
        if not description.is_file():
            raise FileNotFoundError("it has no run.json")
        run = Run.load(folder, data)
    except Exception as error:  # whatever comes of damaged files
        reason = str(error) if isinstance(error, ValueError | OSError) else repr(error)
        found = f"something that cannot be gone on with: {reason.rstrip('.')}."
    else:
        if run.recipe == recipe and run.seeds == seeds:
            return None if run.diverged.any() else run
        found = f"another run {repr(run).removeprefix('Run')}."
        if run.recipe.steps != recipe.steps:
            found += " Its number of steps is fixed, as learning rates may depend on it."
    raise ValueError(f"{folder} holds {found} --again replaces it; --folder NAME spares it.")


def _check_room(folder: Path) -> None:
    """See to it before training that the run can be saved afterwards.

    Raises:
        OSError: if the folder is a file, cannot be written to, or has no room left.
    """
    place = folder
    while not os.path.lexists(place):
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(ROOM))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(
            f"nothing can be saved in {folder}: {error.strerror} ({place}). Expected a folder to "
            f"write to, with {ROOM // 2**20} MB free. Name another one with --folder."
        ) from error


def _keep(run: Run, picture: Path, draw: bool) -> Path:
    """Save run and picture; where that fails, in a new folder: nothing that was trained is lost."""
    with terminal.undisturbed():
        try:
            run.save(picture.parent)
        except Exception as error:
            elsewhere = Path(tempfile.mkdtemp(prefix="gan-school-"))
            complain(
                f"{picture.parent} does not take the run: {error}. It is in {elsewhere}; "
                f"the same command with --folder {elsewhere} goes on with it."
            )
            picture = run.save(elsewhere) / picture.name
    if draw:
        figure = run.plot()
        files.write_atomically(picture, lambda path: figure.savefig(path, dpi=110))
    return picture


def _report(run: Run) -> str:
    """What a run came to, in a few lines; of a population the mean, the least and the greatest."""
    import torch

    from gan_school.hardware import threads

    assert run.data is not None  # it has just been trained, or loaded, with its data
    judged, data = run.evaluate(), run.data.fresh(min(len(run.data), 1000))
    labels = data.labels if run.recipe.game.uses_labels else None
    real = run.opinion(data.x, labels)
    fake = run.opinion(run.sample(len(data), labels=labels), labels)
    d_balance, g_balance = run.game.balance()
    even = run.game.opinion(torch.tensor(run.game.guess)).item()
    says = "only the difference counts" if math.isnan(even) else f"{even:.2g}: it cannot tell"
    if len(run.history):
        last = run.history[run.history.step == run.history.step.max()]
        losses = f"D {last.d_loss.mean():.3f}, G {last.g_loss.mean():.3f}"
    else:
        losses = "no step yet"
    rows = {
        "losses": (losses, f"{d_balance:.3f} and {g_balance:.3f} if D could only guess"),
        "D on real": (
            f"{real.mean():.3f} ± {real.std():.3f}", f"mean ± sd; {says}",
        ),
        "D on generated": (f"{fake.mean():.3f} ± {fake.std():.3f}", "the same on samples of G"),
        "coverage": (_summed_up(judged.coverage), "fresh real samples with one near; 1 is best"),
        "sliced W2": (
            _summed_up(judged.sliced_wasserstein), "way from samples to real; 0 is best",
        ),
        "two-sample": (_summed_up(judged.two_sample), "a classifier's accuracy; 0.5 is best"),
        "trained": (
            f"to step {run.step:,} in {run.seconds:.0f} s",
            f"{run.device}, threads: {threads(run.work)}",
        ),
    }  # fmt: skip
    return "\n" + "\n".join(
        f"  {name:<15} {value:<15} ({meaning})" for name, (value, meaning) in rows.items()
    )


def _summed_up(values: pd.Series) -> str:
    """One value, or the mean of several with the least and the greatest."""
    if values.isna().all():  # too few samples, or a GAN that diverged
        return "not measured"
    if len(values) == 1:
        return f"{values.iloc[0]:.3f}"
    return f"{values.mean():.3f} ({values.min():.3f} to {values.max():.3f})"
