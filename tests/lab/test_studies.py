"""Studies: what they compare, and what is on record about them."""

import pandas as pd
import pytest
import torch

from gan_school.lab import STUDIES, compare, studies
from gan_school.lab.studies import on_record
from gan_school.metrics import matched_classes
from gan_school.places import shipped
from tests.helpers import POINTS, TINY

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("name", STUDIES)
def test_the_recipes_fit_and_can_be_compared(name):
    for data, named in STUDIES[name].parts():
        short = {key: recipe.with_(steps=1) for key, recipe in named.items()}
        assert len(named) == len(set(map(repr, named.values())))
        if len(set(map(repr, short.values()))) == len(short):  # some differ in their steps alone
            found = compare(short, data, range(2), metrics=["coverage"], keep=False, progress=False)
            assert found["value"].between(0, 1).all()


def test_other_labels_are_about_something_else():
    """Ten classes as even as the digits', and one is not the other."""
    digits, ink, lots = (data for data, _ in STUDIES["any_label"].parts())
    assert torch.equal(digits.x, ink.x) and torch.equal(digits.held_out.x, lots.held_out.x)
    for other in (ink, lots, ink.held_out, lots.held_out):
        counts = other.labels.bincount()
        assert len(counts) == 10 and counts.max() - counts.min() <= 1
    information = [matched_classes(other.labels, digits.labels)[0] for other in (ink, lots)]
    assert 0.02 < information[0] < 0.1 and information[1] < 0.02
    dark, light = (ink.x[ink.labels == k].mean() for k in (0, 9))
    assert light > dark + 0.2


@pytest.mark.parametrize("name", STUDIES)
def test_on_record_is_what_the_study_asks_today(name):
    study, found = STUDIES[name], on_record(name)
    names = [metric if isinstance(metric, str) else metric.name for metric in study.metrics]
    assert list(dict.fromkeys(found["recipe"])) == list(study.recipes())
    assert set(found["metric"]) == set(names)
    seeds = found.groupby(["recipe", "metric", "step"])["seed"].apply(sorted)
    assert all(seed == list(range(study.seeds)) for seed in seeds)
    judged = found.groupby("recipe")["step"].nunique()
    assert judged.eq(1 + len(study.at)).all()
    steps = found.groupby("recipe")["step"].max()
    assert steps.to_dict() == {name: recipe.steps for name, recipe in study.recipes().items()}
    effects = found.effects()
    assert set(effects["recipe"]) == set(list(study.recipes())[1:])


@pytest.mark.slow
def test_classes_are_compared_each_with_its_own():
    """Real digits, each called what it is, agree and cover; with the names moved by one, not."""
    ((real, _),) = STUDIES["labels"].parts()
    by_name = {
        metric.name: metric for metric in STUDIES["labels"].metrics if not isinstance(metric, str)
    }
    order = [(real.labels == k).nonzero().flatten()[:50] for k in range(10)]
    fake = real.x[[order[k][i] for i in range(50) for k in range(10)]]
    moved = fake.roll(1, 0)
    assert by_name["agreement"].measure(real, fake) > 0.97
    assert by_name["agreement"].measure(real, moved) < 0.05
    assert by_name["coverage_by_class"].measure(real, fake) > 0.5
    assert by_name["coverage_by_class"].measure(real, moved) < 0.1


def test_a_study_can_look_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    recipe = TINY.with_(steps=8)
    named = {"plain": recipe, "twice": recipe.with_(d_steps=2)}
    study = studies.Study(lambda: [(POINTS, named)], 2, ("coverage",), at=(0.25, 0.5))
    assert sorted(study.measure()["step"].unique()) == [2, 4, 8]


def test_there_and_back(tmp_path):
    found = on_record("labels")
    again = pd.read_csv(studies.save(found, "labels", tmp_path))
    pd.testing.assert_frame_equal(again, pd.read_csv(shipped("evidence") / "labels.csv"))
    with pytest.raises(KeyError, match=r"no study 'beauty'.*labels, any_label, stopping"):
        on_record("beauty")


def test_what_the_course_says_about_stopping():
    """At least 30 % fewer updates, and coverage within 0.02 of the full run's or better."""
    found = on_record("stopping")
    of = found[found["metric"] == "coverage"].groupby("recipe")[["value", "played"]].mean()
    full, early = of.loc["all steps"], of.loc["patience 4"]
    assert early["played"] <= 0.7 * full["played"]
    assert early["value"] >= full["value"] - 0.02


def test_what_the_course_says_about_labels():
    found = on_record("labels").set_index("metric")
    agreement = found.loc["agreement"].groupby("recipe")["value"].mean()
    assert agreement["AC-CGAN"] >= 0.95 and agreement["CGAN"] >= 0.95
    assert agreement["no labels"] < 0.2  # nobody has asked it for anything
