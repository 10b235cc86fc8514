"""The doctor: every rule on figures made for it, and whole runs that were made sick on purpose."""

import warnings

import numpy as np
import pandas as pd
import pytest

from gan_school import Run, datasets, diagnose, train
from gan_school.games import GAN, R1, SaturatingGAN
from gan_school.lab import Condition, Diagnoses, Diagnosis, examination, tricks
from gan_school.lab.doctor import ROWS, RULES, Signs, _diagnosed
from gan_school.networks import mlp_discriminator, mlp_generator, rescaled
from gan_school.training import SGD, Adam, DivergenceWarning
from tests.helpers import POINTS, TINY, stop_at

pytestmark = pytest.mark.filterwarnings("error")

WELL = dict(
    d_loss=1.38, g_loss=0.7, d_real=0.51, d_fake=0.49, d_real_sd=0.1, d_fake_sd=0.1,
    d_gradient=1.0, g_gradient=1.0, spread=1.0, coverage=0.9, precision=0.9, diversity=0.9,
    offset=0.05, motion=0.02,
)  # fmt: skip
BAD = dict(coverage=0.2, precision=0.2)


def history(rows: int = 50, **columns) -> pd.DataFrame:
    """A record in which every column is constant, or goes from one number to another."""
    table = {"step": np.arange(1, rows + 1) * 10}
    for name, value in {**WELL, **columns}.items():
        table[name] = (
            np.linspace(*value, rows) if isinstance(value, tuple) else np.full(rows, value)
        )
    return pd.DataFrame(table)


def said(diverged: int = 0, **columns) -> Condition:
    return _diagnosed(Signs.of(history(**columns), diverged), 0).condition


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        (Condition.HEALTHY, {}),
        (Condition.HEALTHY, dict(d_real=0.95, d_fake=0.05)),  # D is strong, and nothing is wrong
        (Condition.DIVERGED, dict(diverged=7)),
        (Condition.DIVERGED, dict(g_loss=np.inf)),
        (Condition.DIVERGED, dict(**BAD, offset=8.0, d_real=0.99, d_fake=0.01)),
        (Condition.DIVERGED, dict(**BAD, spread=8.0, d_real=0.99, d_fake=0.01)),
        (Condition.MODE_COLLAPSE, dict(**BAD, spread=0.03)),
        (Condition.MODE_COLLAPSE, dict(**BAD, diversity=0.03)),
        (Condition.DISCRIMINATOR_TOO_STRONG, dict(**BAD, d_real=0.97, d_fake=0.03)),
        (Condition.GENERATOR_TOO_STRONG, dict(**BAD, d_real=0.4, d_fake=0.6)),
        (Condition.GENERATOR_TOO_STRONG, dict(**BAD, d_real_sd=0.001, d_fake_sd=0.001,
                                              d_real=0.5, d_fake=0.5)),
        (Condition.STILL_IMPROVING, dict(coverage=(0.1, 0.6), precision=(0.1, 0.6))),
        (Condition.STILL_IMPROVING, dict(coverage=(0.6, 0.75), precision=0.8, diversity=1.6)),
        (Condition.HEALTHY, dict(coverage=(0.8, 0.95), precision=0.9)),  # and getting better
        (Condition.MISSING_MODES, dict(coverage=0.4, precision=0.9)),
        (Condition.MISSING_MODES, dict(coverage=(0.3, 0.5), precision=0.9, d_real_sd=0.3)),
        (Condition.OSCILLATING, dict(**BAD, motion=0.5, d_real=0.7, d_fake=0.4)),
        (Condition.UNKNOWN, dict(**BAD, d_real=0.7, d_fake=0.4)),
        (Condition.UNKNOWN, dict(rows=ROWS - 1)),
    ],
)  # fmt: skip
def test_every_condition_by_its_figures(condition, columns):
    assert said(**columns) is condition


def test_every_condition_but_the_last_has_a_rule():
    assert {condition for condition, _ in RULES} == set(Condition) - {Condition.UNKNOWN}


