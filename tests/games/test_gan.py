"""The game: its losses against the formulas of the paper, and who may learn from them."""

import math

import pytest
import torch
from torch import nn

from gan_school.games import GAN, Gaussian
from gan_school.networks import Population
from gan_school.randomness import Randomness

pytestmark = pytest.mark.filterwarnings("error")


class Scores(nn.Module):
    """A discriminator that knows its answers: logit = weight · x."""

    def __init__(self, weight: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[weight]]))

    def forward(self, x):
        return x @ self.weight


def game(generator=None, discriminator=None, seeds=0) -> GAN:
    generator, discriminator = generator or nn.Linear(2, 1), discriminator or Scores()
    return GAN().between(generator, discriminator, Gaussian(2), Randomness(seeds))


def constant(value: float) -> nn.Linear:
    """A generator that always gives the same."""
    layer = nn.Linear(2, 1)
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, value)
    return layer


@pytest.mark.parametrize(("real", "fake"), [(0.0, 0.0), (2.0, -1.0), (-3.0, 0.5)])
def test_losses_are_those_of_the_paper(real, fake):
    d = {name: 1 / (1 + math.exp(-logit)) for name, logit in (("real", real), ("fake", fake))}
    played = game(constant(fake))
    batch = torch.full((3, 1), real)
    d_loss, g_loss = played.discriminator_loss(batch), played.generator_loss(batch)
    assert d_loss.shape == g_loss.shape == (3, 1)
    assert d_loss[0].item() == pytest.approx(
        -math.log(d["real"]) - math.log(1 - d["fake"]), rel=1e-5
    )
    assert g_loss[0].item() == pytest.approx(-math.log(d["fake"]), rel=1e-5)


def test_at_balance_the_losses_are_2_log_2_and_log_2():
    played = game(constant(0.0))
    zero = torch.zeros(4, 1)
    assert played.discriminator_loss(zero).mean().item() == pytest.approx(2 * math.log(2))
    assert played.generator_loss(zero).mean().item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("logit", [-200.0, 200.0])
def test_certainty_does_not_overflow(logit):
    """−log(σ(−200)) is 200, where a sigmoid followed by a logarithm gives infinity."""
    played = game(constant(logit))
    real = torch.full((2, 1), logit)
    losses = played.discriminator_loss(real), played.generator_loss(real)
    assert all(torch.isfinite(loss).all() for loss in losses)
    assert losses[0][0].item() == pytest.approx(200)
    assert losses[1][0].item() == pytest.approx(max(-logit, 0), abs=1e-6)


def test_it_does_not_saturate():
    """Where D is sure of the fakes, the generator still gets a gradient of almost 1."""
    generator = constant(-15.0)
    game(generator).generator_loss(torch.zeros(5, 1)).mean().backward()
    assert generator.bias.grad.item() == pytest.approx(-1, abs=1e-4)


def test_the_discriminators_loss_teaches_the_discriminator_alone():
    played = game()
    played.discriminator_loss(torch.ones(5, 1)).sum().backward()
    assert all(parameter.grad is None for parameter in played.generator.parameters())
    assert played.discriminator.weight.grad is not None


def test_the_generators_loss_reaches_the_generator():
    played = game()
    played.generator_loss(torch.ones(5, 1)).sum().backward()
    assert all((parameter.grad != 0).any() for parameter in played.generator.parameters())


def test_every_loss_draws_fresh_fakes_as_many_as_there_are_real_samples():
    played = game()
    batches = [played.sample_like(torch.zeros(n, 1)) for n in (7, 7, 3)]
    assert [len(batch) for batch in batches] == [7, 7, 3]
    assert not torch.equal(batches[0], batches[1])


def test_a_population_plays_as_many_games():
    members = [constant(value) for value in (-1.0, 2.0)]
    judges = [Scores(1.0), Scores(0.5)]
    played = game(Population(members), Population(judges), seeds=[1, 2])
    real = torch.ones(2, 4, 1)
    d_loss, g_loss = played.discriminator_loss(real), played.generator_loss(real)
    assert d_loss.shape == g_loss.shape == (2, 4, 1)
    for k in range(2):
        alone = game(members[k], judges[k])
        assert torch.allclose(d_loss[k], alone.discriminator_loss(real[k]))
        assert torch.allclose(g_loss[k], alone.generator_loss(real[k]))


def test_settings_stay_what_they_are_when_players_join():
    settings = GAN()
    one = settings.between(nn.Linear(2, 1), Scores(), Gaussian(2), Randomness(0))
    assert not hasattr(settings, "generator")
    assert one == settings


def test_a_loss_of_a_pair_for_d_alone_is_refused():
    class Half(GAN):
        def loss_of_pair(self, on_real, on_fake):
            return on_fake - on_real

    with pytest.raises(ValueError, match="Half has a loss of a pair for D, and none for G"):
        Half()
