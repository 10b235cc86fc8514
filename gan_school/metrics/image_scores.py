"""Metrics of images, which compare what a network sees in them rather than pixels.

Two pictures of a seven can differ in every pixel, and two pictures of noise in none that matters.
So images are first turned into features. Which ones decides what a score means: every result is a
`Score`, which names its features and its samples when it is printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan_school.checks import between, check, seed_of, whole
from gan_school.metrics.classifiers import Classifier
from gan_school.metrics.distances import cubic_kernel, frechet_distance
from gan_school.metrics.features import Features, answers, compared, title
from gan_school.metrics.samples import as_numbers, in_blocks
from gan_school.metrics.score import Score

if TYPE_CHECKING:
    import pandas as pd

Judge = Classifier | Callable[[Tensor], Tensor]
"""A `Classifier`, or a module or function from a batch of images to probabilities, (n, classes)."""


# ------------------------------------------------------------------------------ against real images


def fid(real: Any, fake: Any, features: Features) -> Score:
    """The Fréchet distance between the features of real and of generated images.

        d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)

    With the features of InceptionV3 (`inception_features`) this is the Fréchet Inception Distance.
    With those of a `classifier` it is on a scale of its own: compare it with other scores that look
    through the same classifier, and never with published ones.

    It is biased: fewer images score higher, because the covariance of few images is not that of
    all. Compare scores of equal numbers of images. Below as many images as features it is mostly
    bias, which the score says. Real against other real images shows the floor.

    Args:
        real, fake: images, shape (n, channels, height, width), −1 to 1, or a `Dataset`; 2 or more.
        features: a `Classifier`, or a module or function from a batch of images to (n, d); None
            compares the pixels themselves.

    Returns:
        d², a `Score`, 0 or more. 0 is best.

    Raises:
        ValueError: if these are not images that the features take, or fewer than two.

    Source:
        Heusel et al. (2017), equation 6. On the bias: Bińkowski et al. (2018), section 3.
    """
    real, fake, conditions = compared(real, fake, features, least=2)
    if min(len(real), len(fake)) <= real.shape[1]:
        conditions += "; no more images than features, so mostly bias"
    return Score(_frechet_distance_of(real, fake), "FID", conditions)


def _frechet_distance_of(x: Tensor, y: Tensor) -> float:
    """The Fréchet distance between Gaussians that have the samples' means and covariances."""
    d = x.shape[1]
    if len(x) * len(y) > d**2:
        return frechet_distance(x.mean(dim=0), x.T.cov(), y.mean(dim=0), y.T.cov())
    # Fewer samples than features. With X the centred samples over √(n − 1), Σ₁ = XᵀX, and the
    # singular values of X Yᵀ are those of Σ₁^½ Σ₂^½: no table of d × d numbers is needed.
    difference = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
    x, y = ((z - z.mean(dim=0)) / math.sqrt(len(z) - 1) for z in (x, y))
    overlap = torch.linalg.svdvals(x @ y.T).sum()
    return max(0.0, (difference + x.square().sum() + y.square().sum() - 2 * overlap).item())


