"""The catalogue: complete, and every trick changes what it says it changes, and nothing else."""

import numpy as np
import pytest
import torch

from gan_school import Recipe, datasets, recipes, train
from gan_school.games import (
    GAN,
    R1,
    AdversarialVAE,
    Categorical,
    Coded,
    Flip,
    Gaussian,
    GradientPenalty,
    Hard,
    HingeGAN,
    Noisy,
    SaturatingGAN,
    Smooth,
    SquaredErrorGAN,
    Uniform,
    WassersteinGAN,
)
from gan_school.lab import Condition, Trick, tricks
from gan_school.networks import (
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    mlp_discriminator,
    mlp_generator,
)
from gan_school.settings import from_json, to_json
from gan_school.training import SGD, Adam

pytestmark = pytest.mark.filterwarnings("error")

ADAM = Adam(1e-3)
POINTS = datasets.spiral(200)
BASE = Recipe(
    mlp(4, 16, 16, 3), mlp(3, 16, 1), steps=2, batch_size=16, d_optimizer=ADAM, g_optimizer=ADAM
)
PLANE = datasets.ring(200)
FLAT = BASE.with_(generator=mlp(4, 16, 16, 2), discriminator=mlp(2, 16, 1))
PICTURES = datasets.digits(8)[:100]
DCGAN = BASE.with_(
    generator=dcgan_generator(8, latent=4, width=4),
    discriminator=dcgan_discriminator(8, width=4, norm=None),
)
CASES = [
    pytest.param(trick, variant, recipe, data, id=f"{trick.number} {variant.name}, {data.name}")
    for trick in tricks
    for variant in trick.variants
    for recipe, data in ((BASE, POINTS), (DCGAN, PICTURES), (FLAT, PLANE))
    if variant.where(recipe, data)
    if data is not PLANE
    or not variant.where(BASE, POINTS)  # what only points in the plane can have
]

