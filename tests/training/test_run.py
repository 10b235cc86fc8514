"""What a run can be asked: samples, opinions, judgements, members, its record."""

import itertools
import time

import pandas as pd
import pytest
import torch
from torch import nn

from gan_school import Run, datasets, networks, train
from gan_school.games import Gaussian
from gan_school.metrics import density_coverage, sliced_wasserstein, two_sample_test
from gan_school.networks import mlp
from gan_school.randomness import Randomness
from tests.helpers import POINTS, RICH, TINY, numbers, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def single() -> Run:
    return train(RICH, POINTS, seed=4)


@pytest.fixture(scope="module")
def population() -> Run:
    return train(RICH, POINTS, seeds=[4, 1, 9])


# ------------------------------------------------------------------------------------------ samples


def test_samples_have_the_shape_of_the_data(single, population):
    assert single.sample(7).shape == (7, 2)
    assert population.sample(7).shape == (3, 7, 2)
    assert single.sample(7).dtype == torch.float32
    assert not single.sample(7).requires_grad


def test_samples_are_repeatable_and_another_seed_gives_others(single):
    assert torch.equal(single.sample(7), single.sample(7))
    assert not torch.equal(single.sample(7, seed=0), single.sample(7, seed=1))


def test_samples_come_from_the_average_with_dropout_switched_off(single):
    z = Gaussian(3).sample(Randomness(2), 7)
    for network, average in (
        (single.generator.average.network, True),
        (single.generator.network, False),
    ):
        with torch.no_grad():
            expected = network.eval()(z)
        network.train()
        assert torch.equal(single.sample(7, seed=2, average=average), expected)
    assert not torch.equal(single.sample(7), single.sample(7, average=False))


def test_all_members_are_given_the_same_latent_vectors(population):
    samples = population.sample(7, seed=3)
    for place, member in enumerate(population):
        assert torch.allclose(samples[place], member.sample(7, seed=3), atol=1e-6)
    assert not torch.allclose(samples[0], samples[1], atol=1e-2)


def test_looking_does_not_change_what_is_trained(single):
    def look(snapshot) -> None:
        snapshot.run.sample(5)
        snapshot.run.probability_real(POINTS.x[:5])
        snapshot.run.history  # noqa: B018
        if snapshot.step == 5:
            snapshot.run.evaluate(n=20)
            snapshot.run.plot()

    assert same(single, train(RICH, POINTS, seed=4, callbacks=[look]))


# ---------------------------------------------------------------------------------- D's probability


def test_the_probability_of_real_is_the_sigmoid_of_the_logit(single, population):
    x = POINTS.x[:6]
    network = single.discriminator.network.eval()
    with torch.no_grad():
        expected = 1 / (1 + torch.exp(-network(x).squeeze(1)))
    network.train()
    assert torch.allclose(single.probability_real(x), expected, atol=1e-6)
    answers = population.probability_real(x)
    assert answers.shape == (3, 6)
    for place, member in enumerate(population):
        assert torch.allclose(answers[place], member.probability_real(x), atol=1e-6)


def test_probabilities_are_between_0_and_1_even_far_away(single):
    p = single.probability_real(POINTS.x * 1e6)
    assert ((p >= 0) & (p <= 1)).all()


def test_members_can_be_asked_about_samples_of_their_own(population):
    samples = population.sample(6)
    answers = population.probability_real(samples)
    assert answers.shape == (3, 6)
    for place, member in enumerate(population):
        assert torch.allclose(answers[place], member.probability_real(samples[place]), atol=1e-6)


def test_arrays_and_64_bit_numbers_will_do(single):
    x = POINTS.x[:6]
    assert torch.equal(single.probability_real(x.double().numpy()), single.probability_real(x))


# ---------------------------------------------------------------------------------------- judgement

COLUMNS = ["coverage", "sliced_wasserstein", "two_sample"]


def test_evaluate_has_one_row_per_seed(single, population):
    assert list(single.evaluate(n=50).index) == [4]
    table = population.evaluate(n=50)
    assert list(table.index) == [4, 1, 9]
    assert table.index.name == "seed"
    assert list(table.columns) == COLUMNS
    assert table.coverage.between(0, 1).all()
    assert table.two_sample.between(0, 1).all()
    assert (table.sliced_wasserstein > 0).all()
    assert table.sliced_wasserstein.nunique() == 3


