"""Modes that a plain GAN and one that packs find, over many seeds, next to the published figures.

python benchmarks/packing.py                       # grid of 3 × 3, 10 seeds, 10,000 updates
python benchmarks/packing.py --side 5 --steps 50000
"""

from __future__ import annotations

import argparse

import pandas as pd
from ring import RECIPE

from gan_school import datasets, lab, metrics, networks, train
from gan_school.training import Recipe

PUBLISHED = {(3, 10_000): ("4.8", "9.0"), (5, 50_000): ("7.2", "24.6")}
GRIDS = {3: dict(side=3, spacing=1.5, sigma=0.1), 5: dict(side=5)}


def modes(recipe: Recipe, data: datasets.Dataset, seeds: int) -> pd.Series:
    """How many modes each member covers: those with 1 % of 10,000 samples within 3σ."""
    run = train(recipe, data, seeds=range(seeds), record=False)
    reports = [metrics.mode_report(x, data.modes, data.sigma) for x in run.sample(10_000)]
    return pd.Series([report.modes_covered for report in reports])


def main() -> None:
    """Train both with the same seeds; the last column is the interval of the difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--side", type=int, choices=GRIDS, default=3)
    options = parser.parse_args()
    data = datasets.grid(10_000, **GRIDS[options.side])
    plain = RECIPE.with_(steps=options.steps)
    packed = plain.with_(discriminator=networks.packed(plain.discriminator, 2))
    found = [modes(recipe, data, options.seeds) for recipe in (plain, packed)]
    low, high = lab.interval(found[1] - found[0])
    published = PUBLISHED.get((options.side, options.steps), ("", ""))
    print(f"{options.seeds} seeds; mean ± standard deviation over them.\n")
    print(f"| {options.steps:,} updates | modes of {options.side**2} | published |")
    print("|---|---:|---:|")
    for name, own, other in zip(("plain", "packing by two"), found, published, strict=True):
        print(f"| {name} | {own.mean():.2f} ± {own.std():.2f} | {other} |")
    print(f"\nDifference: {(found[1] - found[0]).mean():+.2f} ({low:+.2f} to {high:+.2f}).")


if __name__ == "__main__":
    main()
