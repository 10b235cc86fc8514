"""Forward selection: it finds what helps, refuses what does not, and is found again."""

import json
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from gan_school import datasets, recipes, tricks
from gan_school.lab import selection
from gan_school.lab.changes import change
from gan_school.lab.ledger import Ledger
from gan_school.lab.selection import (
    IMAGES,
    LONGER,
    POINTS,
    SEARCHES,
    Climb,
    Search,
    Step,
    climb,
    climbing,
)
from gan_school.lab.survey import described
from gan_school.lab.tasks import Task
from gan_school.lab.terms import TIME
from gan_school.lab.trick import Trick, Variant
from gan_school.metrics import mode_report
from gan_school.networks import mlp
from gan_school.training import Adam, Recipe
from tests.helpers import TINY

pytestmark = pytest.mark.filterwarnings("error")

SLOW = TINY.with_(
    generator=mlp(3, 32, 2), discriminator=mlp(2, 32, 1), steps=250,
    d_optimizer=Adam(1e-5), g_optimizer=Adam(1e-5),
)  # fmt: skip
FAST = Adam(2e-3, betas=(0.5, 0.999))


def planted(number: str, title: str, **parts: object) -> Trick:
    return Trick(number, title, "", "nobody", variants=(Variant("as told", change(**parts)),))


GOOD = planted("G", "Learn at all", d_optimizer=FAST, g_optimizer=FAST)
BAD = planted("B", "Do not learn at all", g_optimizer=Adam(1e-9))
IDLE = planted("I", "Another average", average=0.01)


def small_task(name: str, kind: object, **settings: object) -> Task:
    return Task(name, partial(kind, **settings), SLOW, 125, (8, 16), ("coverage",))


def small_search(*choices: Trick, **settings: object) -> Search:
    tasks = (
        small_task("eight", datasets.ring, n=200, radius=1.0),
        small_task("six", datasets.ring, n=200, modes=6, radius=1.0),
    )
    unseen = (small_task("lattice", datasets.grid, n=200, side=2, spacing=1.0),)

    def rival(data: object) -> Recipe:
        return SLOW.with_(generator=mlp(3, 40, 2))

    return Search(tasks, unseen, rival, 250, choices or (BAD, GOOD, IDLE), **settings)


def one_price(one, other, data, seeds):
    """Every step costs the same, on every machine."""
    return 1.0


@pytest.fixture(autouse=True)
def costs(monkeypatch, tmp_path):
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", one_price)
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def climbed(tmp_path_factory):
    """A folder with a whole climb in it, measured with other seeds, too."""
    folder = tmp_path_factory.mktemp("climb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_school.lab.survey.relative_cost", one_price)
        patch.setenv("GAN_SCHOOL_CACHE", str(folder / "cache"))
        for _ in climb(small_search(), folder):
            pass
        selection.measure_unseen(small_search(), folder)
    return folder


def read(folder) -> Climb:
    return Climb(Ledger.load(folder), small_search())


def test_the_good_trick_enters_and_the_bad_one_does_not(climbed):
    found = read(climbed)
    assert found.path() == [Step("G", "as told")]
    stage = found.stage(1)
    assert list(stage.index) == [("B", "as told"), ("G", "as told"), ("I", "as told")]
    assert stage.loc[("G", "as told"), "verdict"] == "helps"
    assert found.entered(2) is None, "what is left helps nobody"
    assert found.has_ended()
    assert found.table()["alone"].tolist() == found.table()["company"].tolist()
    assert stage["gain"].to_numpy() == pytest.approx(stage[["eight", "six"]].mean(axis=1))


def test_the_same_again_gives_the_same(climbed, tmp_path):
    *_, again = climb(small_search(), tmp_path / "again")
    for k in (1, 2):
        pd.testing.assert_frame_equal(again.stage(k), read(climbed).stage(k))


def test_it_goes_on_where_it_stopped(climbed, tmp_path, monkeypatch):
    folder = tmp_path / "half"
    stages = climb(small_search(), folder)
    next(stages)
    stages.close()
    trained = []
    real = climbing.Survey._train
    monkeypatch.setattr(
        climbing.Survey, "_train",
        lambda self, some, seeds: (trained.extend(some), real(self, some, seeds)),
    )  # fmt: skip
    *_, whole = climb(small_search(), folder)
    assert whole.path() == read(climbed).path()
    first = set(read(climbed).ledger.pairs.query("trick.str.startswith('stage-1')")["with_"])
    assert len(trained) == 2 * 2, "of the second stage two steps on two tasks, and nothing else"
    assert len(first) == 3


def test_no_more_enter_than_may(tmp_path):
    *_, found = climb(small_search(most=1), tmp_path / "one")
    assert [len(found.path()), found.last()] == [1, 1]
    with pytest.raises(KeyError, match="no stage 2"):
        found.stage(2)


