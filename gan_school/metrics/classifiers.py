"""A small classifier of images: what it sees in them is what judges generated ones.

The published scores look through InceptionV3, which was trained on a million photographs. It is a
download of 95 MB, slow without a GPU, and has never seen a digit. A convolutional network that is
trained on the data itself takes seconds, needs no network connection, and knows what matters there.
Its scores are compared with each other, never with published ones.

    image → 3×3 convolutions, each halving   (16, 16) → (8, 8) → (4, 4)
          → 64 features                      what FID, KID and the others compare
          → one logit per class              what the Inception Score and the labels' check use
"""

from __future__ import annotations

import hashlib
import json
import math
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional as F

from gan_school.checks import check, seed_of, whole
from gan_school.datasets.dataset import Dataset, as_dataset
from gan_school.files import write_atomically
from gan_school.hardware import device, limited_threads, threads
from gan_school.metrics.samples import as_images, image_blocks
from gan_school.networks.description import evaluating
from gan_school.places import cache
from gan_school.randomness import Randomness

SIZES = range(8, 257)
"""Heights and widths of images that a classifier can be trained on."""

FEATURES = 64
"""How many features the last but one layer gives."""

# Part of the name of a file in the cache. To be raised whenever a change to the network or its
# training changes what comes out, so that nothing trained in the old way is taken for new.
_PROCEDURE = 1

_BATCH = 64
_WIDTH = 16
_SEEN = 20_000  # images in a training: small data is gone through many times, large a few times
_EPOCHS = range(2, 41)
_RATE = 4e-3  # the highest learning rate


# ----------------------------------------------------------------------------------- the network


def network(channels: int, height: int, width: int, classes: int) -> nn.Sequential:
    """The classifier's layers: from images to logits, one per class.

    Each step halves the picture and doubles the number of maps, down to 4 to 7 pixels. Pictures
    larger than 64 pixels are first brought to 64: what they show can still be told.

    Args:
        channels, height, width: of the images.
        classes: how many there are.

    Returns:
        A module from (batch, channels, height, width) to (batch, classes). Without its last layer
        it gives the features, (batch, `FEATURES`).
    """
    height, width, maps = min(height, 64), min(width, 64), _WIDTH
    layers = [nn.AdaptiveAvgPool2d((height, width)), *_convolution(channels, maps)]
    while min(height, width) >= 8:
        deeper = min(2 * maps, 128)
        layers += [nn.MaxPool2d(2), *_convolution(maps, deeper)]
        height, width, maps = height // 2, width // 2, deeper
    inner = nn.Linear(maps * height * width, FEATURES, bias=False)
    layers += [nn.Flatten(), nn.Dropout(0.2), inner, nn.BatchNorm1d(FEATURES), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(FEATURES, classes))


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """(c, h, w) → (c', h, w). Normalising takes the mean away, so that a bias would be lost."""
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


