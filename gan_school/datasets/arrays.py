"""Numbers in any form, as a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

_KINDS = {"O": "no numbers", "M": "dates", "m": "spans of time"}


def tensor_of(data: Any) -> Tensor:
    """Numbers as a tensor of the type that they have; a copy, unless they are a tensor already.

    Args:
        data: a tensor, an array, nested lists, or a data frame, whose missing values become NaN.

    Raises:
        TypeError: if it holds anything else, such as text or dates.
        ValueError: if some of it is masked.
    """
    if isinstance(data, Tensor):
        return data.detach()
    if isinstance(data, np.ma.MaskedArray) and np.ma.count_masked(data):
        raise ValueError(
            f"{np.ma.count_masked(data)} of {data.size} values are masked. Fill them "
            "with numbers, x.filled(…), or leave out those rows, np.ma.compress_rows(x)."
        )
    try:
        array = np.asarray(data)
        if array.dtype == object and hasattr(data, "to_numpy"):
            array = data.to_numpy(na_value=np.nan)  # of columns of pandas' own types
        if array.dtype == object and data is not None:
            if any(isinstance(value, str | bytes) for value in array.flat):
                raise TypeError("some of it is text")
            array = array.astype(np.float64)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"it holds {_KINDS.get(array.dtype.kind, 'text')}")
        # PyTorch has no numbers of more than 64 bits, and this machine's order of bytes alone.
        long = array.dtype.kind == "f" and array.dtype.itemsize > 8
        kind = np.dtype(np.float64) if long else array.dtype.newbyteorder("=")
        return torch.from_numpy(np.array(array, kind))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"cannot make a tensor of {type(data).__name__}: {str(error).rstrip('.')}. Give a "
            "tensor, a dense array of numbers, or a DataFrame with numeric columns only; "
            "datasets.table takes any DataFrame."
        ) from error
