"""Networks as data: `networks.mlp(20, 50, 3)` describes one, `.build()` makes it."""

from gan_school.networks.autoencoder import VariationalAutoencoder, vae
from gan_school.networks.conditional import (
    ConcatenationDiscriminator,
    LabelledGenerator,
    ProjectionDiscriminator,
)
from gan_school.networks.connected import ACTIVATIONS, mlp
from gan_school.networks.description import Network, Place, network
from gan_school.networks.images import (
    dcgan_discriminator,
    dcgan_generator,
    mlp_discriminator,
    mlp_generator,
)
from gan_school.networks.initialization import AsBuilt, NormalWeights, Separately, XavierNormal
from gan_school.networks.population import Population
from gan_school.networks.several import minibatch, packed
from gan_school.networks.spectral import SpectralNorm, spectrally_normalised
from gan_school.networks.two_heads import TwoHeads
from gan_school.networks.units import rescaled

__all__ = [
    "ACTIVATIONS",
    "AsBuilt",
    "ConcatenationDiscriminator",
    "LabelledGenerator",
    "Network",
    "NormalWeights",
    "Place",
    "Population",
    "ProjectionDiscriminator",
    "Separately",
    "SpectralNorm",
    "TwoHeads",
    "VariationalAutoencoder",
    "XavierNormal",
    "dcgan_discriminator",
    "dcgan_generator",
    "minibatch",
    "mlp",
    "mlp_discriminator",
    "mlp_generator",
    "network",
    "packed",
    "rescaled",
    "spectrally_normalised",
    "vae",
]
