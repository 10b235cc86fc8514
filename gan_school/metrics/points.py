"""Metrics of two sets of points: distances, nearest neighbours, a classifier, modes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_school.metrics.features import Features, compared
from gan_school.metrics.samples import (
    as_numbers,
    distances_between,
    in_blocks,
    positive,
    two_sets,
)
from gan_school.metrics.score import Measured

SUMMARY = ("coverage", "sliced_wasserstein", "two_sample")
"""What `summary` reports, and the columns of `Run.evaluate`."""

Kernel = Callable[[Tensor, Tensor], Tensor]

# ------------------------------------------------------------------------------- two Gaussians


def frechet_distance(mean1: Any, cov1: Any, mean2: Any, cov2: Any) -> float:
    """The squared Fréchet distance between two Gaussians; of Inception features, this is the FID.

        d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)

    It is also the squared 2-Wasserstein distance. The covariances need not commute, and may be
    singular, as they are when there are fewer samples than features.

    Args:
        mean1, mean2: shape (d,).
        cov1, cov2: shape (d, d), symmetric, without negative eigenvalues.

    Returns:
        d², in squared units of the data. 0 is best.

    Raises:
        ValueError: if shapes do not fit together, or a covariance is not symmetric, has a clearly
            negative eigenvalue, or is not finite.

    Source:
        Dowson and Landau (1982); as a metric for GANs, Heusel et al. (2017), equation 6.
    """
    mean1, cov1 = _gaussian(mean1, cov1, "1")
    mean2, cov2 = _gaussian(mean2, cov2, "2")
    if len(mean1) != len(mean2):
        raise ValueError(
            f"the first Gaussian has {len(mean1)} dimensions and the second {len(mean2)}. "
            "Compute both from the same features."
        )
    # With R = Σ₁^½ Σ₂^½, the matrix under the root is R Rᵀ, so the trace of its root is the sum of
    # R's singular values. That never takes the root of an eigenvalue that rounding made negative.
    root = _square_root(cov1, "cov1") @ _square_root(cov2, "cov2")
    overlap = torch.linalg.svdvals(root).sum()
    squared = (mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * overlap
    return max(0.0, squared.item())


def _gaussian(mean: Any, cov: Any, which: str) -> tuple[Tensor, Tensor]:
    mean = torch.atleast_1d(as_numbers(mean, f"mean{which}"))
    cov = torch.atleast_2d(as_numbers(cov, f"cov{which}"))  # np.cov gives a bare number when d = 1
    if mean.ndim != 1 or mean.numel() == 0:
        raise ValueError(
            f"mean{which} has shape {tuple(mean.shape)}, expected (d,). Use samples.mean(0)."
        )
    d = len(mean)
    if cov.shape != (d, d):
        raise ValueError(
            f"cov{which} has shape {tuple(cov.shape)}, expected ({d}, {d}) to go with its mean. "
            "Use np.cov(samples, rowvar=False)."
        )
    # The tolerance leaves room for a covariance that was computed in 32-bit floats.
    asymmetry = (cov - cov.T).abs().max().item()
    if asymmetry > 1e-5 * cov.abs().max().item():
        raise ValueError(
            f"cov{which} is not symmetric: entries differ from their mirror image by up to "
            f"{asymmetry:.3g}. Use np.cov(samples, rowvar=False)."
        )
    return mean, (cov + cov.T) / 2


def _square_root(cov: Tensor, name: str) -> Tensor:
    """The symmetric square root of a covariance, by its eigenvalues."""
    values, vectors = torch.linalg.eigh(cov)
    largest = values.abs().max().item()
    if values[0] < -1e-5 * largest:
        raise ValueError(
            f"{name} has the negative eigenvalue {values[0].item():.3g}: no data has such a "
            "covariance. Use np.cov(samples, rowvar=False)."
        )
    # Below this an eigenvalue is only rounding error, and its root, 1e-16 → 1e-8, would show.
    values = values.where(values > largest * len(cov) * torch.finfo(cov.dtype).eps, 0.0)
    return vectors * values.sqrt() @ vectors.T


# --------------------------------------------------------------------------- kernels and slices


def kernel_distance(
    x: Any,
    y: Any,
    kernel: Literal["cubic", "rbf"] | Kernel = "cubic",
    bandwidth: float | None = None,
) -> float:
    """The squared maximum mean discrepancy between two samples, without bias.

        MMD² = mean of k(xᵢ, xⱼ) over i ≠ j + mean of k(yᵢ, yⱼ) over i ≠ j − 2 · mean of k(xᵢ, yⱼ)

    Args:
        x, y: shapes (n, d) and (m, d), at least two samples each.
        kernel: `"cubic"`, (x·y / d + 1)³, as in the Kernel Inception Distance: it compares means,
            covariances and third moments, and depends on where zero is. `"rbf"`,
            exp(−|x − y|² / 2σ²), compares everything, at scale σ. Or a function of your own that
            takes tensors of shape (n, d) and (m, d) and gives the kernel values, shape (n, m).
        bandwidth: σ of the `"rbf"` kernel, in units of the data. Without it, the median distance
            between two different points of the pooled sample (of 2,000 of them if there are more).

    Returns:
        MMD². About 0 is best. Because it has no bias, it is often below zero when both samples come
        from one distribution: report it as it is.

    Raises:
        ValueError: for an unknown kernel, a bandwidth that is not positive or that the kernel does
            not have, fewer than two samples, or samples that cannot be compared.

    Source:
        Gretton et al. (2012), equation 3, and section 8 for the median heuristic. Bińkowski et al.
        (2018) for the cubic kernel.
    """
    x, y = two_sets(x, y, ("x", "y"), least=2)
    k = _kernel(kernel, bandwidth, torch.cat([x, y]))
    return _mean_over_pairs(k, x) + _mean_over_pairs(k, y) - 2 * _mean_over_pairs(k, x, y)


def cubic_kernel(x: Tensor, y: Tensor) -> Tensor:
    """(x·y / d + 1)³ for all pairs of rows, shape (n, m), as in the Kernel Inception Distance."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _rbf(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    return torch.exp(-((distances_between(x, y) / bandwidth) ** 2) / 2)


