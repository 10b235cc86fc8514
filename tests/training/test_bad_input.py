"""Whatever is wrong is said before any training starts, with what was expected and what to do."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from gan_school import Recipe, datasets, train
from gan_school.games import GAN, Gaussian
from gan_school.networks import XavierNormal, mlp
from gan_school.training import SGD, Adam, Cosine, Player
from tests.helpers import POINTS, TINY


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    """A message that comes after an hour of training has come too late."""

    def descend(*_):
        raise AssertionError("training had started")

    monkeypatch.setattr(Player, "descend", descend)


def with_value(value: float) -> torch.Tensor:
    x = POINTS.x.clone()
    x[3, 1] = x[50, 0] = value
    return x


BAD_DATA = {
    "nan": (with_value(math.nan), ValueError, r"2 of 100 rows hold NaN or infinity.*row 3.*Remove"),
    "infinity": (with_value(-math.inf), ValueError, r"2 of 100 rows hold NaN or infinity"),
    "too large": (with_value(1.0).double() * 1e300, ValueError, r"too large for 32-bit floats"),
    "in a Dataset": (datasets.Dataset(with_value(math.nan)), ValueError, r"NaN or infinity"),
    "one dimension": (torch.randn(100), ValueError, r"shape \(100,\).*one row per sample"),
    "a single number": (torch.tensor(1.0), ValueError, r"shape \(\)"),
    "fewer rows than a batch": (POINTS.x[:10], ValueError, r"batch holds 16.*only 10.*batch_size"),
    "no rows": (torch.empty(0, 2), ValueError, r"data is empty.*\(0, 2\)"),
    "no columns": (torch.empty(100, 0), ValueError, r"data is empty"),
    "integers": (torch.arange(200).view(100, 2), TypeError, r"type int64.*floating-point.*Scale"),
    "pixels": (np.zeros((100, 1, 4, 4), np.uint8), TypeError, r"uint8.*127\.5"),
    "truth values": (torch.ones(100, 2) > 0, TypeError, r"bool.*floating-point"),
    "complex numbers": (torch.ones(100, 2) * 1j, TypeError, r"complex64"),
    "words": (np.array([["a", "b"]] * 100), TypeError, r"cannot make a tensor of ndarray"),
    "a mixed table": (
        pd.DataFrame({"x": [0.5] * 100, "name": ["a"] * 100}), TypeError, r"DataFrame.*numeric",
    ),
    "nothing": (None, TypeError, r"cannot make a tensor of NoneType"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_DATA)
def test_data(name):
    data, error, message = BAD_DATA[name]
    with pytest.raises(error, match=message):
        train(TINY, data)


BAD_SEEDS = {
    "empty": (dict(seeds=[]), ValueError, "seeds is empty.*range"),
    "repeated": (dict(seeds=[1, 2, 1]), ValueError, "repeats itself"),
    "negative": (dict(seed=-1), ValueError, "negative.*-1"),
    "negative among others": (dict(seeds=[0, -3]), ValueError, "negative.*-3"),
    "fractions": (dict(seeds=[0.5, 1.5]), TypeError, "whole number"),
    "a fraction": (dict(seed=0.5), TypeError, "whole number"),
    "a word": (dict(seed="0"), TypeError, "whole number"),
    "a number of them": (dict(seeds=5), TypeError, r"range\(5\).*say seed=5"),
    "too large": (dict(seed=2**32), ValueError, "32 bits"),
}


@pytest.mark.parametrize("name", BAD_SEEDS)
def test_seeds(name):
    settings, error, message = BAD_SEEDS[name]
    with pytest.raises(error, match=message):
        train(TINY, POINTS, **settings)


def test_seeds_of_numpy_are_whole_numbers_as_well():
    recipe = TINY.with_(steps=0)
    assert train(recipe, POINTS, seed=np.int64(3)).seeds == 3
    assert train(recipe, POINTS, seeds=np.arange(3)).seeds == (0, 1, 2)


def test_an_unknown_device():
    with pytest.raises(ValueError, match=r"unknown device 'gpu'.*'cuda'"):
        train(TINY, POINTS, device="gpu")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_that_is_not_there(kind, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=f"'{kind}' is not there. This machine has: cpu"):
        train(TINY, POINTS, device=kind)


class Mystery(nn.Module):
    """It does not say how many numbers it takes."""

    def forward(self, x):
        return x[:, :2]


BAD_NETWORKS = {
    "generator's output": (dict(generator=mlp(3, 8, 3)), r"shape \(3,\), but ring of 8 has"),
    "generator's input": (dict(latent=4), r"generator mlp\(3, 8, 2\), given a latent of size 4"),
    "discriminator's input": (dict(discriminator=mlp(3, 8, 1)), r"discriminator mlp.*do not fit"),
    "discriminator's output": (
        dict(discriminator=mlp(2, 8, 2)), r"\(16, 2\).*one logit per sample"
    ),
    "flat logits": (dict(discriminator=lambda: nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))),
                    r"one logit per sample"),
    "not a tensor": (dict(discriminator=lambda: nn.LSTM(2, 1)), r"gives a tuple"),
    "latent unknown": (dict(generator=Mystery), r"cannot tell how many numbers.*Recipe\(latent"),
    "one size": (dict(generator=mlp(3)), r"no layer"),
    "size zero": (dict(generator=mlp(3, 0, 2)), r"size 0"),
    "activation": (dict(generator=mlp(3, 8, 2, activation="rule")), r"'rule'.*relu, leaky_relu"),
    "dropout": (dict(generator=mlp(3, 8, 2, dropout=1.0)), r"dropout is a probability"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_NETWORKS)
def test_networks_that_do_not_fit(name):
    changes, message = BAD_NETWORKS[name]
    with pytest.raises(ValueError, match=message):
        train(TINY.with_(**changes), POINTS)


DOUBLE = (
    r"{} .*, given .*weights are torch\.float64, torch\.get_default_dtype\(\) is {}, .*float32\."
)


@pytest.mark.parametrize(
    ("who", "build"),
    [
        ("generator", lambda: nn.Linear(3, 2).double()),
        ("discriminator", lambda: nn.Linear(2, 1).double()),
    ],
)
def test_weights_of_another_type(who, build):
    with pytest.raises(ValueError, match=DOUBLE.format(who, r"torch\.float32")):
        train(TINY.with_(**{who: build}), POINTS)


def test_another_default_type():
    torch.set_default_dtype(torch.float64)
    try:
        with pytest.raises(ValueError, match=DOUBLE.format("discriminator", r"torch\.float64")):
            train(TINY, POINTS)
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_images_of_a_data_set_are_not_points():
    images = torch.rand(100, 1, 4, 4)
    with pytest.raises(ValueError, match=r"\(2,\), but data has samples of shape \(1, 4, 4\)"):
        train(TINY, images)


BAD_SETTINGS = {
    "steps negative": (dict(steps=-1), ValueError, r"steps is -1.*whole number, 0 or more"),
    "steps a float": (dict(steps=1e3), ValueError, r"=1000\.0\): .* whole number, such as 5000"),
    "steps a truth value": (dict(steps=True), ValueError, r"steps=True"),
    "steps a word": (dict(steps="10"), ValueError, r"steps='10'"),
    "batch of none": (dict(batch_size=0), ValueError, r"batch_size is 0.*1 or more"),
    "d_steps": (dict(d_steps=0), ValueError, r"d_steps is 0"),
    "g_steps": (dict(g_steps=0.5), ValueError, r"g_steps=0\.5"),
    "latent of none": (dict(latent=0), ValueError, r"latent has size 0.*1 or more"),
    "latent negative": (dict(latent=-2), ValueError, r"latent has size -2"),
    "latent a fraction": (dict(latent=2.5), TypeError, r"latent is 2\.5.*Gaussian"),
    "average of one": (dict(average=1), ValueError, r"average is 1\b.*0\.999"),
    "average negative": (dict(average=-0.1), ValueError, r"average is -0\.1"),
    "a game that is a class": (dict(game=GAN), TypeError, r"game=.*a GAN, such as GAN\(\)"),
    "an optimiser by name": (dict(d_optimizer="adam"), TypeError, r"'adam'.*such as Adam\("),
    "an optimiser of torch": (dict(g_optimizer=torch.optim.Adam), TypeError, r"such as Adam\("),
    "initialize a class": (dict(initialize=XavierNormal), TypeError, r"such as XavierNormal\("),
    "initialize nothing": (dict(initialize=None), TypeError, r"a function, or an object that can"),
    "a stop that is a number": (dict(stop=5), TypeError, r"an EarlyStop or None"),
    "a built network": (dict(generator=nn.Linear(3, 2)), TypeError, r"built already.*lambda"),
    "no network": (dict(discriminator=7), TypeError, r"cannot be made from 7"),
    "misspelt": (dict(batchsize=7), TypeError, r"no 'batchsize'. Did you mean 'batch_size'"),
    "unheard of": (dict(zzz=7), TypeError, r"no 'zzz'. It has: generator, disc"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_recipe_cannot_even_be_written(name):
    changes, error, message = BAD_SETTINGS[name]
    with pytest.raises(error, match=message):
        TINY.with_(**changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GAN(penalty=5), r"penalty=5\): expected a Penalty, such as NoPenalty\(\)"),
        (lambda: GAN(view=None), r"view=None\): expected a View, such as Clear\(\)"),
        (lambda: Adam("0.1"), r"lr='0.1'\): expected a number"),
        (lambda: Adam(1e-3, (0.5, 0.999)), r"schedule=.*a Schedule, such as Constant\(\)"),
        (lambda: Gaussian(0), "latent has size 0"),
        (lambda: Gaussian(1.5), "whole number"),
        (lambda: Gaussian(True), "whole number"),
        (lambda: Adam(0), "learning rate must be above 0"),
        (lambda: Adam(-1e-3), "above 0. Got -0.001"),
        (lambda: SGD(float("nan")), "above 0"),
        (lambda: Adam(betas=(0.5,)), r"expected a tuple of 2, such as \(0.9, 0.999\)"),
        (lambda: Adam(betas=(0.5, 1.0)), "betas"),
        (lambda: SGD(momentum=1), "momentum"),
        (lambda: Cosine(end=2), "between 0 and 1"),
    ],
)
def test_parts_of_a_recipe(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_recipe_without_networks():
    with pytest.raises(TypeError, match="discriminator"):
        Recipe(generator=mlp(3, 8, 2))


def test_a_misspelt_argument_of_a_network():
    with pytest.raises(TypeError, match="drop_out"):
        mlp(3, 8, 2, drop_out=0.1)


def test_numbers_of_numpy_are_numbers():
    recipe = TINY.with_(steps=np.int64(20), average=np.float32(0.5), latent=np.int64(3))
    assert recipe == TINY.with_(steps=20, average=0.5, latent=3)
    assert type(recipe.steps) is int and Adam(np.float64(0.5)) == Adam(0.5)
