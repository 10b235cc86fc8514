"""Convolutions lie in memory as suits them best, and nothing else changes for that."""

import pytest
import torch

from gan_school import Recipe, Run, datasets, resume, train
from gan_school.networks import dcgan_discriminator, dcgan_generator
from tests.helpers import distance, same, stop_at

DIGITS = datasets.digits(16)
RECIPE = Recipe(
    generator=dcgan_generator(16, 1, latent=4, width=4),
    discriminator=dcgan_discriminator(16, 1, width=4, norm=None),
    steps=12,
    batch_size=16,
    average=0.9,
)


def test_feature_maps_lie_side_by_side():
    run = train(RECIPE.with_(steps=1), DIGITS)
    weights = [p for p in run.generator.parameters if p.ndim == 4 and min(p.shape[:2]) > 1]
    assert weights
    assert all(p.is_contiguous(memory_format=torch.channels_last) for p in weights)


def test_it_trains_what_it_would_otherwise(monkeypatch):
    run = train(RECIPE, DIGITS)
    monkeypatch.setattr(Run, "_gather", lambda run, networks: networks[0])
    assert distance(run, train(RECIPE, DIGITS)) < 1e-4


@pytest.mark.parametrize("stop", [1, 7])
def test_a_loaded_run_goes_on_as_if_it_had_never_stopped(stop, tmp_path):
    """Adam's numbers must lie in memory as the weights do, or it mixes them up."""
    whole = train(RECIPE, DIGITS, seed=2)
    train(RECIPE, DIGITS, seed=2, callbacks=[stop_at(stop)]).save(tmp_path)
    assert same(resume(Run.load(tmp_path), DIGITS), whole)


def test_a_member_goes_on_by_itself():
    population = train(RECIPE, DIGITS, seeds=[2, 5], callbacks=[stop_at(6)])
    assert distance(resume(population[0]), train(RECIPE, DIGITS, seed=2)) < 1e-4
