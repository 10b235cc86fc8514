"""Draw the picture of README.md into docs/: the default spiral GAN, trained in full, seed 0."""

from __future__ import annotations

from pathlib import Path

from gan_school import datasets, plotting, recipes, train

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Train, draw, save."""
    data = datasets.spiral()
    frames = {}
    moments = {1: "step 1", 200: "step 200", 1_000: "step 1,000", 12_000: "step 12,000"}

    def keep(snapshot) -> None:
        if snapshot.step in moments:
            frames[moments[snapshot.step]] = snapshot.run.sample(1000)

    train(recipes.SPIRAL, data, seed=0, callbacks=[keep])
    plotting.film(frames, data).savefig(DOCS / "spiral.png", dpi=110)


if __name__ == "__main__":
    main()
