"""G looks ahead through D's updates: gradients worked out by hand."""

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn

from gan_school import Recipe, Run, train
from gan_school.games import (
    GAN,
    R1,
    Apart,
    Gaussian,
    HingeGAN,
    RelativisticGAN,
    Replayed,
    WassersteinGAN,
)
from gan_school.networks import AsBuilt, mlp, network
from gan_school.settings import setting
from gan_school.training import SGD, Adam
from tests.helpers import POINTS, TINY, agree, finite, same, survives

pytestmark = pytest.mark.filterwarnings("error")


@network
def one_number(value: float = 1.0) -> nn.Module:
    """A network that is one number: G gives it whatever comes in, D multiplies by it."""

    class Number(nn.Module):
        in_features = 1

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.full((1, 1), value))

        def forward(self, x: Tensor) -> Tensor:
            return x * self.weight

    return Number()


@setting
@dataclass(frozen=True)
class Bilinear(GAN):
    """min over θ, max over ψ of θψ."""

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.generator.weight.expand(len(z), 1)

    def fakes_for(self, real: Tensor) -> Tensor:
        return self.sample_like(real).detach()

    def loss_on_real(self, logits: Tensor) -> Tensor:
        return 0 * logits

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        return -logits

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        return logits


@setting
@dataclass(frozen=True)
class Dirac(Bilinear):
    """The real data is 0, G one number θ, and D(x) = ψx (Mescheder et al. 2018, definition 2.1)."""

    loss_on_real = GAN.loss_on_real
    loss_on_fake = GAN.loss_on_fake
    loss_of_generator = GAN.loss_of_generator


def slope_of_g(game: GAN, theta: float, psi: float, rate: float) -> float:
    recipe = Recipe(
        one_number(theta), one_number(psi), game=game, latent=Gaussian(1), initialize=AsBuilt(),
        d_optimizer=SGD(rate), batch_size=4, steps=100,
    )  # fmt: skip
    run = Run.start(recipe, torch.linspace(-1, 1, 8)[:, None])
    loss = run.game.generator_objective(torch.zeros(4, 1)).mean()
    return torch.autograd.grad(loss, run.generator.parameters[0])[0].item()


@pytest.mark.parametrize("k", [0, 1, 5, 10])
def test_the_gradient_on_the_bilinear_game(k):
    """D goes to ψ + kηθ, so that G pays θψ + kηθ²: its slope is ψ + 2kηθ."""
    theta, psi, rate = 0.7, -0.4, 0.3
    found = slope_of_g(Bilinear(unrolled=k), theta, psi, rate)
    assert found == pytest.approx(psi + 2 * k * rate * theta, abs=1e-5)


@pytest.mark.parametrize("k", [1, 5])
def test_the_gradient_on_the_dirac_gan(k):
    theta, psi, rate = 0.7, -0.4, 0.3
    at, moved = psi, 0.0  # D's weight, and how it changes with θ
    for _ in range(k):
        says = 1 / (1 + torch.tensor(-theta * at).exp().item())
        moved -= rate * (says + theta * says * (1 - says) * (at + theta * moved))
        at -= rate * says * theta
    says = 1 / (1 + torch.tensor(-theta * at).exp().item())
    expected = -(1 - says) * (at + theta * moved)
    assert slope_of_g(Dirac(unrolled=k), theta, psi, rate) == pytest.approx(expected, abs=1e-5)


def test_to_look_no_update_ahead_is_the_ordinary_game():
    assert same(train(TINY.with_(game=GAN(unrolled=0)), POINTS), train(TINY, POINTS))


@pytest.mark.parametrize("optimizer", [SGD(0.05), Adam(2e-3, betas=(0.5, 0.9))])
@pytest.mark.parametrize("penalty", [dict(), dict(penalty=R1(0.1))])
def test_looking_ahead_in_populations_and_resumed(optimizer, penalty, tmp_path):
    recipe = TINY.with_(game=GAN(unrolled=3, **penalty), d_optimizer=optimizer)
    agree(recipe, 1e-4)
    survives(recipe, tmp_path)


@pytest.mark.parametrize(
    "game",
    [WassersteinGAN(clip=0.1), RelativisticGAN(penalty=R1(0.1)), HingeGAN(fakes=Replayed(0.5))],
    ids=repr,
)
def test_looking_ahead_in_other_games(game):
    """Each is the game it was, and G looks ahead in it: its loss is that against a later D."""
    run = Run.start(TINY.with_(game=replace(game, unrolled=2)), POINTS)
    real = next(run.batches)
    state = run.random.state_dict()
    fake = run.game.sample_like(real)
    later = run.game.after(2, lambda game: game.discriminator_loss(real, fake))
    expected = later.generator_loss(real)
    run.random.load_state_dict(state)
    assert torch.equal(run.game.generator_objective(real), expected)
    assert finite(train(run.recipe, POINTS))


def test_looking_ahead_leaves_no_trace_in_d():
    """What BatchNorm remembers is what it saw in updates that were really made."""
    recipe = TINY.with_(discriminator=mlp(2, 8, 1, batch_norm=True), game=GAN(unrolled=3))
    run = Run.start(recipe, POINTS)
    real, before = next(run.batches), [b.clone() for b in run.discriminator.network.buffers()]
    run.game.after(3, lambda game: game.discriminator_loss(real))
    assert all(map(torch.equal, before, run.discriminator.network.buffers()))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [(dict(unrolled=-1), "0 updates ahead, or more"),
     (dict(unrolled=1, minibatches=Apart()), "parts them")],
)  # fmt: skip
def test_what_cannot_be_looked_through_is_refused(settings, reason):
    with pytest.raises(ValueError, match=reason):
        GAN(**settings)
