"""Metrics against closed forms and numbers worked out by hand, never against themselves."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.dummy import DummyClassifier

from gan_school.datasets import Dataset
from gan_school.metrics import (
    TwoSampleAccuracy,
    density_coverage,
    frechet_distance,
    kernel_distance,
    mode_report,
    precision_recall,
    sliced_wasserstein,
    two_sample_test,
)

# The same examples in every run, so that a failure can be repeated; no example has a deadline,
# because the machines that run this are shared.
properties = settings(derandomize=True, deadline=None, max_examples=40)


def line(*points: float) -> np.ndarray:
    """Points on a line, shape (n, 1)."""
    return np.array(points, dtype=float)[:, None]


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def spiral(seed: int, n: int = 1000, evenly: bool = True) -> np.ndarray:
    """The course's first data set, written out once more; or at random places on its curve."""
    places = np.arange(n) / n if evenly else np.random.default_rng(seed + 1000).random(n)
    t, e = 2 * np.pi * places, normal(seed, n)
    x = np.stack([t, t * np.cos(2 * t) + 0.1 * e, t * np.exp(-t) + 0.01 * e], axis=1)
    return (x - x.mean(0)) / x.std(0)


def samples(least: int = 2, most: int = 8, columns: int = 2) -> st.SearchStrategy[np.ndarray]:
    """Small sets of points with coordinates that are sixteenths, so that shifting them is exact."""
    return st.integers(least, most).flatmap(
        lambda n: arrays(float, (n, columns), elements=st.integers(-64, 64).map(lambda i: i / 16))
    )


# ------------------------------------------------------------------------------ frechet_distance

ZERO = np.zeros(2)


def test_frechet_distance_of_covariances_that_do_not_commute():
    # For a 2×2 matrix M without negative eigenvalues a, b:
    #     (√a + √b)² = a + b + 2 √(ab),  so  tr √M = √(tr M + 2 √(det M)).
    # Here M = A½ B A½, with tr M = tr AB and det M = det A · det B. For the A and B below
    #     tr AB = 4·5 + 1·1 = 21,  det A = 4,  det B = 5 − 4 = 1,  tr √M = √(21 + 2·2) = 5,
    #     d² = tr A + tr B − 2·5 = 5 + 6 − 10 = 1.
    # What is not the answer: the diagonals alone, (2 − √5)² = 0.056; sorted eigenvalues, 0.515;
    # tr(A + B − 2 √A √B) = 1.10.
    a, b = np.diag([4.0, 1.0]), np.array([[5.0, 2.0], [2.0, 1.0]])
    assert not np.allclose(a @ b, b @ a)
    assert frechet_distance(ZERO, a, ZERO, b) == pytest.approx(1, rel=1e-12)
    assert frechet_distance([3.0, 0.0], a, [0.0, 4.0], b) == pytest.approx(1 + 25, rel=1e-12)


def test_frechet_distance_in_one_dimension_is_that_of_means_and_standard_deviations():
    # (μ₁ − μ₂)² + (σ₁ − σ₂)² = 2² + (3 − 5)²; np.cov of a line gives a bare number
    assert frechet_distance([1.0], [[9.0]], [3.0], [[25.0]]) == pytest.approx(8, rel=1e-12)
    assert frechet_distance(1.0, np.array(9.0), 3.0, np.array(25.0)) == pytest.approx(8, rel=1e-12)


def test_frechet_distance_of_diagonal_covariances():
    # Σ (√aᵢ − √bᵢ)² = (1 − 2)² + (3 − 3)² + (5 − 1)²
    a, b = np.diag([1.0, 9.0, 25.0]), np.diag([4.0, 9.0, 1.0])
    assert frechet_distance(np.zeros(3), a, np.zeros(3), b) == pytest.approx(17, rel=1e-12)


def test_frechet_distance_of_singular_covariances():
    # Of rank one, A = u uᵀ and B = v vᵀ: A½ = u uᵀ / |u|, so A½ B A½ = (u·v)² u uᵀ / |u|², whose
    # root has the trace |u·v|. Here |u|² = 9, |v|² = 2, u·v = 2 + 1 = 3.
    u, v, zero = np.array([2.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.0]), np.zeros(3)
    a, b = np.outer(u, u), np.outer(v, v)
    assert frechet_distance(zero, a, zero, b) == pytest.approx(9 + 2 - 6, rel=1e-9)
    # The same A against the identity: the trace of the root is √(uᵀ u) = 3.
    assert frechet_distance(zero, a, zero, np.eye(3)) == pytest.approx(9 + 3 - 6, rel=1e-9)
    # Against a single point, nothing can overlap.
    assert frechet_distance(zero, a, zero, np.zeros((3, 3))) == pytest.approx(9, rel=1e-12)


