"""Run the benchmarks, and write what they print into docs/benchmarks.md.

python benchmarks/report.py --mirror folder      # where MNIST is, if it was not fetched
python benchmarks/report.py --only Ring Digits   # these sections alone; the others stay as they are
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
TITLE = """# Benchmarks

Written by `make report`; a machine of your own will give other times, and similar ratios.
"""


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading, what is measured, and the script that measures it."""

    heading: str
    about: str
    script: str

    @property
    def name(self) -> str:
        return self.heading.strip("# ").partition(":")[0]

    def measured(self, *options: str) -> str:
        """The whole section, with what the script prints."""
        command = [sys.executable, str(HERE / self.script), *options]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        # a blank line before every table, and after it
        printed = re.sub(r"(?m)^(?!\|)(.+)\n\|", r"\1\n\n|", printed)
        printed = re.sub(r"(?m)^\|(.*)\n(?!\||\n)", r"|\1\n\n", printed)
        return f"{self.heading}\n\n{self.about}\n\n{printed.strip()}\n"


SECTIONS = (
    Section(
        "## Speed",
        """\
The classic spiral GAN: 1,000 points, batches of 25, networks 20-50-3 and 3-50-1, Adam. The *plain
loop* is what most people would write: a `DataLoader`, labels of ones and zeros, Adam as it comes,
and a note of losses and of D's answers at every update. All take turns in one process. Ratios are
medians over the turns, with the least and the greatest in parentheses.""",
        "speed.py",
    ),
    Section(
        "## Image speed",
        """\
A DCGAN for pictures of 32×32 pixels in colour, half the width of the paper's, batches of 64. The
*plain loop* is what most people would write, with the same networks. Many tutorials let the
generator learn from the samples that the discriminator has just seen, which saves making new ones;
the package makes new ones, as in the paper's algorithm.""",
        "images.py",
    ),
    Section(
        "## Spiral",
        """\
How well the two named recipes learn the spiral. *Coverage*: share of fresh real points with a
generated one nearby (k = 5). *Sliced Wasserstein*: how far points would have to move.
*Two-sample*: accuracy of a classifier on held-out points. A *perfect generator* places its points
at random on the true curve, with the true noise; *real points* stand at even distances along it
and are therefore more alike than any random sample could be.""",
        "quality.py",
    ),
    Section(
        "## Ring",
        """\
A plain GAN on the ring of 8 Gaussians (radius 2, σ = 0.1), in the settings of published figures:
latent 16, two hidden layers of 128 with LeakyReLU, Adam at 2e-4 with β₁ = 0.5, batches of 256. A
mode is covered that has 1 % of the samples within 3σ. The published figures are from 5 seeds.""",
        "ring.py",
    ),
    Section(
        "## Digits",
        """\
The conditional GAN of notebook 02. *Agreement*: share of 1,000 samples that a classifier reads as
the digit that was asked for. *Coverage*: share of the 397 held-out digits with one of 397 samples
nearby (pixels, k = 5). *FID*: Fréchet distance of the classifier's features.""",
        "digits.py",
    ),
    Section(
        "## MNIST",
        """\
`recipes.dcgan` on MNIST, which has to be fetched first. Two classifiers of real digits say how many
samples they are at least 0.9 sure of: they agree on which recipe is better, and not on how good it
is, so real digits stand beside. Without its fully connected layers, `dense`, the recipe is a DCGAN
as in the paper, which forbids them; Barua et al. (2019, FCC-GAN) found that they help.""",
        "mnist.py",
    ),
)


def main() -> None:
    """Speed first, while nothing else runs; then quality."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", help="a folder that has MNIST's files")
    names = [section.name for section in SECTIONS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="SECTION")
    options = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    kept = {part.partition("\n")[0]: part for part in re.split(r"(?m)^(?=## )", before)[1:]}
    parts = [TITLE]
    for section in SECTIONS:
        if section.name not in options.only:
            parts.append(kept.get(section.heading, "").strip() + "\n")
            continue
        mirror = ["--mirror", options.mirror] if options.mirror and section.name == "MNIST" else []
        parts.append(section.measured(*mirror))
    PAGE.write_text("\n".join(part for part in parts if part.strip()), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
