"""The command line as a shell calls it: another process, with its own environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
COMMAND = [
    sys.executable, "-c", "import sys; from gan_school.faces.cli import main; sys.exit(main())",
]  # fmt: skip


@pytest.fixture
def shell(tmp_path):
    """Call `gan-school` in a process of its own, in a folder of its own.

    Bytes come back as they were written. `first` are folders whose modules win over all others.
    """

    def call(
        *arguments: str | bytes, first: tuple[Path, ...] = (), python=(), wait=True, **options
    ):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GAN_SCHOOL_")}
        environment |= {"OMP_NUM_THREADS": "1"} | options.pop("environment", {})
        environment["PYTHONPATH"] = os.pathsep.join(map(str, [*first, ROOT]))
        started = subprocess.Popen(
            [COMMAND[0], *python, *COMMAND[1:], *arguments],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
            cwd=tmp_path,
            env=environment,
        )
        if not wait:
            return started
        out, err = started.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, started.returncode, out, err)

    return call
