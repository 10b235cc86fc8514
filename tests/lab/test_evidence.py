"""The evidence that comes with the course: complete, up to date, and found again."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_school import tricks
from gan_school.lab import TASKS, compare, evidence, selection, survey
from gan_school.lab.advice import verdicts_on_record
from gan_school.lab.inference import VERDICTS
from gan_school.lab.ledger import PLAIN
from gan_school.lab.other_causes import asked_again
from gan_school.lab.renewal import stale
from gan_school.lab.survey import at_equal_time, described, pairs_of
from gan_school.lab.terms import (
    BUDGETS,
    FIRST_OF_TUNING,
    MEMORY,
    OWN,
    RATE,
    SPREAD,
    STEPS,
    TIME,
    costs_the_same,
    power_of_cost,
    scale_rates,
)
from tools import evidence as tool

pytestmark = pytest.mark.filterwarnings("error")

CLOCKED = ["task", "trick", "variant"]
IMAGES = {name for name, task in TASKS.items() if len(task.data().shape) == 3}


@pytest.fixture(scope="module")
def ledger():
    return evidence()


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_what_was_measured_is_what_the_catalogue_says_today(ledger, task):
    """A trick, a task or a recipe that was changed since must be measured again."""
    own = [pair for pair in ledger.recipe_pairs() if pair.task == task.name]
    stored = [pair._replace(cost=0) for pair in own if pair.terms == STEPS]
    assert stored == [one._replace(cost=0) for one in pairs_of(task, (*tricks, *task.also))]
    assert ledger.recipes[task.name, PLAIN] == task.recipe
    assert ledger.tasks[task.name] == json.loads(json.dumps(described(task)))


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_pair_was_compared_on_all_three_terms(ledger, task):
    """At equal time where costs differ; with a tuned rate where the first verdict was sure."""
    own = [pair for pair in ledger.recipe_pairs() if pair.task == task.name]
    first = [pair for pair in own if pair.terms == STEPS]
    timed = [pair for pair in own if pair.terms == TIME]
    assert timed == list(at_equal_time(first))
    alone = ledger.effects(list({pair.trick for pair in first}), task.name, "long")
    sure = alone[alone["plain"] != "undecided"]
    tuned = {(pair.trick, pair.variant) for pair in own if pair.terms == RATE}
    at_best = replace(task, recipe=scale_rates(task.recipe, ledger.rate(task.name)))
    possible = {(pair.trick, pair.variant) for pair in pairs_of(at_best, (*tricks, *task.also))}
    assert tuned == possible & set(zip(sure["trick"], sure["variant"], strict=True))


@pytest.mark.parametrize("task", sorted(set(TASKS) - IMAGES))
def test_what_hurts_was_asked_again(ledger, task):
    """At its own rate, with the same first spread where that differs, and without D's memory."""
    own = [pair for pair in ledger.recipe_pairs() if pair.task == task]
    first = ledger.effects([*{pair.trick for pair in own}], task, "long")
    first = first[first["trick"].map(asked_again) & first["plain"].eq("hurts")]
    hurting = set(zip(first["trick"], first["variant"], strict=True))
    assert len(hurting) > 5
    assert {(pair.trick, pair.variant) for pair in own if pair.terms == OWN} == hurting
    for terms in (SPREAD, MEMORY):
        other = [(pair.trick, pair.variant) for pair in own if pair.terms == terms]
        assert len(other) == len(set(other)) and set(other) <= hurting
    assert len(other) >= len(hurting) - 2  # SGD has no memory
    again = {(trick, variant) for trick, variant, _ in ledger.causes(task).index}
    assert again == hurting


def test_costs_measured_again_are_those_on_record(ledger):
    """Within a power of 1.05, all but a few; of recipes that must cost the same, within 3 %."""
    again = pd.read_csv(tool.FOLDER / "clock.csv", dtype={"trick": str}).set_index(CLOCKED)
    stored = ledger.pairs[ledger.pairs["terms"] == STEPS].set_index(CLOCKED)
    assert list(again.index) == list(stored.index)
    pd.testing.assert_series_equal(again["cost"], stored["cost"])
    alike = again[again["alike"]]
    assert len(alike) > 20 and alike["cost"].dropna().eq(1).all()
    assert alike["again"].between(0.97, 1.03).all()
    known = again.dropna(subset="cost")
    moved = known["again"].map(power_of_cost) - known["cost"].map(power_of_cost)
    assert moved.abs().value_counts().reindex([2, 3]).to_list() == [1, 1] and moved.abs().max() == 3
    said = f"one of {len(known)} was three powers of 1.05 away, one two, and the others at most one"
    assert said in (tool.FOLDER / "README.md").read_text("utf-8")


