"""Distances against closed forms and numbers worked out by hand, never against themselves."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_school.metrics import frechet_distance, kernel_distance, sliced_wasserstein
from tests.metrics.points import line, normal, properties, samples, spiral

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
        (
            (np.array([1e300, 0]), np.eye(2), ZERO, np.eye(2)),
            "mean1 and cov1 reach 1e.300.*",
        ),
        ((ZERO, np.eye(2), ZERO, 1e308 * np.eye(2)), "mean2 and cov2 reach 1e.308.*"),
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
        ({"kernel": ["rbf"]}, "no kernel is called"),
        (
            {"kernel": lambda x, y: "many"},
            "what the kernel gave: cannot make a tensor of str: it holds text",
        ),
        ({"kernel": lambda x, y: x @ y.T * math.nan}, "the kernel gave NaN or infinity"),
        ({"kernel": lambda x, y: x @ y.T + 1e308}, "the kernel gave NaN or infinity"),
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
    with pytest.raises(ValueError, match=r"y has shape \(1, 1\), expected 2 samples or more"):
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


@pytest.mark.parametrize("p", [1, 2, 1000, 1e6])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1, 1e3, 1e30])
def test_sliced_wasserstein_of_any_order_on_any_scale(p, scale):
    # On a line, of ways of 1 and 3: ((1 + 3^p) / 2)^(1/p), which is 3 · ((3^−p + 1) / 2)^(1/p).
    expected = 3 * ((3.0**-p + 1) / 2) ** (1 / p)
    distance = sliced_wasserstein(scale * line(0, 4), scale * line(1, 7), p=p)
    assert distance == pytest.approx(scale * expected, rel=1e-9)
    assert type(distance) is float
    assert sliced_wasserstein(scale * line(0, 4), scale * line(4, 0), p=p) == 0


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
        ({"p": math.nan}, "p=nan"),
        ({"p": "two"}, "p='two'"),
        ({"p": None}, "p=None"),
    ],
)
def test_sliced_wasserstein_says_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein(line(1), line(2), **settings)