def test_frechet_distance_is_zero_for_equal_rank_deficient_covariances():
    # 5 samples in 30 dimensions: 26 eigenvalues are zero up to rounding, on either side
    cov = np.cov(normal(0, 5, 30), rowvar=False)
    assert 0 <= frechet_distance(np.zeros(30), cov, np.zeros(30), cov) < 1e-12


def test_frechet_distance_accepts_a_covariance_computed_in_32_bit_floats():
    x = torch.from_numpy(normal(1, 5, 30)).float()
    cov = torch.cov(x.T)
    assert 0 <= frechet_distance(x.mean(0), cov, x.mean(0), cov) < 1e-4


@properties
@given(x=samples(3, 8, 3), y=samples(3, 8, 3), seed=st.integers(0, 1000))
def test_frechet_distance_is_symmetric_not_negative_and_blind_to_rotation(x, y, seed):
    def distance(x, y):
        return frechet_distance(
            x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False)
        )

    rotation = np.linalg.qr(normal(seed, 3, 3)).Q
    d2 = distance(x, y)
    assert d2 >= 0
    assert distance(y, x) == pytest.approx(d2, abs=1e-6)
    assert distance(x @ rotation, y @ rotation) == pytest.approx(d2, abs=1e-6)
    assert distance(3 * x + 1, 3 * y + 1) == pytest.approx(9 * d2, abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ZERO, np.eye(3), ZERO, np.eye(2)), r"cov1 .*\(3, 3\).*expected \(2, 2\)"),
        ((ZERO, np.ones(2), ZERO, np.eye(2)), r"cov1 .*\(1, 2\).*rowvar=False"),
        ((ZERO, np.eye(2), np.zeros(3), np.eye(3)), "2 dimensions.*the second 3"),
        ((np.eye(2), np.eye(2), ZERO, np.eye(2)), r"mean1 .*\(2, 2\).*expected \(d,\)"),
        ((ZERO, np.eye(2), ZERO, [[1.0, 0.5], [0.0, 1.0]]), "cov2 is not symmetric.*0.5"),
        ((ZERO, np.eye(2), ZERO, [[1.0, 2.0], [2.0, 1.0]]), "cov2 .*negative eigenvalue -1"),
        ((ZERO, np.eye(2), ZERO, np.full((2, 2), np.nan)), "cov2 .*4 numbers.*NaN"),
        ((np.array([np.inf, 0]), np.eye(2), ZERO, np.eye(2)), "mean1 .*infinite"),
    ],
)
def test_frechet_distance_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(*arguments)


# ------------------------------------------------------------------------------- kernel_distance


def test_cubic_kernel_distance_by_hand():
    # k(a, b) = (ab + 1)³: k(1, 2) = 27, k(0, 3) = 1, and between the sets 1, 64, 1, 343.
    x, y = line(1, 2), line(0, 3)
    assert kernel_distance(x, y) == pytest.approx(27 + 1 - 2 * 409 / 4, rel=1e-12)
    # In two dimensions x·y is halved: k = 1 within either set, and 27, 1, 27, 1 between them.
    x, y = np.array([[2.0, 0], [0, 2]]), np.array([[2.0, 2], [0, 0]])
    assert kernel_distance(x, y, kernel="cubic") == pytest.approx(1 + 1 - 2 * 14, rel=1e-12)


def test_kernel_distance_averages_over_pairs_of_different_points_when_sizes_differ():
    # k(a, b) = ab, so each mean is one of products. Within 1, 2, 3: (2 + 3 + 6) / 3; within 0, 4:
    # 0; between them: the product of the means, 2 · 2.
    dot = kernel_distance(line(1, 2, 3), line(0, 4), kernel=lambda x, y: x @ y.T)
    assert dot == pytest.approx(11 / 3 + 0 - 2 * 4, rel=1e-12)


