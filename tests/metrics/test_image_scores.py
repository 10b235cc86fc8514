"""Metrics of images, against closed forms and torch-fidelity; and the numbers that explain them."""

import copy
import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from gan_school import datasets, metrics
from gan_school.datasets import Dataset
from gan_school.metrics import (
    Score,
    class_shares,
    confident_share,
    density_coverage,
    fid,
    frechet_distance,
    inception_score,
    kernel_distance,
    kid,
    label_agreement,
    precision_recall,
)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def first_two_numbers(images: torch.Tensor) -> torch.Tensor:
    """Features that leave nearly everything out."""
    return images.flatten(1)[:, :2]


def with_moments(mean: list[float], root: list[list[float]], n: int = 6) -> torch.Tensor:
    """Samples whose mean and covariance, root·rootᵀ, are exactly these."""
    x = normal(3, n, len(mean)).double()
    x = x - x.mean(dim=0)
    white = x @ torch.linalg.inv(torch.linalg.cholesky(x.T.cov())).T
    return white @ torch.tensor(root).double().T + torch.tensor(mean).double()


# ------------------------------------------------------------------------------------------- fid


@pytest.mark.parametrize("n", [3, 500])
def test_fid_of_covariances_that_do_not_commute(n):
    # A = diag(4, 1) and B = ((5, 2), (2, 1)): tr √(A½ B A½) = 5, so d² = 5 + 6 − 10 = 1 and the
    # distance of the means, 3² + 4². Roots: diag(2, 1), and ((1, 2), (0, 1)), for which R·Rᵀ = B.
    # Few samples and many go different ways, as they do in more dimensions.
    a = with_moments([3.0, 0.0], [[2.0, 0.0], [0.0, 1.0]], n)
    b = with_moments([0.0, 4.0], [[1.0, 2.0], [0.0, 1.0]], n)
    assert fid(a, b, None) == pytest.approx(1 + 25, rel=1e-9)
    # Any features that are those two numbers give the same, whatever else the images hold.
    images = [
        torch.cat([x, i + normal(4, n, 7)], dim=1).view(n, 1, 3, 3) for i, x in enumerate([a, b])
    ]
    assert fid(*images, first_two_numbers) == pytest.approx(26, rel=1e-5)
    assert fid(*images, None) > 26 + 6  # seven more numbers, each shifted by one


def test_fid_of_fewer_samples_than_features_is_that_of_the_singular_covariances():
    # Two samples ±u and ±v: covariances 2uuᵀ and 2vvᵀ, of rank one, so that the root has the trace
    # 2|u·v|. Here |u|² = 9, |v|² = 2, u·v = 3: 18 + 4 − 2·6 = 10, and |w|² for a shift w.
    u, v = torch.tensor([2.0, 1, 2, 0, 0]), torch.tensor([1.0, 1, 0, 0, 0])
    w = torch.tensor([0.0, 0, 0, 0, 4])
    x, y = torch.stack([u, -u]), torch.stack([v, -v]) + w
    assert fid(x, y, None) == pytest.approx(10 + 16, rel=1e-9)
    x, y = normal(0, 7, 30).double(), normal(1, 9, 30).double() + 0.5
    through_covariances = frechet_distance(x.mean(0), x.T.cov(), y.mean(0), y.T.cov())
    assert fid(x, y, None) == pytest.approx(through_covariances, rel=1e-9)
    assert fid(x, x.flip(0), None) == pytest.approx(0, abs=1e-9)
    assert fid(y.repeat(20, 1), y.repeat(20, 1).flip(0), None) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("n", "m", "d"), [(200, 300, 16), (40, 50, 64)])
def test_fid_agrees_with_torch_fidelity(n, m, d):
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    mix = normal(2, d, d).double() / d**0.5
    real, fake = normal(0, n, d).double(), normal(1, m, d).double() @ mix + 0.2
    statistics = [fid_features_to_statistics(x) for x in (real, fake)]
    theirs = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert fid(real, fake, None) == pytest.approx(theirs, rel=1e-3)
    assert fid(real, fake, None) == pytest.approx(theirs, rel=1e-7)  # 64 bits on either side


