"""How fast a DCGAN trains: the package next to the plain loop, with the same networks.

Pictures of 32×32 pixels in colour, batches of 64. Both sides take turns in one process, so what
counts is the ratio between them; the times depend on the machine and on what else it is doing.

    python benchmarks/images.py              # some minutes
    python benchmarks/images.py --rounds 1   # a quick look
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable

import torch
from speed import machine, seconds_per_update
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from gan_school import Recipe, train
from gan_school.networks import NormalWeights, dcgan_discriminator, dcgan_generator
from gan_school.training import Adam

SIZE, CHANNELS, BATCH, LATENT = 32, 3, 64, 64

RECIPE = Recipe(
    generator=dcgan_generator(SIZE, CHANNELS, latent=LATENT, width=32),
    discriminator=dcgan_discriminator(SIZE, CHANNELS, width=32),
    batch_size=BATCH,
    steps=1_000,
    d_optimizer=Adam(2e-4, betas=(0.5, 0.999)),
    g_optimizer=Adam(2e-4, betas=(0.5, 0.999)),
    initialize=NormalWeights(),
)
"""The settings of the DCGAN paper, on half its width."""


def plain_loop(x: torch.Tensor, updates: int, reuse: bool = False) -> None:
    """The loop of many tutorials: a DataLoader, labels of ones and zeros, Adam as it comes.

    Args:
        x: the images.
        updates: how many of each network.
        reuse: let the generator learn from the very samples that the discriminator has just learned
            from, which saves making new ones. The package makes new ones.
    """
    generator, discriminator = RECIPE.generator.build(), RECIPE.discriminator.build()
    RECIPE.initialize(generator)
    RECIPE.initialize(discriminator)
    loader = DataLoader(TensorDataset(x), batch_size=BATCH, shuffle=True, drop_last=True)
    loss = nn.BCEWithLogitsLoss()
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    history = []
    while len(history) < updates:
        for (real,) in loader:
            fake = generator(torch.randn(BATCH, LATENT))
            d_loss = loss(discriminator(real), ones) + loss(discriminator(fake.detach()), zeros)
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()

            if not reuse:
                fake = generator(torch.randn(BATCH, LATENT))
            g_loss = loss(discriminator(fake), ones)
            g_optimizer.zero_grad()
            g_loss.backward()
            g_optimizer.step()

            history.append((d_loss.item(), g_loss.item()))
            if len(history) == updates:
                break


def main() -> None:
    """Let both take turns, on one thread and on all, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn")
    parser.add_argument("--updates", type=int, default=100, help="length of a turn")
    options = parser.parse_args()

    x = torch.rand(1024, CHANNELS, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) * 2 - 1
    contestants: dict[str, Callable[[int], object]] = {
        "plain loop": lambda updates: plain_loop(x, updates),
        "plain loop, samples used twice": lambda updates: plain_loop(x, updates, reuse=True),
        "gan_school": lambda updates: train(
            RECIPE,
            x,
            device="cpu",
            progress=False,
            callbacks=[lambda snapshot: snapshot.step == updates],
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for play in contestants.values():
        play(5)  # the first call of anything is slow
    for _ in range(options.rounds):
        for name, play in contestants.items():
            times[name].append(seconds_per_update(play, options.updates))
    print(machine(torch.get_num_threads()))
    print(table(times))


def table(times: dict[str, list[float]]) -> str:
    """Median times as a Markdown table; ratios are taken within each round, then their median."""
    lines = [
        "| one step at 32×32, batch 64 | time | faster than the plain loop |",
        "|---|---:|---:|",
    ]
    for name, own in times.items():
        ratios = sorted(p / t for p, t in zip(times["plain loop"], own, strict=True))
        spread = f"{statistics.median(ratios):.2f} × ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        lines.append(f"| {name} | {statistics.median(own) * 1e3:.0f} ms | {spread} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
