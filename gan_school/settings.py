"""Settings that can be compared, printed, and written to JSON.

A recipe is data, and so is everything inside it: networks, games, optimisers, schedules. Each of
these is a frozen dataclass that carries the decorator `setting`. That gives it a JSON form, so
that a run can be saved, read back and repeated without pickle, which would run any code it finds.
"""

from __future__ import annotations

import collections.abc
import contextlib
import functools
import inspect
import numbers
import reprlib
import sys
import types
import typing
from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

_KNOWN: dict[str, type] = {}

T = TypeVar("T")


class WrongKind(TypeError, ValueError):
    """Something was given for a setting that is not of the kind it declares."""


def setting(cls: type[T]) -> type[T]:
    """Let instances of a frozen dataclass be written to JSON and read back by the class's name.

    What is given for a field must be of the kind that it declares; numbers of NumPy become plain
    ones, and a whole number a float where that is declared. Fields named in the class variable
    `converts` are left to the class, which makes what it declares of other things. A class with
    many of them can be `brief`: printed, it leaves out those that have their usual value.

    Raises:
        ValueError: if another class has this name.
    """
    other = _KNOWN.get(cls.__name__)
    if other is not None and other.__module__ != cls.__module__:
        raise ValueError(
            f"{cls.__module__}.{cls.__name__} has the name of {other.__module__}.{other.__name__}. "
            "Saved runs find their parts by name: give one of the two another name."
        )
    _KNOWN[cls.__name__] = cls
    begin = cls.__init__
    signature = inspect.signature(begin)
    takes = signature.parameters.items()
    defaults = {name: of.default for name, of in takes if of.default is getattr(cls, name, MISSING)}

    @functools.wraps(begin)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        given = signature.bind(self, *args, **kwargs)
        given.arguments = defaults | given.arguments
        for name, kind in _kinds(cls).items():
            if name in given.arguments:
                given.arguments[name] = _checked(given.arguments[name], kind, name, cls)
        begin(*given.args, **given.kwargs)

    cls.__init__ = checked  # type: ignore[method-assign]
    if getattr(cls, "brief", False):
        cls.__repr__ = _brief  # type: ignore[method-assign]
    return cls


def _brief(self: Any) -> str:
    """What was set, and nothing of what is as usual."""
    shown = (
        f"{part.name}={value!r}"
        for part in fields(self)
        if (value := getattr(self, part.name)) != part.default
    )
    return f"{type(self).__name__}({', '.join(shown)})"


@functools.cache
def _kinds(cls: type) -> dict[str, Any]:
    """What the fields of a class declare to be, without those that it converts itself."""
    left = getattr(cls, "converts", ())
    return {part.name: kinds(cls)[part.name] for part in fields(cls) if part.name not in left}


@functools.cache
def kinds(owner: Any) -> dict[str, Any]:
    """What a class's fields or a function's arguments declare to be; Any if nobody can tell."""
    found: dict[str, Any] = {}
    for one in reversed(getattr(owner, "__mro__", [owner])):
        module = getattr(sys.modules.get(one.__module__), "__dict__", {})
        names = dict(vars(one)), getattr(one, "__globals__", module)
        for name, kind in inspect.get_annotations(one).items():
            try:  # one by one: a class that only some function knows is no name here
                lone = types.SimpleNamespace(__annotations__={name: kind})
                found |= typing.get_type_hints(lone, *names)
            except Exception:
                found[name] = Any
    return found


def _checked(value: Any, kind: Any, name: str, cls: type) -> Any:
    """The value, if it is of the kind."""
    try:
        return as_kind(value, kind)
    except TypeError:
        example = next(field for field in fields(cls) if field.name == name).default
        shown = f"{type(example).__name__}()" if is_dataclass(example) else repr(example)
        like = "" if example in (MISSING, None) else f", such as {shown}"
        raise WrongKind(
            f"{cls.__name__}({name}={reprlib.repr(value)}): expected {in_words(kind)}{like}."
        ) from None


def as_kind(value: Any, kind: Any) -> Any:
    """The value as one of a kind, an annotation such as `int | None`; a TypeError if it is none."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType, typing.Literal):
        for one in sorted(inside, key=lambda one: one is float):  # where it may, an int stays one
            with contextlib.suppress(TypeError):
                if origin is not typing.Literal:
                    return as_kind(value, one)
                if as_kind(value, type(one)) == one:
                    return one
    elif kind is Any:
        return tuple(value) if isinstance(value, list) else value  # as they come back from a file
    elif kind in (int, float):
        least = numbers.Integral if kind is int else numbers.Real
        if isinstance(value, least) and not isinstance(value, bool):
            return kind(value)
    elif (whole := origin or kind) in (tuple, list, Sequence):
        if not isinstance(value, tuple | list):
            raise TypeError
        inside = inside or (Any, ...)
        many = whole is not tuple or inside[1:] == (...,)
        each = inside[:1] * len(value) if many else inside
        if len(value) == len(each):
            return (list if whole is list else tuple)(map(as_kind, value, each))
    elif origin is collections.abc.Callable:
        if callable(value) and not isinstance(value, type):
            return value
    elif origin is dict and isinstance(value, dict):
        return {as_kind(key, inside[0]): as_kind(item, inside[1]) for key, item in value.items()}
    elif _may_be(value, origin or kind):
        return value
    raise TypeError


def _may_be(value: Any, kind: Any) -> bool:
    """Whether it is of a class; of annotations that are none, such as NewType, nobody can tell."""
    try:
        return isinstance(value, kind)
    except TypeError:
        return True


def in_words(kind: Any) -> str:
    """What a value of that kind is called in an error."""
    words = {int: "a whole number", float: "a number", bool: "True or False", str: "a text"}
    inside = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return " or ".join(map(in_words, inside))
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(map(repr, inside))
    if typing.get_origin(kind) is tuple:
        many = inside[1:] == (...,)
        return f"a tuple, each in it {in_words(inside[0])}" if many else f"a tuple of {len(inside)}"
    if typing.get_origin(kind) is collections.abc.Callable:
        return "a function, or an object that can be called"
    if kind is type(None):
        return "None"
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    return words.get(kind) or f"{article} {kind.__name__}"


def to_json(value: Any) -> Any:
    """Turn a described value into plain dictionaries, lists, strings and numbers.

    Raises:
        TypeError: if a part of it has no JSON form, such as a function defined on the spot.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: to_json(item) for key, item in value.items()}
    if is_dataclass(value) and type(value).__name__ in _KNOWN:
        parts = {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **parts}
    raise TypeError(
        f"{value!r} cannot be written down. Only numbers, strings and described settings can. "
        "A network of your own can, once its function is decorated with @networks.network; a game, "
        "or another class, with @settings.setting and @dataclass(frozen=True)."
    )


def from_json(value: Any) -> Any:
    """The inverse of `to_json`. Lists come back as tuples.

    Raises:
        ValueError: if the text names a class that nothing imported so far has defined.
    """
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "is" not in value:
        return {key: from_json(item) for key, item in value.items()}
    parts = dict(value)
    name = parts.pop("is")
    if name not in _KNOWN:
        raise ValueError(
            f"nothing here is called {name!r}. Import the module that defines it first."
        )
    return _KNOWN[name](**{key: from_json(item) for key, item in parts.items()})
