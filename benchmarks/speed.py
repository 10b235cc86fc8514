"""How fast training is: the package next to the plain loop that most people would write.

All contestants train the classic spiral GAN (1,000 points, batch 25, networks 20-50-3 and 3-50-1,
Adam), on one thread, in one process, taking turns. What counts is therefore the ratio between them;
the times depend on the machine and on what else it is doing.

    python benchmarks/speed.py              # a few minutes
    python benchmarks/speed.py --rounds 1   # a quick look
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from gan_school import datasets, recipes, train

POPULATIONS = (8, 32, 128)


def plain_loop(x: torch.Tensor, updates: int) -> None:
    """The loop of many tutorials: a DataLoader, labels of ones and zeros, Adam as it comes.

    Like the tutorials it notes losses and D's answers at every update, to have curves to draw.
    """
    generator = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 3))
    discriminator = nn.Sequential(nn.Linear(3, 50), nn.ReLU(), nn.Linear(50, 1))
    loader = DataLoader(TensorDataset(x), batch_size=25, shuffle=True)
    loss = nn.BCEWithLogitsLoss()
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
    history = []
    while len(history) < updates:
        for (real,) in loader:
            ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)

            fake = generator(torch.randn(len(real), 20))
            real_logits, fake_logits = discriminator(real), discriminator(fake.detach())
            d_loss = loss(real_logits, ones) + loss(fake_logits, zeros)
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()

            fake = generator(torch.randn(len(real), 20))
            g_loss = loss(discriminator(fake), ones)
            g_optimizer.zero_grad()
            g_loss.backward()
            g_optimizer.step()

            d_real, d_fake = torch.sigmoid(real_logits).mean(), torch.sigmoid(fake_logits).mean()
            history.append((d_loss.item(), g_loss.item(), d_real.item(), d_fake.item()))
            if len(history) == updates:
                break


def seconds_per_update(play: Callable[[int], object], updates: int) -> float:
    """Time of one update of both networks."""
    began = time.perf_counter()
    play(updates)
    return (time.perf_counter() - began) / updates


def matrix_rate() -> float:
    """Floating-point operations per second of large matrix products on one thread."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best = float("inf")
    for _ in range(12):
        began = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - began)
    return 2 * 1024**3 / best


def machine(threads: int = 1) -> str:
    """What the times depend on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = re.findall(r"model name\s*: (.+)", cpuinfo.read_text())
        model = names[0] if names else model
    python, system = platform.python_version(), platform.system()
    about = f"{model}, {os.cpu_count()} cores, {system}, Python {python}"
    used = "one thread" if threads == 1 else f"{threads} threads"
    return f"{about}, PyTorch {torch.__version__}, {used}"


def main() -> None:
    """Let everybody take turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn")
    parser.add_argument("--updates", type=int, default=2000, help="length of a turn")
    options = parser.parse_args()

    torch.set_num_threads(1)
    data, recipe = datasets.spiral(), recipes.CLASSIC_SPIRAL

    def package(seeds: range | None) -> Callable[[int], object]:
        # The whole run would be 20,000 updates; a turn is its beginning, recorded as often.
        return lambda updates: train(
            recipe,
            data,
            seeds=seeds,
            device="cpu",
            progress=False,
            callbacks=[lambda snapshot: snapshot.step == updates],
        )

    contestants = {
        "plain loop": (1, lambda updates: plain_loop(data.x, updates)),
        "gan_school, one GAN": (1, package(None)),
        **{f"population of {k}": (k, package(range(k))) for k in POPULATIONS},
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _, play in contestants.values():
        play(50)  # the first call of anything is slow
    for _ in range(options.rounds):
        for name, (members, play) in contestants.items():
            updates = max(100, options.updates // (1 + members // 8))  # turns of similar length
            times[name].append(seconds_per_update(play, updates))
    print(machine())
    print(table(times, {name: members for name, (members, _) in contestants.items()}))
    print(share_of_matrix_rate(statistics.median(times["population of 128"]), 128))


def table(times: dict[str, list[float]], members: dict[str, int]) -> str:
    """Median times as a Markdown table; ratios are taken within each round, then their median."""
    plain = times["plain loop"]
    lines = [
        "| one update of both networks | time | per GAN | faster than the plain loop |",
        "|---|---:|---:|---:|",
    ]
    for name, own in times.items():
        k = members[name]
        ratios = sorted(k * p / t for p, t in zip(plain, own, strict=True))
        spread = f"{statistics.median(ratios):.1f} × ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        time_ms = statistics.median(own) * 1e3
        lines.append(f"| {name} | {time_ms:.2f} ms | {time_ms / k:.3f} ms | {spread} |")
    return "\n".join(lines)


def share_of_matrix_rate(seconds: float, members: int) -> str:
    """How much of what the processor can multiply a population makes use of."""
    _, work = recipes.CLASSIC_SPIRAL.fit_to(datasets.spiral())
    reached, possible = members * work / seconds, matrix_rate()
    return (
        f"A population of {members} multiplies at {reached / 1e9:.1f} GFLOP/s, "
        f"{reached / possible:.0%} of the {possible / 1e9:.0f} GFLOP/s of a large matrix product."
    )


if __name__ == "__main__":
    main()
