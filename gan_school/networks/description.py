"""The description of a network: which function builds it, and from which arguments."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, update_wrapper
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from torch import nn

from gan_school.settings import WrongKind, as_kind, in_words, kinds, setting

Builder = Callable[..., nn.Module]


class Place(NamedTuple):
    """An option that stands among the positional arguments: how to read it there and change it."""

    read: Callable[[tuple], Any]
    put: Callable[[tuple, Any], tuple]


_BUILDERS: dict[str, Builder] = {}
_PLACES: dict[str, dict[str, Place]] = {}
# Weights that learn, by their identity and the description they were built from.
_BUILT: WeakValueDictionary[tuple[int, str], nn.Parameter] = WeakValueDictionary()


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

    @property
    def builder(self) -> Builder:
        """The function that builds it.

        Raises:
            ValueError: if no function of that name has been defined in this process.
        """
        if self.name not in _BUILDERS:
            raise ValueError(
                f"no network is called {self.name!r}. Import the module that defines it, "
                "with the decorator @networks.network on its function; or load what was made with "
                "it by Run.load(folder, recipe=…)."
            )
        return _BUILDERS[self.name]

    def build(self) -> nn.Module:
        """Make the network.

        Raises:
            ValueError: if the function of that name has not been defined in this process, or gives
                weights that it has given before.
            TypeError: if it gives no torch module.
        """
        built = self.builder(*self.args, **self.kwargs)
        if not isinstance(built, nn.Module):
            raise TypeError(
                f"{self} gives a {type(built).__name__}, and no torch module."
                + (" Call it, and give what it returns." if isinstance(built, Network) else "")
            )
        for weight in built.parameters():
            key = (id(weight), repr(self))
            if weight.requires_grad and _BUILT.get(key) is weight:
                raise ValueError(
                    f"{self} gives the same {type(built).__name__} each time, and training it "
                    "again would change what was trained before. Build it inside the function, as "
                    "in `lambda: nn.Sequential(…)`, or give `lambda: copy.deepcopy(module)`."
                )
            _BUILT[key] = weight
        return built

    def has(self, name: str) -> bool:
        """Whether it has an option, such as "hidden" or "latent"; see `network`."""
        return name in _options(self)

    def option(self, name: str) -> Any:
        """What an option is set to: `mlp(20, 50, 3).option("hidden")` is (50,).

        Raises:
            TypeError: if the function that builds it has no such option.
        """
        self._check_options([name])
        return self._own(name) if name in _own_options(self) else self.inner.option(name)

    @property
    def inner(self) -> Network | None:
        """The network that it is built around, if its function has an argument of this name."""
        known = self.name in _BUILDERS and "inner" in _own_options(self)
        found = self._own("inner") if known else None
        return found if isinstance(found, Network) else None

    def _own(self, name: str) -> Any:
        if name in (places := _PLACES.get(self.name, {})):
            return places[name].read(self.args)
        given = _signature(self.builder).bind(*self.args, **self.kwargs)
        given.apply_defaults()
        return given.arguments[name]

    def with_(self, **options: Any) -> Network:
        """The same network with some options changed: `mlp(20, 50, 3).with_(dropout=0.2)`.

        Raises:
            TypeError: if the function that builds it has no such option, or it cannot have such a
                value.
        """
        if self.name not in _BUILDERS:
            return replace(self, kwargs={**self.kwargs, **options})
        self._check_options(options)
        # What is so already stays as it was written: equal networks have equal descriptions.
        options = {name: value for name, value in options.items() if self.option(name) != value}
        own = _own_options(self)
        if passed := {name: options.pop(name) for name in [*options] if name not in own}:
            options["inner"] = options.get("inner", self.inner).with_(**passed)
        args, kwargs = self.args, dict(self.kwargs)
        named = _of_positions(self.builder, len(args))
        for name, value in options.items():
            if name in (places := _PLACES[self.name]):
                args = places[name].put(args, value)
            elif name in named:
                args = (*args[: named.index(name)], value, *args[named.index(name) + 1 :])
            else:
                kwargs[name] = value
        return _described(self.name, args, kwargs)

    def _check_options(self, names: typing.Iterable[str]) -> None:
        known = _options(self)
        for name in names:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = (
                    f"Did you mean {close[0]!r}?"
                    if close
                    else f"It has: {', '.join(known) or 'none'}."
                )
                raise TypeError(f"{self.name} has no option {name!r}. {hint}")

    def __repr__(self) -> str:
        parts = [repr(arg) for arg in self.args]
        parts += [f"{key}={value!r}" for key, value in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"

    def __hash__(self) -> int:
        return hash(repr(self))


def network(function: Builder | None = None, /, **places: Place) -> Callable:
    """Decorate a function that returns a module, so that calling it describes the module instead.

    ```python
    @networks.network
    def critic(width: int = 64) -> nn.Module:
        return nn.Sequential(nn.Linear(2, width), nn.GELU(), nn.Linear(width, 1))

    Recipe(generator=networks.mlp(2, 64, 2), discriminator=critic(width=128))
    ```

    Arguments must be numbers, strings, None, or tuples of those, so that they can be written down;
    those that are annotated are checked where they are written. Tricks change a network by its
    options. One that calls its own by the names that are usual here takes part in all of them:

    - `hidden`, a tuple: the sizes of the hidden layers, for layers to be added or widened;
    - `latent`: how many numbers a generator takes, for codes to be given besides the noise;
    - `second_head`: answers that a discriminator gives besides its logit;
    - `classes`: labels that it is told;
    - `inner`, the network that it is built around: it has the options of that one besides its own;
    - `activation`, `dropout`, `batch_norm`, `norm`, `spectral_norm`, `output`, `kernel`,
      `upsampling`, `downsampling`: see `mlp`, `dcgan_generator` and `dcgan_discriminator`.

    A function that takes one of them among its positional arguments says where, by a `Place`, which
    has a function that reads the value and one that puts another in:
    `@network(latent=Place(lambda sizes: sizes[0], lambda sizes, n: (n, *sizes[1:])))`.
    """
    if function is None:
        return lambda function: network(function, **places)
    name = function.__name__
    known = _BUILDERS.get(name)
    if known is not None and known.__module__ != function.__module__:
        raise ValueError(
            f"a network called {name!r} is already defined in {known.__module__}. Use another name."
        )
    _BUILDERS[name], _PLACES[name] = function, places

    def describe(*args: Any, **kwargs: Any) -> Network:
        return _described(name, args, kwargs)

    return update_wrapper(describe, function)


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
    title = getattr(value, "__qualname__", type(value).__name__)
    with suppress(ValueError):  # some functions written in C do not say what they take
        try:
            inspect.signature(value).bind()
        except TypeError as error:
            raise TypeError(
                f"{title} cannot be called without arguments: {error}. Give a function that can, "
                f"such as `lambda: {title}(…)`."
            ) from error
    # The name holds the identity of the function: two lambdas are two networks. Such a recipe can
    # be trained and saved; loading the run again needs the recipe, as nothing could rebuild it.
    name = f"{title} at {id(value):#x}"
    _BUILDERS[name], _PLACES[name] = value, {}
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


# --------------------------------------------------------------------------------------- arguments

_signature = cache(inspect.signature)
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _options(described: Network) -> tuple[str, ...]:
    around = () if (inner := described.inner) is None else _options(inner)
    return tuple(dict.fromkeys((*_own_options(described), *around)))


def _own_options(described: Network) -> tuple[str, ...]:
    if described.name not in _BUILDERS:
        return tuple(described.kwargs)
    takes = _signature(described.builder).parameters.values()
    return (*(part.name for part in takes if part.kind not in _MANY), *_PLACES[described.name])


def _of_positions(function: Builder, count: int) -> list[str]:
    """Which arguments the first so many positional ones are."""
    takes = _signature(function).parameters.values()
    names = [part.name for part in takes if part.kind is part.POSITIONAL_OR_KEYWORD][:count]
    rest = [part.name for part in takes if part.kind is part.VAR_POSITIONAL]
    return names + rest * (count - len(names))


def _described(name: str, args: tuple, kwargs: dict[str, Any]) -> Network:
    """A network whose arguments are those that its function takes, and of the kinds it declares."""
    function = _BUILDERS[name]
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError as error:
        takes = (
            part.replace(annotation=part.empty) for part in _signature(function).parameters.values()
        )
        raise TypeError(f"{name}: {error}. It takes {', '.join(map(str, takes))}.") from None

    def checked(part: str, value: Any) -> Any:
        kind = kinds(function).get(part, Any)
        try:
            return as_kind(value, kind)
        except TypeError:
            raise WrongKind(f"{name}: {part} is {value!r}. Expected {in_words(kind)}.") from None

    named = _of_positions(function, len(args))
    return Network(
        name,
        tuple(map(checked, named, args)),
        {part: checked(part, value) for part, value in kwargs.items()},
    )
