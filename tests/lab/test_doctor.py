"""The doctor: every rule on figures made for it, and what it says of whole runs."""

import warnings

import numpy as np
import pandas as pd
import pytest

from gan_school import Run, datasets, diagnose, metrics, train
from gan_school.games import GAN, R1, R2, GradientPenalty, SaturatingGAN
from gan_school.lab import Condition, Diagnoses, Diagnosis, corrections, tricks
from gan_school.lab.advice import Advice
from gan_school.lab.corrections import CORRECTIONS, LONGER
from gan_school.lab.doctor import ROWS, _advice, _diagnosed
from gan_school.lab.rules import BY_HEAPS, BY_NEIGHBOURS, rules_for
from gan_school.lab.signs import NOW, Signs, look, ranked
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
SEEN = dict(
    ranked=0.55, moved=1.0, closer=0.2, width=0.8, precise=0.95, starved=0.02, gained=0.7,
    astray=0.0,
)  # fmt: skip
POOR = dict(ranked=0.8, precise=0.3, starved=0.9, astray=0.3)  # and nothing else that is clear
AT_HEAPS = dict(
    heaps=8.0, inside=0.95, beside=1.0, fewest=0.9, fewest_at=0.9, breadth=0.9, mass=0.9,
    mass_gained=0.8,
)  # fmt: skip
BARE = AT_HEAPS | dict(
    ranked=0.8, inside=0.2, beside=0.6, fewest=0.2, fewest_at=0.0, mass=0.15, mass_gained=0.0
)
SLOW = TINY.with_(g_optimizer=Adam(1e-6), d_optimizer=Adam(1e-6), steps=2_000)


def history(rows: int = 50, **columns) -> pd.DataFrame:
    """A record in which every column is constant, or goes from one number to another."""
    table = {"step": np.arange(1, rows + 1) * 10}
    for name, value in {**WELL, **columns}.items():
        table[name] = (
            np.linspace(*value, rows) if isinstance(value, tuple) else np.full(rows, value)
        )
    return pd.DataFrame(table)


def signs(diverged: int = 0, now: dict | None = None, recipe=None, **columns) -> Signs:
    return Signs.of(history(**columns), diverged, None if now is None else SEEN | now, recipe)


def said(**given) -> Condition:
    return _diagnosed(signs(**given), 0).condition


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
        (Condition.NOT_YET_LEARNED, dict(**BAD, now=dict(POOR, moved=0.1, gained=0.0))),
        (Condition.NOT_YET_LEARNED, dict(**BAD, spread=0.1, now=dict(POOR, moved=0.1, gained=0.0),
                                         recipe=SLOW)),
        (Condition.HEALTHY, dict(now={}, coverage=0.6)),  # samples tell more than 250 points
        (Condition.STILL_IMPROVING, dict(now=dict(precise=0.83), coverage=(0.6, 0.8))),
        (Condition.WRONG_SPREAD, dict(coverage=0.5, now=dict(width=0.1))),
        (Condition.WRONG_SPREAD, dict(coverage=0.5, now=dict(precise=0.6))),
        (Condition.MISSING_MODES, dict(coverage=0.6, now=dict(starved=0.4))),
        (Condition.MISSING_MODES, dict(coverage=0.6, now=dict(starved=0.17))),
        (Condition.GENERATOR_TOO_STRONG, dict(**BAD, now=dict(POOR, ranked=0.5))),
        (Condition.OSCILLATING, dict(**BAD, motion=0.5, now=POOR)),
        (Condition.HEALTHY, dict(**BAD, now=AT_HEAPS)),  # heaps tell more than neighbours
        (Condition.HEALTHY, dict(now=AT_HEAPS | dict(inside=0.78))),
        (Condition.STILL_IMPROVING, dict(coverage=(0.4, 0.8), now=AT_HEAPS | dict(inside=0.78))),
        (Condition.STILL_IMPROVING, dict(coverage=(0.1, 0.4), d_fake=0.2, now=BARE)),
        (Condition.STILL_IMPROVING, dict(coverage=(0.1, 0.8), now=AT_HEAPS | dict(inside=0.5))),
        (Condition.DISCRIMINATOR_TOO_STRONG, dict(d_real=0.9, d_fake=0.1,
                                                  now=BARE | dict(ranked=0.99))),
        (Condition.NOT_YET_LEARNED, dict(now=BARE | dict(moved=0.1))),
        (Condition.MISSING_MODES, dict(now=AT_HEAPS | dict(fewest_at=0.1))),
        (Condition.MISSING_MODES, dict(now=AT_HEAPS | dict(inside=0.4, fewest=0.1))),
        (Condition.WRONG_SPREAD, dict(now=AT_HEAPS | dict(inside=0.5))),
        (Condition.WRONG_SPREAD, dict(now=AT_HEAPS | dict(breadth=0.2))),
        (Condition.GENERATOR_TOO_STRONG, dict(now=BARE | dict(ranked=0.5))),
        (Condition.GENERATOR_TOO_STRONG, dict(d_real_sd=0.001, d_real=0.5, d_fake=0.5, now=BARE)),
        (Condition.GENERATOR_TOO_STRONG, dict(d_real_sd=0.01, d_real=0.5, d_fake=0.5, now=BARE)),
        (Condition.OSCILLATING, dict(motion=0.2, now=BARE)),
        (Condition.OSCILLATING, dict(motion=0.5, now=AT_HEAPS | dict(fewest_at=0.1))),
        (Condition.UNKNOWN, dict(**BAD, d_real=0.7, d_fake=0.4)),
        (Condition.UNKNOWN, dict(rows=ROWS - 1)),
    ],
)  # fmt: skip
def test_every_condition_by_its_figures(condition, columns):
    assert said(**columns) is condition


