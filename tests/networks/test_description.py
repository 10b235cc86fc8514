"""Descriptions of networks: which function builds it, from which arguments."""

import copy
import sys

import numpy as np
import pytest
import torch
from torch import nn

from gan_school import Recipe, datasets, networks, train, tricks
from gan_school.networks import Network, Place, mlp, rescaled
from gan_school.networks.description import as_network
from gan_school.settings import from_json, to_json


@networks.network
def wide(width: int = 4, *, out: int = 1) -> nn.Module:
    """A docstring to keep."""
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, out))


def test_calling_describes_and_building_builds():
    description = wide(8, out=3)
    assert isinstance(description, Network)
    network = description.build()
    assert (network[0].out_features, network[2].out_features) == (8, 3)
    assert wide().build()[0].out_features == 4


def test_every_build_is_a_new_network_with_new_weights():
    description = mlp(3, 4, 1)
    with torch.random.fork_rng(devices=[]):
        one, other = description.build(), description.build()
    assert one is not other
    assert not torch.equal(one[0].weight, other[0].weight)


def test_descriptions_can_be_compared_and_printed():
    assert wide(8) == wide(8) != wide(9)
    assert len({wide(8), wide(8), wide(9), wide(8, out=2)}) == 3
    assert repr(wide(8, out=2)) == "wide(8, out=2)"


def test_the_function_keeps_its_name_and_docstring():
    assert wide.__name__ == "wide"
    assert wide.__doc__ == "A docstring to keep."


@pytest.mark.parametrize("arguments", [dict(widht=3), dict(out=1, depth=2)])
def test_a_misspelt_argument_is_an_error_where_it_is_written(arguments):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        wide(**arguments)


def test_too_many_arguments():
    with pytest.raises(TypeError, match="too many positional"):
        wide(1, 2)


def test_a_name_belongs_to_one_module():
    def wide():
        """Another one."""

    wide.__module__ = "somebody.elses"
    with pytest.raises(ValueError, match=r"'wide' is already defined in .*test_description"):
        networks.network(wide)


def test_a_function_may_be_defined_again_in_its_own_module():
    """As when a notebook's cell is run twice, after a correction."""

    def define(width: int):
        @networks.network
        def corrected() -> nn.Module:
            return nn.Linear(1, width)

        return corrected

    define(2)
    assert define(3)().build().out_features == 3


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"no network is called 'nobody'.*@networks\.network"):
        Network("nobody").build()


def test_a_plain_function_or_class_will_do():
    class Mine(nn.Linear):
        def __init__(self):
            super().__init__(2, 1)

    assert isinstance(as_network(Mine).build(), Mine)
    one, other = as_network(lambda: nn.Linear(2, 1)), as_network(lambda: nn.Linear(2, 5))
    assert (one.build().out_features, other.build().out_features) == (1, 5)
    assert one != other
    assert as_network(wide(3)) == wide(3)


def test_a_module_that_exists_already_is_refused():
    with pytest.raises(TypeError, match=r"Linear that is built already.*fresh weights"):
        as_network(nn.Linear(2, 1))


@pytest.mark.parametrize("value", [None, 3, "mlp", [mlp(2, 1)]])
def test_what_cannot_build_a_network_is_refused(value):
    with pytest.raises(TypeError, match="cannot be made from"):
        as_network(value)


def test_the_module_and_the_decorator_share_a_name():
    """`networks.network` is the decorator, which hides the module it is defined in."""
    assert networks.network is sys.modules["gan_school.networks.description"].network


def test_options_can_be_changed():
    plain = mlp(3, 8, 2, activation="elu")
    changed = plain.with_(dropout=0.5, activation="gelu")
    assert changed == mlp(3, 8, 2, activation="gelu", dropout=0.5)
    assert plain == mlp(3, 8, 2, activation="elu")


def test_an_option_that_is_not_there_is_refused_at_once():
    with pytest.raises(TypeError, match="drop_out"):
        mlp(3, 8, 2).with_(drop_out=0.5)
    with pytest.raises(TypeError, match=r"mlp has no option 'drop_out'. Did you mean 'dropout'\?"):
        mlp(3, 8, 2).with_(drop_out=0.5)
    with pytest.raises(TypeError, match=r"no option 'colour'. It has: .*spectral_norm"):
        mlp(3, 8, 2).with_(colour=0.5)


def test_an_option_given_by_its_place_can_be_changed():
    assert networks.dcgan_generator(16, 3).with_(size=32) == networks.dcgan_generator(32, 3)
    assert wide(8).with_(width=9).build()[0].out_features == 9
    assert (
        wide(8).option("width") == 8 and wide().option("width") == 4 and wide().option("out") == 1
    )


