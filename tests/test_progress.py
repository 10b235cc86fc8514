"""Who is likely to look at a progress bar."""

import sys
from types import SimpleNamespace

import pytest

from gan_school.progress import watched


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("asked", ["off", None])
def test_a_bar_is_for_those_who_watch(terminal, asked, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    if asked is None:
        monkeypatch.delenv("GAN_SCHOOL_PROGRESS", raising=False)
    else:
        monkeypatch.setenv("GAN_SCHOOL_PROGRESS", asked)
    assert watched() is (terminal and asked is None)


def test_a_notebook_is_watched_and_other_ipython_is_not(monkeypatch):
    monkeypatch.delenv("GAN_SCHOOL_PROGRESS", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    for config, expected in (({"IPKernelApp": {}}, True), ({}, False)):
        ipython = SimpleNamespace(get_ipython=lambda config=config: SimpleNamespace(config=config))
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        assert watched() == expected
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not watched()
