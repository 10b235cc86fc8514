"""The command line: `gan-school start`, `train`, `fetch`, `doctor` and `room`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from gan_school import Recipe, Run
    from gan_school.datasets import Dataset

OUTPUTS = Path("outputs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit status for the shell."""
    parser = argparse.ArgumentParser(prog="gan-school", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)

    start = commands.add_parser("start", help="train your first GAN and look at it")
    start.set_defaults(data="spiral", seeds=None, size=None, labels=False)

    train = commands.add_parser("train", help="train a GAN on other data, or on your own")
    train.add_argument(
        "data", help="spiral, ring, digits, mnist …; a folder of images; a .csv file"
    )
    train.add_argument("--labels", action="store_true", help="let the class be chosen (images)")
    train.add_argument("--size", type=_positive, help="height and width of images, in pixels")
    train.add_argument("--seeds", type=_positive, help="train so many GANs at once")

    for command, folder in ((start, OUTPUTS / "first-gan"), (train, None)):
        where = "where to put run and picture"
        command.add_argument("--folder", type=Path, default=folder, help=where)
        command.add_argument("--seed", type=_seed, default=0, help="another seed, another GAN")
        command.add_argument("--steps", type=_positive, help="train for so many steps")
        command.add_argument(
            "--again", action="store_true", help="train even if it was done before"
        )

    doctor = commands.add_parser("doctor", help="check this machine, and say what to do")
    doctor.add_argument("--offline", action="store_true", help="do not look for a network")

    room = commands.add_parser("room", help="print a timetable, and check the presenter's machine")
    room.add_argument("timetable", nargs="?", default="half-day", choices=["half-day", "two-day"])
    room.add_argument("--start", default="09:00", type=_time, help="when each day begins, as HH:MM")
    room.add_argument("--offline", action="store_true", help="do not look for a network")

    fetch = commands.add_parser("fetch", help="download data sets ahead of a workshop")
    fetch.add_argument("names", nargs="*", metavar="name", help="mnist, fashion_mnist or cifar10")
    fetch.add_argument("--mirror", help="a folder or an http(s) address that has the files")
    fetch.add_argument("--list", action="store_true", help="show what is there already")

    options = parser.parse_args(arguments)
    # Only now is it worth the seconds that importing PyTorch takes.
    if options.command == "doctor":
        from gan_school.faces import machine

        return machine.main(offline=options.offline)
    if options.command == "room":
        from gan_school.faces import workshop

        return workshop.main(options.timetable, options.start, offline=options.offline)
    if options.command == "fetch":
        from gan_school.datasets import fetch

        return fetch.main([] if options.list else options.names, mirror=options.mirror)
    return _train(options)


def _train(options: argparse.Namespace) -> int:
    """Train a GAN; go on with it if it was interrupted; show it if it was finished."""
    print("Loading PyTorch …", flush=True)
    from gan_school import describe_device, diagnose, recipes, resume, train

    try:
        data = _data(options.data, options.size)
        recipe = recipes.suitable(data, options.labels)
    except (ValueError, OSError) as error:
        print(f"gan-school: {error}", file=sys.stderr)
        return 1
    if options.steps is not None:
        recipe = recipe.with_(steps=options.steps)
    print(f"Device: {describe_device()}", flush=True)

    name = "-".join([Path(options.data).stem, *(["labels"] if options.labels else [])])
    folder = options.folder or OUTPUTS / name
    picture = folder / f"{Path(options.data).stem}.png"
    seeds = options.seed
    if options.seeds is not None:
        seeds = tuple(range(options.seed, options.seed + options.seeds))
    run = None if options.again else _earlier(folder, recipe, seeds, data)
    finished = run is not None and run.step == recipe.steps and picture.exists()
    if finished:
        who = "This GAN was" if isinstance(seeds, int) else "These GANs were"
        print(f"{who} trained before, and kept in {folder}; --again trains anew.")
    else:
        where = "from the beginning" if run is None else f"from step {run.step:,}, where it stopped"
        print(f"Training on {len(data):,} samples ({data.name}), {recipe.steps:,} steps, {where}.")
        if run is not None:
            resume(run, data)
        elif isinstance(seeds, int):
            run = train(recipe, data, seeds)
        else:
            run = train(recipe, data, seeds=seeds)
        run.save(folder)
        run.plot().savefig(picture, dpi=110)
    print(_report(run))
    print(f"\nDiagnosis: {diagnose(run)}")
    print(f"\nThe picture: {picture}")
    if run.step < recipe.steps:
        again = "trains anew" if run.diverged.any() else "goes on from there"
        print(f"The training stopped: {run.stopped}. The same command {again}.")
        return 1
    if options.command == "start":
        print("Now open the course, with `make lab` or `jupyter lab notebooks`, and begin with 00.")
    return 0