# -------------------------------------------------------------------------------- what it can say


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier of images, and how good it is.

    Images are tensors, arrays or a `Dataset`, of the shape and on the scale of the data that it was
    trained on: (n, channels, height, width), −1 to 1; others are a ValueError. They are gone
    through block by block, so that 50,000 of them fit into memory. Called, it gives probabilities.

    Attributes:
        network: from images to logits, in evaluation mode, on the CPU.
        name: of the data that it was trained on.
        classes: the names of the classes.
        shape: of one image, (channels, height, width).
        accuracy: the share of the held-out images that it names rightly, 0 to 1.
        held_out: how many images that was measured on. It was not trained on any of them.
    """

    network: nn.Sequential
    name: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    accuracy: float
    held_out: int

    @property
    def feature_count(self) -> int:
        """How many features an image has."""
        return self.network[-1].in_features

    def features(self, images: Any) -> Tensor:
        """What the last but one layer makes of images, shape (n, features); 0 or more each."""
        return self._through(self.network[:-1], images)

    def probabilities(self, images: Any) -> Tensor:
        """How likely each image belongs to each class, shape (n, classes); rows add up to 1."""
        return self._through(self.network, images).softmax(dim=1)

    def predict(self, images: Any) -> Tensor:
        """The number of the likeliest class of each image, shape (n,)."""
        return self.probabilities(images).argmax(dim=1)

    def __call__(self, images: Any) -> Tensor:
        """The same as `probabilities`."""
        return self.probabilities(images)

    def __repr__(self) -> str:
        return (
            f"classifier of {self.name}: {self.accuracy:.1%} right on {self.held_out:,} held-out "
            f"images; {self.feature_count} features"
        )

    @property
    def title(self) -> str:
        """What it is, in a few words, for the record of a score."""
        return f"classifier of {self.name}, {self.accuracy:.1%} right"

    def _through(self, part: nn.Module, images: Any) -> Tensor:
        trained = f", which the classifier of {self.name} was trained on"
        images = as_images(images, "images", self.shape, because=trained)
        with torch.no_grad(), evaluating(part), _few_threads(part, images):
            return torch.cat([part(block) for block in image_blocks(images)])


def _few_threads(network: nn.Module, images: Tensor) -> AbstractContextManager[None]:
    """As many threads as a block of images is worth."""
    return limited_threads(threads(_work(network, next(image_blocks(images)))))


def _work(network: nn.Sequential, images: Tensor) -> float:
    """Floating-point operations to go through the network once with these images, about."""
    x, total = images[:1], 0.0
    with torch.no_grad(), evaluating(network):
        for layer in network:
            x = layer(x)
            if isinstance(layer, nn.Conv2d | nn.Linear):
                # each weight multiplies and adds once for each position of the output
                total += 2 * layer.weight.numel() * x[0, 0].numel()
    return total * len(images)


# -------------------------------------------------------------------------------------- training


def classifier(data: Any, seed: int = 0, epochs: int | None = None) -> Classifier:
    """Train a small convolutional classifier on images with labels, or fetch it from the cache.

    It is trained once for the same data, seed and epochs, and kept under `places.cache`: the same
    call later returns at once. Training repeats bit for bit with the same seed on the same machine,
    and does not touch PyTorch's global random numbers.

    Every image is shown a little shifted, turned and enlarged, another way each time, so that few
    images teach much: with 1,400 digits of 16×16 pixels about 99 % of the held-out ones are right.

    Args:
        data: a `Dataset` of images with labels: `x` of shape (n, channels, height, width) with 1 or
            3 channels, 8 to 256 pixels high and wide, from −1 to 1. How good the classifier is, is
            measured on its `held_out` images; without any, a fifth of each class is held out.
        seed: of the first weights, the order of images, and how they are changed.
        epochs: how often each image is shown; by default as often as makes 20,000 images in all,
            but 2 to 40 times.

    Returns:
        A `Classifier`.

    Raises:
        ValueError: if there are no labels, fewer than two classes or more than images, or these are
            not such images.
        TypeError: if the images or the labels are of another type of numbers.
    """
    data, seed = _checked(data), seed_of(seed)
    if epochs is None:
        epochs = min(max(math.ceil(_SEEN / len(data)), _EPOCHS[0]), _EPOCHS[-1])
    epochs = whole(epochs, "epochs")
    trained = _new(data, seed)
    place = cache("classifiers", f"{_fingerprint(trained, data, seed, epochs)}.safetensors")
    accuracy = _load(place, trained)
    if accuracy is None:
        trained = _new(data, seed)  # once more: a damaged file may have filled half of it
        _train(trained, data, seed, epochs)
        accuracy = _accuracy(trained, data.held_out)
        _save(place, trained, accuracy)
    classes = data.classes or tuple(map(str, range(data.class_count)))
    held_out = len(data.held_out)
    return Classifier(trained, data.name, classes, tuple(data.shape), accuracy, held_out)


def _checked(data: Any) -> Dataset:
    """The data with labels and held-out images, if it is good for training."""
    data = as_dataset(data)
    as_images(data, data.name)
    channels, height, width = data.shape
    check(
        channels in (1, 3) and height in SIZES and width in SIZES,
        f"{data.name} has images of shape {tuple(data.shape)}. Expected 1 or 3 channels, and "
        f"{SIZES[0]} to {SIZES[-1]} pixels high and wide.",
    )
    check(
        data.labels is not None,
        f"{data.name} has no labels, and a classifier learns from labels. Give Dataset(x, "
        "labels=...) with one class number from 0 on per image, or a classifier of other images "
        "of the same kind. Without any, use features=None: the pixels.",
    )
    varied = len(data.labels.unique()) > 1
    check(varied, f"all images of {data.name} have one label. Two classes are the least.")
    check(
        data.class_count <= len(data),
        f"{data.name} has {data.class_count:,} classes and {len(data):,} images. Number the "
        "classes 0, 1, 2, … without gaps: labels.unique(return_inverse=True)[1].",
    )
    held = data.held_out
    if held is None or held.labels is None:
        return replace(data, held_out=None).hold_out(0.2)
    held = as_dataset(held)
    as_images(held, f"{data.name} held out", data.shape, because=", as the images to learn from")
    return replace(data, held_out=held)


def _new(data: Dataset, seed: int) -> nn.Sequential:
    with Randomness(seed).lent_to_torch():
        return network(*data.shape, data.class_count).eval().requires_grad_(False)


def _train(model: nn.Module, data: Dataset, seed: int, epochs: int) -> None:
    """Train the network where it is fastest, and bring it back to the CPU."""
    work = 3 * _work(model, data.x[:_BATCH])  # forwards, and about twice that backwards
    chosen = device(work=work)
    model.to(chosen).train().requires_grad_(True)
    with Randomness(seed, chosen).lent_to_torch(), limited_threads(threads(work)):
        _descend(model, data, epochs)
    model.cpu().eval().requires_grad_(False)


def _descend(model: nn.Module, data: Dataset, epochs: int) -> None:
    """Adam with a learning rate that rises for a third of the time and then falls to zero."""
    place = next(model.parameters()).device
    batches = math.ceil(len(data) / _BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=epochs * batches)
    for _ in range(epochs):
        # Batches of about equal size: a last one of a single image could not be normalised.
        for rows in torch.randperm(len(data)).tensor_split(batches):
            images, labels = _distorted(data.x[rows]).to(place), data.labels[rows].to(place)
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def _distorted(
    images: Tensor, shift: float = 0.12, turn: float = 0.2, zoom: float = 0.12
) -> Tensor:
    """The images, each shifted, turned and enlarged a little, by amounts drawn at random.

    Args:
        images: shape (n, channels, height, width).
        shift: the most that an image moves, in half widths.
        turn: the most that it turns, in radians.
        zoom: the most that it grows or shrinks, 0.12 for 12 %.
    """
    across, down, angle, size = torch.rand(4, len(images)) * 2 - 1
    size, angle = 1 + zoom * size, turn * angle
    cosine, sine = size * angle.cos(), size * angle.sin()
    rows = torch.stack([cosine, -sine, shift * across, sine, cosine, shift * down], dim=1)
    grid = F.affine_grid(rows.view(-1, 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _accuracy(model: nn.Module, data: Dataset) -> float:
    with torch.no_grad(), _few_threads(model, data.x):
        named = torch.cat([model(block).argmax(dim=1) for block in image_blocks(data.x)])
    return (named == data.labels).double().mean().item()


# ----------------------------------------------------------------------------------------- cache


def _fingerprint(untrained: nn.Module, data: Dataset, seed: int, epochs: int) -> str:
    """A name that changes with anything that changes what comes out of the training."""
    settings = {"procedure": _PROCEDURE, "network": str(untrained), "seed": seed, "epochs": epochs}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in (data.x, data.labels, data.held_out.x, data.held_out.labels):
        digest.update(str(tuple(part.shape)).encode())
        digest.update(part.contiguous().numpy())
    return digest.hexdigest()[:32]


def _save(place: Path, network: nn.Module, accuracy: float) -> None:
    """Keep a trained classifier. A cache that cannot be written to only costs time."""
    numbers = {name: number.contiguous() for name, number in network.state_dict().items()}
    record = json.dumps({"accuracy": accuracy, "checksum": _checksum(numbers)})
    content = safetensors.torch.save(numbers, {"classifier": record})
    with suppress(OSError):
        write_atomically(place, lambda part: part.write_bytes(content))


def _load(place: Path, network: nn.Module) -> float | None:
    """Fill the network from the cache, and give its accuracy; None if there is nothing to use."""
    # Whatever is wrong with the file, the cure is the same: train again, and replace it.
    with suppress(OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
        with safetensors.safe_open(place, framework="pt") as file:
            record = json.loads(file.metadata()["classifier"])
            numbers = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if record["checksum"] == _checksum(numbers):
            network.load_state_dict(numbers)
            return float(record["accuracy"])
    return None


def _checksum(numbers: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(numbers):
        digest.update(name.encode() + numbers[name].numpy().tobytes())
    return digest.hexdigest()
