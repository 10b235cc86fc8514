"""Networks for images: every size and option gives the shapes it should, others are refused."""

import pytest
import torch
from torch import nn

from gan_school.networks import (
    Network,
    Population,
    dcgan_discriminator,
    dcgan_generator,
    mlp_discriminator,
    mlp_generator,
)
from gan_school.networks.images import CONDITIONS, DOWNSAMPLING, NORMS, SIZES, UPSAMPLING, halvings

pytestmark = pytest.mark.filterwarnings("error")

NORM_NAMES = [str(name) for name in NORMS]


def z(batch: int = 2, latent: int = 64) -> torch.Tensor:
    return torch.randn(batch, latent, generator=torch.Generator().manual_seed(0))


def layers(network: nn.Module, *kinds: type) -> list[nn.Module]:
    return [layer for layer in network.modules() if isinstance(layer, kinds)]


# ---------------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [size for size in SIZES if size <= 128])
def test_every_size_in_grey_and_colour(size, channels):
    pictures = dcgan_generator(size, channels, width=2).build()(z())
    assert pictures.shape == (2, channels, size, size)
    assert dcgan_discriminator(size, channels, width=2).build()(pictures).shape == (2, 1)


@pytest.mark.parametrize("kernel", range(2, 9))
@pytest.mark.parametrize("upsampling", UPSAMPLING)
def test_every_way_up(upsampling, kernel):
    generator = dcgan_generator(28, 1, width=2, kernel=kernel, upsampling=upsampling).build()
    assert generator(z()).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("kernel", range(2, 9))
@pytest.mark.parametrize("downsampling", DOWNSAMPLING)
def test_every_way_down(downsampling, kernel):
    network = dcgan_discriminator(28, 1, width=2, kernel=kernel, downsampling=downsampling).build()
    assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 1)


@pytest.mark.parametrize("norm", NORMS, ids=NORM_NAMES)
def test_every_normalisation(norm):
    pictures = dcgan_generator(16, 3, width=2, norm=norm).build()(z())
    assert dcgan_discriminator(16, 3, width=2, norm=norm).build()(pictures).shape == (2, 1)


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("norm", NORMS, ids=NORM_NAMES)
def test_with_fully_connected_layers(norm, classes):
    labels = (torch.tensor([2, 0]),) if classes else ()
    options = dict(width=2, dense=(5, 7), norm=norm, classes=classes)
    generator = dcgan_generator(16, 3, latent=4, **options).build()
    discriminator = dcgan_discriminator(16, 3, **options).build()
    pictures = generator(z(latent=4), *labels)
    assert pictures.shape == (2, 3, 16, 16)
    assert discriminator(pictures, *labels).shape == (2, 1)
    first = 8 if classes else 4  # the label's embedding joins the latent
    assert sizes(generator) == [(first, 5), (5, 7), (7, 4 * 4 * 4)]
    assert sizes(discriminator) == [(4 * 4 * 4, 5), (5, 7), (7, 1)]
    assert len(layers(generator, nn.ReLU)) == 2 + 2  # after each of them, and after each map
    assert len(layers(discriminator, nn.LeakyReLU)) == 2 + 2


def sizes(network: nn.Module) -> list[tuple[int, int]]:
    return [(layer.in_features, layer.out_features) for layer in layers(network, nn.Linear)]


@pytest.mark.parametrize("size", [5, 16, 30])
def test_fully_connected_networks_take_any_size(size):
    pictures = mlp_generator(size, 3, hidden=(8,)).build()(z())
    assert pictures.shape == (2, 3, size, size)
    assert mlp_discriminator(size, 3, hidden=(8, 8)).build()(pictures).shape == (2, 1)


GENERATORS = {"dcgan": dcgan_generator(16, 3, width=2, latent=5, classes=4),
              "mlp": mlp_generator(16, 3, hidden=(8,), latent=5, classes=4)}  # fmt: skip
DISCRIMINATORS = {
    f"{name}, {condition}": network(16, 3, classes=4, condition=condition, **options)
    for condition in CONDITIONS
    for name, network, options in (
        ("dcgan", dcgan_discriminator, {"width": 2}), ("mlp", mlp_discriminator, {"hidden": (8,)}),
    )
}  # fmt: skip


@pytest.mark.parametrize("discriminator", DISCRIMINATORS.values(), ids=DISCRIMINATORS)
@pytest.mark.parametrize("generator", GENERATORS.values(), ids=GENERATORS)
def test_with_labels(generator, discriminator):
    labels = torch.tensor([3, 0])
    pictures = generator.build()(z(latent=5), labels)
    assert pictures.shape == (2, 3, 16, 16)
    assert discriminator.build()(pictures, labels).shape == (2, 1)


@pytest.mark.parametrize(
    "network",
    [dcgan_generator(8, 1, width=2), mlp_generator(8, 1, hidden=(8,)), *GENERATORS.values(),
     dcgan_discriminator(8, 1, width=2), mlp_discriminator(8, 1, hidden=(8,)),
     *DISCRIMINATORS.values()],
    ids=lambda network: network.name,
)  # fmt: skip
def test_in_a_population(network):
    """Every member gives what it gives alone."""
    members = [network.build().eval() for _ in range(3)]
    if "generator" in network.name:
        inputs = z(6, network.kwargs.get("latent", 64)).unflatten(0, (3, 2))
    else:
        size, channels = network.args
        inputs = torch.randn(3, 2, channels, size, size)
    inputs = (
        (inputs, torch.arange(6).reshape(3, 2) % 4) if "classes" in network.kwargs else (inputs,)
    )
    together = Population(members).eval()(*inputs)
    alone = torch.stack([m(*parts) for m, *parts in zip(members, *inputs, strict=True)])
    assert torch.allclose(together, alone, atol=1e-5)


