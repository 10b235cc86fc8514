"""Which samples D learns from: what is kept, and which of it comes back."""

import pytest
import torch
from torch import Tensor

from gan_school import Recipe, Run, datasets, train
from gan_school.games import GAN, ConditionalGAN, Replayed
from gan_school.networks import mlp_discriminator, mlp_generator, packed
from tests.helpers import POINTS, TINY, agree, finite, same, survives

pytestmark = pytest.mark.filterwarnings("error")


def test_a_share_of_nothing_is_no_replay():
    assert same(train(TINY.with_(game=GAN(fakes=Replayed(0.0))), POINTS), train(TINY, POINTS))


def test_old_samples_are_those_of_earlier_rounds():
    run = Run.start(TINY.with_(game=GAN(fakes=Replayed(0.25, size=6))), POINTS)
    real = next(run.batches)
    seen: list[Tensor] = []
    for _ in range(4):
        state = run.random.state_dict()
        new = run.game.sample_like(real)
        run.random.load_state_dict(state)
        fakes = run.game.fakes_for(real)
        assert torch.equal(fakes[:12], new[:12]), "three quarters are new"
        if seen:
            old = torch.cat(seen)
            assert all((old == one).all(1).any() for one in fakes[12:]), "and the others are not"
        else:
            assert torch.equal(fakes, new), "there is nothing old yet"
        seen.append(new[12:])
    kept = run.memory["replay.x"]
    assert kept.shape == (6, 2)
    assert all((torch.cat(seen) == one).all(1).any() for one in kept)


@pytest.mark.parametrize("size", [10, 1_000])
@pytest.mark.parametrize("seeds", [None, [3, 4]])
def test_replay_in_populations_and_resumed(size, seeds, tmp_path):
    recipe = TINY.with_(game=GAN(fakes=Replayed(0.5, size)))
    agree(recipe)
    survives(recipe, tmp_path, seeds)


def test_old_samples_come_with_the_labels_they_were_made_for(tmp_path):
    pictures = datasets.digits(8)[:120]
    recipe = Recipe(
        mlp_generator(8, latent=3, hidden=(8,), classes=10),
        mlp_discriminator(8, hidden=(8,), classes=10),
        game=ConditionalGAN(fakes=Replayed(0.5, 20)), batch_size=8, steps=6,
    )  # fmt: skip
    run = Run.start(recipe, pictures)
    real = next(run.batches)
    first = run.game.fakes_for(real)
    then = run.game.fakes_for(real)
    for x, label in zip(then.x[4:], then.labels[4:], strict=True):
        (place,) = (first.x == x).flatten(1).all(1).nonzero().flatten()[:1].tolist()
        assert first.labels[place] == label
    assert finite(train(recipe, pictures, seeds=[0, 1]))


def test_what_is_judged_together_is_of_one_age():
    """Packs come back as packs: one of samples of many ages would be more varied than any G was."""
    recipe = TINY.with_(
        discriminator=packed(TINY.discriminator, 4), game=GAN(fakes=Replayed(0.5, size=22))
    )
    run = Run.start(recipe, POINTS)
    real, made = next(run.batches), []
    for _ in range(5):
        state = run.random.state_dict()
        made.append(run.game.sample_like(real).detach())
        run.random.load_state_dict(state)
        fakes = run.game.fakes_for(real)
    packs = torch.cat(made).unflatten(0, (-1, 4))
    for pack in fakes.unflatten(0, (-1, 4)):
        assert (packs == pack).flatten(1).all(1).any(), "a pack as it was made"
    assert run.memory["replay.x"].shape == (20, 2)


@pytest.mark.parametrize(
    ("kept", "reason"), [((1.5,), "from 0 to 1"), ((0.5, 0), "1 sample or more")]
)
def test_what_cannot_be_kept_is_refused(kept, reason):
    with pytest.raises(ValueError, match=reason):
        Replayed(*kept)


@pytest.mark.parametrize(
    ("kept", "m", "reason"),
    [
        (Replayed(0.01), 1, r"share=0.01, size=1000: in a batch of 16, nothing of this is kept"),
        (Replayed(0.1), 4, "a batch of 16, 4 judged together, nothing of this is kept"),
        (Replayed(0.5, size=3), 4, "Raise them, or leave Replayed out"),
    ],
)
def test_a_memory_that_would_keep_nothing_is_refused(kept, m, reason):
    """Before training, and not by being an ordinary game without a word."""
    d = packed(TINY.discriminator, m) if m > 1 else TINY.discriminator
    with pytest.raises(ValueError, match=reason):
        train(TINY.with_(discriminator=d, game=GAN(fakes=kept), batch_size=16), POINTS)
    assert finite(train(TINY.with_(game=GAN(fakes=Replayed(0.0)), batch_size=16), POINTS))
