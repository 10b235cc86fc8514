"""The classifier two-sample test: at chance where it should be, and sure where it can be."""

import copy
import math
import pickle

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from gan_school.metrics import TwoSampleAccuracy, two_sample_test
from tests.metrics.points import normal, spiral


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
    # A coin falls on heads 100 times out of 100.
    assert run.p_value == pytest.approx(2.0**-100)
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
    accuracy = TwoSampleAccuracy(0.9, n_test=10)
    # Of 2¹⁰ tosses of a coin, 10 have nine heads, and one has ten.
    assert accuracy.p_value == pytest.approx(11 / 1024, rel=1e-12)
    # Half right or more: with an odd number half of all, with an even one those in the middle, too.
    assert TwoSampleAccuracy(4 / 7, n_test=7).p_value == pytest.approx(0.5)
    assert TwoSampleAccuracy(0.5, n_test=4).p_value == pytest.approx((6 + 4 + 1) / 16)
    assert TwoSampleAccuracy(0.0, n_test=12).p_value == 1
    # With many points it is the normal distribution's tail, of z = 2·(0.55 − ½)·√10,000 − ½ a toss.
    tail = math.erfc((10 - 0.01) / math.sqrt(2)) / 2
    assert TwoSampleAccuracy(0.55, n_test=10_000).p_value == pytest.approx(tail, rel=0.05)
    assert isinstance(accuracy, float)
    assert f"{accuracy:.2f}" == "0.90"
    for same in (copy.deepcopy(accuracy), pickle.loads(pickle.dumps(accuracy))):
        assert (same, same.n_test, same.p_value) == (0.9, 10, accuracy.p_value)


def test_two_sample_test_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"fake has shape \(9, 2\), expected 10 samples or more"):
        two_sample_test(normal(0, 50, 2), normal(1, 9, 2))
    for judge in ("trees", 5, DummyClassifier):
        with pytest.raises(ValueError, match="expected a classifier of scikit-learn, or None"):
            two_sample_test(normal(0, 50, 2), normal(1, 50, 2), classifier=judge)
