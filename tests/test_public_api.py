"""What can be imported, and that imports go one way: downwards."""

import ast
import importlib
import inspect
import pkgutil
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
    ("faces",),
]


def floor(module: str) -> int:
    part = module.split(".")[1]
    return next(number for number, names in enumerate(FLOORS) if part in names)


def imports(module: str) -> set[str]:
    """The modules of the package that one imports, wherever in it, but not for types alone."""
    path = ROOT.parent / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    tree = ast.parse(source)
    for_types = {
        node
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    found = set()
    for node in ast.walk(tree):
        if node in for_types:
            continue
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


@pytest.mark.parametrize("name", ["gan_school", *MODULES])
def test_everything_public_is_explained(name):
    importlib.import_module(name)
    module = sys.modules[name]  # not an attribute of the package, which may be a function
    assert module.__doc__
    for part, value in vars(module).items():
        if part.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            assert (value.__doc__ or "").strip(), f"{name}.{part}"


@pytest.mark.slow
def test_importing_prints_nothing_and_waits_for_nothing_that_few_need():
    """scikit-learn takes a second or two to import."""
    code = "import sys, gan_school, gan_school.faces.cli; print('sklearn' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "False\n"