# What differs between the recipe without a trick and the one with it. Written down once more, from
# the catalogue's words and not from its code.
CHANGES = {
    "1.1 scaled, not in its own units": {"generator", "discriminator"},
    "1.1 (−1, 1) and tanh": {"generator", "discriminator"},
    "1.1 (0, 1) and sigmoid": {"generator", "discriminator"},
    "1.1 no sigmoid on standardised data": {"generator.output"},
    "1.2 not the squared error": {"game"},
    "1.3 not the saturating loss": {"game"},
    "1.3 the same, D trained 5 times": {"game"},
    "1.4 not uniform": {"latent"},
    "1.5 not SGD with the same rate": {"d_optimizer", "g_optimizer"},
    "1.5 not SGD with 50 times the rate": {"d_optimizer", "g_optimizer"},
    "1.6 not PyTorch's own": {"initialize"},
    "1.6 not PyTorch's own in G": {"initialize"},
    "1.6 not PyTorch's own in D": {"initialize"},
    "1.6 not N(0, 0.02²)": {"initialize"},
    "1.6 with gain √2 in G": {"initialize"},
    "1.6 with gain √2 in both": {"initialize.gain"},
    "1.7 not fully connected": {"generator", "discriminator"},
    "2.1 in D": {"discriminator.dropout"},
    "2.1 in D, a fast one": {"discriminator.dropout"},
    "2.1 in G": {"generator.dropout"},
    "2.1 in both": {"generator.dropout", "discriminator.dropout"},
    "2.2 in D": {"discriminator.activation"},
    "2.2 in G as well": {"generator.activation"},
    "2.3 2 times": {"d_steps"},
    "2.3 5 times": {"d_steps"},
    "2.3 2 times, against a fast generator": {"d_steps"},
    "2.4 2 times": {"g_steps"},
    "2.4 5 times": {"g_steps"},
    "2.4 2 times, against a fast discriminator": {"g_steps"},
    "3.1 one more": {"generator.args"},
    "3.1 two more": {"generator.args"},
    "3.1 one more, both with gain √2 in G": {"generator.args"},
    "3.1 two more, both with gain √2 in G": {"generator.args"},
    "3.1 deeper, not wider": {"generator.args"},
    "3.2 same rate": {"d_optimizer"},
    "3.2 50 times the rate": {"d_optimizer"},
    "3.3 an update after each": {"game.minibatches"},
    "3.4 adversarial VAE": {"generator", "game"},
    "3.4 autoencoder-shaped": {"generator.args"},
    "3.4 constant width, not widening": {"generator.args"},
    "4.1 the class of each picture": {"generator.classes", "discriminator.classes", "game"},
    "4.1 the same, both with R1": {"generator.classes", "discriminator.classes", "game"},
    "4.2 not without labels": {"generator.classes", "discriminator.second_head", "game"},
    "4.2 not a conditional GAN": {
        "discriminator.classes", "discriminator.second_head", "game"
    },
    "4.2 not a conditional GAN, both with R1": {
        "discriminator.classes", "discriminator.second_head", "game"
    },
    "4.3 0.9 and 0.2": {"game.targets"},
    "4.3 0.9, one-sided": {"game.targets"},
    "4.3 around 0.9 and 0.1, freshly drawn": {"game.targets"},
    "4.3 10 % flipped": {"game.targets"},
    "4.3 0.9, one-sided, a fast D": {"game.targets"},
    "4.4 a choice of 8 and a number, weight 0.03": {
        "generator.args", "discriminator.args", "latent", "game"
    },
    "4.4 a choice of 8 and a number, weight 0.3": {
        "generator.args", "discriminator.args", "latent", "game"
    },
    "4.5 0.3, down to nothing": {"game.view"},
    "4.5 0.1, down to nothing": {"game.view"},
    "4.5 0.3, a fast D": {"game.view"},
    "4.7 patience 4": {"stop"},
    "4.8 gradient penalty": {"game"},
    "4.8 gradient penalty, both with D 5 times": {
        "game", "d_optimizer.betas", "g_optimizer.betas"
    },
    "4.8 clipping, both with D 5 times": {"game", "d_optimizer", "g_optimizer"},
    "S.1 2e-4, not 1e-3": {"d_optimizer.lr", "g_optimizer.lr"},
    "S.1 2e-4 with β₁ = 0.5, not 1e-3 with 0.9": {
        "d_optimizer.lr", "g_optimizer.lr", "d_optimizer.betas", "g_optimizer.betas"
    },
    "S.2 β₁ = 0.5, not 0.9": {"d_optimizer.betas", "g_optimizer.betas"},
    "S.2 β₁ = 0, not 0.5": {"d_optimizer.betas", "g_optimizer.betas"},
    "S.3 G 4 times slower": {"g_optimizer.lr"},
    "S.3 D 4 times faster": {"d_optimizer.lr"},
    "S.3 D 4 times slower": {"d_optimizer.lr"},
    "S.4 4 times as large": {"batch_size"},
    "S.4 a quarter": {"batch_size"},
    "S.5 0.99": {"average"},
    "S.5 0.9": {"average"},
    "S.6 in G": {"generator.batch_norm"},
    "S.6 in both": {"generator.batch_norm", "discriminator.batch_norm"},
    "S.6 in D as well": {"discriminator.norm"},
    "S.7 with BatchNorm in D": {"game.minibatches"},
    "S.7 with BatchNorm in a DCGAN's D": {"game.minibatches"},
    "S.8 weight 1": {"game.penalty"},
    "S.8 weight 0.1": {"game.penalty"},
    "S.8 R2 as well, weights 0.1": {"game.penalty"},
    "S.9 5, not 4": {"generator.kernel", "discriminator.kernel"},
    "S.10 resize in G": {"generator.upsampling"},
    "S.10 resize in G, average in D": {"generator.upsampling", "discriminator.downsampling"},
    "S.11 in D": {"discriminator.spectral_norm"},
    "S.11 in D, with the hinge loss": {"discriminator.spectral_norm", "game"},
    "S.12 deviation of 8": {"discriminator"},
    "S.12 16 kernels, 8 samples": {"discriminator"},
    "S.13 2 in a pack": {"discriminator"},
    "S.13 4 in a pack": {"discriminator"},
    "S.14 1 update ahead": {"game"},
    "S.14 5 updates ahead": {"game"},
    "S.15 half of them old": {"game"},
    "S.15 a tenth of them old": {"game"},
    "S.16 weight 1": {"game"},
    "S.16 weight 0.1": {"game"},
    "S.17 colour, translation, cutout": {"game.view"},
    "S.17 turned and shifted a little": {"game.view"},
    "S.18 with R1 and R2, weights 0.1": {"game"},
    "S.18 the pairing alone, both with R1 and R2": {"game"},
    "S.18 the pairing alone": {"game"},
    "S.19 least squares": {"game"},
    "S.19 hinge": {"game"},
}  # fmt: skip