@pytest.mark.parametrize("rules", [BY_NEIGHBOURS, BY_HEAPS], ids=["neighbours", "heaps"])
def test_every_condition_but_the_last_has_a_rule(rules):
    assert {condition for condition, _ in rules} == set(Condition) - {Condition.UNKNOWN}


def test_every_rule_is_needed():
    """Each of the cases above is decided by a rule, and no rule decides none of them."""
    marks = test_every_condition_by_its_figures.pytestmark
    cases = marks[0].args[1]
    used = set()
    for _, given in cases:
        found = signs(**given)
        if found.rows >= ROWS:
            rules = rules_for(found, probabilities=True)
            used |= {next((rule for _, rule in rules if rule(found) is not None), None)}
    assert used - {None} == {rule for _, rule in (*BY_NEIGHBOURS, *BY_HEAPS)}


@pytest.mark.parametrize("now", [None, BARE | dict(ranked=0.99)], ids=["neighbours", "heaps"])
def test_scores_say_of_nobody_that_it_is_too_strong(now):
    found = signs(**BAD, d_real=0.97, d_fake=0.03, now=now)
    assert _diagnosed(found, 0).condition is Condition.DISCRIMINATOR_TOO_STRONG
    assert _diagnosed(found, 0, probabilities=False).condition is Condition.UNKNOWN


@pytest.mark.parametrize("fooled", [dict(d_real=0.4, d_fake=0.6), dict(d_real_sd=0.001)])
def test_an_untrained_generator_is_never_too_strong(fooled):
    columns = BAD | dict(d_real=0.5, d_fake=0.5) | fooled
    unmoved = dict(POOR, ranked=0.5, moved=0.0, gained=0.0)
    assert said(**columns) is Condition.GENERATOR_TOO_STRONG  # by the record alone
    assert said(**columns, now=unmoved) is Condition.NOT_YET_LEARNED


@pytest.mark.parametrize(
    ("recipe", "why"),
    [
        (SLOW, "D's learning rate is only 1e-06 and G's learning rate is only 1e-06"),
        (TINY.with_(steps=500), "500 steps are few"),
        (TINY.with_(steps=2_000), "hardly any gradient reaches G"),
    ],
    ids=["rates", "steps", "gradient"],
)
def test_it_says_why_a_run_has_hardly_learned(recipe, why):
    found = signs(**BAD, g_gradient=1e-6, recipe=recipe, now=dict(POOR, moved=0.1, gained=0.0))
    assert why in _diagnosed(found, 0).evidence


def test_improving_slowly_in_noise_is_not_improving():
    rng = np.random.default_rng(0)
    table = history(**BAD, motion=0.5, d_real=0.7, d_fake=0.4)
    table["coverage"] += rng.normal(0, 0.05, len(table))
    assert _diagnosed(Signs.of(table), 0).condition is Condition.OSCILLATING


# ------------------------------------------------------------------------------------------ images

RING = datasets.ring(2_000)
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


