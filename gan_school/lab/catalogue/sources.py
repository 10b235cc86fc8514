"""Who says so, and what may be wrong when they say it: words that all levels share."""

from __future__ import annotations

from gan_school.lab.conditions import Condition

E2 = "onimaru 2019, Estratégias e dicas para treinar GANs"
U = "Pinto & Motta, Estudo sobre GANs"
V = "trungthanhnguyen, Chiến lược train GAN"
B = "Desafios Práticos no Treinamento de GANs (after Bishop & Bishop 2024)"

COLLAPSE, MISSING = Condition.MODE_COLLAPSE, Condition.MISSING_MODES
STRONG_D, STRONG_G = Condition.DISCRIMINATOR_TOO_STRONG, Condition.GENERATOR_TOO_STRONG
DIVERGED, OSCILLATING = Condition.DIVERGED, Condition.OSCILLATING
IMPROVING, UNKNOWN = Condition.STILL_IMPROVING, Condition.UNKNOWN
NOT_LEARNED, SPREAD = Condition.NOT_YET_LEARNED, Condition.WRONG_SPREAD
