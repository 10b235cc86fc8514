"""Descriptions of networks: which function builds it, from which arguments."""

import sys

import pytest
import torch
from torch import nn

from gan_school import networks
from gan_school.networks import Network, mlp
from gan_school.networks.description import as_network


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
