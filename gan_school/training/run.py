"""A run: one training in progress or at its end, of one GAN or of a population."""

from __future__ import annotations

import hashlib
import operator
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from gan_school import metrics, plotting
from gan_school.datasets import Dataset, as_dataset
from gan_school.games import InfoGAN
from gan_school.games.latent import Latent
from gan_school.games.samples import samples
from gan_school.hardware import device as choose_device
from gan_school.networks import Population
from gan_school.randomness import Randomness
from gan_school.training import storage
from gan_school.training.batches import Batches
from gan_school.training.early_stop import Watch
from gan_school.training.history import History
from gan_school.training.loop import Snapshot, play
from gan_school.training.model import Sampler, checked_labels, few_threads, in_blocks
from gan_school.training.player import Player
from gan_school.training.recipe import Recipe


class Run:
    """Everything that changes while a GAN trains, and what can be done with it afterwards.

    `train` makes one and plays it to the end. Made by hand with `Run.start`, it can be played step
    by step: `for snapshot in run.play(): …`.

    Attributes:
        recipe: how it is trained.
        seeds: an integer for one GAN, a tuple of K for a population.
        step: rounds played so far.
        stopped: why it ended before its last round, or None.
        diverged: for every member the step at which its loss was no longer a finite number, or 0.
        seconds: time spent in training.
        watch: what was seen on the way, for a recipe that stops early: a `Watch`.
    """

    def __init__(
        self, recipe: Recipe, latent: Latent, seeds: int | tuple[int, ...], device: torch.device
    ):
        self.recipe, self.latent, self.seeds, self.device = recipe, latent, seeds, device
        self.step, self.seconds, self.stopped = 0, 0.0, None
        self.random = Randomness(seeds, device)
        self.diverged = torch.zeros(self.random.size, dtype=torch.long)
        self.data: Dataset | None = None
        self.fingerprint = ""
        self.shape: tuple[int, ...] = ()  # of one sample
        self.class_count = 0
        self.saved_batches: dict[str, Tensor] = {}  # where a loaded run goes on in the data
        self.watch: Watch | None = None  # for a recipe that stops early
        self.saved_watch: dict[str, Tensor] = {}
        self.work = 0.0  # floating-point operations of a round, as far as known

        generators, discriminators = [], []
        for member in range(len(self.random.streams)):
            with self.random.as_seed_of_torch(member):
                generator, discriminator = recipe.generator.build(), recipe.discriminator.build()
                recipe.initialize(generator)
                recipe.initialize(discriminator)
            generators.append(generator)
            discriminators.append(discriminator)
        generator, discriminator = self._gather(generators), self._gather(discriminators)

        population = self.random.population
        played_by = [net.network if population else net for net in (generator, discriminator)]
        self.game = recipe.game.between(*played_by, latent, self.random, self.progress)
        updates = recipe.steps * recipe.d_steps * recipe.game.minibatches.updates
        self.discriminator = Player(
            discriminator, recipe.d_optimizer, updates, 0.0, population, self.game.constrain
        )
        self.generator = Player(
            generator, recipe.g_optimizer, recipe.steps * recipe.g_steps, recipe.average, population
        )
        self.recorder = History(every=max(10, recipe.steps // 200))

    @classmethod
    def start(
        cls,
        recipe: Recipe,
        data: Any,
        seeds: int | Sequence[int] = 0,
        device: str | torch.device | None = None,
    ) -> Self:
        """Check everything, and set up a run that has not played yet.

        Raises:
            TypeError, ValueError, RuntimeError: see `as_dataset`, `Recipe.fit_to`, `device`.
        """
        dataset = as_dataset(data)
        seeds = checked_seeds(seeds)
        latent, work = recipe.fit_to(dataset)
        members = 1 if isinstance(seeds, int) else len(seeds)
        run = cls(recipe, latent, seeds, choose_device(device, work=work * members))
        run.work = work * members
        run.attach(dataset)
        return run

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
        if self.fingerprint and self.fingerprint != fingerprint:
            raise ValueError(
                f"{dataset.name} is not the data that this run has learned from so far. To go on "
                "exactly where it stopped, it needs the same samples in the same order."
            )
        if self.data is not None:
            return  # it has this data already, and stands somewhere in the middle of it
        self.data, self.fingerprint, self.shape = dataset, fingerprint, tuple(dataset.shape)
        self.class_count = dataset.class_count
        x, labels = (x if x is None else x.to(self.device) for x in (dataset.x, self.labels))
        self.batches = Batches(x, self.recipe.batch_size, self.random, labels)
        if self.saved_batches:
            self.batches.load_state_dict(self.saved_batches)
        self.recorder.watch(self)
        if self.recipe.stop is not None:
            self.watch = Watch(self.recipe.stop, self)
            if self.saved_watch:
                self.watch.load_state_dict(self.saved_watch)

    # ---------------------------------------------------------------- playing

    def play(self) -> Iterator[Snapshot]:
        """Play the rounds that are left, one at a time, and keep a record of them.

        Raises:
            ValueError: if the run was loaded, and not given its data with `attach` yet.
        """
        if self.data is None:
            raise ValueError("this run has no data. Give it the data it had: run.attach(data).")
        loop = play(self)
        own_luck = self.random.lent_to_torch if self._draws_from_torch() else nullcontext
        while True:
            began = time.perf_counter()
            with few_threads(self.work), own_luck():
                snapshot = next(loop, None)
                if snapshot is not None:
                    self.recorder.add(snapshot)
            self.seconds += time.perf_counter() - began
            if snapshot is None:
                return
            yield snapshot

    def progress(self) -> float:
        """How much of the run is over, from 0 to 1."""
        return self.step / self.recipe.steps if self.recipe.steps else 1.0

    @property
    def played(self) -> Tensor:
        """How many rounds count for each member, shape () or (K,): until it stopped early."""
        played = torch.full(self.random.size, self.step)
        if self.watch is None:
            return played
        return torch.where(self.watch.stopped_at > 0, self.watch.stopped_at, played)

    def _draws_from_torch(self) -> bool:
        """Whether a layer, such as Dropout, uses PyTorch's global random numbers.

        Only layers made of known parts are sure not to.
        """
        parts = (
            "container", "linear", "activation", "batchnorm", "conv", "flatten", "upsampling",
            "padding", "pooling", "normalization", "instancenorm", "sparse",
        )  # fmt: skip
        known = ("gan_school.networks.", *(f"torch.nn.modules.{part}" for part in parts))
        random = (nn.RReLU, nn.MultiheadAttention)  # activations, but with luck in them
        return any(
            not type(layer).__module__.startswith(known) or isinstance(layer, random)
            for player in (self.generator, self.discriminator)
            for layer in player.network.modules()
        )

    # ---------------------------------------------------------------- asking

    @property
    def labels(self) -> Tensor | None:
        """The labels of the real samples, if the game uses them."""
        return self.data.labels if self.recipe.game.uses_labels else None

    def sample(
        self, n: int | None = None, seed: int = 0, *, labels: Any = None, average: bool = True
    ) -> Tensor:
        """Draw samples from the generator.

        Args:
            n: how many, from every member; without it, as many as there are labels, or 1,000.
            seed: decides the latent vectors. Every member gets the same ones.
            labels: for a game with labels, one class for all samples, or the class of each, shape
                (n,). Without it, all classes in turn: 0, 1, 2, …, 0, 1, 2, …
            average: use the moving average of the weights, where the recipe keeps one.

        Returns:
            Shape (n, …), or (K, n, …) for a population, on the CPU.

        Raises:
            ValueError: if there are labels and the game uses none, or they do not fit.
        """
        return self.sampler(average).sample(n, seed, labels=labels)

    def generate(self, z: Tensor, labels: Any = None, *, average: bool = True) -> Tensor:
        """Give the generator latent vectors of your own choice.

        Args:
            z: latent vectors, shape (n, latent), the same for every member, or (K, n, latent).
            labels: for a game with labels; see `sample`. Of shape (n, classes), with shares that
                add up to 1, they mix classes.
            average: use the moving average of the weights, where the recipe keeps one.

        Returns:
            Shape (n, …), or (K, n, …) for a population, on the CPU.
        """
        return self.sampler(average).generate(z, labels)

    def sampler(self, average: bool = True) -> Sampler:
        """What is left of a run when only samples are wanted: the generator, ready to be asked."""
        network = self.generator.best() if average else self.generator.network
        game, size = self.recipe.game, self.random.size
        return Sampler(network, game, self.latent, self.class_count, size, self.work)

    def probability_real(self, x: Tensor, labels: Any = None) -> Tensor:
        """What the discriminator takes for the probability that each sample is real.

        Args:
            x, labels: see `opinion`.

        Returns:
            Shape (n,), or (K, n) for a population, from 0 to 1.

        Raises:
            ValueError: if the discriminator of this game gives scores, and no probabilities.
        """
        if not self.game.judges_by_probability:
            raise ValueError(
                f"in a {type(self.recipe.game).__name__} the discriminator gives scores, and no "
                "probabilities. Ask run.opinion(x)."
            )
        return self.opinion(x, labels)

    def opinion(self, x: Tensor, labels: Any = None) -> Tensor:
        """What the discriminator says of each sample: a probability, or a score in some games.

        Args:
            x: samples, shape (n, …), the same for every member, or (K, n, …).
            labels: for a game with labels, the class of each, shape (n,), or one for all.

        Returns:
            Shape (n,), or (K, n) for a population.
        """
        x = torch.as_tensor(x, dtype=torch.float32)
        dimensions = len(self.shape)
        labels = checked_labels(labels, x.shape[-1 - dimensions], self.game, self.class_count)
        with few_threads(self.work):
            logits = in_blocks(
                lambda *batch: self.game.score(samples(*batch)),
                self.discriminator.network, x, labels, dimensions, self.random.size,
            )  # fmt: skip
        return self.game.opinion(logits.flatten(1 + int(self.random.population)).mean(-1))

    def read(self, x: Tensor) -> tuple[Tensor, ...]:
        """What an InfoGAN's reader takes for the codes of samples, real or generated.

        Args:
            x: samples, shape (n, …), the same for every member, or (K, n, …).

        Returns:
            For each code its likeliest value, shape (n, size), or (K, n, size) for a population.

        Raises:
            ValueError: if the game has no codes.
        """
        if not isinstance(self.game, InfoGAN):
            raise ValueError(
                f"a {type(self.recipe.game).__name__} has no codes to read. Play an InfoGAN."
            )
        x = torch.as_tensor(x, dtype=torch.float32)
        with few_threads(self.work):
            answers = in_blocks(
                lambda *batch: self.game.answers(samples(*batch)),
                self.discriminator.network, x, None, len(self.shape), self.random.size,
            )  # fmt: skip
        return self.game.codes(answers)

    @property
    def history(self) -> pd.DataFrame:
        """The record of the run, one row per recorded step, and per seed for a population.

        Columns: `step`; `d_loss` and `g_loss`, means since the row before; `d_real` and `d_fake`,
        D's mean opinion (see `opinion`) of a fixed set of real points and of generated ones, with
        standard deviations `d_real_sd` and `d_fake_sd`; `d_gradient` and `g_gradient`, the lengths
        of the latest gradients.

        And where the samples lie that the fixed latent vectors give: `spread`, their standard
        deviation, relative to the data's; `coverage`, the share of real points that have a sample
        nearby, and `precision`, the share of samples that have a real point nearby (no farther from
        it than its fifth-nearest real neighbour); `diversity`, the median distance of a sample to
        the nearest other, relative to the data's; `offset`, how far their mean is from the data's,
        and `motion`, how far a sample has moved since the row before, both in standard deviations
        of the data.
        """
        return self.recorder.table(self.seeds)

    def evaluate(self, real: Any = None, n: int | None = None, seed: int = 0) -> pd.DataFrame:
        """Judge samples against real ones with the same labels, which training has not seen.

        Args:
            real: what to compare with; without it, fresh samples of the data's own distribution,
                or those that were held out.
            n: how many samples to draw; without it, as many as there are real ones, up to 1,000.
            seed: decides the latent vectors and the split of the two-sample test.

        Returns:
            One row per seed. `coverage` (0 to 1, 1 is best), `sliced_wasserstein` (0 is best),
            `two_sample` (accuracy of a classifier that tells them apart, 0.5 is best).
        """
        if real is None:
            if self.data is None:
                raise ValueError("this run has no data. Give real samples: run.evaluate(real).")
            real = self.data.fresh(1000 if n is None else n)
        real = as_dataset(real)
        n = min(len(real), 1000) if n is None else n
        given = self.recipe.game.uses_labels and real.labels is not None
        labels = real.labels[torch.arange(n) % len(real)] if given else None
        drawn = self.sample(n, seed, labels=labels)
        members = drawn if self.random.population else drawn[None]
        with few_threads(self.work):
            rows = [
                metrics.summary(real.x, fake, seed) if torch.isfinite(fake).all() else {}
                for fake in members
            ]
        # a member that diverged gets empty fields
        return pd.DataFrame(
            rows, index=pd.Index(self.random.seeds, name="seed"), columns=list(metrics.SUMMARY)
        )

    def plot(self) -> Figure:
        """Real and generated points, the losses, and D's opinion over time, in one figure."""
        return plotting.run(self)

    def __repr__(self) -> str:
        who = (
            f"{len(self.seeds)} GANs, seeds {self.seeds[0]} to {self.seeds[-1]}"
            if self.random.population
            else f"one GAN, seed {self.seeds}"
        )
        about = f"Run({who}; step {self.step} of {self.recipe.steps}"
        return f"{about}; {self.stopped})" if self.stopped else f"{about})"

    def __len__(self) -> int:
        """How many GANs there are in the run."""
        return len(self.random.seeds)

    # ---------------------------------------------------------------- members, files

    def numbers(self) -> list[Tensor]:
        """All weights and buffers of both networks, and of the moving average."""
        networks = [player.network for player in (self.generator, self.discriminator)]
        networks += [
            player.average.network
            for player in (self.generator, self.discriminator)
            if player.average is not None
        ]
        return [x.detach() for network in networks for x in network.state_dict().values()]

    @staticmethod
    def copy_members(sources: list[Tensor], targets: list[Tensor], who: Tensor) -> None:
        """Copy the share of some members, shape () or (K,), of each tensor, in place."""
        for source, target in zip(sources, targets, strict=True):
            mask = who.to(target.device).reshape(who.shape + (1,) * (target.ndim - who.ndim))
            target.copy_(torch.where(mask, source, target))

    def __getitem__(self, index: int) -> Run:
        """One member of a population, as a run of its own that can be looked at or continued."""
        if not self.random.population:
            raise TypeError("this run is a single GAN. Only a population has members.")
        index = range(len(self))[index]
        member = Run(self.recipe, self.latent, self.seeds[index], self.device)
        storage.copy_member(self, member, index)
        if self.data is not None:
            member.attach(self.data)
        return member

    def save(self, folder: str | Path) -> Path:
        """Write the run into a folder: `run.json`, and the numbers as safetensors. No pickle.

        The folder changes from the old run to the new one in a single step. If saving fails
        halfway, for a full disk say, what was there before is intact.

        Raises:
            TypeError: if the recipe holds something that cannot be written down.
            OSError: if the folder cannot be written to.
        """
        return storage.save(self, Path(folder))

    @classmethod
    def load(
        cls, folder: str | Path, data: Any = None, device: str | torch.device | None = None
    ) -> Run:
        """Read a run that was saved.

        Args:
            folder: where it is.
            data: what it learned from, to go on with the training, or to plot and evaluate.
            device: where to put it; without it, on the CPU.

        Raises:
            FileNotFoundError: if there is no run in the folder.
            ValueError: if the files are damaged or from an unknown version, or the data differs.
        """
        run = storage.load(cls, Path(folder), choose_device(device or "cpu"))
        if data is not None:
            run.attach(data)
        return run

    def _gather(self, networks: list[nn.Module]) -> nn.Module:
        if self.random.population:
            return Population(networks).to(self.device)
        # Feature maps side by side for each pixel: convolutions are faster, nothing else changes.
        return networks[0].to(self.device, memory_format=torch.channels_last)


def checked_seeds(seeds: int | Sequence[int]) -> int | tuple[int, ...]:
    """One seed, or a tuple of several.

    Raises:
        TypeError, ValueError: if these are no seeds, or one is there twice.
    """
    single = not isinstance(seeds, Iterable)
    try:
        many = tuple(operator.index(seed) for seed in ([seeds] if single else seeds))
    except TypeError as error:
        raise TypeError(f"a seed is a whole number, such as 0. Got {seeds!r}.") from error
    if not many:
        raise ValueError("seeds is empty. Give one seed or more, such as seeds=range(16).")
    if min(many) < 0:
        raise ValueError(f"seeds cannot be negative. Got {min(many)}.")
    if max(many) >= 2**32:
        raise ValueError(f"a seed has 32 bits, PyTorch drops the others. Got {max(many)}.")
    if len(set(many)) < len(many):
        raise ValueError(
            f"seeds repeats itself: {many}. Equal seeds give equal runs, and prove nothing more."
        )
    return many[0] if single else many
