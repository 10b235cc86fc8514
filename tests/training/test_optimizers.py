"""Optimisers and schedules as data."""

import pytest
import torch
from torch import nn

from gan_school.training import SGD, Adam, Constant, Cosine


def built(optimizer):
    return optimizer.build([nn.Parameter(torch.zeros(1))])


def test_they_build_those_of_pytorch():
    adam = built(Adam(0.01, betas=(0.5, 0.9)))
    assert type(adam) is torch.optim.Adam
    assert adam.defaults["lr"] == 0.01
    assert adam.defaults["betas"] == (0.5, 0.9)
    sgd = built(SGD(0.1, momentum=0.8))
    assert type(sgd) is torch.optim.SGD
    assert (sgd.defaults["lr"], sgd.defaults["momentum"]) == (0.1, 0.8)


def test_momentum_by_hand():
    """Steps of 1, then 1 + ½, for a gradient of 1 and a momentum of ½."""
    weight = nn.Parameter(torch.zeros(()))
    optimizer = SGD(1.0, momentum=0.5).build([weight])
    for expected in (-1, -2.5):
        weight.grad = torch.ones(())
        optimizer.step()
        assert weight.item() == pytest.approx(expected)


@pytest.mark.parametrize("progress", [0, 0.3, 1])
def test_a_constant_rate(progress):
    assert Constant()(progress) == 1


def test_half_a_cosine():
    assert Cosine()(0) == pytest.approx(1)
    assert Cosine()(0.5) == pytest.approx(0.5)
    assert Cosine()(1) == pytest.approx(0, abs=1e-15)
    assert Cosine(end=0.2)(0) == pytest.approx(1)
    assert Cosine(end=0.2)(0.5) == pytest.approx(0.6)
    assert Cosine(end=0.2)(1) == pytest.approx(0.2)


def test_they_can_be_compared():
    assert Adam(1e-3) == Adam() != Adam(2e-3)
    assert Adam(schedule=Cosine()) != Adam()
    assert len({Adam(), Adam(), SGD()}) == 2