def differences(one: dict, other: dict, path: str = "") -> set[str]:
    """The places where two recipes, written down, are different."""
    if not (isinstance(one, dict) and isinstance(other, dict)) or one.get("is") != other.get("is"):
        return set() if one == other else {path}
    if one.get("name") != other.get("name"):
        return {path}
    return {
        place
        for key in one.keys() | other.keys()
        for place in differences(
            one.get(key),
            other.get(key),
            ".".join(filter(None, (path, "" if key == "kwargs" else key))),
        )
    }


@pytest.mark.parametrize(("trick", "variant", "recipe", "data"), CASES)
def test_it_changes_what_it_says_and_nothing_else(trick, variant, recipe, data):
    without, with_ = trick.pair(recipe, data, variant.name)
    expected = CHANGES[f"{trick.number} {variant.name}"]
    found = differences(to_json(without), to_json(with_))
    if data is PICTURES:  # layers of a DCGAN are options by other names
        assert {place.partition(".")[0] for place in found} == {
            place.partition(".")[0] for place in expected
        }
    else:
        assert found == expected


@pytest.mark.parametrize(("trick", "variant", "recipe", "data"), CASES)
def test_both_sides_can_be_trained_in_a_population_and_written_down(trick, variant, recipe, data):
    for side in trick.pair(recipe, data, variant.name):
        run = train(side, data, seeds=[0, 1], progress=False)
        assert run.step == 2
        assert torch.isfinite(run.sample(3)).all()
        assert from_json(to_json(side)) == side


def test_every_variant_is_among_the_cases():
    assert {f"{case.values[0].number} {case.values[1].name}" for case in CASES} == set(CHANGES)


# --------------------------------------------------------------------------- what some of them mean


def test_own_units_are_what_somebody_has_who_never_normalised():
    """Networks that see the original units do what plain ones do on data in those units."""
    raw = datasets.Dataset(POINTS.inverse(POINTS.x), "raw")
    plain = BASE.with_(steps=30, d_optimizer=SGD(1e-3), g_optimizer=SGD(1e-3))
    without, _ = tricks["1.1"].pair(plain, POINTS)
    as_if, really = train(without, POINTS), train(plain, raw)
    assert torch.allclose(POINTS.inverse(as_if.sample(50)), really.sample(50), atol=1e-3)


@pytest.mark.parametrize(("variant", "low"), [("(−1, 1) and tanh", -1), ("(0, 1) and sigmoid", 0)])
def test_the_range_is_the_datas(variant, low):
    """What the discriminator meets lies in the range, and the generator reaches all of it."""
    recipe = tricks["1.1"](BASE, POINTS, variant)
    first = recipe.discriminator.build()[0]
    met = first(POINTS.x)
    assert met.min(0).values == pytest.approx(torch.full((3,), float(low)), abs=1e-5)
    assert met.max(0).values == pytest.approx(torch.ones(3), abs=1e-5)
    *_, bounded, back = recipe.generator.build()
    extremes = back(bounded(torch.tensor([[-1e4] * 3, [1e4] * 3])))
    assert torch.allclose(extremes[0], POINTS.x.min(0).values, atol=1e-4)
    assert torch.allclose(extremes[1], POINTS.x.max(0).values, atol=1e-4)


