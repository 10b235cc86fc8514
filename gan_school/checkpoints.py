"""Small trained generators that come with the course, so that pictures are there in seconds.

A checkpoint is two files under `data/checkpoints`: `NAME.json`, its card, with the recipe, the
data, the seed, what was measured, and the versions; and the file that the card names, with the
weights. `make checkpoints` trains them again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from gan_school import files
from gan_school.checks import check
from gan_school.places import shipped
from gan_school.settings import from_json, to_json
from gan_school.training import Model, Recipe, Run
from gan_school.training.storage import load_numbers, plain_name, read_both, versions, write_both

# Before the names of what belongs to it in the file; G's weights have nothing before theirs.
DISCRIMINATOR, MEMORY = "discriminator:", "game:"

LARGEST = 2_000_000
"""The most bytes that the weights of a checkpoint may take."""


class Checkpoint(Model):
    """A trained model and its card.

    Attributes:
        name: what `load` was asked for.
        card: everything that is known about it, as it stands in the JSON file.
        recipe: how it was trained.
        latent: what goes into the generator.
        metrics: what was measured when it was made.
        generator: the trained network.
        discriminator: the trained discriminator, where it was kept as well; else None.
    """

    def __init__(self, name: str, card: dict[str, Any], weights: dict[str, Tensor]):
        self.name, self.card = name, card
        self.recipe: Recipe = from_json(card["recipe"])
        self.metrics: dict[str, float] = card["metrics"]
        parts: dict[str, dict[str, Tensor]] = {"": {}, DISCRIMINATOR: {}, MEMORY: {}}
        for key, x in weights.items():
            whose = next((name for name in (DISCRIMINATOR, MEMORY) if key.startswith(name)), "")
            parts[whose][key.removeprefix(whose)] = x
        networks = []
        for network, part in (
            (self.recipe.generator, parts[""]),
            (self.recipe.discriminator, parts[DISCRIMINATOR]),
        ):
            built = network.build().eval().requires_grad_(False) if part else None
            if built is not None:
                built.load_state_dict(part)
            networks.append(built)
        data = card["data"]
        super().__init__(
            self.recipe.game, *networks, from_json(card["latent"]),
            shape=tuple(data["shape"]), class_count=data.get("class_count", len(data["classes"])),
            memory=parts[MEMORY],
        )  # fmt: skip

    def __repr__(self) -> str:
        measured = ", ".join(f"{key} {value:.3f}" for key, value in self.metrics.items())
        about = f"{self.card['steps']:,} steps on {self.card['data']['name']}"
        return f"Checkpoint({self.name}: {about}, seed {self.card['seed']}; {measured})"


def load(name: str, folder: str | Path | None = None) -> Checkpoint:
    """Load a trained generator.

    Args:
        name: one of `names()`.
        folder: where the checkpoints are; without it, those that come with the course.

    Raises:
        FileNotFoundError: if there is no checkpoint of that name.
        ValueError: if its files do not belong together, or are damaged.
    """
    place = _card(name, folder)
    if not place.exists():
        there = ", ".join(names(folder)) or "none"
        raise FileNotFoundError(
            f"no checkpoint is called {name!r}. There are: {there}. `make checkpoints` in a copy "
            "of the project trains them."
        )

    def understood(card: Any) -> Checkpoint:
        weights = place.with_name(_file(card, place))
        check(weights.exists(), f"{weights} is missing: {place.name} names it.")
        return Checkpoint(name, card, load_numbers(weights, card["sha256"], place))

    return read_both(place, understood, f"{place} is damaged")


def names(folder: str | Path | None = None) -> list[str]:
    """The checkpoints that are there."""
    place = shipped("checkpoints") if folder is None else Path(folder)
    return sorted(path.stem for path in place.glob("*.json"))


def table(folder: str | Path | None = None) -> pd.DataFrame:
    """All checkpoints, one row each: data, steps, seed, time, and what was measured."""
    rows = {}
    for name in names(folder):
        card = load(name, folder).card
        about = {key: card[key] for key in ("steps", "seed", "seconds")}
        about = {"data": card["data"]["name"], **about}
        rows[name] = about | card["metrics"]
    return pd.DataFrame.from_dict(rows, orient="index")


def save(
    run: Run,
    name: str,
    metrics: dict[str, float],
    folder: str | Path | None = None,
    *,
    discriminator: bool = False,
) -> Path:
    """Write the generator of a run as a checkpoint, in one step: the card names the weights.

    Args:
        run: a single GAN that has its data.
        name: letters, digits and the like: it becomes the name of a file.
        metrics: what was measured, by name.
        discriminator: keep the discriminator, too.

    Returns:
        The card's path.

    Raises:
        ValueError: if the run is a population or has no data, the name is none for a file, or the
            weights are too large to ship.
        OSError: if the folder cannot be written to.
    """
    card = _card(name, folder)
    check(not run.random.population, "a checkpoint holds one generator. Choose a member: run[0].")
    check(run.data is not None, "this run has no data to name in the card: run.attach(data).")
    numbers = dict(run.generator.best().state_dict())
    if discriminator:
        own = run.discriminator.best().state_dict()
        numbers |= {DISCRIMINATOR + key: x for key, x in own.items()}
    numbers |= {MEMORY + key: x for key, x in run.memory.items()}
    size = sum(x.numel() * x.element_size() for x in numbers.values())
    check(
        size <= LARGEST,
        f"the weights, and what the game remembers, take {size / 1e6:.1f} MB, and in a checkpoint "
        f"they may take {LARGEST / 1e6:.0f} MB: choose a smaller width.",
    )
    with files.locked(card.parent):
        old = _file(json.loads(card.read_text("utf-8")), card) if card.exists() else None
        write_both(card, name, numbers, old, lambda weights: _about(run, metrics, weights))
    return card


def _about(run: Run, metrics: dict[str, float], weights: Path) -> str:
    """What the card says."""
    about = {
        "recipe": to_json(run.recipe),
        "latent": to_json(run.latent),
        "data": {
            "name": run.data.name,
            "samples": len(run.data),
            "shape": list(run.data.shape),
            "classes": list(run.data.classes),
            "class_count": run.class_count,
            "sha256": run.fingerprint,
        },
        "seed": run.seeds,
        "steps": run.step,
        "stopped": run.stopped,
        "changes": run.changes,
        "seconds": round(run.seconds, 1),
        "metrics": {key: round(float(value), 4) for key, value in metrics.items()},
        "versions": versions(),
        "file": weights.name,
        "sha256": files.digest(weights),
    }
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def _card(name: str, folder: str | Path | None) -> Path:
    """Where the card of a checkpoint is, or would be."""
    place = shipped("checkpoints") if folder is None else Path(folder)
    check(
        Path(name).name == name and "\\" not in name and name[:1] not in ("", "."),
        f"{name!r} is no name for a checkpoint: it becomes the name of a file, without folders.",
    )
    return place / f"{name}.json"


def _file(card: dict[str, Any], place: Path) -> str:
    """The name of the file with the weights. In older cards it is that of the card."""
    return plain_name(card.get("file", f"{place.stem}.safetensors"), place)
