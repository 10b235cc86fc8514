"""The classifier through which images are judged: how good it is, and that it is trained once."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import gan_school.metrics.classifiers as MODULE
from gan_school import datasets, metrics
from gan_school.datasets import Dataset


def stripes(n: int = 40, shape: tuple[int, int, int] = (1, 8, 8), seed: int = 0, **more) -> Dataset:
    """Two classes that anybody can tell apart: rows or columns, and a little noise."""
    _, height, width = shape
    labels = torch.arange(n) % 2
    rows = (torch.arange(height) // 2 % 2 * 2.0 - 1)[:, None].expand(height, width)
    columns = (torch.arange(width) // 2 % 2 * 2.0 - 1)[None].expand(height, width)
    x = torch.stack([rows, columns])[labels][:, None].expand(n, *shape)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    return Dataset((0.8 * x + 0.1 * noise).clamp(-1, 1), "stripes", labels=labels, **more)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the test's own."""
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "classifiers"


@pytest.fixture
def trainings(monkeypatch):
    """A list that gets one more entry with every training."""
    calls = []
    train = MODULE._train
    monkeypatch.setattr(MODULE, "_train", lambda *a: (calls.append(a[2:]), train(*a))[1])
    return calls


@pytest.fixture(scope="module")
def small():
    return metrics.classifier(stripes(), epochs=12)


def same(one: metrics.Classifier, other: metrics.Classifier) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in zip(
            one.network.state_dict().values(), other.network.state_dict().values(), strict=True
        )
    )


# ------------------------------------------------------------------------------------- how good


@pytest.mark.slow
def test_it_names_nearly_all_digits_that_were_held_out():
    data = datasets.digits(16)
    judge = metrics.classifier(data)
    assert judge.accuracy >= 0.98
    assert judge.held_out == len(data.held_out) == 397
    # The accuracy is what anybody can check, on images that were not trained on.
    right = judge.predict(data.held_out) == data.held_out.labels
    assert right.double().mean().item() == pytest.approx(judge.accuracy, abs=1e-12)
    assert repr(judge) == (
        f"classifier of digits 16×16: {judge.accuracy:.1%} right on 397 held-out images; "
        "64 features"
    )


def test_it_says_how_good_it_is_on_images_held_out_and_not_on_others():
    # The held-out images carry the wrong labels, each of them: no accuracy could be lower.
    data, other = stripes(), stripes(n=10, seed=1)
    upside_down = replace(other, labels=1 - other.labels)
    assert metrics.classifier(replace(data, held_out=other), epochs=12).accuracy == 1
    assert metrics.classifier(replace(data, held_out=upside_down), epochs=12).accuracy == 0


@pytest.mark.parametrize("held_out", [None, stripes(n=10), "without labels"])
def test_without_labelled_images_held_out_a_fifth_of_each_class_is(held_out, cache):
    if held_out == "without labels":
        held_out = replace(stripes(n=10), labels=None)
    labelled = held_out is not None and held_out.labels is not None
    judge = metrics.classifier(stripes(n=40, held_out=held_out), epochs=1)
    assert judge.held_out == (10 if labelled else 8)


@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (3, 8, 8), (1, 9, 13), (3, 31, 33), (1, 8, 256), (3, 256, 256)]
)
def test_images_of_many_shapes(shape, cache):
    data = stripes(n=10, shape=shape)
    judge = metrics.classifier(data, epochs=1)
    assert judge.shape == shape
    assert judge.features(data).shape == (10, judge.feature_count) == (10, 64)
    assert judge.probabilities(data).shape == (10, 2)


@pytest.mark.parametrize("n", [5, 65, 66, 129, 162])
def test_any_number_of_images(n, cache):
    """No batch holds a single image, which could not be normalised; a fifth is held out of n."""
    assert metrics.classifier(stripes(n), epochs=1).held_out == n // 5


def test_many_classes_with_and_without_names(cache):
    data = replace(stripes(n=50), labels=torch.arange(50) % 7)
    assert metrics.classifier(data, epochs=1).classes == tuple("0123456")
    named = replace(data, classes=tuple("ABCDEFG"))
    judge = metrics.classifier(named, epochs=1)
    assert judge.classes == tuple("ABCDEFG")
    assert judge(data.x).shape == (50, 7)


# ---------------------------------------------------------------------------------- what it says


def test_features_probabilities_and_labels_fit_together(small):
    x = stripes(n=30, seed=3).x
    p = small.probabilities(x)
    assert torch.allclose(p.sum(dim=1), torch.ones(30))
    assert torch.equal(small(x), p)
    assert torch.equal(small.predict(x), p.argmax(dim=1))
    # The features are what the last layer sees.
    last = small.network[-1]
    logits = small.features(x) @ last.weight.T + last.bias
    assert torch.allclose(logits.softmax(dim=1), p, atol=1e-6)


def test_it_takes_tensors_arrays_and_data_sets(small):
    data = stripes(n=12, seed=3)
    expected = small.features(data.x)
    assert not expected.requires_grad
    big_endian = data.x.numpy().astype(">f4")
    with_gradients = data.x.clone().requires_grad_()
    for images in (data, data.x.numpy(), data.x.double(), with_gradients, big_endian):
        assert torch.equal(small.features(images), expected)


