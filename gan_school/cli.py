"""The command line: `gan-school start`, `gan-school doctor`, `gan-school fetch`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan_school import Recipe, Run
    from gan_school.datasets import Dataset

FOLDER = Path("outputs/first-gan")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit status for the shell."""
    parser = argparse.ArgumentParser(prog="gan-school", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)

    start = commands.add_parser("start", help="train your first GAN and look at it")
    start.add_argument("--folder", type=Path, default=FOLDER, help="where to put run and picture")
    start.add_argument("--seed", type=_seed, default=0, help="another seed, another GAN")
    start.add_argument("--steps", type=_steps, help="train for so many steps")
    start.add_argument("--again", action="store_true", help="train even if it was done before")

    doctor = commands.add_parser("doctor", help="check this machine, and say what to do")
    doctor.add_argument("--offline", action="store_true", help="do not look for a network")

    fetch = commands.add_parser("fetch", help="download data sets ahead of a workshop")
    fetch.add_argument("names", nargs="*", metavar="name", help="mnist, fashion_mnist or cifar10")
    fetch.add_argument("--mirror", help="a folder or an http(s) address that has the files")
    fetch.add_argument("--list", action="store_true", help="show what is there already")

    options = parser.parse_args(arguments)
    # Only now is it worth the seconds that importing PyTorch takes.
    if options.command == "doctor":
        from gan_school import checkup

        return checkup.main(offline=options.offline)
    if options.command == "fetch":
        from gan_school.datasets import fetch

        return fetch.main([] if options.list else options.names, mirror=options.mirror)
    return _start(options)


def _start(options: argparse.Namespace) -> int:
    """Train the spiral GAN; go on with it if it was interrupted; show it if it was finished."""
    print("Loading PyTorch …", flush=True)
    from gan_school import datasets, describe_device, recipes, resume, train

    data, recipe = datasets.spiral(), recipes.SPIRAL
    if options.steps is not None:
        recipe = recipe.with_(steps=options.steps)
    print(f"Device: {describe_device()}", flush=True)

    picture = options.folder / "spiral.png"
    run = None if options.again else _earlier(options.folder, recipe, options.seed, data)
    finished = run is not None and run.step == recipe.steps and picture.exists()
    if finished:
        print(f"This GAN was trained before. It lies in {options.folder}; --again trains it anew.")
    else:
        where = "from the beginning" if run is None else f"from step {run.step:,}, where it stopped"
        print(f"Training on {len(data):,} points of a spiral, {recipe.steps:,} steps, {where}.")
        run = train(recipe, data, options.seed) if run is None else resume(run, data)
        run.save(options.folder)
        run.plot().savefig(picture, dpi=110)
    print(_report(run))
    print(f"\nThe picture: {picture}")
    if run.step < recipe.steps:
        again = "trains anew" if run.diverged.any() else "goes on from there"
        print(f"The training stopped: {run.stopped}. The same command {again}.")
        return 1
    print("Now open the course, with `make lab` or `jupyter lab notebooks`, and begin with 00.")
    return 0


def _earlier(folder: Path, recipe: Recipe, seed: int, data: Dataset) -> Run | None:
    """The run of an earlier call, if there is a sound one of the same recipe, data and seed."""
    from gan_school import Run

    try:
        run = Run.load(folder, data)
    except (FileNotFoundError, ValueError):
        return None
    same = run.recipe == recipe and run.seeds == seed and not run.diverged.any()
    return run if same else None


def _report(run: Run) -> str:
    """What a run came to, in a few lines."""
    from gan_school.device import threads

    judged = run.evaluate().iloc[0]
    data = run.data
    real = run.probability_real(data.fresh().x)
    fake = run.probability_real(run.sample(len(data)))
    if len(run.history):
        last = run.history.iloc[-1]
        losses = f"D {last.d_loss:.3f}, G {last.g_loss:.3f}"
    else:
        losses = "no step yet"
    rows = {
        "losses": (losses, "1.386 and 0.693 if D could only guess"),
        "D on real": (f"{real.mean():.3f} ± {real.std():.3f}", "mean ± sd; 0.5: it cannot tell"),
        "D on generated": (f"{fake.mean():.3f} ± {fake.std():.3f}", "the same on samples of G"),
        "coverage": (f"{judged.coverage:.3f}", "fresh real points with a sample near; 1 is best"),
        "sliced W2": (f"{judged.sliced_wasserstein:.3f}", "way from samples to real; 0 is best"),
        "two-sample": (f"{judged.two_sample:.3f}", "a classifier's accuracy; 0.5 is best"),
        "trained": (
            f"{run.step:,} steps in {run.seconds:.0f} s",
            f"{run.device}, threads: {threads(run.work)}",
        ),
    }
    return "\n" + "\n".join(
        f"  {name:<15} {value:<15} ({meaning})" for name, (value, meaning) in rows.items()
    )


def _seed(text: str) -> int:
    return _whole(text, least=0)


def _steps(text: str) -> int:
    return _whole(text, least=1)


def _whole(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {least} or more")
    return int(text)
