"""Early stopping: when, and with which weights."""

import pytest
import torch

from gan_school import compare, resume, train
from gan_school.metrics import Metric, density_coverage
from gan_school.training import EarlyStop, Run
from tests.helpers import POINTS, TINY, finite, press_ctrl_c_in_round, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")


def at_step(values: dict[int, float], **settings) -> Metric:
    """A metric that says what it was told to say, look after look."""
    said = iter(values.values())
    return Metric("scripted", lambda real, fake: next(said), **settings)


def early(metric, **settings):
    settings = {"every": 5, "patience": 2, "samples": 20} | settings
    return TINY.with_(steps=40, stop=EarlyStop(metric, **settings))


SCRIPT = {5: 0.1, 10: 0.5, 15: 0.3, 20: 0.4, 25: 0.9, 30: 0.9}


def test_it_stops_when_patience_runs_out_and_goes_back_to_the_best():
    run = train(early(at_step(SCRIPT)), POINTS)
    assert run.step == 20 and run.stopped == "stopped early at step 20"
    assert (run.watch.best.item(), run.watch.best_step.item()) == (0.5, 10)
    assert run.watch.stopped_at.item() == 20
    assert same(run, train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(10)]))


def test_lower_can_be_better():
    run = train(early(at_step(SCRIPT, higher_is_better=False)), POINTS)
    assert (run.watch.best_step.item(), run.step) == (5, 15)


def test_a_small_improvement_can_be_too_small():
    script = {5: 0.5, 10: 0.55, 15: 0.58, 20: 0.4, 25: 0.4}
    run = train(early(at_step(script), least=0.1), POINTS)
    assert (run.watch.best_step.item(), run.step) == (5, 15)
    run = train(early(at_step(script), least=0.01), POINTS)
    assert (run.watch.best_step.item(), run.step) == (15, 25)


def test_without_a_reason_to_stop_it_ends_with_the_best_all_the_same():
    script = dict.fromkeys(range(5, 45, 5), 0.1) | {35: 0.8}
    run = train(early(at_step(script), patience=10), POINTS)
    assert run.step == 40 and run.stopped is None
    assert run.watch.best_step.item() == 35
    assert same(run, train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(35)]))


def test_the_moving_average_goes_back_as_well():
    recipe = early(at_step(SCRIPT)).with_(average=0.9)
    run, plain = train(recipe, POINTS), recipe.with_(stop=None)
    assert same(run, train(plain, POINTS, callbacks=[stop_at(10)]))


def test_every_member_has_its_own_best():
    """Two members are looked at in turn: the first is best at 10, the second at 5."""
    script = dict(enumerate((0.1, 0.9, 0.5, 0.3, 0.3, 0.3, 0.4, 0.99, 0.2, 0.2, 0.2, 0.2)))
    run = train(early(at_step(script)), POINTS, seeds=[3, 4])
    assert run.watch.best_step.tolist() == [10, 5]
    assert run.watch.stopped_at.tolist() == [20, 15]  # what came after, 0.99, no longer counts
    assert run.step == 20
    plain = TINY.with_(steps=40)
    for place, (seed, step) in enumerate(((3, 10), (4, 5))):
        alone = train(plain, POINTS, seed=seed, callbacks=[stop_at(step)])
        assert torch.allclose(run.sample(20)[place], alone.sample(20), atol=1e-5)


def test_looking_changes_nothing_else():
    run = train(early("sliced_wasserstein", patience=100), POINTS, callbacks=[stop_at(23)])
    assert same(run, train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(23)]))


def test_what_was_seen_and_what_it_cost():
    run = train(early("coverage", patience=100), POINTS, seeds=[0, 1])
    looks = run.watch.looks
    assert list(looks.columns) == ["step", "seed", "coverage"]
    assert looks["step"].unique().tolist() == list(range(5, 45, 5)) and len(looks) == 16
    assert looks["coverage"].between(0, 1).all()
    best = looks.groupby("seed")["coverage"].max()
    assert torch.allclose(run.watch.best, torch.tensor(best.to_numpy()).float())
    assert run.watch.seconds > 0
    assert "0 of 2 stopped early" in str(run.watch) and "looking took" in str(run.watch)


def test_always_the_same_latent_vectors_and_real_samples_it_has_not_learned_from():
    asked = []

    def remember(real, fake):
        asked.append((real.x, fake))
        return 0.5

    recipe = early(Metric("remember", remember), patience=9).with_(steps=10)
    run = train(recipe, POINTS, callbacks=[])
    (first_real, _), (second_real, second_fake) = asked
    assert torch.equal(first_real, second_real)
    assert not torch.isin(first_real[:, 0], POINTS.x[:, 0]).any()
    assert second_fake.shape == (20, 2)
    live = train(TINY.with_(steps=10), POINTS)
    assert torch.equal(second_fake, live.sample(20, seed=2))
    assert not torch.equal(second_fake, live.sample(20))  # with which a run is judged afterwards
    assert run.watch.best_step.item() == 5