def test_a_wider_generator_has_as_many_weights_as_the_deeper():
    wider, deeper = tricks["3.1"].pair(BASE, POINTS, "deeper, not wider")
    weights = [
        sum(weight.numel() for weight in recipe.generator.build().parameters())
        for recipe in (wider, deeper)
    ]
    assert deeper.generator.args == (4, 16, 16, 16, 3)
    assert weights[1] <= weights[0] < 1.1 * weights[1]


def test_the_vae_has_the_generators_layers_and_latent():
    recipe = tricks["3.4"](BASE.with_(generator=mlp(4, 16, 8, 3)), POINTS)
    assert recipe.game == AdversarialVAE()
    decoder = recipe.generator.build().decoder
    assert [layer.out_features for layer in decoder if hasattr(layer, "out_features")] == [16, 8, 3]


def test_another_game_keeps_what_it_can():
    parts = dict(penalty=R1(3.0), view=Noisy(0.2), targets=Flip(0.1))
    recipe = BASE.with_(game=GAN(**parts))
    for side in tricks["1.3"].pair(recipe, POINTS):
        assert {name: getattr(side.game, name) for name in parts} == parts
    hinge = tricks["S.19"](recipe, POINTS, "hinge").game
    assert hinge == HingeGAN(penalty=R1(3.0), view=Noisy(0.2))  # targets are for cross entropy
    critic = tricks["4.8"](recipe, POINTS).game
    assert critic == WassersteinGAN(penalty=GradientPenalty(1.0), view=Noisy(0.2))


def test_codes_come_besides_the_noise():
    recipe = tricks["4.4"](BASE, POINTS)
    assert recipe.latent == Coded(Gaussian(4), (Categorical(8), Uniform(1)))
    assert recipe.generator.args == (13, 16, 16, 3)
    assert recipe.discriminator.args == (3, 16, 1 + 8 + 2)


def test_the_picture_shows_both_sides():
    figure = tricks["2.3"].picture(BASE, POINTS, "5 times", steps=2)
    without, with_ = tricks["2.3"].pair(BASE, POINTS, "5 times")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["without, seed 0", "without, seed 1", "with, seed 0", "with, seed 1"]
    drawn = [axes.collections[-1]._offsets3d[0] for axes in figure.axes]
    for place, (side, seed) in enumerate(((without, 0), (without, 1), (with_, 0), (with_, 1))):
        made = train(side, POINTS, seed=seed).sample(1_000)[:, 0]
        assert np.isin(np.round(drawn[place], 4), np.round(made.numpy(), 4)).mean() > 0.95


def test_what_a_recipe_has_already_changes_nothing():
    assert not tricks["1.1"].changes(BASE, POINTS)
    raw = datasets.Dataset(100 * POINTS.x, "raw")
    assert tricks["1.1"].changes(BASE, raw)
    for output in ("sigmoid", "relu", "tanh"):  # none of them reaches the spiral
        boxed = BASE.with_(generator=BASE.generator.with_(output=output))
        assert tricks["1.1"].changes(boxed, POINTS)
    assert not tricks["1.2"].changes(BASE.with_(game=SaturatingGAN()), POINTS)
    assert tricks["1.2"].changes(BASE.with_(game=SquaredErrorGAN()), POINTS)
    assert not tricks["1.3"].changes(BASE, POINTS)
    assert tricks["1.3"].changes(BASE.with_(game=SaturatingGAN()), POINTS)
    assert not tricks["1.5"].changes(BASE, POINTS)
    assert tricks["1.5"].changes(BASE.with_(g_optimizer=SGD(1e-3)), POINTS)
    assert not tricks["1.7"].changes(BASE, POINTS)  # not for points
    assert not tricks["S.16"].changes(BASE, POINTS)  # nobody was trained to name their kinds
    assert tricks["S.16"].changes(DCGAN, PICTURES)
    for number in ("S.12", "S.13", "S.14", "S.15", "S.18"):
        assert tricks[number].changes(BASE, POINTS)
        assert not tricks[number].changes(tricks[number](BASE, POINTS), POINTS)
    assert not tricks["S.13"].changes(
        tricks["S.12"](BASE, POINTS), POINTS
    )  # D sees several already
    assert tricks["S.17"].changes(FLAT, PLANE) and not tricks["S.17"].changes(BASE, POINTS)
    assert not tricks["4.6"].changes(BASE, POINTS)  # nothing to change
    assert not tricks["4.1"].changes(BASE, POINTS)  # not for points
    assert tricks["4.1"].changes(DCGAN, PICTURES)
    assert not tricks["4.1"].changes(tricks["4.1"](DCGAN, PICTURES), PICTURES)
    assert not tricks["4.3"].changes(BASE.with_(game=HingeGAN()), POINTS)
    assert tricks["2.3"].changes(BASE, POINTS)