# ------------------------------------------------------------------------------ the DCGAN's rules


def test_the_generators_rules():
    """Radford et al. 2016, section 3: ReLU and BatchNorm everywhere but at the output, a tanh."""
    generator = dcgan_generator(32, 3).build()
    assert isinstance(generator[-1], nn.Tanh)
    assert len(layers(generator, nn.BatchNorm2d)) == len(layers(generator, nn.ReLU)) == 3
    assert len(layers(generator, nn.ConvTranspose2d)) == 3
    assert not layers(generator, nn.MaxPool2d, nn.LeakyReLU)
    assert generator(100 * z()).abs().max() <= 1


def test_the_discriminators_rules():
    """LeakyReLU everywhere; BatchNorm everywhere but in the first layer; strides, no pooling."""
    discriminator = dcgan_discriminator(32, 3).build()
    assert [type(layer) for layer in discriminator[:3]] == [nn.Conv2d, nn.LeakyReLU, nn.Conv2d]
    assert len(layers(discriminator, nn.BatchNorm2d)) == 2
    assert all(layer.negative_slope == 0.2 for layer in layers(discriminator, nn.LeakyReLU))
    assert all(conv.stride == (2, 2) for conv in layers(discriminator, nn.Conv2d))
    assert not layers(discriminator, nn.MaxPool2d, nn.AvgPool2d, nn.Sigmoid)


def test_maps_double_while_pictures_halve_up_to_eight_times():
    convs = layers(dcgan_discriminator(256, 3, width=4).build(), nn.Conv2d)
    assert [conv.out_channels for conv in convs] == [4, 8, 16, 32, 32, 32]
    convs = layers(dcgan_generator(256, 3, width=4).build(), nn.ConvTranspose2d)
    assert [conv.in_channels for conv in convs] == [32, 32, 32, 16, 8, 4]


def test_no_bias_where_a_mean_is_subtracted():
    for norm, expected in (("batch", False), (None, True)):
        generator = dcgan_generator(16, 1, width=2, norm=norm).build()
        inner, last = layers(generator, nn.ConvTranspose2d)
        assert (inner.bias is not None) == (generator[0].bias is not None) == expected
        assert last.bias is not None


def test_resizing_leaves_no_checkerboard():
    """A constant picture stays constant when enlarged; a transposed convolution makes tiles."""

    def roughness(upsampling: str) -> float:
        layer = layers(dcgan_generator(16, 1, width=1, upsampling=upsampling, kernel=3).build(),
                       nn.Conv2d, nn.ConvTranspose2d)[-1]  # fmt: skip
        x = torch.ones(1, 1, 12, 12)
        return layer(x)[..., 4:-4, 4:-4].std().item()

    assert roughness("nearest") < 1e-6 < 1e-3 < roughness("transposed")


def test_dropout_drops_whole_maps():
    discriminator = dcgan_discriminator(16, 1, dropout=0.5).build()
    assert [layer.p for layer in layers(discriminator, nn.Dropout2d)] == [0.5, 0.5]
    assert not layers(dcgan_discriminator(16, 1).build(), nn.Dropout2d)


# -------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("size", [0, 1, 4, 7, 9, 17, 30, 100, 127, 1024])
@pytest.mark.parametrize("network", [dcgan_generator, dcgan_discriminator])
def test_sizes_that_do_not_work(network, size):
    with pytest.raises(
        ValueError, match=r"nearest sizes that can: \d+ and \d+\. All of them: 8, 10"
    ):
        network(size).build()


@pytest.mark.parametrize("size", ["32", 32.0, (32, 32), None])
def test_sizes_that_are_not_whole_numbers(size):
    with pytest.raises(TypeError, match=r"size is .* Expected a whole number"):
        dcgan_generator(size)
    with pytest.raises(ValueError, match="whole number of pixels"):
        Network("dcgan_generator", (size,)).build()  # as from a file


def test_the_nearest_sizes_are_named():
    with pytest.raises(ValueError, match="can: 28 and 32"):
        dcgan_generator(30).build()


@pytest.mark.parametrize(("size", "plan"), [(8, (4, 1)), (28, (7, 2)), (96, (6, 4)), (128, (4, 5))])
def test_halvings(size, plan):
    assert halvings(size) == plan


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "channels=0"),
        ({"width": 0}, "width=0"),
        ({"kernel": 1}, "kernel=1"),
        ({"kernel": 9}, "kernel=9"),
        ({"norm": "spectral"}, r"unknown norm 'spectral'.*'batch', 'instance', 'layer', None"),
    ],
)
@pytest.mark.parametrize("network", [dcgan_generator, dcgan_discriminator])
def test_options_that_do_not_work(network, options, message):
    with pytest.raises(ValueError, match=message):
        network(16, **options).build()


def test_choices_that_are_not_there():
    with pytest.raises(ValueError, match=r"upsampling 'cubic'.*'transposed', 'nearest'"):
        dcgan_generator(16, upsampling="cubic").build()
    with pytest.raises(ValueError, match=r"downsampling 'max'.*'strided', 'average'"):
        dcgan_discriminator(16, downsampling="max").build()
    with pytest.raises(ValueError, match=r"condition 'x'.*'concatenation', 'projection'"):
        dcgan_discriminator(16, classes=3, condition="x").build()