def test_steps_that_make_the_same_recipe_are_tried_once():
    twice = planted("G2", "The same in other words", d_optimizer=FAST, g_optimizer=FAST)
    done = planted("D", "What is so anyway", average=0.0)
    search = small_search(GOOD, twice, done, tricks["S.12"])
    assert search.possible([]) == [Step("G", "as told")]
    assert search.possible([Step("G", "as told")]) == []


def test_more_time_is_not_to_be_had(climbed, tmp_path, monkeypatch):
    """A step that costs twice as much gets about half of the steps."""
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", lambda *_: 2.0)
    bench = climbing._Bench(small_search(), tmp_path, None)
    task = small_search().tasks[0]
    dear = GOOD(task.recipe).with_(d_steps=2)
    timed, cost = bench.at_equal_time(task, dear)
    assert cost == 2 and timed.steps * 2 == pytest.approx(task.recipe.steps, rel=0.03)
    assert bench.at_equal_time(task, task.recipe) == (task.recipe, 1.0)
    assert bench.at_equal_time(task, GOOD(task.recipe))[1] == 1, "another rate costs nothing"
    longer, _ = bench.at_equal_time(task, dear, budget=1_000)
    assert longer.steps * 2 == pytest.approx(1_000, rel=0.03)


def test_a_cost_of_other_code_is_measured_again(climbed, monkeypatch):
    """A record of dear steps that came out too cheap must not price the next climb."""
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", lambda *_: 2.0)
    task = small_search().tasks[0]
    tried = IDLE(task.recipe)
    assert climbing._Bench(small_search(), climbed, None).at_equal_time(task, tried)[1] == 1
    monkeypatch.setattr("gan_school.lab.survey.key_of", lambda *_: "of another day")
    assert climbing._Bench(small_search(), climbed, None).at_equal_time(task, tried)[1] == 2


def test_what_is_measured_has_other_seeds_and_other_tasks(climbed):
    found = read(climbed)
    stairs = found.staircase()
    assert stairs["half"].tolist() == ["selecting", "measuring"] * 2
    assert stairs["name"].tolist() == ["the start"] * 2 + ["Learn at all: as told"] * 2
    assert (stairs["low"] <= stairs["mean"]).all() and (stairs["mean"] <= stairs["high"]).all()
    assert set(found.staircase("equal steps")["half"]) == {"measuring"}
    unseen = found.unseen()
    means = {"selecting tasks", "unseen tasks"}
    assert set(unseen["task"]) == {"eight", "six", "lattice"} | means
    best = unseen.query("recipe == @selection.BEST").set_index("task")
    assert best.loc["lattice", "gain"] == pytest.approx(best.loc["unseen tasks", "gain"])
    assert (unseen["seeds"] == 8).all()
    assert found.wins() and found.plot().axes


def test_what_it_gains_alone_and_in_company(climbed):
    table = read(climbed).interactions()
    assert table[["trick", "stage"]].to_numpy().tolist() == [["B", 2], ["I", 2]]
    assert table["difference"].to_numpy() == pytest.approx(
        (table["company"] - table["alone"]).to_numpy()
    )


def test_unequal_seeds_are_refused(climbed):
    ledger = Ledger.load(climbed)
    name = ledger.pairs.query("trick == 'stage-1 G'")["with_"].iloc[0]
    gone = (ledger.values["recipe"] == name) & (ledger.values["seed"] == 2)
    short = Ledger(ledger.values[~gone], ledger.pairs, ledger.records, ledger.tasks)
    with pytest.raises(
        ValueError, match=r"has the seeds \[0, 1, 3, 4, 5, 6, 7\].*0 to 7.*evidence.py best"
    ):
        Climb(short, small_search()).stage(1)


def test_searches_that_cannot_be():
    tasks = small_search().tasks
    with pytest.raises(ValueError, match="same name: eight, six, eight"):
        Search(tasks, tasks[:1], recipes.points, 10)
    other = Task("other", datasets.spiral, SLOW, 10, (2, 3), ("coverage",))
    with pytest.raises(ValueError, match="other seeds cannot be averaged"):
        Search(tasks, (other,), recipes.points, 10)
    with pytest.raises(
        KeyError,
        match=r"no search 'words'\. There are: points, points-longer, points-onwards, images",
    ):
        selection.on_record("words")


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_what_measures_is_kept_apart_from_what_selects(search):
    assert not set(search.selecting) & set(search.measuring)
    assert not {task.name for task in search.tasks} & {task.name for task in search.unseen}
    assert "4.7" not in {step.trick for step in search.possible([])}


def test_few_candidates_for_images():
    """They take long: the eight best of the ledger, and the plain settings that suit images."""
    assert len(IMAGES.candidates([])) == 8 + 4 + 1 + 1
    assert len(LONGER.candidates([])) == 12 + 4 + 1 + 2 + 1


