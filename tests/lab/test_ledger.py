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
from gan_school.lab import TASKS, Ledger, Task
from gan_school.lab import ledger as ledger_module
from gan_school.lab.ledger_files import FORMAT
from gan_school.training import Adam
from tests.helpers import TINY

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[2]

SMALL = Task(
    "small ring", partial(datasets.ring, n=100),
    TINY.with_(d_optimizer=Adam(1e-3), g_optimizer=Adam(1e-3)), 10, 3,
    ("sliced_wasserstein", "coverage"),
)  # fmt: skip
CHOSEN = [tricks["1.3"], tricks["2.3"], tricks["S.5"], tricks["1.7"], tricks["S.12"]]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_SCHOOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield Ledger.measure([SMALL], CHOSEN)


def test_every_variant_that_can_be_measured_is(ledger):
    assert ledger.pairs[["trick", "variant"]].to_numpy().tolist() == [
        ["1.3", "not the saturating loss"],
        ["1.3", "the same, D trained 5 times"],
        ["2.3", "2 times"],
        ["2.3", "5 times"],
        ["2.3", "2 times, against a fast generator"],
        ["S.5", "0.9"],
        ["S.5", "0.99"],
    ]


def test_recipes_are_measured_once_however_many_need_them(ledger):
    names = [name for _, name in ledger.recipes]
    assert names.count("as it is") == 1
    # of 1.3 the baseline is one side, and the other variant's second side is that of 2.3, 5 times
    assert len(names) == 1 + (1 + 2) + (1 + 2) + 2
    assert len(set(map(repr, ledger.recipes.values()))) == len(names)
    assert len(ledger.values) == len(names) * 2 * 3  # two budgets, three seeds


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
    values = ledger.values[ledger.values["step"] == 20].pivot(
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
    with pytest.raises(KeyError, match=r"budget medium.*budgets: short, long"):
        ledger.effects("S.5", budget="medium")
    with pytest.raises(KeyError, match=r"trick 2\.4 was not measured on small ring"):
        ledger.between("small ring", "2.3", "2.4")


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
    exact = [again.effects().drop(columns="seconds"), ledger.effects().drop(columns="seconds")]
    pd.testing.assert_frame_equal(*exact, atol=1e-3)  # the file has four decimals


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
    return Ledger.measure([SMALL], [tricks[number] for number in numbers], known=known)


@pytest.fixture
def trainings(monkeypatch, tmp_path):
    """How often a recipe was trained. Nothing comes out of a cache."""
    calls = []

    def counted(recipe, data, *rest, **options):
        calls.append(recipe)
        return train(recipe, data, *rest, **options)

    monkeypatch.setattr("gan_school.lab.measuring.train", counted)
    monkeypatch.setattr("gan_school.lab.ledger.folder_of", lambda keep: None)
    return calls


def test_a_new_trick_changes_no_other_line(ledger, tmp_path, trainings):
    measured(["1.3", "S.5"]).save(tmp_path)
    before, done = files_of(tmp_path), len(trainings)
    new = measured(["2.4"], Ledger.load(tmp_path))
    new.save(tmp_path)
    after = files_of(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"2.4.csv", "2.4.json"}
    assert len(trainings) == done + 4 + 1  # its own sides, and the plain recipe to see the pace
    whole = Ledger.load(tmp_path)
    assert list(whole.pairs["trick"].unique()) == ["1.3", "2.4", "S.5"]
    for trick in ("1.3", "S.5"):  # and what it says is what it said
        pd.testing.assert_frame_equal(
            whole.effects(trick).drop(columns="seconds"),
            ledger.effects(trick).drop(columns="seconds"), atol=1e-3,
        )  # fmt: skip


def test_grown_or_measured_at_once_it_is_the_same(tmp_path):
    """Also where the new one comes first, and gives a recipe that others have its name."""
    measured(["2.3", "S.5"]).save(tmp_path / "grown")
    measured(["1.3"], Ledger.load(tmp_path / "grown")).save(tmp_path / "grown")
    measured(["1.3", "2.3", "S.5"]).save(tmp_path / "whole")
    grown, whole = (Ledger.load(tmp_path / name) for name in ("grown", "whole"))
    assert grown.recipes == whole.recipes
    pd.testing.assert_frame_equal(grown.pairs, whole.pairs)
    pd.testing.assert_frame_equal(
        grown.values.drop(columns="seconds"), whole.values.drop(columns="seconds"), atol=1e-3
    )


def test_what_has_the_key_of_today_is_not_measured_again(ledger, tmp_path, trainings, monkeypatch):
    ledger.save(tmp_path)
    known = Ledger.load(tmp_path)
    assert known.stale(SMALL) == []
    again = measured(["1.3", "2.3", "S.5"], known)
    assert not trainings
    pd.testing.assert_frame_equal(again.values, known.values)
    monkeypatch.setattr("gan_school.lab.ledger.result_key", lambda *_: "another")
    assert known.stale(SMALL) == [name for _, name in known.recipes]
    measured(["S.5"], known)
    assert len(trainings) == 3


def test_more_seeds_are_measured(ledger, tmp_path, trainings):
    ledger.save(tmp_path)
    more = Ledger.measure([replace(SMALL, seeds=4)], [tricks["S.5"]], known=Ledger.load(tmp_path))
    assert set(more.values["seed"]) == {0, 1, 2, 3}
    assert len(trainings) == 3


def test_keys_are_renewed_only_where_the_numbers_are_the_same(ledger, tmp_path, monkeypatch):
    ledger.save(tmp_path)
    before = files_of(tmp_path)
    Ledger.accept(tmp_path, [SMALL])
    assert files_of(tmp_path) == before
    monkeypatch.setattr("gan_school.lab.ledger.result_key", lambda *_: "another")
    Ledger.accept(tmp_path, [SMALL])
    moved = Ledger.load(tmp_path)
    assert {record.key for record in moved.records.values()} == {"another"}
    pd.testing.assert_frame_equal(moved.values, Ledger.load(tmp_path).values)
    other = replace(SMALL, recipe=SMALL.recipe.with_(d_optimizer=Adam(2e-3)))
    with pytest.raises(ValueError, match="other values than those on record"):
        Ledger.accept(tmp_path, [other])


def test_what_was_not_a_number_before_may_be_none_now(ledger, tmp_path, monkeypatch):
    def without_one(table):
        return table.assign(coverage=table["coverage"].where(table["seed"] > 0))

    replace(ledger, values=without_one(ledger.values)).save(tmp_path)
    monkeypatch.setattr(ledger_module, "result_key", lambda *_: "another")
    again = ledger_module._again
    monkeypatch.setattr(ledger_module, "_again", lambda *a: without_one(again(*a)))
    Ledger.accept(tmp_path, [SMALL])
    assert {record.key for record in Ledger.load(tmp_path).records.values()} == {"another"}


def test_values_that_were_measured_anew_in_the_meantime_keep_their_keys(
    ledger, tmp_path, monkeypatch
):
    ledger.save(tmp_path)
    again = ledger_module._again

    def while_another_saves(*args):
        found = again(*args)
        replace(ledger, values=ledger.values.assign(coverage=0.5)).save(tmp_path)
        return found

    monkeypatch.setattr(ledger_module, "_again", while_another_saves)
    with pytest.raises(ValueError, match="other values than those on record"):
        Ledger.accept(tmp_path, [SMALL])


def test_a_recipe_whose_code_has_not_moved_does_not_speak_for_others(ledger, tmp_path, monkeypatch):
    ledger.save(tmp_path)
    known = ledger_module.result_key

    def moved(plan, data):
        return known(plan, data) if plan.recipe == SMALL.recipe else "another"

    monkeypatch.setattr(ledger_module, "result_key", moved)
    before = files_of(tmp_path)
    with pytest.raises(ValueError, match=r"has not moved, only that of .*--tricks"):
        Ledger.accept(tmp_path, [SMALL])
    assert files_of(tmp_path) == before


def test_seconds_of_a_new_trick_are_those_of_the_old_machine(ledger, tmp_path):
    """On record the plain recipe took a hundred times as long as it takes here."""
    slow = replace(ledger, values=ledger.values.assign(seconds=100 * ledger.values["seconds"]))
    new = measured(["2.4"], slow)
    ratio = new.effects("2.4", budget="long")["seconds"]
    assert ratio.between(0.2, 20).all()


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
from gan_school.lab import Ledger, Task, tricks
folder = Path(sys.argv[1])
recipe = Ledger.load(folder / "source").recipes["small ring", "as it is"]
SMALL = Task("small ring", partial(datasets.ring, n=100), recipe, 10, 3,
             ("sliced_wasserstein", "coverage"))
known = Ledger.load(folder / "source")
Ledger.measure([SMALL], [tricks[sys.argv[2]]], known=known).save(folder / "ledger")
"""


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
        ("2.3.json", "[]"), ("2.3.json", "{"), ("2.3.json", '{"format": 2}'), ("2.3.csv", ""),
        ("2.3.csv", "task,recipe"), ("tasks.json", "[]"), ("2.3.json", None), ("2.3.csv", None),
        ("as_it_is.csv", "task,recipe,step,seed,seconds,diverged,played\n"),
        ("tasks.json", '{"format": 2, "tasks": []}'),
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
        f"{pair.trick}  {pair.variant}" for pair in ledger.pairs.itertuples()
    ]
    assert axes.get_title() == "small ring"
    assert axes.get_xlabel() == "gain in sliced Wasserstein"


def test_the_forest_of_both_budgets_tells_them_apart(ledger):
    figure = ledger.plot("S.5")
    (axes,) = figure.axes
    markers = [line.get_marker() for line in axes.lines if line.get_marker() in ("o", "^")]
    assert sorted(markers) == ["^", "^", "o", "o"]
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "helps", "hurts", "no difference seen", "short budget", "long budget",
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
        assert said.endswith(row.verdict)


def test_from_one_trick_to_another(ledger):
    found = ledger.between("small ring", "2.3", "S.5")
    values = ledger.values[ledger.values["step"] == 20].pivot(
        index="seed", columns="recipe", values="sliced_wasserstein"
    )
    expected = values["S.5 0.9: with"] - values["2.3 2 times: with"]
    assert found["difference"] == pytest.approx(expected.mean())
    assert found["low"] <= found["difference"] <= found["high"]


def test_a_task_can_have_tricks_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    monkeypatch.setattr("gan_school.lab.ledger.tricks", [tricks["2.3"], tricks["S.12"]])
    both = tricks["2.4"].after(tricks["2.3"])
    ledger = Ledger.measure([replace(SMALL, also=(both,))])
    assert set(ledger.pairs["trick"]) == {"2.3", "2.3 + 2.4"}
    pair = ledger.pairs[ledger.pairs["trick"] == "2.3 + 2.4"].iloc[0]
    assert ledger.recipes["small ring", pair["without"]] == SMALL.recipe.with_(d_steps=2)
    assert ledger.recipes["small ring", pair["with_"]] == SMALL.recipe.with_(d_steps=2, g_steps=2)


def test_combinations_are_a_grid(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    chosen = [tricks["2.3"], tricks["S.5"], tricks["S.5"].after(tricks["2.3"])]
    ledger = Ledger.measure([SMALL], chosen)
    grid = ledger.combinations("small ring")
    assert grid.index.tolist() == ["as it is", "2.3"]
    assert grid.columns.tolist() == ["alone", "and S.5"]
    means = (
        ledger.values[ledger.values["step"] == 20].groupby("recipe")["sliced_wasserstein"].mean()
    )
    assert grid.loc["as it is", "alone"] == pytest.approx(means["as it is"])
    assert grid.loc["2.3", "alone"] == pytest.approx(means["2.3 2 times: with"])
    assert grid.loc["as it is", "and S.5"] == pytest.approx(means["S.5 0.9: with"])
    assert grid.loc["2.3", "and S.5"] == pytest.approx(means["2.3 + S.5 0.9: with"])


# --------------------------------------------------------------------------------------- the tasks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_tasks_fit_their_data_and_have_enough_seeds(task):
    data = task.data()
    task.recipe.fit_to(data)
    assert task.seeds >= (16 if len(data.shape) == 1 else 5)
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