def test_going_block_by_block_changes_nothing(small, monkeypatch):
    x = stripes(n=23, seed=3).x
    whole = small.features(x)
    sizes = []
    small.network[0].register_forward_hook(lambda _, inputs, output: sizes.append(len(inputs[0])))
    monkeypatch.setattr("gan_school.metrics.samples._BLOCK", 8 * 5 * 64)
    assert torch.allclose(small.features(x), whole, atol=1e-6)
    assert max(sizes) == 5


def test_an_image_is_judged_by_itself(small):
    x = stripes(n=6, seed=3).x
    assert torch.allclose(small.features(x[:1]), small.features(x)[:1], atol=1e-6)


# ------------------------------------------------------------------------------- random numbers


def test_the_seed_decides_and_nobody_elses_numbers_are_touched(cache, monkeypatch):
    monkeypatch.setattr(MODULE, "_save", lambda *_: None)
    data = stripes()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = metrics.classifier(data, seed=1, epochs=2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert same(one, metrics.classifier(data, seed=1, epochs=2))
    assert not same(one, metrics.classifier(data, seed=2, epochs=2))


def test_the_number_of_threads_is_given_back(cache, monkeypatch):
    asked = []
    monkeypatch.setattr(MODULE, "threads", lambda work: asked.append(work) or 2)
    before = torch.get_num_threads()
    judge = metrics.classifier(stripes(), epochs=1)
    judge.predict(stripes())
    assert torch.get_num_threads() == before
    # Of a 3×3 convolution from 1 to 16 maps of 8×8 pixels, one from 16 to 32 of 4×4, and two
    # matrices, of 512×64 and 64×2; twice, to multiply and to add. Learning takes three times that.
    one_image = 2 * (9 * 16 * 64 + 9 * 16 * 32 * 16 + 512 * 64 + 64 * 2)
    assert asked[0] == 3 * 32 * one_image  # all 32 images that are learned from make one batch
    assert asked[-1] == 40 * one_image


def test_images_are_moved_turned_and_enlarged_but_not_much():
    x = stripes(n=200).x
    torch.manual_seed(0)
    changed = MODULE._distorted(x)
    assert changed.shape == x.shape
    assert changed.min() >= -1.01 and changed.max() <= 1.01
    assert (changed - x).flatten(1).abs().amax(dim=1).gt(0.1).all()
    assert torch.allclose(MODULE._distorted(x, shift=0, turn=0, zoom=0), x, atol=1e-5)
    # A shift by half a width of 8 pixels times 0.25 is one pixel at most.
    dot = torch.full((100, 1, 9, 9), -1.0)
    dot[:, :, 4, 4] = 1
    moved = MODULE._distorted(dot, shift=2 / 9, turn=0, zoom=0)
    assert (moved[:, :, 3:6, 3:6] + 1).sum(dim=(1, 2, 3)).allclose(torch.tensor(2.0), atol=1e-4)
    assert (moved[:, :, 4, 4] < 1).all()


# ------------------------------------------------------------------------------------- the cache


def test_it_is_trained_once(cache, trainings):
    data = stripes(classes=("rows", "columns"))
    first = metrics.classifier(data, epochs=2)
    second = metrics.classifier(replace(data, name="another name"), epochs=2)
    assert len(trainings) == 1
    assert same(first, second)
    assert (first.accuracy, first.held_out) == (second.accuracy, second.held_out)
    assert (first.name, second.name) == ("stripes", "another name")
    assert not second.network.training and first.classes == second.classes
    assert [path.suffix for path in cache.iterdir()] == [".safetensors"]


def test_anything_that_matters_is_another_classifier(cache, trainings, monkeypatch):
    data = stripes(held_out=stripes(n=10, seed=1))
    x, labels = data.x.clone(), data.labels.clone()
    x[0, 0, 0, 0] += 0.01
    labels[0] = 1 - labels[0]
    other_held = replace(data.held_out, labels=1 - data.held_out.labels)
    metrics.classifier(data, epochs=1)
    metrics.classifier(replace(data, x=x), epochs=1)
    metrics.classifier(replace(data, labels=labels), epochs=1)
    metrics.classifier(replace(data, held_out=other_held), epochs=1)
    metrics.classifier(data, epochs=1, seed=1)
    metrics.classifier(data, epochs=2)
    metrics.classifier(replace(data, classes=("rows", "columns", "neither")), epochs=1)
    monkeypatch.setattr(MODULE, "_PROCEDURE", MODULE._PROCEDURE + 1)
    metrics.classifier(data, epochs=1)
    assert len(trainings) == len(list(cache.iterdir())) == 8


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def change_a_number(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def change_the_accuracy(content: bytes) -> bytes:
    assert b"accuracy" in content
    return content.replace(b"accuracy", b"ackuracy")


@pytest.mark.parametrize(
    "damage", [cut, change_a_number, change_the_accuracy, lambda _: b"", lambda _: b"not this"]
)
def test_a_damaged_file_is_replaced(damage, cache, trainings):
    first = metrics.classifier(stripes(), epochs=2)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    second = metrics.classifier(stripes(), epochs=2)
    assert len(trainings) == 2
    assert same(first, second) and first.accuracy == second.accuracy
    assert path.read_bytes() == whole


def test_a_file_of_another_network_is_replaced(cache, trainings):
    metrics.classifier(stripes(), epochs=1)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    metrics.classifier(stripes(shape=(3, 8, 8)), epochs=1)
    (other,) = set(cache.iterdir()) - {path}
    path.write_bytes(other.read_bytes())
    metrics.classifier(stripes(), epochs=1)
    assert len(trainings) == 3
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_to_costs_only_time(tmp_path, monkeypatch, trainings):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file, and no folder")
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(in_the_way))
    one, two = (metrics.classifier(stripes(), epochs=1) for _ in range(2))
    assert len(trainings) == 2 and same(one, two)


def test_a_full_disk_leaves_nothing_behind(cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    metrics.classifier(stripes(), epochs=1)
    assert list(cache.iterdir()) == []


# ------------------------------------------------------------------------------------- bad input


def of_shape(*shape: int) -> Dataset:
    return Dataset(torch.rand(shape), "these", labels=torch.arange(shape[0]) % 2)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (replace(stripes(), labels=None), r"stripes has no labels.*Dataset\(x, labels=\.\.\.\)"),
        (replace(stripes(), labels=torch.zeros(40).long()), "one label. Two classes"),
        (datasets.ring(n=50), r"ring .*shape \(50, 2\).*\(n, channels, height, width\)"),
        (of_shape(20, 1, 7, 8), r"\(1, 7, 8\).*8 to 256 pixels"),
        (of_shape(20, 1, 8, 257), r"\(1, 8, 257\).*8 to 256 pixels"),
        (of_shape(20, 2, 8, 8), r"\(2, 8, 8\).*1 or 3 channels"),
        (replace(stripes(), x=stripes().x * 127.5 + 127.5), r"expected -1 to 1.*x / 127\.5 - 1"),
        (replace(stripes(), x=torch.full((40, 1, 8, 8), torch.nan)), "NaN"),
        (stripes(held_out=stripes(shape=(1, 8, 9))), r"held out .*\(40, 1, 8, 9\).*\(n, 1, 8, 8\)"),
        (
            replace(stripes(), labels=torch.arange(40) % 2 * 10**9),
            "1,000,000,001 classes and 40",
        ),
        (of_shape(4, 1, 8, 8), "0.2 of 4 samples leaves one part empty"),
    ],
)
@pytest.mark.filterwarnings("ignore:these images have numbers")
def test_data_that_cannot_be_learned_says_why(data, message, cache):
    with pytest.raises(ValueError, match=message):
        metrics.classifier(data, epochs=1)