def test_some_are_tried_at_every_stage_however_little_they_gained():
    search = small_search(always=(BAD,), keep=1)
    gains = {("G", "as told"): 0.5, ("I", "as told"): 0.1, ("B", "as told"): -0.9}
    alone = pd.DataFrame({"gain": gains})
    path = [Step("G", "as told")]
    assert search.candidates(path, alone) == [Step("B", "as told"), Step("I", "as told")]
    assert small_search(keep=1).candidates(path, alone) == [Step("I", "as told")]


def test_a_rival_without_steps_of_its_own_gets_the_time_of_the_climb(tmp_path, monkeypatch):
    """It costs twice as much a step, and so it plays half as many."""
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", lambda *_: 2.0)
    search = replace(small_search(GOOD, most=1), rival_steps=None)
    list(climb(search, tmp_path / "climb"))
    monkeypatch.setattr(climbing._Bench, "put", lambda self, pairs, seeds: put.extend(pairs))
    put: list = []
    selection.measure_unseen(search, tmp_path / "climb")
    rivals = [pair for pair in put if pair.trick == "rival"]
    assert {pair.variant for pair in rivals} == {"end of the path", "start", "start, tuned"}
    assert all(pair.without.steps == pytest.approx(125, rel=0.03) for pair in rivals)


def test_both_play_for_as_long_as_the_rival_comes_with(climbed, tmp_path, monkeypatch):
    search = replace(small_search(), rival_steps=100)
    monkeypatch.setattr(climbing._Bench, "put", lambda self, pairs, seeds: put.extend(pairs))
    put: list = []
    selection.measure_at_length(search, climbed)
    assert [pair.task for pair in put] == ["eight", "six", "lattice"]
    for pair in put:
        assert (pair.trick, pair.variant) == ("length", selection.BEST)
        assert pair.without.steps == pair.with_.steps == SLOW.steps != search.rival_steps
    with pytest.raises(KeyError, match=r"evidence\.py length"):
        read(climbed).at_length()


def test_the_unequal_mixture():
    data = selection.unequal_mixture()
    assert data.x.shape == (10_000, 4) and data.modes.shape == (5, 4)
    shares = data.labels.bincount() / len(data)
    assert shares.tolist() == pytest.approx([0.4, 0.25, 0.2, 0.1, 0.05], abs=0.02)
    assert mode_report(data.x, data.modes, data.sigma).modes_covered == 5
    fresh = data.fresh(500)
    assert len(fresh) == 500 and not (fresh.x[:, None] == data.x[:500]).all(-1).any()
    assert (selection.unequal_mixture(50).x == selection.unequal_mixture(50).x).all()


# ----------------------------------------------------------------------- what comes with the course


CLIMBS = ("points", "points-longer", "points-onwards")


@pytest.fixture(scope="module", params=CLIMBS)
def record(request):
    return selection.on_record(request.param)


def test_the_record_follows_the_rules_that_were_written_down(record):
    search, path = record.search, record.path()
    for k in range(1, record.last() + 1):
        wanted = search.candidates(path[: k - 1], record.stage(1) if k > 1 else None)
        tried = [Step(*place) for place in record.stage(k).index]
        if k > 1 or search.first is None:  # later, the ledger may know another first dozen
            assert [step for step in wanted if step in tried] == tried, "what was built since lacks"
        assert record.entered(k) == (path[k - 1] if k <= len(path) else None)
    tasks = {task.name: task for task in (*search.tasks, *search.unseen)}
    for name, about in record.ledger.tasks.items():
        assert about == json.loads(json.dumps(described(tasks[name])))


def test_every_recipe_on_record_had_the_same_time(record):
    steps = {task.name: task.recipe.steps for task in record.search.tasks}
    for pair in record.ledger.recipe_pairs():
        if pair.trick.startswith("stage-") and pair.terms == TIME:
            assert pair.with_.steps * pair.cost == pytest.approx(steps[pair.task], rel=0.026)


def test_all_that_meet_the_rival_have_the_same_time(record):
    times = {}
    for pair in record.ledger.recipe_pairs():
        if pair.trick == "rival":
            times.setdefault(pair.task, []).append(pair.with_.steps * pair.cost)
    assert set(times) == {task.name for task in (*record.search.tasks, *record.search.unseen)}
    assert all(max(some) < 1.055 * min(some) for some in times.values())


@pytest.mark.parametrize("task", [*POINTS.tasks, *POINTS.unseen], ids=lambda task: task.name)
def test_the_recommendation_is_what_the_record_says(task):
    """The end of the last climb that won, and else its rival."""
    data = task.data()
    won = [climb for climb in map(selection.on_record, CLIMBS) if climb.wins()]
    best = recipes.points(data)
    if won:
        search = won[-1].search
        start = next(one for one in (*search.tasks, *search.unseen) if one.name == task.name)
        best = search.applied(won[-1].path(), start)
    assert recipes.best(data).with_(steps=1) == best.with_(steps=1)
