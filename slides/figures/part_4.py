"""Figures of part 4: what goes wrong, and how to see it. The runs are those of notebook 04."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from gan_school import Recipe, datasets, diagnose, networks, plotting, train
from gan_school.datasets import Dataset
from gan_school.games import GAN, R1, SaturatingGAN
from gan_school.lab import Diagnosis
from gan_school.lab.examination import bench
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.training import Adam, Snapshot
from slides.figures import HALF, WIDE, figure, part_1

SMALL = 16
FRAME = (-2.9, 2.9)  # around the ring, whose heaps lie at a distance of 2
SIGNS = {"coverage": REAL, "precision": FAKE, "spread": "0.1", "motion": "#56B4E9"}


# ----------------------------------------------------------------------------------- the patients


@dataclass(frozen=True)
class Case:
    """One GAN: what it recorded, the losses it would have in balance, its samples, the doctor."""

    history: pd.DataFrame
    balance: tuple[float, float]
    samples: dict[int, Tensor]  # by step
    said: Diagnosis

    @property
    def smoothed(self) -> Case:
        """The same with the running median of the record."""
        middle = self.history.rolling(9, min_periods=1, center=True).median()
        return replace(self, history=middle.assign(step=self.history["step"]))

    @property
    def end(self) -> Tensor:
        """The samples of the last step."""
        return self.samples[max(self.samples)]


@cache
def _ring() -> Dataset:
    return datasets.ring(2_000)


def _rates(d: float, g: float, beta: float = 0.5, **changes) -> Recipe:
    """The recipe of notebook 04 without its penalty, at constant learning rates."""
    same = Recipe(
        generator=networks.mlp(4, 64, 64, 2, activation="leaky_relu"),
        discriminator=networks.mlp(2, 64, 64, 1, activation="leaky_relu"),
        d_optimizer=Adam(d, betas=(beta, 0.999)),
        g_optimizer=Adam(g, betas=(beta, 0.999)),
        batch_size=128,
        steps=1_000,
    )
    return same.with_(**changes)


def _positive(recipe: Recipe) -> Recipe:
    """A generator that never gives a negative number."""
    return recipe.with_(generator=recipe.generator.with_(output="relu"))


def _patient(name: str, steps: int) -> Recipe:
    """One of the runs that the doctor was tested on, made shorter."""
    found = next(patient for patient in bench.PATIENTS if patient.name == name)
    return found.recipe(_ring(), 0).with_(steps=steps)


RECIPES = {
    "wild": lambda: _rates(20.0, 20.0, steps=300),
    "beaten": lambda: _rates(1e-2, 1e-4, game=SaturatingGAN(), d_steps=5, steps=400),
    "dull": lambda: _rates(2e-3, 2e-3, game=GAN(penalty=R1(1e4)), steps=1_500),
    "collapsed": lambda: _rates(1e-3, 1e-3, g_steps=20, batch_size=64, steps=400),
    "partial": lambda: _positive(_rates(1e-3, 1e-3, steps=800)),
    "restless": lambda: _rates(1e-2, 1e-2, beta=0.98, steps=600),
    "short": lambda: _rates(1e-3, 1e-3, steps=900),
    "no learning": lambda: _patient("a generator that hardly learns", 300),
    "no latent": lambda: _patient("a latent of almost nothing", 300),
}
MOMENTS = {"collapsed": (380, 390), "restless": (400, 500)}  # and the last step


@cache
def _case(name: str, seed: int = 0) -> Case:
    """Train one GAN on the ring, and ask the doctor."""
    if name == "well":
        run = part_1._healthy()[0]
        return Case(run.history, run.game.balance(), {run.step: run.sample(400)}, diagnose(run))
    recipe, kept = RECIPES[name](), {}

    def keep(snapshot: Snapshot) -> None:
        if snapshot.step in (*MOMENTS.get(name, ()), recipe.steps):
            kept[snapshot.step] = snapshot.run.sample(400)

    run = train(recipe, _ring(), seed=seed, callbacks=[keep])
    return Case(run.history, run.game.balance(), kept, diagnose(run))


# ------------------------------------------------------------------------------------- the panels


def _samples(axes: Axes, fake: Tensor) -> None:
    """Generated points over real ones, and how many lie outside the frame."""
    _points(axes, _ring().x[:600], "o", REAL)
    together = fake.std(0).max() < 0.02  # one point, as good as
    _points(axes, fake, "^", FAKE, size=12 if together else 4)
    outside = (fake.abs() > FRAME[1]).any(1).float().mean().item()
    if outside >= 0.01:
        where = dict(x=1.0, y=0.0, transform=axes.transAxes, ha="right", va="bottom")
        axes.text(s=f"{outside:.0%} outside", color=FAKE, fontsize=SMALL, **where)


def _moving(axes: Axes, case: Case) -> None:
    """The samples of three moments, the later the darker."""
    _points(axes, _ring().x[:600], "o", REAL)
    for shade, step in zip(("#f3a978", FAKE, "#6e2f00"), sorted(case.samples), strict=True):
        _points(axes, case.samples[step], "^", shade)


def _points(axes: Axes, x: Tensor, marker: str, colour: str, size: float = 4) -> None:
    axes.plot(*x.T, marker, ms=size, mew=0, color=colour, alpha=0.7, rasterized=True)
    axes.set(aspect="equal", xlim=FRAME, ylim=FRAME, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _named(axes: Axes, real: str = "real") -> None:
    axes.set_title(real, loc="left", color=REAL)
    axes.set_title("generated", loc="right", color=FAKE)


def _lines(axes: Axes, case: Case, drawn: dict[str, tuple[str, str]], legend: bool = True) -> None:
    """Columns of the record, each under a name and in a colour."""
    for column, (name, colour) in drawn.items():
        axes.plot(case.history["step"], case.history[column], color=colour, label=name)
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(plt.MaxNLocator(3))
    if legend:
        axes.legend(loc="upper right", ncols=2, handlelength=1, columnspacing=1, borderaxespad=0)


def _losses(axes: Axes, case: Case, high: float = 2.0, legend: bool = True) -> None:
    """Both losses; dotted where they would be if D could only guess."""
    colours = (DISCRIMINATOR, GENERATOR)
    for level, colour in zip(case.balance, colours, strict=True):
        axes.axhline(level, color=colour, ls=":", lw=2)
    names = {"d_loss": ("D", DISCRIMINATOR), "g_loss": ("G", GENERATOR)}
    _lines(axes, case, names, legend)
    axes.set_ylim(min(0, 1.1 * min(case.balance)), high * (1.2 if legend else 1.0))
    axes.set_title("losses" if legend else "")


def _opinions(axes: Axes, case: Case) -> None:
    """What D says of real and of generated samples."""
    axes.axhline(0.5, color="0.4", ls=":", lw=2)
    _lines(axes, case, {"d_real": ("real", REAL), "d_fake": ("generated", FAKE)})
    axes.set(title="what D says", yticks=[0, 0.5, 1], ylim=(0, 1.2))


def _signs(axes: Axes, case: Case, *columns: str) -> None:
    """Columns of the record about the samples."""
    _lines(axes, case, {column: (column, SIGNS[column]) for column in columns})
    axes.set(title="the record", yticks=[0, 0.5, 1], ylim=(0, 1.2))


def _panels(case: Case, high: float = 2.0) -> tuple[Figure, Axes, Axes, Axes]:
    """Three panels, the losses in the middle one, and below them the doctor's words."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.75))
    _losses(middle, case, high)
    figure.get_layout_engine().set(rect=(0, 0.22, 1, 0.78), w_pad=0.12)
    figure.text(0.01, 0.185, f"The doctor says: {case.said.condition.value}", color=GENERATOR,
                weight="bold", va="top")  # fmt: skip
    words = textwrap.wrap(_sentence(case.said), 94)
    figure.text(0.01, 0.115, "\n".join(words), va="top", fontsize=SMALL, linespacing=1.25)
    return figure, left, middle, right