def test_settings_may_be_of_numpys_type(cache):
    one = metrics.classifier(stripes(), seed=np.int64(1), epochs=np.int64(2))
    assert same(one, metrics.classifier(stripes(), seed=1, epochs=2))
    assert len(list(cache.iterdir())) == 1
    for seed in (-1, 1.5, "one", None):
        with pytest.raises(ValueError, match=r"seed=.*, expected a whole number from 0"):
            metrics.classifier(stripes(), seed=seed)


@pytest.mark.parametrize("epochs", [0, -1, 1.5, "many"])
def test_epochs_are_a_whole_number(epochs):
    with pytest.raises(ValueError, match=r"epochs=.*whole number from 1 on"):
        metrics.classifier(stripes(), epochs=epochs)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(5, 3, 8, 8), r"\(5, 3, 8, 8\), expected \(n, 1, 8, 8\).*stripes was trained"),
        (torch.zeros(5, 1, 9, 9), r"\(5, 1, 9, 9\), expected \(n, 1, 8, 8\)"),
        (torch.zeros(1, 8, 8), r"\(1, 8, 8\), expected .*One image alone is images\[None\]"),
        (torch.zeros(0, 1, 8, 8), "expected an image or more"),
        (np.zeros((5, 1, 8, 8), dtype=np.uint8), r"uint8, expected floating-point.*x / 127\.5 - 1"),
        (torch.full((5, 1, 8, 8), 255.0), r"255 to 255, expected -1 to 1"),
        (torch.full((5, 1, 8, 8), torch.inf), "320 numbers that are NaN or infinite"),
        (torch.full((5, 1, 8, 8), 1e300, dtype=torch.double), r"1e\+300, .*what 32-bit floats can"),
        (torch.full((5, 1, 8, 8), 1j), "tensor of another kind .torch.complex64"),
        (np.zeros((5, 1, 8, 8), dtype="datetime64[D]"), "it holds dates"),
        (np.ma.masked_array(np.zeros((5, 1, 8, 8)), mask=True), "320 of 320 values are masked"),
        ([["a"]], "cannot make a tensor of list"),
    ],
)
@pytest.mark.parametrize("ask", ["features", "probabilities", "predict"])
def test_images_that_do_not_fit_say_so(ask, images, message, small):
    with pytest.raises(ValueError, match=message):
        getattr(small, ask)(images)
