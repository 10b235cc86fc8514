"""A variational autoencoder as generator."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from gan_school.checks import check
from gan_school.games.gan import GAN
from gan_school.games.samples import Samples, values
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class AdversarialVAE(GAN):
    """The decoder of a variational autoencoder is the generator of a GAN (Larsen et al. 2016).

    A GAN's generator is told only whether its samples pass for real. This one also has to give real
    samples back: an encoder says which latent vectors z a real sample x may come from,
    q(z | x) = N(μ(x), σ(x)²), and the decoder must make x of them. No sample can be forgotten
    without paying for it. Larsen et al. compare x with its reconstruction in features of the
    discriminator; here they are compared number by number.

    Attributes:
        weight: of the autoencoder's loss, next to the GAN's.
        noise: the standard deviation of x around its reconstruction, in the data's units. The
            smaller, the more an exact reconstruction counts against a tidy latent space.
    """

    weight: float = 1.0
    noise: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check(self.weight >= 0, f"weight={self.weight}: it must be 0 or more.")
        check(self.noise > 0, f"noise={self.noise} is a standard deviation; it must be above 0.")

    def generator_loss(self, real: Samples) -> Tensor:
        """−log D(G(z)) + weight · (reconstruction + KL divergence)."""
        return super().generator_loss(real) + self.weight * self.autoencoder_loss(values(real))

    def autoencoder_loss(self, x: Tensor) -> Tensor:
        """−ELBO, up to a constant (Kingma & Welling 2014, equation 10), shape (batch, 1).

        |x − G(z)|² / 2·noise² + ½ Σ (μ² + σ² − 1 − log σ²), with z = μ + σ·ε and ε ~ N(0, 1).
        """
        mean, log_variance = self.generator.encode(x)
        noise = self.random.normal(*mean.shape[len(self.random.size) :])
        again = self.generator(mean + (log_variance / 2).exp() * noise)
        difference = (x - again).flatten(1 + len(self.random.size))
        reconstruction = difference.square().sum(-1, keepdim=True) / (2 * self.noise**2)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance) / 2
        return reconstruction + divergence.sum(-1, keepdim=True)

    def check_networks(self, generator: nn.Module, discriminator: nn.Module) -> None:
        check(
            hasattr(generator, "encode"),
            f"the generator, a {type(generator).__name__}, has no encoder. An adversarial VAE "
            "needs one with `encode(x)`, such as networks.vae(3, 64, 64, latent=4).",
        )