def test_every_rule_is_needed():
    """Each of the cases above is decided by a rule, and no rule decides none of them."""
    marks = test_every_condition_by_its_figures.pytestmark
    cases = marks[0].args[1]
    used = set()
    for _, columns in cases:
        columns = dict(columns)
        signs = Signs.of(history(**{k: v for k, v in columns.items() if k != "diverged"}),
                         columns.get("diverged", 0))  # fmt: skip
        if signs.rows >= ROWS:
            used |= {next((rule for _, rule in RULES if rule(signs) is not None), None)}
    assert used - {None} == {rule for _, rule in RULES}


def test_improving_slowly_in_noise_is_not_improving():
    rng = np.random.default_rng(0)
    table = history(**BAD, motion=0.5, d_real=0.7, d_fake=0.4)
    table["coverage"] += rng.normal(0, 0.05, len(table))
    assert _diagnosed(Signs.of(table), 0).condition is Condition.OSCILLATING


# ------------------------------------------------------------------------------------- whole runs

RING = datasets.ring(2_000)
QUICK = [
    patient for patient in examination.PATIENTS
    if patient.name in (
        "SGD with a rate of thousands", "learning rates of whole numbers", "too little time",
        "a latent of almost nothing", "too much momentum", "a generator that hardly learns",
    )
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("patient", QUICK, ids=lambda patient: patient.name)
def test_it_finds_what_was_done(patient):
    """On seeds that its thresholds were not set on; `make doctor` asks about many more."""
    examined = examination.examine(RING, range(300, 304), patients=[patient])
    assert examined["confirmed"].sum() >= 3
    assert examined[examined["confirmed"]]["right"].mean() >= 0.7


@pytest.mark.slow
def test_a_good_run_is_called_healthy():
    good = [patient for patient in examination.PATIENTS if patient.condition is Condition.HEALTHY]
    spiral = datasets.spiral()
    examined = examination.examine(spiral, range(300, 303), patients=good[:1])
    assert examined["diagnosis"].tolist() == ["healthy"] * 3


def test_there_are_enough_kinds_of_patient():
    kinds = {patient.condition for patient in examination.PATIENTS}
    healthy = [
        patient for patient in examination.PATIENTS if patient.condition is Condition.HEALTHY
    ]
    assert len(examination.PATIENTS) - len(healthy) >= 8
    assert len(healthy) >= 2
    assert kinds == set(Condition) - {Condition.UNKNOWN}
    for patient in examination.PATIENTS:
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
    table = examination.confusion(examined)
    assert table.loc["diverged"].to_dict() == {"healthy": 0, "diverged": 1, "mode collapse": 1}
    shares = examination.shares(examined)
    assert shares.loc["sick", ["runs", "confirmed", "right"]].tolist() == [3, 2, 0.5]
    assert shares.loc["healthy", "right"] == 1


# ------------------------------------------------------------------------------------------ images

PICTURES = datasets.digits(8)
FLAT = TINY.with_(
    generator=mlp_generator(8, latent=8, hidden=(32,)),
    discriminator=mlp_discriminator(8, hidden=(32,)),
    batch_size=32,
    steps=400,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "recipe"),
    [
        (Condition.DISCRIMINATOR_TOO_STRONG, FLAT.with_(g_optimizer=Adam(1e-7))),
        (Condition.DIVERGED, FLAT.with_(g_optimizer=SGD(1e30), d_optimizer=SGD(1e30))),
        (Condition.GENERATOR_TOO_STRONG, FLAT.with_(game=GAN(penalty=R1(1e4)))),
        (
            Condition.MODE_COLLAPSE,
            FLAT.with_(
                generator=rescaled(
                    mlp_generator(8, latent=8, hidden=(32,), batch_norm=False), inputs=(1e-3, 0.0)
                )
            ),
        ),
    ],
)
def test_pictures(condition, recipe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        found = diagnose(train(recipe, PICTURES, seeds=range(3)))
    assert [one.condition for one in found].count(condition) >= 2, found


# ------------------------------------------------------------------------------------- the report


def test_one_run_one_diagnosis():
    found = diagnose(train(TINY.with_(steps=200), POINTS, seed=4))
    assert isinstance(found, Diagnosis)
    assert found.seed == 4


@pytest.mark.parametrize("run", [None, [], TINY, POINTS])
def test_only_a_run_can_be_diagnosed(run):
    with pytest.raises(TypeError, match=r"diagnose reads a run, .* and not a"):
        diagnose(run)


def test_a_population_has_as_many_as_members():
    run = train(TINY.with_(steps=200), POINTS, seeds=[5, 3])
    found = diagnose(run)
    assert isinstance(found, Diagnoses)
    assert [one.seed for one in found] == [5, 3]
    for k, one in enumerate(found):
        assert diagnose(run[k]).condition is one.condition
        assert diagnose(run[k]).evidence == one.evidence
    assert found.table().index.tolist() == [5, 3]
    assert found.counts().sum() == 2
    assert "of 2: " in str(found)
    assert "<table" in found._repr_html_()


def test_a_run_from_a_file_without_its_data(tmp_path):
    run = train(TINY.with_(steps=200), POINTS)
    run.save(tmp_path / "run")
    assert str(diagnose(Run.load(tmp_path / "run"))) == str(diagnose(run))


def test_a_short_run_is_not_enough_to_tell():
    found = diagnose(train(TINY.with_(steps=20), POINTS))
    assert found.condition is Condition.UNKNOWN
    assert "2 of the 10 rows" in found.evidence and "train for longer" in found.evidence
    assert diagnose(train(TINY, POINTS, callbacks=[stop_at(3)])).condition is Condition.UNKNOWN


def test_what_to_try_comes_in_the_order_of_the_levels_and_fits_the_run():
    collapsing = TINY.with_(
        generator=rescaled(TINY.generator, inputs=(1e-3, 0.0)), batch_size=50, steps=500
    )
    found = diagnose(train(collapsing, RING, seeds=range(2)))[0]
    assert found.condition is Condition.MODE_COLLAPSE
    order = [trick.number for trick in tricks]
    numbers = [trick.number for trick in found.tricks]
    assert numbers and numbers == sorted(numbers, key=order.index)
    assert all(trick.is_built and trick.changes(collapsing, RING) for trick in found.tricks)
    assert str(found.tricks[0]) in str(found) and "more in .tricks" in str(found)
    page = found._repr_html_()
    assert "<b>Mode collapse.</b>" in page
    assert all(f"<li>{trick}</li>" in page for trick in found.tricks)


def test_what_a_run_has_already_is_not_recommended():
    """D is too strong: swap the labels, unless that was done; no DCGAN for points."""
    weak = TINY.with_(g_optimizer=Adam(1e-7), d_optimizer=Adam(1e-2), steps=400)
    for game, wanted in ((SaturatingGAN(), True), (GAN(), False)):
        found = diagnose(train(weak.with_(game=game), RING))
        assert found.condition is Condition.DISCRIMINATOR_TOO_STRONG
        numbers = {trick.number for trick in found.tricks}
        assert ("1.3" in numbers) is wanted
        assert "2.4" in numbers and "1.7" not in numbers


def test_who_improves_is_told_to_wait():
    improving = Diagnosis(Condition.STILL_IMPROVING, "it rises", Signs.of(history()), 0)
    assert str(improving) == "Still improving. It rises. Train for longer."
    assert "Train for longer" in improving._repr_html_()


def test_the_healthy_are_not_sent_to_try_anything():
    found = Diagnosis(Condition.HEALTHY, "all is well", Signs.of(history()), 0)
    assert str(found) == "Healthy. All is well."
    assert "Try" not in found._repr_html_()


def test_the_designs_example():
    """D on fakes above D on real: train D more often, 2 to 5. D wins early: train G more often."""
    fooled = Signs.of(history(**BAD, d_real=0.4, d_fake=0.6))
    wins = Signs.of(history(**BAD, d_real=0.97, d_fake=0.03))
    for signs, condition, trick in (
        (fooled, Condition.GENERATOR_TOO_STRONG, "2.3"),
        (wins, Condition.DISCRIMINATOR_TOO_STRONG, "2.4"),
    ):
        assert _diagnosed(signs, 0).condition is condition
        assert trick in {one.number for one in tricks.against(condition)}
