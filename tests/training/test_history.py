"""The record a run keeps of itself, against numbers worked out here."""

from itertools import pairwise

import pytest
import torch

from gan_school import Run, diagnose, resume, train
from gan_school.games import Gaussian
from gan_school.lab.conditions import Condition
from gan_school.networks import mlp
from gan_school.randomness import Randomness
from gan_school.training import SGD
from tests.helpers import POINTS, RICH, TINY, stop_at

pytestmark = pytest.mark.filterwarnings("error")

COLUMNS = [
    "d_loss", "g_loss", "d_real", "d_fake", "d_real_sd", "d_fake_sd",
    "d_gradient", "g_gradient", "spread", "coverage", "precision", "diversity", "offset", "motion",
]  # fmt: skip


def test_its_columns_and_steps():
    history = train(TINY.with_(steps=33), POINTS).history
    assert list(history.columns) == ["step", *COLUMNS]
    assert list(history.step) == [10, 20, 30, 33]  # the last round is always there


def test_a_long_run_has_about_two_hundred_rows():
    run = train(TINY.with_(steps=3000), POINTS, callbacks=[stop_at(61)])
    assert list(run.history.step) == [15, 30, 45, 60]


def test_a_population_has_the_rows_of_its_members():
    history = train(TINY, POINTS, seeds=[8, 3]).history
    assert list(history.columns) == ["seed", "step", *COLUMNS]
    assert list(history.seed) == [8, 8, 3, 3]
    assert list(history.step) == [10, 20, 10, 20]
    single = train(TINY, POINTS, seed=3).history
    of_three = history.query("seed == 3").drop(columns="seed").reset_index(drop=True)
    assert (of_three - single).abs().max(axis=None) < 1e-5


def test_losses_are_means_since_the_row_before():
    losses = []
    history = train(TINY, POINTS, callbacks=[lambda s: losses.append((s.d_loss, s.g_loss))]).history
    for row, part in enumerate((losses[:10], losses[10:])):
        d, g = (torch.stack(x).mean().item() for x in zip(*part, strict=True))
        assert history.d_loss[row] == pytest.approx(d, rel=1e-5)
        assert history.g_loss[row] == pytest.approx(g, rel=1e-5)


def test_opinions_and_spread_at_the_last_step():
    """Asked of the networks without dropout, on up to 250 samples, which here are all."""
    run = train(RICH.with_(average=0), POINTS)
    last = run.history.iloc[-1]
    z = Gaussian(3).sample(Randomness(0), len(POINTS))
    generator, discriminator = run.generator.network.eval(), run.discriminator.network.eval()
    with torch.no_grad():
        fake = generator(z)
        real_opinion, fake_opinion = (discriminator(x).sigmoid() for x in (POINTS.x, fake))
    assert last.d_real == pytest.approx(real_opinion.mean().item(), abs=1e-5)
    assert last.d_fake == pytest.approx(fake_opinion.mean().item(), abs=1e-5)
    assert last.d_real_sd == pytest.approx(real_opinion.std().item(), abs=1e-5)
    assert last.d_fake_sd == pytest.approx(fake_opinion.std().item(), abs=1e-5)
    total_variance = {name: x.var(0).sum() for name, x in (("real", POINTS.x), ("fake", fake))}
    spread = (total_variance["fake"] / total_variance["real"]).sqrt().item()
    assert last.spread == pytest.approx(spread, rel=1e-4)


def test_gradients_are_as_long_as_the_step_they_cause():
    """Plain gradient descent with a learning rate of 1 moves the weights by the gradient."""
    before = {}

    def note(snapshot) -> None:
        if snapshot.step == 9:
            before.update(
                d=[x.clone() for x in snapshot.run.discriminator.network.parameters()],
                g=[x.clone() for x in snapshot.run.generator.network.parameters()],
            )

    recipe = TINY.with_(steps=10, d_optimizer=SGD(1.0), g_optimizer=SGD(1.0))
    run = train(recipe, POINTS, callbacks=[note])
    row = run.history.iloc[-1]
    for name, player in (("d", run.discriminator), ("g", run.generator)):
        moved = [
            new - old for new, old in zip(player.network.parameters(), before[name], strict=True)
        ]
        length = torch.cat([x.flatten() for x in moved]).norm().item()
        assert row[f"{name}_gradient"] == pytest.approx(length, rel=1e-4)


def test_asking_leaves_the_networks_in_training_mode():
    modes = []
    train(RICH, POINTS, callbacks=[lambda s: modes.append(s.run.generator.network.training)])
    assert all(modes)


def test_more_data_than_it_asks_about():
    """Evenly spread over the data, first and last row included."""
    x = torch.arange(2000.0).view(1000, 2)
    run = train(TINY.with_(steps=1), x)
    asked = run.recorder.real
    assert asked.shape == (250, 2)
    assert torch.equal(asked[0], x[0])
    assert torch.equal(asked[-1], x[-1])
    gaps = asked[:, 0].diff()
    assert 6 <= gaps.min() <= gaps.max() <= 10


