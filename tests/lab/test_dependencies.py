"""Which code a result depends on: followed through a small package, and through this one."""

import importlib
import re
import sys
from functools import partial

import pytest

from gan_school import Recipe, datasets
from gan_school.games import GAN, R1, WassersteinGAN
from gan_school.lab import METRICS, TASKS, Metric, dependencies, tricks
from gan_school.lab.dependencies import Definition, definition, digest_of_code, parts, used
from gan_school.lab.measuring import Measurement
from gan_school.lab.result_cache import result_key
from gan_school.networks import mlp, rescaled
from gan_school.training import Adam, EarlyStop

SHOP = {
    "__init__": "from shop.till import Till\n",
    "till": '''
        """Where one pays."""
        from __future__ import annotations
        from typing import TYPE_CHECKING
        import torch
        from torch import nn
        from shop import prices
        from shop.goods import Basket as B, LIMIT

        if TYPE_CHECKING:
            from shop.people import Person

        RATES = {"a": 1}
        RATES["b"] = 2
        prices.register("till")

        class Till(B):
            """Sums up."""
            drawer: int = 5

            def total(self, who: Person) -> int:
                return self.weigh() + prices.of(LIMIT) + getattr(self, "round")()

            def unused(self):
                from shop.people import Person
                return Person()

        def pay(till):
            return till.total(None)

        class Belt(nn.Module):
            def forward(self, x):
                return x + unseen()

        def unseen():
            return 1
    ''',
    "goods": '''
        LIMIT, OTHER = 3, 4

        class Basket:
            def __len__(self):
                return count()
            def weigh(self):
                return 2
            def round(self):
                return 7
            def smell(self):
                return people()

        def count():
            from shop.prices import deep
            return deep()

        def people():
            return 0
    ''',
    "prices": '''
        def of(x):
            return x * FACTOR
        FACTOR = 2
        def deep():
            return 1
        def register(name):
            pass
        def alone():
            return 5
    ''',
    "people": "class Person: pass\n",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package on disk, and a function that changes one of its files."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (folder / f"{name}.py").write_text(re.sub(r"^ {8}", "", text, flags=re.M))
        for cached in (dependencies.source, dependencies._module, used):
            cached.cache_clear()

    for name, text in SHOP.items():
        write(name, text)
    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]
    for cached in (dependencies.source, dependencies._module, used):
        cached.cache_clear()


def follow(*names, module="till"):
    found = used(frozenset(Definition(f"shop.{module}", name) for name in names))
    return {f"{place.module.removeprefix('shop.')}.{place.name}".rstrip(".") for place in found}


def test_what_a_class_uses(shop):
    assert follow("Till", "pay") == {
        "till",  # its statement that registers something
        "till.Till", "till.Till.total", "till.pay",
        "goods.Basket", "goods.Basket.__len__", "goods.Basket.weigh", "goods.Basket.round",
        "goods.LIMIT", "goods.OTHER", "goods.count",
        "prices.of", "prices.FACTOR", "prices.deep", "prices.register",
    }  # fmt: skip


def test_methods_that_a_library_may_call(shop):
    assert {"till.Belt.forward", "till.unseen"} <= follow("Belt")


def test_a_class_that_inherits_from_one_that_does(shop):
    shop("people", "from shop.till import Belt\nclass Person(Belt):\n    def odd(self): pass\n")
    assert {"people.Person.odd", "till.Belt.forward"} <= follow("Person", module="people")


def test_both_statements_that_fill_a_table(shop):
    one = used(frozenset({Definition("shop.till", "RATES")}))
    shop("till", SHOP["till"].replace('RATES["b"] = 2', 'RATES["b"] = 3'))
    assert used(frozenset({Definition("shop.till", "RATES")})) != one


def test_a_package_that_imports_what_is_asked_for(shop):
    lazy = """
        import importlib
        def __getattr__(name):
            return getattr(importlib.import_module("shop.till"), name)
    """
    shop("__init__", lazy)
    shop("people", "from shop import Till\ndef till(): return Till()\n")
    importlib.import_module("shop.people")
    assert "till.Till" in follow("till", module="people")


