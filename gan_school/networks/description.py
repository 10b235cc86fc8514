"""The description of a network: which function builds it, and from which arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from gan_school.settings import setting

_BUILDERS: dict[str, Callable[..., nn.Module]] = {}


@setting
@dataclass(frozen=True)
class Network:
    """A network as data. Every `build()` makes a new one, with new random weights.

    A recipe holds descriptions rather than modules, because one recipe trains many networks: one
    for each seed, all of the same shape and none with the weights of another.
    """

    name: str
    args: tuple = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def build(self) -> nn.Module:
        """Make the network.

        Raises:
            ValueError: if the function of that name has not been defined in this process.
        """
        if self.name not in _BUILDERS:
            raise ValueError(
                f"no network is called {self.name!r}. Import the module that defines it, "
                "with the decorator @networks.network on its function."
            )
        return _BUILDERS[self.name](*self.args, **self.kwargs)

    def with_(self, **options: Any) -> Network:
        """The same network with some options changed: `mlp(20, 50, 3).with_(dropout=0.2)`.

        Raises:
            TypeError: if the function that builds it has no such option.
        """
        if self.name in _BUILDERS:
            inspect.signature(_BUILDERS[self.name]).bind_partial(**options)
        return replace(self, kwargs={**self.kwargs, **options})

    def __repr__(self) -> str:
        parts = [repr(arg) for arg in self.args]
        parts += [f"{key}={value!r}" for key, value in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"

    def __hash__(self) -> int:
        return hash(repr(self))


def network(function: Callable[..., nn.Module]) -> Callable[..., Network]:
    """Decorate a function that returns a module, so that calling it describes the module instead.

    ```python
    @networks.network
    def critic(width: int = 64) -> nn.Module:
        return nn.Sequential(nn.Linear(2, width), nn.GELU(), nn.Linear(width, 1))

    Recipe(generator=networks.mlp(2, 64, 2), discriminator=critic(width=128))
    ```

    Arguments must be numbers, strings, None, or tuples of those, so that they can be written down.
    """
    name = function.__name__
    known = _BUILDERS.get(name)
    if known is not None and known.__module__ != function.__module__:
        raise ValueError(
            f"a network called {name!r} is already defined in {known.__module__}. Use another name."
        )
    _BUILDERS[name] = function
    signature = inspect.signature(function)

    @functools.wraps(function)
    def describe(*args: Any, **kwargs: Any) -> Network:
        signature.bind(*args, **kwargs)  # a misspelt argument is an error here, not at training
        return Network(name, args, kwargs)

    return describe


def as_network(value: Any) -> Network:
    """Accept a description, or a function without arguments that returns a new module.

    Raises:
        TypeError: for a module that exists already, or anything that cannot build one.
    """
    if isinstance(value, Network):
        return value
    if isinstance(value, nn.Module):
        raise TypeError(
            f"got a {type(value).__name__} that is built already. Each seed needs fresh weights: "
            "give a function that builds it, such as `lambda: MyNetwork()`, or decorate that "
            "function with @networks.network."
        )
    if not callable(value):
        raise TypeError(
            f"a network cannot be made from {value!r}. Expected networks.mlp(20, 50, 3), another "
            "description, or a function without arguments that returns a torch module."
        )
    # The name holds the identity of the function: two lambdas are two networks. Such a recipe can
    # be trained and saved; loading the run again needs the recipe, as nothing could rebuild it.
    name = f"{getattr(value, '__qualname__', type(value).__name__)} at {id(value):#x}"
    _BUILDERS[name] = value
    return Network(name)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode for a block, and back into its old mode afterwards."""
    training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(training)
