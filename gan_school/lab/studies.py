"""Questions that are not about one trick: what labels are worth, what stopping early saves, and
what becomes of a verdict when training goes on.

`make evidence` answers them with many seeds, and notebooks 08, 09 and 10 read the answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from gan_school import datasets, files, recipes
from gan_school.datasets import Dataset
from gan_school.games import GAN, AuxiliaryClassifierGAN, Categorical, Coded, InfoGAN
from gan_school.lab.catalogue import tricks
from gan_school.lab.comparing import compare
from gan_school.lab.comparison import Comparison
from gan_school.lab.tasks import TASKS
from gan_school.metrics import (
    Metric,
    classifier,
    density_coverage,
    label_agreement,
    precision_recall,
)
from gan_school.metrics.metric import METRICS
from gan_school.places import shipped
from gan_school.training import Adam, Constant, EarlyStop, Recipe

Part = tuple[Dataset, dict[str, Recipe]]


@dataclass(frozen=True)
class Study:
    """Recipes to compare, on one data set or on several versions of it.

    Attributes:
        parts: data, and recipes by name. The first recipe of all is the baseline; where it comes
            again in a later part, that is only to have something to compare with there.
        seeds: how many.
        metrics: how samples are judged.
        at: shares of the steps after which they are judged, too.
    """

    parts: Callable[[], list[Part]]
    seeds: int
    metrics: tuple[str | Metric, ...]
    at: tuple[float, ...] = ()

    def recipes(self) -> dict[str, Recipe]:
        """All recipes, by name."""
        return {name: recipe for _, named in self.parts() for name, recipe in named.items()}

    def measure(self, jobs: int | None = None) -> Comparison:
        """Train and judge them all; what was measured before is not measured again."""
        tables: list[pd.DataFrame] = []
        known: set[str] = set()
        for data, named in self.parts():
            longest = max(recipe.steps for recipe in named.values())
            at = [round(share * longest) for share in self.at]
            table = compare(named, data, range(self.seeds), at=at, metrics=self.metrics, jobs=jobs)
            tables.append(pd.DataFrame(table[~table["recipe"].isin(known)]))
            known |= set(named)
        return self.judged(pd.concat(tables, ignore_index=True))

    def judged(self, table: pd.DataFrame) -> Comparison:
        """A table of this study as a `Comparison`, which knows its metrics."""
        comparison = Comparison(table)
        metrics = (METRICS.get(metric, metric) for metric in self.metrics)
        comparison.judged_by = {metric.name: metric for metric in metrics}
        return comparison


# ------------------------------------------------------------------------------------------- labels


def _in_turn(fake: Tensor, classes: int) -> Tensor:
    """The labels that samples are drawn for unless others are asked for."""
    return torch.arange(len(fake)) % classes


def _agreement(real: Dataset, fake: Tensor) -> float:
    """The share of samples that a classifier gives the label they were made for."""
    judge = classifier(datasets.digits(real.shape[-1]))
    return label_agreement(fake, _in_turn(fake, real.class_count), judge)


def _recall(real: Dataset, fake: Tensor) -> float:
    return precision_recall(real.x, fake, k=5).recall


def _coverage_by_class(real: Dataset, fake: Tensor) -> float:
    """Coverage of the real samples of a class by those made for it, the mean over classes."""
    made_for = _in_turn(fake, real.class_count)
    of_each = [
        density_coverage(real.x[real.labels == label], fake[made_for == label], k=5).coverage
        for label in range(real.class_count)
    ]
    return sum(of_each) / len(of_each)


def _without_labels(told: Recipe) -> Recipe:
    """The same networks, and nobody is told anything."""
    return told.with_(
        generator=told.generator.with_(classes=0),
        discriminator=told.discriminator.with_(classes=0),
        game=GAN(penalty=told.game.penalty),
    )


def _uses_of_a_label() -> list[Part]:
    """The same body of G and of D; what differs is what is done with the label."""
    told = recipes.CONDITIONAL_DIGITS
    asked = told.discriminator.with_(classes=0, second_head=10)
    penalty = told.game.penalty
    latent = Coded(10, (Categorical(10),))
    named = {
        "no labels": _without_labels(told),
        "CGAN": told,
        **{
            name: told.with_(
                discriminator=asked, game=AuxiliaryClassifierGAN(weight, penalty=penalty)
            )
            for name, weight in (("AC-CGAN", 1.0), ("AC-CGAN, weight 0.1", 0.1))
        },
        "InfoGAN": told.with_(
            generator=told.generator.with_(classes=0, latent=latent.size), discriminator=asked,
            game=InfoGAN(0.3, penalty=penalty), latent=latent,
        ),
    }  # fmt: skip
    return [(datasets.digits(), named)]


def _any_label() -> list[Part]:
    """A conditional GAN told the digit, or how much ink there is, or a number drawn by lot."""
    digits, told = datasets.digits(), recipes.CONDITIONAL_DIGITS
    plain = {"no labels": _without_labels(told)}
    return [
        (digits, plain | {"the digit": told}),
        (_relabelled(digits, _ink), plain | {"how much ink": told}),
        (_relabelled(digits, _lots), plain | {"drawn by lot": told}),
    ]


def _relabelled(data: Dataset, label: Callable[[Tensor], Tensor]) -> Dataset:
    """The same pictures under other labels."""
    held_out = replace(data.held_out, labels=label(data.held_out.x))
    return replace(data, labels=label(data.x), held_out=held_out)


def _ink(x: Tensor) -> Tensor:
    """Ten classes of the same size, from the pictures with the least ink to those with the most."""
    return x.flatten(1).sum(1).argsort().argsort() * 10 // len(x)


def _lots(x: Tensor) -> Tensor:
    """Ten classes of the same size, drawn by lot."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return order * 10 // len(x)


