"""Comparisons: what comes out, what is kept, and what is refused before anything is trained."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import joblib
import pandas as pd
import pytest
import torch
from joblib._parallel_backends import SequentialBackend
from torch import nn

from gan_school import datasets, train
from gan_school.games import GAN
from gan_school.lab import Metric, compare, comparing, result_cache
from gan_school.networks import mlp
from gan_school.training import Adam
from tests.helpers import POINTS, TINY

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[2]

RECIPES = {"as it is": TINY, "faster": TINY.with_(d_optimizer=Adam(0.1), g_optimizer=Adam(0.1))}


def quick(recipes=None, data=POINTS, seeds=range(3), **options):
    options = {"metrics": ["sliced_wasserstein"], **options}
    return compare(recipes or RECIPES, data, seeds, **options)


@pytest.fixture
def trainings(monkeypatch):
    """Which seeds were trained together, training by training."""
    calls = []

    def counted(recipe, data, seed=0, *, seeds=None, **options):
        calls.append([seed] if seeds is None else list(seeds))
        return train(recipe, data, seed, seeds=seeds, **options)

    monkeypatch.setattr("gan_school.lab.measuring.train", counted)
    return calls


# ---------------------------------------------------------------------------------- what comes out


def test_a_tidy_table():
    table = quick(at=[5], metrics=["coverage", "modes"])
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == [
        "recipe", "seed", "step", "metric", "value", "seconds", "diverged", "played"
    ]  # fmt: skip
    assert len(table) == 2 * 3 * 2 * 2
    assert not table.duplicated(["recipe", "seed", "step", "metric"]).any()
    assert list(table["recipe"].unique()) == list(RECIPES)
    assert set(table["step"]) == {5, 20}
    assert (table["seconds"] > 0).all()
    assert not table["diverged"].any()


def test_the_values_are_those_of_training_by_hand():
    table = quick(seeds=[4, 7])
    run = train(TINY, POINTS, seeds=[4, 7])
    real = POINTS.fresh(1000)
    from gan_school.metrics import sliced_wasserstein

    for k, seed in enumerate([4, 7]):
        row = table[(table["recipe"] == "as it is") & (table["seed"] == seed)].iloc[0]
        assert row["value"] == pytest.approx(sliced_wasserstein(real.x, run.sample(1000)[k]))


def test_judged_on_the_way_is_judged_after_a_shorter_training():
    early = quick(at=[8], keep=False).query("step == 8")
    short = quick({name: r.with_(steps=8) for name, r in RECIPES.items()}, keep=False)
    assert early["value"].to_numpy() == pytest.approx(short["value"].to_numpy(), rel=1e-4)


def test_a_metric_of_ones_own():
    mean = Metric("mean", lambda real, fake: float(fake.mean()), higher_is_better=False)
    table = quick(metrics=[mean])
    assert set(table["metric"]) == {"mean"}
    assert table.effects()["metric"].tolist() == ["mean"]


def test_metrics_that_suit_the_data():
    assert set(compare(RECIPES, POINTS, range(2))["metric"]) == {
        "coverage", "sliced_wasserstein", "modes", "quality"
    }  # fmt: skip
    plain = datasets.Dataset(POINTS.x, "points")
    assert set(compare(RECIPES, plain.hold_out(), range(2))["metric"]) == {
        "coverage", "sliced_wasserstein"
    }  # fmt: skip


def test_recipes_of_different_shapes_are_no_problem():
    other = TINY.with_(generator=mlp(5, 4, 4, 2), discriminator=mlp(2, 3, 1), batch_size=8)
    assert len(quick({"small": TINY, "other": other})) == 6


def test_networks_that_cannot_be_stacked_train_one_after_another(trainings):
    class Capricious(nn.Linear):
        """Looks at its numbers, which `vmap` does not allow."""

        def forward(self, x):
            return super().forward(x) if x.abs().max().item() >= 0 else x

    recipe = TINY.with_(discriminator=lambda: nn.Sequential(Capricious(2, 1)))
    table = quick({"as it is": TINY, "capricious": recipe})
    assert set(table["recipe"]) == {"as it is", "capricious"}
    assert trainings[-3:] == [[0], [1], [2]]


def test_images_train_one_after_another(trainings):
    data = datasets.digits(8)[:60]
    from gan_school.networks import dcgan_discriminator, dcgan_generator

    recipe = TINY.with_(
        generator=dcgan_generator(8, width=2),
        discriminator=dcgan_discriminator(8, width=2),
        steps=2,
    )
    quick({"a": recipe, "b": recipe.with_(g_steps=2)}, data)
    assert trainings == [[0], [1], [2]] * 2


def test_one_that_diverges_counts_as_the_worst():
    mad = TINY.with_(g_optimizer=Adam(1e30), d_optimizer=Adam(1e30), steps=40)
    table = compare({"as it is": TINY, "mad": mad}, POINTS, range(2), at=[10])
    lost = table[table["diverged"]]
    assert set(lost["recipe"]) == {"mad"}
    assert set(lost[lost["metric"] == "coverage"]["value"]) == {0.0}
    assert len(table[table["recipe"] == "mad"]) == 2 * 2 * 4
    effects = table.effects()
    assert effects[effects["recipe"] == "mad"]["diverged"].max() == 2


# ---------------------------------------------------------------------------------- what is kept


def test_nothing_runs_twice(trainings, tmp_path):
    first = quick(keep=tmp_path)
    again = quick(keep=tmp_path)
    assert len(trainings) == 2
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(again))


def test_more_seeds_cost_only_themselves(trainings, tmp_path):
    quick(keep=tmp_path, seeds=range(2))
    quick(keep=tmp_path, seeds=range(4))
    assert trainings == [[0, 1], [0, 1], [2, 3], [2, 3]]


def test_a_recipe_by_another_name_is_the_same(trainings, tmp_path):
    quick(keep=tmp_path)
    quick({"another name": TINY, "slower": TINY.with_(d_steps=2)}, keep=tmp_path)
    assert len(trainings) == 3


@pytest.mark.parametrize(
    "change",
    [
        dict(recipes={**RECIPES, "as it is": TINY.with_(average=0.9)}),
        dict(data=datasets.ring(n=100, seed=1)),
        dict(at=[3]),
        dict(metrics=["coverage"]),
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_decides_a_result_is_part_of_its_key(trainings, tmp_path, change):
    quick(keep=tmp_path)
    quick(**{"keep": tmp_path, **change})
    assert len(trainings) > 2


def test_other_code_is_another_result(trainings, tmp_path, monkeypatch):
    quick(keep=tmp_path)
    monkeypatch.setattr(result_cache, "digest_of_code", lambda *_: "another version")
    quick(keep=tmp_path)
    assert len(trainings) == 4


def test_a_metric_with_another_code_is_another_metric(trainings, tmp_path):
    for measure in (lambda real, fake: 1.0, lambda real, fake: 2.0):
        table = quick(keep=tmp_path, metrics=[Metric("own", measure)])
    assert len(trainings) == 4
    assert set(table["value"]) == {2.0}


@pytest.mark.parametrize(
    "text",
    ["[{", "[]", "{}", "null", "[5]", '[{"step": 20}]', "", '[{"step": 20, "metrics": {}}]'],
)
def test_a_damaged_file_is_measured_again(trainings, tmp_path, text):
    whole = quick(keep=tmp_path)
    for file in tmp_path.rglob("1.json"):
        file.write_text(text)
    again = quick(keep=tmp_path)
    assert trainings[2:] == [[1], [1]]
    assert again["value"].to_numpy() == pytest.approx(whole["value"].to_numpy(), rel=1e-4)


@pytest.mark.parametrize(
    ("damage", "value"),
    [("step", 19), ("metrics", {"other": 1.0}), ("metrics", {"sliced_wasserstein": "low"}),
     ("seconds", "long"), ("seconds", float("nan")), ("diverged", "no"), ("played", None)],
)  # fmt: skip
def test_a_row_that_says_something_else_is_measured_again(trainings, tmp_path, damage, value):
    quick(keep=tmp_path)
    for file in tmp_path.rglob("2.json"):
        rows = json.loads(file.read_text())
        file.write_text(json.dumps([{**row, damage: value} for row in rows]))
    quick(keep=tmp_path)
    assert trainings[2:] == [[2], [2]]


COMPARE = """
import sys
sys.path.insert(0, "tests")
from gan_school.lab import compare
from helpers import POINTS, TINY
first = int(sys.argv[2])
recipes = {"as it is": TINY, "more": TINY.with_(d_steps=2)}
compare(recipes, POINTS, range(first, first + 3), metrics=["coverage"], keep=sys.argv[1])
"""


def test_two_processes_can_keep_in_one_folder(tmp_path):
    workers = [
        subprocess.Popen([sys.executable, "-c", COMPARE, str(tmp_path), str(first)], cwd=ROOT)
        for first in range(2)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    kept = sorted(file.name for file in tmp_path.rglob("*") if file.is_file())
    assert kept == sorted(f"{seed}.json" for seed in range(4) for _ in range(2))


def test_a_network_defined_on_the_spot_is_not_kept(trainings, tmp_path):
    """Its name is its place in memory: tomorrow another network may have it."""
    own = TINY.with_(generator=lambda: nn.Linear(3, 2))
    for _ in range(2):
        quick({"as it is": TINY, "own": own}, keep=tmp_path)
    assert len(trainings) == 3


def test_interrupted_it_goes_on_where_it_stopped(trainings, tmp_path, monkeypatch):
    original = GAN.generator_loss

    def interrupted(game, real):
        if len(trainings) == 2:
            signal.raise_signal(signal.SIGINT)
        return original(game, real)

    monkeypatch.setattr(GAN, "generator_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        quick(keep=tmp_path)
    monkeypatch.setattr(GAN, "generator_loss", original)
    assert len(trainings) == 2
    quick(keep=tmp_path)
    assert len(trainings) == 3


def test_a_full_disk_costs_the_record_and_not_the_comparison(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    whole = quick(keep=tmp_path / "good")
    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(UserWarning, match=r"cannot be kept.*No space left"):
        table = quick(keep=tmp_path / "full")
    assert table["value"].tolist() == pytest.approx(whole["value"].tolist(), rel=1e-4)
    assert not [file for file in (tmp_path / "full").rglob("*") if file.is_file()]


def test_in_the_cache_without_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    quick()
    files = list((tmp_path / "comparisons").rglob("*.json"))
    assert len(files) == 6
    assert json.loads(files[0].read_text())[0]["step"] == 20
    quick(keep=False, seeds=range(4))
    assert len(list((tmp_path / "comparisons").rglob("*.json"))) == 6


# ------------------------------------------------------------------------------------ many workers


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_through_joblib(backend):
    alone = quick(keep=False)
    with joblib.parallel_config(backend, n_jobs=2):
        shared = quick(keep=False)
    assert shared["value"].to_numpy() == pytest.approx(alone["value"].to_numpy(), rel=1e-4)
    assert shared["recipe"].tolist() == alone["recipe"].tolist()


@pytest.mark.slow
def test_on_a_cluster_of_dask():
    """Two workers, as processes, that talk to each other on this machine alone."""
    from distributed import Client, LocalCluster

    alone = quick(keep=False)
    local = dict(host="127.0.0.1", dashboard_address=None)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, **local) as cluster,
        Client(cluster),
        joblib.parallel_config("dask"),
    ):
        shared = quick(keep=False)
    assert shared["value"].to_numpy() == pytest.approx(alone["value"].to_numpy(), rel=1e-4)


@pytest.mark.slow
def test_on_a_cluster_of_ray():
    """The same; in the weekly run, since Ray is large."""
    ray = pytest.importorskip("ray", reason="Ray is installed for the weekly run only")
    from ray.util.joblib import register_ray

    alone = quick(keep=False)
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    try:
        register_ray()
        with joblib.parallel_config("ray"):
            shared = quick(keep=False)
    finally:
        ray.shutdown()
    assert shared["value"].to_numpy() == pytest.approx(alone["value"].to_numpy(), rel=1e-4)


class OnlyLists(SequentialBackend):
    """A backend that gives nothing until all is done, as Ray's does."""

    supports_return_generator = False


