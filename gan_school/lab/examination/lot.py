"""What is drawn by lot: the settings of a run, and the data of a ward.

A run has a number, and eight runs make a *ward*. The ward's number decides the data, a mixture of
Gaussians of its own, and what a population has in common: networks, game, latent, batch size, step
ratio, steps. The run's number decides its rates, momentum, penalty and seed. All of it is drawn
from sensible ranges; then, in one ward of three and in one run of three, one setting is drawn anew
from ranges that reach far into the absurd.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from gan_school.datasets import Dataset
from gan_school.datasets.points import others
from gan_school.games import R1, SaturatingGAN
from gan_school.networks import mlp, rescaled
from gan_school.schedules import Constant, Cosine
from gan_school.training import Adam, Recipe

WARD = 8  # runs: trained together, since that costs hardly more than one


def ward_of(number: int) -> int:
    """The ward of a run, even or odd as its number is."""
    return 2 * (number // (2 * WARD)) + number % 2


def numbers_in(ward: int) -> tuple[int, ...]:
    """The runs of a ward."""
    first = ward // 2 * 2 * WARD + ward % 2
    return tuple(range(first, first + 2 * WARD, 2))


def mixture(ward: int) -> Dataset:
    """The data of a ward: three to five Gaussians somewhere in two to four dimensions."""
    rng = np.random.default_rng([ward, 1])
    modes, features = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    apart = 0.0
    while apart < 1.0:
        centres = rng.normal(size=(modes, features))
        apart = min(np.linalg.norm(centres[i] - centres[:i], axis=1).min() for i in range(1, modes))
    equal = np.full(modes, 1 / modes)
    shares = equal if rng.random() < 0.5 else (2 * equal + rng.dirichlet(np.full(modes, 2.0))) / 3
    sigma = apart / rng.uniform(6, 8.5)
    mean = shares @ centres
    scale = np.sqrt((shares @ (centres - mean) ** 2).mean() + sigma**2)
    places = torch.tensor((centres - mean) / scale, dtype=torch.float32)
    width, weights = float(sigma / scale), torch.tensor(shares)

    def dataset(n: int, seed: int) -> Dataset:
        generator = torch.Generator().manual_seed(seed)
        labels = torch.multinomial(weights, n, replacement=True, generator=generator)
        x = places[labels] + width * torch.randn(n, features, generator=generator)
        return Dataset(
            x,
            f"mixture {ward}",
            labels=labels,
            modes=places,
            sigma=width,
            draw=others(dataset, seed),
        )

    return dataset(2_000, ward)


def recipe(number: int, ward: int) -> Recipe:
    """How a run is trained."""
    in_common, rng = _of_ward(ward), np.random.default_rng([number, 3])
    rate, ratio, beta = between(rng, 3e-3, 6e-3), between(rng, 0.7, 1.5), rng.choice([0.0, 0.5])
    penalty = between(rng, 0.05, 0.4)
    if isinstance(in_common.game, SaturatingGAN):  # the ward of the strong discriminators
        rate, ratio, penalty = between(rng, 5e-4, 3e-3), between(rng, 3, 30), 0.0
    d, g = rate * ratio, rate / ratio
    if rng.random() < 0.35:
        fault = rng.choice(["low", "high", "slow G", "slow D", "momentum", "penalty", "fast D"])
        if fault == "low":
            d, g = between(rng, 1e-6, 1e-4), between(rng, 1e-6, 1e-4)
        elif fault == "high":
            d, g = between(rng, 1e-2, 10), between(rng, 1e-2, 10)
        elif fault == "slow G":
            g = between(rng, 1e-7, 1e-4)
        elif fault == "slow D":
            d = between(rng, 1e-7, 1e-4)
        elif fault == "momentum":
            faster = between(rng, 1, 10)
            d, g, beta, penalty = d * faster, g * faster, rng.choice([0.9, 0.95, 0.98]), 0.0
        elif fault == "penalty":
            penalty = between(rng, 3, 3e4)
        elif fault == "fast D":
            d, g, penalty = between(rng, 3e-3, 3e-2), between(rng, 1e-5, 1e-3), 0.0
    return in_common.with_(
        game=replace(in_common.game, penalty=R1(penalty)),
        d_optimizer=replace(in_common.d_optimizer, lr=d, betas=(float(beta), 0.999)),
        g_optimizer=replace(in_common.g_optimizer, lr=g, betas=(float(beta), 0.999)),
    )


def _of_ward(ward: int) -> Recipe:
    """What the recipes of a ward have in common."""
    rng, (features,) = np.random.default_rng([ward, 2]), mixture(ward).shape
    width, depth = int(rng.choice([24, 32, 48])), int(rng.choice([2, 2, 3]))
    latent, activation = int(rng.choice([3, 4, 8])), str(rng.choice(["relu", "leaky_relu"]))
    schedule = Cosine() if rng.random() < 0.9 else Constant()
    drawn = Recipe(
        generator=mlp(latent, *[width] * depth, features, activation=activation),
        discriminator=mlp(features, *[width] * depth, 1, activation="leaky_relu"),
        steps=int(rng.choice([1_200, 1_400, 1_600])),
        batch_size=int(rng.choice([48, 64, 80])),
        d_steps=int(rng.choice([1, 1, 1, 2])),
        d_optimizer=Adam(1e-3, schedule),
        g_optimizer=Adam(1e-3, schedule),
    )
    return FAULTS[rng.integers(len(FAULTS))](drawn, rng) if rng.random() < 0.3 else drawn


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, evenly in its logarithm, to two digits."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.2g}")


def _more_generator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(g_steps=int(rng.integers(4, 16)), steps=drawn.steps // 3)


def _more_discriminator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    more = int(rng.integers(3, 8))
    return drawn.with_(d_steps=more, steps=drawn.steps // 2, game=SaturatingGAN())


def _small_batches(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(batch_size=int(rng.integers(4, 17)))


def _few_steps(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(steps=int(rng.integers(20, 60)) * 10)


def _narrow_latent(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(latent=1))


def _faint_latent(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    faint = between(rng, 3e-4, 3e-2)
    return drawn.with_(generator=rescaled(drawn.generator, inputs=(faint, 0.0)))


def _bounded_output(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(output=str(rng.choice(["relu", "sigmoid"]))))


def _small_generator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(hidden=(int(rng.integers(3, 9)),)))


def _small_discriminator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(discriminator=drawn.discriminator.with_(hidden=(int(rng.integers(2, 7)),)))


def _short_sight(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    short = rescaled(drawn.discriminator, inputs=(between(rng, 1e-3, 3e-2), 0.0))
    return drawn.with_(discriminator=short)


FAULTS = (
    _more_generator, _more_discriminator, _small_batches, _few_steps, _narrow_latent,
    _faint_latent, _bounded_output, _small_generator, _small_discriminator, _short_sight,
)  # fmt: skip
