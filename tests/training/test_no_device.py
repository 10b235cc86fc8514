"""A round of every recipe on PyTorch's "meta" device: tensors without numbers, but with a place.

They find what a machine without a GPU hides: a tensor that was left on the CPU, and a question
about a number, for which a GPU would have to stop and answer.
"""

import functools

import pytest
import torch

from gan_school import Run
from gan_school.games import GAN
from gan_school.training import loop
from tests.helpers import POINTS, TINY
from tests.trained import RECIPES, data_for

META = torch.device("meta")


@pytest.fixture(autouse=True)
def _optimisers_that_run_anywhere(monkeypatch):
    """The fused ones exist for real devices only; what they compute is the same."""
    for name in ("Adam", "SGD"):
        usual = getattr(torch.optim, name)
        anywhere = functools.wraps(usual, updated=())(type(name, (usual,), {}))
        build = usual.__init__

        def init(self, *args, build=build, fused=None, **options):
            build(self, *args, foreach=False, **options)

        anywhere.__init__ = init
        monkeypatch.setattr(torch.optim, name, anywhere)


@pytest.fixture(autouse=True)
def _nobody_asks_for_a_tensor_in_words(monkeypatch):
    """It takes as long as a round, and a GPU would have to stop for it, too."""

    def written(self, **options):
        raise AssertionError("a tensor was written out")

    monkeypatch.setattr(torch.Tensor, "__repr__", written)


def rounds(recipe, data, seeds, count=2) -> Run:
    latent, _ = recipe.fit_to(data)
    run = Run(recipe, latent, seeds, META)
    run.attach(data)
    for snapshot in loop.play(run):
        if snapshot.step == count:
            break
    assert snapshot.d_loss.device.type == snapshot.g_loss.device.type == "meta"
    assert {x.device.type for x in run.numbers()} == {"meta"}
    return run


@pytest.mark.parametrize("seeds", [3, (3, 1)], ids=["one", "population"])
@pytest.mark.parametrize("name", RECIPES)
def test_nothing_is_left_on_the_cpu_and_nobody_waits(name, seeds):
    recipe = RECIPES[name]
    rounds(recipe, data_for(recipe), seeds)


class LeavesNoiseBehind(GAN):
    """Draws its latent vectors on the CPU, and forgets to move them."""

    def sample_like(self, real):
        return self.generate(torch.randn(len(real), 3))


class AsksForANumber(GAN):
    """Looks at a loss, for which a GPU has to stop."""

    def generator_loss(self, real):
        loss = super().generator_loss(real)
        return loss if loss.sum() > 0 else 2 * loss


def test_a_tensor_on_the_wrong_device_is_found():
    with pytest.raises(RuntimeError, match="device"):
        rounds(TINY.with_(game=LeavesNoiseBehind()), POINTS, 0)


def test_a_question_that_makes_a_gpu_wait_is_found():
    with pytest.raises(RuntimeError, match="meta tensors"):
        rounds(TINY.with_(game=AsksForANumber()), POINTS, 0)