def test_rbf_kernel_distance_by_hand():
    x, y, e = line(0, 2), line(1, 3), math.exp
    # σ = 1. Within the sets, distance 2; between them 1, 3, 1, 1.
    expected = e(-2) + e(-2) - 2 * (3 * e(-1 / 2) + e(-9 / 2)) / 4
    assert kernel_distance(x, y, "rbf", bandwidth=1) == pytest.approx(expected, rel=1e-12)
    # Pooled, the distances are 1, 1, 1, 2, 2, 3, and their median is 1.5.
    expected = e(-8 / 9) + e(-8 / 9) - 2 * (3 * e(-2 / 9) + e(-2)) / 4
    assert kernel_distance(x, y, "rbf") == pytest.approx(expected, rel=1e-12)


def test_median_bandwidth_ignores_copies():
    # All fakes are one point, 0.5. Of the distances between different points one is 1 and 80 are
    # 0.5: σ = 0.5, k = exp(−2 d²). The median of all distances would be 0.
    expected = math.exp(-2) + 1 - 2 * math.exp(-1 / 2)
    assert kernel_distance(line(0, 1), line(*[0.5] * 40), "rbf") == pytest.approx(expected)
    assert kernel_distance(line(4, 4), line(4, 4), "rbf") == 0


def test_median_bandwidth_of_many_points_is_that_of_all_of_them():
    # A few clusters that come in turn: a sample of every second point would see only one of them.
    x = np.tile(line(0, 10), (1500, 1)) + 1e-3 * normal(0, 3000, 1)
    within = kernel_distance(x, x[:100], "rbf")
    fixed = kernel_distance(x, x[:100], "rbf", bandwidth=10)
    assert within == pytest.approx(fixed, abs=1e-3)


def mean_and_error(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))


def test_cubic_kernel_distance_of_gaussians_is_that_of_their_moments():
    # (xy + 1)³ = x³y³ + 3 x²y² + 3 xy + 1, so MMD² = Δ₃² + 3 Δ₂² + 3 Δ₁², where Δᵢ is by how much
    # the i-th moments differ. Those of N(0, 1) are 0, 1, 0; those of N(½, 1) are ½, 1¼, ⅛ + 3/2.
    expected = 1.625**2 + 3 * 0.25**2 + 3 * 0.5**2
    # Small samples, where the bias of the simple estimate, about +5 here, would show at once.
    runs = [
        kernel_distance(normal(2 * i, 20, 1), normal(2 * i + 1, 10, 1) + 0.5) for i in range(999)
    ]
    mean, error = mean_and_error(runs)
    assert error < 0.5
    assert mean == pytest.approx(expected, abs=4 * error)


def test_rbf_kernel_distance_of_gaussians_is_the_closed_form():
    # x − y ~ N(v, 2·1), so E k(x, y) = (σ² / (σ² + 2))^(d/2) exp(−|v|² / 2(σ² + 2)).
    v, sigma, d = np.array([1.0, 0.0, 1.0]), 1.5, 3
    within = (sigma**2 / (sigma**2 + 2)) ** (d / 2)
    expected = 2 * within * (1 - math.exp(-(v @ v) / (2 * (sigma**2 + 2))))
    runs = [
        kernel_distance(normal(2 * i, 20, d), normal(2 * i + 1, 10, d) + v, "rbf", bandwidth=sigma)
        for i in range(999)
    ]
    mean, error = mean_and_error(runs)
    assert error < 0.05 * expected
    assert mean == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("kernel", ["cubic", "rbf"])
def test_kernel_distance_is_zero_on_average_for_one_distribution(kernel):
    # The biased estimate is above zero in each of these runs.
    runs = [
        kernel_distance(normal(2 * i, 15, 2), normal(2 * i + 1, 15, 2), kernel) for i in range(500)
    ]
    mean, error = mean_and_error(runs)
    assert abs(mean) < 4 * error
    assert 100 < sum(run < 0 for run in runs) < 400


