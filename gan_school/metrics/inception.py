"""The features of InceptionV3, for scores that can be compared with published ones.

The network and its weights are those of the original FID, as torch-fidelity has converted them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gan_school.checks import check_pictures
from gan_school.datasets.downloads import File, Sources, Unavailable
from gan_school.files import digest
from gan_school.randomness import undisturbed

_NAME = "weights-inception-2015-12-05-6726825d.pth"
_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{_NAME}"
_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
_WEIGHTS = File(_NAME, urls=(_URL,), sha256=_SHA256, home="inception")

_INSTEAD = (
    f"Get {_URL} elsewhere, and give its path: inception_features(weights=path). Without it, look "
    "through a classifier of your own data: features=metrics.classifier(data)."
)


class InceptionFeatures(nn.Module):
    """InceptionV3 as `features` of a metric: images to (n, 2048), the pooled last feature maps.

    Images may have 1 or 3 channels and any size, on the scale −1 to 1. As in the published scores
    they are rounded to whole numbers from 0 to 255, and enlarged to 299×299 pixels.
    """

    title = "InceptionV3, last pooling layer"

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Shape (n, channels, height, width) → (n, 2048).

        Raises:
            ValueError: if these are not images of 1 or 3 channels.
        """
        check_pictures(images, "what InceptionV3 is to see")
        pixels = (images * 127.5 + 127.5).round().clamp(0, 255).byte()
        pixels = pixels.expand(-1, 3, -1, -1)  # grey: the same in all three channels
        # Enlarged to 299×299 a picture takes a megabyte, and many times that in between.
        return torch.cat([self.network(block)[0] for block in pixels.split(32)])


def inception_features(weights: str | Path | None = None) -> InceptionFeatures:
    """The features that published FIDs and KIDs compare: `fid(real, fake, inception_features())`.

    It needs `pip install "gan-school[inception]"`, and 95 MB of weights, which are downloaded once.
    Without a GPU 1,000 images take minutes; `inception_features().cuda()` uses one. Published
    scores compare 10,000 to 50,000 images, in colour.

    Args:
        weights: the file of weights, if it is there already.

    Returns:
        A module to use as `features` of the metrics.

    Raises:
        ImportError: if torch-fidelity is not installed.
        Unavailable: if the weights cannot be downloaded; the message says how to go on.
        FileNotFoundError: if there is no file at the path that was given.
        ValueError: if the file is not the one that was published: with other weights, scores could
            not be compared.

    Source:
        Szegedy et al. (2016) for the network; Heusel et al. (2017) for its use; the weights are
        Google's of 2015, Apache License 2.0.
    """
    build = _builder()
    given = Path(weights).expanduser() if weights is not None else _found_or_fetched()
    if digest(given) != _WEIGHTS.sha256:
        raise ValueError(
            f"{given} is not {_NAME} as it was published: its SHA-256 does not begin with "
            f"{_WEIGHTS.sha256[:8]}. {_INSTEAD}"
        )
    # The file is a pickle, and torch-fidelity would run whatever code is in it. So it is read here
    # as numbers alone, and torch-fidelity gets a copy of those.
    copy = io.BytesIO()
    torch.save(torch.load(given, weights_only=True, map_location="cpu"), copy)
    copy.seek(0)
    with undisturbed():  # it draws weights before it reads them
        return InceptionFeatures(build("inception-v3-compat", ["2048"], copy)).eval()


def _builder() -> Callable[..., Any]:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise ImportError(
            'the features of InceptionV3 need torch-fidelity: pip install "gan-school[inception]". '
            "Without it, look through a classifier of your own data: "
            "features=metrics.classifier(data)."
        ) from error
    return FeatureExtractorInceptionV3


def _found_or_fetched() -> Path:
    """Where the weights are: in the cache, where torch-fidelity leaves them, or just downloaded."""
    elsewhere = Path(torch.hub.get_dir(), "checkpoints", _NAME)
    if elsewhere.is_file() and not _WEIGHTS.place.is_file():
        return elsewhere
    try:
        return Sources().find(_WEIGHTS)
    except Unavailable as error:
        raise Unavailable(_NAME, error.tried | {str(elsewhere): "not there"}, _INSTEAD) from error
