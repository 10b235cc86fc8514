"""The loop: what a round is, and that one GAN and a member of a population are the same thing."""

import ast
import inspect
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from gan_school import Run, datasets, networks, recipes, train
from gan_school.games import GAN
from gan_school.networks import mlp
from gan_school.training import SGD, Adam, loop
from gan_school.training.batches import Batches
from tests.helpers import POINTS, RICH, TINY, distance, numbers, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")

SPIRAL = datasets.spiral()


# ---------------------------------------------------------------------------------- what a round is


def test_it_fits_on_a_screen_and_decides_nothing():
    source = inspect.getsource(loop.play)
    assert len(source.splitlines()) <= 25
    decisions = (ast.If, ast.IfExp, ast.Match, ast.BoolOp, ast.Try)
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, decisions)]


def test_it_knows_no_variant_and_no_trick():
    text = inspect.getsource(loop).lower()
    for name in ("isinstance", "wasserstein", "average", "schedule", "batch_norm", "len(run"):
        assert name not in text
    imported = [
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
        if name
    ]
    assert not [name for name in imported if "games" in name or "networks" in name]


def test_it_yields_once_a_round():
    run = Run.start(TINY, POINTS)
    steps = [(snapshot.step, snapshot.run.step) for snapshot in run.play()]
    assert steps == [(step, step) for step in range(1, TINY.steps + 1)]
    assert list(run.play()) == []


def test_a_snapshot_has_the_losses_of_every_member():
    single = next(Run.start(TINY, POINTS, 3).play())
    population = next(Run.start(TINY, POINTS, [7, 3]).play())
    assert single.d_loss.shape == single.g_loss.shape == ()
    assert population.d_loss.shape == population.g_loss.shape == (2,)
    assert population.d_loss[1].item() == pytest.approx(single.d_loss.item(), rel=1e-5)
    assert population.g_loss[1].item() == pytest.approx(single.g_loss.item(), rel=1e-5)


@pytest.mark.parametrize(("d_steps", "g_steps"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_each_network_learns_as_often_as_the_recipe_says(d_steps, g_steps, monkeypatch):
    asked = []
    for player, name in (("D", "discriminator_loss"), ("G", "generator_loss")):
        original = getattr(GAN, name)

        def note(game, real, player=player, original=original):
            asked.append((player, real))
            return original(game, real)

        monkeypatch.setattr(GAN, name, note)
    run = train(TINY.with_(d_steps=d_steps, g_steps=g_steps, steps=4), POINTS)

    assert [player for player, _ in asked] == 4 * (["D"] * d_steps + ["G"] * g_steps)
    assert (run.discriminator.update, run.generator.update) == (4 * d_steps, 4 * g_steps)
    seen_by_d = [real for player, real in asked if player == "D"]
    assert not any(torch.equal(one, other) for one, other in pairwise(seen_by_d))
    assert all(real.shape == (16, 2) for _, real in asked)


def test_an_update_of_one_network_leaves_the_other_as_it_was(monkeypatch):
    run = Run.start(RICH.with_(generator=mlp(3, 8, 2), d_steps=1), POINTS)
    seen = {"before": numbers(run)}
    monkeypatch.setattr(
        type(run.game), "generator_loss",
        lambda game, real, original=GAN.generator_loss: (
            seen.setdefault("between", numbers(run)), original(game, real)
        )[1],
    )  # fmt: skip
    next(run.play())
    seen["after"] = numbers(run)

    def changed(start, end):
        return {
            key.partition(".")[0]
            for key in seen[start]
            if not seen[start][key].equal(seen[end][key])
        }

    assert changed("before", "between") == {"discriminator"}
    assert changed("between", "after") == {"generator", "average"}


# ------------------------------------------------- one GAN, by hand and as a member of a population


@pytest.mark.parametrize("seed", [0, 4])
def test_a_loop_written_by_hand_gives_the_same_weights_bit_for_bit(seed):
    """70 rounds of 40 batches each epoch: into the second epoch."""
    recipe = recipes.CLASSIC_SPIRAL.with_(steps=70)
    run = train(recipe, SPIRAL, seed)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 3))
        discriminator = nn.Sequential(nn.Linear(3, 50), nn.ReLU(), nn.Linear(50, 1))
        for layer in (generator[0], generator[2], discriminator[0], discriminator[2]):
            nn.init.xavier_normal_(layer.weight)
            nn.init.constant_(layer.bias, 0.001)
        d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, fused=True)
        g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, fused=True)
        rounds = 0
        while rounds < recipe.steps:
            for chosen in torch.randperm(len(SPIRAL)).split(recipe.batch_size)[
                : recipe.steps - rounds
            ]:
                real = SPIRAL.x[chosen]
                fake = generator(torch.randn(len(real), 20)).detach()
                d_loss = softplus(-discriminator(real)) + softplus(discriminator(fake))
                d_optimizer.zero_grad()
                d_loss.mean().backward()
                d_optimizer.step()
                g_loss = softplus(-discriminator(generator(torch.randn(len(real), 20))))
                g_optimizer.zero_grad()
                g_loss.mean().backward()
                g_optimizer.step()
                rounds += 1

    by_hand = {"generator": generator, "discriminator": discriminator}
    for name, network in by_hand.items():
        for key, x in network.state_dict().items():
            assert torch.equal(x, numbers(run)[f"{name}.{key}"]), f"{name}.{key}"


