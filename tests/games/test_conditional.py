"""The game with labels."""

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from gan_school.games import GAN, ConditionalGAN, Gaussian, Labelled
from gan_school.games.samples import labels_of, samples, values, with_values
from gan_school.randomness import Randomness

pytestmark = pytest.mark.filterwarnings("error")

LABELS = torch.tensor([2, 0, 1, 1])


class Echo(nn.Module):
    """A generator that gives the label in the first place, and the latent in the second."""

    def forward(self, z, labels):
        return torch.stack([labels.float(), z[:, 0]], dim=1)


class Agrees(nn.Module):
    """A discriminator whose logit is 5 where the first number is the label, and −5 elsewhere."""

    def forward(self, x, labels):
        return torch.where(x[:, :1] == labels[:, None], 5.0, -5.0)


def game() -> ConditionalGAN:
    return ConditionalGAN().between(Echo(), Agrees(), Gaussian(3), Randomness(0))


def test_fakes_have_the_labels_of_the_batch():
    fake = game().sample_like(Labelled(torch.zeros(4, 2), LABELS))
    assert isinstance(fake, Labelled)
    assert torch.equal(fake.labels, LABELS)
    assert torch.equal(fake.x[:, 0], LABELS.float())


def test_samples_are_judged_with_their_labels():
    x = torch.tensor([[2.0, 0], [0, 0], [0, 0], [1, 0]])
    assert game().score(Labelled(x, LABELS)).flatten().tolist() == [5, 5, -5, 5]


def test_the_losses_are_those_of_the_game_without_labels():
    real = Labelled(torch.zeros(4, 2), LABELS)  # right for one of four
    logits = torch.tensor([[-5.0], [5.0], [-5.0], [-5.0]])
    expected = softplus(-logits) + softplus(torch.tensor(5.0))  # the fakes agree
    assert torch.allclose(game().discriminator_loss(real), expected)
    assert torch.allclose(game().generator_loss(real), softplus(torch.tensor(-5.0)).expand(4, 1))


def test_only_it_uses_labels():
    assert ConditionalGAN().uses_labels
    assert not GAN().uses_labels


def test_samples_with_and_without_labels():
    x, other = torch.zeros(4, 2), torch.ones(4, 2)
    labelled = samples(x, LABELS)
    assert isinstance(labelled, Labelled)
    assert samples(x, None) is x
    assert values(labelled) is values(x) is x
    assert labels_of(labelled) is LABELS
    assert labels_of(x) is None
    assert with_values(labelled, other).x is other
    assert with_values(labelled, other).labels is LABELS
    assert with_values(x, other) is other