def test_a_network_without_the_option_cannot_have_the_trick():
    own = BASE.with_(discriminator=lambda: torch.nn.Linear(3, 1))
    assert not tricks["2.2"].changes(own, POINTS)
    assert tricks["2.4"].changes(own, POINTS)


def test_networks_in_other_units_can_have_the_tricks_of_those_inside():
    ours = tricks["1.1"].pair(BASE, POINTS)[0]  # in the data's own units
    for number in ("2.1", "2.2", "3.1", "3.4", "S.1", "S.2", "4.4"):
        assert tricks[number].changes(ours, POINTS), number
    for variant in ("(−1, 1) and tanh", "(0, 1) and sigmoid"):  # other units, and not both
        assert tricks["1.1"](ours, POINTS, variant) == tricks["1.1"](BASE, POINTS, variant)


def test_a_bounded_output_is_set_free():
    boxed = BASE.with_(generator=BASE.generator.with_(output="sigmoid"))
    free = tricks["1.1"](boxed, POINTS, "no sigmoid on standardised data")
    assert free.generator.kwargs.get("output") is None
    assert tricks["1.1"](BASE, POINTS, "no sigmoid on standardised data") == BASE


# ------------------------------------------------------------------------------------ the catalogue


def test_the_levels_are_complete():
    numbers = [trick.number for trick in tricks]
    for level, count in {1: 7, 2: 4, 3: 4, 4: 8}.items():
        assert numbers[: len(tricks)].count(f"{level}.{count}") == 1
        assert [trick.number for trick in tricks.level(level)] == [
            f"{level}.{place}" for place in range(1, count + 1)
        ]
    assert numbers == [
        *(trick.number for level in (1, 2, 3, 4, "S") for trick in tricks.level(level))
    ]


def test_the_four_levels_are_built():
    assert all(trick.is_built for level in (1, 2, 3, 4) for trick in tricks.level(level))


def test_a_trick_that_is_no_change_to_a_recipe_says_where_it_is():
    with pytest.raises(ValueError, match=r"4\.6.*notebook 09"):
        tricks["4.6"](BASE)
    assert "notebook 09" in tricks.table().loc["4.6", "variants"]


def test_every_trick_says_what_it_claims_who_says_so_and_when_to_try_it():
    for trick in tricks:
        assert trick.title and trick.claim and trick.source and trick.symptoms, trick.number
        assert all(isinstance(condition, Condition) for condition in trick.symptoms)
        assert len({variant.name for variant in trick.variants}) == len(trick.variants)


def test_every_sickness_has_something_to_try_that_is_built():
    well = (Condition.HEALTHY, Condition.STILL_IMPROVING, Condition.UNKNOWN)
    for condition in set(Condition) - set(well):
        assert any(trick.is_built for trick in tricks.against(condition)), condition
        assert condition.meaning