@networks.network
def residual(inputs: int, outputs: int, batch_norm: bool = True) -> nn.Module:
    """A network that is not a Sequential, so that a population must run it through vmap."""
    return Residual(inputs, outputs, batch_norm)


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, batch_norm: bool):
        super().__init__()
        self.first = nn.Linear(inputs, 8, bias=not batch_norm)
        self.norm = nn.BatchNorm1d(8) if batch_norm else nn.Identity()
        self.gate = nn.Parameter(torch.tensor(0.5))  # a parameter without dimensions
        self.last = nn.Linear(8, outputs)

    def forward(self, x):
        h = torch.sigmoid(self.norm(self.first(x)))
        return self.last(h + self.gate * torch.tanh(h))


CLASSIC = recipes.CLASSIC_SPIRAL.with_(steps=100, average=0.99)

# Rounding differs between one GAN and many. It stays small unless something blows it up: a ReLU
# beside its kink now and then, which is why most of these are smooth; and, where D normalises, the
# generator's last bias, which then has no effect and a gradient of rounding errors, out of which
# Adam makes steps of full length and SGD does not. Of 60 seeds each, none differed by over 6e-6.
SAME_FOR_ONE_AND_MANY = {
    "classic": CLASSIC,
    "batch norm in G": CLASSIC.with_(generator=mlp(20, 50, 3, activation="tanh", batch_norm=True)),
    "batch norm in both": CLASSIC.with_(
        generator=mlp(20, 50, 3, activation="tanh", batch_norm=True),
        discriminator=mlp(3, 50, 50, 1, activation="tanh", batch_norm=True),
        d_optimizer=SGD(0.003),
        g_optimizer=SGD(0.003, momentum=0.5),
    ),
    "networks of one's own": CLASSIC.with_(
        generator=residual(5, 3), discriminator=residual(3, 1, batch_norm=False), latent=5
    ),
    "other ratios": CLASSIC.with_(d_steps=2, g_steps=2, steps=50, d_optimizer=Adam(1e-2)),
}


@pytest.mark.parametrize("name", SAME_FOR_ONE_AND_MANY)
def test_a_member_of_a_population_is_the_single_gan_with_its_seed(name):
    recipe = SAME_FOR_ONE_AND_MANY[name]
    population = train(recipe, SPIRAL, seeds=range(5))
    start = Run.start(recipe, SPIRAL, 3)
    for seed in (0, 3, 4):
        single = train(recipe, SPIRAL, seed)
        assert distance(population[seed], single) < 1e-5
    assert distance(population[3], start) > 1e-2  # else this would be no news


def test_members_are_known_by_their_seeds_not_by_their_places():
    population = train(TINY, POINTS, seeds=[9, 2])
    assert distance(population[1], train(TINY, POINTS, seed=2)) < 1e-5
    assert distance(population[0], train(TINY, POINTS, seed=9)) < 1e-5


class OtherDataForTheFirst(Batches):
    def __next__(self):
        real = super().__next__()
        real[0] += 3
        return real