# ------------------------------------------------------------------ networks of any shape, reshaped


@pytest.mark.parametrize(
    ("network", "option", "value", "changed", "becomes"),
    [
        (mlp(8, 32, 16, 3), "hidden", (32, 16), (5,), mlp(8, 5, 3)),
        (mlp(8, 32, 3), "latent", 8, 13, mlp(13, 32, 3)),
        (mlp(2, 32, 1), "second_head", 0, 10, mlp(2, 32, 11)),
        (mlp(8, 3, output="tanh"), "hidden", (), (4,), mlp(8, 4, 3, output="tanh")),
        (networks.mlp_generator(8), "hidden", (256, 256), (9,),
         networks.mlp_generator(8, hidden=(9,))),
        (networks.mlp_generator(8), "latent", 64, 9, networks.mlp_generator(8, latent=9)),
        (networks.dcgan_discriminator(8), "second_head", 0, 4,
         networks.dcgan_discriminator(8, second_head=4)),
    ],
)  # fmt: skip
def test_shapes_are_options(network, option, value, changed, becomes):
    assert network.has(option)
    assert network.option(option) == value
    assert network.with_(**{option: changed}) == becomes


def test_a_network_of_ones_own_takes_part_in_tricks():
    """By calling its options as the others do; or, among its positional arguments, by places."""

    @networks.network
    def own_generator(features: int, *, latent: int = 4, hidden: tuple[int, ...] = (8,)):
        return mlp(latent, *hidden, features).build()

    @networks.network(
        hidden=Place(lambda sizes: sizes[1:], lambda sizes, hidden: (sizes[0], *hidden))
    )
    def own_discriminator(*sizes: int, second_head: int = 0):
        return mlp(*sizes, 1 + second_head).build()

    data = datasets.ring(100)
    recipe = Recipe(own_generator(2), own_discriminator(2, 8), steps=1, batch_size=16)
    deeper = tricks["3.1"](recipe, data)
    assert deeper.generator == own_generator(2, hidden=(8, 8))
    coded = tricks["4.4"](recipe, data)
    assert coded.generator == own_generator(2, latent=13)
    assert coded.discriminator == own_discriminator(2, 8, second_head=10)
    assert from_json(to_json(coded)) == coded
    for changed in (deeper, coded):
        assert train(changed, data, progress=False).step == 1
    assert own_discriminator(2, 8, 8).option("hidden") == (8, 8)
    assert not tricks["2.1"].changes(recipe, data)  # it has no dropout


def test_only_what_a_function_has_can_be_asked_for():
    assert not mlp(3, 1).has("colour")
    with pytest.raises(TypeError, match="no option 'colour'"):
        mlp(3, 1).option("colour")


# ------------------------------------------------------------------- a network around another one


@networks.network
def in_packs(inner: Network, m: int = 2, dropout: float = 0.5) -> nn.Module:
    """As somebody writes it who knows nothing of options."""
    return InPacks(inner.build(), m)


class InPacks(nn.Module):
    def __init__(self, network: nn.Module, m: int):
        super().__init__()
        self.network, self.together = network, m

    def forward(self, x):
        packs = x.unflatten(-2, (-1, self.together)).flatten(-2)
        return self.network(packs).repeat_interleave(self.together, -2)


@networks.network
def shifted(inner: Network) -> nn.Module:
    return Shifted(inner.build())


class Shifted(nn.Module):
    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, z):
        return self.network(z) + 1


def test_it_has_the_options_of_the_inner_one_besides_its_own():
    around = in_packs(mlp(4, 8, 1), m=2)
    assert around.has("hidden") and around.option("hidden") == (8,)
    assert around.with_(hidden=(9,), m=3) == in_packs(mlp(4, 9, 1), m=3)
    assert around.option("dropout") == 0.5  # its own come first
    assert around.with_(dropout=0.1) == in_packs(mlp(4, 8, 1), m=2, dropout=0.1)
    assert around.with_(inner=mlp(4, 7, 5, 1), hidden=(6,)) == in_packs(mlp(4, 6, 1), m=2)
    twice = shifted(inner=networks.rescaled(mlp(3, 8, 2), outputs=(2.0, 0.0)))
    changed = shifted(inner=networks.rescaled(mlp(3, 8, 2, output="tanh"), outputs=(1.0, 0.0)))
    assert twice.with_(output="tanh", outputs=(1.0, 0.0)) == changed
    assert (twice.option("latent"), twice.inner.inner) == (3, mlp(3, 8, 2))
    assert mlp(3, 2).inner is None and not Network("nobody", (), {"inner": twice}).has("latent")
    for network in (around, twice):
        assert not network.has("colour")
        with pytest.raises(TypeError, match=r"has no option 'colour'. It has: inner, .*hidden"):
            network.with_(colour=1)
        with pytest.raises(TypeError, match="Did you mean 'hidden'"):
            network.option("hiden")


