"""A run: one training in progress or at its end, of one GAN or of a population."""

from __future__ import annotations

import operator
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor

from gan_school import metrics, plotting
from gan_school.checks import check
from gan_school.datasets import as_dataset
from gan_school.games.latent import Latent
from gan_school.hardware import device as choose_device
from gan_school.settings import from_json
from gan_school.training import loop, storage
from gan_school.training.loop import Snapshot
from gan_school.training.model import few_threads
from gan_school.training.observers import Guard, History, Observer, Watch
from gan_school.training.observers.guard import stacklevel
from gan_school.training.player import part_of
from gan_school.training.recipe import Recipe, same_but_for_places
from gan_school.training.state import Part, TrainingState

MOST_JUDGED = 20_000  # samples: the metrics compare each with each


class Run(TrainingState):
    """Everything that changes while a GAN trains, and what can be done with it afterwards.

    `train` makes one and plays it to the end. Made by hand with `Run.start`, it can be played step
    by step: `for snapshot in run.play(): …`.

    Attributes:
        recipe: how it is trained.
        seeds: an integer for one GAN, a tuple of K for a population.
        step: rounds played so far.
        stopped: why it ended before its last round, or None.
        diverged: for every member the step at which its loss was no longer a finite number, or 0.
        seconds: time spent in training, without looking on.
        observers: by name, those who look on: the record, the guard, and what `observe` has added.
        watch: what was seen on the way, for a recipe that stops early: a `Watch`; else None.
        changes: what `retune` has changed, and after which step.
        torn: whether the last round was cut off halfway, by an error for example.
    """

    def __init__(
        self,
        recipe: Recipe,
        latent: Latent,
        seeds: int | tuple[int, ...],
        device: torch.device,
        work: float = 0.0,
    ):
        super().__init__(recipe, latent, seeds, device, work)
        self.recorder = History(max(10, recipe.steps // 200), device)
        self.watch = None if recipe.stop is None else Watch(recipe.stop, self)
        self.guard = Guard(self)
        self.observers: dict[str, Observer] = {"history": self.recorder, "guard": self.guard}
        if self.watch is not None:
            self.observers["watch"] = self.watch

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
        work *= 1 if isinstance(seeds, int) else len(seeds)
        run = cls(recipe, latent, seeds, choose_device(device, work=work), work)
        run.attach(dataset)
        return run

    def attach(self, data: Any) -> None:
        """Give the run the data to learn from. A run that was loaded wants the data it had before.

        Raises:
            ValueError: if the run has learned from other data before.
        """
        begins = self.data is None
        super().attach(data)
        if begins:
            for name in self.observers:
                self._begin(name)

    def observe(self, name: str, observer: Observer) -> None:
        """Let somebody else look on: called after every round, saved with the run.

        Args:
            name: under which it is saved, and finds what it has saved again; one word.
            observer: see `Observer`.

        Raises:
            ValueError: if the name is taken, or no word.
        """
        check(
            name.isidentifier() and name != "diverged",
            f"{name!r} is no name for an observer: one word, of letters, digits and underscores.",
        )
        check(name not in self.parts(), f"{name!r} is looking on already. Choose another name.")
        self.observers[name] = observer
        if self.data is not None:
            self._begin(name)
        elif saved := part_of(self.unclaimed, name):
            observer.load_state_dict(saved)  # and again after `begin`

    def _begin(self, name: str) -> None:
        """Let an observer begin, and go on with what it has saved."""
        self.observers[name].begin(self)
        if saved := part_of(self.unclaimed, name):
            self.observers[name].load_state_dict(saved)
            for key in saved:
                del self.unclaimed[f"{name}.{key}"]

    def parts(self) -> dict[str, Part]:
        """Everything that is saved, by name."""
        return super().parts() | self.observers

    # ---------------------------------------------------------------- playing

    def play(self) -> Iterator[Snapshot[Self]]:
        """Play the rounds that are left, one at a time, while the observers look on.

        It ends early when one of them wants that: the guard when no loss is finite any more, the
        early stop when nothing gets better. `stopped` then says why.

        Raises:
            ValueError: if the run was loaded, and not given its data with `attach` yet.
        """
        check(
            self.data is not None,
            "this run has no data. Give it the data it had: run.attach(data).",
        )
        absent = {key.partition(".")[0] for key in self.unclaimed}
        if absent:
            warnings.warn(
                f"{', '.join(sorted(absent))} looked on before, and does not now. What was seen is "
                "kept; run.observe(…) lets it look on again.",
                stacklevel=stacklevel(),
            )
        self.stopped, over = None, False
        rounds = loop.play(self)
        try:
            while (snapshot := self._round(rounds)) is not None:
                over = self.stopped is not None
                if over and self.diverged.all():
                    return  # nothing sound is left to look at
                yield snapshot
                if over:
                    return
        finally:
            # Python ends: PyTorch is half gone, and nobody will ask for these weights any more.
            if not sys.is_finalizing():
                for observer in self.observers.values():
                    observer.settle(self, over or self.step == self.recipe.steps)

    def _round(self, rounds: Iterator[Snapshot[Self]]) -> Snapshot[Self] | None:
        """Play one round, and let the observers look; None if none is left."""
        with few_threads(self.work):
            began = time.perf_counter()
            # Layers such as Dropout can only draw from PyTorch's global random numbers.
            with self.random.lent_to_torch():
                self.torn = True
                snapshot = next(rounds, None)
                self.torn = False
            self.seconds += time.perf_counter() - began
            if snapshot is not None:
                self.stopped = None
                for name, observer in self.observers.items():
                    if (reason := observer(snapshot)) is not None:
                        check(
                            isinstance(reason, str),
                            f"the observer {name!r} returned {reason!r}. Expected None, or a text "
                            "that says why training is to end.",
                            TypeError,
                        )
                        self.stopped = self.stopped or reason
        return snapshot

    def retune(self, d_lr: float | None = None, g_lr: float | None = None) -> None:
        """Change a learning rate in the middle of a run. It is noted in `changes`, and saved.

        A schedule goes on, with the new rate as its beginning.

        Args:
            d_lr, g_lr: the new rate of the discriminator, of the generator.

        Raises:
            ValueError: if a rate is not above 0, or infinite.
        """
        players = {"d_lr": self.discriminator, "g_lr": self.generator}
        asked = {name: lr for name, lr in (("d_lr", d_lr), ("g_lr", g_lr)) if lr is not None}
        for lr in asked.values():
            check(0 < lr < torch.inf, f"a learning rate is above 0 and finite. Got {lr}.")
        for name, lr in asked.items():
            players[name].lr = float(lr)
        if asked:
            self.changes.append({"step": self.step, **asked})

    @property
    def played(self) -> Tensor:
        """How many rounds count for each member, shape () or (K,): until it stopped early."""
        played = torch.full(self.random.size, self.step)
        if self.watch is None:
            return played
        return torch.where(self.watch.stopped_at > 0, self.watch.stopped_at, played)

    # ---------------------------------------------------------------- asking

    def sample(
        self, n: int | None = None, seed: int = 0, *, labels: Any = None, average: bool = True
    ) -> Tensor:
        """Draw samples from the generator; see `Model.sample` for shapes and errors.

        Args:
            n: how many, from every member; without it, as many as there are labels, or 1,000.
            seed: decides the latent vectors. Every member gets the same ones.
            labels: for a game with labels, one class for all samples, or the class of each.
            average: use the moving average of the weights, where the recipe keeps one.
        """
        return self.model(average).sample(n, seed, labels=labels)

    def choose(self, n: int, among: int = 10, seed: int = 0) -> Tensor:
        """The best of many samples, says the guide of the game; see `Model.choose`."""
        return self.model().choose(n, among, seed)

    def generate(self, z: Tensor, labels: Any = None, average: bool = True) -> Tensor:
        """Give the generator latent vectors of your own choice; see `Model.generate`."""
        return self.model(average).generate(z, labels)

    def opinion(self, x: Any, labels: Any = None) -> Tensor:
        """What the discriminator says of each sample, real or not; see `Model.opinion`."""
        return self.model().opinion(x, labels)

    def probability_real(self, x: Any, labels: Any = None) -> Tensor:
        """How probably each is real, says the discriminator; see `Model.probability_real`."""
        return self.model().probability_real(x, labels)

    def read(self, x: Any) -> tuple[Tensor, ...]:
        """The codes of samples, says an InfoGAN's reader; see `Model.read`."""
        return self.model().read(x)

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
        it than its fifth-nearest real neighbour; where that is the same once more, nearer to it
        than to any other); `diversity`, the median distance of a sample to the nearest other,
        relative to the data's, and 1 where the data repeats itself; `offset`, how far their mean is
        from the data's, and `motion`, how far a sample has moved since the row before, both in
        standard deviations of the data.
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

        Raises:
            ValueError: if there is nothing to compare with, or too few or too many samples.
        """
        check(
            n is None or 2 <= n <= MOST_JUDGED,
            f"n={n}: between 2 and {MOST_JUDGED:,} samples can be judged, each against each.",
        )
        if real is None:
            check(
                self.data is not None,
                "this run has no data. Give real samples: run.evaluate(real).",
            )
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

    # ---------------------------------------------------------------- members, files

    def __getitem__(self, index: int) -> Run:
        """One member of a population, as a run of its own that can be looked at or continued."""
        if not self.random.population:
            raise TypeError("this run is a single GAN. Only a population has members.")
        if not -len(self) <= index < len(self):
            raise IndexError(f"there is no member {index}: this population has {len(self)}.")
        index = range(len(self))[index]
        member = Run(
            self.recipe, self.latent, self.seeds[index], self.device, self.work / len(self)
        )
        storage.copy_member(self, member, index)
        if self.data is not None:
            member.attach(self.data)
        return member

    def save(self, folder: str | Path) -> Path:
        """Write the run into a folder: `run.json`, and the numbers as safetensors. No pickle.

        The folder changes from the old run to the new one in a single step. If saving fails
        halfway, for a full disk say, what was there before is intact. Of what else is in the
        folder, nothing is touched.

        Raises:
            TypeError: if the recipe holds something that cannot be written down.
            OSError: if the folder cannot be written to, or another program is writing into it.
        """
        return storage.save(self, Path(folder))

    @classmethod
    def load(
        cls,
        folder: str | Path,
        data: Any = None,
        device: str | torch.device | None = None,
        *,
        recipe: Recipe | None = None,
    ) -> Run:
        """Read a run that was saved.

        Args:
            folder: where it is.
            data: what it learned from, to go on with the training, or to plot and evaluate.
            device: where to put it; without it, on the CPU.
            recipe: how it was trained; only needed where the files cannot say it, as with networks
                that are made by a `lambda`.

        Raises:
            FileNotFoundError: if there is no run in the folder.
            ValueError: if the files are damaged or from an unknown version, the data differs, or
                the recipe is another one.
        """
        about, numbers = storage.load(Path(folder))
        device = choose_device(device or "cpu")
        try:
            how = from_json(about["recipe"])
            check(
                recipe is None or same_but_for_places(how, recipe),
                f"the run in {folder} was trained by another recipe: {how!r}.",
            )
            known = from_json(about["latent"]), from_json(about["seeds"])
            run = cls(recipe or how, *known, device, about["work"])
            storage.restore(run, about, numbers)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"{folder} holds a damaged run: {error!r}.") from error
        if data is not None:
            run.attach(data)
        return run


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