def test_what_is_not_built_says_so():
    waiting = [trick for trick in tricks if not trick.is_built]
    for trick in waiting:
        with pytest.raises(NotImplementedError, match=trick.number):
            trick(BASE)
        assert tricks.table().loc[trick.number, "variants"] == "not built yet"


def test_looking_one_up():
    assert tricks["2.3"].title == "Train the discriminator more often"
    assert str(tricks["2.3"]) == "2.3 Train the discriminator more often"
    assert tricks["2.3"](BASE).d_steps == 2
    assert tricks["2.3"](BASE, variant="5 times").d_steps == 5
    assert BASE.d_steps == 1
    with pytest.raises(KeyError, match=r"no trick '2\.9'"):
        tricks["2.9"]
    with pytest.raises(ValueError, match=r"no variant '7 times'.*'2 times', '5 times'"):
        tricks["2.3"](BASE, variant="7 times")


def test_what_helps_against_a_condition_is_found_by_either_name_of_it():
    assert tricks.against("mode collapse") == tricks.against(Condition.MODE_COLLAPSE) != []
    with pytest.raises(ValueError, match=r"no condition 'collapse'.*mode collapse"):
        tricks.against("collapse")
    with pytest.raises(ValueError, match="no level 5: 1, 2, 3, 4, S"):
        tricks.level(5)


@pytest.mark.parametrize("recipe", [None, "recipe", mlp(2, 1)])
def test_only_a_recipe_can_be_changed(recipe):
    for apply in (tricks["2.3"], lambda recipe: tricks["2.3"].pair(recipe, POINTS)):
        with pytest.raises(TypeError, match="a trick changes a Recipe, and not a"):
            apply(recipe)


def test_a_trick_that_looks_at_the_data_asks_for_it():
    with pytest.raises(ValueError, match="looks at the data"):
        tricks["1.1"](BASE, variant="(−1, 1) and tanh")


def test_the_table_is_for_reading():
    table = tricks.table()
    assert len(table) == len(tricks) == len(list(tricks))
    assert table.loc["1.5", "trick"] == "Adam for both networks"
    assert "<table" in tricks._repr_html_()
    assert len(repr(tricks).splitlines()) == len(tricks)


def test_two_tricks_with_one_number():
    from gan_school.lab.collection import Catalogue

    with pytest.raises(ValueError, match="same number"):
        Catalogue([Trick("1.1", "a", "b", "c"), Trick("1.1", "d", "e", "f")])


def test_another_game_keeps_soft_targets_where_it_can():
    soft = BASE.with_(game=GAN(targets=Smooth(0.9)))
    data = POINTS
    assert tricks["4.4"](soft, data).game.targets == Smooth(0.9)
    assert tricks["4.8"](soft, data).game.targets == Hard()
    assert tricks["4.3"].changes(BASE.with_(game=SaturatingGAN()), data)


def test_a_trick_that_would_not_fit_is_none():
    """A recipe with codes, with labels, or with another loss is left with what suits it."""
    data = POINTS
    coded = tricks["4.4"](BASE, data)
    for number in ("1.3", "1.4", "3.4", "4.8", "S.19"):
        assert not tricks[number].changes(coded, data) or fits(tricks[number](coded, data), data)
    assert not tricks["1.3"].changes(BASE.with_(game=WassersteinGAN(clip=0.1)), data)
    digits = PICTURES
    told = recipes.CONDITIONAL_DIGITS.with_(
        generator=mlp_generator(8, hidden=(16,), classes=10),
        discriminator=mlp_discriminator(8, hidden=(16,), classes=10),
    )
    for trick in tricks:
        if trick.changes(told, digits):
            assert fits(trick(told, digits), digits)


def fits(recipe, data):
    recipe.fit_to(data)
    return True


def test_without_a_name_the_first_variant_that_can_be_tried_is_meant():
    normed = tricks["S.6"](DCGAN, PICTURES)
    assert normed.discriminator.option("norm") == "batch"
    assert not tricks["S.6"].changes(normed, PICTURES)
