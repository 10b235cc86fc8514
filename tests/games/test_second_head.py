"""Games in which D also names classes or reads codes."""

import math

import pytest
import torch
from torch import nn

from gan_school import Recipe, datasets, train
from gan_school.datasets import Dataset
from gan_school.games import (
    GAN,
    R1,
    Apart,
    AuxiliaryClassifierGAN,
    Categorical,
    Coded,
    ConditionalGAN,
    Gaussian,
    InfoGAN,
    Labelled,
    Mixed,
    Uniform,
)
from gan_school.networks import (
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    mlp_discriminator,
    mlp_generator,
)
from gan_school.randomness import Randomness
from tests.helpers import POINTS, finite

pytestmark = pytest.mark.filterwarnings("error")

DIGITS = datasets.digits(16)
LABELS = torch.tensor([0, 2, 1, 1])
X = torch.arange(8.0).reshape(4, 2)


class Says(nn.Module):
    """Gives the same answers of everything."""

    def __init__(self, *answers: float):
        super().__init__()
        self.answers = nn.Parameter(torch.tensor(answers))

    def forward(self, x):
        return self.answers.expand(*x.shape[: x.ndim - 1], -1)


class Echo(nn.Module):
    """A generator that gives part of its latent vector."""

    def __init__(self, start: int = 0, end: int | None = None):
        super().__init__()
        self.part = slice(start, end)

    def forward(self, z, labels=None):
        return z[..., self.part]


# --------------------------------------------------------------------------- auxiliary classifier


def auxiliary(weight=1.0, answers=(0.3, 1.0, 2.0, 3.0), **settings):
    game = AuxiliaryClassifierGAN(weight=weight, **settings)
    return game.between(Echo(0, 2), Says(*answers), Gaussian(2), Randomness(0))


def test_all_three_losses_pay_for_wrong_names():
    real = Labelled(X, LABELS)
    named = torch.tensor([1.0, 2.0, 3.0]).log_softmax(0)[LABELS]
    for weight in (0.0, 1.0, 2.5):
        game, plain = auxiliary(weight), GAN()
        logit = torch.full((4, 1), 0.3)
        d_loss = plain.loss_on_real(logit) + plain.loss_on_fake(logit)
        expected = d_loss - 2 * weight * named[:, None]
        assert torch.allclose(game.discriminator_loss(real), expected)
        expected = plain.loss_of_generator(logit) - weight * named[:, None]
        assert torch.allclose(game.generator_loss(real), expected)


def test_the_discriminator_is_not_told_the_label_and_scores_with_its_first_answer():
    game = auxiliary()
    assert game.answers(Labelled(X, LABELS)).shape == (4, 4)
    assert torch.allclose(game.score(Labelled(X, LABELS)), torch.full((4, 1), 0.3))


@pytest.mark.parametrize("minibatches", [Apart(), Mixed()])
def test_other_ways_of_batching_cost_the_same(minibatches):
    real = Labelled(X, LABELS)
    whole = auxiliary().discriminator_loss(real)
    parts = list(auxiliary(minibatches=minibatches).discriminator_losses(real))
    assert torch.allclose(sum(parts), whole)


def ac_recipe(**changes):
    recipe = Recipe(
        generator=mlp_generator(16, latent=4, hidden=(8,), batch_norm=False, classes=10),
        discriminator=mlp_discriminator(16, hidden=(8,), second_head=10),
        game=AuxiliaryClassifierGAN(penalty=R1(0.1)),
        steps=4,
        batch_size=16,
    )
    return recipe.with_(**changes)


def test_auxiliary_classifier_in_a_population_with_a_penalty():
    together, alone = train(ac_recipe(), DIGITS, seeds=[3, 4]), train(ac_recipe(), DIGITS, seed=4)
    assert finite(together)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=1e-5)
    assert together.opinion(DIGITS.x[:3]).shape == (2, 3)


def test_auxiliary_classifier_with_convolutions():
    recipe = ac_recipe(
        generator=dcgan_generator(16, latent=4, width=4, classes=10),
        discriminator=dcgan_discriminator(16, width=4, second_head=10),
    )
    together, alone = train(recipe, DIGITS, seeds=[3, 4]), train(recipe, DIGITS, seed=4)
    assert torch.allclose(together.sample(5)[1], alone.sample(5), atol=1e-4)


