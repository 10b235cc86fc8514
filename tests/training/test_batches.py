"""Batches: every sample once an epoch, in an order that is another one each time."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_school.randomness import Randomness
from gan_school.training.batches import Batches

pytestmark = pytest.mark.filterwarnings("error")


def numbered(n: int) -> torch.Tensor:
    return torch.arange(float(n)).unsqueeze(1)


@given(n=st.integers(1, 60), batch_size=st.integers(1, 60), seed=st.integers(0, 1000))
def test_an_epoch_shows_every_sample_at_most_once_and_leaves_less_than_a_batch_out(
    n, batch_size, seed
):
    batch_size = min(n, batch_size)
    batches = Batches(batch_size, Randomness(seed)).draw_from(numbered(n))
    for _ in range(3):
        epoch = [next(batches) for _ in range(n // batch_size)]
        assert all(batch.shape == (batch_size, 1) for batch in epoch)
        seen = torch.cat(epoch).flatten()
        assert len(seen.unique()) == len(seen) > n - batch_size


def test_every_epoch_and_every_member_has_an_order_of_its_own():
    batches = Batches(50, Randomness([1, 2])).draw_from(numbered(50))
    first, second = next(batches), next(batches)
    assert first.shape == (2, 50, 1)
    orders = [*first.unbind(), *second.unbind()]
    assert len({tuple(order.flatten().tolist()) for order in orders}) == 4


def test_a_member_goes_through_the_data_as_the_single_gan_with_its_seed():
    single = Batches(7, Randomness(2)).draw_from(numbered(50))
    population = Batches(7, Randomness([1, 2])).draw_from(numbered(50))
    for _ in range(20):
        assert torch.equal(next(population)[1], next(single))


def test_the_left_out_samples_change_from_epoch_to_epoch():
    batches = Batches(7, Randomness(0)).draw_from(numbered(10))
    seen = torch.cat([next(batches) for _ in range(10)])
    assert len(seen.unique()) == 10


def test_it_goes_on_where_it_stood():
    random = Randomness(3)
    batches = Batches(6, random).draw_from(numbered(20))
    next(batches), next(batches)
    state, luck = batches.state_dict(), random.state_dict()
    expected = [next(batches) for _ in range(5)]

    random = Randomness(99)
    again = Batches(6, random).draw_from(numbered(20))
    again.load_state_dict(state)
    random.load_state_dict(luck)
    assert all(torch.equal(next(again), batch) for batch in expected)


def test_samples_of_any_shape():
    images = torch.randn(10, 3, 4, 4)
    assert next(Batches(5, Randomness(0)).draw_from(images)).shape == (5, 3, 4, 4)
    assert next(Batches(5, Randomness([0, 1])).draw_from(images)).shape == (2, 5, 3, 4, 4)


def test_it_is_an_iterator():
    batches = Batches(2, Randomness(0)).draw_from(numbered(4))
    assert iter(batches) is batches