def test_what_a_step_costs_one_gan_that_trains_alone():
    """Most costs are nearer to 1 for it, and the README says how many; on pictures all train so."""
    costs = survey.costs_on_record().dropna(subset="cost")
    pictures = costs.loc["digits"]
    assert (pictures["alone"] == pictures["again"]).all()
    dear = costs.drop(index="digits", level="task")
    dear = dear[~dear["cost"].map(costs_the_same)]
    nearer = np.log(dear["alone"]).abs() < np.log(dear["cost"]).abs()
    said = f"of {len(dear)} costs that are not about 1, {nearer.sum()} are nearer to 1 for it"
    assert said in " ".join((tool.FOLDER / "README.md").read_text("utf-8").split())
    assert nearer.mean() > 0.5


def test_dear_steps_came_out_too_cheap_in_the_stages_of_two_climbs():
    """`gan_school.lab.selection` says so, and by how much: what was selected is priced anew."""
    layer, before, now = "one more layer in both", [], []
    for kind in ("points", "points-longer", "points-onwards"):
        for pair in selection.on_record(kind).ledger.recipe_pairs():
            if layer in pair.variant and (pair.trick == "path" or kind == "points-longer"):
                now.append(pair.cost)
            elif pair.variant == layer and pair.trick.startswith("stage-"):
                before.append(pair.cost)
    assert (round(min(before), 2), round(max(before), 2)) == (1.30, 1.48)
    assert sum(cost < min(now) for cost in before) > len(before) / 2, "most came out too cheap"
    assert len(now) > 6 and all(1.43 < cost < 1.46 for cost in now)


def test_what_differs_in_numbers_alone_had_one_price_in_the_second_climb():
    """Such a pair had two once, and the one that came out cheaper had more steps."""
    climb = selection.on_record("points-longer")
    price = {}
    for pair in climb.ledger.recipe_pairs():
        if pair.trick.startswith("stage-"):
            known = price.setdefault(pair.task, [])
            alike = [cost for one, cost in known if survey.differ_in_numbers_alone(one, pair.with_)]
            assert not alike or alike[0] == pair.cost
            known.append((pair.with_, pair.cost))


def test_all_other_metrics_are_in_the_summary(ledger):
    also = ledger.summary("2.3").xs("5 times")["also"]
    for task, others in {"ring": ["precision", "modes"], "digits": ["precision"]}.items():
        assert [part.split()[0] for part in also[task].split("; ")] == others


def test_every_recipe_has_its_key(ledger):
    """So that `tools/evidence.py` knows what would be measured anew."""
    for record in ledger.records.values():
        assert re.fullmatch("[0-9a-f]{32}", record.key)
        assert record.measured_with.keys() == {"gan_school", "torch", "python"}
    assert len({record.key for record in ledger.records.values()}) == len(ledger.records)


@pytest.mark.parametrize("option", ["--list", "--accept", "--tricks=S.5"])
@pytest.mark.parametrize("what", ["labels", "plot"])
def test_an_option_that_would_be_ignored_is_refused(what, option, capsys):
    with pytest.raises(SystemExit):
        tool.main([what, option])
    assert "for points and images" in capsys.readouterr().err


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_seed_of_every_recipe_is_there_once(ledger, task):
    values = ledger.values[ledger.values["task"] == task.name]
    few, many = task.seeds
    assert few >= (8 if task.name in IMAGES else 16)
    decide = values[values["seed"] < FIRST_OF_TUNING]
    for _, seeds in decide.groupby(["recipe", "step"])["seed"]:
        assert sorted(seeds) in [[*range(few)], [*range(many)]]
    names = {name for of, name in ledger.recipes if of == task.name}
    assert set(values["recipe"]) == names
    for name in names:
        steps = set(values[values["recipe"] == name]["step"])
        last = ledger.recipes[task.name, name].steps
        assert steps == {round(last * task.short / task.recipe.steps), last}
    assert values[list(task.metrics)].notna().all(axis=None)


def test_what_would_be_measured_is_listed(ledger, monkeypatch):
    """What is not on record, and what was measured by other code, on whatever terms."""
    moved = ["2.3 2 times: with, tuned rate", "as it is"]
    monkeypatch.setattr("gan_school.lab.renewal.stale", lambda *_: moved)
    listed = list(tool.to_do(ledger, [TASKS["ring"]], None))
    assert listed == [f"ring: {name}, whose code has moved" for name in moved]
    assert list(tool.to_do(ledger, [TASKS["ring"]], ["1.4"])) == ["ring: 1.4 not uniform: with"]


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(set(TASKS) - IMAGES))
def test_the_code_of_today_has_measured_it(ledger, task):
    """Its key says so, for this version of PyTorch; whoever moves the code accepts or measures."""
    import torch

    if {one.measured_with["torch"] for one in ledger.records.values()} != {torch.__version__}:
        pytest.skip("measured with another version of PyTorch")
    assert stale(ledger, TASKS[task]) == []