def test_a_generator_that_has_collapsed_shows_in_the_spread():
    recipe = TINY.with_(generator=mlp(3, 8, 2), initialize=lambda net: None, steps=10)
    run = train(recipe, POINTS)
    with torch.no_grad():
        for x in run.generator.network.parameters():
            x.zero_()
    snapshot = type(
        "Snapshot", (), dict(step=10, d_loss=torch.tensor(0.0), g_loss=torch.tensor(0.0), run=run)
    )
    run.recorder(snapshot)
    assert run.history.iloc[0].spread > 0.05
    assert run.history.iloc[-1].spread == 0


def geometry(run):
    """Real points and samples of the record's last row, as it saw them."""
    z = run.latent.sample(Randomness(0), len(run.recorder.real))
    with torch.no_grad():
        return run.recorder.real.flatten(1), run.game.generate(z).flatten(1)


def test_coverage_precision_and_diversity_against_loops():
    run = train(TINY.with_(steps=400), POINTS)
    real, fake = geometry(run)
    radius = [sorted((x - real).norm(dim=1).tolist())[5] for x in real]
    near = [[(x - y).norm().item() <= r for y in fake] for x, r in zip(real, radius, strict=True)]
    last = run.history.iloc[-1]
    assert last.coverage == pytest.approx(sum(any(row) for row in near) / len(real))
    assert last.precision == pytest.approx(
        sum(any(row[k] for row in near) for k in range(len(fake))) / len(fake)
    )

    def gap(points):
        return torch.tensor([sorted((x - points).norm(dim=1).tolist())[1] for x in points]).median()

    assert last.diversity == pytest.approx((gap(fake) / gap(real)).item(), rel=1e-3)
    assert 0 < last.coverage < 1 and 0 < last.precision < 1


def test_offset_and_motion():
    seen = []
    run = train(
        TINY.with_(steps=30), POINTS,
        callbacks=[lambda s: seen.append(geometry(s.run)[1]) if s.step % 10 == 0 else None],
    )  # fmt: skip
    real = run.recorder.real
    spread = real.var(0).sum().sqrt()
    offset = (seen[-1].mean(0) - real.mean(0)).norm() / spread
    assert run.history.offset.iloc[-1] == pytest.approx(offset.item(), rel=1e-4)
    moved = [(b - a).norm(dim=1).mean() / spread for a, b in pairwise(seen)]
    assert run.history.motion[1:].tolist() == pytest.approx([x.item() for x in moved], rel=1e-4)
    assert run.history.motion.isna().tolist() == [True, False, False]


def test_the_record_goes_on_after_a_break_as_if_there_had_been_none(tmp_path):
    whole = train(TINY.with_(steps=40), POINTS).history
    half = train(TINY.with_(steps=40), POINTS, callbacks=[stop_at(15)])
    half.save(tmp_path / "run")
    again = resume(Run.load(tmp_path / "run", POINTS)).history
    assert again.equals(whole)


def test_a_run_without_a_record_has_none_after_a_break(tmp_path):
    half = train(TINY, POINTS, callbacks=[stop_at(5)], record=False)
    again = resume(Run.load(half.save(tmp_path), POINTS))
    assert again.history.empty


def test_a_member_takes_its_record_along():
    members = train(TINY, POINTS, seeds=[3, 8])
    alone = members[1].history
    together = members.history.query("seed == 8").drop(columns="seed").reset_index(drop=True)
    assert alone.equals(together)


def test_pictures_have_a_geometry_too():
    from gan_school import datasets
    from gan_school.networks import mlp_discriminator, mlp_generator

    recipe = TINY.with_(generator=mlp_generator(8, latent=3), discriminator=mlp_discriminator(8))
    history = train(recipe, datasets.digits(8)[:60]).history
    assert history.drop(columns="motion").notna().all(axis=None)
    assert history.coverage.between(0, 1).all()


def test_leaves_no_record_if_asked_not_to_and_changes_nothing_else():
    recipe = TINY.with_(steps=30)
    with_record, without = (
        train(recipe, POINTS, seeds=[0, 1], record=record) for record in (True, False)
    )
    assert len(with_record.history) == 2 * 3 and without.history.empty
    assert torch.equal(with_record.sample(5), without.sample(5))
    assert {one.condition for one in diagnose(without)} == {Condition.UNKNOWN}
    assert list(without.history.columns) == ["seed", "step", *COLUMNS]
    without.plot()


@pytest.mark.parametrize("kind", ["whole numbers", "categories"])
def test_data_that_repeats_itself_is_no_divergence(kind):
    """Of most rows there is another like it: the nearest other is no distance away."""
    generator = torch.Generator().manual_seed(0)
    chosen = torch.randint(0, 4, (300, 2), generator=generator)
    one_hot = torch.nn.functional.one_hot(chosen, 4).flatten(1)
    x = (chosen if kind == "whole numbers" else one_hot).float() / 2 - 1
    width = x.shape[1]
    recipe = TINY.with_(generator=mlp(3, 8, width), discriminator=mlp(width, 8, 1), steps=200)
    run = train(recipe, x)
    assert torch.isfinite(torch.tensor(run.history.drop(columns="motion").to_numpy())).all()
    assert (run.history["diversity"] == 1).all()
    assert diagnose(run).condition is not Condition.DIVERGED
    # near is what rounding would make the same
    real, history = run.recorder.real, run.recorder
    fakes = real + 0.2 * (history.radius[:, None] / width**0.5) * torch.randn(real.shape)
    _, coverage, precision, *_ = history._geometry(fakes)
    assert coverage == precision == 1
