"""Figures of part 1: why GANs, and how they work."""

from __future__ import annotations

from functools import cache

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from gan_school import checkpoints, datasets, plotting, recipes, train
from gan_school.games import GAN
from gan_school.lab import TASKS, evidence
from gan_school.lab.examination import bench
from gan_school.plotting import DISCRIMINATOR, FAKE, REAL
from gan_school.training import Run
from slides.figures import HALF, WIDE, figure
from slides.figures.parts import curves, images


@figure
def made() -> Figure:
    """What three generators have made."""
    figure = plt.figure(figsize=WIDE)
    spiral, fake = datasets.spiral(), checkpoints.load("spiral").sample(600)
    axes = figure.add_subplot(1, 3, 1, projection="3d")
    axes.view_init(**plotting.VIEW)
    axes.plot(*spiral.x[:600].T, ".", ms=3, color=REAL, alpha=0.4, rasterized=True)
    axes.plot(*fake.T, ".", ms=4, color=FAKE, rasterized=True)
    axes.set_axis_off()
    axes.set_box_aspect(None, zoom=1.5)
    digits = checkpoints.load("conditional-digits")
    drawn = digits.sample(100, labels=torch.arange(100) // 10)
    images(figure.add_subplot(1, 3, 2), drawn, 10)
    images(figure.add_subplot(1, 3, 3), checkpoints.load("dcgan-flowers").sample(36), 6)
    return figure


@figure
def game() -> Figure:
    """Who gives what to whom."""
    return plotting.game()


@figure
def latent() -> Figure:
    """Latent points and what becomes of them, in the same colours."""
    spiral = checkpoints.load("spiral")
    z = 2 * torch.rand(3_000, 3) - 1
    z[:, 0] = 0.0  # a slice of the cube, which can be shown
    x = spiral.generate(z)
    where = x[:, 0]  # along the spiral
    figure = plt.figure(figsize=HALF)
    left = figure.add_subplot(1, 2, 1)
    left.scatter(z[:, 1], z[:, 2], c=where, cmap="viridis", s=6, rasterized=True)
    left.set(aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1], xlabel="z₂", ylabel="z₃",
             title="latent")  # fmt: skip
    right = figure.add_subplot(1, 2, 2, projection="3d")
    right.view_init(**plotting.VIEW)
    right.plot(*datasets.spiral().x.T, ".", ms=2, color="0.8", rasterized=True)
    right.scatter(*x.T, c=where, cmap="viridis", s=6, rasterized=True)
    right.set_axis_off()
    right.set_box_aspect(None, zoom=1.4)
    right.set_title("generated")
    return figure


@figure
def best_d() -> Figure:
    """Two densities and the best discriminator between them."""
    x = torch.linspace(-4, 6, 300)
    p = torch.distributions.Normal(0.0, 1.0).log_prob(x).exp()
    q = torch.distributions.Normal(2.0, 1.2).log_prob(x).exp()
    figure, axes = plt.subplots(figsize=HALF)
    axes.fill_between(x, p, color=REAL, alpha=0.35, lw=0, label="real, p")
    axes.fill_between(x, q, color=FAKE, alpha=0.35, lw=0, label="generated, q")
    axes.plot(x, p / (p + q), color=DISCRIMINATOR, lw=4, label="best D")
    axes.axhline(0.5, color="0.4", ls=":", lw=2)
    axes.set(xlabel="x", ylim=(0, 1.4), yticks=[0, 0.5, 1])
    axes.legend(loc="upper right")
    return figure


@figure
def two_losses() -> Figure:
    """Both losses of a generator, against the logit of its sample."""
    logit = torch.linspace(-8, 4, 200)
    figure, axes = plt.subplots(figsize=HALF)
    saturating = -torch.nn.functional.softplus(logit)
    axes.plot(logit, GAN().loss_of_generator(logit), color=FAKE, label="−log D")
    axes.plot(logit, saturating, color=REAL, label="log(1 − D)")
    axes.axhline(0, color="0.4", ls=":", lw=2)
    axes.set(xlabel="logit of D for a generated sample", ylabel="loss of G")
    axes.text(-7.8, -1.1, "sure that it is generated", color="0.3", fontsize=15)
    axes.text(4, 1.2, "fooled", color="0.3", fontsize=15, ha="right")
    axes.legend(loc="upper right")
    return figure


MOMENTS = (20, 150, 500, 2_000)


@cache
def _healthy() -> tuple[Run, dict[int, tuple[Tensor, Tensor, Tensor]]]:
    """A run that goes well; at some steps its samples, D on a grid, and D's pull on the samples."""
    data = datasets.ring()
    recipe = next(p for p in bench.PATIENTS if p.condition.value == "healthy").recipe(data, 0)
    recipe = recipe.with_(steps=MOMENTS[-1])
    seen = {}

    def look(snapshot) -> None:
        if snapshot.step in MOMENTS:
            run = snapshot.run
            samples = run.sample(150)
            ground = run.probability_real(_grid())
            wanted = samples.clone().requires_grad_(True)
            run.discriminator.network(wanted).sum().backward()
            seen[snapshot.step] = (samples, ground, wanted.grad)

    return train(recipe, data, seed=0, callbacks=[look]), seen


def _grid(reach: float = 2.0, n: int = 80) -> Tensor:
    along = torch.linspace(-reach, reach, n)
    return torch.cartesian_prod(along, along)


@figure
def surface() -> Figure:
    """What D says everywhere, and where it pushes samples, at four moments."""
    run, seen = _healthy()
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.6))
    for axes, (step, (samples, ground, pull)) in zip(panels, seen.items(), strict=True):
        picture = ground.reshape(80, 80).T.flip(0)
        axes.imshow(picture, cmap="RdBu", vmin=0, vmax=1, extent=(-2, 2, -2, 2), alpha=0.75)
        axes.plot(*run.data.x[:400].T, ".", color="0.15", ms=2, rasterized=True)
        some = slice(0, 60)
        arrows = pull / pull.norm(dim=1, keepdim=True).clamp(min=1e-9)
        axes.plot(*samples.T, "o", mfc="white", mec="0.1", mew=0.8, ms=5)
        axes.quiver(*samples[some].T, *arrows[some].T, scale=11, width=0.009, color="0.1")
        axes.set(title=f"step {step:,}", xlim=(-2, 2), ylim=(-2, 2), xticks=[], yticks=[])
    return figure


@figure
def film() -> Figure:
    """A spiral being learned."""
    data, frames = datasets.spiral(), {}
    moments = {1: "step 1", 200: "step 200", 1_000: "step 1,000", 4_000: "step 4,000"}

    def keep(snapshot) -> None:
        if snapshot.step in moments:
            frames[moments[snapshot.step]] = snapshot.run.sample(600)

    train(recipes.SPIRAL.with_(steps=4_000), data, seed=0, callbacks=[keep])
    return plotting.film(frames, data)


@figure
def healthy() -> Figure:
    """The curves of a healthy run."""
    return curves(_healthy()[0])


@figure
def luck() -> Figure:
    """The baseline of the ledger on the spiral, a dot for each seed."""
    values = evidence().values.query("task == 'spiral' and step == @STEPS")
    by_recipe = values.groupby("recipe")["coverage"].apply(list)
    return plotting.spread({"the same recipe": by_recipe["as it is"]}, "coverage")


STEPS = TASKS["spiral"].recipe.steps
