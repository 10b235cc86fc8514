"""Settings that can be compared, printed, and written to JSON.

A recipe is data, and so is everything inside it: networks, games, optimisers, schedules. Each of
these is a frozen dataclass that carries the decorator `setting`. That gives it a JSON form, so
that a run can be saved, read back and repeated without pickle, which would run any code it finds.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

_KNOWN: dict[str, type] = {}

T = TypeVar("T")


def setting(cls: type[T]) -> type[T]:
    """Let instances of a frozen dataclass be written to JSON and read back by the class's name."""
    other = _KNOWN.get(cls.__name__)
    if other is not None and other.__module__ != cls.__module__:
        raise ValueError(
            f"{cls.__module__}.{cls.__name__} has the name of {other.__module__}.{other.__name__}. "
            "Saved runs find their parts by name: give one of the two another name."
        )
    _KNOWN[cls.__name__] = cls
    return cls


def to_json(value: Any) -> Any:
    """Turn a described value into plain dictionaries, lists, strings and numbers.

    Raises:
        TypeError: if a part of it has no JSON form, such as a function defined on the spot.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if is_dataclass(value) and type(value).__name__ in _KNOWN:
        parts = {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **parts}
    raise TypeError(
        f"{value!r} cannot be written down. Only numbers, strings and described settings can. "
        "A network of your own can, once its function is decorated with @networks.network."
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
