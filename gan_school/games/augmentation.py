"""Views that change samples at random, real and generated ones alike, for little data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_school.checks import check, check_shape
from gan_school.games.samples import Samples, values, with_values
from gan_school.games.views import View
from gan_school.randomness import Randomness
from gan_school.settings import setting

Drawn = Callable[[float, float], Tensor]
"""A number for each picture, evenly from one to the other."""


@setting
@dataclass(frozen=True)
class Augmented(View):
    """Pictures in other colours, moved, and with a hole (DiffAugment, Zhao et al. 2020).

    A discriminator learns a few hundred pictures by heart, and then tells them from all others. If
    it never sees one twice in the same way it cannot. The generated ones are changed as well, so
    that G does not learn the changes, and its gradient comes back through them.

    Attributes:
        colour: brightness by up to 0.5 either way, saturation by a factor up to 2, contrast by one
            from 0.5 to 1.5, as in the paper. Grey pictures have no saturation.
        translation: by up to this share of the height and of the width. What comes in is mid-grey.
        cutout: the side of a square of mid-grey, as a share of the picture's.
    """

    penalised: ClassVar[bool] = True

    colour: bool = True
    translation: float = 0.125
    cutout: float = 0.5

    def __post_init__(self) -> None:
        for name in ("translation", "cutout"):
            share = getattr(self, name)
            check(0 <= share <= 1, f"Augmented({name}={share}): a share of the picture, 0 to 1.")

    def __call__(self, samples: Samples, random: Randomness, progress: float) -> Samples:
        x = values(samples)
        members = len(random.size)
        check_shape(x.ndim == members + 4, "Augmented", x, "pictures: channels, height and width.")

        def drawn(low: float, high: float) -> Tensor:
            """A number for each picture, evenly from low to high, shape (n,)."""
            return low + (high - low) * random.uniform(x.shape[members]).flatten()

        flat = x.flatten(0, members)
        flat = _coloured(flat, drawn) if self.colour else flat
        flat = _translated(flat, self.translation, drawn) if self.translation else flat
        flat = _cut_out(flat, self.cutout, drawn) if self.cutout else flat
        return with_values(samples, flat.unflatten(0, x.shape[: members + 1]))


@setting
@dataclass(frozen=True)
class Moved(View):
    """Points in the plane, turned about the origin and shifted, each by another little.

    Attributes:
        turn: the standard deviation of the angle, in degrees.
        shift: the standard deviation of the shift, in the units of the data.
    """

    penalised: ClassVar[bool] = True

    turn: float = 5.0
    shift: float = 0.05

    def __post_init__(self) -> None:
        check(min(self.turn, self.shift) >= 0, f"{self}: both are 0 or more.")

    def __call__(self, samples: Samples, random: Randomness, progress: float) -> Samples:
        x = values(samples)
        fits = x.ndim == len(random.size) + 2 and x.shape[-1] == 2
        check_shape(fits, "Moved", x, "points in the plane.")
        angle = torch.deg2rad(self.turn * random.normal(x.shape[-2]))
        one, other = x.unbind(-1)
        turned = torch.stack(
            [angle.cos() * one - angle.sin() * other, angle.sin() * one + angle.cos() * other], -1
        )
        return with_values(samples, turned + self.shift * random.normal(*x.shape[-2:]))


def _coloured(x: Tensor, drawn: Drawn) -> Tensor:
    def for_each(low: float, high: float) -> Tensor:
        return drawn(low, high).reshape(-1, 1, 1, 1)

    x = x + for_each(-0.5, 0.5)
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * for_each(0, 2)
    middle = x.mean((1, 2, 3), keepdim=True)
    return middle + (x - middle) * for_each(0.5, 1.5)


def _translated(x: Tensor, share: float, drawn: Drawn) -> Tensor:
    """Each moved by whole pixels, up and down, and to the sides."""
    for dim in (2, 3):
        size = x.shape[dim]
        most = int(share * size + 0.5)
        by = drawn(-most - 0.5, most + 0.5).round().long().clamp(-most, most)
        wide = pad(x, (0, 0, most, most) if dim == 2 else (most, most, 0, 0))
        places = torch.arange(size, device=x.device) + most + by[:, None]
        shape = (len(x), 1, size, 1) if dim == 2 else (len(x), 1, 1, size)
        x = wide.gather(dim, places.reshape(shape).expand(x.shape))
    return x


def _cut_out(x: Tensor, share: float, drawn: Drawn) -> Tensor:
    """A square around some pixel, of which a part may lie outside."""
    inside = torch.ones(len(x), 1, 1, 1, dtype=torch.bool, device=x.device)
    for dim in (2, 3):
        size = x.shape[dim]
        side = int(share * size + 0.5)
        first = (drawn(0, 1) * (size + 1 - side % 2)).long() - side // 2
        places = torch.arange(size, device=x.device) - first[:, None]
        within = (places >= 0) & (places < side)
        inside = inside & within.reshape((len(x), 1, size, 1) if dim == 2 else (len(x), 1, 1, size))
    return x.masked_fill(inside, 0.0)