def test_it_takes_part_in_tricks():
    data = datasets.ring(100)
    recipe = Recipe(shifted(mlp(3, 8, 2)), in_packs(mlp(4, 8, 1)), steps=2, batch_size=16)
    assert recipe.fit_to(data)[0].size == 3
    assert tricks["3.1"](recipe, data).generator == shifted(mlp(3, 8, 8, 2))
    assert tricks["2.1"](recipe, data).discriminator == in_packs(mlp(4, 8, 1), dropout=0.3)
    coded = tricks["4.4"](recipe, data)
    assert coded.generator == shifted(mlp(12, 8, 2))
    assert coded.discriminator == in_packs(mlp(4, 8, 11))
    with pytest.raises(ValueError, match="shifted goes around another network"):
        tricks["3.4"](recipe, data, "adversarial VAE")  # what is around it would be lost
    for one in (recipe, tricks["3.1"](recipe, data), coded):
        assert from_json(to_json(one)) == one
        assert train(one, data, seeds=range(2), progress=False).step == 2


def test_the_latent_of_a_network_inside_is_found_although_neither_calls_it_so():
    @networks.network
    def own(size: int) -> nn.Module:
        return nn.Sequential(nn.Linear(size, 2))

    for generator in (shifted(own(5)), networks.rescaled(own(5), inputs=(2.0, 0.0))):
        recipe = Recipe(generator, mlp(2, 1), batch_size=16)
        assert recipe.fit_to(datasets.ring(100))[0].size == 5


@pytest.mark.parametrize("condition", ["projection", "concatenation"])
def test_networks_that_are_told_labels_can_be_rescaled(condition):
    data = datasets.Dataset(torch.rand(40, 1, 8, 8), labels=torch.arange(40) % 4)
    recipe = Recipe(
        networks.rescaled(networks.mlp_generator(8, latent=3, hidden=(8,)), outputs=(0.5, 0.5)),
        networks.rescaled(
            networks.mlp_discriminator(8, hidden=(8,), condition=condition), inputs=(2.0, -1.0)
        ),
        steps=2, batch_size=8,
    )  # fmt: skip
    told = tricks["4.1"](recipe, data)
    assert told.generator.inner.option("classes") == 4
    both = train(told, data, seeds=[3, 4], progress=False)
    one = train(told, data, seed=4, progress=False)
    torch.testing.assert_close(both[1].sample(4), one.sample(4))
    assert train(tricks["4.2"](recipe, data), data, progress=False).step == 2


# --------------------------------------------------------------------------- what cannot be built


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: networks.dcgan_generator(dense=64), "dense is 64. Expected a tuple, each"),
        (lambda: networks.dcgan_generator(dense=(64.0,)), r"dense is \(64.0,\)"),
        (lambda: networks.mlp_generator(8, hidden=64), "hidden is 64"),
        (lambda: networks.dcgan_generator("16"), "size is '16'. Expected a whole number"),
        (lambda: networks.dcgan_discriminator(16, norm=5), "norm is 5. Expected a text or None"),
        (lambda: networks.mlp_discriminator(8, second_head="2"), "second_head is '2'"),
        (lambda: mlp(3, 8.0, 1), "sizes is"),
        (lambda: mlp([3, 8, 1]), "sizes is"),
        (lambda: mlp(3, 1, batch_norm="yes"), "batch_norm is 'yes'. Expected True or False"),
        (lambda: mlp(3, 1, dropout="0.5"), "dropout is '0.5'. Expected a number"),
        (lambda: mlp(3, 1).with_(dropout=None), "dropout is None"),
        (lambda: networks.vae(3, 8), "missing a required argument: 'latent'. It takes"),
        (lambda: networks.dcgan_generator(16).with_(dense=64), "dense is 64"),
        (lambda: as_network(nn.Linear), r"Linear cannot be called without.*lambda: Linear"),
        (lambda: as_network(networks.vae), "vae cannot be called without arguments"),
        (lambda: as_network(lambda: 5).build(), "gives a int, and no torch module"),
        (lambda: as_network(networks.dcgan_generator).build(), "gives a Network.*Call it"),
    ],
)  # fmt: skip
def test_arguments_of_another_kind_are_refused_where_they_are_written(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    "network",
    [
        networks.dcgan_generator(16, dense=(0,)), networks.dcgan_generator(16, latent=0),
        networks.dcgan_generator(16, classes=-1), networks.mlp_generator(8, classes=-1),
        networks.dcgan_discriminator(16, dense=(-5,)), networks.dcgan_discriminator(16, classes=-1),
        networks.dcgan_discriminator(16, dropout=1.0), networks.mlp_discriminator(8, classes=-2),
        networks.mlp_generator(8, hidden=(0,)),
    ],
)  # fmt: skip
def test_numbers_that_make_no_network(network):
    with pytest.raises(ValueError, match=r"or more|every size|up to, not including, 1|Every size"):
        network.build()


