"""Small things to train, and ways to compare what came of it."""

import signal
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gan_school import Recipe, Run, datasets, resume, train
from gan_school.games import GAN
from gan_school.networks import mlp
from gan_school.training import Adam, Cosine, Snapshot

POINTS = datasets.ring(n=100)

TINY = Recipe(generator=mlp(3, 8, 2), discriminator=mlp(2, 8, 1), steps=20, batch_size=16)

# Everything that a run must remember to go on where it stopped. An epoch has six batches, so that
# three rounds make an epoch, and its record a row every ten rounds.
RICH = Recipe(
    generator=mlp(3, 8, 2, batch_norm=True, dropout=0.3),
    discriminator=mlp(2, 8, 8, 1, dropout=0.3),
    steps=25,
    batch_size=16,
    d_steps=2,
    d_optimizer=Adam(2e-3, betas=(0.5, 0.999), schedule=Cosine()),
    g_optimizer=Adam(1e-3, schedule=Cosine(end=0.1)),
    average=0.9,
)


def numbers(run: Run) -> dict[str, Tensor]:
    """All weights and buffers of both networks, and of the generator's moving average."""
    networks = {"generator": run.generator.network, "discriminator": run.discriminator.network}
    if run.generator.average is not None:
        networks["average"] = run.generator.average.network
    return {
        f"{name}.{key}": x.detach().clone()
        for name, network in networks.items()
        for key, x in network.state_dict().items()
    }


def same(one: Run | dict[str, Tensor], other: Run | dict[str, Tensor]) -> bool:
    """Whether two runs have the same weights and buffers, bit for bit."""
    one, other = (x if isinstance(x, dict) else numbers(x) for x in (one, other))
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def distance(one: Run | dict[str, Tensor], other: Run | dict[str, Tensor]) -> float:
    """The largest difference between a number of one run and the same number of another."""
    one, other = (x if isinstance(x, dict) else numbers(x) for x in (one, other))
    assert one.keys() == other.keys()
    return max((one[key].double() - other[key].double()).abs().max().item() for key in one)


def finite(run: Run) -> bool:
    return all(torch.isfinite(x).all() for x in numbers(run).values())


def stop_at(step: int) -> Callable[[Snapshot], bool]:
    """A callback that ends training after so many rounds."""
    return lambda snapshot: snapshot.step == step


def press_ctrl_c_in_round(step: int, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
    """Press Ctrl-C between the discriminator's last update and the generator's first of a round.

    Only once: what is trained later, by the same game, is not interrupted.
    """
    original = GAN.generator_loss
    calls = 0

    def generator_loss(game: GAN, real: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == step:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return original(game, real)

    monkeypatch.setattr(GAN, "generator_loss", generator_loss)


def agree(recipe: Recipe, tolerance: float = 1e-5) -> None:
    """A member of a population is the single GAN with its seed."""
    together, alone = train(recipe, POINTS, seeds=[3, 4]), train(recipe, POINTS, seed=4)
    assert finite(together)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=tolerance)


def survives(recipe: Recipe, tmp_path, seeds=None) -> None:
    """Interrupted, saved, loaded and resumed it ends as it would have."""
    who = {"seed": 3} if seeds is None else {"seeds": seeds}
    whole = train(recipe, POINTS, **who)
    half = train(recipe, POINTS, **who, callbacks=[stop_at(7)])
    again = Run.load(half.save(tmp_path / "run"), POINTS)
    assert same(resume(again), whole)
    assert torch.equal(again.sample(9), whole.sample(9))
