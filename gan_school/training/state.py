"""What training changes: two players, a game between them, and where they stand in the data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gan_school.checks import check
from gan_school.datasets import Dataset, as_dataset
from gan_school.games.latent import Latent
from gan_school.networks import Population
from gan_school.randomness import Randomness
from gan_school.training.batches import Batches
from gan_school.training.model import Model
from gan_school.training.player import Player
from gan_school.training.recipe import Recipe

Numbers = dict[str, Tensor]


class Part(Protocol):
    """Something that changes while a run trains, and that is saved with it.

    A part that keeps more than tensors of no dimension also has a method `state_of_member(index)`:
    what a run of that member of a population alone would have.
    """

    def state_dict(self) -> Numbers:
        """All its numbers, under names of its own."""
        ...

    def load_state_dict(self, state: Numbers) -> None:
        """Go on where another one was."""
        ...


class Memory(dict[str, Tensor]):
    """What a game keeps from round to round, by name; see `games.gan.Played`."""

    def __init__(self, device: torch.device):
        self.device = device

    def state_dict(self) -> Numbers:
        """All of it."""
        return dict(self)

    def load_state_dict(self, state: Numbers) -> None:
        """Go on with other contents."""
        self.clear()
        self.update({name: x.to(self.device) for name, x in state.items()})

    def state_of_member(self, index: int) -> Numbers:
        """What belongs to one member of a population."""
        return {name: x[index] if x.ndim else x for name, x in self.items()}

    def __setitem__(self, name: str, x: Tensor) -> None:
        if not isinstance(x, Tensor):  # not `check`: to write out a tensor takes as long as a round
            raise TypeError(f"memory[{name!r}] is {x!r}. A game keeps tensors.")
        super().__setitem__(name, x)


class TrainingState:
    """Everything that a round of training reads and changes.

    Attributes:
        recipe: how it is trained.
        latent: what goes into the generator.
        seeds: an integer for one GAN, a tuple of K for a population.
        device: where the networks are.
        random: where random numbers come from.
        generator, discriminator: the two `Player`s.
        game: the recipe's game, played by these two.
        batches: the real samples, once there is data.
        step: rounds played so far.
        seconds: spent in them.
        stopped: why it ended before its last round, or None.
        torn: whether the last round was cut off halfway, by an error for example.
        changes: what was changed in the middle, and after which step.
        unclaimed: what was saved by a part that is not here yet.
        diverged: for every member the step at which its loss was no longer a finite number, or 0.
        data: what it learns from, or None if it was loaded without.
        source: the name of that data, and how many samples it has.
        fingerprint: of that data, to know it again.
        shape: of one sample.
        class_count: of the data.
        work: floating-point operations of a round, as far as known.
    """

    def __init__(
        self,
        recipe: Recipe,
        latent: Latent,
        seeds: int | tuple[int, ...],
        device: torch.device,
        work: float = 0.0,
    ):
        self.recipe, self.latent, self.seeds, self.device = recipe, latent, seeds, device
        self.step, self.seconds, self.work = 0, 0.0, work
        self.stopped: str | None = None
        self.torn = False
        self.changes: list[dict[str, Any]] = []
        self.unclaimed: Numbers = {}
        self.random = Randomness(seeds, device)
        self.diverged = torch.zeros(self.random.size, dtype=torch.long)
        self.data: Dataset | None = None
        self.source: dict[str, Any] = {"name": None, "samples": None}
        self.fingerprint, self.shape, self.class_count = "", (), 0

        pairs = []
        for member in range(len(self.random.streams)):
            with self.random.as_seed_of_torch(member):
                pair = recipe.generator.build(), recipe.discriminator.build()
                for role, network in zip(("generator", "discriminator"), pair, strict=True):
                    getattr(recipe.initialize, role, recipe.initialize)(network)
                    check(
                        all(x.isfinite().all() for x in network.parameters()),
                        f"a {type(network).__name__} begins with weights that are NaN or infinite. "
                        "Look at Recipe(initialize=…), and at how the network is built.",
                    )
            pairs.append(pair)
        generator, discriminator = map(self._gather, zip(*pairs, strict=True))

        population = self.random.population
        self.memory = Memory(device)
        self.game = recipe.game.between(
            *(net.network if population else net for net in (generator, discriminator)),
            latent, self.random, self.progress, ahead=self._ahead, memory=self.memory,
        )  # fmt: skip
        updates = recipe.steps * recipe.d_steps * recipe.game.minibatches.updates
        self.discriminator = Player(
            discriminator, recipe.d_optimizer, updates, 0.0, population, self.game.constrain
        )
        self.generator = Player(
            generator, recipe.g_optimizer, recipe.steps * recipe.g_steps, recipe.average, population
        )
        self.batches = Batches(recipe.batch_size, self.random)

    def _gather(self, networks: tuple[nn.Module, ...]) -> nn.Module:
        if self.random.population:
            return Population(networks).to(self.device)
        # Feature maps side by side for each pixel: convolutions are faster, nothing else changes.
        return networks[0].to(self.device, memory_format=torch.channels_last)

    def _ahead(self, loss: Callable[[Numbers], Tensor], steps: int) -> Numbers:
        def inside(weights: Numbers) -> Numbers:
            """What plays for a population is the stacked network inside it."""
            if not self.random.population:
                return weights
            return {name.removeprefix("network."): weight for name, weight in weights.items()}

        return inside(self.discriminator.ahead(lambda weights: loss(inside(weights)), steps))

    def progress(self) -> float:
        """How much of the run is over, from 0 to 1."""
        return self.step / self.recipe.steps if self.recipe.steps else 1.0

    def attach(self, data: Any) -> None:
        """Give the run the data to learn from. A run that was loaded wants the data it had before.

        Raises:
            ValueError: if the run has learned from other data before.
        """
        dataset = as_dataset(data)
        labels = dataset.labels if self.recipe.game.uses_labels else None
        learned = hashlib.sha256()
        for numbers in (dataset.x, labels):
            if numbers is not None:
                learned.update(numbers.contiguous().numpy().tobytes())
        fingerprint = learned.hexdigest()
        known = self.fingerprint, self.shape
        if self.fingerprint and known != (fingerprint, tuple(dataset.shape)):
            raise ValueError(
                f"{dataset.name} is not the data that this run has learned from so far. To go on "
                "exactly where it stopped, it needs the same samples in the same order."
            )
        if self.data is not None:
            return  # it has this data already, and stands somewhere in the middle of it
        self.data, self.fingerprint, self.shape = dataset, fingerprint, tuple(dataset.shape)
        self.class_count = dataset.class_count
        self.source = {"name": dataset.name, "samples": len(dataset)}
        self.batches.draw_from(
            *(x if x is None else x.to(self.device) for x in (dataset.x, labels))
        )

    @property
    def labels(self) -> Tensor | None:
        """The labels of the real samples, if the game uses them."""
        return self.data.labels if self.data and self.recipe.game.uses_labels else None

    def model(self, average: bool = True) -> Model:
        """The two networks as they are now, ready to be asked for samples and opinions.

        Args:
            average: with the moving average of G's weights, where the recipe keeps one.
        """
        return Model(
            self.recipe.game,
            self.generator.best() if average else self.generator.network,
            self.discriminator.network,
            self.latent,
            shape=self.shape,
            class_count=self.class_count,
            members=len(self) if self.random.population else None,
            work=self.work,
            progress=self.progress,
            memory=self.memory,
        )

    def parts(self) -> dict[str, Part]:
        """Everything that is saved, by name."""
        return {
            "random": self.random,
            "batches": self.batches,
            "game": self.memory,
            "generator": self.generator,
            "discriminator": self.discriminator,
        }

    def numbers(self) -> list[Tensor]:
        """All weights and buffers of both networks, and of the moving average."""
        players = (self.generator, self.discriminator)
        networks = [player.network for player in players]
        networks += [player.average.network for player in players if player.average is not None]
        return [x.detach() for network in networks for x in network.state_dict().values()]

    @staticmethod
    def copy_members(sources: list[Tensor], targets: list[Tensor], who: Tensor) -> None:
        """Copy the share of some members, shape () or (K,), of each tensor, in place."""
        for source, target in zip(sources, targets, strict=True):
            mask = who.to(target.device).reshape(who.shape + (1,) * (target.ndim - who.ndim))
            target.copy_(torch.where(mask, source, target))

    def __len__(self) -> int:
        """How many GANs there are in the run."""
        return len(self.random.seeds)
