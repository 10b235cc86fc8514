"""The features of InceptionV3: what goes into the network, and what is said when it cannot be had.

The true weights are a download of 95 MB. Weights drawn at random stand in for them here.
"""

import hashlib
import io
import pickle
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import torch
from torch import nn

from gan_school import metrics
from gan_school.datasets import Unavailable, downloads
from gan_school.metrics import inception as MODULE


class Pixels(nn.Module):
    """In place of the network: gives its first pixels, one row per image, and notes its blocks."""

    def __init__(self):
        super().__init__()
        self.blocks = []

    def forward(self, pixels):
        assert pixels.dtype == torch.uint8
        self.blocks.append(tuple(pixels.shape))
        return (pixels.flatten(1)[:, :12].float(),)


def weights_are(monkeypatch, **changed):
    """Let another file, or another address, be what was published."""
    monkeypatch.setattr(MODULE, "_WEIGHTS", replace(MODULE._WEIGHTS, **changed))


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Nothing in the cache, nothing where torch-fidelity keeps it, and nobody answers."""
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GAN_SCHOOL_MIRROR", raising=False)
    weights_are(monkeypatch, urls=(f"http://127.0.0.1:1/{MODULE._NAME}",))
    return tmp_path


@pytest.fixture(scope="module")
def weights():
    """The content of a file of weights that were drawn at random."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Untrained(FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            pass

    nothing, content = io.BytesIO(), io.BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.save(Untrained("untrained", ["2048"], nothing).state_dict(), content)
    return content.getvalue()


@pytest.fixture
def published(weights, monkeypatch):
    """Let these weights be the ones that were published."""
    weights_are(monkeypatch, sha256=hashlib.sha256(weights).hexdigest())
    return weights


@pytest.fixture
def served(monkeypatch):
    """A function that lets a server on this machine answer with some bytes, and counts."""
    servers = []

    def serve(content):
        class Handler(BaseHTTPRequestHandler):
            asked = 0

            def do_GET(self):
                Handler.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.handle_error = lambda *_: None  # a client that went away
        servers.append((server, thread))
        weights_are(monkeypatch, urls=(f"http://127.0.0.1:{server.server_port}/weights",))
        return Handler

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


# -------------------------------------------------------------------------------- what goes in


def test_pixels_are_whole_numbers_from_0_to_255_in_three_channels():
    look = metrics.InceptionFeatures(Pixels())
    grey = torch.tensor([[-1.0, 1.0], [0.0, 1.7]])[None, None]
    assert look(grey).tolist() == [[0, 255, 128, 255] * 3]
    colours = torch.tensor([-1.0, 1.0, 0.5])[None, :, None, None].expand(1, 3, 2, 2)
    assert look(colours).tolist() == [[0] * 4 + [255] * 4 + [191] * 4]
    # What a data set makes of its pictures is exactly what was in the file.
    shades = torch.arange(256.0).view(64, 1, 2, 2)
    assert torch.equal(look(shades / 127.5 - 1)[:, :4], shades.flatten(1))


def test_few_images_at_a_time():
    look = metrics.InceptionFeatures(Pixels())
    assert look(torch.zeros(70, 1, 4, 4)).shape == (70, 12)
    assert look.network.blocks == [(32, 3, 4, 4), (32, 3, 4, 4), (6, 3, 4, 4)]


@pytest.mark.parametrize("shape", [(5, 2, 8, 8), (5, 4, 8, 8), (5, 8, 8), (5, 3)])
def test_what_is_no_image_says_so(shape):
    with pytest.raises(
        ValueError, match=r"InceptionV3 is to see has shape.*1 channel.*3 for colour"
    ):
        metrics.InceptionFeatures(Pixels())(torch.zeros(shape))


# --------------------------------------------------------------------------- with torch-fidelity


@pytest.mark.slow
def test_a_file_of_weights_gives_2048_features(tmp_path, published, alone):
    path = tmp_path / "weights.pth"
    path.write_bytes(published)
    before = torch.get_rng_state()
    look = metrics.inception_features(path)
    assert torch.equal(torch.get_rng_state(), before)
    images = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features = look(images)
    assert features.shape == (4, 2048)
    state = torch.load(io.BytesIO(published), weights_only=True)
    assert all(torch.equal(state[name], now) for name, now in look.network.state_dict().items())
    assert not look.network.training
    score = metrics.kid(images, images.flip(0) * 0.5, look)
    assert score.conditions == (
        "features: InceptionV3, last pooling layer, 2,048 numbers; 4 real; 4 generated"
    )


@pytest.mark.slow
def test_weights_are_downloaded_once(alone, published, served):
    server = served(published)
    metrics.inception_features()
    metrics.inception_features()
    assert server.asked == 1
    kept = list((alone / "cache" / "inception").iterdir())
    assert [path.name for path in kept] == [MODULE._NAME]
    assert kept[0].read_bytes() == published


@pytest.mark.slow
def test_weights_that_torch_fidelity_has_downloaded_are_found(alone, published):
    place = alone / "torch" / "hub" / "checkpoints" / MODULE._NAME
    place.parent.mkdir(parents=True)
    place.write_bytes(published)
    assert metrics.inception_features().title == "InceptionV3, last pooling layer"
    assert not (alone / "cache").exists()


# ------------------------------------------------------------------------- when it cannot be had


def test_without_a_network_it_says_how_to_go_on(alone):
    with pytest.raises(Unavailable) as caught:
        metrics.inception_features()
    message = str(caught.value)
    assert isinstance(caught.value, OSError)
    assert "127.0.0.1:1" in message and "refused" in message
    assert str(alone / "cache" / "inception") in message
    assert "inception_features(weights=path)" in message
    assert "features=metrics.classifier(data)" in message
    assert not list(alone.rglob("*.part")) and not list(alone.rglob("*.pth"))


def test_a_download_that_is_something_else_is_not_kept(alone, served):
    served(b"<html>Please log in to the conference's network</html>")
    with pytest.raises(Unavailable, match="what it has is not the file that was published"):
        metrics.inception_features()
    assert not [path for path in alone.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("limit", "why"), [("LIMIT", "more than"), ("PATIENCE", "too slow")])
def test_a_download_without_end_is_given_up(alone, served, monkeypatch, limit, why):
    served(bytes(3_000_000))
    monkeypatch.setattr(downloads, limit, -1)
    with pytest.raises(Unavailable, match=why):
        metrics.inception_features()
    assert not [path for path in alone.rglob("*") if path.is_file()]


def test_without_torch_fidelity_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity.feature_extractor_inceptionv3", None)
    with pytest.raises(ImportError, match=r'pip install "gan-school\[inception\]".*classifier'):
        metrics.inception_features()


def test_other_weights_are_refused(tmp_path, weights):
    path = tmp_path / "other.pth"
    path.write_bytes(weights)
    with pytest.raises(
        ValueError, match=r"other\.pth is not .* SHA-256 does not begin with 6726825"
    ):
        metrics.inception_features(path)
    with pytest.raises(FileNotFoundError, match="missing"):
        metrics.inception_features(tmp_path / "missing.pth")


class Explosive:
    """What a pickle can do when it is read."""

    def __reduce__(self):
        return exec, ("import sys; sys.exploded = True",)


def test_no_code_in_a_file_of_weights_is_run(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    torch.save({"fc.weight": Explosive()}, path)
    weights_are(monkeypatch, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(pickle.UnpicklingError):
        metrics.inception_features(path)
    assert not hasattr(sys, "exploded")
