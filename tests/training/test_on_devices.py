"""The same on every kind of device that this machine has."""

import pytest
import torch

from gan_school import Run, resume, train
from tests.helpers import POINTS, RICH, TINY, distance, finite, numbers, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")

AVAILABLE = {
    "cpu": lambda: True,
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
}


@pytest.fixture(params=AVAILABLE)
def device(request) -> str:
    if not AVAILABLE[request.param]():
        pytest.skip(f"this machine has no {request.param}")
    return request.param


ONE_OR_MANY = pytest.mark.parametrize("seeds", [None, [5, 6]], ids=["single", "population"])


@ONE_OR_MANY
def test_everything_ends_up_there_and_samples_come_back(device, seeds):
    run = train(RICH, POINTS, seeds=seeds, device=device)
    assert run.device.type == device
    for player in (run.generator, run.discriminator):
        assert {x.device.type for x in player.network.parameters()} == {device}
    assert finite(run)
    assert run.sample(5).device.type == "cpu"
    assert run.probability_real(POINTS.x[:5]).device.type == "cpu"
    assert run.history.d_real.between(0, 1).all()


@ONE_OR_MANY
def test_the_same_seed_gives_the_same_run(device, seeds):
    assert same(*(train(RICH, POINTS, seeds=seeds, device=device) for _ in range(2)))


def test_it_begins_with_the_same_numbers_as_on_the_cpu(device):
    here, there = (train(TINY.with_(steps=3), POINTS, device=d) for d in ("cpu", device))
    on_cpu = {name: x.cpu() for name, x in numbers(there).items()}
    assert distance(numbers(here), on_cpu) < 1e-4


@ONE_OR_MANY
def test_a_run_goes_on_after_saving(device, seeds, tmp_path):
    whole = train(RICH, POINTS, seeds=seeds, device=device)
    part = train(RICH, POINTS, seeds=seeds, device=device, callbacks=[stop_at(11)])
    again = resume(Run.load(part.save(tmp_path), POINTS, device=device))
    assert again.device.type == device
    assert same(whole, again)
