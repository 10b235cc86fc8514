"""What all tests share: no window, one thread, the same examples in every run."""

import matplotlib
import torch
from hypothesis import settings

matplotlib.use("Agg")

# The networks of the tests are tiny. A second thread would only wait for the first.
torch.set_num_threads(1)

# A failure must be there again when somebody looks for it, and a slow machine is not a failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
