"""What the discriminator gets to see."""

import pytest
import torch
from torch import nn

from gan_school import train
from gan_school.games import GAN, R1, Apart, Clear, Gaussian, Labelled, Mixed, Noisy
from gan_school.randomness import Randomness
from gan_school.schedules import Constant, Linear
from tests.helpers import POINTS, TINY, same

pytestmark = pytest.mark.filterwarnings("error")

X = torch.randn(4000, 3, generator=torch.Generator().manual_seed(0))


def test_clear_is_the_same_samples():
    assert Clear()(X, Randomness(0), 0.5) is X


def test_noise_has_the_standard_deviation_it_says_and_the_schedule_takes_it_away():
    for progress, expected in ((0.0, 0.5), (0.25, 0.25), (0.5, 0.0), (0.9, 0.0)):
        seen = Noisy(0.5, Linear(until=0.5))(X, Randomness(0), progress)
        assert (seen - X).std().item() == pytest.approx(expected, abs=0.01)
    assert torch.equal(Noisy(0.5)(X, Randomness(0), 1.0), X)
    seen = Noisy(0.5, Constant())(X, Randomness(0), 1.0)
    assert (seen - X).std().item() == pytest.approx(0.5, abs=0.01)


def test_labels_stay():
    labelled = Labelled(X, torch.arange(len(X)))
    seen = Noisy(0.5)(labelled, Randomness(0), 0.0)
    assert torch.equal(seen.labels, labelled.labels) and not torch.equal(seen.x, X)


class Remembers(nn.Module):
    """A discriminator that keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.layer, self.seen = nn.Linear(2, 1), []

    def forward(self, x):
        self.seen.append(x.detach())
        return self.layer(x)


@pytest.mark.parametrize("minibatches", [Apart(), Mixed()])
def test_it_is_there_for_both_kinds_of_samples_and_both_players(minibatches):
    eye = Remembers()
    game = GAN(view=Noisy(1.0), minibatches=minibatches)
    game = game.between(nn.Linear(2, 2), eye, Gaussian(2), Randomness(0), lambda: 0.25)
    real = torch.zeros(4000, 2)
    losses = list(game.discriminator_losses(real))
    assert all(loss.shape == (4000, 1) for loss in losses)
    shown = torch.cat(eye.seen)
    assert shown[:4000].std().item() == pytest.approx(0.75, abs=0.02)  # real: nothing but noise
    eye.seen.clear()
    game.generator_loss(real)
    (shown,) = eye.seen
    spread = game.generate(game.latent.sample(Randomness(1), 4000)).var(0) + 0.75**2
    assert torch.allclose(shown.var(0), spread, rtol=0.15)


def test_penalties_and_questions_afterwards_see_clearly():
    eye = Remembers()
    game = GAN(view=Noisy(1.0), penalty=R1(1.0))
    game = game.between(nn.Linear(2, 2), eye, Gaussian(2), Randomness(0))
    x = torch.ones(5, 2)
    game.score(x)
    game.penalty_at(x, x)
    assert all(torch.equal(shown, x) for shown in eye.seen)


def test_the_generators_gradient_comes_back_through_it():
    generator = nn.Linear(2, 2)
    game = GAN(view=Noisy(1.0)).between(generator, nn.Linear(2, 1), Gaussian(2), Randomness(0))
    game.generator_loss(torch.zeros(5, 2)).mean().backward()
    assert generator.weight.grad.abs().sum() > 0


def test_in_a_population_and_over_a_whole_run():
    recipe = TINY.with_(game=GAN(view=Noisy(0.5)))
    together, alone = train(recipe, POINTS, seeds=[3, 4]), train(recipe, POINTS, seed=4)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=1e-5)
    assert not same(alone, train(TINY, POINTS, seed=4))


def test_the_schedule_follows_the_run(monkeypatch):
    asked = []
    plain = Noisy.__call__

    def listening(view, samples, random, progress):
        asked.append(progress)
        return plain(view, samples, random, progress)

    monkeypatch.setattr(Noisy, "__call__", listening)
    train(TINY.with_(game=GAN(view=Noisy(0.5)), steps=4), POINTS)
    assert asked == [progress for progress in (0, 0.25, 0.5, 0.75) for _ in range(3)]


def test_bad_noise():
    with pytest.raises(ValueError, match=r"Noisy\(sd=-1\.0\).*0 or more"):
        Noisy(-1)
