"""Put the doctor to the test, and print how it did.

    python tools/doctor.py             # runs made sick on purpose: 20 seeds each, three data sets
    python tools/doctor.py --setting 0 # runs that its thresholds were set on; 1 as well
    python tools/doctor.py --lot       # 800 runs with settings drawn by lot
    python tools/doctor.py --cure 100  # is its advice any good? 100 sick runs of another lot

    python tools/doctor.py --accept    # the code has moved, and says the same: see for yourself

What it found is written to data/evidence: doctor.csv, doctor_by_lot.csv, cures.csv. The last two
grow ward by ward, and what is there is kept. Rows that other code has made are not gone on from:
whoever changes the doctor deletes them, and begins anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from gan_school import datasets
from gan_school.hardware import limited_threads
from gan_school.lab.examination import bench, by_lot, cures, record

PLACE = Path(__file__).resolve().parent.parent / "data" / "evidence"
DATA = {
    "ring": lambda: datasets.ring(2_000),
    "spiral": datasets.spiral,
    "swiss roll": datasets.swiss_roll,
}


def examined_alone(name: str, patient: int, seeds: Sequence[int], setting: int) -> pd.DataFrame:
    """One kind of patient, by its place in the examination, on one data set."""
    with limited_threads(1):
        return bench.examine(DATA[name](), seeds, setting, [bench.PATIENTS[patient]])


def alone(examine: Callable[[int], pd.DataFrame], ward: int) -> pd.DataFrame:
    """One ward, on one thread."""
    with limited_threads(1):
        return examine(ward)


def in_wards(
    examine: Callable[[int], pd.DataFrame], wards: Iterable[int], jobs: int, file: str
) -> pd.DataFrame:
    """All wards that are not in the file yet; after each of them it is."""
    place = PLACE / file
    if not record.is_of_today(PLACE, file):
        raise SystemExit(
            f"{file} was made by other code than that of today. Delete it to begin anew; or, if "
            "what has changed decides nothing, run tools/doctor.py --accept."
        )
    parts = [pd.read_csv(place, keep_default_na=False)] if place.exists() else []
    done = set(parts[0]["ward"]) if parts else set()
    work = (delayed(alone)(examine, ward) for ward in wards if ward not in done)
    for part in Parallel(n_jobs=jobs, return_as="generator")(work):
        if part.empty:  # nobody is sick there
            continue
        parts.append(part)
        table = pd.concat(parts, ignore_index=True).sort_values(["ward", "number"], kind="stable")
        record.save(PLACE, file, table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"number": []})


def on_purpose(options: argparse.Namespace) -> None:
    """The patients of the bench."""
    first = 100 if options.setting == 2 else 0  # the thresholds have seen seeds below 100
    seeds = range(first, first + options.seeds)
    work = [(name, patient) for name in DATA for patient in range(len(bench.PATIENTS))]
    parts = Parallel(n_jobs=options.jobs)(
        delayed(examined_alone)(name, patient, seeds, options.setting) for name, patient in work
    )
    examined = pd.concat(parts, ignore_index=True)
    if options.setting == 2:
        record.save(PLACE, "doctor.csv", examined)
    print(bench.confusion(examined).to_string(), end="\n\n")
    print(bench.shares(examined).round(3).to_string(), end="\n\n")
    by_patient = examined[examined["confirmed"]].groupby(["data", "patient"], sort=False)["right"]
    print(by_patient.agg(["mean", "size"]).round(2).to_string())


def lot(jobs: int) -> None:
    """Runs with settings drawn by lot."""
    wards = sorted({by_lot.ward_of(number) for number in range(by_lot.RUNS)})
    examined = in_wards(by_lot.examine, wards, jobs, "doctor_by_lot.csv")
    for half, own in examined.groupby("half"):
        print(f"the half that {half}", by_lot.confusion(own).to_string(), sep="\n", end="\n\n")
        print(by_lot.shares(own).round(3).to_string(), end="\n\n")


def cure(wanted: int) -> None:
    """The doctor's advice, and tricks drawn by lot. Whole wards are kept, and gone on from."""
    for ward in cures.WARDS:
        table = in_wards(cures.examine, [ward], 1, "cures.csv")
        if len(numbers := table["number"].drop_duplicates()) >= wanted:
            break
    table = table[table["number"].isin(numbers.head(wanted))]
    print(cures.by_arm(table).round(3).to_string(), end="\n\n")
    print(cures.differences(table).round(3).to_string())


def accept() -> None:
    """Put on record that the code of today gives the same, where it has moved.

    Of each table a few runs are made again, with all that befell them. They stand for the others.
    """
    for file in (file for file in record.EXAMINERS if not record.is_of_today(PLACE, file)):
        before = pd.read_csv(PLACE / file, keep_default_na=False, float_precision="round_trip")
        old, again = some(file, before)
        now = as_written(again)[old.columns]
        if not now.equals(as_written(old)):
            differ = (now != as_written(old)).any(axis=1)
            raise SystemExit(f"{file} says something else now:\n{now[differ].to_string()}")
        record.sign(PLACE, file)
        print(f"{file}: {len(old)} rows came out as they are on record")


def some(file: str, before: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a table, and the same made again."""
    if file == "doctor.csv":
        data, patient = before[["data", "patient"]].iloc[-1]
        old = before.query("data == @data and patient == @patient")
        name = next(name for name, make in DATA.items() if make().name == data)
        place = [one.name for one in bench.PATIENTS].index(patient)
        return old, examined_alone(name, place, old["seed"].tolist(), 2)
    ward = int(before["ward"].value_counts().idxmin())  # the one with the fewest rows
    rows = before[before["ward"] == ward], alone(record.EXAMINERS[file], ward)
    if "arm" in before:  # advice and lots were drawn from the tricks that there were
        rows = tuple(table[table["arm"].isin(cures.UNDRAWN)] for table in rows)
    return rows


def as_written(table: pd.DataFrame) -> pd.DataFrame:
    """What a table is as text, so that a True is a True."""
    return table.reset_index(drop=True).astype(str)


def main() -> None:
    """Train, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lot", action="store_true", help="800 runs drawn by lot")
    parser.add_argument("--cure", type=int, metavar="N", help="what becomes of so many sick runs")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--setting", type=int, choices=(0, 1, 2), default=2)
    parser.add_argument("--accept", action="store_true", help="keep what is on record, if it holds")
    options = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    if options.accept:
        accept()
    elif options.lot:
        lot(options.jobs)
    elif options.cure:
        cure(options.cure)
    else:
        on_purpose(options)


if __name__ == "__main__":
    main()
