"""A discriminator that says more of a sample than whether it is real."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HIDDEN = 128


class TwoHeads(nn.Module):
    """One body, two heads: is it real, and what else is there to say?

    The second head names classes (Odena et al. 2017), or reads the codes of an InfoGAN (Chen et al.
    2016, whose head it is: one hidden layer of 128).

    Args:
        features: from samples to (batch, features).
        head: from features to a logit, (batch, 1).
        outputs: of the second head.
    """

    works_by_parts = True  # see networks.population

    def __init__(self, features: nn.Module, head: nn.Linear, outputs: int):
        super().__init__()
        self.features, self.head = features, head
        self.second = nn.Sequential(
            nn.Linear(head.in_features, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, outputs)
        )

    def forward(self, x: Tensor) -> Tensor:  # -> (batch, 1 + outputs)
        found = self.features(x)
        return torch.cat([self.head(found), self.second(found)], -1)
