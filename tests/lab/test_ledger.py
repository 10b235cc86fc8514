"""The ledger: what it measures, what it says, and the files that it is kept in."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from gan_school import datasets, train, tricks
from gan_school.lab import METRICS, TASKS, Ledger, Task, renewal, survey
from gan_school.lab.inference import unsettled
from gan_school.lab.ledger_files import FORMAT
from gan_school.lab.survey import relative_cost
from gan_school.lab.terms import FACTORS, FIRST_OF_TUNING, RATE, STEPS, TIME, Pair, scale_rates
from gan_school.lab.trick import Trick
from gan_school.networks import AsBuilt, rescaled
from gan_school.training import SGD, Adam, Run
from tests.helpers import TINY

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[2]

SMALL = Task(
    "small ring", partial(datasets.ring, n=100),
    TINY.with_(d_optimizer=Adam(1e-3), g_optimizer=Adam(1e-3)), 10, (3, 5),
    ("sliced_wasserstein", "coverage"),
)  # fmt: skip
METRIC = METRICS["sliced_wasserstein"]
NOT_BUILT = Trick("S.0", "Yet to come", "Nobody has said anything.", "Nobody")
CHOSEN = [tricks["1.3"], tricks["2.3"], tricks["S.5"], tricks["1.7"], NOT_BUILT]


def counted_cost(one, other, data, seeds):
    """Updates instead of seconds: the same on every machine."""
    return (other.d_steps + other.g_steps) / (one.d_steps + one.g_steps)


@pytest.fixture(autouse=True)
def costs(monkeypatch):
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", counted_cost)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_school.lab.survey.relative_cost", counted_cost)
        patch.setenv("GAN_SCHOOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield survey.measure([SMALL], CHOSEN)


def test_every_variant_that_can_be_measured_is(ledger):
    pairs = ledger.pairs[ledger.pairs["terms"] == STEPS]
    assert pairs[["trick", "variant"]].to_numpy().tolist() == [
        ["1.3", "not the saturating loss"],
        ["1.3", "the same, D trained 5 times"],
        ["2.3", "2 times"],
        ["2.3", "5 times"],
        ["2.3", "2 times, against a fast generator"],
        ["S.5", "0.9"],
        ["S.5", "0.99"],
    ]


def test_what_is_sure_can_be_measured_again_elsewhere(ledger, tmp_path):
    """At equal steps alone, and with the seeds that the rule asks for; what is known stays."""
    chosen = [("2.3", "5 times"), ("S.5", "0.9"), ("4.1", "the class of each picture")]
    found = survey.replicate(SMALL, chosen)
    pairs = found.pairs
    assert list(zip(pairs["trick"], pairs["variant"], strict=True)) == chosen[:2]
    assert set(pairs["terms"]) == {STEPS}
    known = ledger.entries()
    for place, (_, table) in found.entries().items():
        both = table.merge(known[place][1], on=["step", "seed"])
        assert len(both) == len(table) and both["coverage_x"].equals(both["coverage_y"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_school.lab.survey.results", None)  # nothing is trained
        assert survey.replicate(SMALL, chosen, known=found).pairs.equals(pairs)


def test_recipes_are_measured_once_however_many_need_them(ledger):
    names = [name for _, name in ledger.recipes]
    assert names.count("as it is") == 1
    assert len(set(map(repr, ledger.recipes.values()))) == len(names)
    pairs = ledger.pairs[ledger.pairs["terms"] == STEPS]
    # of 1.3 the baseline is one side, and the other variant's second side is that of 2.3, 5 times
    assert len({*pairs["without"], *pairs["with_"]}) == 1 + (1 + 2) + (1 + 2) + 2


def test_seeds_follow_the_rule(ledger):
    """Three at first, and five where these leave it open; in tuning three others."""
    counts = ledger.values.groupby(["recipe", "step"])["seed"].agg(list)
    for (name, _), seeds in counts.items():
        decide = [seed for seed in seeds if seed < FIRST_OF_TUNING]
        assert decide in ([0, 1, 2], [0, 1, 2, 3, 4], [])
        tuned = [seed for seed in seeds if seed >= FIRST_OF_TUNING]
        assert tuned == ([1000, 1001, 1002] if name.startswith("as it is") else [])
    for pair in ledger.pairs.itertuples():
        one, other = (ledger.at("small ring", name, "long") for name in (pair.without, pair.with_))
        one, other = (side[METRIC.name] for side in (one, other))
        if unsettled(one[one.index < 3], other[other.index < 3], METRIC):
            assert len(one) == len(other) == 5


def test_at_equal_time_the_cheaper_side_plays_for_longer(ledger):
    pairs = ledger.pairs[ledger.pairs["variant"] == "5 times"].set_index("terms")
    assert pairs.loc[STEPS, "cost"] == 3  # six updates a round against two
    assert pairs.loc[TIME, "with_"] == pairs.loc[STEPS, "with_"]
    longer = ledger.recipes["small ring", pairs.loc[TIME, "without"]]
    assert longer == SMALL.recipe.with_(steps=61)  # 20 × 1.05²³, the power next to 3
    effects = ledger.effects("2.3", terms=TIME).set_index(["variant", "budget"])
    values = ledger.values.query("recipe == '2.3 5 times: without, equal time'")
    assert sorted(values["step"].unique()) == [30, 61]  # and half of it for half the budget
    mean = values[values["step"] == 61][METRIC.name].mean()
    assert effects.loc[("5 times", "long"), "baseline"] == pytest.approx(mean)


def test_where_a_step_costs_the_same_the_first_answer_stands(ledger):
    assert set(ledger.pairs[ledger.pairs["trick"] == "S.5"]["terms"]) <= {STEPS, RATE}
    same, first = (ledger.effects("S.5", terms=terms) for terms in (TIME, STEPS))
    pd.testing.assert_series_equal(same["gain"], first["gain"])


def test_the_rate_is_tuned_with_seeds_of_its_own(ledger):
    means = {}
    for factor in FACTORS:
        name = "as it is" if factor == 1 else f"as it is, rate × {factor:g}"
        recipe = ledger.recipes["small ring", name]
        assert recipe.d_optimizer.lr == recipe.g_optimizer.lr == pytest.approx(1e-3 * factor)
        rows = ledger.side("small ring", name).query("seed >= 1000 and step == 20")
        means[factor] = rows[METRIC.name].mean()
    assert ledger.rate("small ring") == min(means, key=means.get)
    tuning = ledger.tuning("small ring")
    assert tuning["mean"].to_dict() == pytest.approx(means)
    assert tuning["change"].min() == 0 == tuning["change"][ledger.rate("small ring")]
    others = tuning.drop(index=ledger.rate("small ring"))
    assert ((others["low"] < others["change"]) & (others["change"] < others["high"])).all()
    for pair in ledger.recipe_pairs():
        if pair.terms == RATE and (pair.trick, pair.variant) == ("2.3", "2 times"):
            assert pair.without == scale_rates(SMALL.recipe, ledger.rate("small ring"))


def test_of_every_row_it_is_known_what_it_was(ledger):
    about = ledger.tasks["small ring"]
    assert about["seeds"] == [3, 5]
    unit = about["units"]["sliced_wasserstein"]
    assert unit == {"unit": "of the data", "higher is better": False, "margin": None,
                    "relative": 0.25, "diverged": 10.0}  # fmt: skip


def test_how_wide_an_untrained_generator_spreads_is_on_record(ledger):
    """Of networks that start alike it is the same, whatever is done with them then."""
    effects = ledger.effects("2.3", budget="long").set_index("variant")
    assert effects.loc["2 times", "spread_without"] == pytest.approx(
        effects.loc["2 times", "spread_with"], rel=1e-3
    )
    run = Run.start(SMALL.recipe, SMALL.data(), 0)
    wide = run.sample(1_000).var(0).mean().sqrt() / SMALL.data().x.var(0).mean().sqrt()
    row = ledger.side("small ring", "as it is", 0).iloc[0]
    assert row["first_spread"] == pytest.approx(float(wide))


def test_a_row_is_found_again_to_the_last_digit(ledger, tmp_path):
    ledger.save(tmp_path)
    old, new = renewal.repeated(Ledger.load(tmp_path), SMALL, "2.3 2 times: with", 1)
    assert old.to_numpy().tolist() == new.to_numpy().tolist()
    with pytest.raises(KeyError, match="nothing is on record about 'nobody'"):
        renewal.repeated(ledger, SMALL, "nobody", 1)


def test_what_a_step_costs_is_measured_in_turns():
    """Five updates of D and one of G take longer than one of either, and less than six times."""
    dear = SMALL.recipe.with_(d_steps=5)
    with_five = relative_cost(SMALL.recipe, dear, SMALL.data(), [0])
    assert 1.3 < with_five < 5
    assert relative_cost(dear, SMALL.recipe, SMALL.data(), [0, 1]) < 0.8


def test_a_step_is_priced_without_the_record(monkeypatch):
    """It costs all recipes the same, and makes dear ones look cheap; what is measured has none."""

    def written(*_):
        raise AssertionError("a row was written while a step was priced")

    monkeypatch.setattr("gan_school.training.observers.history.History._row", written)
    with pytest.raises(AssertionError, match="a row was written"):
        train(SMALL.recipe, SMALL.data(), progress=False)
    assert relative_cost(SMALL.recipe, SMALL.recipe, SMALL.data(), [0]) > 0


def test_another_rate_or_momentum_makes_a_step_no_dearer():
    adam = TINY.with_(d_optimizer=Adam(1e-3), g_optimizer=Adam(1e-3))
    quick = adam.with_(d_optimizer=Adam(2e-3, betas=(0.5, 0.999)))
    assert survey.differ_in_numbers_alone(adam, quick)
    assert not survey.differ_in_numbers_alone(adam, adam.with_(d_optimizer=SGD(0.1)))
    assert not survey.differ_in_numbers_alone(quick, adam.with_(d_steps=2))
    assert survey.differ_in_numbers_alone(adam, adam.with_(initialize=AsBuilt()))


def test_what_differs_in_numbers_alone_from_what_was_priced_has_its_price(monkeypatch):
    """A clock read twice would tell two prices; in a climb the cheaper would have more steps."""
    read = []
    monkeypatch.setattr(
        "gan_school.lab.survey.relative_cost", lambda *_: read.append(1) or 1.5 + len(read)
    )
    of, plain = survey.Survey(SMALL), SMALL.recipe
    dear = plain.with_(d_steps=2)
    calm = dear.with_(g_optimizer=replace(dear.g_optimizer, betas=(0.5, 0.9)))

    def cost(one, other):
        return of.cost(Pair("", "", "small ring", STEPS, one, other))

    assert cost(plain, dear) == cost(plain, dear) == cost(plain, calm) == 2.5
    assert cost(plain, plain.with_(d_steps=3)) == 3.5, "this is another price"
    assert cost(dear, plain) == 4.5, "and so is this"


def test_data_that_could_be_scaled_once_cost_nothing_at_a_step(monkeypatch):
    """The networks of 1.1 scale at every step; whoever scales the data once pays for a tanh."""
    asked = []

    def seen(one, other, data, seeds):
        asked.append((one, other))
        return 1.2

    monkeypatch.setattr("gan_school.lab.survey.relative_cost", seen)
    of = survey.Survey(SMALL)
    pairs = {pair.variant: pair for pair in survey.pairs_of(SMALL, [tricks["1.1"]])}
    assert of.cost(pairs["(−1, 1) and tanh"]) == 1.2
    tanh = SMALL.recipe.with_(generator=SMALL.recipe.generator.with_(output="tanh"))
    assert asked == [(SMALL.recipe, tanh)]
    in_inches = SMALL.recipe.with_(discriminator=rescaled(TINY.discriminator, inputs=(2.54, 0.0)))
    pair = Pair("1.1", "in inches", "small ring", STEPS, in_inches, SMALL.recipe)
    assert of.cost(pair) == 1.0


def test_pairs_name_the_right_recipes(ledger):
    pair = ledger.pairs[ledger.pairs["variant"] == "2 times"].iloc[0]
    assert pair["without"] == "as it is"
    assert ledger.recipes["small ring", pair["with_"]] == SMALL.recipe.with_(d_steps=2)
    pair = ledger.pairs[ledger.pairs["variant"] == "5 times"].iloc[0]
    assert ledger.recipes["small ring", pair["with_"]] == SMALL.recipe.with_(d_steps=5)
    pair = ledger.pairs[ledger.pairs["trick"] == "1.3"].iloc[0]
    assert pair["with_"] == "as it is"


def test_effects_are_worked_out_from_the_values(ledger):
    row = ledger.effects("2.3", "small ring", "long").set_index("variant").loc["2 times"]
    values = ledger.values.query("step == 20 and seed < @FIRST_OF_TUNING").pivot(
        index="seed", columns="recipe", values="sliced_wasserstein"
    )
    difference = (values["2.3 2 times: with"] - values["as it is"]).mean()
    assert row["difference"] == pytest.approx(difference)
    assert row["gain"] == pytest.approx(-difference)  # less is better
    assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    assert row["seeds"] == 3


def test_both_budgets(ledger):
    effects = ledger.effects("S.5")
    assert effects["budget"].tolist() == ["short", "long"] * 2
    assert ledger.effects(budget="short")["budget"].unique().tolist() == ["short"]


def test_what_was_not_measured(ledger):
    with pytest.raises(KeyError, match=r"nothing was measured about trick S\.12"):
        ledger.effects("S.12")
    with pytest.raises(KeyError, match=r"budget 'medium', but: short, long"):
        ledger.effects("S.5", budget="medium")
    with pytest.raises(KeyError, match=r"trick 2\.4 was not measured on small ring"):
        ledger.between("small ring", "2.3", "2.4")
    with pytest.raises(ValueError, match="a budget is short or long, and not 'SHORT'"):
        ledger.at("small ring", "as it is", "SHORT")
    with pytest.raises(KeyError, match="task 'small rign', but: small ring"):
        ledger.causes("small rign")


def test_verdicts_in_words(ledger):
    table, effects = ledger.verdicts("2.3", "short"), ledger.effects("2.3", budget="short")
    assert table.shape == (3, 1)
    for row in effects.itertuples():
        assert table.loc[row.variant, "small ring"] == row.verdict


def test_there_and_back_through_files(ledger, tmp_path):
    ledger.save(tmp_path)
    again = Ledger.load(tmp_path)
    assert again.records == ledger.records
    assert list(again.records) == list(ledger.records)
    assert again.tasks == ledger.tasks
    pd.testing.assert_frame_equal(again.pairs, ledger.pairs)
    exact = [measured_part(again.effects()), measured_part(ledger.effects())]
    pd.testing.assert_frame_equal(*exact, atol=1e-3)  # the file has four decimals


def measured_part(effects):
    """Without what differences of a ten-thousandth, or a larger family, can turn over."""
    return effects.drop(columns=["p", "p_equivalent", "plain", "verdict"])


def files_of(folder):
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_every_trick_has_its_own_files(ledger, tmp_path):
    ledger.save(tmp_path)
    stems = {name.rpartition(".")[0] for name in files_of(tmp_path)}
    assert stems == {"as_it_is", "1.3", "2.3", "S.5", "tasks"}
    rows = pd.read_csv(tmp_path / "2.3.csv")
    assert set(rows["recipe"].str.split().str[0]) == {"2.3"}
    assert rows["seed"].tolist() == [0, 1, 2] * (len(rows) // 3)


def measured(numbers, known=None):
    return survey.measure([SMALL], [tricks[number] for number in numbers], known=known)


@pytest.fixture
def trainings(monkeypatch, tmp_path):
    """How often a recipe was trained. Nothing comes out of a cache."""
    calls = []

    def counted(recipe, data, *rest, **options):
        calls.append(recipe)
        return train(recipe, data, *rest, **options)

    monkeypatch.setattr("gan_school.lab.measuring.train", counted)
    monkeypatch.setattr("gan_school.lab.survey.folder_of", lambda keep: None)
    return calls


def test_a_new_trick_changes_no_other_line(ledger, tmp_path, trainings):
    measured(["1.3", "S.5"]).save(tmp_path)
    before, done = files_of(tmp_path), len(trainings)
    new = measured(["2.4"], Ledger.load(tmp_path))
    new.save(tmp_path)
    after = files_of(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"2.4.csv", "2.4.json"}
    assert {recipe for recipe in trainings[done:]} <= set(new.recipes.values())
    whole = Ledger.load(tmp_path)
    assert list(whole.pairs["trick"].unique()) == ["1.3", "2.4", "S.5"]
    for trick in ("1.3", "S.5"):  # and what it says is what it said
        pd.testing.assert_frame_equal(
            measured_part(whole.effects(trick)), measured_part(ledger.effects(trick)), atol=1e-3,
        )  # fmt: skip


def test_grown_or_measured_at_once_it_is_the_same(tmp_path):
    """Also where the new one comes first, and gives a recipe that others have its name."""
    measured(["2.3", "S.5"]).save(tmp_path / "grown")
    measured(["1.3"], Ledger.load(tmp_path / "grown")).save(tmp_path / "grown")
    measured(["1.3", "2.3", "S.5"]).save(tmp_path / "whole")
    grown, whole = (Ledger.load(tmp_path / name) for name in ("grown", "whole"))
    assert grown.recipes == whole.recipes
    pd.testing.assert_frame_equal(grown.pairs, whole.pairs)
    pd.testing.assert_frame_equal(grown.values, whole.values, atol=1e-3)


def test_what_has_the_key_of_today_is_not_measured_again(ledger, tmp_path, trainings, monkeypatch):
    ledger.save(tmp_path)
    known = Ledger.load(tmp_path)
    assert renewal.stale(known, SMALL) == []
    again = measured(["1.3", "2.3", "S.5"], known)
    assert not trainings
    pd.testing.assert_frame_equal(again.values, known.values)
    monkeypatch.setattr("gan_school.lab.survey.result_key", lambda *_: "another")
    assert renewal.stale(known, SMALL) == [name for _, name in known.recipes]
    assert {pair.with_ for pair in measured(["S.5"], known).recipe_pairs()} <= set(trainings)


@pytest.mark.slow
def test_more_seeds_are_measured(ledger, tmp_path, trainings):
    ledger.save(tmp_path)
    more = survey.measure(
        [replace(SMALL, seeds=(4, 5))], [tricks["S.5"]], known=Ledger.load(tmp_path)
    )
    for name in set(more.pairs["without"]) | set(more.pairs["with_"]):
        assert {0, 1, 2, 3} <= set(more.side("small ring", name)["seed"])
    assert trainings


def test_keys_are_renewed_only_where_the_numbers_are_the_same(ledger, tmp_path, monkeypatch):
    ledger.save(tmp_path)
    before = files_of(tmp_path)
    renewal.accept(tmp_path, [SMALL])
    assert files_of(tmp_path) == before
    monkeypatch.setattr("gan_school.lab.survey.result_key", lambda *_: "another")
    renewal.accept(tmp_path, [SMALL])
    moved = Ledger.load(tmp_path)
    assert {record.key for record in moved.records.values()} == {"another"}
    pd.testing.assert_frame_equal(moved.values, Ledger.load(tmp_path).values)
    other = replace(SMALL, recipe=SMALL.recipe.with_(d_optimizer=Adam(2e-3)))
    with pytest.raises(ValueError, match="other values than those on record"):
        renewal.accept(tmp_path, [other])


def test_keys_are_renewed_where_only_the_seeds_that_measure_were_asked(tmp_path, monkeypatch):
    """As on the tasks of a climb that have selected nothing."""
    of, seeds = survey.Survey(SMALL, progress=False), range(*SMALL.seeds)
    of.need([SMALL.recipe], len(seeds), seeds.start)
    entries = {("small ring", SMALL.recipe): of.entries[SMALL.recipe]}
    plain, about = {"small ring": SMALL.recipe}, {"small ring": survey.described(SMALL)}
    pair = Pair("9.9", "itself", "small ring", STEPS, SMALL.recipe, SMALL.recipe, 1.0)
    Ledger.of([pair], entries, plain, about).write(tmp_path)
    monkeypatch.setattr("gan_school.lab.survey.result_key", lambda *_: "another")
    renewal.accept(tmp_path, [SMALL])
    assert {record.key for record in Ledger.load(tmp_path).records.values()} == {"another"}


def test_what_was_not_a_number_before_may_be_none_now(ledger, tmp_path, monkeypatch):
    def without_one(table):
        return table.assign(coverage=table["coverage"].where(table["seed"] > 0))

    replace(ledger, values=without_one(ledger.values)).save(tmp_path)
    monkeypatch.setattr(survey, "result_key", lambda *_: "another")
    again = renewal._again
    monkeypatch.setattr(renewal, "_again", lambda *a: without_one(again(*a)))
    renewal.accept(tmp_path, [SMALL])
    assert {record.key for record in Ledger.load(tmp_path).records.values()} == {"another"}


def test_values_that_were_measured_anew_in_the_meantime_keep_their_keys(
    ledger, tmp_path, monkeypatch
):
    ledger.save(tmp_path)
    again = renewal._again

    def while_another_saves(*args):
        found = again(*args)
        replace(ledger, values=ledger.values.assign(coverage=0.5)).save(tmp_path)
        return found

    monkeypatch.setattr(renewal, "_again", while_another_saves)
    with pytest.raises(ValueError, match="other values than those on record"):
        renewal.accept(tmp_path, [SMALL])


def test_a_recipe_whose_code_has_not_moved_does_not_speak_for_others(ledger, tmp_path, monkeypatch):
    ledger.save(tmp_path)
    known = survey.result_key

    def moved(plan, data):
        return known(plan, data) if plan.recipe == SMALL.recipe else "another"

    monkeypatch.setattr(survey, "result_key", moved)
    before = files_of(tmp_path)
    with pytest.raises(ValueError, match=r"has not moved, only that of .*--tricks"):
        renewal.accept(tmp_path, [SMALL])
    assert files_of(tmp_path) == before


def test_a_cost_is_measured_once(ledger, tmp_path, monkeypatch):
    ledger.save(tmp_path)
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", lambda *_: 99.0)
    again = measured(["2.3"], Ledger.load(tmp_path))
    assert again.pairs["cost"].dropna().max() < 4


@pytest.mark.slow
def test_what_others_have_added_in_the_meantime_stays(tmp_path):
    start = measured(["S.5"])
    start.save(tmp_path)
    one, other = (measured([number], start) for number in ("2.3", "2.4"))
    one.save(tmp_path)
    other.save(tmp_path)
    assert list(Ledger.load(tmp_path).pairs["trick"].unique()) == ["2.3", "2.4", "S.5"]


ADD = """
import sys
from functools import partial
from pathlib import Path
from gan_school import datasets
from gan_school.lab import Ledger, Task, survey, tricks
folder = Path(sys.argv[1])
recipe = Ledger.load(folder / "source").recipes["small ring", "as it is"]
SMALL = Task("small ring", partial(datasets.ring, n=100), recipe, 10, (3, 5),
             ("sliced_wasserstein", "coverage"))
