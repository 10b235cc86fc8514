"""Discriminators that see several samples at once, and so notice when these are all alike."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_school.checks import check
from gan_school.networks.description import Network, network
from gan_school.networks.spectral import SpectralNorm


class Packed(nn.Module):
    """Lays m samples side by side, and gives each of them the verdict on all (Lin et al. 2018).

    Args:
        body: judges a pack, which it takes for one sample with m times as many features, or
            channels.
        m: samples in a pack, neighbours in the batch.
        places: dimensions of a sample, 1 for points and 3 for pictures.
        classes: labels that it is told; each joins its sample, in pictures as one more channel.
        size: of the pictures.
    """

    works_by_parts = True  # see networks.population

    def __init__(self, body: nn.Module, m: int, places: int, classes: int = 0, size: int = 0):
        super().__init__()
        self.body, self.together, self.copies, self.places = body, m, m, places
        self.classes, self.size = classes, size
        self.embedding = nn.Embedding(classes, size**2) if classes else nn.Identity()

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        if labels:
            plane = self.embedding(*labels).unflatten(-1, (1, self.size, self.size))
            x = torch.cat([x, plane], -3)
        beside = -self.places  # the features of a pack: those of one sample after the other
        packs = x.unflatten(beside - 1, (-1, self.together)).flatten(beside - 1, beside)
        answers = self.body(packs)
        logits = answers[..., :1].repeat_interleave(self.together, -2)
        own = (answers.shape[-1] - 1) // self.together  # of a second head, for each sample
        of_each = answers[..., 1:].unflatten(-1, (self.together, own)).flatten(-3, -2)
        return torch.cat([logits, of_each], -1)


@network
def packed(inner: Network, m: int = 2) -> nn.Module:
    """A discriminator of packs: it judges m samples together (PacGAN, Lin et al. 2018).

    Whoever sees one sample after the other cannot say that something is missing: each is good. Two
    or three that are alike say it at once. The first layer is m times as wide, and all else stays.
    A second head's answers are each sample's own.

    Args:
        inner: the discriminator, as it would be for single samples.
        m: samples in a pack; batches must be multiples of it.

    Returns:
        A module that takes what `inner` takes, and gives as much.
    """
    check(m >= 1, f"packed(m={m}): a pack has 1 sample or more.")
    pictures = inner.has("channels")
    check(
        pictures or inner.has("latent"),
        f"packed() cannot tell how {inner} would take {m} samples: it has neither an option "
        "channels nor one that says how many numbers go in.",
    )
    classes = inner.option("classes") if inner.has("classes") else 0
    options = {"classes": 0} if classes else {}
    if inner.has("second_head"):
        options["second_head"] = m * inner.option("second_head")
    if not pictures:
        return Packed(inner.with_(latent=m * inner.option("latent"), **options).build(), m, 1)
    channels = m * (inner.option("channels") + bool(classes))
    body = inner.with_(channels=channels, **options).build()
    return Packed(body, m, 3, classes, inner.option("size"))


class Deviation(nn.Module):
    """How much m samples differ: the standard deviation of their features, the mean of all.

    One number, the same for all of them (Karras et al. 2018, section 3).

    Args:
        m: samples that are compared, neighbours in the batch.
    """

    def __init__(self, m: int):
        super().__init__()
        self.together = m

    def forward(self, x: Tensor) -> Tensor:  # (batch, features) -> (batch, 1)
        x = x.unflatten(-2, (-1, self.together))
        variance = (x - x.mean(-2, keepdim=True)).square().mean(-2)  # five times as fast as `var`
        deviation = (variance + 1e-8).sqrt().mean(-1, keepdim=True)
        return deviation.repeat_interleave(self.together, -2)


class Closeness(nn.Module):
    """How close each of m samples is to the others: o_b(xᵢ) = Σⱼ exp(−|Mᵢ_b − Mⱼ_b|₁).

    M is a matrix of `kernels` rows of `numbers` each, a linear function of the features (Salimans
    et al. 2016, section 3.2). A sample's closeness to itself, 1, is counted.

    Args:
        features: how many there are.
        m: samples that are compared, neighbours in the batch.
        kernels, numbers: B and C of the paper.
    """

    works_by_parts = True  # see networks.population

    def __init__(self, features: int, m: int, kernels: int, numbers: int):
        super().__init__()
        self.together, self.shape = m, (kernels, numbers)
        self.matrix = nn.Linear(features, kernels * numbers, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # (batch, features) -> (batch, kernels)
        rows = self.matrix(x).unflatten(-1, self.shape).unflatten(-3, (-1, self.together))
        apart = (rows.unsqueeze(-4) - rows.unsqueeze(-3)).abs().sum(-1)  # (…, m, m, kernels)
        return (-apart).exp().sum(-2).flatten(-3, -2)


class SeesOthers(nn.Module):
    """A last layer that is told, besides the features, what they have in common with others."""

    works_by_parts = True  # see networks.population

    def __init__(self, others: nn.Module, head: nn.Module):
        super().__init__()
        self.others, self.head = others, head

    def forward(self, features: Tensor) -> Tensor:
        return self.head(torch.cat([features, self.others(features)], -1))


@network
def minibatch(inner: Network, m: int = 8, kernels: int = 0, numbers: int = 4) -> nn.Module:
    """A discriminator that sees how alike the samples of a batch are.

    Its last layer is told, besides the features of a sample, how much m samples differ: in one
    number, their `Deviation`; or with `kernels`, in so many, each sample's `Closeness` to the
    others. So a batch of copies is found out, however good each of them is.

    What is said of a sample depends on those that stand next to it: in training as in evaluation,
    and always on m of them, however a large batch is cut.

    Args:
        inner: the discriminator, as it would be without. Its last layer, linear, is made anew.
        m: samples that are compared; batches must be multiples of it.
        kernels, numbers: with so many kernels of so many numbers, mini-batch discrimination
            (Salimans et al. 2016); without any, the deviation (Karras et al. 2018).

    Raises:
        ValueError: if there is no linear last layer.
    """
    check(m >= 2, f"minibatch(m={m}): 2 samples or more can be compared.")
    check(kernels >= 0 and numbers >= 1, f"kernels={kernels}, numbers={numbers}: 0, 1 at least.")
    built = inner.build()
    place = str(len(built) - 1) if isinstance(built, nn.Sequential) else "head"
    head = getattr(built, place, None)
    linear = head.layer if isinstance(head, SpectralNorm) else head
    check(
        isinstance(linear, nn.Linear),
        f"minibatch() takes a network whose last layer is linear, or that has one as its head; "
        f"{inner} does not.",
    )
    features = linear.in_features
    others = Closeness(features, m, kernels, numbers) if kernels else Deviation(m)
    wider = nn.Linear(features + (kernels or 1), linear.out_features)
    wider = SpectralNorm(wider) if isinstance(head, SpectralNorm) else wider
    setattr(built, place, SeesOthers(others, wider))
    return built
