"""Points: every data set against its formula, worked out here once more."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_school.datasets import grid, ring, spiral, swiss_roll

MAKERS = {"spiral": spiral, "ring": ring, "grid": grid, "swiss roll": swiss_roll}
every_maker = pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
STANDARDISED = pytest.mark.parametrize("maker", [spiral, swiss_roll])

sizes = st.integers(2, 300)
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25)


# ------------------------------------------------------------------------------- all of them


@every_maker
@given(n=sizes, seed=seeds)
@quick
def test_shape_and_type(maker, n, seed):
    data = maker(n, seed=seed)
    features = 3 if maker in (spiral, swiss_roll) else 2
    assert data.x.shape == (n, features)
    assert len(data) == n
    assert data.x.dtype == torch.float32
    assert torch.isfinite(data.x).all()


@every_maker
@given(n=st.integers(2, 100), seed=seeds)
@quick
def test_the_same_seed_gives_the_same_points_and_another_gives_others(maker, n, seed):
    data = maker(n, seed=seed)
    assert torch.equal(data.x, maker(n, seed=seed).x)
    assert not torch.equal(data.x, maker(n, seed=seed ^ 1).x)


@every_maker
@given(n=sizes, more=sizes, seed=st.integers(0, 50), fresh_seed=st.integers(0, 50))
@quick
def test_fresh_points_are_other_points_whatever_the_seeds(maker, n, more, seed, fresh_seed):
    data = maker(n, seed=seed)
    fresh = data.fresh(more, seed=fresh_seed)
    assert len(fresh) == more
    assert torch.equal(fresh.x, data.fresh(more, seed=fresh_seed).x)
    for other in (data, maker(more, seed=fresh_seed)):
        assert not (fresh.x[:, None] == other.x[None]).all(-1).any()


@every_maker
def test_fresh_points_come_in_the_same_number_unless_told(maker):
    data = maker(50)
    assert len(data.fresh()) == 50
    assert data.fresh().name == data.name
    assert not torch.equal(data.fresh().x, data.fresh(seed=2).x)
    assert not torch.equal(data.fresh().x, data.fresh().fresh().x)


@every_maker
def test_nobody_elses_random_numbers_are_used(maker):
    before = torch.get_rng_state()
    maker(10).fresh()
    assert torch.equal(torch.get_rng_state(), before)


@every_maker
@pytest.mark.parametrize("n", [1, 0, -5])
def test_too_few_points(maker, n):
    with pytest.raises(ValueError, match=f"n={n}, expected a whole number from 2"):
        maker(n)


# -------------------------------------------------------------------------- standardised


@STANDARDISED
@given(n=st.integers(10, 2000), seed=seeds)
@quick
def test_mean_0_and_standard_deviation_1(maker, n, seed):
    x = maker(n, seed=seed).x.double()
    assert x.mean(0).abs().max() < 1e-5
    assert (x.std(0, correction=0) - 1).abs().max() < 1e-5


@STANDARDISED
@given(seed=seeds)
@quick
def test_fresh_points_are_on_the_scale_of_the_first(maker, seed):
    """Their own mean and standard deviation would be 0 and 1 only by accident."""
    data = maker(60, seed=seed)
    fresh = data.fresh(60)
    assert torch.equal(fresh.mean, data.mean)
    assert torch.equal(fresh.scale, data.scale)
    assert (fresh.x.mean(0).abs() > 1e-5).any()


def test_a_round_trip_through_the_units_of_the_source():
    data = swiss_roll(100)
    back = (data.inverse(data.x) - data.mean) / data.scale
    assert torch.allclose(back, data.x, atol=1e-5)


# -------------------------------------------------------------------------------- spiral


@given(n=st.integers(2, 1500), seed=seeds)
@quick
def test_the_spiral_is_its_formula_with_one_noise_for_both_coordinates(n, seed):
    data = spiral(n, seed=seed)
    x1, x2, x3 = data.inverse(data.x).double().T
    t = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    assert torch.allclose(x1, t, atol=1e-5)
    in_x2 = (x2 - t * torch.cos(2 * t)) / 0.1
    in_x3 = (x3 - t * torch.exp(-t)) / 0.01
    assert torch.allclose(in_x2, in_x3, atol=1e-3)


def test_the_noise_of_the_spiral_is_standard_normal():
    """Of 20,000 numbers; the tolerances are four standard errors."""
    data = spiral(20_000)
    x1, x2, _ = data.inverse(data.x).T
    noise = (x2 - x1 * torch.cos(2 * x1)) / 0.1
    assert noise.mean().item() == pytest.approx(0, abs=0.028)
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    assert (noise.abs() < 1).float().mean().item() == pytest.approx(0.683, abs=0.013)


def test_the_spiral_of_the_course():
    data = spiral()
    assert data.x.shape == (1000, 3)
    first, last = data.inverse(data.x)[[0, -1], 0]
    assert first.item() == pytest.approx(0, abs=1e-6)
    assert last.item() == pytest.approx(2 * math.pi * 0.999, abs=1e-5)


# ----------------------------------------------------------------------------- swiss roll


def test_the_swiss_roll_is_its_formula():
    data = swiss_roll(500, noise=0)
    x, height, z = data.inverse(data.x).double().T
    t = torch.hypot(x, z)
    assert t.min() >= 1.5 * math.pi - 1e-4
    assert t.max() <= 4.5 * math.pi + 1e-4
    assert torch.allclose(x, t * torch.cos(t), atol=1e-3)
    assert torch.allclose(z, t * torch.sin(t), atol=1e-3)
    assert height.min() >= -1e-4
    assert height.max() <= 21 + 1e-4


def test_the_swiss_roll_is_filled_evenly():
    """Means of 20,000 uniform numbers; the tolerances are four standard errors."""
    data = swiss_roll(20_000, noise=0)
    x, height, z = data.inverse(data.x).T
    assert torch.hypot(x, z).mean().item() == pytest.approx(3 * math.pi, abs=0.08)
    assert height.mean().item() == pytest.approx(10.5, abs=0.18)
    assert height.std().item() == pytest.approx(21 / 12**0.5, abs=0.1)


def test_noise_moves_the_swiss_rolls_points_by_that_much():
    smooth, rough = (swiss_roll(5000, noise=noise) for noise in (0.0, 0.3))
    moved = rough.inverse(rough.x) - smooth.inverse(smooth.x)
    assert moved.std(0).tolist() == pytest.approx([0.3, 0.3, 0.3], rel=0.05)


# ------------------------------------------------------------------------ rings and grids


@given(modes=st.integers(1, 30), radius=st.floats(0.5, 10))
@quick
def test_the_modes_of_a_ring_are_evenly_spaced_and_none_falls_on_another(modes, radius):
    centres = ring(10, modes=modes, radius=radius).modes
    assert centres.shape == (modes, 2)
    assert torch.allclose(centres.norm(dim=1), torch.tensor(float(radius)), rtol=1e-5)
    assert torch.allclose(centres[0], torch.tensor([float(radius), 0.0]), atol=1e-6)
    if modes > 1:
        apart = torch.pdist(centres).min().item()
        assert apart == pytest.approx(2 * radius * math.sin(math.pi / modes), rel=1e-4)


@given(side=st.integers(1, 8), spacing=st.floats(0.1, 5))
@quick
def test_a_grid_is_centred_and_its_neighbours_one_spacing_apart(side, spacing):
    centres = grid(10, side=side, spacing=spacing).modes
    assert centres.shape == (side**2, 2)
    assert centres.mean(0).tolist() == pytest.approx([0, 0], abs=1e-5)
    assert (centres.amax(0) - centres.amin(0)).tolist() == pytest.approx(
        [(side - 1) * spacing] * 2, rel=1e-4, abs=1e-6
    )
    if side > 1:
        assert torch.pdist(centres).min().item() == pytest.approx(spacing, rel=1e-4)


@pytest.mark.parametrize("maker", [ring, grid])
@given(n=sizes, seed=seeds)
@quick
def test_labels_name_the_nearest_mode(maker, n, seed):
    for data in (maker(n, seed=seed), maker(5, seed=seed).fresh(n)):
        assert data.labels.shape == (n,)
        assert torch.equal(torch.cdist(data.x, data.modes).argmin(1), data.labels)


@pytest.mark.parametrize(("maker", "sigma"), [(ring, 0.1), (grid, 0.05), (ring, 0.3)])
def test_clusters_are_equally_likely_and_as_wide_as_they_say(maker, sigma):
    data = maker(40_000, sigma=sigma)
    assert data.sigma == sigma
    offsets = data.x - data.modes[data.labels]
    assert offsets.std(0).tolist() == pytest.approx([sigma, sigma], rel=0.02)
    assert offsets.mean(0).abs().max() < 4 * sigma / 200
    counts = torch.bincount(data.labels, minlength=len(data.modes)).float()
    expected = len(data) / len(data.modes)
    assert (counts - expected).abs().max() < 4.5 * expected**0.5


def test_the_defaults_are_those_of_the_literature():
    data = ring()
    assert (len(data), len(data.modes), data.sigma) == (10_000, 8, 0.1)
    assert data.modes[0].tolist() == pytest.approx([2, 0])
    data = grid()
    assert (len(data), len(data.modes), data.sigma) == (10_000, 25, 0.05)
    assert data.modes.amax(0).tolist() == [4, 4]


def test_no_width_at_all():
    data = ring(50, sigma=0)
    assert torch.equal(data.x, data.modes[data.labels])


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert torch.equal(
        ring(np.int64(20), modes=np.int8(3), seed=np.int64(1)).x, ring(20, 3, seed=1).x
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ring(modes=0), "modes=0, expected a whole number from 1 on"),
        (lambda: ring(modes=2.5), "modes=2.5, expected a whole number from 1 on"),
        (lambda: grid(side=0), "side=0, expected a whole number from 1 on"),
        (lambda: ring(sigma=-0.1), "sigma=-0.1, expected a finite number from 0 on"),
        (lambda: grid(sigma=-0.1), "sigma=-0.1, expected a finite number from 0 on"),
        (lambda: swiss_roll(noise=-1), "noise=-1, expected a finite number from 0 on"),
        (lambda: ring(sigma=math.nan), "sigma=nan, expected"),
        (lambda: ring(radius=math.inf), "radius=inf, expected"),
        (lambda: grid(spacing=math.nan), "spacing=nan, expected"),
        (lambda: swiss_roll(noise=math.nan), "noise=nan, expected"),
        (lambda: swiss_roll(noise="much"), "noise='much', expected"),
        (lambda: spiral(seed=0.5), "seed=0.5, expected a whole number from 0 on"),
        (lambda: spiral(n=20.0), "n=20.0, expected a whole number from 2 on"),
    ],
)
def test_what_cannot_be_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()
