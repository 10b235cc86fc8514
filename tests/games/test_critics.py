"""Games with scores: their losses, their constraints, and the distance a critic measures."""

import math

import pytest
import torch
from torch import nn

from gan_school import diagnose, train
from gan_school.games import (
    R1,
    R2,
    ConditionalWassersteinGAN,
    Gaussian,
    GradientPenalty,
    HingeGAN,
    Labelled,
    LeastSquaresGAN,
    WassersteinGAN,
)
from gan_school.lab.conditions import Condition
from gan_school.networks import mlp, mlp_discriminator, mlp_generator
from gan_school.randomness import Randomness
from gan_school.training import Adam, RMSprop
from tests.helpers import POINTS, TINY, finite

pytestmark = pytest.mark.filterwarnings("error")

LOGITS = torch.tensor([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])

LOSSES = {  # on real, on generated, of the generator
    LeastSquaresGAN: (
        [8.0, 2.0, 1.125, 0.5, 0.125, 0.0, 2.0],
        [4.5, 0.5, 0.125, 0.0, 0.125, 0.5, 4.5],
        [8.0, 2.0, 1.125, 0.5, 0.125, 0.0, 2.0],
    ),
    HingeGAN: (
        [4.0, 2.0, 1.5, 1.0, 0.5, 0.0, 0.0],
        [0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 4.0],
        [3.0, 1.0, 0.5, 0.0, -0.5, -1.0, -3.0],
    ),
    WassersteinGAN: (
        [3.0, 1.0, 0.5, 0.0, -0.5, -1.0, -3.0],
        [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0],
        [3.0, 1.0, 0.5, 0.0, -0.5, -1.0, -3.0],
    ),
}


@pytest.mark.parametrize("kind", LOSSES)
def test_the_losses(kind):
    game = kind()
    for name, expected in zip(
        ("loss_on_real", "loss_on_fake", "loss_of_generator"), LOSSES[kind], strict=True
    ):
        assert getattr(game, name)(LOGITS).tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "balance"),
    [(LeastSquaresGAN, (0.25, 0.125)), (HingeGAN, (2, 0)), (WassersteinGAN, (0, 0))],
)
def test_the_losses_when_d_can_only_guess(kind, balance):
    """The least that a constant can cost, where there is a least."""
    game = kind()
    assert game.balance() == pytest.approx(balance)
    total = game.loss_on_real(LOGITS) + game.loss_on_fake(LOGITS)
    assert total.min() >= balance[0] - 1e-6


def test_least_squares_finds_the_probability_of_real():
    real, fake = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    score = torch.zeros(3, requires_grad=True)
    game = LeastSquaresGAN()
    for _ in range(200):
        (slope,) = torch.autograd.grad(
            real @ game.loss_on_real(score) + fake @ game.loss_on_fake(score), score
        )
        score = (score - slope).detach().requires_grad_()
    assert torch.allclose(score, real / (real + fake), atol=1e-4)


RECIPES = {
    "least squares": TINY.with_(game=LeastSquaresGAN()),
    "hinge": TINY.with_(game=HingeGAN(penalty=R1(0.1) + R2(0.1))),
    "clipped": TINY.with_(game=WassersteinGAN(clip=0.05), d_optimizer=RMSprop(1e-3), d_steps=2),
    "gradient penalty": TINY.with_(game=WassersteinGAN(penalty=GradientPenalty(1.0))),
}


@pytest.mark.parametrize("name", RECIPES)
def test_in_a_population(name):
    together = train(RECIPES[name], POINTS, seeds=[3, 4])
    alone = train(RECIPES[name], POINTS, seed=4)
    assert finite(together)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=1e-5)
    together.plot()


def test_clipping_cuts_all_weights_of_the_critic_and_none_of_the_generator():
    run = train(RECIPES["clipped"], POINTS, seeds=[0, 1])
    critic = torch.cat([x.flatten() for x in run.discriminator.network.parameters()])
    assert critic.abs().max().item() == pytest.approx(0.05)
    assert max(x.abs().max() for x in run.generator.network.parameters()) > 0.2
    free = train(RECIPES["clipped"].with_(game=WassersteinGAN()), POINTS)
    assert max(x.abs().max() for x in free.discriminator.network.parameters()) > 0.2