@properties
@given(x=samples(), y=samples(), seed=st.integers(0, 1000))
def test_kernel_distance_is_symmetric_and_has_no_order(x, y, seed):
    rng = np.random.default_rng(seed)
    for kernel in ("cubic", "rbf"):
        d = kernel_distance(x, y, kernel)
        assert kernel_distance(y, x, kernel) == pytest.approx(d, rel=1e-9, abs=1e-9)
        shuffled = kernel_distance(rng.permutation(x), rng.permutation(y), kernel)
        assert shuffled == pytest.approx(d, rel=1e-9, abs=1e-9)
    # Only the rbf kernel does not know where zero is, and only it is bounded.
    assert kernel_distance(x + 1000, y + 1000, "rbf") == pytest.approx(d, rel=1e-9, abs=1e-9)
    assert -2 <= d <= 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel": "linear"}, "no kernel is called 'linear'.*'cubic', 'rbf'"),
        ({"kernel": "cubic", "bandwidth": 1.0}, 'only the "rbf" kernel has a bandwidth'),
        ({"kernel": torch.cdist, "bandwidth": 1.0}, 'only the "rbf" kernel has a bandwidth'),
        ({"kernel": "rbf", "bandwidth": 0}, "bandwidth=0, expected a positive number"),
        ({"kernel": "rbf", "bandwidth": math.nan}, "bandwidth=nan"),
        ({"kernel": "rbf", "bandwidth": "wide"}, "bandwidth='wide'"),
        ({"kernel": lambda x, y: x @ x.T}, r"shape \(3, 3\) for 3 and 2 points"),
    ],
)
def test_kernel_distance_says_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(line(1, 2, 3), line(4, 5), **settings)


def test_kernel_distance_needs_a_pair_on_either_side():
    with pytest.raises(ValueError, match=r"y has shape \(1, 1\): too few.*Give 2 or more"):
        kernel_distance(line(1, 2, 3), line(4))


# ---------------------------------------------------------------------------- sliced_wasserstein


@pytest.mark.parametrize("d", [2, 3, 10, 100])
def test_sliced_wasserstein_of_a_shift(d):
    # W₂(θ·x, θ·(x + v)) = |θ·v|, and E (θ·v)² = |v|² / d for a random direction θ.
    # E (θ·v)⁴ = 3 |v|⁴ / d(d + 2), so (θ·v)² has the relative variance 2(d − 1) / (d + 2).
    x, v, projections = normal(0, 12, d), normal(1, d), 10_000
    error = math.sqrt(2 * (d - 1) / (d + 2) / projections)
    squared = sliced_wasserstein(x, x + v, projections=projections) ** 2
    assert squared == pytest.approx(v @ v / d, rel=4 * error)


def test_sliced_wasserstein_of_order_one_of_a_shift():
    # In three dimensions θ·v is uniform in ±|v|: its absolute value is |v| / 2 on average, with a
    # standard deviation of |v| / √12.
    x, v, projections = normal(0, 12, 3), np.array([2.0, 3.0, 6.0]), 10_000
    distance = sliced_wasserstein(x, x + v, projections=projections, p=1)
    assert distance == pytest.approx(7 / 2, abs=4 * 7 / math.sqrt(12 * projections))


def test_sliced_wasserstein_on_a_line_by_hand():
    # Any direction is ±1. Sorted, the distances are |0 − 1|, |4 − 7|.
    assert sliced_wasserstein(line(4, 0), line(1, 7), projections=3) == pytest.approx(5**0.5)
    assert sliced_wasserstein(line(4, 0), line(1, 7), projections=3, p=1) == pytest.approx(2)
    assert sliced_wasserstein(line(4, 0), line(1, 7), p=3) == pytest.approx(14 ** (1 / 3))


def test_sliced_wasserstein_of_unequal_sizes_by_hand():
    # One quantile function is 0 up to ½, then 1; the other is 0 up to ⅔, then 3. They differ by 1
    # on a stretch of ⅙ and by 2 on one of ⅓.
    x, y = line(0, 1), line(0, 3, 0)
    assert sliced_wasserstein(x, y, p=1) == pytest.approx(1 / 6 + 2 / 3, rel=1e-12)
    assert sliced_wasserstein(x, y) == pytest.approx(math.sqrt(1 / 6 + 4 / 3), rel=1e-12)
    # Against a single point, all mass goes there.
    assert sliced_wasserstein(line(1, 2, 6), line(0), p=1) == pytest.approx(3, rel=1e-12)


