"""Run both benchmarks and write what they print into docs/benchmarks.md."""

from __future__ import annotations

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


def output(script: str) -> str:
    """What a benchmark prints."""
    command = [sys.executable, str(HERE / script)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Speed first, while nothing else runs; then quality."""
    speed = output("speed.py").replace("\n|", "\n\n|", 1).replace("|\nA pop", "|\n\nA pop")
    PAGE.write_text(SPEED + speed + QUALITY + output("quality.py"), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