def test_with_labels_in_a_population():
    """Both parents' work: networks are told the label, the critic is held to a slope."""
    from gan_school import datasets

    digits = datasets.digits(16)
    recipe = TINY.with_(
        generator=mlp_generator(16, latent=4, hidden=(8,), batch_norm=False, classes=10),
        discriminator=mlp_discriminator(16, hidden=(8,), classes=10),
        game=ConditionalWassersteinGAN(clip=0.5, penalty=GradientPenalty(1.0)),
        steps=3,
    )
    together, alone = train(recipe, digits, seeds=[0, 1]), train(recipe, digits, seed=1)
    assert torch.allclose(together.sample(10)[1], alone.sample(10), atol=1e-5)
    assert max(x.abs().max() for x in together.discriminator.network.parameters()) <= 0.5
    assert isinstance(together.game.sample_like(next(together.batches)), Labelled)


def distance_measured(width: float) -> tuple[float, float]:
    """The Jensen–Shannon divergence and Wasserstein distance that discriminators find.

    Between two thin lines of points, `width` apart. In theory: log 2 and `width`.
    """
    torch.manual_seed(0)
    y = torch.rand(512, 1)
    here = torch.cat([torch.zeros_like(y), y], 1)
    there = torch.cat([torch.full_like(y, width), y], 1)
    found = []
    for game in (None, WassersteinGAN(penalty=GradientPenalty(10.0))):
        network = mlp(2, 64, 64, 1, activation="leaky_relu").build()
        optimizer = torch.optim.Adam(network.parameters(), 2e-3, (0.0, 0.9))
        if game is not None:
            game = game.between(nn.Identity(), network, Gaussian(1), Randomness(0))
        for _ in range(400):
            a, b = network(here), network(there)
            if game is None:
                loss = nn.functional.softplus(-a) + nn.functional.softplus(b)
            else:
                loss = game.discriminator_loss(here, there)
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
        a, b = network(here), network(there)
        with torch.no_grad():
            cross = (nn.functional.softplus(-a) + nn.functional.softplus(b)).mean() / 2
            found.append((math.log(2) - cross if game is None else (a - b).mean()).item())
    return tuple(found)


@pytest.mark.slow
def test_what_the_two_kinds_of_discriminator_say_about_lines_that_do_not_touch():
    """JS is log 2 whatever the distance; the critic's difference is the distance."""
    for width in (0.5, 1.0, 2.0):
        js, wasserstein = distance_measured(width)
        assert js == pytest.approx(math.log(2), abs=0.03)
        # the penalty lets the slope be a little off 1: λ (k − 1)² against k · width
        assert wasserstein == pytest.approx(width * (1 + width / 20), rel=0.1)


def test_opinions_are_scores():
    run = train(RECIPES["hinge"], POINTS)
    x = POINTS.x[:5]
    with torch.no_grad():
        assert torch.allclose(run.opinion(x), run.game.score(x).flatten())
    with pytest.raises(ValueError, match=r"HingeGAN the discriminator gives scores.*opinion"):
        run.probability_real(x)


def test_the_doctor_does_not_take_a_score_for_a_probability():
    """Scores far apart are no sign of a discriminator that is too strong."""
    recipe = TINY.with_(
        game=WassersteinGAN(), steps=200, d_optimizer=Adam(1e-2), g_optimizer=Adam(1e-6)
    )
    run = train(recipe, POINTS)
    assert run.history.d_real.iloc[-1] - run.history.d_fake.iloc[-1] > 10
    assert diagnose(run).condition is not Condition.DISCRIMINATOR_TOO_STRONG


@pytest.mark.parametrize("clip", [0, -0.01])
def test_bad_clipping(clip):
    with pytest.raises(ValueError, match="number above 0"):
        WassersteinGAN(clip=clip)
