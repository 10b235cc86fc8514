"""What all tests share: no window, one thread, the same examples in every run."""

import os

# The networks of the tests are tiny: a second thread would only wait for the first, and the second
# core is another worker's (pytest -n 2). Said before anything imports torch or numpy, and so to the
# processes that tests start as well.
os.environ["OMP_NUM_THREADS"] = "1"

import matplotlib
import pytest
import torch
from hypothesis import settings

matplotlib.use("Agg")
torch.set_num_threads(1)

# A failure must be there again when somebody looks for it, and a slow machine is not a failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _seed():
    """The same first weights whatever was tested before, in any order."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def _cache_of_these_tests_alone(tmp_path_factory):
    """Nothing is found that an earlier run has left, and nothing is left behind."""
    before = os.environ.get("GAN_SCHOOL_CACHE")
    os.environ["GAN_SCHOOL_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["GAN_SCHOOL_CACHE"]
    else:
        os.environ["GAN_SCHOOL_CACHE"] = before