def test_its_class_head_learns_the_classes():
    """Ring: eight modes, eight classes. Chance is 1 in 8."""
    recipe = Recipe(
        generator=nn_generator,
        discriminator=mlp(2, 32, 1 + 8),
        game=AuxiliaryClassifierGAN(),
        latent=4,
        steps=300,
        batch_size=64,
    )
    run = train(recipe, POINTS)
    with torch.no_grad():
        answers = run.game.answers(Labelled(POINTS.x, POINTS.labels))
    assert (answers[:, 1:].argmax(1) == POINTS.labels).float().mean() > 0.5


class WithLabels(nn.Module):
    """A small generator of points that is told the class."""

    classes = 8

    def __init__(self):
        super().__init__()
        self.embedding, self.body = nn.Embedding(8, 4), nn.Linear(8, 2)

    def forward(self, z, labels):
        return self.body(torch.cat([z, self.embedding(labels)], -1))


def nn_generator() -> nn.Module:
    return WithLabels()


# ---------------------------------------------------------------------------------------- InfoGAN

CODES = (Categorical(3), Uniform(1), Gaussian(2))


def info(answers, latent, weight=1.0, generator=None, **settings):
    game = InfoGAN(weight=weight, **settings)
    return game.between(generator or Echo(0, 2), answers, latent, Randomness(0))


def test_a_generated_sample_comes_with_the_codes_it_was_made_from():
    latent = Coded(2, CODES)
    game = info(Says(0.0), latent)
    z = latent.sample(Randomness(0), 5)
    made = game.generate(z)
    assert torch.equal(made.x, z[:, :2]) and torch.equal(made.labels, z[:, 2:])
    assert game.answer_count(0) == 1 + 3 + 2 + 4


def test_information_is_the_log_likelihood_and_the_entropy():
    """Said: the second of three, surely; 0.5 ± 1 and (1, 0) ± e^(1/2)."""
    game = info(Says(0.0), Coded(2, CODES))
    said = torch.tensor([[-50.0, 50.0, -50.0, 0.5, 0.0, 1.0, 0.0, 1.0, 1.0]])
    codes = torch.tensor([[0.0, 1.0, 0.0, 1.5, 1.0, 2.0]])
    uniform = -(1.0 + math.log(2 * math.pi)) / 2 + math.log(2)
    gaussian = -(0 + 4 / math.e + 2 + 2 * math.log(2 * math.pi)) / 2 + (1 + math.log(2 * math.pi))
    expected = math.log(3) + uniform + gaussian
    assert game.information(said, codes).item() == pytest.approx(expected, abs=1e-5)


def test_the_bound_where_it_can_be_worked_out():
    """x = c + noise of variance s², c ~ N(0, 1): I(c; x) is ½ log(1 + 1/s²).

    The best reader knows the posterior, N(x / (1 + s²), s² / (1 + s²)), and reaches it. Another
    reader stays below.
    """
    variance = 0.25
    latent = Coded(1, (Gaussian(1),))

    class Adds(nn.Module):
        def forward(self, z):
            return z[:, 1:] + variance**0.5 * z[:, :1]

    class Posterior(nn.Module):
        def __init__(self, gain, spread):
            super().__init__()
            self.gain, self.spread = gain, math.log(spread)

        def forward(self, x):
            return torch.cat([0 * x, self.gain * x, 0 * x + self.spread], -1)

    def bound(gain, spread, n=200_000):
        game = info(Posterior(gain, spread), latent, generator=Adds())
        fake = game.generate(latent.sample(Randomness(1), n))
        return game.information(game.answers(fake)[:, 1:], fake.labels).mean().item()

    exact = math.log(1 + 1 / variance) / 2
    assert bound(1 / (1 + variance), variance / (1 + variance)) == pytest.approx(exact, abs=0.01)
    assert bound(1.0, variance) < exact - 0.05
    assert bound(0.0, 1.0) == pytest.approx(0, abs=0.01)  # a reader who knows the prior alone


def test_the_bound_of_a_choice_seen_through_a_noisy_channel():
    """A class out of four arrives with probability 0.7, else another: log 4 − H(channel)."""
    p = torch.tensor([0.7, 0.1, 0.1, 0.1])
    latent = Coded(1, (Categorical(4),))
    game = info(Says(0.0), latent)
    codes = torch.eye(4)[torch.arange(4).repeat_interleave(10)]
    shown = torch.cat([torch.arange(4).roll(-k)[[0] * 7 + [1, 2, 3]] for k in range(4)])
    rows = torch.stack([p.roll(k) for k in range(4)])
    answers = rows[shown].log()
    exact = math.log(4) + (p * p.log()).sum().item()
    assert game.information(answers, codes).mean().item() == pytest.approx(exact, abs=1e-5)