@pytest.mark.slow
def test_every_trick_that_is_built_has_effects(ledger):
    for trick in tricks:
        if trick.variants:
            effects = ledger.effects(trick.number)
            assert set(effects["budget"]) == set(BUDGETS)
            assert set(VERDICTS) >= set(effects["verdict"])


@pytest.mark.slow
def test_a_row_is_found_again(ledger, tmp_path):
    """The strongest effect of the short budget on the ring, measured anew with other seeds.

    Rounding differs between machines, and training makes much of small differences: the same seed
    need not give the same values. So the new mean must lie where other seeds would put it: within
    four standard errors of the difference of two means, which chance exceeds once in 10,000.
    """
    effects = ledger.effects(task="ring", budget="short")
    effects = effects[effects["verdict"] == "helps"]
    row = effects.sort_values("gain", ascending=False).iloc[0]
    pair = ledger.pairs.query("task == 'ring' and trick == @row.trick and variant == @row.variant")
    names = pair.iloc[0][["without", "with_"]].tolist()
    task = TASKS["ring"]
    recipes = {name: ledger.recipes["ring", name].with_(steps=task.short) for name in names}
    table = compare(
        recipes, task.data(), range(100, 116), metrics=[row.metric], keep=tmp_path, progress=False
    )
    again = table.effects().iloc[0]
    assert again["verdict"] == row.verdict
    for name in names:
        new = table[table["recipe"] == name]["value"]
        old = ledger.values.query("task == 'ring' and recipe == @name and step == @task.short")
        old = old[row.metric]
        error = (new.var() / len(new) + old.var() / len(old)) ** 0.5
        assert abs(new.mean() - old.mean()) < 4 * error, name


@pytest.mark.slow
def test_the_table_of_verdicts_is_what_the_ledger_says(ledger):
    stored = verdicts_on_record()
    now = tool.every_effect(ledger).round(4)
    pd.testing.assert_frame_equal(stored[list(now)], now, check_dtype=False, atol=2e-4)
    assert list(tool.differences(stored, now)) == []


def test_a_verdict_that_has_changed_is_named_with_those_who_speak_of_the_trick():
    place = {"trick": "2.3", "variant": "2 times", "task": "ring", "budget": "long",
             "terms": "equal steps"}  # fmt: skip
    before = pd.DataFrame([{**place, "verdict": "helps"}])
    now = pd.DataFrame([{**place, "verdict": "hurts"}, {**place, "task": "x", "verdict": "helps"}])
    first, second, *mentions = tool.differences(before, now)
    assert first == "2.3 · 2 times · ring · long · equal steps: helps → hurts"
    assert second == "2.3 · 2 times · x · long · equal steps: not measured → helps"
    assert any("notebooks/source/06_level_2.py:" in line for line in mentions)
    assert not any("12.3" in line for line in mentions)


@pytest.mark.parametrize("text", ["data/evidence/README.md", "tools/evidence.py"])
def test_the_row_that_is_shown_as_an_example_is_there(ledger, text):
    examples = re.findall(r'evidence.py repeat (\w+) "(.+?)" (\d+)', (tool.ROOT / text).read_text())
    assert examples
    for task, recipe, seed in examples:
        assert not ledger.side(task, recipe, int(seed)).empty


@pytest.mark.slow
def test_one_row_is_repeated_by_a_command(capsys):
    tool.main(["repeat", "ring", "as it is", "3"])
    assert "measured now" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["repeat"], ["repeat", "ring"], ["changed"], ["points", "x"]]
)
def test_a_command_says_what_it_wants(arguments, capsys):
    with pytest.raises(SystemExit):
        tool.main(arguments)
    assert "repeat wants a task, a recipe and a seed" in capsys.readouterr().err


@pytest.mark.parametrize("row", [["x", "as it is", "3"], ["ring", "as it is", "one"]])
def test_a_row_that_cannot_be_is_refused_in_a_sentence(row):
    with pytest.raises(SystemExit, match="Which row"):
        tool.main(["repeat", *row])


def test_a_row_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match="nothing is on record about 'as it was', seed 3"):
        tool.main(["repeat", "ring", "as it was", "3"])
