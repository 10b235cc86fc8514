"""Put the doctor to the test, on runs that were made sick on purpose, and print what it says.

    python tools/doctor.py             # 20 seeds of every patient, on three data sets
    python tools/doctor.py --setting 0 # the runs that its thresholds were set on

What it found is written to data/evidence/doctor.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from gan_school import datasets
from gan_school.device import limited_threads
from gan_school.lab import bench

PLACE = Path(__file__).resolve().parent.parent / "data" / "evidence" / "doctor.csv"
DATA = (lambda: datasets.ring(2_000), datasets.spiral, datasets.swiss_roll)


def main() -> None:
    """Train, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--setting", type=int, choices=(0, 1), default=1)
    options = parser.parse_args()
    with limited_threads(1):
        examined = pd.concat(
            [bench.examine(make(), range(options.seeds), options.setting) for make in DATA],
            ignore_index=True,
        )
    if options.setting == 1:
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        examined.to_csv(PLACE, index=False)
    print(bench.confusion(examined).to_string(), end="\n\n")
    print(bench.shares(examined).round(3).to_string(), end="\n\n")
    by_patient = examined[examined["confirmed"]].groupby(["data", "patient"], sort=False)["right"]
    print(by_patient.agg(["mean", "size"]).round(2).to_string())


if __name__ == "__main__":
    main()
