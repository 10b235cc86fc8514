"""Handwritten digits that need no network: the ones that scikit-learn brings along."""

from __future__ import annotations

import torch
from torch.nn.functional import interpolate

from gan_school.datasets.dataset import Dataset

SIZES = (8, 16, 28, 32)
_HELD_OUT = 397


def digits(size: int = 16) -> Dataset:
    """1,797 handwritten digits in grey, 8×8 pixels as scanned, enlarged smoothly to `size`.

    1,400 are to learn from. The other 397, of all ten classes alike, are `held_out`.

    Args:
        size: height and width in pixels, one of `SIZES`.

    Returns:
        A Dataset with `x` of shape (1400, 1, size, size), from −1 (paper) to 1 (ink), and labels.

    Raises:
        ValueError: for another size.

    Source:
        Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, test part, UCI
        Machine Learning Repository, CC BY 4.0; shipped with scikit-learn.
    """
    if size not in SIZES:
        raise ValueError(
            f"digits come in sizes {', '.join(map(str, SIZES))}, not {size!r}: an enlarged 8×8 "
            "picture shows nothing new. datasets.flowers draws images of any size."
        )
    from sklearn.datasets import load_digits  # takes a second or two to import

    scanned = load_digits()
    x = torch.from_numpy(scanned.images).float()[:, None] / 8 - 1
    if size != x.shape[-1]:
        x = interpolate(x, size=(size, size), mode="bilinear", align_corners=False)
    data = Dataset(
        x,
        f"digits {size}×{size}",
        labels=torch.from_numpy(scanned.target).long(),
        classes=tuple("0123456789"),
        mean=127.5,
        scale=127.5,
    )
    return data.hold_out(_HELD_OUT / len(data))