@pytest.mark.slow
def test_pictures_can_be_seen_through_features():
    """A classifier that is blind finds everything near everything."""
    run = train(FLAT.with_(steps=100), PICTURES)
    (plain,), (blind,) = look(run), look(run, features=lambda x: x.flatten(1)[:, :1] * 0)
    assert "coverage" not in plain
    assert blind["coverage"] == blind["precision"] == 1
    found = diagnose(run, features=metrics.classifier(PICTURES, epochs=1))
    assert found.signs.end.coverage == found.signs.now.coverage


# ----------------------------------------------------------------------------- samples, in figures


def test_what_is_seen_of_a_generator_that_was_not_trained():
    run = Run.start(TINY, RING)
    (seen,) = look(run)
    assert set(seen) == set(NOW) - {"coverage", "precision"}, "the ring lies in heaps"
    assert seen["moved"] == 0 and seen["closer"] == 1 and seen["gained"] == 0
    assert 0.5 < seen["starved"] <= 1


def test_of_data_that_often_repeat_a_row_only_the_record_is_read():
    """The 5th neighbour of a whole number is at a distance of 0: nothing is nearer than that."""
    rng = np.random.default_rng(0)
    whole = datasets.Dataset(rng.integers(0, 3, (500, 2)).astype(np.float32), "whole numbers")
    (seen,) = look(Run.start(TINY, whole))
    assert set(seen) == {"ranked", "moved", "closer"}


@pytest.mark.parametrize("known", [AT_HEAPS, BARE, AT_HEAPS | dict(fewest_at=0.46, inside=0.7)])
def test_how_wide_samples_lie_at_heaps_may_be_unknown(known):
    """Where none has enough of them. A figure that is NaN is no evidence, and is never printed."""
    for columns in ({}, BAD, dict(coverage=(0.1, 0.6))):
        found = _diagnosed(signs(now=known | dict(breadth=np.nan), **columns), 0)
        assert "nan" not in found.evidence
        assert found.condition is not Condition.HEALTHY


def test_half_of_the_pairs_are_ranked_rightly_by_nobody_who_knows_nothing():
    import torch

    assert ranked(torch.zeros(9), torch.zeros(5)) == 0.5
    assert ranked(torch.ones(9), torch.zeros(5)) == 1
    assert ranked(torch.tensor([0.0, 2.0]), torch.tensor([1.0])) == 0.5


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


def test_a_run_from_a_file_is_read_as_well_with_its_data(tmp_path):
    run = train(TINY.with_(steps=200), POINTS)
    run.save(tmp_path / "run")
    assert str(diagnose(Run.load(tmp_path / "run", POINTS))) == str(diagnose(run))
    alone = diagnose(Run.load(tmp_path / "run"))  # by its record
    assert alone.signs.now.isna().all() and not alone.signs.end.isna().any()
    with pytest.raises(ValueError, match=r"this run has no data: run\.attach"):
        diagnose(Run.load(tmp_path / "run"), features=lambda x: x.flatten(1))


def test_a_short_run_is_not_enough_to_tell():
    found = diagnose(train(TINY.with_(steps=20), POINTS))
    assert found.condition is Condition.UNKNOWN
    assert "2 of the 10 rows" in found.evidence and "train for longer" in found.evidence
    assert diagnose(train(TINY, POINTS, callbacks=[stop_at(3)])).condition is Condition.UNKNOWN


def test_what_to_try_fits_the_run_and_is_ordered_by_the_evidence():
    collapsing = TINY.with_(
        generator=rescaled(TINY.generator, inputs=(1e-3, 0.0)), batch_size=50, steps=500
    )
    found = diagnose(train(collapsing, RING, seeds=range(2)))[0]
    assert found.condition is Condition.MODE_COLLAPSE
    assert all(trick.is_built and trick.changes(collapsing, RING) for trick in found.tricks)
    first = [one for one in found.advice if one.trick.level == "C"]
    then = [one for one in found.advice if one.trick.level != "C"]
    assert found.advice == (*first, *then) and then
    promises = [one.promise for one in then]
    assert promises == sorted(promises, reverse=True)
    order = [trick.number for trick in tricks]
    for promise in set(promises):  # equals in the order of the levels
        equals = [one.trick.number for one in then if one.promise == promise]
        assert equals == sorted(equals, key=order.index)
    assert str(found.advice[0]) in str(found) and "more in .advice" in str(found)
    page = found._repr_html_()
    assert "<b>Mode collapse.</b>" in page
    assert all(f"<li>{one}</li>".replace("'", "&#x27;") in page for one in found.advice)


