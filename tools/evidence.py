"""Measure every trick that can be measured, and write the evidence ledger.

    python tools/evidence.py points          # spiral, ring and grid, 16 seeds of each variant
    python tools/evidence.py images          # small digits, 5 seeds
    python tools/evidence.py labels          # with and without labels, on digits, 5 seeds
    python tools/evidence.py any_label       # which label, on digits, 5 seeds
    python tools/evidence.py stopping        # early stopping on the spiral, 16 seeds
    python tools/evidence.py plot            # draw the README's forest plot anew

What was measured before, with the same code, is not measured again: an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from gan_school.lab import STUDIES, TASKS, Ledger, studies

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data" / "evidence"
GROUPS = {"points": ("spiral", "ring", "grid"), "images": ("digits",)}


def main() -> None:
    """Measure, write, draw, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*GROUPS, *STUDIES, "plot"])
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    began = time.perf_counter()
    if options.what in STUDIES:
        found = STUDIES[options.what].measure(options.jobs)
        studies.save(found, options.what, FOLDER)
        columns = ["recipe", "metric", "baseline", "mean", "low", "high", "verdict", "seconds"]
        print(found.effects()[columns].round(3).to_string(index=False))
        print(f"{time.perf_counter() - began:.0f} s")
        return
    if options.what in GROUPS:
        tasks = [TASKS[name] for name in GROUPS[options.what]]
        ledger = Ledger.measure(tasks, jobs=options.jobs)
        ledger.save(FOLDER, options.what)
        columns = ["trick", "variant", "task", "budget", "gain", "gain_low", "gain_high", "verdict"]
        print(ledger.effects()[columns].round(3).to_string(index=False))
        print(f"{time.perf_counter() - began:.0f} s")
    figure = Ledger.load(FOLDER).plot(budget="long", titles=True)
    figure.savefig(ROOT / "docs" / "evidence.png", dpi=80)


if __name__ == "__main__":
    main()