def test_sliced_wasserstein_of_two_draws_of_the_spiral():
    # The reference for "as good as it gets" with 1,000 points: about 0.013 for p = 2.
    floor = [sliced_wasserstein(spiral(2 * i), spiral(2 * i + 1)) for i in range(4)]
    assert 0.011 < min(floor) < max(floor) < 0.016
    # A perfect generator would still put its points at random places.
    random = [sliced_wasserstein(spiral(i), spiral(9 + i, evenly=False)) for i in range(8)]
    assert 0.02 < min(random) < np.mean(random) < 0.07
    # And the pictures we must be able to tell from that: a Gaussian cloud, a third of the curve.
    assert sliced_wasserstein(spiral(0), normal(1, 1000, 3)) > 10 * max(floor)
    assert sliced_wasserstein(spiral(0), spiral(1)[:333]) > 10 * max(floor)


@properties
@given(x=samples(1), y=samples(1), z=samples(1), p=st.sampled_from([1, 2]))
def test_sliced_wasserstein_is_a_distance(x, y, z, p):
    def d(x, y):
        return sliced_wasserstein(x, y, projections=16, p=p)

    rng = np.random.default_rng(0)
    assert d(x, y) >= 0
    assert d(x, y) == pytest.approx(d(y, x), abs=1e-12)
    assert d(x, rng.permutation(x)) == pytest.approx(0, abs=1e-12)
    assert d(x, z) <= d(x, y) + d(y, z) + 1e-12
    assert d(x + 3, y + 3) == pytest.approx(d(x, y), abs=1e-12)
    assert d(5 * x, 5 * y) == pytest.approx(5 * d(x, y), abs=1e-11)
    # Samples stand for distributions: writing each down three times changes nothing.
    assert d(np.repeat(x, 3, axis=0), y) == pytest.approx(d(x, y), abs=1e-12)


def test_sliced_wasserstein_repeats_itself_and_leaves_global_random_numbers_alone():
    x, y = normal(0, 20, 3), normal(1, 20, 3)
    state = torch.get_rng_state()
    assert sliced_wasserstein(x, y, seed=1) == sliced_wasserstein(x, y, seed=1)
    assert sliced_wasserstein(x, y, seed=1) != sliced_wasserstein(x, y, seed=2)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"projections": 0}, "projections=0, expected a whole number from 1"),
        ({"projections": 1.5}, "projections=1.5"),
        ({"p": 0.5}, "p=0.5, expected a finite number from 1"),
        ({"p": math.inf}, "p=inf"),
    ],
)
def test_sliced_wasserstein_says_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein(line(1), line(2), **settings)


# ------------------------------------------------- precision and recall, density and coverage

# Nearest neighbours (k = 1) of 0, 1, 3, 7 are 1, 1, 2, 4 away; the second nearest 3, 2, 3, 6.
REAL = line(0, 1, 3, 7)


def test_precision_and_recall_by_hand():
    # Fakes: 0.5 is within 1 of 0, 4.5 within 2 of 3; 12 and 13 are 5 and 6 from 7, and so outside.
    # Their own neighbours are 4, 4, 1, 1 away: every real point is within 4 of 0.5 or of 4.5.
    fake = line(0.5, 4.5, 12, 13)
    assert precision_recall(REAL, fake, k=1) == (1 / 2, 1)
    assert precision_recall(fake, REAL, k=1) == (1, 1 / 2)
    # With k = 2, the ball around 7 has a radius of 6 and takes in 12 and, on its surface, 13.
    assert precision_recall(REAL, fake, k=2) == (1, 1)


def test_density_and_coverage_by_hand():
    # k = 1: each of the three fakes near 0.5 is in the balls around 0 and 1, the fourth in none.
    fake = line(0.5, 0.6, 0.7, 50)
    assert density_coverage(REAL, fake, k=1) == (6 / (1 * 4), 2 / 4)
    # k = 2: those three are within 3 of 3, too, but not within 6 of 7.
    assert density_coverage(REAL, fake, k=2) == (9 / (2 * 4), 3 / 4)
    # Density is an average over fakes, coverage one over real points.
    assert density_coverage(REAL, fake[:1], k=1) == (2 / (1 * 1), 2 / 4)


