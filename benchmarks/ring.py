"""A plain GAN on the ring of 8, over many seeds, next to the published figures.

python benchmarks/ring.py                  # 16 seeds, 10,000 updates, about 10 minutes
python benchmarks/ring.py --steps 50000    # as long as it was published, with --seeds 5
"""

from __future__ import annotations

import argparse

import pandas as pd

from gan_school import datasets, metrics, train
from gan_school.networks import AsBuilt, mlp
from gan_school.training import Adam, Recipe, Snapshot

PUBLISHED = {10_000: ("7.60 ± 0.89", "84.9 %"), 50_000: ("6.80 ± 0.84", "92.7 %")}
ADAM = Adam(2e-4, betas=(0.5, 0.999))
RECIPE = Recipe(
    generator=mlp(16, 128, 128, 2, activation="leaky_relu"),
    discriminator=mlp(2, 128, 128, 1, activation="leaky_relu"),
    batch_size=256,
    d_optimizer=ADAM,
    g_optimizer=ADAM,
    initialize=AsBuilt(),
)


def main() -> None:
    """Train once with all seeds; report along the way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10_000)
    options = parser.parse_args()

    data = datasets.ring(10_000)
    rows = []

    def report(snapshot: Snapshot) -> None:
        if snapshot.step % 2_000 == 0:
            reports = [
                metrics.mode_report(samples, data.modes, data.sigma)
                for samples in snapshot.run.sample(2_500)
            ]
            rows.append(
                {
                    "step": snapshot.step,
                    "modes": pd.Series([r.modes_covered for r in reports]),
                    "share": pd.Series([r.high_quality_share for r in reports]),
                }
            )

    train(
        RECIPE.with_(steps=options.steps), data, seeds=range(options.seeds), callbacks=[report]
    )  # fmt: skip
    print(f"{options.seeds} seeds; mean ± standard deviation over them.\n")
    print("| updates | modes of 8 | least | within 3σ | published modes | published within 3σ |")
    print("|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        modes, share = row["modes"], row["share"]
        published = " | ".join(PUBLISHED.get(row["step"], ("", "")))
        print(
            f"| {row['step']:,} | {modes.mean():.2f} ± {modes.std():.2f} | {modes.min()} | "
            f"{share.mean():.1%} ± {share.std():.1%} | {published} |"
        )


if __name__ == "__main__":
    main()
