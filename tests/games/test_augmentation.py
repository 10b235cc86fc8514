"""Random changes to what D sees: real and generated alike, and G's gradient comes through."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from gan_school import Recipe, Run, datasets, train
from gan_school.games import GAN, R1, Augmented, Clear, Moved, Noisy
from gan_school.games.augmentation import _cut_out, _translated
from gan_school.games.views import View
from gan_school.networks import dcgan_discriminator, dcgan_generator
from gan_school.randomness import Randomness
from gan_school.settings import setting
from tests.helpers import POINTS, TINY, agree, finite, survives

pytestmark = pytest.mark.filterwarnings("error")

PICTURES = datasets.flowers(60, 16)


def always(*values: float):
    """Instead of numbers that are drawn."""
    given = iter(values)
    return lambda low, high: torch.full((1,), next(given))


def test_a_picture_moves_by_whole_pixels_and_grey_comes_in():
    x = torch.arange(1.0, 17).reshape(1, 1, 4, 4)
    down = _translated(x, 0.25, always(1.0, 0.0))
    assert torch.equal(down[0, 0, :3], x[0, 0, 1:]) and (down[0, 0, 3] == 0).all()
    right = _translated(x, 0.25, always(0.0, -1.0))
    assert torch.equal(right[0, 0, :, 1:], x[0, 0, :, :3]) and (right[0, 0, :, 0] == 0).all()
    many = torch.ones(500, 1, 8, 8)
    numbers = Randomness(0)
    seen = _translated(many, 0.25, lambda low, high: low + (high - low) * numbers.uniform(500))
    rows = (8 - (seen[:, 0].sum(2) > 0).sum(1)).bincount(minlength=3)
    assert (rows / 500 - torch.tensor([0.2, 0.4, 0.4])).abs().max() < 0.08, "0 to 2, either way"


def test_a_hole_has_its_size():
    x = torch.ones(1, 1, 8, 8)
    hole = _cut_out(x, 0.5, always(0.5, 0.5)) == 0
    assert hole.sum() == 16 and hole[0, 0, 2:6, 2:6].all()
    at_the_edge = _cut_out(x, 0.5, always(0.0, 0.5)) == 0
    assert at_the_edge.sum() == 8, "half of it lies outside"


def test_colours_change_and_shapes_do_not():
    x = torch.rand(40, 3, 4, 4) - 0.5
    seen = Augmented(translation=0, cutout=0)(x, Randomness(0), 0.0)
    assert seen.shape == x.shape and not torch.allclose(seen, x)
    centred = [y - y.mean((1, 2, 3), keepdim=True) for y in (x, seen)]
    grey = [y.mean(1).flatten(1) for y in centred]
    factor = grey[1].norm(dim=1) / grey[0].norm(dim=1)
    assert torch.allclose(grey[1], factor[:, None] * grey[0], atol=1e-5), "contrast alone"
    assert factor.min() >= 0.5 and factor.max() <= 1.5 and factor.std() > 0.2
    nothing = Augmented(colour=False, translation=0, cutout=0)
    assert torch.equal(nothing(x, Randomness(0), 0.0), x)


def test_turned_points_stay_as_far_from_the_origin():
    x = POINTS.x
    seen = Moved(turn=20.0, shift=0.0)(x, Randomness(0), 0.0)
    assert torch.allclose(seen.norm(dim=1), x.norm(dim=1), atol=1e-5)
    angle = torch.atan2(seen[:, 1], seen[:, 0]) - torch.atan2(x[:, 1], x[:, 0])
    angle = torch.rad2deg(torch.atan2(angle.sin(), angle.cos()))
    assert abs(angle.std() - 20) < 4
    shifted = Moved(turn=0.0, shift=0.3)(x, Randomness(0), 0.0) - x
    assert (shifted.std(0) - 0.3).abs().max() < 0.06


RECIPE = Recipe(
    dcgan_generator(16, 3, latent=3, width=2), dcgan_discriminator(16, 3, width=2, norm=None),
    game=GAN(view=Augmented()), steps=3, batch_size=12,
)  # fmt: skip


@pytest.mark.parametrize("seeds", [0, [0, 1]])
def test_the_generator_learns_through_it_and_both_kinds_are_changed(seeds, monkeypatch):
    run = Run.start(RECIPE, PICTURES, seeds)
    real = next(run.batches)
    seen = []
    look = Augmented.__call__
    monkeypatch.setattr(
        Augmented, "__call__", lambda self, x, *rest: seen.append(x) or look(self, x, *rest)
    )
    fake = run.game.fakes_for(real)
    run.game.discriminator_loss(real, fake)
    assert seen[0] is real and seen[1] is fake, "no change is for real pictures alone"
    loss = run.game.generator_loss(real).mean()
    (slope,) = torch.autograd.grad(loss, run.generator.parameters[0])
    assert slope.abs().max() > 0
    assert len(seen) == 3


def test_a_member_sees_what_it_would_see_alone(tmp_path):
    x = PICTURES.x[:5]
    many = Augmented()(x.expand(2, *x.shape), Randomness([3, 4]), 0.0)
    assert torch.allclose(many[1], Augmented()(x, Randomness(4), 0.0), atol=1e-6)
    assert finite(train(RECIPE, PICTURES, seeds=[0, 1]))
    recipe = TINY.with_(game=GAN(view=Moved()))
    agree(recipe)
    survives(recipe, tmp_path)


@setting
@dataclass(frozen=True)
class Twice(View):
    """Twice as large."""

    penalised: ClassVar[bool] = True

    def __call__(self, samples, random, progress):
        return 2 * samples


@pytest.mark.parametrize("seeds", [0, [0, 1]])
def test_a_penalty_looks_at_what_d_gets_to_see(seeds):
    """D was never asked about pictures as they are; of noise, it is, and the penalty is its own."""
    seen, clear = (
        Run.start(TINY.with_(game=GAN(view=view, penalty=R1(1.0))), POINTS, seeds).game
        for view in (Twice(), Clear())
    )
    x = POINTS.x[:6].expand(*seen.random.size, 6, 2)
    assert torch.allclose(seen.penalty_at(x, x), 4 * clear.penalty_at(2 * x, 2 * x))
    assert Augmented.penalised and Moved.penalised and not Noisy.penalised


@pytest.mark.parametrize(("share", "size", "pixels"), [(0.125, 4, 1), (0.125, 20, 3), (0.5, 9, 5)])
def test_shares_of_a_picture_are_rounded_as_in_the_paper(share, size, pixels):
    """int(share · size + ½), and not to the even number."""
    x = torch.ones(400, 3, size, size)
    cut = Augmented(colour=False, translation=0.0, cutout=share)(x, Randomness(0), 0.0)
    assert (cut == 0).any(1).any(1).sum(1).max() == min(pixels, size)


def test_what_it_cannot_change_is_refused():
    with pytest.raises(ValueError, match="expected pictures"):
        Augmented()(POINTS.x, Randomness(0), 0.0)
    with pytest.raises(ValueError, match="points in the plane"):
        Moved()(torch.zeros(4, 3), Randomness(0), 0.0)
    with pytest.raises(ValueError, match="0 to 1"):
        Augmented(cutout=2)
