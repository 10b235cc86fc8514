"""What goes into the generator."""

import math

import pytest
import torch

from gan_school.games import Categorical, Coded, Gaussian, Uniform
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


CODES = (Categorical(5), Uniform(2), Gaussian(1))


def test_a_choice_is_a_one_among_zeros_and_all_are_equally_likely():
    z = Categorical(5).sample(Randomness(0), 10_000)
    assert z.shape == (10_000, 5)
    assert set(z.unique().tolist()) == {0.0, 1.0} and (z.sum(1) == 1).all()
    assert z.mean(0) == pytest.approx(torch.full((5,), 0.2), abs=0.016)  # four standard errors


def test_noise_comes_first_and_then_the_codes_in_order():
    latent = Coded(3, CODES)
    assert (latent.size, latent.code_size, latent.noise) == (11, 8, Gaussian(3))
    z = latent.sample(Randomness(0), 4000)
    assert z[:, :3].abs().max() > 3
    assert (z[:, latent.place(0)].sum(1) == 1).all() and latent.place(0) == slice(3, 8)
    assert z[:, latent.place(1)].abs().max() < 1 and latent.place(1) == slice(8, 10)
    assert z[:, latent.place(2)].abs().max() > 3 and latent.place(2) == slice(10, 11)
    assert Coded(Uniform(2), CODES).noise == Uniform(2)


def test_a_list_of_codes_will_do():
    assert Coded(3, [*CODES]) == Coded(3, CODES)


def test_one_code_set_and_the_rest_as_it_was():
    latent = Coded(3, CODES)
    z = latent.sample(Randomness(0), 6)
    changed = latent.with_code(z, 1, torch.tensor([0.5, -0.5]))
    assert (changed[:, 8:10] == torch.tensor([0.5, -0.5])).all()
    others = [place for place in range(11) if place not in (8, 9)]
    assert torch.equal(changed[:, others], z[:, others])
    assert z[:, 8:10].ne(changed[:, 8:10]).any()  # the given one is untouched


def test_members_draw_what_single_gans_with_their_seeds_draw():
    latent = Coded(3, CODES)
    both = latent.sample(Randomness([4, 9]), 6)
    assert both.shape == (2, 6, 11)
    assert torch.equal(both[1], latent.sample(Randomness(9), 6))


@pytest.mark.parametrize(
    ("code", "entropy"),
    [
        (Categorical(4), math.log(4)),
        (Uniform(2), 2 * math.log(2)),
        (Gaussian(2), 2 * 0.5 * math.log(2 * math.pi * math.e)),
    ],
)
def test_the_entropy_is_what_the_best_reader_of_nothing_pays(code, entropy):
    """−E log p(c) for the prior itself, by drawing from it."""
    assert code.entropy == pytest.approx(entropy)
    drawn = code.sample(Randomness(0), 20_000)
    assert code.log_likelihood(torch.zeros(20_000, code.answer_count), drawn).shape == (20_000, 1)
    if not isinstance(code, Uniform):
        said = torch.zeros(20_000, code.answer_count)  # all alike; or a mean of 0, a variance of 1
        assert -code.log_likelihood(said, drawn).mean().item() == pytest.approx(entropy, abs=0.03)


def test_no_reader_can_claim_to_know_a_number_exactly():
    answers = torch.tensor([[0.3, -100.0], [0.3, 2 * math.log(0.05)]])
    likelihood = Uniform(1).log_likelihood(answers, torch.tensor([[0.3], [0.3]]))
    assert torch.equal(likelihood[0], likelihood[1])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Categorical(0), ValueError, "Categorical: the latent has size 0"),
        (lambda: Coded(3, ()), ValueError, "one code or more"),
        (lambda: Coded(0, (Categorical(3),)), ValueError, "Gaussian: the latent has size 0"),
        (lambda: Coded(3, (3,)), TypeError, r"codes=\(3,\)\): expected a tuple, each in it a Code"),
        (lambda: Coded(3, Categorical(3)), TypeError, "expected a tuple, each in it a Code"),
    ],
)
def test_bad_codes(make, error, message):
    with pytest.raises(error, match=message):
        make()
