"""Penalties, against slopes worked out by hand."""

import pytest
import torch
from torch import nn

from gan_school.games import (
    GAN,
    R1,
    R2,
    ConditionalGAN,
    Gaussian,
    GradientPenalty,
    Labelled,
    NoPenalty,
)
from gan_school.games.penalties import squared_slope
from gan_school.networks import Population
from gan_school.randomness import Randomness
from gan_school.training import SGD, Player

pytestmark = pytest.mark.filterwarnings("error")


class Slope(nn.Module):
    """D(x) = a · (sum of all x), so that |∇D|² = a² times how many numbers x has."""

    def __init__(self, a: float):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, x, labels=None):
        return self.a * x.flatten(1).sum(1, keepdim=True)


class Bowl(nn.Module):
    """D(x) = |x|² / 2, so that |∇D|² = |x|²: another slope at every sample."""

    def forward(self, x):
        return x.flatten(1).square().sum(1, keepdim=True) / 2


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def cost(penalty, game: GAN, real, fake) -> torch.Tensor:
    return penalty(game.score, real, fake, game.random)


def slope_of(game: GAN, x: torch.Tensor) -> torch.Tensor:
    return squared_slope(game.score, x, game.random)


def play(discriminator: nn.Module, game: GAN | None = None, seeds=0) -> GAN:
    generator = nn.Linear(2, 2)
    game = game or GAN()
    return game.between(generator, discriminator, Gaussian(2), Randomness(seeds))


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 4, 4)])
def test_the_squared_slope_in_any_shape(shape):
    x = torch.randn(5, *shape)
    slope = slope_of(play(Slope(3.0)), x)
    assert slope.shape == (5, 1)
    assert torch.allclose(slope, torch.full((5, 1), 9.0 * x[0].numel()))


def test_every_sample_has_its_own_slope():
    x = torch.randn(6, 3, 4, 4)
    slope = slope_of(play(Bowl()), x)
    assert torch.allclose(slope, x.flatten(1).square().sum(1, keepdim=True), rtol=1e-5)


def test_r1_is_half_the_weight_times_the_squared_slope():
    assert cost(R1(10.0), play(Slope(3.0)), torch.randn(4, 2), None).tolist() == [[90.0]] * 4
    assert cost(R1(0.0), play(Slope(3.0)), torch.randn(4, 2), None).tolist() == [[0.0]] * 4


def test_r1_looks_at_real_samples_only():
    real, fake = torch.randn(4, 2), torch.randn(4, 2)
    game = play(Bowl())
    assert torch.equal(cost(R1(), game, real, fake), cost(R1(), game, real, 100 * fake))


def test_with_labels():
    real = Labelled(torch.randn(4, 2), torch.arange(4))
    game = play(Slope(2.0), ConditionalGAN())
    assert cost(R1(2.0), game, real, None).tolist() == [[8.0]] * 4


def test_the_discriminator_learns_to_be_flat():
    """The second derivative: d/da (γ/2 · a² · d) = γ · a · d."""
    discriminator = Slope(3.0)
    cost(R1(2.0), play(discriminator), torch.randn(4, 5), None).mean().backward()
    assert discriminator.a.grad.item() == pytest.approx(2.0 * 3.0 * 5)


def test_through_convolutions_in_a_population():
    """Each member's gradient of the penalty is the one it has alone."""
    members = [
        nn.Sequential(
            nn.Conv2d(1, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 8, 4, 2, 1), nn.Tanh(),
            nn.Flatten(), nn.Linear(32, 1),
        )
        for _ in range(3)
    ]  # fmt: skip
    x = torch.randn(3, 5, 1, 8, 8)
    population = Population(members)
    together = cost(R1(2.0), play(population, seeds=[0, 1, 2]), x, None)
    assert together.shape == (3, 5, 1)
    together.mean((1, 2)).sum().backward()
    for k, member in enumerate(members):
        alone = cost(R1(2.0), play(member), x[k], None)
        assert torch.allclose(alone, together[k], rtol=1e-4, atol=1e-7)
        alone.mean().backward()
        # the last bias does not change the slope and has no gradient
        for own, stacked in zip(
            list(member.parameters())[:-1], population.parameters(), strict=False
        ):
            assert torch.allclose(own.grad, stacked.grad[k], rtol=1e-3, atol=1e-7)


def test_it_is_part_of_the_discriminators_loss_and_not_of_the_generators():
    real = torch.randn(4, 2)
    generator, losses = nn.Linear(2, 2), []
    for penalty in (NoPenalty(), R1(10.0)):
        game = GAN(penalty=penalty)
        game = game.between(generator, Slope(3.0), Gaussian(2), Randomness(0))
        losses.append((game.discriminator_loss(real), game.generator_loss(real)))
    (plain_d, plain_g), (d, g) = losses
    assert torch.allclose(d - plain_d, torch.full((4, 1), 90.0))
    assert torch.equal(g, plain_g)


