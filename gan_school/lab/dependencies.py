"""Which code a result depends on: a digest that changes when the result could.

From the classes and functions that a recipe, its data and its metrics are made of, names are
followed through the source of this package, and of files of one's own. A function counts by
itself; a class, or a constant, with the whole module that it is in. So whoever edits `games/gan.py`
measures everything again, whoever edits `games/critics.py` the critics, and a game in a file of its
own, a trick or a metric is no change to the others. Comments, docstrings, annotations and layout do
not count.

It reads and does not run. It cannot see installed packages (the version of PyTorch is part of a
result's key, see `result_cache`; NumPy, SciPy and scikit-learn are not), what files hold, edits
made after this process has read the source, nor what is changed or looked up by name while the
program runs: what a recipe takes out of `METRICS` is added by `parts`. When the digest has changed
although the numbers have not, `tools/evidence.py points --accept` puts that on record.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import json
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gan_school.metrics.metric import METRICS
from gan_school.networks import Network

PASSED_OVER = (
    "gan_school.plotting", "gan_school.training.storage", "gan_school.metrics.metric",
    "gan_school.lab.catalogue",
)  # fmt: skip
"""What draws and saves decides no number; and not every metric, and not every trick, decides what
one of them says."""

Place = tuple[str, str]
"""A module, and a name that is defined in it; "" for all of them."""


def parts(value: Any) -> Iterator[Any]:
    """The classes and functions that a recipe, or another setting, is made of."""
    if isinstance(value, Network):
        yield value.builder
    if is_dataclass(value):
        yield type(value)
        for part in fields(value):
            yield from parts(getattr(value, part.name))
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)
    elif isinstance(value, str) and value in METRICS:  # of an early stop
        yield METRICS[value].measure


def digest_of_code(*objects: Any) -> str | None:
    """A digest of the code that classes and functions depend on, 64 hexadecimal digits.

    None if it cannot be told: one of them was made while the program runs, from more than its code.
    """
    places, made, waiting = set(), [], list(objects)
    for one in map(inspect.unwrap, waiting):  # which grows
        name, module = getattr(one, "__qualname__", ""), getattr(one, "__module__", None) or ""
        if isinstance(one, partial):
            made.append(repr((one.args, one.keywords)))
            waiting.append(one.func)
        elif "<" not in name and (top := name.partition(".")[0]) in _definitions(module):
            places.add((module, top))
        elif isinstance(one, FunctionType) and not (
            one.__closure__ or one.__defaults__ or one.__kwdefaults__
        ):
            text, uses = _made_on_the_spot(one)
            made.append(text)
            waiting += [other for other in uses if other not in waiting]
        else:
            return None
    if any(" at 0x" in text for text in made):  # a place in memory: another one tomorrow
        return None
    return hashlib.sha256("\n".join(sorted([*made, *used(frozenset(places))])).encode()).hexdigest()


@cache
def used(places: frozenset[Place]) -> list[str]:
    """The source of everything that some definitions depend on, themselves included."""
    waiting, found = list(places), {}
    for place in waiting:  # which grows
        unit, text, named = _read(place)
        if unit not in found:
            found[unit] = text
            waiting += named
    return [f"{module} {name}\n{text}" for (module, name), text in found.items()]


@cache
def _read(place: Place) -> tuple[Place, str, set[Place]]:
    """What counts where something is named, its text, and where what it names is defined."""
    module, name = place
    node = _definitions(module).get(name)
    if not isinstance(node, ast.FunctionDef):
        name, node = "", _tree(module)
    named = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            named.add(_origin(module, inner.id))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            whole, of_module = _origin(module, inner.value.id)
            if not of_module:
                named.add(_origin(whole, inner.attr))
    followed = {
        (where, what) for where, what in named
        if what in _definitions(where) and (where == module or not where.startswith(PASSED_OVER))
    }  # fmt: skip
    return (module, name), ast.unparse(node), followed


def _origin(module: str, name: str) -> Place:
    """Where a name of a module is defined; the name is "" if it is a module itself."""
    place = _imports(module).get(name, (module, name))
    if not place[1]:
        return place
    if place != (module, name):
        return _origin(*place)
    if name not in _definitions(module) and source(f"{module}.{name}") is not None:
        return f"{module}.{name}", ""
    return place


@cache
def source(module: str) -> str | None:
    """The text of a module, or None if it has none."""
    place = _file(module)
    return None if place is None else place.read_text("utf-8")


def _file(module: str) -> Path | None:
    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None and module not in sys.modules:
        try:
            place = getattr(importlib.util.find_spec(module), "origin", None)
        except (ImportError, ValueError):
            return None
    return Path(place) if place and place.endswith(".py") else None


@cache
def _is_ours(module: str) -> bool:
    """Whether it belongs to this package, or is a file of somebody's own: it was not installed."""
    top, place = module.partition(".")[0], _file(module)
    if top == "gan_school" or place is None:
        return top == "gan_school"
    installed = {"site-packages", "dist-packages"} & set(place.parts)
    return not installed and not place.is_relative_to(sysconfig.get_path("stdlib"))


@cache
def _tree(module: str) -> ast.Module:
    """The syntax tree of a module, without what decides nothing."""
    tree = ast.parse(source(module) or "")
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [part for part in body if not _is_text(part)]
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):  # the kind of a field may matter: as text, no name
            node.annotation = ast.Constant(ast.unparse(node.annotation))
    return tree


def _is_text(node: ast.stmt) -> bool:
    """Whether it is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@cache
def _definitions(module: str) -> dict[str, ast.stmt]:
    """The statements at the top level of a module, by the names that they give a value."""
    found: dict[str, ast.stmt] = {}
    for statement in _tree(module).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement
        else:
            names = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            found |= {node.id: statement for node in names if isinstance(node.ctx, ast.Store)}
    return found


@cache
def _imports(module: str) -> dict[str, Place]:
    """What a module imports of ours, wherever the import stands."""
    found: dict[str, Place] = {}
    package = getattr(sys.modules.get(module), "__package__", None) or module.rpartition(".")[0]
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom):
            where = "." * node.level + (node.module or "")
            where = importlib.util.resolve_name(where, package) if node.level else where
            if _is_ours(where):
                found |= {alias.asname or alias.name: (where, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                if _is_ours(alias.name):
                    found[name] = (alias.name if alias.asname else name, "")
    return found


def _made_on_the_spot(function: FunctionType) -> tuple[str, list[Any]]:
    """The code of a function that somebody wrote in a notebook, and what else of ours it names."""
    codes = [function.__code__]
    for code in codes:  # which grows by those inside it
        codes += [part for part in code.co_consts if isinstance(part, CodeType)]
    names = {name for code in codes for name in code.co_names} & function.__globals__.keys()
    values = {name: function.__globals__[name] for name in sorted(names)}
    said = sorted({name for code in codes for name in code.co_names})
    for module in [value for value in values.values() if isinstance(value, ModuleType)]:
        if _is_ours(module.__name__):
            values |= {name: getattr(module, name) for name in said if hasattr(module, name)}
    uses = [value for value in values.values() if isinstance(value, type | FunctionType)]
    constants = [[c for c in code.co_consts if not isinstance(c, CodeType)] for code in codes]
    text = repr([[(code.co_code, code.co_names) for code in codes], constants])
    for name, value in values.items():
        if not isinstance(value, type | FunctionType | ModuleType):
            # What is more than numbers and text has no lasting value: " at 0x" says so.
            text += name + json.dumps(value, default=lambda _: " at 0x")
    return text, [use for use in uses if use.__module__ == "__main__" or _is_ours(use.__module__)]
