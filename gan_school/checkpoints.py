"""Small trained generators that come with the course, so that pictures are there in seconds.

A checkpoint is two files under `data/checkpoints`: `NAME.safetensors` with the weights, and
`NAME.json`, its card, with the recipe, the data, the seed, what was measured, and the versions.
`make checkpoints` trains them again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gan_school.games import InfoGAN
from gan_school.games.latent import Latent
from gan_school.places import shipped
from gan_school.randomness import Randomness
from gan_school.settings import from_json, to_json
from gan_school.training import Recipe, Run
from gan_school.training.model import Sampler
from gan_school.training.storage import digest, versions

DISCRIMINATOR = "discriminator:"  # before the names of its weights in the file

LARGEST = 2_000_000
"""The most bytes that the weights of a checkpoint may take."""


class Checkpoint:
    """A trained generator and its card.

    Attributes:
        name: what `load` was asked for.
        card: everything that is known about it, as it stands in the JSON file.
        recipe: how it was trained.
        latent: what goes into the generator.
        metrics: what was measured when it was made.
        discriminator: the trained discriminator, where it was kept as well; else None.
    """

    def __init__(self, name: str, card: dict[str, Any], weights: dict[str, Tensor]):
        self.name, self.card = name, card
        self.recipe: Recipe = from_json(card["recipe"])
        self.latent: Latent = from_json(card["latent"])
        self.metrics: dict[str, float] = card["metrics"]
        parts: dict[bool, dict[str, Tensor]] = {True: {}, False: {}}
        for key, x in weights.items():
            of_discriminator = key.startswith(DISCRIMINATOR)
            parts[of_discriminator][key.removeprefix(DISCRIMINATOR)] = x
        network = self.recipe.generator.build()
        network.load_state_dict(parts[False])
        self.discriminator: nn.Module | None = None
        if parts[True]:
            self.discriminator = self.recipe.discriminator.build().eval().requires_grad_(False)
            self.discriminator.load_state_dict(parts[True])
        self._sampler = Sampler(
            network.eval().requires_grad_(False), self.recipe.game, self.latent,
            len(card["data"]["classes"]),
        )  # fmt: skip
        self.network = network

    def sample(self, n: int | None = None, seed: int = 0, *, labels: Any = None) -> Tensor:
        """Draw samples; see `Run.sample`."""
        return self._sampler.sample(n, seed, labels=labels)

    def generate(self, z: Tensor, labels: Any = None) -> Tensor:
        """Give the generator latent vectors of your own choice; see `Run.generate`."""
        return self._sampler.generate(z, labels)

    def read(self, x: Tensor) -> tuple[Tensor, ...]:
        """What an InfoGAN's reader takes for the codes of samples, real or generated.

        Args:
            x: samples, shape (n, …).

        Returns:
            For each code its likeliest value, shape (n, code's size).

        Raises:
            ValueError: if the game has no codes, or its discriminator was not kept.
        """
        game = self.recipe.game
        if not isinstance(game, InfoGAN) or self.discriminator is None:
            raise ValueError(
                f"nothing in the checkpoint {self.name!r} can read codes. One of an InfoGAN can."
            )
        played = game.between(self.network, self.discriminator, self.latent, Randomness(0))
        with torch.no_grad():
            return played.codes(played.answers(x))

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
    place = _folder(folder) / f"{name}.json"
    if not place.exists():
        there = ", ".join(names(folder)) or "none"
        raise FileNotFoundError(
            f"no checkpoint is called {name!r}. There are: {there}. `make checkpoints` in a copy "
            "of the project trains them."
        )
    card = json.loads(place.read_text(encoding="utf-8"))
    weights = place.with_suffix(".safetensors")
    if not weights.exists() or digest(weights) != card["sha256"]:
        raise ValueError(
            f"{weights} is missing or damaged: it is not the file that {place.name} describes."
        )
    return Checkpoint(name, card, load_file(weights))


def names(folder: str | Path | None = None) -> list[str]:
    """The checkpoints that are there."""
    return sorted(path.stem for path in _folder(folder).glob("*.json"))


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
    """Write the generator of a run as a checkpoint.

    Args:
        run: a single GAN that has its data.
        metrics: what was measured, by name.
        discriminator: keep the discriminator, too.

    Returns:
        The card's path.

    Raises:
        ValueError: if the run is a population, or the weights are too large to ship.
    """
    if run.random.population:
        raise ValueError("a checkpoint holds one generator. Choose a member: run[0].")
    place = _folder(folder)
    place.mkdir(parents=True, exist_ok=True)
    weights = place / f"{name}.safetensors"
    numbers = {
        key: x.detach().cpu().contiguous() for key, x in run.generator.best().state_dict().items()
    }
    if discriminator:
        for key, x in run.discriminator.best().state_dict().items():
            numbers[DISCRIMINATOR + key] = x.detach().cpu().contiguous()
    size = sum(x.numel() * x.element_size() for x in numbers.values())
    if size > LARGEST:
        raise ValueError(
            f"the weights take {size / 1e6:.1f} MB, and those of a checkpoint may take "
            f"{LARGEST / 1e6:.0f} MB: choose a smaller width."
        )
    save_file(numbers, weights)
    data = run.data
    card = {
        "recipe": to_json(run.recipe),
        "latent": to_json(run.latent),
        "data": {
            "name": data.name,
            "samples": len(data),
            "shape": list(data.shape),
            "classes": list(data.classes),
            "sha256": run.fingerprint,
        },
        "seed": run.seeds,
        "steps": run.step,
        "seconds": round(run.seconds, 1),
        "metrics": {key: round(float(value), 4) for key, value in metrics.items()},
        "versions": versions(),
        "sha256": digest(weights),
    }
    path = place / f"{name}.json"
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _folder(folder: str | Path | None) -> Path:
    return shipped("checkpoints") if folder is None else Path(folder)
