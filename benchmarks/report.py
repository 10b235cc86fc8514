"""Run all benchmarks, and write what they print into docs/benchmarks.md.

python benchmarks/report.py --mirror folder    # where MNIST is, if it was not fetched
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"

SPEED = """# Benchmarks

Written by `make report`; a machine of your own will give other times, and similar ratios.

## Speed

The classic spiral GAN: 1,000 points, batches of 25, networks 20-50-3 and 3-50-1, Adam. The *plain
loop* is what most people would write: a `DataLoader`, labels of ones and zeros, Adam as it comes,
and a note of losses and of D's answers at every update. All take turns in one process. Ratios are
medians over the turns, with the least and the greatest in parentheses.

"""

QUALITY = """
## Quality

How well the two named recipes learn the spiral. *Coverage*: share of fresh real points with a
generated one nearby (k = 5). *Sliced Wasserstein*: how far points would have to move.
*Two-sample*: accuracy of a classifier on held-out points. A *perfect generator* places its points
at random on the true curve, with the true noise; *real points* stand at even distances along it
and are therefore more alike than any random sample could be.

"""

IMAGES = """
## Images: speed

A DCGAN for pictures of 32×32 pixels in colour, half the width of the paper's, batches of 64. The
*plain loop* is what most people would write, with the same networks. Many tutorials let the
generator learn from the samples that the discriminator has just seen, which saves making new ones;
the package makes new ones, as in the paper's algorithm.

"""

DIGITS = """
## Images: quality

The conditional GAN of notebook 02. *Agreement*: share of 1,000 samples that a classifier reads as
the digit that was asked for. *Coverage*: share of the 397 held-out digits with one of 397 samples
nearby (pixels, k = 5). *FID*: Fréchet distance of the classifier's features.

"""


MNIST = """
### MNIST

`recipes.dcgan` on MNIST, which has to be fetched first. Two classifiers of real digits say how many
samples they are at least 0.9 sure of: they agree on which recipe is better, and not on how good it
is, so real digits stand beside. Without its fully connected layers, `dense`, the recipe is a DCGAN
as in the paper, which forbids them; Barua et al. (2019, FCC-GAN) found that they help.

"""


def output(script: str, *options: str) -> str:
    """What a benchmark prints."""
    command = [sys.executable, str(HERE / script), *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Speed first, while nothing else runs; then quality."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", help="a folder that has MNIST's files")
    mirror = parser.parse_args().mirror
    speed = output("speed.py").replace("\n|", "\n\n|", 1).replace("|\nA pop", "|\n\nA pop")
    images = output("images.py").replace("\n|", "\n\n|", 1)
    text = SPEED + speed + IMAGES + images + QUALITY + output("quality.py")
    text += DIGITS + output("digits.py")
    text += MNIST + output("mnist.py", *(["--mirror", mirror] if mirror else []))
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