def test_kid_agrees_with_torch_fidelity():
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    real, fake = normal(0, 60, 8).double(), normal(1, 60, 8).double() + 0.3
    # One subset, which holds all samples.
    theirs = kid_features_to_metric(real, fake, kid_subsets=1, kid_subset_size=60, verbose=False)[
        KEY_METRIC_KID_MEAN
    ]
    assert kid(real, fake, None) == pytest.approx(theirs, rel=1e-9)


def test_the_inception_score_agrees_with_torch_fidelity():
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

    logits = 2 * normal(0, 90, 5).double()
    theirs = isc_features_to_metric(logits, splits=1, shuffle=False)[KEY_METRIC_ISC_MEAN]
    ours = inception_score(logits, lambda x: x.softmax(dim=1))
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_images_of_large_size_need_no_table_of_pixels_by_pixels():
    # 49,152 pixels: a covariance would take 19 GB.
    x, y = normal(0, 5, 3, 128, 128), normal(1, 6, 3, 128, 128)
    assert 0 < fid(x, y, None) < math.inf


# ------------------------------------------------------------------------------------------- kid


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 9), (23, 31), (40, 10)])
def test_kid_is_the_mean_over_all_pairs_without_bias(n, m, monkeypatch):
    x, y = normal(0, n, 5), normal(1, m, 5) + 0.5
    expected = kernel_distance(x, y, "cubic")
    assert kid(x, y, None) == pytest.approx(expected, rel=1e-9)
    assert kid(x, y, None, seed=1) == pytest.approx(expected, rel=1e-9)
    monkeypatch.setattr("gan_school.metrics.samples._BLOCK", 3 * m)
    assert kid(x, y, None) == pytest.approx(expected, rel=1e-9)


def test_the_error_of_kid_leaves_out_one_part_after_the_other():
    # Four images of a kind make two parts of two: each estimate is that of the other two and two.
    x, y = normal(0, 4, 3), normal(1, 4, 3)
    generator = torch.Generator().manual_seed(0)
    of_x, of_y = (torch.randperm(4, generator=generator) % 2 for _ in range(2))
    halves = [float(kernel_distance(x[of_x == i], y[of_y == i])) for i in (0, 1)]
    # The jackknife of g parts: (g − 1)/g · Σ (θᵢ − θ̄)², here ½ · ½ (θ₁ − θ₂)².
    assert kid(x, y, None).error == pytest.approx(abs(halves[0] - halves[1]) / 2, rel=1e-9)
    assert kid(x[:3], y, None).error is None


def test_the_error_of_kid_is_how_much_it_varies():
    runs = [kid(normal(2 * i, 60, 4), normal(2 * i + 1, 80, 4) + 0.4, None) for i in range(100)]
    spread = np.std(runs)
    assert 0.75 * spread < np.mean([run.error for run in runs]) < 1.5 * spread


# ------------------------------------------------------------------------- judged by a classifier


class Sure(nn.Module):
    """Reads the class off the first pixel, and is sure of it to a degree."""

    def __init__(self, classes: int, sure: float = 1.0):
        super().__init__()
        self.classes, self.sure = classes, sure

    def forward(self, images):
        labels = images[:, 0, 0, 0].round().long()
        rest = (1 - self.sure) / max(1, self.classes - 1)
        p = torch.full((len(images), self.classes), rest)
        return p.scatter(1, labels[:, None], self.sure)


class Perfect(Sure):
    """Has names of classes to show in tables."""

    title = "perfect judge"


def show(*labels: int) -> torch.Tensor:
    images = torch.full((len(labels), 1, 2, 2), -1.0)
    images[:, 0, 0, 0] = torch.tensor(labels).float()
    return images


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_the_inception_score_of_a_perfect_classifier_counts_the_classes(classes):
    judge = Sure(classes)
    assert inception_score(show(*range(classes)), judge) == pytest.approx(classes, rel=1e-6)
    assert inception_score(show(1, 1, 1), judge) == pytest.approx(1, rel=1e-6)
    assert inception_score(show(0, 1, 0, 1), judge) == pytest.approx(2, rel=1e-6)
    # Shares of ¾ and ¼: exp of the entropy.
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert inception_score(show(0, 0, 0, 1), judge) == pytest.approx(math.exp(entropy), rel=1e-6)


