"""Put the doctor to the test, on runs that were made sick on purpose, and print what it says.

    python tools/doctor.py             # 20 seeds of every patient, on three data sets
    python tools/doctor.py --setting 0 # runs that its thresholds were set on; 1 as well

What it found is written to data/evidence/doctor.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from gan_school import datasets
from gan_school.hardware import limited_threads
from gan_school.lab import examination

PLACE = Path(__file__).resolve().parent.parent / "data" / "evidence" / "doctor.csv"
DATA = {
    "ring": lambda: datasets.ring(2_000),
    "spiral": datasets.spiral,
    "swiss roll": datasets.swiss_roll,
}


def examined_alone(name: str, patient: int, seeds: range, setting: int) -> pd.DataFrame:
    """One kind of patient, by its place in the examination, on one data set."""
    with limited_threads(1):
        return examination.examine(DATA[name](), seeds, setting, [examination.PATIENTS[patient]])


def main() -> None:
    """Train, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--setting", type=int, choices=(0, 1, 2), default=2)
    options = parser.parse_args()
    first = 100 if options.setting == 2 else 0  # the thresholds have seen seeds below 100
    seeds = range(first, first + options.seeds)
    work = [(name, patient) for name in DATA for patient in range(len(examination.PATIENTS))]
    parts = Parallel(n_jobs=options.jobs)(
        delayed(examined_alone)(name, patient, seeds, options.setting) for name, patient in work
    )
    examined = pd.concat(parts, ignore_index=True)
    if options.setting == 2:
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        examined.to_csv(PLACE, index=False)
    print(examination.confusion(examined).to_string(), end="\n\n")
    print(examination.shares(examined).round(3).to_string(), end="\n\n")
    by_patient = examined[examined["confirmed"]].groupby(["data", "patient"], sort=False)["right"]
    print(by_patient.agg(["mean", "size"]).round(2).to_string())


if __name__ == "__main__":
    main()
