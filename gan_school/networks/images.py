"""Networks for images: the DCGAN's, and fully connected ones to compare them with.

    generator       latent → 4×4 → 8×8 → 16×16      every step doubles the picture, halves the maps
    discriminator   16×16 → 8×8 → 4×4 → a logit     the same way back

The smallest feature maps are 4 to 7 pixels wide, so that 16, 32 and 64 work as well as 28 or 96.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod

from torch import nn

from gan_school.networks.conditional import (
    ConcatenationDiscriminator,
    LabelledGenerator,
    ProjectionDiscriminator,
)
from gan_school.networks.connected import check_share, layers
from gan_school.networks.description import network
from gan_school.networks.spectral import spectrally_normalised
from gan_school.networks.two_heads import TwoHeads

SMALLEST, LARGEST = 8, 512
SIZES = tuple(
    sorted(
        base * 2**halvings
        for base in (4, 5, 6, 7)
        for halvings in range(1, 8)
        if SMALLEST <= base * 2**halvings <= LARGEST
    )
)
"""Heights and widths that a DCGAN can have."""

NORMS: dict[str | None, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=True),
    "layer": lambda channels: nn.GroupNorm(1, channels),
    None: lambda channels: nn.Identity(),
}
"""Normalisations of feature maps: over the batch (Ioffe & Szegedy 2015), over each map (Ulyanov et
al. 2016), over all maps of a sample (Ba et al. 2016), or none."""

_NORMS_OF_VECTORS: dict[str | None, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm1d,
    "instance": nn.LayerNorm,  # a vector has no maps: all of it is normalised
    "layer": nn.LayerNorm,
    None: nn.Identity,
}

Block = Callable[[int, int, int, bool], list[nn.Module]]


def _transposed(inputs: int, outputs: int, kernel: int, bias: bool) -> list[nn.Module]:
    """(c, s, s) → (c', 2s, 2s) in one layer."""
    padding, odd = (kernel - 1) // 2, kernel % 2
    return [nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, odd, bias=bias)]


def _resized(mode: str) -> Block:
    def resized(inputs: int, outputs: int, kernel: int, bias: bool) -> list[nn.Module]:
        """(c, s, s) → (c, 2s, 2s) by repeating or blending pixels → (c', 2s, 2s)."""
        larger = nn.Upsample(scale_factor=2, mode=mode)
        return [larger, *_same_size(inputs, outputs, kernel, bias)]

    return resized


