"""Networks that are told a label."""

import pytest
import torch
from torch import nn

from gan_school.networks import (
    ConcatenationDiscriminator,
    LabelledGenerator,
    ProjectionDiscriminator,
)


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_the_generator_joins_latent_and_embedding():
    generator = LabelledGenerator(nn.Identity(), latent=3, classes=5)
    z, labels = torch.randn(4, 3), torch.tensor([0, 1, 1, 4])
    out = generator(z, labels)
    assert torch.equal(out[:, :3], z)
    assert torch.equal(out[:, 3:], generator.embedding.weight[labels])


def test_shares_of_classes_blend_embeddings():
    generator = LabelledGenerator(nn.Identity(), latent=2, classes=3)
    z, one_hot = torch.randn(3, 2), torch.eye(3)
    assert torch.allclose(generator(z, one_hot), generator(z, torch.arange(3)))
    half = generator(z[:1], torch.tensor([[0.5, 0.0, 0.5]]))[0, 2:]
    assert torch.allclose(half, generator.embedding.weight[[0, 2]].mean(0))


def test_concatenation_adds_a_channel():
    seen = []
    features = nn.Sequential(nn.Flatten(-3))
    features.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network = ConcatenationDiscriminator(features, nn.Linear(3 * 16, 1), 5, (1, 4, 4))
    x, labels = torch.randn(2, 2, 4, 4), torch.tensor([4, 2])
    assert network(x, labels).shape == (2, 1)
    assert torch.equal(seen[0][:, :2], x)
    assert torch.equal(seen[0][:, 2].flatten(1), network.embedding.weight[labels])


def test_projection_is_the_papers_formula():
    head = nn.Linear(3, 1)
    network = ProjectionDiscriminator(nn.Identity(), head, classes=4)
    x, labels = torch.randn(5, 3), torch.tensor([0, 3, 2, 2, 1])
    by_hand = [
        (head(row) + network.embedding.weight[label] @ row).item()
        for row, label in zip(x, labels, strict=True)
    ]
    assert torch.allclose(network(x, labels).flatten(), torch.tensor(by_hand), atol=1e-6)


@pytest.mark.parametrize("kind", [ConcatenationDiscriminator, ProjectionDiscriminator])
def test_the_answer_depends_on_the_label(kind):
    planes = 2 if kind is ConcatenationDiscriminator else 1
    network = kind(nn.Flatten(-3), nn.Linear(planes * 16, 1), 2, (1, 4, 4))
    x = torch.randn(1, 1, 4, 4).expand(2, 1, 4, 4)
    zero, one = network(x, torch.tensor([0, 1]))
    assert (zero - one).abs() > 1e-3