def test_training_with_it_flattens_the_discriminator():
    discriminator = Slope(3.0)
    game = play(discriminator, GAN(penalty=R1(100.0)))
    player = Player(discriminator, SGD(1e-3), updates=100)
    for _ in range(100):
        player.descend(game.discriminator_loss(torch.zeros(4, 2)))
    assert abs(discriminator.a.item()) < 0.1


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match=r"weight of R1 is -1.*0 or more"):
        R1(-1)


def test_r2_looks_at_generated_samples_only():
    real, fake = torch.randn(4, 2), torch.randn(4, 2)
    game = play(Bowl())
    assert torch.equal(cost(R2(3.0), game, real, fake), cost(R1(3.0), game, fake, None))
    assert torch.equal(cost(R2(), game, real, fake), cost(R2(), game, 100 * real, fake))


def test_penalties_add_up():
    real, fake = torch.randn(4, 2), torch.randn(4, 2)
    game, both = play(Bowl()), R1(2.0) + R2(4.0)
    expected = cost(R1(2.0), game, real, fake) + cost(R2(4.0), game, real, fake)
    assert torch.allclose(cost(both, game, real, fake), expected)
    assert torch.equal(
        cost((NoPenalty() + R1(2.0)), game, real, fake), cost(R1(2.0), game, real, fake)
    )


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 4, 4)])
@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_the_gradient_penalty_of_a_critic_of_known_slope(shape, slope):
    """Zero for slope 1, (k − 1)² for slope k, sample by sample, in any shape."""
    real, fake = torch.randn(5, *shape), torch.randn(5, *shape)
    a = slope / real[0].numel() ** 0.5
    found = cost(GradientPenalty(1.0), play(Slope(a)), real, fake)
    assert found.shape == (5, 1)
    assert torch.allclose(found, torch.full((5, 1), (slope - 1) ** 2), atol=1e-5)
    of_slope_3 = cost(GradientPenalty(2.0, slope=3.0), play(Slope(a)), real, fake)
    assert torch.allclose(of_slope_3, torch.full((5, 1), 2 * (slope - 3) ** 2), atol=1e-5)


def test_the_gradient_penalty_is_taken_on_the_lines_between():
    """The slope of |x|²/2 is |x|, and the line from 0 to (3, 4) has all lengths up to 5."""
    real, fake = torch.zeros(4000, 2), torch.tensor([3.0, 4.0]).expand(4000, 2)
    game = play(Bowl())
    lengths = cost(GradientPenalty(1.0, slope=0.0), game, real, fake).sqrt()
    assert 0 <= lengths.min() < 0.01 and 4.99 < lengths.max() <= 5
    assert lengths.mean().item() == pytest.approx(2.5, abs=0.1)
    assert (lengths.sort(0).values.flatten() - torch.linspace(0, 5, 4000)).abs().max() < 0.2


def test_the_gradient_penalty_with_labels_keeps_them():
    class OfClass(nn.Module):
        def forward(self, x, labels):
            return (1.0 + labels[:, None]) * x.sum(1, keepdim=True)

    real = Labelled(torch.randn(3, 1), torch.arange(3))
    found = cost(GradientPenalty(1.0), play(OfClass(), ConditionalGAN()), real, real)
    assert torch.allclose(found.flatten(), torch.tensor([0.0, 1.0, 4.0]))


def test_a_flat_critic_can_learn_from_the_gradient_penalty():
    """A slope of zero has no direction; its norm must not make the gradient NaN."""
    discriminator = Slope(0.0)
    cost(
        GradientPenalty(), play(discriminator), torch.randn(4, 5), torch.randn(4, 5)
    ).mean().backward()
    assert torch.isfinite(discriminator.a.grad)


@pytest.mark.parametrize("penalty", [R2(2.0), GradientPenalty(2.0), R1(1.0) + R2(1.0)])
def test_double_backward_in_a_population(penalty):
    """Each member's gradient of the penalty is the one it has alone."""
    members = [nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)) for _ in range(3)]
    real, fake = torch.randn(2, 3, 6, 2)
    population = Population(members)
    together = cost(penalty, play(population, seeds=[0, 1, 2]), real, fake)
    assert together.shape == (3, 6, 1)
    together.mean((1, 2)).sum().backward()
    for k, member in enumerate(members):
        alone = cost(penalty, play(member, seeds=k), real[k], fake[k])
        assert torch.allclose(alone, together[k], rtol=1e-4, atol=1e-6)
        alone.mean().backward()
        for own, stacked in zip(
            list(member.parameters())[:-1], population.parameters(), strict=False
        ):
            assert torch.allclose(own.grad, stacked.grad[k], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: R2(-1), "weight of R2 is -1"),
        (lambda: GradientPenalty(-1), r"GradientPenalty\(weight=-1\.0\)"),
        (lambda: GradientPenalty(slope=-1), r"GradientPenalty\(slope=-1\.0\)"),
    ],
)
def test_negative_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
