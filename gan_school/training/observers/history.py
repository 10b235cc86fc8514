"""The record that a run keeps of itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gan_school.games.samples import samples, values
from gan_school.networks.description import evaluating
from gan_school.randomness import Randomness
from gan_school.training.loop import Snapshot
from gan_school.training.observers.observer import Observer
from gan_school.training.state import TrainingState

COLUMNS = (
    "d_loss", "g_loss", "d_real", "d_fake", "d_real_sd", "d_fake_sd",
    "d_gradient", "g_gradient", "spread", "coverage", "precision", "diversity", "offset", "motion",
)  # fmt: skip

# D and G are asked about these many samples, always the same, so that the curves show how the
# networks change and not which samples they were asked about.
PROBES = 250
IMAGE_PROBES = 100  # images take longer
SAME = 1e-3  # of the data's spread: samples that are no farther apart count as one
NEIGHBOURS = 5  # near a real sample is what is no farther than its fifth-nearest real neighbour


class History(Observer):
    """Sums up what happened every so many steps.

    Args:
        every: steps between two rows of the record; with 0 there are none.
        device: where the networks are.
    """

    def __init__(self, every: int, device: torch.device):
        self.every, self.device = every, device
        self.steps: list[int] = []
        self.rows: list[Tensor] = []  # each (columns,), or (columns, K) for a population
        self._losses: list[tuple[Tensor, Tensor]] = []
        # the samples of the row before, shape (…, probes, features)
        self._last: Tensor | None = None

    def begin(self, run: TrainingState) -> None:
        """Choose the samples and latent vectors to ask about."""
        x, labels = run.data.x, run.labels
        m, few = run.game.together, PROBES if x.ndim == 2 else IMAGE_PROBES
        probes = max(min(few, len(x)), m)
        chosen = torch.linspace(0, len(x) - 1, probes - probes % m).long()
        if m > 1:  # neighbours in the data may be alike: nobody is to judge these together
            chosen = chosen[torch.randperm(len(chosen), generator=torch.Generator().manual_seed(0))]
        self.real = x[chosen].to(run.device)
        self.labels = None if labels is None else labels[chosen].to(run.device)
        self.z = run.latent.sample(Randomness(0), len(chosen)).to(run.device)
        flat = self.real.flatten(1)
        self.data_centre, self.data_spread = flat.mean(0), _spread(flat)
        # the nearest is always the point itself
        neighbours = torch.cdist(flat, flat).sort(-1).values
        self.data_gap = neighbours[:, min(1, len(flat) - 1)].median()
        radius, same = neighbours[:, min(NEIGHBOURS, len(flat) - 1)], SAME * self.data_spread
        # Whole numbers and categories repeat themselves: near is what rounding would make the same.
        other = neighbours.masked_fill(neighbours <= same, torch.inf).amin(-1) / 2
        self.radius = torch.where(radius <= same, other, radius)
        self.repeats = self.data_gap <= same

    def __call__(self, snapshot: Snapshot) -> None:
        """Take note of a round; write a row when it is time for one."""
        if not self.every:
            return
        self._losses.append((snapshot.d_loss, snapshot.g_loss))
        if snapshot.step % self.every == 0 or snapshot.step == snapshot.run.recipe.steps:
            self.steps.append(snapshot.step)
            self.rows.append(self._row(snapshot))
            self._losses = []

    @torch.no_grad()
    def _row(self, snapshot: Snapshot) -> Tensor:
        run = snapshot.run
        population = run.random.population
        real, z, labels = (
            x if x is None else x.expand(*run.random.size, *x.shape)
            for x in (self.real, self.z, self.labels)
        )
        game = run.model(average=False).game  # whose random numbers are not those of the training
        with evaluating(run.generator.network), evaluating(run.discriminator.network):
            fake = game.generate(z, labels)
            real_opinion, fake_opinion = (
                game.opinion(game.score(x)).flatten(int(population))
                for x in (samples(real, labels), fake)
            )
        d_losses, g_losses = zip(*self._losses, strict=True)
        flat = values(fake).flatten(1 + int(population))
        return torch.stack(
            [
                torch.stack(d_losses).mean(0),
                torch.stack(g_losses).mean(0),
                real_opinion.mean(-1),
                fake_opinion.mean(-1),
                real_opinion.std(-1),
                fake_opinion.std(-1),
                run.discriminator.gradient_norm(),
                run.generator.gradient_norm(),
                *self._geometry(flat),
            ]
        ).cpu()

    def _geometry(self, fake: Tensor) -> Iterator[Tensor]:
        """Where samples (…, probes, features) lie: spread, coverage, precision, …, motion."""
        real = self.real.flatten(1)
        apart = torch.cdist(real.expand(*fake.shape[:-2], *real.shape), fake)
        near = apart <= self.radius[:, None]  # (…, real, generated)
        among = torch.cdist(fake, fake) + torch.diag(fake.new_full((len(real),), torch.inf))
        yield _spread(fake) / self.data_spread
        yield near.any(-1).float().mean(-1)
        yield near.any(-2).float().mean(-1)
        diversity = among.min(-1).values.median(-1).values / self.data_gap
        yield torch.where(self.repeats, 1.0, diversity)
        yield (fake.mean(-2) - self.data_centre).norm(dim=-1) / self.data_spread
        before = fake + torch.nan if self._last is None else self._last.to(fake.device)
        moved = fake - before
        self._last = fake
        yield moved.norm(dim=-1).mean(-1) / self.data_spread

    def table(self, seeds: int | tuple[int, ...]) -> pd.DataFrame:
        """The record as a table; see `Run.history`."""
        if isinstance(seeds, int):
            return self._table(self.rows)
        frames = []
        for place, seed in enumerate(seeds):
            frame = self._table([row[:, place] for row in self.rows])
            frame.insert(0, "seed", seed)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def _table(self, rows: list[Tensor]) -> pd.DataFrame:
        values = torch.stack(rows).numpy() if rows else np.empty((0, len(COLUMNS)), np.float32)
        frame = pd.DataFrame(values, columns=list(COLUMNS))
        frame.insert(0, "step", np.array(self.steps, dtype=int))
        return frame

    def state_dict(self) -> dict[str, Tensor]:
        """The rows so far, and the losses that wait for the next one."""
        waiting = [torch.stack(pair).cpu() for pair in self._losses]
        return {
            "every": torch.tensor(self.every),
            "steps": torch.tensor(self.steps, dtype=torch.long),
            "rows": torch.stack(self.rows) if self.rows else torch.empty(0),
            "waiting": torch.stack(waiting) if waiting else torch.empty(0),
            "last": torch.empty(0) if self._last is None else self._last.cpu(),
        }

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """The same of one member of a population."""
        state = self.state_dict()
        for name in ("rows", "waiting"):
            state[name] = state[name][..., index] if len(state[name]) else state[name]
        state["last"] = state["last"][index] if len(state["last"]) else state["last"]
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue the record, as often as it was kept before."""
        self.every = int(state.get("every", self.every))
        self.steps = state["steps"].tolist()
        self.rows = list(state["rows"].unbind()) if self.steps else []
        waiting = [tuple(pair.unbind()) for pair in state["waiting"].to(self.device).unbind()]
        self._losses = waiting if len(state["waiting"]) else []
        self._last = state["last"] if len(state["last"]) else None


def _spread(x: Tensor) -> Tensor:
    """Root of the total variance of samples (…, n, features), shape (…)."""
    return x.var(-2).sum(-1).sqrt()