def test_a_dropped_mode_lowers_recall_and_coverage_only():
    mode = line(0, 1, 2.5, 4.5)
    real = np.concatenate([mode, mode + 100])
    shifted = mode + 0.25
    assert precision_recall(real, np.concatenate([shifted, shifted + 100]), k=2) == (1, 1)
    assert precision_recall(real, shifted, k=2) == (1, 1 / 2)
    both = density_coverage(real, np.concatenate([shifted, shifted + 100]), k=2)
    one = density_coverage(real, shifted, k=2)
    assert one.density == both.density
    assert (both.coverage, one.coverage) == (1, 1 / 2)


def test_one_real_outlier_spoils_precision_but_hardly_density():
    # The ball around 100 reaches to its second neighbour, 2: garbage in between counts as precise.
    real, garbage = line(0, 1, 2, 3, 100), line(50, 60, 70, 80)
    assert precision_recall(real, garbage, k=2).precision == 1
    # Each garbage point lies in one ball where k = 2 would be usual; one of five balls is entered.
    assert density_coverage(real, garbage, k=2) == (1 / 2, 1 / 5)


def test_fake_outliers_lower_precision_and_density_in_proportion():
    real = normal(0, 60, 2)
    fake = np.concatenate([real, normal(1, 20, 2) + 1000])
    assert precision_recall(real, fake).precision == 60 / 80
    assert density_coverage(real, fake).density == pytest.approx(60 / 80, rel=1e-12)
    assert density_coverage(real, fake).coverage == 1


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("d", [2, 100])
def test_a_copy_of_the_data_scores_one_everywhere(k, d):
    # A ball holds its own centre and the k − 1 neighbours nearer than the k-th: density k / k.
    real = normal(0, 50, d)
    fake = np.random.default_rng(1).permutation(real)
    assert precision_recall(real, fake, k) == (1, 1)
    assert density_coverage(real, fake, k) == (1, 1)


def test_copies_within_the_data_are_neighbours():
    # Tables have equal rows. Here every point has so many copies that all balls have radius 0.
    real = np.repeat(line(0, 1, 2), 4, axis=0)
    fake = line(0, 0, 1, 1.5)
    assert precision_recall(real, fake, k=3).precision == 3 / 4
    # Each of the three fakes that hit is in four balls; 8 of the 12 balls have a fake inside.
    assert density_coverage(real, fake, k=3) == (12 / (3 * 4), 8 / 12)


def test_samples_of_one_distribution_have_density_one_and_the_expected_coverage():
    # Among the 2n − 1 other points of a real one, the k nearest are real with probability about
    # 2^−k, and only then no fake comes before the k-th real neighbour (Naeem et al., section 3).
    scores = [
        density_coverage(normal(2 * i, 200, 2), normal(2 * i + 1, 200, 2), k=3) for i in range(30)
    ]
    density, coverage = np.mean(scores, axis=0)
    errors = np.std(scores, axis=0) / math.sqrt(30)
    assert (errors < 0.02).all()
    assert density == pytest.approx(1, abs=4 * errors[0])
    assert coverage == pytest.approx(1 - 2**-3, abs=4 * errors[1] + 0.005)


@properties
@given(real=samples(4, 10), fake=samples(4, 10), k=st.integers(1, 3), seed=st.integers(0, 1000))
def test_neighbour_metrics_have_no_order_no_origin_no_unit_and_stay_in_range(real, fake, k, seed):
    rng = np.random.default_rng(seed)
    for metric in (precision_recall, density_coverage):
        scores = metric(real, fake, k)
        assert metric(rng.permutation(real), rng.permutation(fake), k) == scores
        assert metric(real * 4 + 64, fake * 4 + 64, k) == scores
        assert all(score >= 0 for score in scores)
    assert precision_recall(real, fake, k) == precision_recall(fake, real, k)[::-1]
    assert max(precision_recall(real, fake, k)) <= 1
    density, coverage = density_coverage(real, fake, k)
    assert coverage <= 1
    assert density <= len(real) / k
    # Shares of ten points are tenths.
    assert Fraction(coverage).limit_denominator(10) * len(real) % 1 == 0


@pytest.mark.parametrize("metric", [precision_recall, density_coverage])
def test_neighbour_metrics_say_what_is_wrong(metric):
    with pytest.raises(ValueError, match=r"real has 4 samples.*number 4.*smaller k"):
        metric(REAL, line(*range(9)), k=4)
    with pytest.raises(ValueError, match="k=0, expected a whole number from 1"):
        metric(REAL, REAL, k=0)
    with pytest.raises(ValueError, match=r"k=1\.5"):
        metric(REAL, REAL, k=1.5)