def test_where_rates_are_brought_back_a_lower_one_is_not_spoken_of():
    """S.1 was measured from rates that were right: it hurt, and says nothing of these."""
    numbers = {}
    for rate in (20.0, 2e-3):
        adam = Adam(rate)
        run = Run.start(TINY.with_(d_optimizer=adam, g_optimizer=adam), POINTS)
        numbers[rate] = [one.trick.number for one in _advice(Condition.DIVERGED, run)]
    assert numbers[20.0][0] == "C.1" and "S.1" not in numbers[20.0]
    assert "C.1" not in numbers[2e-3] and "S.1" in numbers[2e-3]


def test_what_hurt_is_said_to_be_not_advised():
    hurt = Advice(tricks["2.1"], "in D", "ring", {"spiral": "hurts", "ring": "hurts"})
    helped = Advice(tricks["1.5"], "x", "ring", {"spiral": "helps", "ring": "undecided"})
    found = Diagnosis(Condition.MODE_COLLAPSE, "all alike", signs(), 0, (helped, hurt))
    assert "1.5 Adam for both networks, x: helped on 1 of 2 tasks (spiral)" in str(found)
    assert str(found).endswith("2.1 Dropout: hurt on 2 of 2 tasks (spiral, ring); not advised.")
    assert "the task most like this one, ring" in found._repr_html_()


CORRECTED = {
    "C.1": dict(d_optimizer=Adam(1e-6, betas=(0.5, 0.999))),
    "C.2": dict(g_steps=20),
    "C.3": dict(d_optimizer=Adam(2e-3, betas=(0.98, 0.999))),
    "C.4": dict(game=GAN(penalty=R1(1e4))),
    "C.5": dict(latent=None, generator=TINY.generator.with_(latent=1)),
    "C.6": dict(batch_size=8),
    "C.7": dict(steps=600),
}
PLAIN = TINY.with_(
    generator=TINY.generator.with_(hidden=(32,)),
    discriminator=TINY.discriminator.with_(hidden=(32,)),
    batch_size=64,
    steps=2_000,
)


def test_rates_are_brought_back_in_the_units_of_their_optimizer():
    wild = PLAIN.with_(d_optimizer=SGD(1e3), g_optimizer=Adam(5.0))
    tame = CORRECTIONS[0](wild, POINTS)
    assert (tame.d_optimizer.lr, tame.g_optimizer.lr) == (0.1, 2e-3)
    usual = PLAIN.with_(d_optimizer=SGD(0.1), g_optimizer=Adam(1e-3))
    assert not CORRECTIONS[0].changes(usual, POINTS), "fifty times as high, and not far apart"


@pytest.mark.parametrize("trick", CORRECTIONS, ids=lambda trick: trick.number)
def test_a_setting_out_of_the_ordinary_is_brought_back(trick):
    odd = PLAIN.with_(**CORRECTED[trick.number])
    assert trick.changes(odd, POINTS)
    once = trick(odd, POINTS)
    assert not any(one.changes(once, POINTS) for one in CORRECTIONS if one is not LONGER)
    assert not trick.changes(PLAIN, POINTS)


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
    improving = Diagnosis(
        Condition.STILL_IMPROVING, "it rises", signs(), 0, (Advice(LONGER, "", "", {}),)
    )
    assert (
        str(improving) == "Still improving. It rises. Try: C.0 Train for longer: twice the steps."
    )
    assert "Train for longer" in improving._repr_html_()


def test_the_healthy_are_not_sent_to_try_anything():
    found = Diagnosis(Condition.HEALTHY, "all is well", signs(), 0)
    assert str(found) == "Healthy. All is well."
    assert "Try" not in found._repr_html_()


def test_the_designs_example():
    """D on fakes above D on real: train D more often, 2 to 5. D wins early: train G more often."""
    fooled = signs(**BAD, d_real=0.4, d_fake=0.6)
    wins = signs(**BAD, d_real=0.97, d_fake=0.03)
    for found, condition, trick in (
        (fooled, Condition.GENERATOR_TOO_STRONG, "2.3"),
        (wins, Condition.DISCRIMINATOR_TOO_STRONG, "2.4"),
    ):
        assert _diagnosed(found, 0).condition is condition
        assert trick in {one.number for one in tricks.against(condition)}


def test_both_penalties_are_brought_back():
    heavy = FLAT.with_(game=GAN(penalty=R1(1e4) + R2(0.5) + GradientPenalty(5.0)))
    mended = corrections.penalty(heavy, RING)
    assert mended.game.penalty == R1(0.1) + R2(0.5) + GradientPenalty(5.0)
    assert corrections.penalty(mended, RING) == mended
