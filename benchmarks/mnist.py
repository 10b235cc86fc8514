"""How well the DCGAN recipe does on MNIST after 2,000 steps, next to real digits.

A classifier trained on other pictures says how many samples it is at least 0.9 sure of, and how
often each digit turns up. MNIST must be there: `gan-school fetch mnist`, or `--mirror`.

    python benchmarks/mnist.py --mirror folder --seeds 3
"""

from __future__ import annotations

import argparse

import torch
from speed import machine

from gan_school import datasets, metrics, recipes, train
from gan_school.device import threads

SAMPLES = 2000


def main() -> None:
    """Train, judge, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", help="a folder, or an http(s) address, that has the files")
    parser.add_argument("--images", type=int, default=8_000, help="to train on, at most")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    data = datasets.mnist(mirror=options.mirror)
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))
    data = data[order[: options.images]]
    judge = metrics.classifier(data)
    recipe = recipes.dcgan(data)
    rows = []
    for seed in range(options.seeds):
        run = train(recipe, data, seed, device="cpu", progress=False)
        rows.append((f"seed {seed}", run.sample(SAMPLES, seed=1), f"{run.seconds:.0f} s"))
    rows.append(("real, held out", data.held_out.x[:SAMPLES], ""))
    print(machine(threads(run.work)))
    print(f"{data}. {recipe.steps:,} steps, batch {recipe.batch_size}. Judge: {judge}.\n")
    print("| | judge at least 0.9 sure | rarest digit | training |")
    print("|---|---:|---:|---:|")
    for name, samples, seconds in rows:
        sure = float(metrics.confident_share(samples, judge))
        rarest = metrics.class_shares(samples, judge).min()
        print(f"| {name} | {sure:.1%} | {rarest:.1%} | {seconds} |")


if __name__ == "__main__":
    main()
