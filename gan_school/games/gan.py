"""The original game."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import softplus

from gan_school.checks import check
from gan_school.games.fakes import Fakes, Latest
from gan_school.games.guide import Guide
from gan_school.games.latent import Gaussian, Latent
from gan_school.games.minibatches import Minibatches, Together
from gan_school.games.penalties import NoPenalty, Penalty
from gan_school.games.samples import Answers, Samples, labels_of, per_sample, values, verdict
from gan_school.games.targets import Hard, Targets, cross_entropy
from gan_school.games.views import Clear, View
from gan_school.randomness import Randomness
from gan_school.settings import setting

Weights = dict[str, Tensor]
"""The weights of a network by name."""


class Played:
    """What a game has besides its settings, once `GAN.between` has set it up for two networks.

    Attributes:
        generator, discriminator: the networks, or populations of them.
        latent: what goes into the generator.
        random: where random numbers come from.
        members: dimensions in front of the batch: 1 for a population, or 0.
        together: how many samples D judges together: what it says of one depends on the others.
        copies: how many of these have one logit, which each of them is given.
        progress: says how much of the run is over, from 0 to 1.
        ahead: says where updates with a loss would take D's weights; see `Player.ahead`.
        memory: tensors to keep from round to round, under names of the game's own. They are saved
            with the run; those of a population have K in front.
    """

    generator: nn.Module
    discriminator: nn.Module
    latent: Latent
    random: Randomness
    members: int = 0
    together: int = 1
    copies: int = 1
    progress: Callable[[], float] = staticmethod(lambda: 0.0)
    ahead: Callable[[Callable[[Weights], Tensor], int], Weights]
    memory: dict[str, Tensor]

    def __getattr__(self, name: str) -> Any:
        if name == "random":  # a loss can be asked about logits before anybody plays
            return Randomness(0)
        raise AttributeError(
            f"a {type(self).__name__} has no {name!r}, or not yet: "
            "game.between(generator, discriminator, latent, random) sets up the players."
        )


@setting
@dataclass(frozen=True)
class GAN(Played):
    """The non-saturating game (Goodfellow et al. 2014, section 3). The discriminator gives logits.

    With D(x) = σ(logit), the probability that x is real: −log D(x) is softplus(−logit), and
    −log(1 − D(x)) is softplus(logit). Written so, neither ever takes the logarithm of zero.

    A variant of the game is a subclass with other losses. Losses come back one per sample, shape
    (batch, 1), or (K, batch, 1) for a population; the training loop does the averaging.

    Attributes:
        penalty: what the discriminator pays besides, for being steep for example.
        minibatches: how real and generated samples come before the discriminator.
        targets: what the discriminator is told that they are.
        view: what it gets to see of them.
        fakes: which generated samples it learns from.
        unrolled: how many updates of D the generator looks ahead (Metz et al. 2017).
        guide: who else has a say in what G makes.
    """

    penalty: Penalty = field(default=NoPenalty(), kw_only=True)
    minibatches: Minibatches = field(default=Together(), kw_only=True)
    targets: Targets = field(default=Hard(), kw_only=True)
    view: View = field(default=Clear(), kw_only=True)
    fakes: Fakes = field(default=Latest(), kw_only=True)
    unrolled: int = field(default=0, kw_only=True)
    guide: Guide | None = field(default=None, kw_only=True)

    brief: ClassVar[bool] = True

    uses_labels: ClassVar[bool] = False
    """Whether samples come with their labels, as `Labelled`, or as a tensor alone."""

    judges_by_probability: ClassVar[bool] = True
    """Whether the discriminator's `opinion` of a sample is the probability that it is real."""

    adds_to_losses: ClassVar[bool] = False
    """Whether a class that writes losses anew only adds to what they were, and calls `super()`."""

    def __post_init__(self) -> None:
        name = type(self).__name__
        check(
            self.minibatches == Together() or not self._rewrites("discriminator_loss"),
            f"{name} has a discriminator_loss of its own, and {self.minibatches!r} would not use "
            "it. Write it as loss_on_real and loss_on_fake.",
        )
        check(
            self.minibatches.updates == 1 or not self._rewrites("loss_of_pair"),
            f"the loss of a {name} is one of pairs, a real sample and a generated one, and "
            f"{self.minibatches!r} parts them. Leave it out.",
        )
        check(
            not self._rewrites("loss_of_pair")
            or self._rewrites("generator_loss", "loss_of_generator"),
            f"{name} has a loss of a pair for D, and none for G: write its generator_loss, such as "
            "loss_of_pair with the roles swapped.",
        )
        check(
            self.targets == Hard() or self.takes_targets(),
            f"{self.targets!r} are targets for cross entropy, and {name} has another loss. Leave "
            "them out, or play GAN().",
        )
        check(self.unrolled >= 0, f"unrolled={self.unrolled}: G looks 0 updates ahead, or more.")
        check(
            not self.unrolled or self.minibatches.updates == 1,
            "to be unrolled, an update learns from real and generated samples at once, and "
            f"{self.minibatches!r} parts them. Leave it out.",
        )

    @classmethod
    def takes_targets(cls) -> bool:
        """Whether the discriminator learns by cross entropy, with targets."""
        return not cls._rewrites("loss_on_real", "loss_on_fake", "loss_of_pair")

    @classmethod
    def _rewrites(cls, *losses: str) -> bool:
        """Whether a subclass has put other losses in the place of those of this page."""
        heirs = cls.__mro__[: cls.__mro__.index(GAN)]
        return any(
            loss in vars(heir) and not vars(heir).get("adds_to_losses")
            for heir in heirs
            for loss in losses
        )

    # ------------------------------------------------------------------------------ the losses

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """−log D(x): real samples are to be called real."""
        return cross_entropy(logits, self.targets.of_real(logits, self.random))

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """−log(1 − D(G(z))): generated ones are to be called fake."""
        return cross_entropy(logits, self.targets.of_fake(logits, self.random))

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """−log D(G(z)): generated samples are to be called real."""
        return softplus(-logits)

    def loss_of_pair(self, on_real: Any, on_fake: Any) -> Tensor:
        """What D pays for its answers about a real sample and a generated one: here for each.

        A game that compares the two has this one loss instead. Its generator's is a
        `generator_loss` of its own, which may call this with the roles swapped.
        """
        return self.loss_on_real(on_real) + self.loss_on_fake(on_fake)

    def discriminator_loss(self, real: Samples, fake: Samples | None = None) -> Tensor:
        """Mistakes on as many generated samples as there are real ones, and the penalty.

        Args:
            real: a mini-batch.
            fake: generated samples for it; without any, D gets some that only it can learn from.
        """
        fake = self.fakes_for(real) if fake is None else fake
        on_real, on_fake = self.minibatches.look(self.look, real, fake, self.members)
        mistakes = self.loss_of_pair(self.heads(on_real, real), self.heads(on_fake, fake))
        return per_sample(mistakes, self.members) + self.penalty_at(real, fake)

    def generator_loss(self, real: Samples) -> Tensor:
        """What the generator pays for as many samples as there are real ones."""
        fake = self.sample_like(real)
        loss = self.loss_of_generator(self.heads(self.look(fake), fake))
        return per_sample(loss, self.members)

    def generator_objective(self, real: Samples) -> Tensor:
        """What G minimises: its loss, before the D of `unrolled` updates later, and the guide's."""
        loss = self.later(real).generator_loss(real)
        if self.guide is None or not self.guide.weight:
            return loss
        missing = self.guide.missing(real, self.sample_like(real), self.members)
        return loss + self.guide.weight * missing

    def later(self, real: Samples) -> Self:
        """The game as G looks ahead to it (Metz et al. 2017, equation 9).

        G is told by how much its samples would change D in these updates, for gradients flow
        through them: whoever crowds all samples into one spot sees D drive them away from it. D
        itself then makes its one ordinary step.

        The updates ahead are D's own, with its optimiser as it stands, all on the latest mini-batch
        and the same generated samples; G's loss then draws new ones. Two things are left out:
        cutting weights after an update, and what layers such as BatchNorm would remember of it.
        """
        if not self.unrolled:
            return self
        fake = self.sample_like(real)
        return self.after(self.unrolled, lambda game: game.discriminator_loss(real, fake))

    def discriminator_losses(self, real: Samples) -> Iterator[Tensor]:
        """The discriminator's loss, in as many parts as there are updates with a mini-batch.

        Each is computed when it is asked for: after the update before.
        """
        if self.minibatches.updates == 1:
            return map(self.discriminator_loss, [real])
        return self._one_side_after_the_other(real)

    def _one_side_after_the_other(self, real: Samples) -> Iterator[Tensor]:
        fake = self.fakes_for(real)
        mistakes = self.loss_on_real(self.heads(self.look(real), real))
        yield per_sample(mistakes, self.members) + self.penalty_at(real, fake)
        yield per_sample(self.loss_on_fake(self.heads(self.look(fake), fake)), self.members)

    def penalty_at(self, real: Samples, fake: Samples) -> Tensor | float:
        """What D pays besides, shape (batch, 1)."""

        def once(samples: Samples) -> Tensor:
            """Slopes are found from the sum of all logits, where a pack's is there m times."""
            score = self.score_as_seen(samples) if self.view.penalised else self.score(samples)
            return score if self.copies == 1 else score / self.copies

        return self.penalty(once, real, fake, self.random)

    def constrain(self, weights: Iterable[nn.Parameter]) -> None:
        """Bring the discriminator's weights back to where the game wants them, after an update."""

    # ------------------------------------------------------------------- asking the two networks

    def fakes_for(self, real: Samples) -> Samples:
        """Generated samples for the discriminator to learn from: it learns, and it alone."""
        with torch.no_grad():
            return self.fakes(self.sample_like(real), self.memory, self.random, self.together)

    def sample_like(self, real: Samples) -> Samples:
        """As many generated samples as there are real ones, and with the same labels."""
        batch = values(real).shape[self.members]
        return self.generate(self.latent.sample(self.random, batch), labels_of(real))

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Samples:
        """What the generator makes of latent vectors: G(z)."""
        return self.generator(z)

    def look(self, samples: Samples) -> Tensor:
        """What the discriminator makes of samples as it gets to see them while it learns."""
        return self.answers(self.view(samples, self.random, self.progress()))

    def answers(self, samples: Samples) -> Tensor:
        """All that the discriminator says of samples, shape (batch, `answer_count`).

        Or a map of answers for each, shape (batch, `answer_count`, height, width).
        """
        return self.discriminator(values(samples))

    def heads(self, answers: Tensor, samples: Samples) -> Answers:
        """The same as the losses take it: the logits, and what else is said, apart."""
        return answers

    def score(self, samples: Samples) -> Tensor:
        """D's verdict alone, one logit a sample, shape (batch, 1): of a map the mean."""
        return self._verdict(self.answers(samples), samples)

    def score_as_seen(self, samples: Samples) -> Tensor:
        """The same of samples as D gets to see them while it learns."""
        return self._verdict(self.look(samples), samples)

    def _verdict(self, answers: Tensor, samples: Samples) -> Tensor:
        return per_sample(verdict(self.heads(answers, samples)), self.members)

    def read(self, answers: Answers) -> tuple[Tensor, ...]:
        """What a second head takes for the codes of samples.

        Raises:
            ValueError: if the game has no codes.
        """
        raise ValueError(f"a {type(self).__name__} has no codes to read. Play an InfoGAN.")

    def opinion(self, logits: Tensor) -> Tensor:
        """What its logits say: the probability of real, σ(logit), or in some games the score."""
        return torch.sigmoid(logits) if self.judges_by_probability else logits

    @property
    def guess(self) -> float:
        """The logit of a discriminator that cannot tell real from generated samples at all."""
        share = sum(self.targets.means) / 2
        return math.log(share / (1 - share))

    def balance(self) -> tuple[float, float]:
        """The losses of D and of G if D could only guess, penalties and second heads left out."""
        game = self.between(nn.Identity(), nn.Identity(), Gaussian(1), Randomness(0))
        guess = torch.full((1000, 1), self.guess)
        of_d, of_g = game.loss_of_pair(guess, guess), game.loss_of_generator(guess)
        return of_d.mean().item(), of_g.mean().item()

    # ---------------------------------------------------------------------- before the game begins

    def answer_count(self, classes: int) -> int:
        """How many numbers it asks the discriminator for, when the data has so many classes."""
        return 1

    def check_networks(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Raise a ValueError if the networks lack something that this game asks of them."""

    def check_latent(self, latent: Latent) -> None:
        """Raise a ValueError if this game needs another kind of latent."""

    def between(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        latent: Latent,
        random: Randomness,
        progress: Callable[[], float] = lambda: 0.0,
        **known: Any,
    ) -> Self:
        """This game, played by two given networks; the arguments are the attributes of `Played`."""
        return self._with_players(
            generator=generator, discriminator=discriminator, latent=latent, random=random,
            members=len(random.size), progress=progress, **{"memory": {}, **known},
            together=math.prod(_of_parts(discriminator, "together")),  # packs of packs
            copies=math.prod(_of_parts(discriminator, "copies")),
        )  # fmt: skip

    def after(self, steps: int, loss: Callable[[Self], Tensor]) -> Self:
        """This game as it would be after so many updates of D, through which gradients flow.

        Args:
            steps: updates.
            loss: what D pays in them, given the game as it is by then.
        """
        weights = self.ahead(lambda weights: loss(self.with_weights(weights)), steps)
        return self.with_weights(weights)

    def with_weights(self, weights: Weights) -> Self:
        """The same, where D has other weights, into which gradients flow."""

        def again(loss: Callable[[Weights], Tensor], steps: int) -> Weights:
            raise NotImplementedError(
                "a look ahead begins where D stands, and not where another one has led. Look "
                "further ahead at once: game.after(steps, loss)."
            )

        other = _Reweighted(self.discriminator, weights)
        return self._with_players(discriminator=other, ahead=again)

    def _with_players(self, **players: Any) -> Self:
        game = copy.copy(self)
        for name, player in players.items():
            object.__setattr__(game, name, player)  # the settings stay frozen, the players join
        return game


def _of_parts(network: nn.Module, name: str) -> list[int]:
    """What the parts of a network say of themselves, 1 where they say nothing."""
    return [getattr(part, name, 1) for part in network.modules()]


class _Reweighted(nn.Module):
    """A network that is asked with weights that are not its own, and that it leaves no trace in."""

    def __init__(self, network: nn.Module, weights: Weights):
        super().__init__()
        self._network, self._weights = [network], weights  # in a list: not a submodule of this one

    def forward(self, *inputs: Tensor) -> Tensor:
        network = self._network[0]
        notes = {name: buffer.clone() for name, buffer in network.named_buffers()}
        return functional_call(network, (self._weights, notes), inputs)