def _sentence(said: Diagnosis) -> str:
    return f"{said.evidence[:1].upper()}{said.evidence[1:]}."


# --------------------------------------------------------------------------- health and sickness


def _with_opinions(case: Case) -> Figure:
    """Samples, losses, and what D says."""
    figure, left, _, right = _panels(case)
    _samples(left, case.end)
    _named(left)
    _opinions(right, case)
    return figure


def _with_quality(case: Case) -> Figure:
    """Samples, losses, and how well the samples cover the data."""
    figure, left, _, right = _panels(case)
    _samples(left, case.end)
    _named(left)
    _signs(right, case, "coverage", "precision")
    return figure


@figure
def well() -> Figure:
    """A healthy run."""
    return _with_opinions(_case("well"))


@figure
def diverged() -> Figure:
    """The samples have left."""
    case = _case("wild")
    figure, left, middle, right = _panels(case)
    far = 1.05 * case.end.abs().max().item()
    left.plot(*case.end.T, "^", ms=5, mew=0, color=FAKE, alpha=0.7, rasterized=True)
    left.plot(0, 0, "o", ms=12, color=REAL)
    left.set(xlim=(-far, far), ylim=(-far, far), xticks=[], yticks=[], aspect="equal")
    left.spines[:].set_visible(False)
    _named(left, "the ring")
    middle.set_yscale("symlog")
    middle.set(yticks=[0, 1e6, 1e12, 1e18], ylim=(0, 1e22))
    middle.minorticks_off()
    _lines(right, case, {"offset": ("", "0.1")}, legend=False)
    right.set(title="distance from the data", yscale="log")
    return figure


