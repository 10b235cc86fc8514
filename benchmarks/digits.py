"""How well the conditional GAN of notebook 02 does, over several seeds: does it listen, and to
what variety?

    python benchmarks/digits.py              # 3 seeds, one after the other
    python benchmarks/digits.py --seeds 10
"""

from __future__ import annotations

import argparse

import pandas as pd
import torch
from speed import machine

from gan_school import datasets, metrics, recipes, train
from gan_school.metrics import Classifier


def judge_samples(samples: torch.Tensor, labels: torch.Tensor, judge: Classifier) -> float:
    """The share of samples that are recognised as the label asked for."""
    return float(metrics.label_agreement(samples, labels, judge))


def main() -> None:
    """Train, judge, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    data = datasets.digits(16)
    held_out, judge = data.held_out, metrics.classifier(data)
    asked = torch.arange(1000) % 10
    rows = {}
    for seed in range(options.seeds):
        run = train(recipes.CONDITIONAL_DIGITS, data, seed, device="cpu", progress=False)
        same_labels = run.sample(labels=held_out.labels, seed=1)
        rows[f"seed {seed}"] = {
            "agreement": judge_samples(run.sample(labels=asked), asked, judge),
            "coverage": metrics.density_coverage(held_out, same_labels, k=5).coverage,
            "fid": float(metrics.fid(held_out, same_labels, judge)),
            "seconds": run.seconds,
        }
    table = pd.DataFrame(rows).T
    real = data[torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:397]]
    table.loc["mean"] = table.mean()
    table.loc["real digits"] = {
        "agreement": judge_samples(held_out.x, held_out.labels, judge),
        "coverage": metrics.density_coverage(held_out, real, k=5).coverage,
        "fid": float(metrics.fid(held_out, real, judge)),
    }
    print(machine())
    print(f"Judge: {judge}.\n")
    print("| | agreement | coverage | FID | training |")
    print("|---|---:|---:|---:|---:|")
    for name, row in table.iterrows():
        seconds = "" if pd.isna(row.seconds) else f"{row.seconds:.0f} s"
        print(f"| {name} | {row.agreement:.3f} | {row.coverage:.3f} | {row.fid:.2f} | {seconds} |")


if __name__ == "__main__":
    main()