def test_a_whole_number_is_a_float_where_one_is_declared():
    one, other = networks.rescaled(mlp(2, 1), inputs=(10, (0, 1))), mlp(2, 1, dropout=0)
    assert repr(one) == "rescaled(mlp(2, 1), inputs=(10.0, (0.0, 1.0)))"
    assert repr(other.with_(dropout=0)) == repr(other) == "mlp(2, 1, dropout=0.0)"


def test_one_argument_that_only_its_function_knows_leaves_the_others_checked():
    class Local:
        """No name of the module."""

    @networks.network
    def partly(local: "Local", size: int = 2, text: "no annotation" = ""):  # noqa: F722
        raise NotImplementedError

    assert partly(Local()).name == "partly"
    with pytest.raises(TypeError, match="size is '3'"):
        partly(Local(), "3")


def test_a_module_that_was_never_imported_will_do():
    """As with a file that somebody runs through `importlib`, or `exec`."""
    known = dict(network=networks.network, Network=Network, __name__="nowhere")
    exec("@network\ndef around(inner: 'Network', size: 'int' = 2): pass", known)
    with pytest.raises(TypeError, match="size is '3'"):
        known["around"](mlp(2, 1), "3")


def test_numbers_of_numpy_and_lists_will_do():
    size = np.int64(16)
    described = networks.mlp_generator(size, hidden=[np.int32(8), 8])
    assert described == networks.mlp_generator(16, hidden=(8, 8))
    assert from_json(to_json(described)) == described
    assert isinstance(described.args[0], int)


# --------------------------------------------------------------------- the same module, built twice


@pytest.mark.parametrize(
    "wrapped", [lambda module: module, lambda module: nn.Sequential(module, nn.Tanh())]
)
def test_a_function_that_gives_the_same_module_again_is_noticed(wrapped):
    """Trained again, it would change the first run's networks; so nothing is trained at all."""
    module = nn.Linear(3, 2)
    recipe = Recipe(lambda: wrapped(module), mlp(2, 4, 1), steps=2, batch_size=16)
    before = module.weight.clone()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"the same \w+ each time.*deepcopy"):
            train(recipe, datasets.ring(100), progress=False)
    assert torch.equal(module.weight, before)


def test_a_decorated_function_that_does_is_noticed_too():
    kept = nn.Linear(2, 1)

    @networks.network
    def always(number: int = 0):
        return kept

    assert always(1).build() is kept
    with pytest.raises(ValueError, match=r"always\(1\) gives the same Linear"):
        always(1).build()


def test_copies_are_new_and_so_are_networks_around_others():
    module = nn.Linear(3, 2)
    recipe = Recipe(lambda: copy.deepcopy(module), mlp(2, 4, 1), steps=2, batch_size=16)
    one, other = (train(recipe, datasets.ring(100), seed=s, progress=False) for s in (0, 1))
    assert not torch.equal(one.sample(4), other.sample(4))
    inner = networks.rescaled(mlp(2, 4, 1), inputs=(2.0, 0.0))
    outer = networks.rescaled(inner, inputs=(3.0, 0.0))
    assert len([*outer.build().parameters()]) == len([*outer.build().parameters()]) == 4


def test_parts_that_do_not_learn_may_be_shared():
    judge = nn.Linear(2, 2).requires_grad_(False)
    network = as_network(lambda: nn.Sequential(judge, nn.Linear(2, 1)))
    assert network.build()[0] is network.build()[0]


def test_what_is_set_to_what_it_is_anyway_is_no_change():
    network = mlp(2, 8, 1)
    assert network.with_(activation="relu", dropout=0.0) == network
    assert network.with_(hidden=(8,)) == network
    assert mlp(2, 8, 1, dropout=0.0).with_(dropout=0.1, activation="relu") == mlp(
        2, 8, 1, dropout=0.1
    )


def test_a_rescaled_network_takes_as_many_features_as_numbers():
    built = rescaled(mlp(2, 8, 1), outputs=((1.0, 2.0), 0.0)).build()
    with pytest.raises(ValueError, match=r"what is rescaled has shape.*expected 2 features"):
        built(torch.randn(4, 2))
