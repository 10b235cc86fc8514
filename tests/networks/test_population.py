"""K networks as one: what goes in and comes out is what each would have done by itself."""

import copy

import pytest
import torch
from torch import nn

from gan_school.networks import Population, mlp

pytestmark = pytest.mark.filterwarnings("error")

K, BATCH = 3, 8


class Own(nn.Module):
    """Not a Sequential: inner modules, a scalar and a buffer, two uses of one layer."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh())
        self.again = nn.Linear(6, 6)
        self.gate = nn.Parameter(torch.tensor(0.3))
        self.register_buffer("shift", torch.randn(6))
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        h = self.again(self.again(self.first(x)) + self.shift)
        return self.last(self.gate * h + x.sum(1, keepdim=True))


NETWORKS = {
    "mlp": mlp(4, 6, 5, 2).build,
    "no bias": lambda: nn.Sequential(nn.Linear(4, 6, bias=False), nn.LeakyReLU(), nn.Linear(6, 2)),
    "batch norm": mlp(4, 6, 2, batch_norm=True, activation="tanh").build,
    "other norms": lambda: nn.Sequential(
        nn.Linear(4, 6), nn.LayerNorm(6), nn.PReLU(), nn.GroupNorm(2, 6), nn.Linear(6, 2)
    ),
    "nested": lambda: nn.Sequential(nn.Sequential(nn.Linear(4, 6), nn.ELU()), mlp(6, 3, 2).build()),
    "images": lambda: nn.Sequential(
        nn.Linear(4, 8), nn.Unflatten(1, (2, 2, 2)), nn.ConvTranspose2d(2, 3, 2, 2),
        nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 1, 3), nn.Flatten(), nn.Linear(4, 2),
    ),
    "one's own": Own,
    "a bare layer": lambda: nn.Linear(4, 2),
}  # fmt: skip


@pytest.fixture(params=NETWORKS)
def members(request) -> list[nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return [NETWORKS[request.param]() for _ in range(K)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(K, BATCH, 4, generator=torch.Generator().manual_seed(2))


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, atol=2e-6)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_every_member_sees_its_own_batch_through_its_own_weights(members, x, mode):
    population = Population(members)
    for network in (population, *members):
        getattr(network, mode)()
    out = population(x)
    assert out.shape == (K, BATCH, 2)
    for k, member in enumerate(members):
        assert close(out[k], member(x[k])), k
    assert not close(out[0], out[1])


def test_statistics_are_kept_for_every_member_and_used_in_evaluation(members, x):
    population = Population(members)
    for k, member in enumerate(members):
        x[k] += 2 * k
        for _ in range(3):
            member(x[k])
    for _ in range(3):
        population(x)
    for k, member in enumerate(members):
        own = population.member(k)
        for (name, stacked), buffer in zip(own.named_buffers(), member.buffers(), strict=True):
            assert close(stacked.double(), buffer.double()), name
    population.eval()
    before = copy.deepcopy(population.state_dict())
    out = population(x)
    for k, member in enumerate(members):
        assert close(out[k], member.eval()(x[k]))
    assert all(torch.equal(value, before[name]) for name, value in population.state_dict().items())


def test_gradients_are_those_of_each_member_alone(members, x):
    population = Population(members)
    (population(x) ** 2).flatten(1).mean(1).sum().backward()
    for k, member in enumerate(members):
        (member(x[k]) ** 2).mean().backward()
    for k in range(K):
        for own, stacked in zip(members[k].parameters(), population.parameters(), strict=True):
            assert torch.allclose(own.grad, stacked.grad[k], atol=1e-5)


def test_the_loss_of_one_member_does_not_move_another(members, x):
    population = Population(members)
    population(x)[1].sum().backward()
    for parameter in population.parameters():
        assert (parameter.grad[[0, 2]] == 0).all()
    assert any((parameter.grad[1] != 0).any() for parameter in population.parameters())


def test_a_member_comes_out_as_it_went_in(members):
    population = Population(members)
    for k, member in enumerate(members):
        out = population.member(k)
        assert type(out) is type(member)
        state, expected = out.state_dict(), member.state_dict()
        assert list(state) == list(expected)
        assert all(torch.equal(state[name], expected[name]) for name in state)


def test_members_are_copies(members, x):
    population = Population(members)
    expected = population.eval()(x)
    for network in (*members, population.member(0)):
        for parameter in network.parameters():
            parameter.data.zero_()
    assert torch.equal(population(x), expected)
    assert not population.member(0).training
    assert population.train().member(0).training


def test_it_is_an_ordinary_module(members, x):
    """Weights can be saved, loaded, moved by an optimiser; deepcopy makes an independent one."""
    population = Population(members)
    assert len(list(population.parameters())) == len(list(members[0].parameters()))
    assert all(parameter.shape[0] == K for parameter in population.parameters())
    other = copy.deepcopy(population)
    torch.optim.SGD(other.parameters(), 0.1)
    for parameter in other.parameters():
        parameter.data.add_(1)
    assert not close(other.eval()(x), population.eval()(x))
    other.load_state_dict(population.state_dict())
    assert torch.equal(other.eval()(x), population.eval()(x))


class FunctionalDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return nn.functional.dropout(x * self.scale, 0.5, self.training)


@pytest.mark.parametrize(
    "layer", [lambda: nn.Dropout(0.5), FunctionalDropout, lambda: nn.Dropout1d(0.5)]
)
def test_dropout_masks_differ_among_members_and_calls(layer):
    population = Population([layer() for _ in range(K)])
    ones = torch.ones(K, 50, 4)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        out, later = population(ones), population(ones)
    assert set(out.unique().tolist()) == {0.0, 2.0}
    for k in range(K - 1):
        assert not torch.equal(out[k], out[k + 1])
    assert not torch.equal(out, later)
    assert torch.equal(population.eval()(ones), ones)


def test_a_population_of_one():
    member = NETWORKS["batch norm"]()
    out = Population([member])(torch.ones(1, 5, 4) * torch.arange(5.0).view(1, 5, 1))
    assert out.shape == (1, 5, 2)


def test_members_must_be_of_one_shape():
    with pytest.raises(ValueError, match="all of the same shape"):
        Population([nn.Linear(2, 3), nn.Linear(2, 4)])
    with pytest.raises(ValueError, match="one or more networks"):
        Population([])


def test_weights_in_two_places_are_refused_rather_than_parted():
    def tied():
        layer = nn.Linear(4, 4)
        return nn.Sequential(layer, nn.Tanh(), layer)

    with pytest.raises(ValueError, match="the same weights in two places"):
        Population([tied() for _ in range(K)])
    relu = nn.ReLU()  # without weights, there is nothing to part
    Population([nn.Sequential(nn.Linear(4, 4), relu, nn.Linear(4, 4), relu) for _ in range(K)])


def test_a_weight_of_its_own_is_every_members_own_in_a_module_that_works_by_parts():
    class Gated(nn.Module):
        works_by_parts = True

        def __init__(self):
            super().__init__()
            self.layer, self.gate = nn.Linear(4, 2), nn.Parameter(torch.randn(2))

        def forward(self, x):
            return self.gate * self.layer(x)

    members = [Gated() for _ in range(K)]
    x = torch.randn(K, BATCH, 4)
    alone = torch.stack([member(part) for member, part in zip(members, x, strict=True)])
    torch.testing.assert_close(Population(members)(x), alone)
