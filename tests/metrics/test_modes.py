"""Modes counted by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_school.metrics import mode_report
from tests.metrics.points import properties

SQUARE = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])


def around(*counts: int) -> np.ndarray:
    """So many samples right at each corner of the square."""
    return np.repeat(SQUARE, counts, axis=0)


def test_mode_report_by_hand():
    samples = np.concatenate(
        [
            around(49, 30, 1, 0),
            [[3.0, 0.0]],  # exactly 3σ from the first mode: still good
            np.tile([0.0, 3.01], (10, 1)),  # nearest to the first mode, but no good sample of it
            np.tile([5.0, 5.0], (9, 1)),
        ]
    )
    report = mode_report(samples, SQUARE, sigma=1)
    assert report.counts == (50, 30, 1, 0)
    assert report.modes_covered == 3
    assert report.high_quality_share == 0.81
    # Among the 81 good samples, against 1/4 each.
    p = [50 / 81, 30 / 81, 1 / 81]
    assert report.kl == pytest.approx(sum(q * math.log(4 * q) for q in p), rel=1e-12)
    assert report.total_variation == pytest.approx(80 / 81 - 2 / 4, rel=1e-12)
    assert str(report).startswith("3 of 4 modes, 81.0% of the samples within 3σ")


def test_mode_report_covers_a_mode_from_one_per_cent_of_all_samples():
    assert mode_report(around(687, 7, 6, 0), SQUARE, sigma=1).modes_covered == 2
    assert mode_report(around(687, 7, 6, 0), SQUARE, sigma=1, min_share=0.005).modes_covered == 3
    assert mode_report(around(687, 7, 6, 0), SQUARE, sigma=1, min_share=0.5).modes_covered == 1
    # The rule of VEEGAN and PacGAN: one good sample is enough, none is not.
    assert mode_report(around(687, 7, 6, 0), SQUARE, sigma=1, min_share=0).modes_covered == 3
    # A share of all samples, not of the good ones: here 8 of 1,000.
    mostly_bad = np.concatenate([around(8, 0, 0, 0), np.full((992, 2), 5.0)])
    assert mode_report(mostly_bad, SQUARE, sigma=1).modes_covered == 0
    # Exactly the share is enough, also where floating point makes 0.07 · 100 more than 7.
    assert mode_report(around(86, 7, 7, 0), SQUARE, sigma=1, min_share=0.07).modes_covered == 3


def test_mode_report_of_equal_shares():
    report = mode_report(around(25, 25, 25, 25), SQUARE, sigma=0.1)
    assert (report.modes_covered, report.high_quality_share) == (4, 1)
    assert (report.kl, report.total_variation) == (0, 0)


@pytest.mark.parametrize("samples", [around(0, 0, 10, 0), np.full((10, 2), 5.0)])
def test_mode_report_of_one_mode_or_none_is_the_farthest_from_uniform(samples):
    report = mode_report(samples, SQUARE, sigma=1)
    assert report.kl == pytest.approx(math.log(4))
    assert report.total_variation == 3 / 4
    assert report.modes_covered == report.high_quality_share


def test_mode_report_of_perfect_samples():
    # |x|² / σ² of two coordinates is exponential: P(|x| > 3σ) = exp(−9/2) = 1.1 %.
    n, rng = 20_000, np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(8) / 8
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    samples = ring[rng.integers(8, size=n)] + 0.1 * rng.standard_normal((n, 2))
    report = mode_report(samples, ring, sigma=0.1)
    assert report.modes_covered == 8
    share = 1 - math.exp(-4.5)
    error = math.sqrt(share * (1 - share) / n)
    assert report.high_quality_share == pytest.approx(share, abs=4 * error)
    # 2n times the divergence is χ² with 7 degrees of freedom: above 29.9 once in 10,000 times.
    assert report.kl < 29.9 / (2 * sum(report.counts))


@properties
@given(counts=st.tuples(*[st.integers(0, 20)] * 4).filter(any), order=st.permutations(range(4)))
def test_mode_report_stays_in_range_and_treats_modes_alike(counts, order):
    report = mode_report(around(*counts), SQUARE, sigma=1)
    assert report.counts == counts
    assert report.modes_covered == sum(count > 0 for count in counts)
    assert 0 <= report.kl <= math.log(4) + 1e-12
    assert 0 <= report.total_variation <= 3 / 4
    # Pinsker's inequality, which ties the two together
    assert report.total_variation <= math.sqrt(report.kl / 2) + 1e-9
    reordered = mode_report(around(*counts), SQUARE[list(order)], sigma=1)
    assert reordered.counts == tuple(counts[i] for i in order)
    assert reordered.kl == pytest.approx(report.kl, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sigma": 0}, "sigma=0, expected a positive number"),
        ({"sigma": None}, "sigma=None, expected a positive number"),
        ({"sigma": 1, "min_share": 2}, "min_share=2, expected a share from 0 to 1"),
        ({"sigma": 1, "min_share": "all"}, "min_share='all', expected a share from 0 to 1"),
        ({"sigma": 1, "modes": np.zeros((4, 3))}, "samples has 2 features a sample.*modes has 3"),
        ({"sigma": 1, "modes": np.zeros((0, 2))}, r"modes has shape \(0, 2\)"),
        (
            {"sigma": 1, "modes": None},
            "modes: cannot make a tensor of NoneType: it holds no numbers",
        ),
    ],
)
def test_mode_report_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        mode_report(**({"samples": SQUARE, "modes": SQUARE} | arguments))


def test_mode_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        mode_report(SQUARE, SQUARE, sigma=1).kl = 0.0


def test_modes_may_come_in_any_form():
    samples = torch.tensor(around(5, 5, 0, 0), requires_grad=True)
    report = mode_report(samples, torch.tensor(SQUARE), sigma=torch.tensor(1.0))
    assert report.counts == (5, 5, 0, 0)
