"""Discriminators that see several samples at once: answers worked out by hand."""

import pytest
import torch
from torch import nn

from gan_school import Recipe, Run, datasets, train
from gan_school.games import (
    GAN,
    R1,
    AuxiliaryClassifierGAN,
    ConditionalGAN,
    GradientPenalty,
    WassersteinGAN,
)
from gan_school.networks import (
    AsBuilt,
    dcgan_discriminator,
    dcgan_generator,
    minibatch,
    mlp,
    mlp_discriminator,
    packed,
)
from gan_school.networks.several import Closeness, Deviation
from tests.helpers import POINTS, TINY, agree, finite, survives

pytestmark = pytest.mark.filterwarnings("error")

POINT_D = mlp(2, 8, 1, activation="leaky_relu")
PICTURES = datasets.digits(8)[:120]
DCGAN = Recipe(
    dcgan_generator(8, latent=3, width=2), dcgan_discriminator(8, width=2, norm=None),
    steps=4, batch_size=24, initialize=AsBuilt(),
)  # fmt: skip
TOLD = DCGAN.with_(
    generator=dcgan_generator(8, latent=3, width=2, classes=10),
    discriminator=dcgan_discriminator(8, width=2, norm=None, classes=10),
    game=ConditionalGAN(penalty=R1(0.1)),
)


# ---------------------------------------------------------------------------------------- packing