@figure
def d_wins() -> Figure:
    """The discriminator knows every sample."""
    return _with_opinions(_case("beaten"))


@figure
def slopes() -> Figure:
    """The slope of both losses of a generator that stands still, while D learns (notebook 04)."""
    losses = {"saturating": (SaturatingGAN(), FAKE), "non-saturating": (GAN(), REAL)}
    slope = {name: [] for name in losses}

    def note(snapshot: Snapshot) -> None:
        game = snapshot.run.game
        logits = game.score(game.generate(snapshot.run.latent.sample(snapshot.run.random, 200)))
        for name, (kind, _) in losses.items():
            at = logits.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(kind.loss_of_generator(at).sum(), at)
            slope[name].append(gradient.abs().mean().item())

    train(_rates(2e-3, 1e-9, steps=400), _ring(), seed=0, callbacks=[note])
    figure, axes = plt.subplots(figsize=HALF)
    for name, (_, colour) in losses.items():
        axes.plot(slope[name], color=colour)
    axes.text(400, 1.4, "non-saturating", color=REAL, ha="right")
    axes.text(60, 1e-3, "saturating", color=FAKE)
    axes.set(yscale="log", xlabel="steps of D alone", ylabel="mean slope of G's loss")
    axes.set(ylim=(1e-4, 5), yticks=[1e-4, 1e-2, 1])
    axes.minorticks_off()
    return figure


@figure
def g_wins() -> Figure:
    """The discriminator says one half to everything, and the samples are bad."""
    return _with_opinions(_case("dull"))


@figure
def collapse() -> Figure:
    """All samples in one place, and the place moves."""
    case = _case("collapsed")
    figure, left, _, right = _panels(case)
    _moving(left, case)
    _named(left)
    _lines(right, case, {name: (name, SIGNS[name]) for name in ("spread", "motion")})
    right.axhline(1, color="0.4", ls=":", lw=2)
    right.set(title="the record", yscale="log", yticks=[0.01, 0.1, 1, 10], ylim=(0.01, 100))
    right.minorticks_off()
    return figure


@figure
def missing() -> Figure:
    """Good samples of three heaps out of eight."""
    return _with_quality(_case("partial"))


@figure
def oscillation() -> Figure:
    """Never at rest."""
    case, calm = _case("restless"), _case("well").history
    figure, left, _, right = _panels(case, high=20)
    _moving(left, case)
    _named(left)
    calm = calm[calm["step"] <= case.history["step"].max()]
    right.plot(calm["step"], calm["motion"], color=REAL, label="healthy")
    _lines(right, case, {"motion": ("this run", FAKE)})
    right.set(title="motion", yscale="log", yticks=[0.1, 1, 10], ylim=(0.05, 20))
    right.minorticks_off()
    return figure


@figure
def improving() -> Figure:
    """Not yet done."""
    return _with_quality(_case("short"))


# ------------------------------------------------------------------------------------ the quizzes

ALIKE = {"A": "collapsed", "B": "short", "C": "well", "D": "dull"}
DIFFERENT = {
    "A": ("restless", 1),
    "B": ("no latent", 0),
    "C": ("partial", 1),
    "D": ("no learning", 0),
}
CAUSES = {
    "restless": "too much momentum",
    "no latent": "a latent of almost nothing",
    "partial": "a ReLU at the end of G",
    "no learning": "G hardly learns",
}


