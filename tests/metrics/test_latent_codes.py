"""What codes mean, where the answer is known."""

import numpy as np
import pandas as pd
import pytest
import torch

from gan_school.metrics import circular_rank_correlation, code_table, matched_classes

pytestmark = pytest.mark.filterwarnings("error")

N = 1000
SIZE, HUE = np.random.default_rng(0).uniform(size=(2, N))
FACTORS = pd.DataFrame({"size": SIZE, "hue": HUE})


def noise() -> np.ndarray:
    """The same in every test, whatever ran before."""
    return np.random.default_rng(1).normal(size=N)


def test_what_a_code_says_and_what_it_does_not():
    around = np.stack([np.cos(2 * np.pi * HUE), np.sin(2 * np.pi * HUE)], 1)
    codes = {"a": torch.tensor(SIZE**3), "b": around, "c": noise()}
    table = code_table(codes, FACTORS)
    assert list(table.columns) == ["a", "b", "c", "all"] and list(table.index) == ["size", "hue"]
    assert table.loc["size", "a"] > 0.99 and table.loc["hue", "b"] > 0.99
    for factor, code in (("size", "b"), ("hue", "a"), ("size", "c"), ("hue", "c")):
        assert abs(table.loc[factor, code]) < 0.2
    assert (table["all"] > 0.7).all()  # of four numbers, only one or two help


def test_a_code_need_not_rise_with_the_factor():
    """Any rule counts that can be learned: here the code is a zigzag's height and which slope."""
    zigzag = np.stack([np.abs(SIZE - 0.5), SIZE > 0.5], 1)
    assert code_table({"zigzag": zigzag}, FACTORS).loc["size", "zigzag"] > 0.99


def test_one_number_cannot_hold_a_circle():
    half = np.cos(2 * np.pi * HUE)
    assert code_table({"half": half}, FACTORS).loc["hue", "half"] < 0.4
    whole = code_table({"angle": (HUE + 0.3) % 1}, FACTORS)
    assert whole.loc["hue", "angle"] > 0.95  # but one that jumps once can


def test_the_circular_rank_correlation():
    """1 if turned, stretched or mirrored; about 1/n for unrelated angles."""
    for other in (HUE, (HUE + 0.4) % 1, -HUE, HUE**2, 360 * HUE):
        at = circular_rank_correlation(HUE, other)
        assert at == pytest.approx(1, abs=1e-9)
    assert circular_rank_correlation(HUE, SIZE) < 0.01
    noisy = (HUE + 0.05 * noise()) % 1
    exact = np.exp(-((2 * np.pi * 0.05) ** 2) / 2) ** 2  # the mean of exp(i ε), squared
    assert circular_rank_correlation(HUE, noisy) == pytest.approx(exact, abs=0.02)


def test_classes_by_other_names():
    truth = np.repeat([0, 1, 2], 10)
    assert matched_classes((truth + 1) % 3, truth) == pytest.approx((1, 1))
    assert matched_classes(np.zeros(30), truth) == pytest.approx((0, 1 / 3))
    one_wrong = truth.copy()
    one_wrong[0] = 1
    information, accuracy = matched_classes(one_wrong, torch.tensor(truth))
    assert accuracy == pytest.approx(29 / 30) and 0.8 < information < 1


@pytest.mark.parametrize(
    ("codes", "factors"),
    [({}, FACTORS), ({"a": SIZE[:900]}, FACTORS), ({"a": SIZE[:40]}, FACTORS[:40])],
)
def test_what_cannot_be_measured(codes, factors):
    with pytest.raises(ValueError, match="one code or more"):
        code_table(codes, factors)


def test_a_code_that_is_always_the_same_says_nothing():
    table = code_table({"constant": np.ones(N), "size": SIZE}, FACTORS)
    assert table["constant"].tolist() == [0, 0]
    assert table.loc["size", "size"] > 0.99


@pytest.mark.parametrize("half", [slice(None), slice(0, N // 2), slice(N // 2, None)])
@pytest.mark.parametrize("name", ["size", "hue"])
def test_a_factor_that_does_not_vary_cannot_be_told(name, half):
    factors = FACTORS.copy()
    factors.iloc[half, factors.columns.get_loc(name)] = 0.3
    with pytest.raises(ValueError, match=f"the factor '{name}' is the same for all"):
        code_table({"a": SIZE}, factors)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (SIZE + 1j, "the code 'a' is a tensor of another kind"),
        (["x"] * N, "the code 'a': cannot make a tensor of list: it holds text"),
        (np.where(SIZE > 0.5, np.nan, SIZE), "the code 'a' holds .* NaN"),
        (np.ma.masked_array(SIZE, SIZE > 0.5), "the code 'a': .* values are masked"),
        (1e300 * SIZE, "the largest number in the code 'a' is"),
        (SIZE[:, None, None], r"the code 'a' has shape \(1000, 1, 1\)"),
        (1.0, r"the code 'a' has shape \(\)"),
    ],
)
def test_codes_that_are_none(code, message):
    with pytest.raises(ValueError, match=message):
        code_table({"a": code}, FACTORS)


def test_factors_and_names_that_are_none():
    with pytest.raises(ValueError, match="the factor 'size': cannot make a tensor of Series"):
        code_table({"a": SIZE}, FACTORS.astype(str))
    with pytest.raises(ValueError, match="a code is called 'all'"):
        code_table({"all": SIZE, "b": HUE}, FACTORS)


def test_tensors_with_gradients_will_do():
    code = torch.tensor(SIZE, requires_grad=True)
    assert code_table({"a": code}, FACTORS).loc["size", "a"] > 0.99
    assert matched_classes(torch.ones(3, requires_grad=True), [2, 2, 2]) == (1, 1)


def test_classes_and_angles_of_unequal_number():
    for code, truth in (([0, 1, 2], [0, 1]), ([], [])):
        with pytest.raises(ValueError, match="Give one of each per sample"):
            matched_classes(code, truth)
        with pytest.raises(ValueError, match=r"expected \(n,\) for both"):
            circular_rank_correlation(code, truth)
    with pytest.raises(ValueError, match="x holds 1 numbers that are NaN"):
        circular_rank_correlation([np.nan, 1], [0, 1])
