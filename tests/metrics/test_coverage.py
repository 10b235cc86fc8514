"""Nearest neighbours on a line, counted by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_school.metrics import density_coverage, precision_recall
from tests.metrics.points import line, normal, properties, samples

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