def test_a_member_that_diverges_later_gets_its_best_weights_back(monkeypatch):
    """What early stopping is for, says the source: to avoid late divergence."""
    script = {5: 0.1, 10: 0.9, 15: 0.2}

    def poison(snapshot):
        if snapshot.step == 12:
            with torch.no_grad():
                next(snapshot.run.generator.network.parameters()).fill_(float("nan"))

    with pytest.warns(UserWarning, match="diverged"):
        run = train(early(at_step(script)), POINTS, callbacks=[poison])
    assert finite(run) and not run.diverged.any()
    assert same(run, train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(10)]))


@pytest.mark.parametrize("seeds", [None, [3, 4]])
def test_what_has_stopped_early_is_over(seeds):
    recipe = early("coverage", patience=1)
    run = train(recipe, POINTS, seeds=seeds)
    assert run.stopped.startswith("stopped early")
    with pytest.raises(ValueError, match=r"stopped early at step .*more patience"):
        resume(run)


def test_ctrl_c_is_no_end(monkeypatch):
    """The run keeps its live weights, and goes on watching where it was."""
    whole = train(early("coverage", patience=3), POINTS)
    press_ctrl_c_in_round(13, monkeypatch)
    run = train(early("coverage", patience=3), POINTS)
    assert run.stopped == "interrupted at step 13"
    assert same(run, train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(13)]))
    resume(run)
    assert same(run, whole) and run.watch.looks.equals(whole.watch.looks)


def test_saved_and_loaded_it_goes_on_watching(tmp_path):
    whole = train(early("coverage", patience=3), POINTS)
    half = train(early("coverage", patience=3), POINTS, callbacks=[stop_at(13)])
    again = Run.load(half.save(tmp_path / "run"), POINTS)
    resume(again)
    assert same(again, whole)
    assert torch.equal(again.watch.best_step, whole.watch.best_step)


def test_a_member_taken_out_remembers_what_was_seen_of_it():
    run = train(early("coverage", patience=3), POINTS, seeds=[3, 4])
    member = run[1]
    assert member.watch.best.item() == run.watch.best[1].item()
    assert member.watch.best_step.item() == run.watch.best_step[1].item()
    assert torch.allclose(member.sample(5), run.sample(5)[1], atol=1e-5)


def test_in_a_comparison_the_last_row_is_about_the_best_weights():
    plain = TINY.with_(steps=40)
    stopping = plain.with_(stop=EarlyStop("coverage", every=5, patience=1, samples=1000))
    table = compare(
        {"plain": plain, "stopping": stopping}, POINTS, [3, 4], at=[5], keep=False, progress=False
    )
    run = train(stopping, POINTS, seeds=[3, 4])
    last = table[(table["recipe"] == "stopping") & (table["step"] == 40)]
    found = last[last["metric"] == "coverage"].set_index("seed")["value"]
    expected = [
        density_coverage(POINTS.fresh(1000), fake, k=5).coverage for fake in run.sample(1000)
    ]
    assert found.tolist() == pytest.approx(expected, abs=1e-6)
    first = table[(table["step"] == 5) & (table["metric"] == "coverage")]
    assert first.groupby("seed")["value"].nunique().eq(1).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patience": 0}, r"EarlyStop\(patience=0\).*1 or more"),
        ({"every": 0}, "every=0"),
        ({"samples": 1.5}, "whole number"),
        ({"least": -1}, "0 or more"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        EarlyStop(**settings)


def test_bad_metrics():
    with pytest.raises(ValueError, match="unknown metric 'beauty'"):
        train(early("beauty"), POINTS)
    with pytest.raises(ValueError, match=r"'nothing' is NaN for samples.*step 5") as caught:
        train(early(Metric("nothing", lambda real, fake: float("nan"))), POINTS)
    assert caught.value.run.step == 5  # and nothing is lost
    with pytest.raises(TypeError, match=r"stop=5\): expected an EarlyStop"):
        TINY.with_(stop=5)


def test_it_looks_at_the_end_as_well():
    """Else what the last steps have brought would be thrown away unseen."""
    run = train(early(at_step({30: 0.1, 40: 0.9}), every=30), POINTS)
    assert run.watch.looks["step"].tolist() == [30, 40] and run.watch.best_step == 40
    run = train(early(at_step({40: 0.5}), every=50), POINTS)
    assert run.watch.best_step == 40


def test_what_was_seen_can_be_read_without_the_data(tmp_path):
    run = train(early("coverage"), POINTS)
    again = Run.load(run.save(tmp_path))
    assert again.watch.looks.equals(run.watch.looks) and "coverage was best" in str(again.watch)
