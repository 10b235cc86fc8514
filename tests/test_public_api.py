"""What can be imported, and that imports go one way: downwards."""

import ast
import importlib
import inspect
import pickle
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gan_school

ROOT = Path(gan_school.__file__).parent
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(ROOT)], prefix="gan_school."))
PACKAGES = [
    "gan_school",
    *(name for name in MODULES if (ROOT.parent / name.replace(".", "/")).is_dir()),
]


@pytest.mark.parametrize("name", PACKAGES)
def test_all_names_are_there_and_in_order(name):
    package = importlib.import_module(name)
    assert all(hasattr(package, part) for part in package.__all__)
    assert len(set(package.__all__)) == len(package.__all__)


def test_the_names_that_are_fixed():
    for name in (
        "device", "describe_device", "budget", "datasets", "networks", "games", "metrics",
        "plotting", "recipes", "Recipe", "Run", "train", "resume", "compare", "diagnose", "tricks",
    ):  # fmt: skip
        assert name in gan_school.__all__, name
    for module, names in {
        gan_school.datasets: (
            "spiral", "ring", "grid", "swiss_roll", "digits", "mnist", "fashion_mnist", "cifar10",
            "first_available", "Unavailable", "Dataset", "flowers",
            "image_folder", "table",
        ),
        gan_school.networks: (
            "mlp", "network", "Population", "dcgan_generator", "dcgan_discriminator",
            "mlp_generator", "mlp_discriminator",
        ),
        gan_school.games: ("GAN", "ConditionalGAN", "R1", "Gaussian", "Uniform"),
        gan_school.metrics: (
            "frechet_distance", "kernel_distance", "sliced_wasserstein", "precision_recall",
            "density_coverage", "two_sample_test", "mode_report",
        ),
    }.items():  # fmt: skip
        assert not [name for name in names if not hasattr(module, name)]


def test_how_they_are_called():
    parameters = list(inspect.signature(gan_school.train).parameters)
    assert parameters[:4] == ["recipe", "data", "seed", "seeds"]
    assert inspect.signature(gan_school.train).parameters["seed"].default == 0
    assert list(inspect.signature(gan_school.budget).parameters) == ["quick", "full"]


# The ground floor first. A module may use those of the floors below, and of its own.
FLOORS = [
    ("settings", "checks", "files", "randomness", "schedules", "hardware", "places", "progress"),
    ("datasets", "networks", "metrics"),
    ("games", "plotting"),
    ("training",),
    ("recipes", "checkpoints"),
    ("lab",),
    ("faces", "__main__"),
]


def floor(module: str) -> int:
    part = module.split(".")[1]
    return next(number for number, names in enumerate(FLOORS) if part in names)


def imports(module: str) -> set[str]:
    """The modules of the package that one imports, wherever in it, for types alone too."""
    path = ROOT.parent / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    tree = ast.parse(source)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gan_school"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("gan_school")}
    return found - {"gan_school"}


def test_every_module_has_a_floor():
    assert {name.split(".")[1] for name in MODULES} == {name for names in FLOORS for name in names}


@pytest.mark.parametrize("module", [name for name in MODULES if "cli" not in name])
def test_imports_go_downwards(module):
    above = [name for name in imports(module) if floor(name) > floor(module)]
    assert not above


def test_there_are_no_circles():
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module in done:
            return
        for name in imports(module):
            visit(name, (*path, module))
        done.add(module)

    for module in MODULES:
        # a package's __init__ imports its modules, which import one another directly
        if not (ROOT.parent / module.replace(".", "/")).is_dir():
            visit(module, ())


def test_no_module_is_hidden_by_an_object_of_its_own_name():
    for name in MODULES:
        importlib.import_module(name)
        package, _, last = name.rpartition(".")
        assert getattr(sys.modules[package], last) is sys.modules[name], name