def test_on_a_cluster_that_only_gives_lists_nothing_finished_is_lost(tmp_path, monkeypatch):
    """Interrupted in its second portion, it has kept the first, of two times one process."""
    joblib.register_parallel_backend("only lists", OnlyLists)
    three = {name: TINY.with_(steps=steps) for steps, name in enumerate("abc", 10)}
    done = []

    def counted(*arguments):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(arguments)
        return comparing_named(*arguments)

    comparing_named = comparing._named
    monkeypatch.setattr(comparing, "_named", counted)
    with joblib.parallel_config("only lists"), pytest.raises(KeyboardInterrupt):
        quick(three, keep=tmp_path)
    assert len(list(tmp_path.rglob("*.json"))) == 2 * 3


# ------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(recipes={}), ValueError, "two recipes or more, not 0"),
        (dict(recipes={"alone": TINY}), ValueError, "two recipes or more, not 1"),
        (dict(recipes=[("a", TINY), ("a", TINY)]), ValueError, "same name: a"),
        (dict(recipes={"a": TINY, "b": 5}), TypeError, "'b' is a int, not a Recipe"),
        (dict(seeds=[]), ValueError, "two seeds or more, not 0"),
        (dict(seeds=[1]), ValueError, "two seeds or more, not 1"),
        (dict(seeds=[1, 2, 1]), ValueError, "repeats itself"),
        (dict(seeds=16), TypeError, r"range\(16\)"),
        (dict(seeds=[-1, 2]), ValueError, "negative"),
        (dict(at=[0]), ValueError, "at="),
        (dict(at=5), TypeError, r"such as \[5\]"),
        (dict(recipes=None), TypeError, "recipes is a NoneType"),
        (dict(keep=None), TypeError, "keep is None"),
        (dict(keep=5), TypeError, "keep is 5"),
        (dict(keep=__file__), ValueError, "test_comparing.py is a file"),
        (dict(keep=f"{__file__}/below"), ValueError, "test_comparing.py is a file"),
        (dict(at=[21]), ValueError, r"at=\[21\]: the recipe plays 20 steps"),
        (dict(metrics=[]), ValueError, "metrics is empty"),
        (dict(metrics=["beauty"]), ValueError, "unknown metric 'beauty'"),
        (dict(metrics=["coverage", "coverage"]), ValueError, "same name"),
        (dict(data=datasets.spiral(100), metrics=["modes"]), ValueError, "no modes"),
        (dict(data=datasets.spiral(100)), ValueError, "shape"),
        (dict(data=POINTS.x[:10]), ValueError, "the batch holds 16"),
    ],
)
def test_refused_before_anything_is_trained(arguments, error, message, trainings):
    given = {"recipes": RECIPES, "data": POINTS, "seeds": range(3), **arguments}
    with pytest.raises(error, match=message):
        compare(**given)
    assert not trainings


def test_nothing_is_done_to_global_random_numbers():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    quick()
    assert torch.equal(torch.get_rng_state(), before)