# ---------------------------------------------------------------------------------------- stopping


def _stopping() -> list[Part]:
    """One recipe at a constant rate, stopped by different rules; and two that slow down in time."""
    adam = Adam(2e-3, betas=(0.5, 0.999), schedule=Constant())
    full = recipes.SPIRAL.with_(d_optimizer=adam, g_optimizer=adam)
    patient = {
        f"patience {patience}": full.with_(stop=EarlyStop("coverage", every=500, patience=patience))
        for patience in (2, 4, 8)
    }
    others = {
        "half the steps": full.with_(steps=full.steps // 2),
        "falling rate": recipes.SPIRAL,
        "falling rate, half the steps": recipes.SPIRAL.with_(steps=full.steps // 2),
    }
    return [(datasets.spiral(), {"all steps": full, **patient, **others})]


# ---------------------------------------------------------------------------------------- going on


def _longer(name: str) -> list[Part]:
    """An ordinary GAN and a Wasserstein GAN, for four times as long as the ledger trains them."""
    task = TASKS[name]
    data, plain = task.data(), task.recipe.with_(steps=4 * task.recipe.steps)
    five, bounded = tricks["4.8"].pair(plain, data, "gradient penalty, both with D 5 times")
    return [(data, {"D once": plain, "D 5 times": five, "penalty, D 5 times": bounded})]


def _share(name: str, measure: Callable[[Dataset, Tensor], float]) -> Metric:
    """A metric that is a share, with the margin of the other shares."""
    return Metric(name, measure, margin=0.05, relative=0.25, unit="share of 1")


_RECALL = _share("recall", _recall)

STUDIES = {
    "labels": Study(
        _uses_of_a_label, 5,
        (
            _share("agreement", _agreement), "coverage", "precision", _RECALL,
            _share("coverage_by_class", _coverage_by_class),
        ),
    ),
    "any_label": Study(_any_label, 5, ("coverage", "precision", _RECALL)),
    "stopping": Study(_stopping, 16, ("coverage", "sliced_wasserstein")),
    **{
        f"longer_{name}": Study(partial(_longer, name), 16, ("coverage", "precision"), (0.25, 0.5))
        for name in ("spiral", "ring", "grid")
    },
}  # fmt: skip
"""By name: what is done with a label, and with which label, on digits; stopping on the spiral; and
a Wasserstein GAN beside an ordinary one for four times the ledger's steps, on points."""


def on_record(name: str) -> Comparison:
    """What was found by a study that comes with the course.

    Raises:
        KeyError: if there is no such study.
        FileNotFoundError: if this copy of the course comes without it.
    """
    if name not in STUDIES:
        raise KeyError(f"there is no study {name!r}. There are: {', '.join(STUDIES)}.")
    return STUDIES[name].judged(pd.read_csv(shipped("evidence") / f"{name}.csv"))


def save(found: Comparison, name: str, folder: Path) -> Path:
    """Write what a study found.

    Raises:
        OSError: if that cannot be done.
    """
    text = pd.DataFrame(found).round(4).to_csv(index=False, lineterminator="\n")
    files.write_text(folder / f"{name}.csv", text)
    return folder / f"{name}.csv"