def test_the_inception_score_of_an_unsure_classifier():
    # p(y|x) is 0.7 and 0.3 or the reverse, p(y) is ½ and ½.
    expected = 2 * math.exp(0.7 * math.log(0.7) + 0.3 * math.log(0.3))
    assert inception_score(show(0, 1), Sure(2, 0.7)) == pytest.approx(expected, rel=1e-6)
    assert inception_score(show(0, 1, 1), Sure(4, 0.25)) == pytest.approx(1, rel=1e-6)


def test_splits_of_the_inception_score():
    # Sorted by class: parts taken in this order would score 1 each.
    images = show(*[label for label in range(4) for _ in range(100)])
    score = inception_score(images, Sure(4), splits=4)
    assert 3.7 < score < 4
    assert 0 < score.error < 0.2
    assert inception_score(images, Sure(4), splits=4) == score
    assert inception_score(images, Sure(4)).error is None
    # One image in each part: nothing varies.
    assert inception_score(images, Sure(4), splits=400) == pytest.approx(1)
    assert "standard deviation of 4 splits" in repr(score)


def test_label_agreement_by_hand():
    images = show(0, 1, 2, 2)
    assert label_agreement(images, [0, 1, 2, 1], Sure(3)) == 0.75
    assert label_agreement(images, torch.tensor([0, 1, 2, 2]), Sure(3)) == 1
    assert label_agreement(images, np.array([1, 2, 0, 0]), Sure(3)) == 0
    assert label_agreement(images, 2, Sure(3)) == 0.5


def test_confident_share_by_hand():
    def judge(images):  # of the images 0 and 1 less sure than of 2
        sure = torch.tensor([0.625, 0.75, 0.97])[images[:, 0, 0, 0].long()]
        return torch.stack([sure, 1 - sure], dim=1)

    images = show(0, 1, 2, 2)
    assert confident_share(images, judge, threshold=0.95) == 0.5
    assert confident_share(images, judge) == 0.5
    assert confident_share(images, judge, threshold=0.75) == 0.75
    assert confident_share(images, judge, threshold=0.5) == 1


def test_class_shares_by_hand():
    shares = class_shares(show(0, 2, 2, 2), Perfect(4))
    assert shares.tolist() == [0.25, 0, 0.75, 0]
    assert shares.index.tolist() == [0, 1, 2, 3]
    assert shares.name == "perfect judge; 4 images"


@pytest.mark.slow
def test_digits_as_their_classifier_sees_them():
    data = datasets.digits(16)
    judge, held = metrics.classifier(data), data.held_out
    assert label_agreement(held, held.labels, judge) == pytest.approx(judge.accuracy, abs=1e-12)
    assert confident_share(held, judge) > 0.9
    assert 8 < inception_score(held, judge) <= 10
    assert class_shares(held, judge).sum() == pytest.approx(1)
    assert class_shares(held, judge).index.tolist() == list("0123456789")
    # Noise, and digits without four of the classes, are farther from the digits than digits are.
    noise = normal(0, 397, 1, 16, 16).tanh()
    few = data[data.labels < 6]
    for metric in (fid, kid):
        real = metric(held, data, judge)
        assert metric(held, few, judge) > 3 * abs(real)
        assert metric(held, noise, judge) > 1.5 * metric(held, few, judge)
    assert density_coverage(held, few, features=judge).coverage < 0.8
    assert density_coverage(held, data, features=judge).coverage > 0.9
    assert precision_recall(held, noise, features=judge).precision < 0.5


# -------------------------------------------------------------------------------------- features


def test_precision_and_the_others_compare_features():
    images = normal(0, 40, 1, 3, 3), normal(1, 50, 1, 3, 3) + 0.2
    points = [first_two_numbers(x) for x in images]
    for metric in (precision_recall, density_coverage):
        found = metric(*images, k=3, features=first_two_numbers)
        assert found == metric(*points, k=3)
        assert type(found) is type(metric(*points, k=3))
        assert found != metric(*images, k=3)
        assert found.conditions == (
            "k = 3; features: first_two_numbers, 2 numbers; 40 real; 50 generated"
        )
        assert repr(found).endswith(f") ({found.conditions})")
        assert "features" not in repr(metric(*points, k=3))
        one, two = found  # a tuple as before
        assert (one, two) == tuple(found) and copy.copy(found) == found