@pytest.mark.parametrize("name", ["gan_school", *MODULES])
def test_everything_public_is_explained(name):
    importlib.import_module(name)
    module = sys.modules[name]
    assert module.__doc__
    for part, value in vars(module).items():
        if part.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            assert (value.__doc__ or "").strip(), f"{name}.{part}"


# -------------------------------------------------------------- nothing is loaded before its time

HEAVY = ("torch", "numpy", "pandas", "matplotlib", "sklearn", "scipy")


def python(code: str) -> str:
    """What a program prints in a process of its own, which has this package and no other tests."""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    "arguments",
    [None, ["--help"], ["dance"], ["train", "tulips"], ["train", "ring", "--size", "8"],
     ["start", "--seed", "x"], ["fetch", "tulips"]],
)  # fmt: skip
def test_neither_the_package_nor_a_slip_of_the_pen_waits_for_a_library(arguments):
    call = f"""
from contextlib import redirect_stdout, suppress
from gan_school.faces.cli import main
with suppress(SystemExit), redirect_stdout(sys.stderr):
    main({arguments})
"""
    loaded = f"print(*set({HEAVY}) & sys.modules.keys())"
    assert python(f"import sys, gan_school\n{call if arguments else ''}\n{loaded}") == "\n"


@pytest.mark.slow
def test_everything_public_comes_when_it_is_asked_for():
    names = [name for name in gan_school.__all__ if name not in sys.modules]
    python("import gan_school; gan_school.training.Recipe, gan_school.lab, gan_school.device()")
    for name in names:
        assert getattr(gan_school, name) is getattr(gan_school, name)
        assert name in vars(gan_school)  # the second time, nothing is looked up


@pytest.mark.slow
def test_scikit_learn_waits_until_it_is_used():
    """It takes a second or two to import."""
    assert (
        python("import sys; from gan_school import *; print('sklearn' in sys.modules)") == "False\n"
    )


def test_type_checkers_are_told_where_the_public_names_come_from():
    """What `TYPE_CHECKING` imports is what `__getattr__` does."""
    tree = ast.parse((ROOT / "__init__.py").read_text("utf-8"))
    [told] = [node for node in tree.body if isinstance(node, ast.If)]
    sources = {alias.name: node.module for node in told.body for alias in node.names}
    assert sorted(sources) == sorted(gan_school.__all__)
    for name, source in sources.items():
        found = sys.modules.get(f"{source}.{name}") or getattr(sys.modules[source], name)
        assert getattr(gan_school, name) is found
    assert set(gan_school.__all__) <= set(dir(gan_school))


@pytest.mark.parametrize("name", ["trian", "_private", "__wrapped__", "data_sets"])
def test_what_is_not_there_is_said_to_be_missing(name):
    with pytest.raises(AttributeError, match=f"module 'gan_school' has no attribute '{name}'"):
        getattr(gan_school, name)
    with pytest.raises(ImportError, match=f"cannot import name '{name}'"):
        exec(f"from gan_school import {name}")


def test_a_missing_dependency_is_explained(tmp_path):
    """Here torch is a module that cannot be imported."""
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import gan_school\n"
        "try: gan_school.train\n"
        "except ImportError as error: print(error, *error.__notes__)"
    )
    assert re.match(r"no torch here gan_school needs something.*make start", python(code))


@pytest.mark.slow
def test_functions_find_their_way_into_another_process():
    """As joblib's workers get them: by the name of their module alone."""
    sent = pickle.dumps((gan_school.train, gan_school.Recipe, gan_school.compare))
    code = f"import pickle; print(*(x.__name__ for x in pickle.loads({sent!r})))"
    assert python(code) == "train Recipe compare\n"


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_can_be_the_first_to_be_imported(name):
    """In whatever order: no circle closes."""
    before = {key: module for key, module in sys.modules.items() if key.startswith("gan_school")}
    for key in before:
        del sys.modules[key]
    try:
        importlib.import_module(name)
    finally:
        for key in [key for key in sys.modules if key.startswith("gan_school")]:
            del sys.modules[key]
        sys.modules.update(before)