def kid(real: Any, fake: Any, features: Features, seed: int = 0) -> Score:
    """The Kernel Inception Distance: MMD² of the features, with the kernel (x·y / d + 1)³.

    It has no bias, so that few images will do: on average 0 for two independent samples of one
    distribution, and then often below. Samples that have the same number of every class by design,
    like the two parts of `hold_out`, are more alike than independent ones, and score below 0.

    The papers average over subsets of 1,000 images. Here all pairs of images
    count, which is more exact, and the uncertainty is that of leaving out one of ten parts at a
    time (the jackknife).

    Args:
        real, fake, features: see `fid`.
        seed: of the division into ten parts. It changes the uncertainty a little, not the score.

    Returns:
        MMD², a `Score` with its standard error as `error` (None for fewer than four images of a
        kind). About 0 is best. Some papers report 1,000 times as much.

    Raises:
        ValueError: if these are not images that the features take, or fewer than two.

    Source:
        Bińkowski et al. (2018), section 4 and equation 4. The jackknife: Efron and Stein (1981).
    """
    real, fake, conditions = compared(real, fake, features, least=2)
    parts = min(10, len(real) // 2, len(fake) // 2)
    generator = torch.Generator().manual_seed(seed_of(seed))
    of_real, of_fake = (
        one_hot(torch.randperm(len(x), generator=generator) % parts, parts).double()
        for x in (real, fake)
    )
    within_real = _kernel_sums(real, of_real, real, of_real, same=True)
    within_fake = _kernel_sums(fake, of_fake, fake, of_fake, same=True)
    between = _kernel_sums(real, of_real, fake, of_fake)
    sizes = of_real.sum(dim=0), of_fake.sum(dim=0)

    def of_those(kept: Tensor) -> float:
        """MMD² of the parts that are kept, one weight of 0 or 1 each."""
        n, m = (float(size @ kept) for size in sizes)
        real_pairs, fake_pairs, mixed = (
            float(kept @ sums @ kept) for sums in (within_real, within_fake, between)
        )
        return real_pairs / (n * (n - 1)) + fake_pairs / (m * (m - 1)) - 2 * mixed / (n * m)

    error = None
    if parts > 1:
        without_one = np.array([of_those(kept) for kept in 1 - torch.eye(parts).double()])
        error = float(without_one.std() * math.sqrt(parts - 1))
    return Score(of_those(torch.ones(parts).double()), "KID", conditions, error)


def _kernel_sums(x: Tensor, of_x: Tensor, y: Tensor, of_y: Tensor, same: bool = False) -> Tensor:
    """The kernel summed over all pairs of a part of x and a part of y, shape (parts, parts).

    Where both are the same set, a sample is not paired with itself.
    """
    sums = of_x.new_zeros(of_x.shape[1], of_y.shape[1])
    for start, block in in_blocks(x, len(y)):
        values = cubic_kernel(block, y)
        if same:
            values.diagonal(offset=start).zero_()
        sums += of_x[start : start + len(block)].T @ (values @ of_y)
    return sums


# -------------------------------------------------------------------------------- by a classifier


def inception_score(samples: Any, classifier: Judge, splits: int = 1, seed: int = 0) -> Score:
    """How sure a classifier is of each image, and how varied its answers are.

        IS = exp(mean over x of KL(p(y | x) ‖ p(y)))

    1 if all images get the same answer, and the number of classes if every image surely belongs to
    one, and all classes are equally frequent. It never looks at real images, and cannot see that
    all images of a class are one and the same.

    Args:
        samples: images, shape (n, channels, height, width), −1 to 1, or a `Dataset`.
        classifier: a `Classifier`, or a module or function from a batch of images to probabilities.
            The published scores use InceptionV3 and its 1,000 classes.
        splits: into how many random parts the images are divided. The score is the mean over parts
            and `error` their standard deviation; the paper uses 10 parts of 5,000 images. Small
            parts score lower.
        seed: of the division.

    Returns:
        A `Score` from 1 to the number of classes. More is better.

    Raises:
        ValueError: if these are not images that the classifier takes, what it gives are not
            probabilities, or there are fewer images than splits.

    Source:
        Salimans et al. (2016), section 4. What it misses: Barratt and Sharma (2018).
    """
    p, conditions = _judged(samples, classifier)
    splits = whole(splits, "splits", most=len(p))
    # At random, since images often come class by class, and a part of one class scores 1.
    order = torch.randperm(len(p), generator=torch.Generator().manual_seed(seed_of(seed)))
    scores = [_inception_score(p[part]) for part in order.tensor_split(splits)]
    spread = float(np.std(scores)) if splits > 1 else None
    how = f"; mean and standard deviation of {splits} splits" if splits > 1 else ""
    return Score(np.mean(scores), "Inception Score", f"{conditions}{how}", spread)


def _inception_score(p: Tensor) -> float:
    marginal = p.mean(dim=0)
    # x log y is 0 where x is: an impossible class adds nothing.
    divergence = (torch.xlogy(p, p) - torch.xlogy(p, marginal)).sum(dim=1)
    return divergence.mean().exp().item()


def label_agreement(samples: Any, labels: Any, classifier: Judge) -> Score:
    """The share of images that the classifier recognises as the label they were asked for.

    It judges conditional generators, and is limited by the classifier, which names some real images
    wrongly, too: its accuracy stands beside the score.

    Args:
        samples, classifier: see `inception_score`.
        labels: the class asked for, one whole number for each image, or one for all of them.

    Returns:
        A `Score` from 0 to 1. 1 is best; chance gives 1 / number of classes.

    Raises:
        ValueError: if these are not images that the classifier takes, or labels are missing, no
            whole numbers, or not among the classes.
    """
    p, conditions = _judged(samples, classifier)
    labels = _labels(labels, *p.shape)
    share = (p.argmax(dim=1) == labels).double().mean().item()
    return Score(share, "label agreement", conditions, form=".1%")


def _labels(labels: Any, count: int, classes: int) -> Tensor:
    given = labels is not None
    check(given, "labels are missing. Give the class that each image was asked to show.")
    numbers = as_numbers(labels, "labels")
    if numbers.ndim == 0:
        numbers = numbers.expand(count)
    check(
        numbers.shape == (count,),
        f"{count} images need labels of shape ({count},), these have {tuple(numbers.shape)}.",
    )
    low, high = numbers.min(), numbers.max()
    check(
        (numbers == numbers.floor()).all() and low >= 0 and high < classes,
        f"labels run from {low:g} to {high:g}, expected whole numbers from 0 to {classes - 1}: the "
        f"classifier knows {classes} classes.",
    )
    return numbers.long()


def confident_share(samples: Any, classifier: Judge, threshold: float = 0.9) -> Score:
    """The share of images that the classifier is sure of: its likeliest class is above a threshold.

    Blurred images and mixtures of two classes lower it. Compare it with the share of real images:
    a classifier can be sure of nonsense, too.

    Args:
        samples, classifier: see `inception_score`.
        threshold: how likely the likeliest class must be, 0 to 1.

    Returns:
        A `Score` from 0 to 1. As for real images is best.

    Raises:
        ValueError: if these are not images that the classifier takes, or the threshold is not
            between 0 and 1.
    """
    threshold = between(threshold, "threshold", 0, 1, "a probability from 0 to 1")
    p, conditions = _judged(samples, classifier)
    share = (p.amax(dim=1) >= threshold).double().mean().item()
    return Score(share, f"at least {threshold:.0%} sure of", conditions, form=".1%")


def class_shares(samples: Any, classifier: Judge) -> pd.Series:
    """How the images are divided among the classes, each counted for its likeliest one.

    A class that is missing is a lost mode: `class_shares(…).plot.bar()` shows it.

    Args:
        samples, classifier: see `inception_score`.

    Returns:
        One share for each class, by name or by number; they add up to 1. Its name says what it
        depends on.

    Raises:
        ValueError: if these are not images that the classifier takes.
    """
    import pandas as pd

    p, conditions = _judged(samples, classifier)
    shares = p.argmax(dim=1).bincount(minlength=p.shape[1]).double() / len(p)
    classes = classifier.classes if isinstance(classifier, Classifier) else range(p.shape[1])
    return pd.Series(shares.numpy(), index=pd.Index(classes, name="class"), name=conditions)


def _judged(samples: Any, classifier: Judge) -> tuple[Tensor, str]:
    """The probability of each class for each image, shape (n, classes), and the conditions."""
    check(
        callable(classifier),
        f"classifier={classifier!r}, expected metrics.classifier(data), or a module or function "
        "from a batch of images to probabilities.",
    )
    if isinstance(classifier, Classifier):
        p = classifier.probabilities(samples).double()
    else:
        p = answers(classifier, samples, "samples", "the classifier's answers")
    found = f", from {p.min():.3g} to {p.max():.3g}" if p.shape[1] else ""
    check(
        found and p.min() >= 0 and (p.sum(dim=1) - 1).abs().max() <= 1e-3,
        f"the classifier gave {p.shape[1]} numbers for each image{found}. Expected the probability "
        "of each class, adding up to 1: from logits, logits.softmax(dim=1).",
    )
    return p, f"{title(classifier)}; {len(p):,} images"