_KERNELS: dict[str, Kernel] = {"cubic": cubic_kernel, "rbf": _rbf}


def _kernel(kernel: str | Kernel, bandwidth: float | None, pooled: Tensor) -> Kernel:
    """The kernel as a function of two sets of points, its bandwidth chosen if it has one."""
    if not callable(kernel):
        if kernel not in _KERNELS:
            known = ", ".join(map(repr, _KERNELS))
            raise ValueError(f"no kernel is called {kernel!r}. Use one of {known}, or a function.")
        kernel = _KERNELS[kernel]
    if kernel is _rbf:
        sigma = _median_distance(pooled) if bandwidth is None else bandwidth
        return partial(_rbf, bandwidth=positive(sigma, "bandwidth"))
    if bandwidth is not None:
        raise ValueError('only the "rbf" kernel has a bandwidth. Leave bandwidth out.')
    return kernel


def _median_distance(points: Tensor, most: int = 2000) -> float:
    if len(points) > most:
        # At random rather than every n-th: clusters often come in turn (ring, classes, …).
        some = torch.randperm(len(points), generator=torch.Generator().manual_seed(0))[:most]
        points = points[some]
    # Copies of one point say nothing about the scale, and would give a collapsed sample σ = 0.
    between = torch.pdist(points)
    between = between[between > 0]
    return float(np.median(between.numpy())) if len(between) else 1.0


def _mean_over_pairs(kernel: Kernel, x: Tensor, y: Tensor | None = None) -> float:
    """The mean of k(xᵢ, yⱼ); without y, of k(xᵢ, xⱼ) over i ≠ j."""
    other = x if y is None else y
    total = 0.0
    for start, block in in_blocks(x, len(other)):
        values = kernel(block, other)
        if values.shape != (len(block), len(other)):
            raise ValueError(
                f"the kernel gave shape {tuple(values.shape)} for {len(block)} and {len(other)} "
                "points. It must give one value per pair."
            )
        total += values.sum().item()
        if y is None:
            # A point compared with itself is what makes the plain mean biased.
            total -= values.diagonal(offset=start).sum().item()
    return total / (len(x) * (len(other) - (y is None)))