known = Ledger.load(folder / "source")
survey.measure([SMALL], [tricks[sys.argv[2]]], known=known).save(folder / "ledger")
"""


@pytest.mark.slow
def test_many_processes_can_add_to_one_ledger(ledger, tmp_path):
    ledger.save(tmp_path / "source")
    workers = [
        subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path), number], cwd=ROOT)
        for number in ("1.3", "2.3", "S.5")
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0, 0]
    assert files_of(tmp_path / "ledger") == files_of(tmp_path / "source")


def test_several_tasks_are_one_ledger(ledger, tmp_path):
    ledger.save(tmp_path)
    other = replace(
        ledger,
        values=ledger.values.assign(task="other"),
        pairs=ledger.pairs.assign(task="other"),
        records={("other", name): record for (_, name), record in ledger.records.items()},
        tasks={"other": ledger.tasks["small ring"]},
    )
    other.save(tmp_path)
    both = Ledger.load(tmp_path)
    assert set(both.effects()["task"]) == {"small ring", "other"}


@pytest.mark.parametrize("name", ["2.3.json", "tasks.json"])
def test_a_ledger_of_another_version_says_what_to_do(ledger, tmp_path, name):
    ledger.save(tmp_path)
    place = tmp_path / name
    record = json.loads(place.read_text())
    place.write_text(json.dumps({**record, "format": FORMAT + 1}))
    with pytest.raises(ValueError, match=rf"format {FORMAT + 1}.*make evidence"):
        Ledger.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("2.3.json", "[]"), ("2.3.json", "{"), ("2.3.json", '{"format": 3}'), ("2.3.csv", ""),
        ("2.3.csv", "task,recipe"), ("tasks.json", "[]"), ("2.3.json", None), ("2.3.csv", None),
        ("as_it_is.csv", "task,recipe,step,seed,seconds,diverged,played,first_spread\n"),
        ("tasks.json", '{"format": 3, "tasks": []}'),
    ],
)  # fmt: skip
def test_a_damaged_ledger_is_refused_and_not_written_over(ledger, tmp_path, name, text):
    """Of half a ledger nobody should say what helps, nor write over the half that is left."""
    ledger.save(tmp_path)
    place = tmp_path / name
    if text is None:
        place.unlink()
    else:
        place.write_text(text)
    if name == "2.3.json" and text is None:  # 2.3 is gone; but 1.3 shares a recipe with it, so that
        assert "2.3" not in set(Ledger.load(tmp_path).pairs["trick"])  # it is whole without
        return
    left = files_of(tmp_path)
    with pytest.raises(ValueError, match=r"cannot be read|not whole"):
        Ledger.load(tmp_path)
    with pytest.raises(ValueError, match=r"cannot be read|not whole"):
        ledger.save(tmp_path)
    assert files_of(tmp_path) == left


def test_no_ledger(tmp_path):
    with pytest.raises(FileNotFoundError, match="make evidence"):
        Ledger.load(tmp_path)


def test_the_forest_has_a_line_for_each_variant_and_a_panel_for_each_task(ledger):
    figure = ledger.plot(budget="long")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"{pair.trick}  {pair.variant}"
        for pair in ledger.pairs.query("terms == @STEPS").itertuples()
    ]
    assert axes.get_title() == "small ring"
    assert axes.get_xlabel() == "gain in sliced Wasserstein"


def test_the_forest_of_both_budgets_tells_them_apart(ledger):
    figure = ledger.plot("S.5")
    (axes,) = figure.axes
    markers = [line.get_marker() for line in axes.lines if line.get_marker() in ("o", "^")]
    assert sorted(markers) == ["^", "^", "o", "o"]
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "helps", "hurts", "equivalent", "undecided", "short budget", "long budget",
    ]  # fmt: skip


def test_the_forest_can_have_titles(ledger):
    (axes,) = ledger.plot("S.5", budget="long", titles=True).axes
    first = axes.get_yticklabels()[0].get_text()
    assert first == "S.5 Moving average of the generator's weights,  0.9"


def test_the_summary_says_what_the_effects_say(ledger):
    summary, effects = ledger.summary("2.3"), ledger.effects("2.3")
    assert summary.index.names == ["variant", "task"]
    assert len(summary) == 3
    for row in effects.itertuples():
        said = summary.loc[(row.variant, "small ring"), f"gain, {row.budget}"]
        assert said.startswith(f"{row.gain:+.2f} (")
        alone = "" if row.plain == row.verdict else f", alone {row.plain}"
        assert said.endswith(f"{row.verdict}{alone}")


def test_what_the_other_metric_says_is_a_family_of_its_own(ledger):
    also = ledger.effects("2.3", "small ring", "long", metric="coverage")
    assert set(also["metric"]) == {"coverage"}
    values = ledger.values.query("step == 20 and seed < @FIRST_OF_TUNING").pivot(
        index="seed", columns="recipe", values="coverage"
    )
    row = also.set_index("variant").loc["2 times"]
    expected = (values["2.3 2 times: with"] - values["as it is"]).mean()
    assert row["gain"] == pytest.approx(expected)
    said = ledger.summary("2.3").loc[("2 times", "small ring"), "also"]
    assert said == f"coverage {row['gain']:+.2f} {row['verdict']}"
    with pytest.raises(KeyError, match="nothing was judged by 'beauty'"):
        ledger.effects("2.3", metric="beauty")


def test_from_one_trick_to_another(ledger):
    found = ledger.between("small ring", "2.3", "S.5")
    values = ledger.values.query("step == 20 and seed < @FIRST_OF_TUNING").pivot(
        index="seed", columns="recipe", values="sliced_wasserstein"
    )
    expected = values["S.5 0.9: with"] - values["2.3 2 times: with"]
    assert found["difference"] == pytest.approx(expected.mean())
    assert found["low"] <= found["difference"] <= found["high"]


@pytest.mark.slow
def test_a_task_can_have_tricks_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    monkeypatch.setattr("gan_school.lab.survey.tricks", [tricks["2.3"], tricks["S.12"]])
    both = tricks["2.4"].after(tricks["2.3"])
    ledger = survey.measure([replace(SMALL, also=(both,))])
    assert set(ledger.pairs["trick"]) == {"2.3", "2.3 + 2.4"}
    pair = ledger.pairs[ledger.pairs["trick"] == "2.3 + 2.4"].iloc[0]
    assert ledger.recipes["small ring", pair["without"]] == SMALL.recipe.with_(d_steps=2)
    assert ledger.recipes["small ring", pair["with_"]] == SMALL.recipe.with_(d_steps=2, g_steps=2)


@pytest.mark.slow
def test_combinations_are_a_grid(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    chosen = [tricks["2.3"], tricks["S.5"], tricks["S.5"].after(tricks["2.3"])]
    ledger = survey.measure([SMALL], chosen)
    grid = ledger.combinations("small ring")
    assert grid.index.tolist() == ["as it is", "2.3"]
    assert grid.columns.tolist() == ["alone", "and S.5"]
    values = ledger.values.query("step == 20 and seed < @FIRST_OF_TUNING")
    means = values.groupby("recipe")["sliced_wasserstein"].mean()
    assert grid.loc["as it is", "alone"] == pytest.approx(means["as it is"])
    assert grid.loc["2.3", "alone"] == pytest.approx(means["2.3 2 times: with"])
    assert grid.loc["as it is", "and S.5"] == pytest.approx(means["S.5 0.9: with"])
    assert grid.loc["2.3", "and S.5"] == pytest.approx(means["2.3 + S.5 0.9: with"])


# --------------------------------------------------------------------------------------- the tasks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_tasks_fit_their_data_and_have_enough_seeds(task):
    data = task.data()
    task.recipe.fit_to(data)
    few, many = task.seeds
    assert few >= (16 if len(data.shape) == 1 else 6)
    assert many == 2 * few
    assert 0 < task.short < task.recipe.steps / 2


def test_every_trick_that_is_built_can_be_measured_somewhere():
    for trick in tricks:
        if trick.variants:
            assert any(task.variants(trick) for task in TASKS.values()), trick.number


def test_no_pair_compares_a_recipe_with_itself():
    for task in TASKS.values():
        data = task.data()
        for trick in (*tricks, *task.also):
            for variant in task.variants(trick):
                without, with_ = trick.pair(task.recipe, data, variant.name)
                assert without != with_, (task.name, trick.number, variant.name)


@pytest.mark.parametrize("name", ["spiral", "ring"])
def test_level_2_is_tried_again_after_level_3(name):
    task = TASKS[name]
    numbers = [trick.number for trick in task.also if task.variants(trick)]
    assert numbers == [
        f"3.{drastic} + 2.{quick}" for drastic in range(1, 5) for quick in range(1, 5)
    ]


def test_small_digits_have_pictures():
    assert datasets.digits(16).shape == TASKS["digits"].data().shape


def test_all_about_one_trick_at_a_glance(ledger):
    (axes,) = ledger.at_a_glance("2.3").axes
    heads = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert heads[:3] == ["short run", "long run", "by coverage"], "the second metric comes after"
    assert heads[-1] == "cost of a step" and "equal time" in heads
    gains = ledger.effects("2.3", budget="long", terms=None)["gain"]
    largest = gains[gains.abs().idxmax()]
    shown = {text.get_text() for text in axes.texts}
    assert f"{largest:+.2f}".replace("-", "−") in shown
    (axes,) = ledger.at_a_glance("2.3", variants=["5 times"]).axes
    assert len(axes.get_yticklabels()) == 1
    with pytest.raises(KeyError, match="6 times"):
        ledger.at_a_glance("2.3", variants=["6 times"])
    with pytest.raises(KeyError, match="nothing was measured about trick 9"):
        ledger.at_a_glance("9")
