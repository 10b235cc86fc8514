"""What goes into the generator."""

import pytest
import torch

from gan_school.games import Gaussian, Uniform
from gan_school.randomness import Randomness

KINDS = pytest.mark.parametrize("kind", [Gaussian, Uniform])


@KINDS
def test_shapes(kind):
    assert kind(5).sample(Randomness(0), 7).shape == (7, 5)
    assert kind(5).sample(Randomness([0, 1]), 7).shape == (2, 7, 5)


@KINDS
def test_a_member_gets_what_the_single_gan_with_its_seed_gets(kind):
    both = kind(3).sample(Randomness([4, 9]), 6)
    assert torch.equal(both[1], kind(3).sample(Randomness(9), 6))


def test_gaussian_numbers_are_standard_normal():
    """10,000 numbers; four standard errors are 0.04 for the mean, 0.06 for the kurtosis' root."""
    z = Gaussian(4).sample(Randomness(0), 2500)
    assert z.mean().item() == pytest.approx(0, abs=0.04)
    assert z.std().item() == pytest.approx(1, abs=0.03)
    assert z.abs().max() > 3


def test_uniform_numbers_fill_the_interval_from_minus_one_to_one():
    z = Uniform(4).sample(Randomness(0), 2500)
    assert -1 <= z.min() < -0.99
    assert 0.99 < z.max() < 1
    assert z.mean().item() == pytest.approx(0, abs=0.025)
    assert z.std().item() == pytest.approx((1 / 3) ** 0.5, abs=0.02)


@KINDS
@pytest.mark.parametrize("size", [0, -1, 1.0, "3", None, True])
def test_a_size_that_is_none(kind, size):
    with pytest.raises(ValueError, match="whole number"):
        kind(size)