def sliced_wasserstein(
    x: Any, y: Any, projections: int = 512, p: float = 2, seed: int = 0
) -> float:
    """The Wasserstein distance of the samples' shadows on lines, over many random directions θ.

        SW_p = (mean over θ of W_p(θ·x, θ·y)^p)^(1/p)

    On a line the best transport keeps the order, so W_p compares quantile functions, which also
    takes care of samples of different sizes. By default p = 2: then a shift of all points by v
    scores |v| / √d, up to the luck of the directions, in any number of dimensions, and mass that
    is far away counts for more than with p = 1.

    Two fresh draws of one distribution do not score 0: measure that floor, too. Two draws of the
    spiral, 1,000 points each, are about 0.013 apart, but only because both are evenly spaced. From
    points at random places on the same curve, where a generator puts them, it is 0.03 to 0.07.

    Args:
        x, y: shapes (n, d) and (m, d).
        projections: how many directions. With 512 the result varies by a few per cent with `seed`.
        p: the order, 1 or more.
        seed: of the directions.

    Returns:
        The distance, in units of the data. 0 is best.

    Raises:
        ValueError: for fewer than one projection, p below 1, or samples that cannot be compared.

    Source:
        Rabin et al. (2011); Bonneel et al. (2015).
    """
    x, y = two_sets(x, y, ("x", "y"))
    if not isinstance(projections, int | np.integer) or projections < 1:
        raise ValueError(f"projections={projections!r}, expected a whole number from 1 on.")
    if not 1 <= p < math.inf:
        raise ValueError(f"p={p!r}, expected a finite number from 1 on. Use 1 or 2.")
    generator = torch.Generator().manual_seed(int(seed))
    directions = torch.randn(projections, x.shape[1], generator=generator, dtype=x.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    plan = _order_preserving_plan(len(x), len(y))
    costs = [
        _transport_cost(_sorted_shadow(x, block), _sorted_shadow(y, block), p, *plan)
        for _, block in in_blocks(directions, len(x) + len(y))
    ]
    return torch.cat(costs).mean().item() ** (1 / p)


def _order_preserving_plan(n: int, m: int) -> tuple[Tensor, Tensor, Tensor]:
    """How much mass goes from which sorted sample to which: (from, to, mass), one entry a parcel.

    The quantile functions step at i/n and at j/m. Counted in units of 1/(n·m) these are whole
    numbers, so that equal steps are equal, which 1/3 + 1/3 and 2/3 need not be.
    """
    ends = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()
    mass = torch.diff(ends, prepend=ends.new_zeros(1)).double() / (n * m)
    return (ends - 1) // m, (ends - 1) // n, mass


def _sorted_shadow(points: Tensor, directions: Tensor) -> Tensor:
    """Where the points fall on each line, in order: shape (lines, n)."""
    # NumPy sorts ten times faster than PyTorch on a CPU, and this is nearly all of the work.
    return torch.from_numpy(np.sort((directions @ points.T).numpy(), axis=1))


def _transport_cost(
    x: Tensor, y: Tensor, p: float, source: Tensor, target: Tensor, mass: Tensor
) -> Tensor:
    """W_p^p on each line, from sorted x, shape (lines, n), and y, shape (lines, m)."""
    return (x[:, source] - y[:, target]).abs() ** p @ mass


# ------------------------------------------------------------------------- nearest neighbours


class _PrecisionRecall(NamedTuple):
    precision: float
    recall: float


class PrecisionRecall(Measured, _PrecisionRecall):
    """What `precision_recall` found. Both are shares between 0 and 1; 1 is best.

    Measured on features, it also has `conditions`: which features, and how many samples.
    """


class _DensityCoverage(NamedTuple):
    density: float
    coverage: float


class DensityCoverage(Measured, _DensityCoverage):
    """What `density_coverage` found.

    `density` is 0 or more, and 1 on average when both samples have one distribution; it exceeds 1
    when the fakes crowd where real samples are dense. `coverage` lies between 0 and 1; 1 is best.
    When both samples have one distribution and the same size it is about 1 − 2^−k.

    Measured on features, it also has `conditions`: which features, and how many samples.
    """


def precision_recall(
    real: Any, fake: Any, k: int = 5, features: Features = None
) -> PrecisionRecall:
    """How many fakes look real, and how much of the real data the fakes can produce.

    Each set is taken to fill the balls around its points that reach to their k-th nearest
    neighbour in the same set. Precision is the share of fakes inside a ball of the real set, recall
    the share of real samples inside a ball of the fake set. A lost mode lowers recall, noise lowers
    precision. One real outlier has a huge ball, and spoils precision: see `density_coverage`.

    Args:
        real, fake: shapes (n, d) and (m, d), more than k samples each.
        k: which neighbour; the point itself does not count. The paper uses 3.
        features: compares what these make of images rather than the numbers themselves: a
            `classifier`, or a module or function from a batch of images to (n, d).

    Returns:
        A named tuple of precision and recall, each in 0..1. 1 is best.

    Raises:
        ValueError: if k is not a whole number from 1 on, if there are not more than k samples of
            each kind, or if they cannot be compared.

    Source:
        Kynkäänniemi et al. (2019), equations 1 and 2.
    """
    real, fake, conditions = compared(real, fake, features)
    _check_neighbours(k, real=real, fake=fake)
    found = PrecisionRecall(
        precision=_share_inside(fake, real, _radii(real, k)),
        recall=_share_inside(real, fake, _radii(fake, k)),
    )
    return found if features is None else found.under(f"k = {k}; {conditions}")


def density_coverage(
    real: Any, fake: Any, k: int = 5, features: Features = None
) -> DensityCoverage:
    """Precision and recall that a few outliers cannot spoil.

    Both use only the balls around the real samples, up to their k-th nearest real neighbour.
    Density is the number of such balls that an average fake lies in, divided by k: a lone ball
    around an outlier counts little. Coverage is the share of balls with a fake inside.

    Args:
        real: shape (n, d), more than k samples.
        fake: shape (m, d), at least one.
        k: which neighbour; the point itself does not count. The paper uses 5.
        features: compares what these make of images rather than the numbers themselves: a
            `classifier`, or a module or function from a batch of images to (n, d).

    Returns:
        A named tuple of density (0 and up, about 1 is best) and coverage (0..1, 1 is best).

    Raises:
        ValueError: if k is not a whole number from 1 on, if there are not more than k real samples,
            or if the samples cannot be compared.

    Source:
        Naeem et al. (2020), section 3. As in the authors' code, a point on the surface of a
        ball is outside, so that a copy of the real data has density 1.
    """
    real, fake, conditions = compared(real, fake, features)
    _check_neighbours(k, real=real)
    radii = _radii(real, k)
    balls_entered = 0
    covered = torch.zeros(len(real), dtype=torch.bool)
    for _, block in in_blocks(fake, len(real)):
        distances = distances_between(block, real)
        # In data with many equal rows a ball can have radius 0. A fake equal to such a row is in.
        inside = (distances < radii) | (distances == 0)
        balls_entered += inside.sum().item()
        covered |= inside.any(dim=0)
    found = DensityCoverage(
        density=balls_entered / (k * len(fake)), coverage=covered.double().mean().item()
    )
    return found if features is None else found.under(f"k = {k}; {conditions}")


def _check_neighbours(k: int, **samples: Tensor) -> None:
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k={k!r}, expected a whole number from 1 on.")
    for name, points in samples.items():
        if len(points) <= k:
            raise ValueError(
                f"{name} has {len(points)} samples, too few to have a neighbour number {k}. "
                f"Give more than {k} samples, or a smaller k."
            )


def _radii(points: Tensor, k: int) -> Tensor:
    """The distance from each point to its k-th nearest neighbour, shape (n,)."""
    # The nearest of all is the point itself, hence k + 1.
    nearest = [
        distances_between(block, points).topk(k + 1, largest=False).values[:, k]
        for _, block in in_blocks(points, len(points))
    ]
    return torch.cat(nearest)


def _share_inside(points: Tensor, centres: Tensor, radii: Tensor) -> float:
    """The share of points within `radii` of any of the centres."""
    inside = sum(
        (distances_between(block, centres) <= radii).any(dim=1).sum().item()
        for _, block in in_blocks(points, len(centres))
    )
    return inside / len(points)


# ---------------------------------------------------------------------------------- a classifier


class TwoSampleAccuracy(float):
    """An accuracy between 0 and 1 that knows on how many held-out points it was measured.

    It is a number like any other, with two attributes more:

    Attributes:
        n_test: how many points were held out, half of them real.
        p_value: how likely an accuracy this high is when both samples have one distribution.
            Small (below 0.05, say): the classifier can tell real from fake.
    """

    n_test: int

    def __new__(cls, accuracy: float, n_test: int) -> TwoSampleAccuracy:
        self = super().__new__(cls, accuracy)
        self.n_test = n_test
        return self

    def __getnewargs__(
        self,
    ) -> tuple[float, int]:  # what copies and pickles are made from
        return float(self), self.n_test

    @property
    def p_value(self) -> float:
        # Under the null hypothesis the accuracy is about N(1/2, 1/(4 n_test)). Only accuracies
        # above one half speak against it, so this is one-sided.
        z = (self - 0.5) * 2 * math.sqrt(self.n_test)
        return math.erfc(z / math.sqrt(2)) / 2


def two_sample_test(
    real: Any, fake: Any, seed: int = 0, classifier: Any = None
) -> TwoSampleAccuracy:
    """Train a classifier to tell real from fake; its accuracy on points it has not seen.

    An equal number of real and fake samples is drawn, half of each to learn from and half to be
    tested on. It asks the question a discriminator asks, of a fresh judge who has not helped to
    train the generator.

    The accuracy averages 1/2 when both samples are independent draws of one distribution. Points
    on a regular grid are not: the spiral's positions are evenly spaced, so that a held-out real
    point is where no real point was learned, and accuracies of 0.40 to 0.49 are usual there. That
    makes the test more cautious, not less.

    Args:
        real, fake: shapes (n, d) and (m, d), at least 10 samples each. Of the larger set a random
            part is used.
        seed: of the split and of the classifier.
        classifier: any scikit-learn classifier; it is copied, not changed. Without it, 100
            extremely randomised trees, which take about 0.2 s for 1,000 and 1,000 points. Of
            the classifiers we compared they were among the best at noticing that the spiral had
            been blurred, or drawn too thin: logistic regression does not see it at all.

    Returns:
        The accuracy in 0..1, a float; 0.5 is best, 1 means that the two are easily told apart. Its
        attribute `p_value` says how surprising that is if the distributions are the same.

    Raises:
        ValueError: if there are fewer than 10 samples of a kind or they cannot be compared.

    Source:
        Lopez-Paz and Oquab (2017), section 3.
    """
    # Here, because scikit-learn takes a second or two to import, which most uses do not need.
    from sklearn.base import clone
    from sklearn.ensemble import ExtraTreesClassifier

    real, fake = two_sets(real, fake, ("real", "fake"), least=10)
    if classifier is None:
        # All features of a point compete for each split; of an image's pixels, some do. Splits at
        # a threshold do not care about units, so nothing needs standardising.
        features = min(real.shape[1], 16)
        classifier = ExtraTreesClassifier(100, max_features=features, random_state=int(seed))
    size = min(len(real), len(fake))
    shuffle = np.random.default_rng(seed).permutation
    real, fake = (points.numpy()[shuffle(len(points))[:size]] for points in (real, fake))

    half = size // 2
    labels = np.repeat([1, 0], [half, half])
    judge = clone(classifier).fit(np.concatenate([real[:half], fake[:half]]), labels)
    correct = np.concatenate([judge.predict(real[half:]) == 1, judge.predict(fake[half:]) == 0])
    return TwoSampleAccuracy(correct.mean(), n_test=len(correct))


# ----------------------------------------------------------------------------------------- modes


@dataclass(frozen=True)
class ModeReport:
    """What `mode_report` found.

    Attributes:
        modes_covered: how many modes were found, 0 to `len(counts)`.
        high_quality_share: the share of samples within 3σ of a mode, 0..1. Perfect samples of
            two-dimensional Gaussians score 1 − e^−4.5 = 0.989.
        counts: the number of high-quality samples of each mode, in the order of `modes`.
        kl: the Kullback-Leibler divergence of `counts` from uniform, in nats: 0 when all modes are
            equally frequent, log(number of modes) when there is only one. From n perfect samples
            of K modes it is about (K − 1) / 2n, by chance.
        total_variation: the share of high-quality samples that would have to change to another
            mode for all modes to be equally frequent, 0 to 1 − 1/K.
    """

    modes_covered: int
    high_quality_share: float
    counts: tuple[int, ...]
    kl: float
    total_variation: float

    def __str__(self) -> str:
        return (
            f"{self.modes_covered} of {len(self.counts)} modes, "
            f"{self.high_quality_share:.1%} of the samples within 3σ of a mode, "
            f"{self.kl:.3f} nats and {self.total_variation:.1%} from an equal share for each"
        )


def mode_report(samples: Any, modes: Any, sigma: float, min_share: float = 0.01) -> ModeReport:
    """Which modes of a known mixture the samples have found, and how evenly.

    A sample is of high quality if it lies within 3σ of the nearest mode; only these count for a
    mode. Without any, there is no distribution over modes, and its distance from uniform is given
    as that of a single mode, the largest there is.

    Papers differ on how many samples it takes to cover a mode. One is enough in VEEGAN and PacGAN,
    which is generous: the tail of a neighbour, or a transient between two modes, will do. Here it
    takes a share of all samples; `min_share=0` gives the papers' rule.

    Args:
        samples: shape (n, d).
        modes: the centres, shape (K, d), all equally likely in the data.
        sigma: the standard deviation of each mode in each direction, in units of the data.
        min_share: the share of all samples, in 0..1, that it takes to cover a mode. By default
            0.01: with many modes, choose well below 1/K.

    Returns:
        A `ModeReport`.

    Raises:
        ValueError: if sigma is not positive, min_share is not in 0..1, or samples and modes do not
            have the same number of features.

    Source:
        Srivastava et al. (2017, VEEGAN) and Lin et al. (2018, PacGAN), experiments on synthetic
        data. As in the code of the latter, the distribution over modes is that of good samples.
    """
    samples, modes = two_sets(samples, modes, ("samples", "modes"))
    sigma = positive(sigma, "sigma")
    if not 0 <= min_share <= 1:
        raise ValueError(f"min_share={min_share!r}, expected a share from 0 to 1, such as 0.01.")
    distance, mode = distances_between(samples, modes).min(dim=1)
    counts = torch.bincount(mode[distance <= 3 * sigma], minlength=len(modes)).double()
    total = int(counts.sum())
    # Without any good sample: all the weight on one mode, the farthest from uniform there is.
    shares = counts / total if total else (torch.arange(len(modes)) == 0).double()
    return ModeReport(
        modes_covered=int(((counts / len(samples) >= min_share) & (counts > 0)).sum()),
        high_quality_share=total / len(samples),
        counts=tuple(int(count) for count in counts),
        kl=max(0.0, torch.special.xlogy(shares, shares * len(modes)).sum().item()),
        total_variation=(shares - 1 / len(modes)).abs().sum().item() / 2,
    )


# ------------------------------------------------------------------------------- a first look


def summary(real: Any, fake: Any, seed: int = 0) -> dict[str, float]:
    """Three numbers for a first look, which notice different things.

    Args:
        real, fake: shape (n, …) and (m, …).
        seed: decides how the two-sample test splits its points.

    Returns:
        `coverage` with k = 5 (0 to 1, 1 is best), `sliced_wasserstein` (0 is best) and `two_sample`
        (accuracy of a classifier, 0.5 is best).

    Raises:
        ValueError: as the three metrics do.
    """
    values = (
        density_coverage(real, fake, k=5).coverage,
        sliced_wasserstein(real, fake),
        two_sample_test(real, fake, seed=seed),
    )
    return dict(zip(SUMMARY, values, strict=True))
