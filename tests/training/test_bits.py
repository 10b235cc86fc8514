"""The numbers of some seventy short runs, as they have been since they were first written down.

`python tests/trained.py` writes them anew. Do that only for a change that is meant to change what
is trained, and say so in CHANGELOG.md.
"""

import json
import warnings
from pathlib import Path

import pytest
import torch

from gan_school import Run, checkpoints, resume
from tests.helpers import same, stop_at
from tests.trained import CASES, ON_RECORD, RECIPES, bits, data_for, machine, played, summary

SAVED = Path(__file__).parents[1] / "saved"  # by version 0.1.0

# Two lie on disk as an older version has left them: one with an early stop, one with labels.
KEPT = ("stops early, one", "labels with R1, population")


@pytest.fixture(scope="module")
def on_record() -> dict:
    return json.loads(ON_RECORD.read_text("utf-8"))


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """Each is trained when it is first asked for."""

    class Runs(dict):
        def __missing__(self, case: str) -> Run:
            self[case] = played(case)
            return self[case]

    return Runs()


def _check(run: Run, case: str, on_record: dict) -> None:
    known = on_record["bits"].get(machine(), {}).get(case)
    if known is not None:
        assert bits(run) == known
    # On other machines and with another PyTorch sums are rounded in another order.
    assert summary(run) == pytest.approx(on_record["close to"][case], rel=2e-3, abs=2e-4)


def test_nothing_is_missing(on_record):
    assert set(on_record["close to"]) == set(CASES)
    assert len(CASES) >= 60
    for of_machine in on_record["bits"].values():  # who adds a case has one machine
        assert set(of_machine) <= set(CASES)
    assert any(set(of_machine) == set(CASES) for of_machine in on_record["bits"].values())


@pytest.mark.parametrize("case", CASES)
def test_it_ends_with_the_numbers_on_record(case, runs, on_record):
    _check(runs[case], case, on_record)


@pytest.mark.parametrize("case", CASES)
def test_interrupted_saved_loaded_and_resumed_it_is_the_same(case, runs, tmp_path):
    half = played(case, callbacks=[stop_at(5)])
    again = Run.load(half.save(tmp_path), data_for(half.recipe))
    resume(again, progress=False)
    assert same(again, runs[case])
    assert bits(again) == bits(runs[case])


@pytest.mark.parametrize("case", KEPT)
def test_a_run_that_an_older_version_saved_goes_on(case, on_record):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it has no checksum: that is a notice
        run = Run.load(SAVED / "runs" / case, data_for(RECIPES[case.rsplit(", ", 1)[0]]))
    assert run.step == 5
    resume(run, progress=False)
    _check(run, case, on_record)


@pytest.mark.parametrize(
    ("name", "case"), [("codes", "InfoGAN, one"), ("labels", "pictures with labels, one")]
)
def test_a_checkpoint_that_an_older_version_saved_gives_the_same_samples(
    name, case, runs, on_record
):
    kept = checkpoints.load(name, SAVED / "checkpoints")
    ours = runs[case]
    exact = machine() in on_record["bits"]
    close = dict(rtol=0, atol=0) if exact else dict(rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(kept.sample(8), ours.sample(8), **close)
    if name == "codes":
        x = ours.data.x[:8]
        for one, other in zip(kept.read(x), ours.read(x), strict=True):
            torch.testing.assert_close(one, other, **close)


def test_the_hash_notices_a_single_bit(runs):
    run = played("plain, one")
    assert bits(run) == bits(runs["plain, one"])
    weight = run.generator.parameters[0]
    with torch.no_grad():
        weight[0, 0] = torch.nextafter(weight[0, 0], torch.tensor(torch.inf))
    assert bits(run) != bits(runs["plain, one"])