def _key(figure: Figure, named: dict[str, str], **style) -> None:
    handles = [plt.Line2D([], [], color=colour, label=name) for name, colour in named.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), **style)


@figure
def alike_quiz() -> Figure:
    """The losses of four runs, one of them healthy."""
    figure, panels = plt.subplots(1, 4, figsize=WIDE, sharey=True)
    for axes, (letter, name) in zip(panels, ALIKE.items(), strict=True):
        _losses(axes, _case(name).smoothed, legend=False)
        axes.set_title(letter, weight="bold")
    _key(figure, {"loss of D": DISCRIMINATOR, "loss of G": GENERATOR})
    return figure


@figure
def alike() -> Figure:
    """The same losses, under the samples that belong to them."""
    figure, panels = plt.subplots(2, 4, figsize=WIDE, height_ratios=(1.6, 1))
    for (above, below), (letter, name) in zip(panels.T, ALIKE.items(), strict=True):
        case = _case(name)
        _samples(above, case.end)
        _losses(below, case.smoothed, legend=False)
        below.set(xlabel="", xticks=[], yticks=[0, 1, 2])
        coverage = case.said.signs.end["coverage"]
        above.set_title(f"{letter}: {case.said.condition.value}", fontsize=SMALL)
        below.set_title(f"coverage {coverage:.2f}", fontsize=SMALL)
    return figure


@figure
def quiz() -> Figure:
    """The curves of four sick runs, without their samples."""
    figure, panels = plt.subplots(2, 4, figsize=(12, 5.1), sharey="row", sharex="col")
    for (above, below), (letter, (name, seed)) in zip(panels.T, DIFFERENT.items(), strict=True):
        case = _case(name, seed).smoothed
        _losses(above, case, high=4, legend=False)
        above.set_title(letter, weight="bold")
        above.set_xlabel("")
        signs = case.history[[*SIGNS]].clip(lower=0.01)  # 0.01 or less
        case = replace(case, history=signs.assign(step=case.history["step"]))
        _lines(below, case, {sign: (sign, colour) for sign, colour in SIGNS.items()}, legend=False)
        below.axhline(1, color="0.4", ls=":", lw=2)
        below.set(yscale="log", ylim=(0.007, 12), yticks=[0.01, 0.1, 1, 10])
        below.minorticks_off()
    panels[0][0].set_ylabel("losses")
    panels[1][0].set_ylabel("record")
    _key(figure, {"D": DISCRIMINATOR, "G": GENERATOR} | SIGNS, handlelength=1, columnspacing=1.2)
    return figure


@figure
def answers() -> Figure:
    """The samples of the same four runs, with the doctor's words and the cause."""
    figure, panels = plt.subplots(1, 4, figsize=WIDE)
    for axes, (letter, (name, seed)) in zip(panels, DIFFERENT.items(), strict=True):
        case = _case(name, seed)
        _samples(axes, case.end)
        axes.set_title(f"{letter}: " + textwrap.fill(case.said.condition.value, 16))
        axes.set_xlabel(textwrap.fill(CAUSES[name], 18))
    return figure


# ------------------------------------------------------------------------------------- the doctor


@figure
def report() -> Figure:
    """What the doctor says of the run with missing modes, in full."""
    said = _case("partial").said
    figure, axes = plt.subplots(figsize=HALF)
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    paragraphs = [
        (said.condition.value.capitalize() + ".", dict(color=GENERATOR, weight="bold", size=21)),
        (textwrap.fill(said.condition.meaning, 48), {}),
        (textwrap.fill(_sentence(said), 48), {}),
        ("Try, one at a time and in this order:", {}),
        ("\n".join(textwrap.fill(f"·  {one}", 48) for one in said.advice[:2]), dict(color=REAL)),
    ]
    y = 0.97
    for text, style in paragraphs:
        axes.text(0.03, y, text, va="top", linespacing=1.3, **{"size": SMALL} | style)
        y -= 0.075 * (text.count("\n") + 1) + 0.04
    axes.add_patch(plt.Rectangle((0, y), 1, 1 - y, fc="#f2f5f7", ec="none", zorder=0))
    return figure


@figure
def confusion() -> Figure:
    """What runs were made to have, and what the doctor said."""
    drawn = plotting.confusion(bench.confusion(bench.on_record()), "what the doctor said")
    drawn.set_size_inches(7.4, 5.2)  # counts of three digits fit into their squares
    return drawn
