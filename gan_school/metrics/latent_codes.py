"""What latent codes have come to mean, where it is known what the samples were made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
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
        ValueError: if there are no codes, fewer than 60 samples, or not as many as rows.
    """
    arrays = {name: _columns(code) for name, code in codes.items()}
    lengths = {len(array) for array in arrays.values()} | {len(factors)}
    if not arrays or len(lengths) > 1 or len(factors) < 4 * NEIGHBOURS:
        raise ValueError(
            f"got {len(arrays)} codes, and {sorted(lengths)} samples. Give one code or more, all "
            f"for the same samples as the factors, {4 * NEIGHBOURS} or more of them."
        )
    if len(arrays) > 1:
        arrays["all"] = np.concatenate(list(arrays.values()), axis=1)
    return pd.DataFrame(
        {
            name: {
                factor: _predicted(array, factors[factor].to_numpy(float), factor in circular)
                for factor in factors.columns
            }
            for name, array in arrays.items()
        }
    )


def matched_classes(code: Any, truth: Any) -> tuple[float, float]:
    """How well a choice of classes matches the true ones, whatever their numbers.

    Args:
        code: class numbers, shape (n,).
        truth: the true class numbers, shape (n,).

    Returns:
        The normalised mutual information (0 to 1), and the accuracy under the best assignment of
        classes to true ones (Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import normalized_mutual_info_score

    code, truth = np.asarray(code).ravel(), np.asarray(truth).ravel()
    counts = pd.crosstab(code, truth).to_numpy()
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return (
        float(normalized_mutual_info_score(truth, code)),
        float(counts[rows, columns].sum() / len(code)),
    )


def circular_rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Mardia's rank correlation of two angles, in any unit: 0 to 1 (Mardia 1975, section 4)."""
    from scipy.stats import rankdata

    n = len(x)
    one, other = (2 * np.pi * rankdata(values) / n for values in (x, y))
    return max(abs(np.exp(1j * (one + sign * other)).mean()) ** 2 for sign in (-1, 1))


def _predicted(code: np.ndarray, factor: np.ndarray, circular: bool) -> float:
    """The rank correlation of a factor with what its code predicts, on the second half."""
    from scipy.stats import spearmanr
    from sklearn.neighbors import KNeighborsRegressor

    half = len(factor) // 2
    angle = 2 * np.pi * factor
    targets = np.stack([np.cos(angle), np.sin(angle)], 1) if circular else factor[:, None]
    nearest = KNeighborsRegressor(NEIGHBOURS).fit(code[:half], targets[:half])
    found = nearest.predict(code[half:])
    if circular:
        around = np.arctan2(found[:, 1], found[:, 0])
        return circular_rank_correlation(around, factor[half:])
    return float(spearmanr(found[:, 0], factor[half:]).statistic)


def _columns(code: Any) -> np.ndarray:
    array = np.asarray(code, dtype=float)
    return array[:, None] if array.ndim == 1 else array
