"""How well the DCGAN recipe does on MNIST after 2,000 steps, next to real digits.

Classifiers that were trained on real pictures say how many samples they are at least 0.9 sure of,
and how often each digit turns up. How sure a classifier is depends on how long it was trained, so
there are two. The recipe is also tried without its fully connected layers, as in the DCGAN paper.

MNIST must be there: `gan-school fetch mnist`, or `--mirror`.

    python benchmarks/mnist.py --mirror folder --seeds 3
"""

from __future__ import annotations

import argparse
import warnings

import torch
from speed import machine

from gan_school import datasets, metrics, recipes, train
from gan_school.hardware import threads

SAMPLES = 2000


def main() -> None:
    """Train, judge, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", help="a folder, or an http(s) address, that has the files")
    parser.add_argument("--images", type=int, default=8_000, help="to train on, at most")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one split alone is enough here
        data = datasets.mnist(mirror=options.mirror)
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))
    data = data[order[: options.images]]
    judges = [metrics.classifier(data), metrics.classifier(data, epochs=25)]
    recipe = recipes.dcgan(data)
    paper = recipe.with_(
        generator=recipe.generator.with_(dense=()),
        discriminator=recipe.discriminator.with_(dense=()),
    )
    rows = []
    for name, one in {"recipe": recipe, "without `dense`": paper}.items():
        for seed in range(options.seeds):
            run = train(one, data, seed, device="cpu", progress=False)
            rows.append((f"{name}, seed {seed}", run.sample(SAMPLES, seed=1), f"{run.seconds:.0f}"))
    rows.append(("real, held out", data.held_out.x[:SAMPLES], ""))

    print(f"{machine(threads(run.work))}.\n")
    print(f"{data}. {recipe.steps:,} steps, batch {recipe.batch_size}, {SAMPLES:,} samples.\n")
    for name, judge in zip("AB", judges, strict=True):
        print(f"- Judge {name}: {judge}.")
    print("\n| | A at least 0.9 sure | B at least 0.9 sure | rarest digit, by A | training, s |")
    print("|---|---:|---:|---:|---:|")
    for name, samples, seconds in rows:
        sure = [f"{float(metrics.confident_share(samples, judge)):.1%}" for judge in judges]
        rarest = metrics.class_shares(samples, judges[0]).min()
        print(f"| {name} | {' | '.join(sure)} | {rarest:.1%} | {seconds} |", flush=True)


if __name__ == "__main__":
    main()