EDITS = {
    "a comment": ("till", "class Till(B):", "class Till(B):  # a comment", True),
    "a docstring": ("till", '"""Sums up."""', '"""Adds."""', True),
    "an annotation": ("till", "who: Person) -> int", "who: object) -> float", True),
    "the layout": ("goods", "LIMIT, OTHER = 3, 4", "LIMIT, OTHER = (\n    3,\n    4)", True),
    "a method that nobody calls": ("goods", "return people()", "return 9", True),
    "a function that nobody calls": ("prices", "return 5", "return 6", True),
    "something new": ("prices", "def alone", "def new(): pass\n        def alone", True),
    "a method": ("till", "self.weigh() +", "self.weigh() -", False),
    "a method called by a name in a string": ("goods", "return 7", "return 8", False),
    "a method of the base": ("goods", "return 2", "return 3", False),
    "a constant": ("prices", "FACTOR = 2", "FACTOR = 3", False),
    "a constant among others": ("goods", "3, 4", "5, 4", False),
    "a function's function": ("prices", "return 1", "return 2", False),
    "a field": ("till", "drawer: int = 5", "drawer: int = 6", False),
    "a field no more": ("till", "drawer: int = 5", "drawer: ClassVar[int] = 5", False),
    "what happens on import": ("till", 'register("till")', 'register("other")', False),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_edits(shop, edit):
    name, old, new, same = EDITS[edit]
    till = importlib.import_module("shop.till")
    before = digest_of_code(till.Till, till.pay)
    assert old in SHOP[name]
    shop(name, SHOP[name].replace(old, new))
    assert (digest_of_code(till.Till, till.pay) == before) is same


def test_what_moves_to_another_file_stays_the_same(shop):
    till = importlib.import_module("shop.till")
    before = digest_of_code(till.Till, till.pay)
    moved = "        def of(x):\n            return x * FACTOR\n        FACTOR = 2\n"
    assert moved in SHOP["prices"]
    shop("prices", SHOP["prices"].replace(moved, "        from shop.people import of\n"))
    shop("people", moved + "class Person: pass\n")
    assert digest_of_code(till.Till, till.pay) == before


def test_a_method_counts_where_something_mentions_it(shop):
    assert "till.Till.total" not in follow("Till")
    assert "till.Till.total" in follow("Till", "pay")


# ------------------------------------------------------------------------------------ this package

RING = TASKS["ring"]
CRITIC = tricks["4.8"](RING.recipe, RING.data())
STOPPED = RING.recipe.with_(stop=EarlyStop("sliced_wasserstein"))


def keys(metric="coverage", recipes=(RING.recipe, CRITIC, STOPPED)):
    data = RING.data()
    plans = [Measurement.of(recipe, data, [10], (METRICS[metric],)) for recipe in recipes]
    return [result_key(plan, RING.data) for plan in plans]


@pytest.fixture
def edited(monkeypatch):
    """Make a change to the source of the module that something is from, without touching it."""
    original, changes = dependencies.source, {}

    def edit(one, pattern, replacement):
        text = original(one if isinstance(one, str) else one.__module__)
        new = re.sub(pattern, replacement, text, count=1, flags=re.M)
        assert new != text
        changes[one if isinstance(one, str) else one.__module__] = new
        clear()

    def clear():
        dependencies._module.cache_clear()
        used.cache_clear()

    monkeypatch.setattr(dependencies, "source", lambda name: changes.get(name) or original(name))
    yield edit
    clear()


def test_another_critic_measures_critics_again(edited):
    before = keys()
    edited(WassersteinGAN, r"^(class WassersteinGAN\(.*\):\n)", r"\1    edited = True\n")
    plain, critic, stopped = keys()
    assert (plain, stopped) == (before[0], before[2]) and critic != before[1]


def test_another_loss_measures_everything_again(edited):
    before = keys()
    edited(GAN, r"^(class GAN.*:\n)", r"\1    edited = True\n")
    assert not set(keys()) & set(before)


def test_a_new_metric_measures_nothing_again(edited):
    before = keys()
    name = METRICS["coverage"].measure.__module__
    edited(name, r'^( +)Metric\("coverage", _coverage\),', r'\g<0>\n\1Metric("new", _coverage),')
    assert keys() == before


def test_a_new_trick_measures_nothing_again(edited):
    before = keys()
    edited("gan_school.lab.catalogue.level_1", r"\Z", "\nNEW = Trick('1.8', 'a', 'b', 'c')\n")
    edited("gan_school.lab.tasks", r"\Z", "\nNEW = 5\n")
    assert keys() == before


def test_another_metric_measures_again_what_is_judged_by_it(edited):
    """Also a run that is stopped by it."""
    before = keys()
    measure = METRICS["sliced_wasserstein"].measure
    edited(measure, rf"^(def {measure.__name__}\(.*\n)", r"\1    edited = True\n")
    plain, critic, stopped = keys()
    assert (plain, critic) == (before[0], before[1]) and stopped != before[2]


def test_comments_anywhere_measure_nothing_again(monkeypatch):
    before, original = keys(), dependencies.source

    def commented(name):
        text = original(name)
        return text and re.sub(r"^( *)(def |class )", r"\1# a comment\n\1\2", text, flags=re.M)

    monkeypatch.setattr(dependencies, "source", commented)
    dependencies._module.cache_clear()
    used.cache_clear()
    try:
        assert keys() == before
    finally:
        dependencies._module.cache_clear()
        used.cache_clear()


def test_the_parts_of_a_recipe():
    recipe = Recipe(
        rescaled(mlp(2, 8, 2), inputs=(1.0, 0.0)), mlp(2, 8, 1),
        game=GAN(penalty=R1(0.1)), stop=EarlyStop("coverage"),
    )  # fmt: skip
    found = set(parts(recipe))
    assert {Recipe, GAN, R1, Adam, EarlyStop, METRICS["coverage"].measure} <= found
    assert {mlp(2, 1).builder, recipe.generator.builder} <= found
    assert WassersteinGAN not in found


def test_nothing_that_only_looks_on_is_followed():
    """What draws, saves and reports decides no number."""
    roots = {definition(one) for one in (Measurement, *parts(RING.recipe), RING.data)}
    modules = {place.module for place in used(frozenset(roots))}
    assert {"gan_school.games.gan", "gan_school.datasets.points"} <= modules
    for name in ("plotting", "checkpoints", "faces", "recipes", "lab.ledger", "games.critics"):
        assert not [module for module in modules if module.startswith(f"gan_school.{name}")]


# ------------------------------------------------------------------------------ made on the spot

HELP = 2


def helper(x):
    """A function of this file, which has its place."""
    return HELP * x


def test_functions_made_on_the_spot():
    one, same, other = (lambda x: x + 1), (lambda x: x + 1), (lambda x: x + 2)
    assert digest_of_code(one) == digest_of_code(same) != digest_of_code(other)
    assert digest_of_code(lambda x: helper(x)) != digest_of_code(lambda x: other(x))
    assert digest_of_code(partial(helper, 1)) != digest_of_code(partial(helper, 2))


def test_more_than_code_has_no_digest():
    data = datasets.ring(100)
    assert digest_of_code(lambda x: x + data) is None  # it remembers

    class Local:
        pass

    assert digest_of_code(Local) is None
    assert digest_of_code(partial(helper, data.x)) is not None  # written out
    assert digest_of_code(partial(helper, Local())) is None  # a place in memory
    assert digest_of_code(len) is None
    plan = Measurement.of(RING.recipe, RING.data(), [], (Metric("own", lambda r, f: data),))
    assert result_key(plan) is None


def test_global_values_count(monkeypatch):
    scope = {}
    exec("LIMIT = 1\nmeasure = lambda real, fake: LIMIT", scope)
    before = digest_of_code(scope["measure"])
    scope["LIMIT"] = 2
    assert digest_of_code(scope["measure"]) != before
    scope["LIMIT"] = object()
    assert digest_of_code(scope["measure"]) is None