def test_who_pays_for_what():
    """The reader learns from generated samples only; the generator is paid for being readable."""
    latent = Coded(2, (Categorical(3),))
    real = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    losses = {}
    for weight in (0.0, 2.0):
        game = info(Says(0.4, 1.0, 2.0, 3.0), latent, weight)
        losses[weight] = game.discriminator_loss(real), game.generator_loss(real)
        assert torch.allclose(game.score(real), torch.full((6, 1), 0.4))
    again = info(Says(0.0), latent)
    for which in (0, 1):
        fake = again.sample_like(real)
        said = torch.tensor([1.0, 2.0, 3.0]).log_softmax(0)
        information = (fake.labels @ said)[:, None] + math.log(3)
        assert torch.allclose(losses[2.0][which], losses[0.0][which] - 2.0 * information, atol=1e-6)


INFO = Recipe(
    generator=mlp(4 + 6, 16, 2),
    discriminator=mlp(2, 16, 1 + 3 + 2 + 4),
    game=InfoGAN(0.5),
    latent=Coded(4, CODES),
    steps=20,
    batch_size=16,
)


@pytest.mark.parametrize("game", [InfoGAN(0.5, penalty=R1(0.1)), InfoGAN(minibatches=Mixed())])
def test_infogan_in_a_population(game):
    together = train(INFO.with_(game=game), POINTS, seeds=[3, 4])
    alone = train(INFO.with_(game=game), POINTS, seed=4)
    assert finite(together)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=1e-5)


def test_it_never_sees_a_label():
    """Labels that were shuffled, or left out, change nothing."""
    without = Dataset(POINTS.x, name="no labels")
    one, other = train(INFO, POINTS), train(INFO, without)
    assert torch.equal(one.sample(20), other.sample(20))


def test_with_a_second_head_of_a_convolutional_discriminator():
    recipe = INFO.with_(
        generator=dcgan_generator(16, latent=10, width=4),
        discriminator=dcgan_discriminator(16, width=4, norm=None, second_head=9),
        steps=2,
    )
    run = train(recipe, DIGITS)
    choice, number, pair = run.read(DIGITS.x[:5])
    assert choice.shape == (5, 3) and number.shape == (5, 1) and pair.shape == (5, 2)
    assert torch.allclose(choice.sum(1), torch.ones(5))


@pytest.mark.slow
def test_codes_become_readable():
    """The information goes from nothing towards log 3, and stays nothing with a weight of 0."""
    found = {}
    for weight in (0.0, 1.0):
        recipe = INFO.with_(
            latent=Coded(2, (Categorical(3),)),
            generator=mlp(5, 32, 2),
            discriminator=mlp(2, 32, 4),
            game=InfoGAN(weight),
            steps=600,
        )
        run = train(recipe, POINTS)
        with torch.no_grad():
            fake = run.game.generate(run.latent.sample(Randomness(5), 500))
            said = run.game.answers(fake)[:, 1:]
            found[weight] = run.game.information(said, fake.labels).mean().item()
    assert found[1.0] > 0.8 > 0.3 > found[0.0]


# -------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("recipe", "data", "message"),
    [
        (ac_recipe(), Dataset(DIGITS.x, name="plain"), "needs labels, and plain has none"),
        (
            ac_recipe(discriminator=mlp_discriminator(16, hidden=(8,))),
            DIGITS, r"expects \(16, 11\).*10 more answers, as with second_head=10",
        ),
        (
            ac_recipe(discriminator=mlp_discriminator(16, hidden=(8,), second_head=9)),
            DIGITS, r"expects \(16, 11\)",
        ),
        (ac_recipe(game=ConditionalGAN()), DIGITS, "does not take what the game gives it"),
        (INFO.with_(latent=10), POINTS, r"InfoGAN needs codes in its latent.*Coded\("),
        (INFO.with_(discriminator=mlp(2, 16, 1)), POINTS, r"expects \(16, 10\)"),
        (INFO.with_(game=GAN()), POINTS, r"expects \(16, 1\): one logit"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_training(recipe, data, message):
    with pytest.raises(ValueError, match=message):
        train(recipe, data)


@pytest.mark.parametrize("kind", [AuxiliaryClassifierGAN, InfoGAN])
def test_negative_weights(kind):
    with pytest.raises(ValueError, match="0 or more"):
        kind(-1.0)


def test_heads_that_make_no_sense():
    with pytest.raises(ValueError, match="told the label has none"):
        mlp_discriminator(16, classes=10, second_head=3).build()
    with pytest.raises(ValueError, match="0 or more"):
        mlp_discriminator(16, second_head=-1).build()
