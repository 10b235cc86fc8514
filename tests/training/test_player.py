"""A player learns alone: its update, its learning rate, its moving average."""

import math

import pytest
import torch
from torch import nn

from gan_school.networks import Population
from gan_school.training import SGD, Adam, Cosine, MovingAverage, Player

pytestmark = pytest.mark.filterwarnings("error")


def linear(weight: float) -> nn.Linear:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, weight)
    return layer


def test_a_step_goes_down_the_mean_of_the_losses():
    player = Player(linear(2.0), SGD(0.05), updates=1)
    x = torch.tensor([[1.0], [3.0]])
    mean = player.descend(player.network(x) ** 2)  # (4 + 36) / 2; gradient 2·2·(1 + 9) / 2
    assert mean.item() == pytest.approx(20)
    assert not mean.requires_grad
    assert player.network.weight.item() == pytest.approx(2 - 0.05 * 20)


def test_the_losses_of_a_population_are_averaged_for_each_member_and_not_over_them():
    player = Player(Population([linear(2.0), linear(1.0)]), SGD(0.05), updates=1, population=True)
    x = torch.tensor([[1.0], [3.0]]).expand(2, 2, 1)
    means = player.descend(player.network(x) ** 2)
    assert means.tolist() == pytest.approx([20, 5])
    weights = next(player.network.parameters()).flatten().tolist()
    assert weights == pytest.approx([2 - 0.05 * 20, 1 - 0.05 * 10])


def test_no_gradient_reaches_the_opponent():
    player, opponent = Player(linear(2.0), SGD(0.1), updates=1), linear(3.0)
    player.descend(opponent(player.network(torch.ones(4, 1))))
    assert opponent.weight.grad is None
    assert player.gradient_norm().item() == pytest.approx(3)


def test_gradients_of_the_step_before_are_forgotten():
    player = Player(linear(0.0), SGD(1.0), updates=2)
    for _ in range(2):
        player.descend(player.network(torch.ones(4, 1)))
    assert player.network.weight.item() == pytest.approx(-2)


def test_the_learning_rate_follows_its_schedule():
    """Half a cosine from 1 to 0 over four updates: 1, (1 + √½)/2, ½, (1 − √½)/2."""
    player = Player(linear(0.0), SGD(1.0, schedule=Cosine()), updates=4)
    positions = []
    for _ in range(4):
        player.descend(player.network(torch.ones(1, 1)))
        positions.append(player.network.weight.item())
    steps = torch.tensor([0.0, *positions]).diff().neg().tolist()
    assert steps == pytest.approx([1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2])


def test_gradient_norm_of_a_population_is_one_for_each_member():
    player = Player(Population([linear(2.0), linear(1.0)]), SGD(0.1), updates=1, population=True)
    player.descend(torch.tensor([3.0, 5.0]).view(2, 1, 1) * player.network(torch.ones(2, 1, 1)))
    assert player.gradient_norm().tolist() == pytest.approx([3, 5])


def test_adam_is_that_of_pytorch():
    ours, theirs = linear(1.0), linear(1.0)
    player = Player(ours, Adam(0.01, betas=(0.5, 0.9)), updates=3)
    optimizer = torch.optim.Adam(theirs.parameters(), 0.01, betas=(0.5, 0.9))
    for _ in range(3):
        player.descend(ours(torch.ones(2, 1)) ** 2)
        optimizer.zero_grad()
        (theirs(torch.ones(2, 1)) ** 2).mean().backward()
        optimizer.step()
    assert ours.weight.item() == pytest.approx(theirs.weight.item(), abs=1e-7)


def test_the_average_by_hand():
    """Memory 1/11 after the first update, 2/12 after the second, at most 0.15."""
    network = linear(0.0)
    average = MovingAverage(network, memory=0.15)
    expected = 0.0
    for weight, memory in ((1.0, 1 / 11), (2.0, 0.15), (5.0, 0.15)):
        nn.init.constant_(network.weight, weight)
        average.follow(network)
        expected = memory * expected + (1 - memory) * weight
        assert average.network.weight.item() == pytest.approx(expected)
    assert network.weight.item() == 5


def test_the_average_of_a_constant_is_that_constant_and_needs_no_gradient():
    network = linear(3.0)
    average = MovingAverage(network, memory=0.999)
    for _ in range(50):
        average.follow(network)
    assert average.network.weight.item() == pytest.approx(3)
    assert not any(x.requires_grad for x in average.network.parameters())


def test_the_average_takes_over_statistics_as_they_are():
    network = nn.BatchNorm1d(2)
    average = MovingAverage(network, memory=0.99)
    network(torch.randn(8, 2))
    average.follow(network)
    assert torch.equal(average.network.running_mean, network.running_mean)
    assert average.network.num_batches_tracked == 1


def test_the_best_network_is_the_average_where_there_is_one():
    with_average, without = (Player(linear(1.0), SGD(1.0), 1, average=a) for a in (0.9, 0.0))
    assert with_average.best() is with_average.average.network
    assert without.best() is without.network
