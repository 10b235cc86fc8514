"""Which code a result depends on: a digest that changes when the result could, and seldom else.

Whoever edits a Wasserstein critic need not measure every other GAN again, and whoever mends a
comment, nothing. So the source is read, and followed: from a few classes and functions to the
functions, classes and constants of the same package that they name, and on to what those name. Of a
class, a method counts where its name occurs in anything that counts; all of them count where a
library may call them, as it does with those of an `nn.Module`. What is compared are syntax trees,
without comments, docstrings, annotations and layout.

It reads and does not run. It cannot see

- other packages: the version of PyTorch is part of a result's key (see `result_cache`), those of
  NumPy, SciPy and scikit-learn, with the data that it brings, are not; nor the machine, on which
  the last digits depend;
- what files hold, such as pictures that a data set is read from, and edits that are made to the
  source after this process has read it;
- what is changed while the program runs: a function put in the place of another, a name put
  together for `getattr`, an object taken out of a table such as `METRICS`, which is not followed,
  so that a new metric is no change to the others. What a recipe takes out of one is added by name.

When the digest has changed although the numbers have not, since code was written another way,
`tools/evidence.py points --accept` puts that on record.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from gan_school.metrics.metric import METRICS
from gan_school.networks import Network

TABLES = frozenset({"METRICS"})
"""What things are looked up in by name. Not followed."""

# Bases that call no methods behind our back.
_PLAIN = frozenset({"object", "NamedTuple", "Protocol", "Generic", "ABC", "Enum", "Exception"})


class Definition(NamedTuple):
    """Where something is defined: `("gan_school.games.gan", "GAN")`, or of a method, "GAN.look"."""

    module: str
    name: str


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
    defined, made, waiting = set(), [], list(objects)
    for one in waiting:  # which grows
        if isinstance(one, partial):
            made.append(repr((one.args, one.keywords)))
            waiting.append(one.func)
        elif (place := definition(one)) is not None:
            defined.add(place)
        elif (found := _made_on_the_spot(one)) is not None:
            made.append(found[0])
            waiting += [other for other in found[1] if other not in waiting]
        else:
            return None
    if any(" at 0x" in text for text in made):  # a place in memory: another one tomorrow
        return None
    # Without the modules' names: what only moves to another file stays the same.
    lines = [f"{place.name} {text}" for place, text in used(frozenset(defined)).items()]
    return hashlib.sha256("\n".join(sorted(made) + sorted(lines)).encode()).hexdigest()


@cache
def used(definitions: frozenset[Definition]) -> dict[Definition, str]:
    """All definitions that these depend on, themselves included, and a digest of each."""
    search = _Search({place.module.partition(".")[0] for place in definitions} | {"gan_school"})
    for place in definitions:
        search.reach(place)
    return search.found


def definition(one: Any) -> Definition | None:
    """Where a class or function is defined, if at the top of a module, or in a class that is."""
    name, module = getattr(one, "__qualname__", "<"), getattr(one, "__module__", None)
    if "<" in name or module is None or source(module) is None:
        return None
    at_top = name.partition(".")[0] in _module(module).definitions
    return Definition(module, name) if at_top else None


# -------------------------------------------------------------------------------- the source, read


@dataclass
class _Module:
    """A module by the names that it has at its top level."""

    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    others: list[ast.stmt] = field(default_factory=list)  # statements that define nothing

    def add(self, statement: ast.stmt) -> None:
        """Note what a statement at the top level defines."""
        if isinstance(statement, ast.If | ast.Try | ast.With):
            if "TYPE_CHECKING" not in ast.unparse(getattr(statement, "test", ast.Pass())):
                for inner in ast.iter_child_nodes(statement):
                    for each in inner.body if isinstance(inner, ast.ExceptHandler) else [inner]:
                        if isinstance(each, ast.stmt):
                            self.add(each)
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            self.definitions.setdefault(statement.name, []).append(statement)
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            targets = getattr(statement, "targets", [getattr(statement, "target", ast.Pass())])
            named = [node for target in targets for node in ast.walk(target)]
            # of `table[key] = value` both names: one too many does no harm
            names = [node.id for node in named if isinstance(node, ast.Name)]
            for name in names:
                self.definitions.setdefault(name, []).append(statement)
            if not names:
                self.others.append(statement)


@cache
def source(module: str) -> str | None:
    """The text of a module, or None if it has none."""
    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None and module not in sys.modules:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):
            return None
        place = spec.origin if spec is not None else None
    return Path(place).read_text("utf-8") if place and place.endswith(".py") else None


@cache
def _module(name: str) -> _Module | None:
    text = source(name)
    if text is None:
        return None
    tree, module = _Bare().visit(ast.parse(text)), _Module()
    for node in ast.walk(tree):  # wherever they stand: many are inside functions
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                module.imports[alias.asname or whole] = (whole, None)
    for statement in tree.body:
        module.add(statement)
    return module


class _Bare(ast.NodeTransformer):
    """Takes away what decides nothing: docstrings and other bare strings, and annotations."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        # The kind of a dataclass's field may matter, but names no code that is used.
        node.annotation = ast.Constant(f": {ast.unparse(node.annotation)}")
        return self.generic_visit(node)