def test_only_precision_and_recall_need_neighbours_among_the_fakes():
    with pytest.raises(ValueError, match="fake has 2 samples"):
        precision_recall(REAL, line(1, 2), k=3)
    assert density_coverage(REAL, line(1, 2), k=3).coverage == 1


# ------------------------------------------------------------------------------- two_sample_test


def test_two_sample_test_is_at_chance_for_one_distribution():
    # Trees know their training points by heart: tested on them, the accuracy would be 1.
    runs = [
        two_sample_test(normal(2 * i, 200, 3), normal(2 * i + 1, 200, 3), seed=i) for i in range(8)
    ]
    # The accuracy's standard deviation under the null hypothesis, 1 / (2 √200), over √8.
    assert np.mean(runs) == pytest.approx(0.5, abs=4 / (2 * math.sqrt(200 * 8)))
    assert len(set(runs)) > 1
    assert min(run.p_value for run in runs) > 0.005


def test_two_sample_test_tells_separate_samples_apart():
    run = two_sample_test(normal(0, 100, 2), normal(1, 100, 2) + 10)
    assert run == 1
    # z = ½ · 2 · √100 = 10 standard deviations
    assert run.p_value == pytest.approx(7.6e-24, rel=0.01)
    assert run.n_test == 100


@pytest.mark.slow
def test_two_sample_test_notices_that_a_thin_curve_was_blurred():
    # A tenth of the data's standard deviation: the moments hardly change.
    blurred = spiral(1) + 0.1 * normal(2, 1000, 3)
    run = two_sample_test(spiral(0), blurred)
    assert run > 0.65
    assert run.p_value < 1e-6
    # Dropped modes: the second half of the curve is missing.
    assert two_sample_test(spiral(0), spiral(1)[:500]).p_value < 1e-6


def test_two_sample_test_draws_as_many_real_as_fake():
    # If it did not, always answering "real" would be right 10 times in 11.
    constant = DummyClassifier(strategy="constant", constant=1)
    run = two_sample_test(normal(0, 500, 2), normal(1, 50, 2), classifier=constant)
    assert run == 0.5
    assert run.n_test == 50
    assert not hasattr(constant, "classes_"), "the caller's classifier was trained"


def test_two_sample_test_uses_all_of_an_odd_number():
    assert two_sample_test(normal(0, 11, 2), normal(1, 15, 2)).n_test == 12


def test_two_sample_test_shuffles():
    # Sorted data: without shuffling, it would be trained on one half of the line and tested on the
    # other, and this classifier, which splits each half in the middle, would be at chance.
    x = np.sort(normal(0, 400, 1), axis=0)
    far = np.concatenate([x[:200] - 50, x[200:] + 50])
    assert two_sample_test(x, far) > 0.99


def test_two_sample_test_repeats_itself():
    real, fake = normal(0, 60, 2), normal(1, 60, 2) + 0.5
    np.random.seed(0)
    first = two_sample_test(real, fake, seed=3)
    np.random.seed(1)
    assert two_sample_test(real, fake, seed=3) == first
    assert len({two_sample_test(real, fake, seed=seed) for seed in range(6)}) > 1


def test_two_sample_accuracy_is_a_number_with_a_p_value():
    accuracy = TwoSampleAccuracy(0.6, n_test=100)
    # z = 0.1 · 2 · 10 = 2; beyond two standard deviations on one side lie 2.275 %
    assert accuracy.p_value == pytest.approx(0.02275, abs=1e-5)
    assert TwoSampleAccuracy(0.5, n_test=7).p_value == 0.5
    assert TwoSampleAccuracy(0.4, n_test=100).p_value == pytest.approx(1 - 0.02275, abs=1e-5)
    assert isinstance(accuracy, float)
    assert f"{accuracy:.2f}" == "0.60"
    for same in (copy.deepcopy(accuracy), pickle.loads(pickle.dumps(accuracy))):
        assert (same, same.n_test, same.p_value) == (0.6, 100, accuracy.p_value)


def test_two_sample_test_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"fake has shape \(9, 2\): too few.*Give 10 or more"):
        two_sample_test(normal(0, 50, 2), normal(1, 9, 2))