def test_a_pack_is_laid_side_by_side_and_each_has_its_verdict():
    network = packed(POINT_D, 2).build()
    x = torch.arange(12.0).reshape(6, 2)
    by_hand = network.body(torch.tensor([[0.0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]))
    assert torch.equal(network(x), by_hand.repeat_interleave(2, 0))
    pictures = packed(dcgan_discriminator(8, width=2), 3).build().eval()
    x = torch.randn(6, 1, 8, 8)
    by_hand = pictures.body(x.reshape(2, 3, 8, 8))
    assert torch.allclose(pictures(x), by_hand.repeat_interleave(3, 0))


def test_a_pack_of_copies_can_be_told_from_one_that_is_varied():
    """What no discriminator of single samples can: each of the copies is a real point."""
    one, other = torch.tensor([[0.0], [1.0]])
    network = packed(mlp(1, 2, 1), 2).build()
    first, last = network.body[0], network.body[2]
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
        first.bias.zero_()
        last.weight.fill_(1.0)
        last.bias.zero_()
    copies, varied = torch.stack([one, one]), torch.stack([one, other])
    assert network(copies).flatten().tolist() == [0, 0]
    assert network(varied).flatten().tolist() == [1, 1], "the distance of the two"


def test_only_the_first_layer_is_wider():
    single, pair = POINT_D.build(), packed(POINT_D, 2).build()
    assert pair.body[0].weight.shape == (8, 4) and single[0].weight.shape == (8, 2)
    assert [p.shape for p in pair.body.parameters()][1:] == [p.shape for p in single.parameters()][
        1:
    ]
    assert packed(POINT_D, 2).with_(dropout=0.5).option("dropout") == 0.5


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_packs_in_populations_and_resumed(m, tmp_path):
    recipe = TINY.with_(discriminator=packed(POINT_D, m), batch_size=24)
    agree(recipe)
    survives(recipe, tmp_path)
    assert finite(train(recipe.with_(game=WassersteinGAN(penalty=GradientPenalty(1.0))), POINTS))


def test_a_pack_of_one_is_the_ordinary_game():
    plain = TINY.with_(discriminator=POINT_D)
    alone = train(plain.with_(discriminator=packed(POINT_D, 1)), POINTS)
    assert torch.equal(alone.sample(20), train(plain, POINTS).sample(20))


@pytest.mark.parametrize("seeds", [0, [0, 1]])
def test_packs_of_pictures_with_their_labels(seeds):
    recipe = TOLD.with_(discriminator=packed(TOLD.discriminator, 2))
    run = Run.start(recipe, PICTURES, seeds)
    list(run.play())
    x, labels = PICTURES.x[:5], PICTURES.labels[:5]
    found = run.opinion(x, labels)
    assert found.shape[-1] == 5
    others = labels.clone()
    others[1] = (labels[1] + 1) % 10
    changed = (run.opinion(x, others) != found).sum(-1)
    assert (changed >= 1).all() and (changed <= 4).all(), "it is told: in one pack, or in two"


def test_a_second_head_of_a_pack_answers_for_each_sample():
    body = dcgan_discriminator(8, width=2, norm=None, second_head=10)
    network = packed(body, 2).build()
    x = torch.randn(6, 1, 8, 8)
    answers, by_hand = network(x), network.body(x.reshape(3, 2, 8, 8))
    assert answers.shape == (6, 11)
    assert torch.equal(answers[:, 1:], by_hand[:, 1:].reshape(6, 10))
    recipe = TOLD.with_(discriminator=packed(body, 2), game=AuxiliaryClassifierGAN(1.0))
    assert finite(train(recipe, PICTURES))


def test_a_network_that_cannot_be_widened_is_refused():
    from gan_school.networks import network

    @network
    def fixed_in_several() -> nn.Module:
        return nn.Linear(2, 1)

    with pytest.raises(ValueError, match="cannot tell how"):
        packed(fixed_in_several()).build()
    with pytest.raises(ValueError, match="1 sample or more"):
        packed(POINT_D, 0).build()


# ----------------------------------------------------------------------------- mini-batch features


def test_the_deviation_of_a_batch_by_hand():
    x = torch.tensor([[0.0, 0.0], [2.0, 0.0], [5.0, 1.0], [5.0, 5.0]])
    found = Deviation(2)(x)
    assert found.flatten().tolist() == pytest.approx([0.5, 0.5, 1.0, 1.0], abs=1e-3)
    assert Deviation(4)(torch.ones(4, 3)).abs().max() < 1e-3, "copies do not differ"


def test_closeness_by_hand():
    layer = Closeness(2, m=3, kernels=2, numbers=2)
    with torch.no_grad():
        layer.matrix.weight.copy_(torch.eye(4, 2))  # M₁ = (x₁, x₂), M₂ = 0
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    e = torch.tensor([1.0, 2.0, 3.0]).mul(-1).exp()
    first = [1 + e[0] + e[2], 1 + e[0] + e[1], 1 + e[1] + e[2]]
    expected = torch.stack([torch.stack(first), torch.full((3,), 3.0)], 1)
    assert torch.allclose(layer(x), expected)
    assert torch.allclose(layer(torch.cat([x, x[:1].repeat(3, 1)]))[3:], torch.full((3, 2), 3.0))


@pytest.mark.parametrize("kernels", [0, 3])
@pytest.mark.parametrize(
    "inner",
    [
        POINT_D,
        mlp(2, 8, 1, spectral_norm=True),
        mlp_discriminator(4, hidden=(6,)),
        dcgan_discriminator(8, width=2, norm=None),
        dcgan_discriminator(8, width=2, norm=None, second_head=3),
        dcgan_discriminator(8, width=2, norm=None, classes=3),
    ],
    ids=["points", "spectral norm", "connected", "dcgan", "two heads", "labels"],
)
def test_what_is_said_of_a_sample_depends_on_its_neighbours_and_on_nobody_else(inner, kernels):
    network = minibatch(inner, 4, kernels).build().eval()
    shape = (2,) if inner.name == "mlp" else (1, inner.option("size"), inner.option("size"))
    x = torch.randn(8, *shape)
    told = (torch.zeros(8, dtype=torch.long),) if getattr(network, "classes", 0) else ()
    with torch.no_grad():
        found = network(x, *told)
        changed = x.clone()
        changed[0] += 1
        moved = (network(changed, *told) - found)[:, 0].abs()
    assert (moved[1:4] > 0).all(), "the three beside it"
    assert (moved[4:] == 0).all()


@pytest.mark.parametrize("kernels", [0, 3])
def test_mini_batches_in_populations_and_resumed(kernels, tmp_path):
    recipe = TINY.with_(discriminator=minibatch(POINT_D, 4, kernels), batch_size=24)
    agree(recipe)
    survives(recipe, tmp_path)
    with pytest.raises(ValueError, match="judges 4 samples together, and batches of 25"):
        train(recipe.with_(batch_size=25), POINTS)


def test_a_penalty_counts_the_logit_of_each_sample_once():
    """A sample moves the logits of its neighbours as well: the slope is that of their sum."""
    game = GAN(penalty=R1(2.0))
    recipe = TINY.with_(discriminator=minibatch(POINT_D, 4), game=game, batch_size=24)
    run = Run.start(recipe, POINTS)
    x = POINTS.x[:8].clone().requires_grad_()
    (slope,) = torch.autograd.grad(run.discriminator.network(x).sum(), x)
    found = run.game.penalty_at(POINTS.x[:8], POINTS.x[:8])
    assert torch.allclose(found.flatten(), slope.square().sum(1))


@pytest.mark.parametrize("seeds", [0, [0, 1]])
def test_pictures_with_mini_batch_features(seeds):
    for how in (dict(), dict(kernels=4)):
        for recipe in (DCGAN, TOLD):
            seen = minibatch(recipe.discriminator, 8, **how)
            run = Run.start(recipe.with_(discriminator=seen), PICTURES, seeds)
            list(run.play())
            assert finite(run)


def test_both_at_once():
    recipe = TINY.with_(discriminator=minibatch(packed(POINT_D, 2), 4), batch_size=24)
    with pytest.raises(ValueError, match="last layer is linear"):
        train(recipe, POINTS)
    both = packed(minibatch(POINT_D, 4), 2)
    run = Run.start(TINY.with_(discriminator=both, batch_size=24), POINTS)
    assert run.game.together == 8 and run.game.copies == 2, "four packs of two are compared"