def _data(name: str, size: int | None) -> Dataset:
    """The data set of that name, the images in that folder, or the table in that file."""
    import pandas as pd

    from gan_school import datasets

    known = (
        "spiral", "ring", "grid", "swiss_roll", "digits", "mnist", "fashion_mnist", "cifar10",
        "flowers",
    )  # fmt: skip
    sized = {} if size is None else {"size": size}
    if name in known[:4]:
        return getattr(datasets, name)()
    if name in known:
        return getattr(datasets, name)(**sized)
    path = Path(name)
    if path.is_dir():
        own = datasets.image_folder(path, **sized)
    elif path.suffix == ".csv" and path.exists():
        own = datasets.table(pd.read_csv(path), name=path.stem)
    else:
        raise ValueError(
            f"{name!r} is no data set, no folder of images, and no .csv file. The data sets are: "
            f"{', '.join(known)}."
        )
    # A tenth to judge with, but about a hundred samples if so many can be spared.
    return own.hold_out(max(0.1, min(0.5, 100 / len(own))))


def _earlier(
    folder: Path, recipe: Recipe, seeds: int | tuple[int, ...], data: Dataset
) -> Run | None:
    """The run of an earlier call, if there is a sound one of the same recipe, data and seeds."""
    from gan_school import Run

    try:
        run = Run.load(folder, data)
    except (FileNotFoundError, ValueError):
        return None
    same = run.recipe == recipe and run.seeds == seeds and not run.diverged.any()
    return run if same else None


def _report(run: Run) -> str:
    """What a run came to, in a few lines; of a population the mean, the least and the greatest."""
    import torch

    from gan_school.hardware import threads

    judged = run.evaluate()
    data = run.data.fresh(min(len(run.data), 1000))
    labels = data.labels if run.recipe.game.uses_labels else None
    real = run.opinion(data.x, labels)
    fake = run.opinion(run.sample(len(data), labels=labels), labels)
    d_balance, g_balance = run.game.balance()
    even = run.game.opinion(torch.tensor(run.game.guess)).item()
    if len(run.history):
        last = run.history[run.history.step == run.history.step.max()]
        losses = f"D {last.d_loss.mean():.3f}, G {last.g_loss.mean():.3f}"
    else:
        losses = "no step yet"
    rows = {
        "losses": (losses, f"{d_balance:.3f} and {g_balance:.3f} if D could only guess"),
        "D on real": (
            f"{real.mean():.3f} ± {real.std():.3f}", f"mean ± sd; {even:.2g}: it cannot tell",
        ),
        "D on generated": (f"{fake.mean():.3f} ± {fake.std():.3f}", "the same on samples of G"),
        "coverage": (_summed_up(judged.coverage), "fresh real samples with one near; 1 is best"),
        "sliced W2": (
            _summed_up(judged.sliced_wasserstein), "way from samples to real; 0 is best",
        ),
        "two-sample": (_summed_up(judged.two_sample), "a classifier's accuracy; 0.5 is best"),
        "trained": (
            f"{run.step:,} steps in {run.seconds:.0f} s",
            f"{run.device}, threads: {threads(run.work)}",
        ),
    }  # fmt: skip
    return "\n" + "\n".join(
        f"  {name:<15} {value:<15} ({meaning})" for name, (value, meaning) in rows.items()
    )


def _summed_up(values: pd.Series) -> str:
    """One value, or the mean of several with the least and the greatest."""
    if len(values) == 1:
        return f"{values.iloc[0]:.3f}"
    return f"{values.mean():.3f} ({values.min():.3f} to {values.max():.3f})"


def _seed(text: str) -> int:
    return _whole(text, least=0)


def _time(text: str) -> str:
    """A time of day, HH:MM."""
    try:
        return f"{datetime.strptime(text, '%H:%M'):%H:%M}"
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day; write 09:00.") from None


def _positive(text: str) -> int:
    return _whole(text, least=1)


def _whole(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {least} or more")
    return int(text)