# ----------------------------------------------------------------------------------- mode_report

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
        ({"sigma": 1, "modes": np.zeros((4, 3))}, "samples has 2 features a sample.*modes has 3"),
        ({"sigma": 1, "modes": np.zeros((0, 2))}, r"modes has shape \(0, 2\)"),
        ({"sigma": 1, "modes": None}, "modes"),
    ],
)
def test_mode_report_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        mode_report(**({"samples": SQUARE, "modes": SQUARE} | arguments))


def test_mode_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        mode_report(SQUARE, SQUARE, sigma=1).kl = 0.0


# -------------------------------------------------------------------------- what they all accept

TWO_SAMPLE_METRICS = [
    kernel_distance,
    sliced_wasserstein,
    precision_recall,
    density_coverage,
    two_sample_test,
]


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
def test_samples_may_come_in_any_form(metric):
    x, y = torch.from_numpy(normal(0, 20, 4)).float(), torch.from_numpy(normal(1, 20, 4)).float()
    expected = metric(x, y)
    assert metric(x.numpy(), y.numpy()) == expected
    assert metric(x.tolist(), y.tolist()) == expected
    assert metric(pd.DataFrame(x.numpy(), columns=list("xyzt")), y) == expected
    assert metric(Dataset(x.clone().requires_grad_()), y.clone().requires_grad_()) == expected
    assert metric(x.double(), y.numpy()[::-1][::-1]) == expected
    # Images are flattened.
    assert metric(x.reshape(20, 1, 2, 2), y.reshape(20, 2, 2)) == expected


def test_modes_may_come_in_any_form():
    samples = torch.tensor(around(5, 5, 0, 0), requires_grad=True)
    report = mode_report(samples, torch.tensor(SQUARE), sigma=torch.tensor(1.0))
    assert report.counts == (5, 5, 0, 0)


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
def test_inputs_stay_as_they_are(metric):
    x, y = torch.from_numpy(normal(0, 20, 3)), torch.from_numpy(normal(1, 20, 3))
    before = x.clone(), y.clone()
    metric(x, y)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])


@pytest.mark.parametrize("d", [3, 50])
@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS[:4])
def test_going_block_by_block_changes_nothing(metric, d, monkeypatch):
    x, y = normal(0, 40, d), normal(1, 30, d) + 0.1
    whole = metric(x, y)
    monkeypatch.setattr(
        "gan_school.metrics.samples._BLOCK", 7 * 40
    )  # seven rows at a time, and a remainder
    assert metric(x, y) == pytest.approx(whole, rel=1e-9)


def test_distances_in_many_dimensions_are_those_in_few():
    # Above 32 features another formula is used: empty features must not change anything.
    real, fake = normal(0, 50, 3), normal(1, 50, 3)
    wide = [np.pad(x, ((0, 0), (0, 60))) for x in (real, fake)]
    assert precision_recall(*wide) == precision_recall(real, fake)
    assert density_coverage(*wide) == density_coverage(real, fake)
    expected = kernel_distance(real, fake, "rbf")
    assert kernel_distance(*wide, "rbf") == pytest.approx(expected, abs=1e-6)
    # Far from the origin, where squares would swallow the differences.
    assert precision_recall(wide[0] + 1e6, wide[1] + 1e6) == precision_recall(real, fake)


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.where(np.arange(40).reshape(20, 2) == 5, np.nan, 1.0), "holds 1 numbers.*NaN"),
        (np.full((20, 2), np.inf), "holds 40 numbers.*infinite.*diverged"),
        (np.zeros((20, 3)), "3 features a sample.*has 2"),
        (np.zeros(20), r"shape \(20,\), expected \(samples, features\).*\[:, None\]"),
        (np.zeros((0, 2)), r"shape \(0, 2\): too few samples or none"),
        (np.zeros((20, 0)), r"shape \(20, 0\).*at least one feature"),
        ([["a", "b"]] * 20, "does not hold numbers alone"),
        ([[1.0, 2.0], [3.0]], "does not hold numbers alone"),
    ],
)
def test_samples_that_cannot_be_compared(metric, bad, message):
    with pytest.raises(ValueError, match=message):
        metric(bad, np.ones((20, 2)))
    if "features a sample" not in message:
        with pytest.raises(ValueError, match=message):
            metric(np.ones((20, 2)), bad)