def test_evaluate_compares_with_fresh_samples_of_the_data(single):
    real, fake = POINTS.fresh(80).x, single.sample(80)
    row = single.evaluate(n=80).loc[4]
    assert row.coverage == density_coverage(real, fake, k=5).coverage
    assert row.sliced_wasserstein == sliced_wasserstein(real, fake)
    assert row.two_sample == two_sample_test(real, fake, seed=0)


def test_evaluate_against_samples_one_gives(single):
    held_back = POINTS.fresh(60, seed=3).x
    row = single.evaluate(held_back, n=90, seed=5).loc[4]
    assert row.sliced_wasserstein == sliced_wasserstein(held_back, single.sample(90, seed=5))


def test_a_population_is_judged_as_its_members_are(population):
    table = population.evaluate(n=60)
    for member in population:
        assert table.loc[member.seeds].tolist() == pytest.approx(
            member.evaluate(n=60).loc[member.seeds].tolist(), abs=0.05
        )


def test_evaluate_knows_good_from_bad(single):
    """The data itself, against a generator after 25 rounds."""
    perfect = train(RICH.with_(steps=0), POINTS)
    perfect.sample = lambda n, seed, labels: POINTS.fresh(n, seed=50).x
    good, bad = perfect.evaluate(n=300).iloc[0], single.evaluate(n=300).iloc[0]
    assert good.coverage > 0.9 > 0.5 > bad.coverage
    assert good.sliced_wasserstein < 0.3 < 0.5 < bad.sliced_wasserstein
    assert good.two_sample < 0.6 < 0.8 < bad.two_sample


def test_data_that_nothing_can_add_to_needs_real_samples_given():
    run = train(TINY.with_(steps=1), POINTS.x)
    with pytest.raises(ValueError, match="all there is"):
        run.evaluate()
    assert list(run.evaluate(POINTS.fresh(50), n=50).columns) == COLUMNS


# ------------------------------------------------------------------------------- members, and words


def test_members_of_a_population(population):
    assert len(population) == 3
    assert [member.seeds for member in population] == [4, 1, 9]
    assert population[-1].seeds == 9
    with pytest.raises(IndexError):
        population[3]
    member = population[1]
    assert len(member) == 1
    assert member.step == population.step
    of_the_whole = population.history.query("seed == 1").drop(columns="seed")
    assert member.history.equals(of_the_whole.reset_index(drop=True))
    assert member.work == pytest.approx(population.work / 3)


def test_a_single_gan_has_no_members(single):
    with pytest.raises(TypeError, match="single GAN"):
        single[0]


def test_a_member_is_a_copy():
    population = train(TINY.with_(steps=2), POINTS, seeds=[0, 1])
    before = numbers(population)
    member = population[0]
    for x in member.generator.network.parameters():
        x.data.zero_()
    assert same(population, before)


def test_words(single, population):
    assert repr(single) == "Run(one GAN, seed 4; step 25 of 25)"
    assert repr(population) == "Run(3 GANs, seeds 4 to 9; step 25 of 25)"
    stopped = train(TINY, POINTS, callbacks=[stop_at(3)])
    assert repr(stopped) == "Run(one GAN, seed 0; step 3 of 20; stopped by a callback at step 3)"


def test_the_time_is_that_of_training_and_not_of_callbacks(monkeypatch):
    """By a clock that moves on by a second every time that somebody looks at it."""
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))

    def look(_) -> None:
        for _ in range(5):
            time.perf_counter()

    recipe = TINY.with_(steps=3)
    assert train(recipe, POINTS, callbacks=[look]).seconds == train(recipe, POINTS).seconds >= 3


def test_no_rounds_at_all():
    run = train(TINY.with_(steps=0), POINTS, seeds=[1, 2])
    assert run.step == 0
    assert run.stopped is None
    assert run.history.empty
    assert list(run.history.columns)[:3] == ["seed", "step", "d_loss"]
    assert same(run, Run.start(TINY.with_(steps=0), POINTS, [1, 2]))


# ------------------------------------------------------------------------------------------- images


@networks.network
def to_image(width: int = 4) -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, width * 4), nn.Unflatten(1, (width, 2, 2)), nn.BatchNorm2d(width), nn.ReLU(),
        nn.ConvTranspose2d(width, 2, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip


@networks.network
def from_image(width: int = 4) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, width, 3, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(width * 4, 1)
    )


