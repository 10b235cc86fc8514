"""Whether to draw a progress bar."""

from __future__ import annotations

import os
import sys


def watched() -> bool:
    """Whether a person is likely to look: at a terminal, or in a notebook.

    `GAN_SCHOOL_PROGRESS=off` in the environment says no.
    """
    if os.environ.get("GAN_SCHOOL_PROGRESS") == "off":
        return False
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return sys.stderr.isatty() or (shell is not None and "IPKernelApp" in shell.config)
