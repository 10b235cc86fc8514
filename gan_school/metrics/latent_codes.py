"""What latent codes have come to mean, where it is known what the samples were made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from gan_school.checks import check, check_shape
from gan_school.metrics.samples import as_numbers, check_scale

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURS = 15


def code_table(
    codes: Mapping[str, Any], factors: pd.DataFrame, circular: Collection[str] = ("hue",)
) -> pd.DataFrame:
    """How well each factor can be told from each code.

    A factor is predicted from a code by the mean of the 15 nearest neighbours, learned on the first
    half of the samples. The table holds the rank correlation of prediction and truth on the second
    half: Spearman's, which is 1 for a prediction that puts all samples in the right order and about
    0 for one that knows nothing. For a factor that goes round in a circle, it is the circular rank
    correlation (Mardia 1975), which is also 0 and 1, and does not mind where the circle was cut.

    Args:
        codes: by name, numbers of shape (n, numbers of the code) or (n,).
        factors: one row per sample, in the same order, one numeric column per factor.
        circular: the factors from 0 to 1 that go round in a circle.

    Returns:
        A row for each factor and a column for each code; with two codes or more, a last column,
        `all`, for all of them together.

    Raises:
        ValueError: if there are no codes, one is called `all`, there are fewer than 60 samples, or
            not as many as rows; if codes or factors are not finite numbers; if a factor is the same
            for a whole half.
    """
    import pandas as pd

    arrays = {name: _columns(code, f"the code {name!r}") for name, code in codes.items()}
    truth = {name: as_numbers(factors[name], f"the factor {name!r}").numpy() for name in factors}
    lengths = {len(array) for array in arrays.values()} | {len(factors)}
    check(
        arrays and len(lengths) == 1 and len(factors) >= 4 * NEIGHBOURS,
        f"got {len(arrays)} codes, and {sorted(lengths)} samples. Give one code or more, all for "
        f"the same samples as the factors, {4 * NEIGHBOURS} or more of them.",
    )
    check("all" not in arrays, "a code is called 'all', which stands for all of them. Rename it.")
    for name, factor in truth.items():
        check(
            all(map(np.ptp, _halves(factor))),
            f"the factor {name!r} is the same for all samples, or for one half of them, and no "
            "code can tell what does not vary. Leave it out, or shuffle the samples.",
        )
    if len(arrays) > 1:
        arrays["all"] = np.concatenate(list(arrays.values()), axis=1)
    return pd.DataFrame(
        {
            code: {name: _told(array, truth[name], name in circular) for name in truth}
            for code, array in arrays.items()
        }
    )


def matched_classes(code: Any, truth: Any) -> tuple[float, float]:
    """How well a choice of classes matches the true ones, whatever their numbers.

    Args:
        code: classes, by number or by name, shape (n,), n of 1 or more.
        truth: the true classes, shape (n,).

    Returns:
        The normalised mutual information (0 to 1), and the accuracy under the best assignment of
        classes to true ones (Kuhn 1955).

    Raises:
        ValueError: if there are no samples, or not as many of the one as of the other.
    """
    import pandas as pd
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import normalized_mutual_info_score

    code, truth = (
        np.asarray(x.detach().cpu() if isinstance(x, Tensor) else x).ravel() for x in (code, truth)
    )
    fits = len(code) == len(truth) > 0
    check(
        fits, f"got {len(code)} classes, and {len(truth)} true ones. Give one of each per sample."
    )
    counts = pd.crosstab(code, truth).to_numpy()
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return (
        float(normalized_mutual_info_score(truth, code)),
        float(counts[rows, columns].sum() / len(code)),
    )


def circular_rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Mardia's rank correlation of two angles, in any unit: 0 to 1 (Mardia 1975, section 4).

    Raises:
        ValueError: if there are no angles, not as many of the one as of the other, or no numbers.
    """
    from scipy.stats import rankdata

    x, y = (as_numbers(values, name).numpy() for values, name in ((x, "x"), (y, "y")))
    fits = x.shape == y.shape and x.ndim == 1 and len(x)
    check(fits, f"x has shape {x.shape} and y {y.shape}, expected (n,) for both.")
    one, other = (2 * np.pi * rankdata(values) / len(x) for values in (x, y))
    return max(float(abs(np.exp(1j * (one + sign * other)).mean()) ** 2) for sign in (-1, 1))


def _told(code: np.ndarray, factor: np.ndarray, circular: bool) -> float:
    """The rank correlation of a factor with what its code predicts, on the second half."""
    from scipy.stats import spearmanr
    from sklearn.neighbors import KNeighborsRegressor

    angle = 2 * np.pi * factor
    targets = np.stack([np.cos(angle), np.sin(angle)], 1) if circular else factor[:, None]
    (seen, unseen), (learned, _) = _halves(code), _halves(targets)
    found = KNeighborsRegressor(NEIGHBOURS).fit(seen, learned).predict(unseen)
    truth = _halves(factor)[1]
    if np.ptp(found, axis=0).max() == 0:
        return 0.0  # a code that is the same everywhere, and knows nothing
    if circular:
        return circular_rank_correlation(np.arctan2(found[:, 1], found[:, 0]), truth)
    return float(spearmanr(found[:, 0], truth).statistic)


def _halves(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return array[: len(array) // 2], array[len(array) // 2 :]


def _columns(code: Any, name: str) -> np.ndarray:
    numbers = as_numbers(code, name)
    fits = numbers.ndim in (1, 2) and numbers.numel()
    check_shape(fits, name, numbers, "(n, numbers) or (n,).")
    check_scale(name, numbers)
    return numbers.reshape(len(numbers), -1).numpy()
