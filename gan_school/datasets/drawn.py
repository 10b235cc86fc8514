"""Flowers, drawn: pictures in colour of any size, of which everything is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_school.checks import whole
from gan_school.datasets.dataset import Dataset, owned
from gan_school.datasets.points import others

PETALS = (3, 4, 5, 6, 7, 8)
SMALLEST, LARGEST = 16, 256
_BLOCK = 2**17  # pixels that are drawn at once; more would leave the processor's cache


def flowers(n: int = 2000, size: int = 32, seed: int = 0) -> Dataset:
    """Pictures of flowers, drawn by this function, labelled by how many petals they have.

    Whatever a picture was drawn from stands in `factors`, one row per picture:

    - `petals`: 3 to 8, all equally likely; the label is this number less 3;
    - `hue` of the petals, from 0 to 1 around the colour wheel: red, yellow, green, blue, red;
    - `size`: radius of the flower as a share of the picture's width, 0.30 to 0.46;
    - `rotation` in degrees, from 0 to 360 / petals, after which the flower looks the same again;
    - `background`: from 0, night, to 1, day.

    Nothing else is random. The first pictures do not depend on how many there are.

    Args:
        n: how many.
        size: height and width in pixels, 16 to 256.
        seed: decides the factors.

    Returns:
        A Dataset with `x` of shape (n, 3, size, size), from −1 to 1, labels and `factors`.

    Raises:
        ValueError: if `n` is below 1 or `size` out of range, or one is not a whole number.
    """
    n, seed = whole(n, "n"), whole(seed, "seed", 0)

    def dataset(n: int, seed: int) -> Dataset:
        factors = _factors(n, seed)
        return Dataset(
            owned(draw_flowers(factors, size)),
            f"flowers {size}×{size}",
            labels=torch.from_numpy(factors["petals"].to_numpy() - PETALS[0]),
            classes=tuple(f"{count} petals" for count in PETALS),
            factors=factors,
            mean=127.5,
            scale=127.5,
            draw=others(dataset, seed),
        )

    return dataset(n, seed)


def draw_flowers(factors: pd.DataFrame, size: int = 32) -> Tensor:
    """Draw flowers of your own choice.

    The picture changes smoothly with every factor but the number of petals.

    Args:
        factors: columns `petals`, `hue`, `size`, `rotation` and `background`; see `flowers`.
        size: height and width in pixels.

    Returns:
        Shape (n, 3, size, size), from −1 to 1.

    Raises:
        ValueError: if `size` is out of range, or a column is missing.
    """
    size = whole(size, "size", SMALLEST, LARGEST)
    missing = {"petals", "hue", "size", "rotation", "background"} - set(factors.columns)
    if missing:
        raise ValueError(f"these factors are missing: {', '.join(sorted(missing))}.")
    columns = {
        name: torch.tensor(factors[name].to_numpy(np.float32, copy=True))[:, None, None]
        for name in factors.columns
    }
    x = torch.empty(len(factors), 3, size, size)
    step = max(1, _BLOCK // (2 * size) ** 2)
    for start in range(0, len(factors), step):
        part = {name: values[start : start + step] for name, values in columns.items()}
        # At twice the size, and each pixel the mean of four: edges have steps too fine to see.
        x[start : start + step] = avg_pool2d(_draw(part, 2 * size), 2)
    return x


def _factors(n: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed).random((n, 5))
    petals = np.array(PETALS)[(chance[:, 0] * len(PETALS)).astype(int)]
    return pd.DataFrame(
        {
            "petals": petals,
            "hue": chance[:, 1],
            "size": 0.30 + 0.16 * chance[:, 2],
            "rotation": chance[:, 3] * 360 / petals,
            "background": chance[:, 4],
        }
    )


def _draw(factors: dict[str, Tensor], size: int) -> Tensor:
    """Layer by layer, from the background to the disc in the middle."""
    ticks = (torch.arange(size) + 0.5) / size * 2 - 1
    y, x = torch.meshgrid(-ticks, ticks, indexing="ij")
    r, angle = torch.hypot(x, y), torch.atan2(y, x)
    soft = 2.0 / size  # an edge is blurred over one pixel
    radius = 2 * factors["size"]

    picture = _background(factors["background"], y, r / radius)
    petals, inside = _petals(factors, r, angle, radius, soft)
    picture = picture + (petals - picture) * inside
    disc, inside = _disc(x, y, r, radius, soft)
    picture = picture + (disc - picture) * inside
    return picture.clamp(0, 1) * 2 - 1


def _background(day: Tensor, y: Tensor, distance: Tensor) -> Tensor:
    """Night blue over meadow green to pale day, lighter at the top, with the flower's shadow."""
    night, meadow, noon = (
        _colour(0.07, 0.10, 0.20),
        _colour(0.40, 0.55, 0.36),
        _colour(0.95, 0.96, 0.86),
    )
    t = (0.05 + 0.9 * day + 0.05 * y).unsqueeze(1)
    shadow = 1 - 0.35 * torch.exp(-2.2 * distance**2).unsqueeze(1)
    return ((1 - t) ** 2 * night + 2 * t * (1 - t) * meadow + t**2 * noon) * shadow


