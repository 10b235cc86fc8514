"""A variational autoencoder: a generator that comes with its inverse."""

from __future__ import annotations

from torch import Tensor, nn

from gan_school.networks.connected import layers
from gan_school.networks.description import network


class VariationalAutoencoder(nn.Module):
    """A decoder from latent vectors to samples, and an encoder back (Kingma & Welling 2014).

    Called, it decodes: for a GAN it is a generator like any other.

    Args:
        encoder: from (batch, …) to (batch, 2·latent).
        decoder: from (batch, latent) to (batch, …).
        latent: how many latent numbers a sample has.
    """

    works_by_parts = True  # see networks.population

    def __init__(self, encoder: nn.Module, decoder: nn.Module, latent: int):
        super().__init__()
        self.encoder, self.decoder, self.in_features = encoder, decoder, latent

    def forward(self, z: Tensor) -> Tensor:  # (batch, latent) -> (batch, …)
        return self.decoder(z)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Where in latent space samples may come from: mean and log variance, (batch, latent)."""
        mean, log_variance = self.encoder(x).chunk(2, -1)
        return mean, log_variance


@network
def vae(*sizes: int, latent: int, activation: str = "relu") -> nn.Module:
    """A fully connected variational autoencoder of points.

    Args:
        sizes: the features of a point, then the widths of the encoder's hidden layers; the decoder
            has the same, the other way round: `vae(3, 64, 32, latent=4)` decodes by 4→32→64→3.
        latent: how many latent numbers a point has.
        activation: of the hidden layers, see `mlp`.

    Returns:
        A `VariationalAutoencoder`.
    """
    if latent < 1:
        raise ValueError(f"latent={latent}: a point needs 1 latent number or more.")
    encoder = nn.Sequential(*layers(*sizes, 2 * latent, activation=activation))
    decoder = nn.Sequential(*layers(latent, *reversed(sizes), activation=activation))
    return VariationalAutoencoder(encoder, decoder, latent)
