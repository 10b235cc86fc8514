"""Training with labels: what batches hold, what can be asked for, and what is refused."""

import pytest
import torch
from torch import nn

from gan_school import Recipe, Run, datasets, games, resume, train
from gan_school.datasets import Dataset
from gan_school.games import ConditionalGAN, Labelled
from gan_school.networks import (
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    mlp_discriminator,
    mlp_generator,
    network,
)
from gan_school.randomness import Randomness
from gan_school.training import Adam
from gan_school.training.batches import Batches
from tests.helpers import distance, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")

DIGITS = datasets.digits(8)

RECIPE = Recipe(
    generator=dcgan_generator(8, 1, latent=4, width=2, classes=10),
    discriminator=dcgan_discriminator(8, 1, width=2, norm=None, classes=10),
    game=ConditionalGAN(penalty=games.R1(1.0)),
    steps=12,
    batch_size=16,
    average=0.9,
)


@pytest.fixture(scope="module")
def run():
    return train(RECIPE, DIGITS, seed=3)


@pytest.fixture(scope="module")
def population():
    return train(RECIPE, DIGITS, seeds=[3, 8])


# ------------------------------------------------------------------------------------- batches


def test_batches_keep_samples_and_labels_together():
    x, labels = torch.arange(50.0)[:, None], torch.arange(50)
    for random in (Randomness(0), Randomness([0, 1])):
        batches = Batches(8, random).draw_from(x, labels)
        for _ in range(20):
            batch = next(batches)
            assert isinstance(batch, Labelled)
            assert batch.labels.shape == (*random.size, 8)
            assert torch.equal(batch.x[..., 0].long(), batch.labels)


def test_a_game_without_labels_never_sees_them():
    seen = []

    class Watching(games.GAN):
        def discriminator_loss(self, real):
            seen.append(real)
            return super().discriminator_loss(real)

    plain = RECIPE.with_(
        generator=mlp_generator(8, hidden=(4,)),
        discriminator=mlp_discriminator(8, hidden=(4,)),
        game=Watching(),
    )
    train(plain.with_(steps=2), DIGITS)
    assert all(isinstance(batch, torch.Tensor) for batch in seen)


# ----------------------------------------------------------- training, members, saving, going on


def test_a_member_is_the_single_run_with_its_seed(run, population):
    assert distance(population[0], run) < 1e-5
    assert distance(population[1], run) > 1e-2
    history = population.history.query("seed == 3").drop(columns="seed").reset_index(drop=True)
    assert (history - run.history).abs().max(axis=None) < 1e-4
    labels = torch.arange(20) % 10
    assert torch.allclose(population.sample(labels=labels)[0], run.sample(labels=labels), atol=1e-4)


def test_the_same_seed_gives_the_same_bits(run):
    assert same(train(RECIPE, DIGITS, seed=3), run)


@pytest.mark.parametrize("seeds", [3, (3, 8)])
def test_interrupted_saved_and_continued(seeds, run, population, tmp_path):
    whole = run if seeds == 3 else population
    seeds = {"seed": 3} if seeds == 3 else {"seeds": seeds}
    part = train(RECIPE, DIGITS, **seeds, callbacks=[stop_at(5)])
    part.save(tmp_path)
    loaded = Run.load(tmp_path)
    assert torch.equal(loaded.sample(20), part.sample(20))  # also without its data
    resumed = resume(loaded, DIGITS)
    assert same(resumed, whole)
    assert resumed.history.equals(whole.history)
    assert torch.equal(resumed.sample(20), whole.sample(20))


def test_other_labels_are_other_data(tmp_path):
    train(RECIPE, DIGITS, callbacks=[stop_at(2)]).save(tmp_path)
    moved = Dataset(DIGITS.x, labels=DIGITS.labels.roll(1), classes=DIGITS.classes)
    with pytest.raises(ValueError, match="not the data"):
        Run.load(tmp_path, moved)


