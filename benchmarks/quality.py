"""How well the two named recipes learn the spiral, over many seeds, next to a perfect generator.

python benchmarks/quality.py             # 16 seeds of each recipe, some minutes
python benchmarks/quality.py --seeds 8
"""

from __future__ import annotations

import argparse
import math

import pandas as pd
import torch

from gan_school import datasets, metrics, recipes, train
from gan_school.datasets.points import spiral_curve


def perfect(data: datasets.Dataset, seed: int) -> torch.Tensor:
    """What a faultless generator would give: points at random on the true curve, with its noise."""
    generator = torch.Generator().manual_seed(seed)
    t = 2 * math.pi * torch.rand(1000, generator=generator)
    noise = torch.randn(1000, generator=generator)
    return (spiral_curve(t, noise) - data.mean) / data.scale


def main() -> None:
    """Train, judge against 1,000 fresh real points, print mean, least and most of every metric."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16)
    seeds = range(parser.parse_args().seeds)

    data = datasets.spiral()
    fresh = data.fresh(1000)
    scores = {}
    for name, recipe in (("CLASSIC_SPIRAL", recipes.CLASSIC_SPIRAL), ("SPIRAL", recipes.SPIRAL)):
        run = train(recipe, data, seeds=seeds)
        scores[f"`recipes.{name}`, {recipe.steps:,} steps"] = run.evaluate(fresh)
    torch.set_num_threads(1)
    ideal = [metrics.summary(fresh, perfect(data, seed)) for seed in seeds]
    scores["a perfect generator"] = pd.DataFrame(ideal)
    real = [metrics.summary(fresh, data.fresh(1000, seed=2 + seed)) for seed in seeds]
    scores["real points"] = pd.DataFrame(real)

    print(f"Mean (least to most) over {len(seeds)} seeds, against 1,000 fresh real points.\n")
    print("| | coverage | sliced Wasserstein | two-sample |\n|---|---:|---:|---:|")
    for name, table in scores.items():
        cells = [
            f"{table[m].mean():.3f} ({table[m].min():.3f} to {table[m].max():.3f})"
            for m in metrics.SUMMARY
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