def _written(node: Any) -> str:
    """A syntax tree as text that is the same for every version of Python."""
    if isinstance(node, list):
        return f"[{' '.join(map(_written, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    shown = [
        f"{name}={_written(value)}"
        for name, value in ast.iter_fields(node)
        if name not in ("ctx", "kind", "type_comment") and value not in (None, [])
    ]
    return f"{type(node).__name__}({' '.join(shown)})"


# ---------------------------------------------------------------------------- and followed by name


class _Search:
    """Goes from definitions to what they name, until there is nothing new.

    Args:
        packages: only their modules are followed.
    """

    def __init__(self, packages: set[str]):
        self.packages = packages
        self.found: dict[Definition, str] = {}
        self.mentioned: set[str] = set()  # every attribute, and every string that could be one
        self.waiting: dict[str, list[tuple[Definition, ast.AST]]] = {}  # methods by their names

    def reach(self, place: Definition) -> None:
        """Take in one definition, and all that it leads to."""
        name, _, method = place.name.partition(".")
        whole, module = Definition(place.module, name), _module(place.module)
        if whole not in self.found and module is not None:
            if module.others:
                self._take(Definition(place.module, ""), *module.others)
            for statement in module.definitions.get(name, ()):
                if isinstance(statement, ast.ClassDef):
                    self._take_class(whole, statement)
                else:
                    self._take(whole, statement)
        self._mention(method)

    def _take(self, place: Definition, *nodes: ast.AST) -> None:
        text = hashlib.sha256("".join(map(_written, nodes)).encode()).hexdigest()[:16]
        known = self.found.get(place, "")
        if text in known:
            return
        self.found[place] = known + text
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            if isinstance(node, ast.Name | ast.Attribute):
                target = self._target(place.module, node)
                if isinstance(target, Definition):
                    self.reach(target)
            if isinstance(node, ast.Attribute):
                self._mention(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._mention(node.value)

    def _take_class(self, place: Definition, node: ast.ClassDef) -> None:
        functions = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        rest = [part for part in node.body if not isinstance(part, ast.FunctionDef)]
        self._take(place, *node.decorator_list, *node.bases, *node.keywords, *rest)
        foreign = self._is_foreign(place.module, node)
        for function in functions:
            own = Definition(place.module, f"{place.name}.{function.name}")
            if foreign or function.name.startswith("__") or function.name in self.mentioned:
                self._take(own, function)
            else:
                self.waiting.setdefault(function.name, []).append((own, function))

    def _is_foreign(self, module: str, node: ast.ClassDef) -> bool:
        """Whether a class has a base, or a base's base, of a library that may call its methods."""
        for base in node.bases:
            target = self._target(module, base)
            if isinstance(target, Definition):
                known = _module(target.module).definitions[target.name]
                classes = [statement for statement in known if isinstance(statement, ast.ClassDef)]
                if any(self._is_foreign(target.module, statement) for statement in classes):
                    return True
            elif ast.unparse(base).partition("[")[0].rpartition(".")[2] not in _PLAIN:
                return True
        return False

    def _mention(self, name: str) -> None:
        if name and name not in self.mentioned:
            self.mentioned.add(name)
            for place, function in self.waiting.pop(name, ()):
                self._take(place, function)

    def _target(self, module: str, node: ast.AST) -> Definition | str | None:
        """What a name, or a name with a dot in it, stands for: a definition, or a module."""
        if isinstance(node, ast.Attribute):
            whole = self._target(module, node.value)
            return self._member(whole, node.attr) if isinstance(whole, str) else None
        return self._member(module, node.id) if isinstance(node, ast.Name) else None

    def _member(self, module: str, name: str) -> Definition | str | None:
        """What a name stands for in a module: a definition there or in another, or a module."""
        known = _module(module) if module.partition(".")[0] in self.packages else None
        if known is None or name in TABLES:
            return None
        if name in known.definitions:
            return Definition(module, name)
        other, attribute = known.imports.get(name, (module, name))
        if attribute is None:
            return other
        if (other, attribute) != (module, name):
            return self._member(other, attribute)
        if source(f"{module}.{name}") is not None:
            return f"{module}.{name}"
        if "__getattr__" in known.definitions:  # a package that imports what it is asked for
            return definition(getattr(importlib.import_module(module), name, None))
        return None


# -------------------------------------------------------------------- what stands in no module


def _made_on_the_spot(one: Any) -> tuple[str, list[Any]] | None:
    """The code of a function that somebody wrote in a notebook, and what else it names.

    None if it is more than code, as a function is that remembers values from where it was made, and
    for classes: what is measured with one of a notebook is not kept.
    """
    if not isinstance(one, FunctionType) or one.__closure__ or one.__defaults__:
        return None
    codes = list(_codes(one.__code__))
    names = sorted({name for code in codes for name in code.co_names} & one.__globals__.keys())
    values = {name: one.__globals__[name] for name in names}
    uses = [value for value in values.values() if isinstance(value, type | FunctionType)]
    plain = [(name, value) for name, value in values.items() if _is_plain(value)]
    if len(uses) + len(plain) + sum(isinstance(v, ModuleType) for v in values.values()) < len(
        names
    ):
        return None
    constants = [[part for part in code.co_consts if _is_plain(part)] for code in codes]
    text = repr(([(code.co_code, code.co_names) for code in codes], constants, plain))
    return text, [
        value for value in uses if value.__module__.startswith(("gan_school", "__main__"))
    ]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those inside it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes(part)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