def test_the_data_of_one_member_does_not_matter_to_another():
    usual, disturbed = (Run.start(RICH, POINTS, range(3)) for _ in range(2))
    disturbed.batches = OtherDataForTheFirst(RICH.batch_size, disturbed.random).draw_from(POINTS.x)
    for run in (usual, disturbed):
        list(run.play())
    assert distance(usual[0], disturbed[0]) > 1e-3
    assert same(usual[1], disturbed[1])
    assert same(usual[2], disturbed[2])


# ------------------------------------------------------------------------------ chance, and no more

RANDOM = {"plain": TINY, "dropout, batch norm": RICH}


@pytest.mark.parametrize("seeds", [5, [5, 6]], ids=["single", "population"])
@pytest.mark.parametrize("name", RANDOM)
def test_the_same_seed_gives_the_same_run_bit_for_bit(name, seeds):
    runs = [Run.start(RANDOM[name], POINTS, seeds) for _ in range(2)]
    for run in runs:
        list(run.play())
    assert same(*runs)
    assert runs[0].history.equals(runs[1].history)


@pytest.mark.parametrize("name", RANDOM)
def test_other_seeds_give_other_runs(name):
    runs = [train(RANDOM[name].with_(steps=3), POINTS, seed) for seed in range(4)]
    for one, other in pairwise(runs):
        for player, other_player in (
            (one.generator, other.generator), (one.discriminator, other.discriminator)
        ):  # fmt: skip
            assert not torch.equal(player.network[0].weight, other_player.network[0].weight)
        assert not torch.equal(one.batches.order, other.batches.order)


@networks.network
def lucky(function: str) -> nn.Module:
    """A network with luck in it that is no Dropout layer."""
    if function == "subclass":
        return LuckySubclass()
    return nn.Sequential(nn.Linear(3, 8), nn.RReLU(), nn.Linear(8, 2))


class LuckySubclass(nn.Linear):
    def __init__(self):
        super().__init__(3, 2)

    def forward(self, x):
        return nn.functional.dropout(super().forward(x), 0.3, self.training)


NEEDING_LUCK = RANDOM | {
    name: TINY.with_(generator=lucky(name), latent=3) for name in ("rrelu", "subclass")
}


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        (name, seeds)
        for name in NEEDING_LUCK
        for seeds in (5, (5, 6))
        if (name, seeds) != ("rrelu", (5, 6))
    ],
)
def test_training_neither_uses_nor_disturbs_the_random_numbers_of_others(name, seeds):
    """PyTorch cannot vectorise RReLU, so that there is no population with it."""

    def play(seed: int, disturb: bool) -> Run:
        torch.manual_seed(seed)
        run = Run.start(NEEDING_LUCK[name], POINTS, seeds)
        expected = torch.get_rng_state()
        for _ in run.play():
            assert torch.equal(torch.get_rng_state(), expected)
            if disturb:
                torch.rand(3)
                expected = torch.get_rng_state()
        return run

    with torch.random.fork_rng(devices=[]):
        assert same(play(1, disturb=False), play(2, disturb=True))


def test_dropout_draws_another_mask_for_every_member_and_round():
    population = Run.start(RICH, POINTS, [0, 1, 2])
    for snapshot in population.play():
        if snapshot.step == 2:
            break
    outputs = []
    real = POINTS.x[:16].expand(3, 16, 2)
    network = population.discriminator.network.train()
    for parameter in network.parameters():
        parameter.data[:] = parameter.data[:1]  # three copies of one network
    with torch.no_grad():
        outputs = [network(real), network(real)]
        network.eval()
        assert torch.equal(network(real)[0], network(real)[1])
    assert not torch.equal(outputs[0][0], outputs[0][1])
    assert not torch.equal(outputs[0][1], outputs[0][2])
    assert not torch.equal(outputs[0], outputs[1])


def test_stopping_early_is_the_beginning_of_the_whole():
    short = train(TINY, POINTS, callbacks=[stop_at(7)])
    seen = {}
    train(TINY, POINTS, callbacks=[lambda s: seen.setdefault(s.step, numbers(s.run)) and None])
    assert same(short, seen[7])
