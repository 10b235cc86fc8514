"""Which code a result depends on: followed through a small package, and through this one."""

import importlib
import inspect
import re
import sys
from functools import partial

import pytest

from gan_school import Recipe, datasets
from gan_school.games import GAN, R1, WassersteinGAN
from gan_school.lab import METRICS, TASKS, Metric, dependencies, tricks
from gan_school.lab.dependencies import digest_of_code, parts, used
from gan_school.lab.measuring import Measurement
from gan_school.lab.result_cache import result_key
from gan_school.networks import mlp, rescaled
from gan_school.training import Adam, EarlyStop

SHOP = {
    "__init__": "from shop.till import Till\n",
    "till": '''
        """Where one pays."""
        from __future__ import annotations
        from shop import goods, people, prices
        from shop.goods import Basket as B

        class Till(B):
            """Sums up."""
            drawer: int = 5

            def total(self, who: people.Person) -> int:
                from shop.limits import LIMIT
                return prices.of(LIMIT)

        def pay(till):
            return check(till)

        def check(till):
            return Till.total(till)

        def alone():
            return 5
    ''',
    "goods": "class Basket: pass\ndef weigh(): return 2\n",
    "prices": "FACTOR = 2\ndef of(x): return x * FACTOR\n",
    "limits": "LIMIT, OTHER = 3, 4\n",
    "people": "class Person: pass\n",
    "till_of_tomorrow": "from shop.till import Till\nclass Better(Till): pass\n",
}  # fmt: skip


def forget():
    read = dependencies._read, dependencies._tree, dependencies._definitions, dependencies._imports
    for cached in (used, dependencies._is_ours, *read):
        cached.cache_clear()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package on disk, and a function that changes one of its files."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (folder / f"{name}.py").write_text(re.sub(r"^ {8}", "", text, flags=re.M))
        dependencies.source.cache_clear()
        forget()

    for name, text in SHOP.items():
        write(name, text)
    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]
    dependencies.source.cache_clear()
    forget()


def follow(*names, module="till"):
    found = used(frozenset((f"shop.{module}", name) for name in names))
    return {place.partition("\n")[0].removeprefix("shop.").strip() for place in found}


def test_a_function_counts_by_itself_and_a_class_with_its_module(shop):
    till = {"till", "till check", "goods", "limits", "prices", "prices of"}
    assert follow("Till") == till
    assert follow("pay") == till | {"till pay"}
    assert follow("alone") == {"till alone"}
    assert follow("of", module="prices") == {"prices of", "prices"}  # for the constant
    assert follow("Better", module="till_of_tomorrow") == till | {"till_of_tomorrow"}


def test_names_that_a_package_hands_on(shop):
    shop("till_of_tomorrow", "from shop import Till\ndef till(): return Till()\n")
    assert {"till_of_tomorrow till", "till"} <= follow("till", module="till_of_tomorrow")


EDITS = {
    "a comment": ("till", "class Till(B):", "class Till(B):  # a comment", True),
    "a docstring": ("till", '"""Sums up."""', '"""Adds."""', True),
    "an annotation": ("till", "who: people.Person) -> int", "who: object) -> float", True),
    "the layout": ("limits", "LIMIT, OTHER = 3, 4", "LIMIT, OTHER = (\n    3,\n    4)", True),
    "what is new elsewhere": ("till_of_tomorrow", "pass", "better = True", True),
    "a method": ("till", "prices.of(LIMIT)", "-prices.of(LIMIT)", False),
    "a base": ("goods", "Basket: pass", "Basket: weight = 1", False),
    "a constant": ("prices", "FACTOR = 2", "FACTOR = 3", False),
    "a constant that a function imports": ("limits", "3, 4", "5, 4", False),
    "a function's function": ("till", "Till.total(till)", "-Till.total(till)", False),
    "a field": ("till", "drawer: int = 5", "drawer: int = 6", False),
    "a field no more": ("till", "drawer: int = 5", "drawer: ClassVar[int] = 5", False),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_edits(shop, edit):
    name, old, new, same = EDITS[edit]
    till = importlib.import_module("shop.till")
    before = digest_of_code(till.Till, till.pay)
    assert old in SHOP[name]
    shop(name, SHOP[name].replace(old, new))
    assert (digest_of_code(till.Till, till.pay) == before) is same


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
        forget()

    monkeypatch.setattr(dependencies, "source", lambda name: changes.get(name) or original(name))
    yield edit
    forget()


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
    pattern = r'^( +)Metric\("coverage", _coverage, \*\*_SHARE\),'
    edited(name, pattern, r'\g<0>\n\1Metric("new", _new),')
    assert keys() == before
    edited(name, r"\Z", "\ndef _new(real, fake): return 5\n")
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
    forget()
    try:
        assert keys() == before
    finally:
        forget()


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
    judge = METRICS["coverage"].measure
    roots = map(inspect.unwrap, (Measurement, *parts(RING.recipe), RING.data, judge))
    found = used(frozenset((one.__module__, one.__qualname__) for one in roots))
    modules = {place.partition(" ")[0] for place in found}
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


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Two files of somebody's own, the second of which can be changed."""
    monkeypatch.syspath_prepend(tmp_path)

    def imported(by, width):
        (tmp_path / "own_sizes.py").write_text(f"WIDTH = {width}\ndef wide():\n    return WIDTH\n")
        text = {
            "import own_sizes": "own_sizes.WIDTH",
            "import own_sizes as sizes": "sizes.wide()",
            "from own_sizes import WIDTH": "WIDTH",
            "from own_sizes import wide as w": "w()",
        }[by]
        (tmp_path / "own_critic.py").write_text(f"{by}\ndef critic():\n    return {text}\n")
        for name in ("own_sizes", "own_critic"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        dependencies.source.cache_clear()
        forget()
        return importlib.import_module("own_critic")

    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    yield imported
    sys.dont_write_bytecode = before
    for name in ("own_sizes", "own_critic"):
        sys.modules.pop(name, None)
    dependencies.source.cache_clear()
    forget()


@pytest.mark.parametrize(
    "by",
    [
        "import own_sizes",
        "import own_sizes as sizes",
        "from own_sizes import WIDTH",
        "from own_sizes import wide as w",
    ],
)
def test_what_a_file_takes_from_another_beside_it_counts(beside, by):
    narrow = digest_of_code(beside(by, 8).critic)
    assert digest_of_code(beside(by, 8).critic) == narrow
    assert digest_of_code(beside(by, 64).critic) != narrow


def test_what_a_function_on_the_spot_takes_from_a_module_counts(beside):
    found = []
    for width in (8, 8, 64):
        scope = {}
        beside("import own_sizes", width)
        exec("import own_sizes\nmeasure = lambda real, fake: own_sizes.wide()", scope)
        found.append(digest_of_code(scope["measure"]))
    assert found[0] == found[1] != found[2]


def test_what_was_installed_does_not_count():
    for module in ("numpy", "torch.nn", "json", "math", "no_such_module"):
        assert not dependencies._is_ours(module)
    assert dependencies._is_ours("gan_school.games") and dependencies._is_ours(__name__)
