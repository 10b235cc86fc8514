"""Diagrams: who gives what to whom, and what becomes of a sample in a network."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from gan_school.metrics.samples import as_tensor
from gan_school.networks.description import Network, evaluating
from gan_school.plotting.style import DISCRIMINATOR, FAKE, GENERATOR, REAL, in_style
from gan_school.randomness import undisturbed


class Diagram:
    """Boxes and arrows: who gives what to whom.

    Args:
        width, height: of the drawing, in inches; places in it are given in these, too.
        size: of the letters, in points; without it, what the style says.
        pad: between words and the edge of their box.
        line: the width of arrows; that of edges is nearly as much.
    """

    def __init__(
        self, width: float, height: float, size: float | None = 15, pad: float = 0.55,
        line: float = 2.2,
    ) -> None:  # fmt: skip
        self.figure, self.axes = plt.subplots(figsize=(width, height))
        self.axes.set(xlim=(0, width), ylim=(0, height))
        self.axes.axis("off")
        self.size, self.pad, self.line = size, pad, line

    def box(self, x: float, y: float, text: str, colour: str, filled: bool = False) -> None:
        """Words in a box around (x, y)."""
        self.axes.text(
            x, y, text, ha="center", va="center", fontsize=self.size, linespacing=1.5,
            color="white" if filled else colour, fontweight="bold" if filled else "normal",
            bbox=dict(
                boxstyle=f"round,pad={self.pad}", lw=2, ec=colour,
                fc=colour if filled else "white",
            ),
        )  # fmt: skip

    def arrow(
        self, start: tuple, end: tuple, colour: str = "0.25", bend: float = 0, **style: Any
    ) -> None:
        """An arrow, straight or bent; `ls="--"` dashes it."""
        self.axes.annotate(
            "", end, start,
            arrowprops=dict(
                arrowstyle="-|>", lw=self.line, color=colour, mutation_scale=9 * self.line + 0.2,
                connectionstyle=f"arc3,rad={bend}", **style,
            ),
        )  # fmt: skip


@in_style
def game() -> Figure:
    """A GAN in one picture: who gives what to whom, and who learns from what."""
    drawn = Diagram(12, 4.6)
    drawn.box(1.15, 2.0, "latent z\nrandom numbers", "0.25")
    drawn.box(3.95, 2.0, "generator\nG", GENERATOR, filled=True)
    drawn.box(6.35, 2.0, "generated\nG(z)", FAKE)
    drawn.box(6.35, 3.9, "real\nx", REAL)
    drawn.box(8.85, 2.95, "discriminator\nD", DISCRIMINATOR, filled=True)
    drawn.box(11.15, 2.95, "real or\ngenerated?", "0.25")
    drawn.arrow((2.3, 2.0), (3.05, 2.0))
    drawn.arrow((4.85, 2.0), (5.45, 2.0))
    drawn.arrow((7.2, 2.15), (7.75, 2.6))
    drawn.arrow((6.95, 3.75), (7.75, 3.3))
    drawn.arrow((9.95, 2.95), (10.3, 2.95))
    drawn.arrow((11.1, 2.3), (4.0, 1.25), GENERATOR, bend=-0.22, ls="--")
    drawn.arrow((11.1, 3.6), (8.95, 3.6), DISCRIMINATOR, bend=0.45, ls="--")
    drawn.axes.text(
        7.9, 0.5, "G learns to be called real", color=GENERATOR, fontsize=15, ha="center"
    )
    drawn.axes.text(
        10.1, 4.4, "D learns the right answer", color=DISCRIMINATOR, fontsize=15, ha="center"
    )
    return drawn.figure


@in_style
def feature_maps(network: Network, *inputs: Tensor) -> Figure:
    """What becomes of one sample on its way through a network: the size of everything in between.

    A stack of sheets stands for feature maps, the more sheets the more maps; a bar for a vector.

    Args:
        network: a description, such as `networks.dcgan_generator(16)`, or a module.
        inputs: what to feed it, a batch of one or more.

    Raises:
        ValueError: if it is no network, or does not take what it is fed.
    """
    stages = _stages(network, *inputs)
    ends = DISCRIMINATOR if stages[-1] == (1,) else GENERATOR
    figure, axes = plt.subplots()
    axes.set_aspect("equal")
    gap, x, top = 0.75, 0.0, 0.0
    for place, stage in enumerate(stages):
        colour = ends if place in (0, len(stages) - 1) else "0.6"
        maps, side = (1, 0.12) if len(stage) == 1 else (stage[0], 0.35 * np.log2(stage[-1]))
        height = 0.3 * np.log2(stage[0] + 1) if len(stage) == 1 else side
        sheets = maps if maps < 5 else 1 + int(np.log2(maps))
        for sheet in reversed(range(sheets)):
            corner = (x + 0.09 * sheet, 0.09 * sheet)
            axes.add_patch(plt.Rectangle(corner, side, height, fc=colour, ec="white", lw=1.2))
        width = side + 0.09 * (sheets - 1)
        words = f"{stage[0]}" if len(stage) == 1 else f"{maps} ×\n{stage[1]}×{stage[2]}"
        axes.text(x + width / 2, -0.15, words, ha="center", va="top")
        if place:
            axes.annotate(
                "", (x - 0.12, 0.5), (x - gap + 0.12, 0.5),
                arrowprops=dict(arrowstyle="-|>", lw=1.8, color="0.3"),
            )  # fmt: skip
        x += width + gap
        top = max(top, height + 0.09 * (sheets - 1))
    axes.set(xlim=(-0.5, x - gap + 0.5), ylim=(-1.1, top + 0.1))
    axes.axis("off")
    figure.set_size_inches(0.95 * (x - gap + 1), 0.95 * (top + 1.2))
    return figure


def _stages(network: Any, *inputs: Tensor) -> list[tuple[int, ...]]:
    """The shapes of one sample on its way, wherever the shape changes."""
    with undisturbed():
        module = network.build() if isinstance(network, Network) else network
    if not isinstance(module, nn.Module) or not inputs:
        raise ValueError("expected a network, and a batch to feed it: feature_maps(network, z).")
    inputs = tuple(as_tensor(x, "the input") for x in inputs)
    shapes = [tuple(inputs[0].shape[1:])]
    hooks = [
        layer.register_forward_hook(
            lambda _layer, _inputs, out: shapes.append(tuple(out.shape[1:]))
        )
        for layer in module.modules()
        if not list(layer.children()) and not isinstance(layer, nn.Flatten | nn.Embedding)
    ]
    try:
        with evaluating(module), torch.no_grad():
            module(*inputs)
    except (RuntimeError, TypeError) as error:
        given = ", ".join(str(tuple(x.shape)) for x in inputs)
        raise ValueError(f"the network does not take inputs of shape {given}: {error}") from error
    finally:
        for hook in hooks:
            hook.remove()
    changed = [new for old, new in pairwise([(), *shapes]) if new != old]
    # a linear layer whose numbers are at once arranged as feature maps is one stage, not two
    return [
        stage for stage, after in zip(changed, [*changed[1:], ()], strict=True)
        if not (len(stage) == 1 and len(after) == 3 and stage[0] == np.prod(after))
    ]  # fmt: skip