class Counting(nn.Module):
    """Features with a layer that behaves differently in training."""

    def __init__(self):
        super().__init__()
        self.layer = nn.BatchNorm1d(3).double()

    def forward(self, x):
        assert not self.training and not torch.is_grad_enabled()
        return self.layer(x.flatten(1)[:, :3])


def test_a_module_is_evaluated_and_left_as_it_was():
    module = Counting().train()
    before = copy.deepcopy(module.state_dict())
    x, y = normal(0, 10, 2, 2, 2), normal(1, 10, 2, 2, 2)
    assert fid(x, y, module) == pytest.approx(
        fid(x.flatten(1)[:, :3], y.flatten(1)[:, :3], None), rel=1e-4
    )
    assert module.training
    assert all(torch.equal(before[key], now) for key, now in module.state_dict().items())


def test_features_are_computed_block_by_block(monkeypatch):
    sizes = []

    def features(images):
        sizes.append(len(images))
        return images.flatten(1)

    x, y = normal(0, 30, 1, 2, 2), normal(1, 30, 1, 2, 2)
    expected = fid(x, y, None)
    monkeypatch.setattr("gan_school.metrics.samples._BLOCK", 8 * 4 * 7)
    assert fid(x, y, features) == pytest.approx(expected, rel=1e-9)
    assert sizes == [7, 7, 7, 7, 2] * 2


def test_no_metric_touches_the_random_numbers_of_others():
    before = torch.get_rng_state()
    kid(normal(0, 20, 3), normal(1, 20, 3), None)
    inception_score(show(0, 1, 1), Sure(2), splits=2)
    assert torch.equal(torch.get_rng_state(), before)


# ----------------------------------------------------------------------------------------- scores


def test_a_score_says_what_it_depends_on():
    data = Dataset(normal(0, 1200, 1, 2, 2).tanh(), "faces")
    fake = normal(1, 50, 1, 2, 2).tanh()
    score = fid(data, fake, first_two_numbers)
    assert (
        repr(score)
        == str(score)
        == (
            f"FID {float(score):.4g} (features: first_two_numbers, 2 numbers; 1,200 real, faces; "
            "50 generated)"
        )
    )
    assert "features: none, the 4 numbers of each sample as they are" in repr(fid(data, fake, None))
    assert "no more images than features, so mostly bias" in repr(fid(data, fake[:4], None))
    assert "bias" not in repr(fid(data, fake[:5], None))
    assert f" ± {kid(data, fake, None).error:.2g} (" in repr(kid(data, fake, None))
    assert repr(label_agreement(show(0, 1), 0, Sure(2))) == "label agreement 50.0% (Sure; 2 images)"
    assert repr(confident_share(show(0, 1), Perfect(2))) == (
        "at least 90% sure of 100.0% (perfect judge; 2 images)"
    )


@pytest.mark.slow
def test_a_score_names_the_classifier_and_how_good_it_is():
    data = datasets.digits(16)
    judge = metrics.classifier(data)
    looks = f"classifier of digits 16×16, {judge.accuracy:.1%} right"
    assert fid(data.held_out, data.x[:100], judge).conditions == (
        f"features: {looks}, 64 numbers; 397 real, digits 16×16; 100 generated"
    )
    assert inception_score(data.x[:1000], judge).conditions == f"{looks}; 1,000 images"


def test_a_score_is_a_number_in_all_else():
    score = Score(1.5, "FID", "of nothing", error=0.25)
    assert score == 1.5 and score < 2 and hash(score) == hash(1.5) and isinstance(score, float)
    for number in (score + 1, 2 * score, -score, round(score, 1), float(score), sum([score])):
        assert type(number) is float
    assert f"{score:.2f} {score:8.1e}" == "1.50  1.5e+00"
    assert json.dumps({"fid": score}) == '{"fid": 1.5}'
    frame = pd.DataFrame([{"fid": score}, {"fid": 2.5}])
    assert frame["fid"].dtype == "float64" and frame["fid"].mean() == 2
    assert np.array([score]).dtype == "float64"
    assert torch.tensor(score) == 1.5
    for other in (copy.copy(score), copy.deepcopy(score)):
        assert repr(other) == repr(score) == "FID 1.5 ± 0.25 (of nothing)"


# -------------------------------------------------------------------------------------- bad input

