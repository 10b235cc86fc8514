"""Networks as data: `networks.mlp(20, 50, 3)` describes one, `.build()` makes it."""

from gan_school.networks.initialization import AsBuilt, XavierNormal
from gan_school.networks.mlp import ACTIVATIONS, mlp
from gan_school.networks.network import Network, network
from gan_school.networks.population import Population

__all__ = ["ACTIVATIONS", "AsBuilt", "Network", "Population", "XavierNormal", "mlp", "network"]
