"""What is true of runs, by samples that have it."""

import pytest
import torch

from gan_school.lab import Condition
from gan_school.lab.examination.lot import mixture
from gan_school.lab.examination.truth import Truth

pytestmark = pytest.mark.filterwarnings("error")

DATA = mixture(3)


def looked(*frames: torch.Tensor, on_real: float = 0.0, on_fake: float = 0.0) -> Truth:
    """A run that gave these samples at its looks."""
    truth = Truth(DATA, DATA.fresh(2_000, seed=5).x)
    for x in frames:
        truth.look(x, torch.full((50,), on_real), torch.full((50,), on_fake))
    return truth


NOISE = torch.randn(2_000, DATA.shape[0], generator=torch.Generator().manual_seed(0))
GOOD = DATA.fresh(2_000, seed=1).x
FIRST_MODE = GOOD.clone()
FIRST_MODE[:] = DATA.modes[0] + DATA.sigma * NOISE
HALF_EMPTY = torch.where((DATA.fresh(2_000, seed=1).labels == 0)[:, None], GOOD[:1], GOOD)
TIGHT = DATA.modes[DATA.fresh(2_000, seed=1).labels] + 0.2 * DATA.sigma * NOISE
POINT = 0.01 * NOISE + 2.5
FAR = NOISE + 100
SMALL = 0.02 * NOISE + 1.0


@pytest.mark.parametrize(
    ("condition", "frames", "opinions"),
    [
        (Condition.HEALTHY, [SMALL] * 4 + [GOOD] * 5, {}),
        (Condition.DIVERGED, [SMALL] * 7 + [FAR] * 2, {}),
        (Condition.NOT_YET_LEARNED, [SMALL] * 9, {}),
        (Condition.DISCRIMINATOR_TOO_STRONG, [SMALL] * 9, dict(on_real=1.0)),
        (Condition.GENERATOR_TOO_STRONG, [SMALL] * 3 + [POINT] * 6, {}),
        (Condition.MODE_COLLAPSE, [SMALL] * 3 + [POINT] * 6, {}),
        (Condition.MISSING_MODES, [SMALL] * 3 + [FIRST_MODE] * 6, {}),
        (Condition.WRONG_SPREAD, [SMALL] * 3 + [TIGHT] * 6, {}),
        (Condition.OSCILLATING, [SMALL] * 2 + [POINT, FIRST_MODE] * 3 + [POINT], {}),
        (Condition.STILL_IMPROVING, [POINT] * 7 + [HALF_EMPTY] * 2, {}),
    ],
)
def test_every_condition_by_samples_that_have_it(condition, frames, opinions):
    assert condition in looked(*frames, **opinions).conditions()


def test_of_the_healthy_and_the_diverged_nothing_else_is_said():
    assert looked(*[SMALL] * 7, GOOD, GOOD).conditions() == (Condition.HEALTHY,)
    assert looked(*[GOOD] * 9).conditions(diverged=True) == (Condition.DIVERGED,)
    assert Condition.HEALTHY not in looked(*[HALF_EMPTY] * 9).conditions()