X = normal(0, 10, 1, 2, 2)


@pytest.mark.parametrize("metric", [fid, kid])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X[:1], X, None), "real .*expected 2 samples or more"),
        ((X, X[:1], first_two_numbers), "fake .*expected 2 samples or more"),
        ((X, X[..., :1], None), "real has 4 features.*fake has 2"),
        ((X, torch.full((3, 1, 2, 2), math.nan), None), "fake holds 12 numbers.*NaN"),
        ((X, torch.full((3, 1, 2, 2), math.nan), first_two_numbers), "fake holds 12 .*NaN"),
        ((X, X.byte(), first_two_numbers), r"fake: uint8.*x / 127\.5 - 1"),
        ((X, X, "pixels"), r"features='pixels', expected metrics\.classifier\(data\)"),
        ((X, X, lambda x: x), r"features of real have shape \(10, 1, 2, 2\) .*\(10, d\)"),
        ((X, X, lambda x: x.flatten(1).mean(0, True)), r"shape \(1, 4\) for 10 .*\(10, d\)"),
        ((X, X, lambda x: x.flatten(1) / 0), "the features of real.*infinite"),
        ((X[0, 0, 0], X, first_two_numbers), r"real has shape \(2,\)"),
    ],
)
def test_images_and_features_that_do_not_fit_say_so(metric, arguments, message):
    with pytest.raises(ValueError, match=message):
        metric(*arguments)


@pytest.mark.parametrize("metric", [inception_score, confident_share, class_shares])
@pytest.mark.parametrize(
    ("judge", "message"),
    [
        (lambda x: x.flatten(1), "probability .*adding up to 1.*softmax"),
        (lambda x: x.flatten(1).abs() + 1, "probability"),
        (lambda x: torch.tensor([2.0, -1.0]).expand(len(x), 2), "2 numbers .*from -1 to 2"),
        (lambda x: torch.ones(3, 1), r"answers have shape \(3, 1\) for 10 .*\(10, d\)"),
        (lambda x: torch.ones(10), r"answers have shape \(10,\)"),
        (lambda x: None, "the classifier's answers: cannot make a tensor of NoneType"),
        (None, r"classifier=None, expected metrics\.classifier\(data\)"),
    ],
)
def test_what_is_no_classifier_says_so(metric, judge, message):
    with pytest.raises(ValueError, match=message):
        metric(X, judge)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "labels are missing"),
        ([0, 1], r"3 images need labels of shape \(3,\), these have \(2,\)"),
        ([0, 1, 2], "from 0 to 2, expected whole numbers from 0 to 1.*knows 2 classes"),
        ([0, 1, -1], "from -1 to 1"),
        ([0, 1, 0.5], "whole numbers"),
        ("abc", "labels: cannot make a tensor of str"),
    ],
)
def test_labels_that_do_not_fit_say_so(labels, message):
    with pytest.raises(ValueError, match=message):
        label_agreement(show(0, 1, 1), labels, Sure(2))


def test_settings_that_do_not_fit_say_so():
    for splits in (0, 4, 1.5):
        with pytest.raises(ValueError, match=r"splits=.*from 1 to 3"):
            inception_score(show(0, 1, 1), Sure(2), splits=splits)
    for threshold in (-0.1, 1.1, math.nan, "most", None):
        with pytest.raises(ValueError, match=r"threshold=.*from 0 to 1"):
            confident_share(show(0, 1, 1), Sure(2), threshold=threshold)


def test_answers_that_are_none_or_change_say_so():
    with pytest.raises(ValueError, match="gave 0 numbers for each image"):
        inception_score(show(0, 1, 1), lambda x: x[:, 0, 0, :0])
    with pytest.raises(ValueError, match=r"shape \(100, 100\) for 100 .*\(100, 500\)"):
        fid(normal(0, 600, 1, 2, 2), normal(1, 600, 1, 2, 2), lambda x: torch.zeros(len(x), len(x)))


def test_numbers_that_no_network_can_see_say_so():
    """They are finite: infinite they become in 32 bits."""
    far = normal(0, 5, 1, 2, 2).double() * 1e300
    with pytest.raises(
        ValueError, match=r"largest number in fake is .*e\+300, .*what 32-bit floats can"
    ):
        fid(far[:5] / 1e300, far, first_two_numbers)