def test_images_as_well_as_points():
    images = torch.rand(40, 2, 4, 4) * 2 - 1
    recipe = TINY.with_(generator=to_image(), discriminator=from_image(), steps=12)
    single, population = train(recipe, images, seed=2), train(recipe, images, seeds=[1, 2])
    assert single.sample(5).shape == (5, 2, 4, 4)
    assert population.sample(5).shape == (2, 5, 2, 4, 4)
    assert population.probability_real(images[:5]).shape == (2, 5)
    assert population.probability_real(population.sample(5)).shape == (2, 5)
    assert torch.allclose(single.sample(5), population.sample(5)[1], atol=1e-4)
    assert isinstance(single.evaluate(images, n=20), pd.DataFrame)


def test_patches_of_an_image_may_be_judged_one_by_one():
    """A discriminator with a logit for each patch, as PatchGAN has: D's answer is their mean."""
    patches = lambda: nn.Sequential(nn.Conv2d(2, 1, 1))  # noqa: E731
    images = torch.rand(40, 2, 4, 4)
    run = train(TINY.with_(generator=to_image(), discriminator=patches, steps=3), images)
    with torch.no_grad():
        logits = run.discriminator.network(images[:5])
    assert torch.allclose(run.probability_real(images[:5]), logits.mean((1, 2, 3)).sigmoid())


def test_points_of_one_dimension():
    x = torch.randn(100, 1)
    recipe = TINY.with_(generator=mlp(3, 4, 1), discriminator=mlp(1, 4, 1))
    assert train(recipe, x).sample(5).shape == (5, 1)
    assert isinstance(datasets.as_dataset(x), datasets.Dataset)


# ------------------------------------------------------------------------------ questions of no use


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda run: run.sample(-1), ValueError, "n=-1: how many samples"),
        (lambda run: run.sample(2.5), ValueError, r"n=2\.5"),
        (lambda run: run.generate(torch.zeros(5, 4)), ValueError, r"\(5, 4\).*Expected \(n, 3\)"),
        (lambda run: run.generate(torch.zeros(3)), ValueError, r"Expected \(n, 3\)"),
        (lambda run: run.opinion(torch.zeros(5, 3)), ValueError, r"\(5, 3\).*Expected \(n, 2\)"),
        (lambda run: run.opinion(torch.zeros(2)), ValueError, r"Expected \(n, 2\)"),
        (lambda run: run.evaluate(n=10**7), ValueError, "between 2 and 20,000"),
        (lambda run: run.evaluate(n=1), ValueError, "between 2 and 20,000"),
        (lambda run: run.read(POINTS.x), ValueError, "no codes to read"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, error, message):
    with pytest.raises(error, match=message):
        ask(Run.start(TINY, POINTS))


def test_there_is_no_sixth_member_of_two():
    population = Run.start(TINY, POINTS, [0, 1])
    for index in (2, 5, -3):
        with pytest.raises(IndexError, match=r"no member .* has 2"):
            population[index]
    assert population[-1].seeds == 1


def test_a_data_set_can_be_judged_as_it_is():
    run = Run.start(TINY, POINTS)
    assert torch.equal(run.opinion(POINTS), run.opinion(POINTS.x))


def test_callbacks_are_a_list():
    with pytest.raises(TypeError, match=r"callbacks=\[…\]"):
        train(TINY, POINTS, callbacks=print)


def test_the_same_bytes_in_another_shape_are_other_data():
    recipe = TINY.with_(generator=mlp(3, 8, 4), discriminator=mlp(4, 8, 1))
    run = train(recipe, POINTS.x.reshape(50, 4), callbacks=[stop_at(5)])
    run.data = None
    with pytest.raises(ValueError, match="not the data"):
        run.attach(POINTS.x)


@pytest.mark.parametrize("n", [3, 8, 15])
def test_very_little_data_can_be_learned_from_and_judged(n):
    data = POINTS.x[:n].clone()
    run = train(TINY.with_(batch_size=3, steps=5), data)
    table = run.evaluate(POINTS.x[50 : 50 + n])
    known = {3: ["sliced_wasserstein"], 8: ["coverage", "sliced_wasserstein"]}
    assert list(table.columns[table.notna().all()]) == known.get(n, list(table.columns))
    run.plot()
