"""How often intervals and verdicts are right: why `gan_school.lab.interval` is what it is.

A 95 % interval should cover the truth in 95 of 100 cases. Where the truth is known, one can count:
draw a few values of a distribution whose mean is zero, ask for the interval, see whether zero is in
it, many thousand times. Some of the distributions are from the textbook. The one that counts is
made of the ledger's own residuals: the differences of each comparison, less their mean, divided by
their standard deviation, all in one pool, whose centre is set to zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from gan_school.lab.inference import LEVEL, Means, corrected
from gan_school.lab.ledger import Ledger
from gan_school.places import shipped

SIZES = (5, 8, 16, 32)  # seeds
AT_ONCE = 250  # samples; more would take much memory
RESIDUALS, TEXTBOOK = "the ledger's residuals", "normal"

Ends = tuple[np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def student(values: np.ndarray) -> Ends:
    """Student's t interval of the means of columns."""
    reach = stats.t.ppf(1 - LEVEL / 2, len(values) - 1) * stats.sem(values)
    return values.mean(0) - reach, values.mean(0) + reach


def johnson(values: np.ndarray) -> Ends:
    """Student's t with Johnson's correction for skewness (1978)."""
    n, mean = len(values), values.mean(0)
    third = n / ((n - 1) * (n - 2)) * ((values - mean) ** 3).sum(0)
    shift = third / (6 * values.var(0, ddof=1) * n)
    low, high = student(values)
    return low + shift, high + shift


def bca(values: np.ndarray) -> Ends:
    """The bias-corrected and accelerated bootstrap (Efron 1987)."""
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    return found.low, found.high


METHODS: dict[str, Callable[[np.ndarray], Ends]] = {
    "studentised bootstrap": lambda values: Means(values).interval(),
    "Student's t": student,
    "Johnson's t": johnson,
    "BCa bootstrap": bca,
}
"""The first is the one in use; the last is the one it replaced."""


def residuals(ledger: Ledger) -> np.ndarray:
    """What the differences of each comparison are but for their mean, in standard deviations."""
    parts = [d - d.mean() for d in ledger.differences() if len(d) > 2 and d.std() > 1e-9]
    pool = np.concatenate([part / part.std() for part in parts])
    return (pool - pool.mean()) / pool.std()


def distributions(ledger: Ledger) -> dict[str, Draw]:
    """By name, how to draw values whose mean is zero."""
    pool = residuals(ledger)
    return {
        RESIDUALS: lambda rng, shape: rng.choice(pool, shape),
        TEXTBOOK: lambda rng, shape: rng.normal(size=shape),
        "heavy tails (t, 3 degrees)": lambda rng, shape: rng.standard_t(3, shape),
        "skewed (log-normal, σ = 0.5)": partial(_log_normal, sigma=0.5),
        "more skewed (exponential)": lambda rng, shape: rng.exponential(size=shape) - 1,
        "very skewed (log-normal, σ = 1)": partial(_log_normal, sigma=1.0),
    }