def _petals(
    factors: dict[str, Tensor], r: Tensor, angle: Tensor, radius: Tensor, soft: float
) -> tuple[Tensor, Tensor]:
    """The petals' colour, and how much of each pixel they take up.

    All petals are alike, so every pixel is turned onto the nearest petal's axis: `along` and
    `across` are its places there.
    """
    sector = 2 * math.pi / factors["petals"]
    turned = angle - torch.deg2rad(factors["rotation"]) - math.pi / 2
    turned = torch.remainder(turned + sector / 2, sector) - sector / 2
    along, across = r * torch.cos(turned) / radius, (r * torch.sin(turned) / radius).abs()

    t = along.clamp(0, 1)
    # As wide as leaves a gap to the next petal, and never wider than a petal is.
    widest = torch.minimum(0.52 * torch.tan(sector / 2), torch.tensor(0.36))
    width = widest * torch.sin(math.pi * t**1.25).clamp(min=0) ** 0.7
    edge = torch.minimum(width - across, 1 - along) * radius  # how far inside
    inside = _smooth(edge / soft + 0.5) * (along > 0)

    hue = factors["hue"].unsqueeze(1)
    tip, heart = _hsv(hue, 0.55, 1.0), _hsv(hue - 0.04, 0.95, 0.72)
    shade = t.unsqueeze(1)
    vein = 0.22 * torch.exp(-((across / 0.045) ** 2)) * (1 - t)
    rim = 0.72 + 0.28 * _smooth(edge / (0.10 * radius))
    colour = (heart + (tip - heart) * shade) * ((1 - vein) * rim).unsqueeze(1)
    return colour, inside.unsqueeze(1)


def _disc(x: Tensor, y: Tensor, r: Tensor, radius: Tensor, soft: float) -> tuple[Tensor, Tensor]:
    """The golden disc in the middle: lit from above, with seeds."""
    own = 0.23 * radius
    inside = _smooth((own - r) / soft + 0.5)
    seeds = 0.08 * torch.cos(22 * x / radius) * torch.cos(22 * y / radius)
    light = (0.92 - 0.30 * (r / own) ** 2 + 0.10 * y / own + seeds).unsqueeze(1)
    return _colour(1.0, 0.78, 0.22) * light, inside.unsqueeze(1)


def _smooth(x: Tensor) -> Tensor:
    """From 0 to 1 as x does, without corners."""
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)


def _colour(red: float, green: float, blue: float) -> Tensor:
    return torch.tensor([red, green, blue])[:, None, None]


def _hsv(hue: Tensor, saturation: float, value: float) -> Tensor:
    """Hue, saturation and value to red, green and blue, on dimension 1 (Smith 1978)."""
    third = torch.tensor([5.0, 3.0, 1.0])[:, None, None]
    k = torch.remainder(third + 6 * hue, 6)
    return value - value * saturation * torch.minimum(k, 4 - k).clamp(0, 1)
