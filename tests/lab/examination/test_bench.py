"""The bench of patients: there are enough of them, and the doctor finds what was done to them."""

import pandas as pd
import pytest

from gan_school import datasets
from gan_school.lab import Condition
from gan_school.lab.examination import bench

pytestmark = pytest.mark.filterwarnings("error")

RING = datasets.ring(2_000)
QUICK = [
    patient for patient in bench.PATIENTS
    if patient.name in (
        "SGD with a rate of thousands", "learning rates of whole numbers", "too little time",
        "learning rates of next to nothing",
        "a latent of almost nothing", "too much momentum", "a generator that hardly learns",
    )
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("patient", QUICK, ids=lambda patient: patient.name)
def test_it_finds_what_was_done(patient):
    """On seeds that its thresholds were not set on; `make doctor` asks about many more."""
    examined = bench.examine(RING, range(300, 308), patients=[patient])
    assert examined["confirmed"].sum() >= 6
    assert examined[examined["confirmed"]]["right"].mean() >= 0.6


@pytest.mark.slow
def test_a_good_run_is_called_healthy():
    good = [patient for patient in bench.PATIENTS if patient.condition is Condition.HEALTHY]
    spiral = datasets.spiral()
    examined = bench.examine(spiral, range(300, 303), patients=good[:1])
    assert examined["diagnosis"].tolist() == ["healthy"] * 3


def test_there_are_enough_kinds_of_patient():
    kinds = {patient.condition for patient in bench.PATIENTS}
    healthy = [patient for patient in bench.PATIENTS if patient.condition is Condition.HEALTHY]
    assert len(bench.PATIENTS) - len(healthy) >= 8
    assert len(healthy) >= 2
    assert kinds == set(Condition) - {Condition.UNKNOWN}
    for patient in bench.PATIENTS:
        assert len({repr(patient.recipe(RING, setting)) for setting in range(3)}) == 3, patient.name


def test_the_confusion_matrix_counts_confirmed_runs():
    examined = pd.DataFrame(
        {
            "condition": ["healthy", "diverged", "diverged", "diverged"],
            "confirmed": [True, True, True, False],
            "diagnosis": ["healthy", "diverged", "mode collapse", "healthy"],
            "right": [True, True, False, False],
        }
    )
    table = bench.confusion(examined)
    assert table.loc["diverged"].to_dict() == {"healthy": 0, "diverged": 1, "mode collapse": 1}
    shares = bench.shares(examined)
    assert shares.loc["sick", ["runs", "confirmed", "right"]].tolist() == [3, 2, 0.5]
    assert shares.loc["healthy", "right"] == 1
