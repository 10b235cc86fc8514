"""Random numbers that belong to a run: one stream for each member, and none for anybody else."""

import pytest
import torch
from torch import nn

from gan_school.randomness import Randomness

DRAWS = {
    "normal": lambda random: random.normal(40, 3),
    "uniform": lambda random: random.uniform(40, 3),
    "permutation": lambda random: random.permutation(40),
}
every_draw = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)


@pytest.fixture(autouse=True)
def others():
    """Nothing here disturbs those who use PyTorch's global random numbers."""
    before = torch.get_rng_state()
    yield
    after = torch.get_rng_state()
    torch.set_rng_state(before)
    assert torch.equal(before, after)


@every_draw
def test_a_member_sees_what_a_single_stream_with_its_seed_sees(draw):
    population, single = Randomness([7, 3]), Randomness(3)
    for _ in range(3):
        both = draw(population)
        assert torch.equal(both[1], draw(single))
        assert not torch.equal(both[0], both[1])


@every_draw
def test_seeds_decide_and_streams_move_on(draw):
    one, again, other = Randomness(1), Randomness(1), Randomness(2)
    first = draw(one)
    assert torch.equal(first, draw(again))
    assert not torch.equal(first, draw(other))
    assert not torch.equal(first, draw(one))


def test_shapes():
    assert Randomness(1).size == ()
    assert Randomness(1).normal(4, 2).shape == (4, 2)
    assert Randomness([1, 2, 3]).size == (3,)
    assert Randomness([1, 2, 3]).normal(4, 2).shape == (3, 4, 2)
    assert Randomness([1]).normal(4, 2).shape == (1, 4, 2)
    assert Randomness([1, 2]).permutation(5).shape == (2, 5)


def test_numbers_are_as_they_should_be():
    """20,000 of each. Means are within 4 standard errors: 4/√20000 = 0.028 for N(0, 1)."""
    random = Randomness(0)
    normal, uniform = random.normal(20_000), random.uniform(20_000)
    assert abs(normal.mean().item()) < 0.028
    assert normal.std().item() == pytest.approx(1, abs=0.03)
    assert 0 <= uniform.min() < 0.001 < 0.999 < uniform.max() < 1
    assert uniform.mean().item() == pytest.approx(0.5, abs=0.009)
    assert sorted(random.permutation(50).tolist()) == list(range(50))


def test_they_are_those_of_torch_with_the_same_seed():
    """So that a loop written by hand, after torch.manual_seed, sees the same."""
    random = Randomness(5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        assert torch.equal(random.permutation(10), torch.randperm(10))
        assert torch.equal(random.normal(25, 20), torch.randn(25, 20))
        assert torch.equal(random.uniform(6), torch.rand(6))


def test_building_a_network_reads_as_if_the_seed_had_been_set():
    random = Randomness([4, 5])
    with random.as_seed_of_torch(1):
        layer = nn.Linear(3, 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        expected = nn.Linear(3, 2)
        assert torch.equal(layer.weight, expected.weight)
        assert torch.equal(random.normal(8)[1], torch.randn(8))  # the stream goes on from there
    assert torch.equal(Randomness(4).normal(8), Randomness([4, 5]).normal(8)[0])


def test_lent_numbers_are_the_runs_own():
    def draw(random: Randomness) -> torch.Tensor:
        with random.lent_to_torch():
            return torch.rand(3)

    one, again = Randomness(1), Randomness(1)
    first, second = draw(one), draw(one)
    assert not torch.equal(first, second)
    assert torch.equal(first, draw(again))
    with torch.random.fork_rng(devices=[]):
        torch.rand(9)
        assert torch.equal(second, draw(again))
    assert not torch.equal(first, draw(Randomness(2)))
    assert not torch.equal(first, draw(Randomness([1, 2])))


def test_lending_ends_with_an_error_as_well():
    random = Randomness(1)
    with pytest.raises(KeyError), random.lent_to_torch():
        torch.rand(1)
        raise KeyError


def test_lent_numbers_leave_the_streams_alone():
    one, other = Randomness(1), Randomness(1)
    with one.lent_to_torch():
        torch.rand(5)
    assert torch.equal(one.normal(5), other.normal(5))


@pytest.mark.parametrize("seeds", [3, (3, 4, 5)], ids=["single", "population"])
def test_every_stream_goes_on_where_it_stood(seeds):
    def draw(random: Randomness) -> list[torch.Tensor]:
        with random.lent_to_torch():
            lent = torch.rand(2)
        return [lent, *(draw(random) for draw in DRAWS.values())]

    random = Randomness(seeds)
    draw(random)
    state = {name: x.clone() for name, x in random.state_dict().items()}
    expected = draw(random)
    again = Randomness(seeds)
    again.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(draw(again), expected, strict=True))
