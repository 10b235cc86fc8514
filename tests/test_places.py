"""Where things are kept: asked for, in a copy of the project, or installed."""

from pathlib import Path

import pytest
from platformdirs import user_cache_path

from gan_school import places

ROOT = Path(__file__).parents[1]


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The package as if it lay among installed packages."""
    package = tmp_path / "site-packages" / "gan_school"
    monkeypatch.setattr(places, "_PACKAGE", package)
    return package


def test_the_environment_decides(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    assert places.cache() == tmp_path
    assert places.cache("mnist", "a.gz") == tmp_path / "mnist" / "a.gz"
    monkeypatch.setenv("GAN_SCHOOL_CACHE", "~/somewhere")
    assert places.cache() == Path.home() / "somewhere"


def test_in_a_copy_of_the_project(monkeypatch):
    monkeypatch.delenv("GAN_SCHOOL_CACHE")
    assert places.cache("mnist") == ROOT / "data" / "cache" / "mnist"
    assert places.shipped("checkpoints") == ROOT / "data" / "checkpoints"


def test_where_only_the_package_is_installed(monkeypatch, installed, tmp_path):
    monkeypatch.delenv("GAN_SCHOOL_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    expected = user_cache_path("gan-school", appauthor=False)
    assert places.cache("mnist") == expected / "mnist"
    assert places.shipped("checkpoints") == installed / "data" / "checkpoints"


def test_a_cache_of_an_earlier_version_is_found(monkeypatch, installed, tmp_path):
    monkeypatch.delenv("GAN_SCHOOL_CACHE")
    before, new = tmp_path / ".cache" / "gan-school", tmp_path / "new"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: new)
    assert places.cache() == new
    before.mkdir(parents=True)
    assert places.cache() == before
    new.mkdir()
    assert places.cache() == new


def test_asking_makes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "no"))
    places.cache("mnist")
    assert not (tmp_path / "no").exists()
