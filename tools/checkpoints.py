"""Train the generators that come with the course, measure them, and write them with their cards.

    python tools/checkpoints.py                       # all of them
    python tools/checkpoints.py conditional-digits    # one

The seed is 0 for each, not the luckiest of many.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from gan_school import Recipe, Run, checkpoints, datasets, metrics, recipes, train
from gan_school.datasets import Dataset
from gan_school.games import GAN, R1
from gan_school.networks import mlp_discriminator, mlp_generator


@dataclass(frozen=True)
class Plan:
    """What to train, on what, and how to judge it."""

    recipe: Callable[[Dataset], Recipe]
    data: Callable[[], Dataset]
    measure: Callable[[Run], dict[str, float]]
    also: tuple[int, ...] = ()  # seeds that are trained and measured besides, and not kept
    discriminator: bool = False  # whether it is kept as well


def measure_points(run: Run) -> dict[str, float]:
    """The metrics of `Run.evaluate`."""
    return run.evaluate().iloc[0].to_dict()


def measure_images(run: Run) -> dict[str, float]:
    """Against the held-out images: coverage in pixel space, the Fréchet distance, and agreement."""
    held_out = run.data.fresh(1000)
    judge = metrics.classifier(run.data)
    labels = held_out.labels if run.recipe.game.uses_labels else None
    samples = run.sample(len(held_out), seed=1, labels=labels)
    found = {
        "coverage": metrics.density_coverage(held_out, samples, k=5).coverage,
        "fid": metrics.fid(held_out, samples, judge),
        "confident": metrics.confident_share(samples, judge),
        "judge_accuracy": judge.accuracy,
    }
    if labels is not None:
        found = {"agreement": metrics.label_agreement(samples, labels, judge), **found}
    return found


def measure_codes(run: Run) -> dict[str, float]:
    """What the codes mean on 2,000 flowers that training has not seen, and how good samples are."""
    fresh = run.data.fresh(2000)
    choice, numbers = run.read(fresh.x)
    table = metrics.code_table({"numbers": numbers}, fresh.factors)["numbers"]
    information, accuracy = metrics.matched_classes(choice.argmax(1), fresh.factors["petals"])
    held = fresh[:1000]
    return {
        **{f"numbers_{factor}": value for factor, value in table.items()},
        "choice_petals_nmi": information,
        "choice_petals_accuracy": accuracy,
        "coverage": metrics.density_coverage(held, run.sample(len(held), seed=1), k=5).coverage,
    }


def connected(data: Dataset) -> Recipe:
    """A fully connected GAN for pictures, with the settings that did well on digits."""
    channels, size, _ = data.shape
    return recipes.CONDITIONAL_DIGITS.with_(
        generator=mlp_generator(size, channels, latent=64, hidden=(256, 128)),
        discriminator=mlp_discriminator(size, channels, hidden=(256, 256)),
        game=GAN(penalty=R1(0.1)),
        steps=6_000,
    )


PLANS = {
    "spiral": Plan(lambda data: recipes.SPIRAL, datasets.spiral, measure_points),
    "conditional-digits": Plan(
        lambda data: recipes.CONDITIONAL_DIGITS, datasets.digits, measure_images
    ),
    "dcgan-digits": Plan(recipes.dcgan, datasets.digits, measure_images),
    # Two that got about the same time, to see what convolutions are worth.
    "dcgan-flowers": Plan(recipes.dcgan, datasets.flowers, measure_images),
    "mlp-flowers": Plan(connected, datasets.flowers, measure_images),
    "infogan-flowers": Plan(
        recipes.infogan, lambda: datasets.flowers(size=16), measure_codes, (1, 2), True
    ),
}


def main() -> None:
    """Train those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PLANS)}; all without any")
    for name in parser.parse_args().names or PLANS:
        plan = PLANS[name]
        data = plan.data()
        run = train(plan.recipe(data), data, seed=0, device="cpu")
        found = plan.measure(run)
        if plan.also:
            others = [
                plan.measure(train(run.recipe, data, seed, device="cpu")) for seed in plan.also
            ]
            means = pd.DataFrame([found, *others]).mean()
            found |= {f"{key}, mean of {1 + len(others)} seeds": x for key, x in means.items()}
        path = checkpoints.save(run, name, found, discriminator=plan.discriminator)
        print(f"{path}: {checkpoints.load(name)}, {run.seconds:.0f} s")


if __name__ == "__main__":
    main()
