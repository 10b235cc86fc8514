"""Mini-batches together, apart, or mixed: the same mistakes, in other updates or other company."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from gan_school import datasets, train
from gan_school.games import GAN, R1, Apart, ConditionalGAN, Gaussian, Labelled, Mixed, Together
from gan_school.networks import mlp
from gan_school.randomness import Randomness
from gan_school.training import SGD, Cosine
from tests.helpers import POINTS, TINY, distance, same

pytestmark = pytest.mark.filterwarnings("error")


def game(minibatches, discriminator=None, **settings) -> GAN:
    torch.manual_seed(0)
    generator, discriminator = nn.Linear(2, 3), discriminator or nn.Linear(3, 1)
    played = GAN(minibatches=minibatches, **settings)
    return played.between(generator, discriminator, Gaussian(2), Randomness(0))


REAL = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))


def test_together_is_the_loss_as_it_is_written():
    (loss,) = game(Together()).discriminator_losses(REAL)
    assert torch.equal(loss, game(Together()).discriminator_loss(REAL))


@pytest.mark.parametrize("penalty", [{}, {"penalty": R1(2.0)}])
def test_apart_and_mixed_add_up_to_the_same(penalty):
    whole = game(Together(), **penalty).discriminator_loss(REAL)
    apart = list(game(Apart(), **penalty).discriminator_losses(REAL))
    (mixed,) = game(Mixed(), **penalty).discriminator_losses(REAL)
    assert len(apart) == 2 == Apart().updates
    assert torch.allclose(sum(apart), whole)
    assert torch.allclose(mixed, whole)


def test_apart_asks_first_about_real_samples_then_about_generated_ones():
    seen = []

    class Watching(nn.Linear):
        def forward(self, x):
            seen.append(x)
            return super().forward(x)

    played = game(Apart(), Watching(3, 1))
    losses = played.discriminator_losses(REAL)
    next(losses)
    assert len(seen) == 1
    assert torch.equal(seen[0], REAL)
    next(losses)
    assert len(seen) == 2
    assert not torch.equal(seen[1], REAL)


def test_apart_updates_in_between():
    """The second loss is that of a discriminator which has learned from the first."""
    recipe = TINY.with_(steps=1, d_optimizer=SGD(0.1))
    together, apart = (
        train(recipe.with_(game=GAN(minibatches=kind)), POINTS) for kind in (Together(), Apart())
    )
    assert together.discriminator.update == 1
    assert apart.discriminator.update == 2
    assert 0 < distance(together, apart) < 0.05


def test_the_schedule_counts_every_update():
    recipe = TINY.with_(game=GAN(minibatches=Apart()), d_optimizer=SGD(0.1, Cosine()), steps=4)
    run = train(recipe, POINTS)
    assert run.discriminator.update == run.discriminator.updates == 8
    assert run.discriminator.optimizer.param_groups[0]["lr"] < 0.1 / 10


def test_mixed_makes_a_difference_to_batch_norm_alone():
    def trained(minibatches, batch_norm):
        discriminator = mlp(2, 8, 1, batch_norm=batch_norm)
        recipe = TINY.with_(discriminator=discriminator, game=GAN(minibatches=minibatches), steps=3)
        return train(recipe.with_(d_optimizer=SGD(0.1), g_optimizer=SGD(0.1)), POINTS)

    assert distance(trained(Together(), False), trained(Mixed(), False)) < 1e-6
    assert distance(trained(Together(), True), trained(Mixed(), True)) > 1e-3


def test_batch_norm_sees_the_mixture():
    norm = nn.BatchNorm1d(3)
    played = game(Mixed(), nn.Sequential(norm, nn.Linear(3, 1)))
    next(played.discriminator_losses(REAL + 5))
    assert norm.num_batches_tracked == 1
    together = nn.BatchNorm1d(3)
    next(game(Together(), nn.Sequential(together, nn.Linear(3, 1))).discriminator_losses(REAL + 5))
    assert together.num_batches_tracked == 2


@pytest.mark.parametrize("minibatches", [Apart(), Mixed()])
def test_in_a_population(minibatches):
    recipe = TINY.with_(game=GAN(minibatches=minibatches, penalty=R1(1.0)), steps=5)
    members = train(recipe, POINTS, seeds=[3, 8])
    for k, seed in enumerate([3, 8]):
        assert distance(members[k], train(recipe, POINTS, seed)) < 1e-5


@pytest.mark.parametrize("minibatches", [Together(), Apart(), Mixed()])
def test_with_labels(minibatches):
    class Told(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 1)

        def forward(self, x, labels):
            return self.layer(x) + labels[..., None]

    class Maker(nn.Linear):
        def forward(self, z, labels):
            return super().forward(z)

    played = ConditionalGAN(minibatches=minibatches).between(
        Maker(2, 3), Told(), Gaussian(2), Randomness(0)
    )
    losses = list(played.discriminator_losses(Labelled(REAL, torch.arange(6))))
    assert all(loss.shape == (6, 1) for loss in losses)


@pytest.mark.parametrize("minibatches", [Apart(), Mixed()])
def test_a_loss_written_otherwise_is_not_passed_over_in_silence(minibatches):
    @dataclass(frozen=True)
    class Own(GAN):
        def discriminator_loss(self, real):
            return super().discriminator_loss(real)

    assert Own()
    with pytest.raises(ValueError, match=r"discriminator_loss of its own.*loss_on_real"):
        Own(minibatches=minibatches)


def test_interrupted_and_resumed_it_is_the_same():
    from gan_school import resume
    from tests.helpers import stop_at

    recipe = TINY.with_(game=GAN(minibatches=Apart()))
    whole = train(recipe, POINTS)
    half = train(recipe, POINTS, callbacks=[stop_at(7)])
    assert same(resume(half), whole)


def test_nothing_is_shared_with_the_data():
    data = datasets.ring(50)
    before = data.x.clone()
    train(TINY.with_(game=GAN(minibatches=Mixed()), steps=2), data)
    assert torch.equal(data.x, before)