def _log_normal(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    return rng.lognormal(0, sigma, shape) - np.exp(sigma**2 / 2)


def intervals(
    draws: dict[str, Draw],
    methods: Sequence[str] = tuple(METHODS),
    sizes: Sequence[int] = SIZES,
    repeats: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Count how often 95 % intervals cover the mean.

    Returns:
        One row for each of the draws, sizes and methods: `covered`, the share; `width`, the median
        in units of that of Student's t.
    """
    rows = []
    for name, draw in draws.items():
        for size in sizes:
            samples = [*_samples(draw, size, repeats, seed)]
            usual = np.concatenate([np.subtract(*student(values)[::-1]) for values in samples])
            for method in methods:
                ends = [METHODS[method](values) for values in samples]
                low, high = (np.concatenate(side) for side in zip(*ends, strict=True))
                covered, width = (low <= 0) & (high >= 0), np.median(high - low)
                rows.append((name, size, method, covered.mean(), width / np.median(usual)))
    return pd.DataFrame(rows, columns=["values", "seeds", "method", "covered", "width"])


def one_by_one(ledger: Ledger, repeats: int = 400, seed: int = 0) -> pd.DataFrame:
    """The same for each comparison of the ledger by itself, in whose pool the skewed ones drown.

    Its differences stand for all that it could have given: as many of them as it has are drawn with
    replacement, and their mean is the truth. That is a hard test, since some values are drawn twice
    and others never; so the same is done with as many normal values.

    Returns:
        One row for each comparison: `seeds`; `skew`, the skewness of its differences; `covered`,
        how often a 95 % interval has the truth in it, and `covered_normal`, the same for the normal
        values; `found_at_2`, how often a difference that is not there has a p of .02 or less.
    """
    rng, rows = np.random.default_rng(seed), []
    for values in ledger.differences():
        if len(values) < SIZES[1] or values.std() < 1e-9:
            continue
        found = []
        for own in (values, rng.normal(size=len(values))):
            means = Means((own - own.mean())[rng.integers(len(own), size=(len(own), repeats))])
            low, high = means.interval()
            found.append((np.mean((low <= 0) & (high >= 0)), np.mean(means.p_other() <= 0.02)))
        (covered, small), (normal, _) = found
        rows.append((len(values), float(stats.skew(values)), covered, normal, small))
    columns = ["seeds", "skew", "covered", "covered_normal", "found_at_2"]
    return pd.DataFrame(rows, columns=columns)


def rule_of_seeds(
    draw: Draw, few: int, margin: float, shift: float, repeats: int = 4_000, seed: int = 0
) -> dict[str, float]:
    """What becomes of intervals and verdicts when a margin that is straddled asks for more seeds.

    Args:
        draw: of differences, whose true mean is then shifted.
        few: seeds at first; twice as many where the interval straddles the margin.
        margin, shift: in standard deviations of a difference.

    Returns:
        `covered`, how often the final interval covers the shift; `more`, how often more seeds were
        asked for; `different`, how often a difference is found; `equivalent`, how often
        equivalence is.
    """
    found = []
    for values in _samples(draw, 2 * few, repeats, seed):
        values = values + shift
        first, all_ = Means(values[:few]), Means(values)
        low, high = first.interval()
        more = ((low < margin) & (margin < high)) | ((low < -margin) & (-margin < high))
        ends = [np.where(more, *pair) for pair in zip(all_.interval(), (low, high), strict=True)]
        p, same = (
            np.where(more, late, early)
            for late, early in zip(_tests(all_, margin), _tests(first, margin), strict=True)
        )
        covered = (ends[0] <= shift) & (shift <= ends[1])
        found.append(np.stack([covered, more, p <= LEVEL, same <= LEVEL]))
    shares = np.concatenate(found, axis=1).mean(1)
    names = ("covered", "more", "different", "equivalent")
    return dict(zip(names, map(float, shares), strict=True))


def false_verdicts(
    draw: Draw, seeds: int, true: np.ndarray, margin: float, repeats: int = 200, seed: int = 0
) -> dict[str, float]:
    """How many of a family's corrected verdicts are wrong, on average.

    All share the values of one baseline, so that they err together.

    Args:
        draw: of values, with and without.
        true: the true effects, in standard deviations of a difference.
        margin: in the same unit.

    Returns:
        `different`, of the differences that are found, the share of those that are not there, or
        have the other sign; `equivalent`, of the equivalences, the share of those that are none.
    """
    rng, wrong = np.random.default_rng(seed), []
    for _ in range(repeats):
        without, with_ = draw(rng, (seeds, 1)), draw(rng, (seeds, len(true)))
        means = Means((with_ - without) / 2**0.5 + true)
        p, same = (corrected(found) <= LEVEL for found in _tests(means, margin))
        other = np.sign(means.mean) != np.sign(true)
        wrong.append((_share(p & other, p), _share(same & (np.abs(true) >= margin), same)))
    different, equivalent = np.mean(wrong, axis=0)
    return {"different": float(different), "equivalent": float(equivalent)}


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return part.sum() / max(1, whole.sum())


def _tests(means: Means, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """The p-values of a difference, and of one smaller than the margin."""
    return means.p_other(), np.maximum(means.p_above(-margin), means.p_below(margin))


def _samples(draw: Draw, size: int, repeats: int, seed: int) -> Iterator[np.ndarray]:
    """Samples in columns, some hundred at a time."""
    rng = np.random.default_rng([seed, size])
    for start in range(0, repeats, AT_ONCE):
        yield draw(rng, (size, min(AT_ONCE, repeats - start)))


def on_record(name: str = "coverage") -> pd.DataFrame:
    """What `intervals` counted, or as "coverage_one_by_one", what `one_by_one` did.

    `python tools/evidence.py coverage` wrote both.

    Raises:
        FileNotFoundError: if this copy of the course comes without it.
    """
    return pd.read_csv(shipped("evidence") / f"{name}.csv")