def test_the_labels_arrive():
    """Classes that are plain shades: asked for one, the generator soon gives that one.

    Of 60 other seeds the worst was 0.17 off; a generator that is deaf to the label is 0.8 off.
    """
    labels = torch.arange(300) % 3
    shades = torch.tensor([-0.8, 0.0, 0.8])[labels][:, None, None, None].expand(-1, 1, 8, 8)
    noise = 0.05 * torch.randn(300, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    recipe = RECIPE.with_(
        generator=mlp_generator(8, latent=4, hidden=(16,), classes=3),
        discriminator=mlp_discriminator(8, hidden=(16,), classes=3),
        g_optimizer=Adam(1e-2, betas=(0.5, 0.999)),
        d_optimizer=Adam(1e-2, betas=(0.5, 0.999)),
        steps=300,
    )
    run = train(recipe, Dataset(shades + noise, labels=labels), seeds=range(4))
    for label, shade in enumerate((-0.8, 0.0, 0.8)):
        made = run.sample(50, labels=label).mean((1, 2, 3, 4))
        assert (made - shade).abs().max() < 0.3


# ------------------------------------------------------------------------------------------ asking


def test_labels_that_are_asked_for(run, population):
    assert run.sample(labels=[1, 2, 3]).shape == (3, 1, 8, 8)
    assert run.sample(7, labels=4).shape == (7, 1, 8, 8)
    assert run.sample().shape == (1000, 1, 8, 8)
    assert population.sample(5).shape == (2, 5, 1, 8, 8)
    assert torch.equal(run.sample(12), run.sample(labels=torch.arange(12) % 10))
    assert torch.equal(run.sample(12), run.sample(12, labels=[*range(10), 0, 1]))
    assert not torch.equal(run.sample(5, labels=1), run.sample(5, labels=2))
    assert torch.equal(run.sample(5, labels=1), run.sample(labels=torch.ones(5).long()))


def test_many_samples_are_made_in_blocks(run, monkeypatch):
    whole = run.sample(25), run.probability_real(DIGITS.x[:25], DIGITS.labels[:25])
    monkeypatch.setattr("gan_school.training.model.BLOCK", 10)
    parts = run.sample(25), run.probability_real(DIGITS.x[:25], DIGITS.labels[:25])
    assert torch.allclose(whole[0], parts[0], atol=1e-6)
    assert torch.allclose(whole[1], parts[1], atol=1e-6)
    assert run.sample(0).shape == (0, 1, 8, 8)


def test_latent_vectors_and_blends_of_classes(run):
    z = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(run.generate(z, 3), run.generate(z, [3, 3, 3, 3]))
    shares = torch.zeros(4, 10)
    shares[:, 3] = 1
    assert torch.allclose(run.generate(z, shares), run.generate(z, 3), atol=1e-6)
    shares[:, 3], shares[:, 5] = 0.5, 0.5
    assert not torch.allclose(run.generate(z, shares), run.generate(z, 3), atol=1e-3)


def test_what_the_discriminator_says_depends_on_the_label(run, population):
    x = DIGITS.x[:6]
    right = run.probability_real(x, DIGITS.labels[:6])
    assert right.shape == (6,)
    assert not torch.equal(right, run.probability_real(x, (DIGITS.labels[:6] + 1) % 10))
    assert population.probability_real(x, DIGITS.labels[:6]).shape == (2, 6)


def test_evaluation_uses_what_was_held_out(run):
    table = run.evaluate()
    assert list(table.columns) == ["coverage", "sliced_wasserstein", "two_sample"]
    assert table.notna().all(axis=None)
    drawn = run.sample(labels=DIGITS.held_out.labels)
    from gan_school.metrics import density_coverage

    expected = density_coverage(DIGITS.held_out, drawn, k=5).coverage
    assert table.coverage.item() == pytest.approx(expected, abs=0.01)


# ----------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 10], "from 0 to 10.*classes 0 to 9"),
        (-1, "from -1 to -1"),
        (torch.zeros(3, 2).long(), r"3 samples need 3 labels.*\(3, 2\)"),
        (torch.full((3, 4), 0.25), r"shares of classes have shape \(3, 10\)"),
    ],
)
def test_labels_that_cannot_be_asked_for(run, labels, message):
    with pytest.raises(ValueError, match=message):
        run.sample(labels=labels)


def test_the_number_of_labels_must_fit(run):
    with pytest.raises(ValueError, match="5 samples need 5 labels"):
        run.sample(5, labels=[1, 2])


def test_a_gan_without_labels_cannot_be_asked_for_any():
    plain = RECIPE.with_(
        generator=mlp_generator(8, hidden=(4,)),
        discriminator=mlp_discriminator(8, hidden=(4,)),
        game=games.GAN(),
    )
    run = train(plain.with_(steps=1), DIGITS)
    with pytest.raises(ValueError, match=r"GAN knows no labels.*ConditionalGAN"):
        run.sample(labels=3)
    with pytest.raises(ValueError, match="knows no labels"):
        run.probability_real(DIGITS.x, DIGITS.labels)


@network
def takes_labels_by_another_name():
    class Odd(nn.Module):
        in_features = 4

        def forward(self, z):
            return z.new_zeros(len(z), 1, 8, 8)

    return Odd()


@pytest.mark.parametrize(
    ("changes", "data", "message"),
    [
        ({}, Dataset(DIGITS.x, "these"), r"ConditionalGAN needs labels, and these has none"),
        (
            {"generator": dcgan_generator(8, 1, latent=4, width=2, classes=7)},
            DIGITS,
            r"LabelledGenerator knows 7 classes, and digits 8×8 has 10.*classes=10",
        ),
        (
            {"discriminator": dcgan_discriminator(8, 1, width=2, classes=9)},
            DIGITS,
            r"ProjectionDiscriminator knows 9 classes",
        ),
        (
            {"generator": dcgan_generator(8, 1, latent=4, width=2)},
            DIGITS,
            r"generator dcgan_generator.*needs classes=",
        ),
        (
            {"discriminator": mlp(64, 4, 1)},
            DIGITS,
            r"discriminator mlp\(64, 4, 1\).*forward\(x, labels\)",
        ),
        ({"generator": takes_labels_by_another_name()}, DIGITS, r"needs classes=…"),
        ({"game": games.GAN()}, DIGITS, r"LabelledGenerator needs labels.*GAN gives it none"),
        ({"generator": dcgan_generator(16, width=2, classes=10)}, DIGITS, r"\(1, 16, 16\)"),
        ({"generator": dcgan_generator(9, 1)}, DIGITS, r"pictures of 9×9.*8 and 10"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_training(changes, data, message):
    with pytest.raises(ValueError, match=message):
        train(RECIPE.with_(**changes), data)


def test_labels_out_of_range_are_refused():
    data = Dataset(DIGITS.x, labels=DIGITS.labels + 1, classes=DIGITS.classes)
    with pytest.raises(ValueError, match="from 1 to 10, and should lie between 0 and 9"):
        train(RECIPE, data)
