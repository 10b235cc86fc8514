"""Looking ahead and replay: gradients worked out by hand, and what is kept."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from gan_school import Recipe, Run, datasets, train
from gan_school.games import (
    GAN,
    R1,
    Apart,
    ConditionalGAN,
    Gaussian,
    RelativisticGAN,
    ReplayedGAN,
    UnrolledGAN,
    WassersteinGAN,
)
from gan_school.networks import AsBuilt, mlp, mlp_discriminator, mlp_generator, network
from gan_school.settings import setting
from gan_school.training import SGD, Adam
from tests.helpers import POINTS, TINY, agree, finite, same, survives

pytestmark = pytest.mark.filterwarnings("error")


# ------------------------------------------------------------------------------------ looking ahead


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
class Bilinear(UnrolledGAN):
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
    loss = run.game.generator_loss(torch.zeros(4, 1)).mean()
    return torch.autograd.grad(loss, run.generator.parameters[0])[0].item()


@pytest.mark.parametrize("k", [0, 1, 5, 10])
def test_the_gradient_on_the_bilinear_game(k):
    """D goes to ψ + kηθ, so that G pays θψ + kηθ²: its slope is ψ + 2kηθ."""
    theta, psi, rate = 0.7, -0.4, 0.3
    found = slope_of_g(Bilinear(k), theta, psi, rate)
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
    assert slope_of_g(Dirac(k), theta, psi, rate) == pytest.approx(expected, abs=1e-5)


def test_to_look_no_update_ahead_is_the_ordinary_game():
    assert same(train(TINY.with_(game=UnrolledGAN(0)), POINTS), train(TINY, POINTS))


@pytest.mark.parametrize("optimizer", [SGD(0.05), Adam(2e-3, betas=(0.5, 0.9))])
@pytest.mark.parametrize("penalty", [dict(), dict(penalty=R1(0.1))])
def test_looking_ahead_in_populations_and_resumed(optimizer, penalty, tmp_path):
    recipe = TINY.with_(game=UnrolledGAN(3, **penalty), d_optimizer=optimizer)
    agree(recipe, 1e-4)
    survives(recipe, tmp_path)


def test_looking_ahead_in_other_games():
    @setting
    @dataclass(frozen=True)
    class UnrolledCritic(UnrolledGAN, WassersteinGAN):
        pass

    @setting
    @dataclass(frozen=True)
    class UnrolledPairs(UnrolledGAN, RelativisticGAN):
        pass

    for game in (UnrolledCritic(updates=2, clip=0.1), UnrolledPairs(updates=2, penalty=R1(0.1))):
        assert finite(train(TINY.with_(game=game), POINTS))


def test_looking_ahead_leaves_no_trace_in_d():
    """What BatchNorm remembers is what it saw in updates that were really made."""
    recipe = TINY.with_(discriminator=mlp(2, 8, 1, batch_norm=True), game=UnrolledGAN(3))
    run = Run.start(recipe, POINTS)
    real, before = next(run.batches), [b.clone() for b in run.discriminator.network.buffers()]
    run.game.after(3, lambda game: game.discriminator_loss(real))
    assert all(map(torch.equal, before, run.discriminator.network.buffers()))


@pytest.mark.parametrize(
    ("game", "reason"),
    [
        (lambda: UnrolledGAN(-1), "0 updates ahead, or more"),
        (lambda: UnrolledGAN(minibatches=Apart()), "parts them"),
        (lambda: ReplayedGAN(1.5), "from 0 to 1"),
        (lambda: ReplayedGAN(size=0), "1 sample or more"),
    ],
)
def test_what_cannot_be_is_refused(game, reason):
    with pytest.raises(ValueError, match=reason):
        game()


# ------------------------------------------------------------------------------------------- replay


def test_a_share_of_nothing_is_no_replay():
    assert same(train(TINY.with_(game=ReplayedGAN(0.0)), POINTS), train(TINY, POINTS))


def test_old_samples_are_those_of_earlier_rounds():
    run = Run.start(TINY.with_(game=ReplayedGAN(0.25, size=6)), POINTS)
    real = next(run.batches)
    seen: list[Tensor] = []
    for _ in range(4):
        state = run.random.state_dict()
        new = GAN.fakes_for(run.game, real)
        run.random.load_state_dict(state)
        fakes = run.game.fakes_for(real)
        assert torch.equal(fakes[:12], new[:12]), "three quarters are new"
        if seen:
            old = torch.cat(seen)
            assert all((old == one).all(1).any() for one in fakes[12:]), "and the others are not"
        else:
            assert torch.equal(fakes, new), "there is nothing old yet"
        seen.append(new[12:])
    kept = run.memory["replay.x"]
    assert kept.shape == (6, 2)
    assert all((torch.cat(seen) == one).all(1).any() for one in kept)


@pytest.mark.parametrize("size", [10, 1_000])
@pytest.mark.parametrize("seeds", [None, [3, 4]])
def test_replay_in_populations_and_resumed(size, seeds, tmp_path):
    recipe = TINY.with_(game=ReplayedGAN(0.5, size))
    agree(recipe)
    survives(recipe, tmp_path, seeds)


def test_old_samples_come_with_the_labels_they_were_made_for(tmp_path):
    @setting
    @dataclass(frozen=True)
    class Told(ReplayedGAN, ConditionalGAN):
        pass

    pictures = datasets.digits(8)[:120]
    recipe = Recipe(
        mlp_generator(8, latent=3, hidden=(8,), classes=10),
        mlp_discriminator(8, hidden=(8,), classes=10),
        game=Told(0.5, 20), batch_size=8, steps=6,
    )  # fmt: skip
    run = Run.start(recipe, pictures)
    real = next(run.batches)
    first = run.game.fakes_for(real)
    then = run.game.fakes_for(real)
    for x, label in zip(then.x[4:], then.labels[4:], strict=True):
        (place,) = (first.x == x).flatten(1).all(1).nonzero().flatten()[:1].tolist()
        assert first.labels[place] == label
    assert finite(train(recipe, pictures, seeds=[0, 1]))