def _strided(inputs: int, outputs: int, kernel: int, bias: bool) -> list[nn.Module]:
    """(c, s, s) → (c', s/2, s/2) in one layer."""
    return [nn.Conv2d(inputs, outputs, kernel, 2, (kernel - 1) // 2, bias=bias)]


def _averaged(inputs: int, outputs: int, kernel: int, bias: bool) -> list[nn.Module]:
    """(c, s, s) → (c', s, s) → (c', s/2, s/2) by the mean of 2×2 pixels."""
    return [*_same_size(inputs, outputs, kernel, bias), nn.AvgPool2d(2)]


def _same_size(inputs: int, outputs: int, kernel: int, bias: bool) -> list[nn.Module]:
    """(c, s, s) → (c', s, s); an even kernel needs one pixel more of padding on one side."""
    before, after = (kernel - 1) // 2, kernel // 2
    pad = [nn.ZeroPad2d((before, after, before, after))] if before != after else []
    padding = 0 if pad else before
    return [*pad, nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=bias)]


UPSAMPLING: dict[str, Block] = {
    "transposed": _transposed,
    "nearest": _resized("nearest"),
    "bilinear": _resized("bilinear"),
}
"""How a generator doubles its pictures: by a transposed convolution, or by enlarging them and then
convolving (Odena et al. 2016), which leaves no checkerboard."""

DOWNSAMPLING: dict[str, Block] = {"strided": _strided, "average": _averaged}
"""How a discriminator halves them: by a strided convolution, or by convolving and averaging."""

CONDITIONS = {
    "concatenation": ConcatenationDiscriminator,
    "projection": ProjectionDiscriminator,
}
"""How a discriminator is told the label."""


@network
def dcgan_generator(
    size: int = 32,
    channels: int = 1,
    *,
    latent: int = 64,
    dense: tuple[int, ...] = (),
    width: int = 32,
    kernel: int = 4,
    norm: str | None = "batch",
    upsampling: str = "transposed",
    classes: int = 0,
) -> nn.Module:
    """The generator of a DCGAN (Radford et al. 2016): from a vector, by doubling, to a picture.

    Normalised feature maps and ReLU everywhere but at the output, which is a tanh.

    Args:
        size: height and width of the picture, one of `SIZES`.
        channels: 1 for grey, 3 for colour.
        latent: how many random numbers it takes.
        dense: sizes of fully connected layers before the first feature maps. The DCGAN has none; a
            few let one latent vector turn into another kind of picture than its neighbour, without
            many pictures between them (Barua et al. 2019, FCC-GAN).
        width: feature maps before the last layer; twice as many at each step before, up to eight
            times as many.
        kernel: height and width of the convolutions' kernels, 2 to 8.
        norm: one of `NORMS`.
        upsampling: one of `UPSAMPLING`.
        classes: with so many, it also takes a label, which joins the latent as an embedding.

    Returns:
        A module from (batch, latent), and (batch,) labels, to (batch, channels, size, size).

    Raises:
        ValueError: for a size that cannot be reached by doubling, or an unknown option.
    """
    _check(size, channels, width, kernel, latent, *dense)
    up, normalise = _choose(upsampling, UPSAMPLING, "upsampling"), _choose(norm, NORMS, "norm")
    smallest, maps = _plan(size, width)
    most = maps[-1]
    body: list[nn.Module] = []
    vectors = (2 * latent if classes else latent, *dense)
    for inputs, outputs in pairwise(vectors):
        body += [
            nn.Linear(inputs, outputs, bias=norm is None),
            _NORMS_OF_VECTORS[norm](outputs),
            nn.ReLU(),
        ]
    body += [
        nn.Linear(vectors[-1], most * smallest**2, bias=norm is None),
        nn.Unflatten(-1, (most, smallest, smallest)),
        normalise(most),
        nn.ReLU(),
    ]
    for inputs, outputs in pairwise(reversed(maps)):
        # Normalising takes the mean away, and with it any bias added just before.
        body += [*up(inputs, outputs, kernel, norm is None), normalise(outputs), nn.ReLU()]
    body += [*up(width, channels, kernel, True), nn.Tanh()]
    generator = nn.Sequential(*body)
    return _told(generator, latent, classes)


@network
def dcgan_discriminator(
    size: int = 32,
    channels: int = 1,
    *,
    width: int = 32,
    dense: tuple[int, ...] = (),
    kernel: int = 4,
    norm: str | None = "batch",
    downsampling: str = "strided",
    dropout: float = 0.0,
    spectral_norm: bool = False,
    second_head: int = 0,
    classes: int = 0,
    condition: str = "projection",
) -> nn.Module:
    """The discriminator of a DCGAN (Radford et al. 2016): from a picture, by halving, to a logit.

    LeakyReLU with a slope of 0.2; normalised feature maps everywhere but after the first layer.

    Args:
        size, channels, kernel: see `dcgan_generator`.
        width: feature maps after the first layer; twice as many at each step, up to eight times.
        dense: sizes of fully connected layers after the last feature maps; the DCGAN has none.
        norm: one of `NORMS`.
        downsampling: one of `DOWNSAMPLING`.
        dropout: probability of dropping each feature map while training (Tompson et al. 2015).
        spectral_norm: divide the weights of every layer by their spectral norm, see `SpectralNorm`.
        second_head: with so many outputs, it has a second head for them, see `TwoHeads`.
        classes: with so many, it also takes a label.
        condition: how it takes the label, one of `CONDITIONS`.

    Returns:
        A module from (batch, channels, size, size), and (batch,) labels, to logits, (batch, 1), and
        with a second head to (batch, 1 + second_head).

    Raises:
        ValueError: for a size that cannot be halved to 4 to 7 pixels, or an unknown option.
    """
    _check(size, channels, width, kernel, *dense)
    check_share(dropout)
    down = _choose(downsampling, DOWNSAMPLING, "downsampling")
    normalise = _choose(norm, NORMS, "norm")
    told = _choose(condition, CONDITIONS, "condition") if classes else None
    smallest, maps = _plan(size, width)
    planes = channels + 1 if told is ConcatenationDiscriminator else channels
    body: list[nn.Module] = []
    for step, (inputs, outputs) in enumerate(pairwise([planes, *maps])):
        body += down(inputs, outputs, kernel, step == 0 or norm is None)
        if step:
            body.append(normalise(outputs))
        body.append(nn.LeakyReLU(0.2))
        if dropout:
            body.append(nn.Dropout2d(dropout))
    *hidden, head = layers(maps[-1] * smallest**2, *dense, 1, activation="leaky_relu")
    features = nn.Sequential(*body, nn.Flatten(-3), *hidden)
    shape = (1, size, size)
    return _with_heads(features, head, second_head, classes, told, shape, spectral_norm)


@network
def mlp_generator(
    size: int = 16,
    channels: int = 1,
    *,
    latent: int = 64,
    hidden: tuple[int, ...] = (256, 256),
    activation: str = "relu",
    batch_norm: bool = True,
    classes: int = 0,
) -> nn.Module:
    """A fully connected generator of pictures: it does not know which pixels are neighbours.

    Args:
        size, channels, latent, classes: see `dcgan_generator`; here any size works.
        hidden: sizes of the hidden layers.
        activation, batch_norm: of the hidden layers, see `mlp`.

    Returns:
        A module from (batch, latent), and (batch,) labels, to (batch, channels, size, size).
    """
    shape = (channels, size, size)
    generator = nn.Sequential(
        *layers(
            2 * latent if classes else latent, *hidden, prod(shape),
            activation=activation, output="tanh", batch_norm=batch_norm,
        ),
        nn.Unflatten(-1, shape),
    )  # fmt: skip
    return _told(generator, latent, classes)


@network
def mlp_discriminator(
    size: int = 16,
    channels: int = 1,
    *,
    hidden: tuple[int, ...] = (256, 256),
    activation: str = "leaky_relu",
    dropout: float = 0.0,
    spectral_norm: bool = False,
    second_head: int = 0,
    classes: int = 0,
    condition: str = "projection",
) -> nn.Module:
    """A fully connected discriminator of pictures.

    Args:
        size, channels, spectral_norm, second_head, classes, condition: see `dcgan_discriminator`;
            here any size works.
        hidden: sizes of the hidden layers, at least one.
        activation, dropout: of the hidden layers, see `mlp`.

    Returns:
        As `dcgan_discriminator`.
    """
    told = _choose(condition, CONDITIONS, "condition") if classes else None
    planes = channels + 1 if told is ConcatenationDiscriminator else channels
    *body, head = layers(planes * size**2, *hidden, 1, activation=activation, dropout=dropout)
    features = nn.Sequential(nn.Flatten(-3), *body)
    shape = (1, size, size)
    return _with_heads(features, head, second_head, classes, told, shape, spectral_norm)


def _told(generator: nn.Module, latent: int, classes: int) -> nn.Module:
    """A generator, which also takes a label if there are classes."""
    if classes < 0:
        raise ValueError(f"classes={classes}: 0 for a generator without labels, or more.")
    return LabelledGenerator(generator, latent, classes) if classes else generator


def _with_heads(
    features: nn.Sequential,
    head: nn.Linear,
    second: int,
    classes: int,
    told: Callable | None,
    shape: tuple[int, int, int],
    spectral_norm: bool,
) -> nn.Module:
    """A discriminator: features, and what is made of them."""
    if min(second, classes) < 0 or (second and told):
        raise ValueError(
            f"second_head={second}, classes={classes}: outputs of a second head are 0 or more, and "
            "a discriminator that is told the label has none; classes are 0 or more."
        )
    if told is not None:
        network = told(features, head, classes, shape)
    elif second:
        network = TwoHeads(features, head, second)
    else:
        network = nn.Sequential(*features, head)
    return spectrally_normalised(network) if spectral_norm else network


def halvings(size: int) -> tuple[int, int]:
    """The width of the smallest feature maps of a DCGAN for pictures of this size, and how many
    times it is doubled: 28 = 7 · 2².

    Raises:
        ValueError: if there is none; the message names the sizes that work.
    """
    if not isinstance(size, int):
        raise ValueError(
            f"size is a whole number of pixels, not {size!r}: the pictures are square."
        )
    if size not in SIZES:
        near = sorted(sorted(SIZES, key=lambda other: abs(other - size))[:2])
        raise ValueError(
            f"a DCGAN cannot make pictures of {size}×{size}: {size} cannot be halved down to 4, 5, "
            f"6 or 7. The nearest sizes that can: {near[0]} and {near[1]}. All of them: "
            f"{', '.join(map(str, SIZES))}."
        )
    count = 0
    while size > 7:
        size, count = size // 2, count + 1
    return size, count


def _plan(size: int, width: int) -> tuple[int, list[int]]:
    """The width of the smallest feature maps; how many maps there are at each size, large first."""
    smallest, count = halvings(size)
    return smallest, [width * min(2**step, 8) for step in range(count)]


def _check(size: int, channels: int, width: int, kernel: int, *vectors: int) -> None:
    halvings(size)
    if min(channels, width, *vectors) < 1:
        more = f", and layers of {vectors}" * bool(vectors)
        raise ValueError(f"channels={channels}, width={width}{more}: all must be 1 or more.")
    if not 2 <= kernel <= 8:
        raise ValueError(f"kernel={kernel}: kernels of 2 to 8 pixels work; 4 and 5 are usual.")


def _choose(name: str | None, table: dict, what: str) -> Callable:
    if name not in table:
        raise ValueError(f"unknown {what} {name!r}. Choose one of: {', '.join(map(repr, table))}.")
    return table[name]
