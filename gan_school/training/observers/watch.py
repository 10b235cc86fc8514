"""Stopping when it gets no better, and going back to the best."""

from __future__ import annotations

import time

import pandas as pd
import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.metrics.metric import chosen
from gan_school.training.early_stop import EarlyStop
from gan_school.training.loop import Snapshot
from gan_school.training.model import few_threads
from gan_school.training.observers.observer import Observer
from gan_school.training.state import TrainingState

LOOKING = 2  # the seed of the samples that are looked at


class Watch(Observer):
    """What an early stop has seen of a run; `run.watch`.

    Attributes:
        looks: one row for each look and member: `step`, `seed`, and the metric.
        best: the best value of each member, shape () or (K,).
        best_step: when it had it.
        stopped_at: the step at which its patience ran out, or 0.
        seconds: spent on looking.
    """

    def __init__(self, stop: EarlyStop, run: TrainingState):
        self.stop, self.run = stop, run
        self.name = stop.metric if isinstance(stop.metric, str) else stop.metric.name
        size = run.random.size
        self.best = torch.full(size, torch.nan)
        self.best_step = torch.zeros(size, dtype=torch.long)
        self.stopped_at = torch.zeros(size, dtype=torch.long)
        self.waited = torch.zeros(size, dtype=torch.long)
        self.kept = [x.clone() for x in run.numbers()]
        self.rows: list[tuple[int, Tensor]] = []
        self.seconds = 0.0

    def begin(self, run: TrainingState) -> None:
        """Choose the real samples to compare with."""
        (self.metric,) = chosen([self.stop.metric], run.data)
        # Other samples, real and generated, than those that judge the run afterwards: the best of
        # many looks is partly the luckiest, and it must not be praised for that again.
        self.real = run.data.fresh(self.stop.samples, seed=LOOKING)

    def __call__(self, snapshot: Snapshot) -> str | None:
        """Look, if it is time to. Ends when nobody has patience left."""
        if snapshot.step % self.stop.every and snapshot.step < snapshot.run.recipe.steps:
            return None
        began = time.perf_counter()
        value = self._judged()
        self.rows.append((snapshot.step, value))
        sign = 1 if self.metric.higher_is_better else -1
        better = self.best.isnan() | (sign * (value - self.best) > self.stop.least)
        playing = self.stopped_at == 0
        better &= playing
        self.best = torch.where(better, value, self.best)
        self.best_step = torch.where(better, snapshot.step, self.best_step)
        self.waited = torch.where(better, 0, self.waited + 1)
        out_of_patience = playing & (self.waited >= self.stop.patience)
        self.stopped_at = torch.where(out_of_patience, snapshot.step, self.stopped_at)
        self.run.copy_members(self.run.numbers(), self.kept, better)
        self.seconds += time.perf_counter() - began
        settled = bool((self.stopped_at > 0).all())
        return f"stopped early at step {snapshot.step}" if settled else None

    def _judged(self) -> Tensor:
        """The metric of every member; of one whose samples are not finite, the worst."""
        drawn = self.run.model().sample(self.stop.samples, seed=LOOKING)
        members = drawn if self.run.random.population else drawn[None]
        values = []
        with few_threads(self.run.work):
            for fake in members:
                sound = bool(torch.isfinite(fake).all())
                value = float(self.metric.measure(self.real, fake)) if sound else self.metric.worst
                check(
                    value == value,
                    f"the metric {self.metric.name!r} is NaN for samples that are all finite, at "
                    f"step {self.run.step}. An early stop needs a number to go by.",
                )
                values.append(value)
        return torch.tensor(values).reshape(self.run.random.size)

    def settle(self, run: TrainingState, over: bool) -> None:
        """Give every member its best weights. One that diverged later is sound again with them."""
        if not over:
            return
        seen = ~self.best.isnan()
        self.run.copy_members(self.kept, self.run.numbers(), seen)
        self.run.diverged = torch.where(seen, 0, self.run.diverged)

    @property
    def looks(self) -> pd.DataFrame:
        """One row for each look and member: `step`, `seed`, and the metric."""
        seeds = self.run.random.seeds
        return pd.DataFrame(
            [
                {"step": step, "seed": seed, self.name: value}
                for step, values in self.rows
                for seed, value in zip(seeds, values.reshape(-1).tolist(), strict=True)
            ],
            columns=["step", "seed", self.name],
        )

    def __str__(self) -> str:
        """How it came out, and what it cost."""
        if not self.rows:
            return "no look yet"
        stopped = int((self.stopped_at > 0).sum())
        steps = torch.where(self.stopped_at > 0, self.stopped_at, self.run.step).float().mean()
        who = f"{stopped} of {len(self.run)} stopped early" if len(self.run) > 1 else (
            "stopped early" if stopped else "not stopped early"
        )  # fmt: skip
        return (
            f"{who}, after {steps:,.0f} of {self.run.recipe.steps:,} steps; {self.name} was "
            f"best, {self.best.mean():.3g}, at step {self.best_step.float().mean():,.0f}; looking "
            f"took {self.seconds:.1f} s, training {self.run.seconds:.1f} s"
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Everything it has seen."""
        return {
            "best": self.best,
            "best_step": self.best_step,
            "stopped_at": self.stopped_at,
            "waited": self.waited,
            "steps": torch.tensor([step for step, _ in self.rows], dtype=torch.long),
            "values": torch.stack([x for _, x in self.rows]) if self.rows else torch.empty(0),
            **{f"kept.{index}": x for index, x in enumerate(self.kept)},
        }

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """The same of one member of a population."""
        state = self.state_dict()
        alone = {"steps": state["steps"], "values": state["values"]}
        if len(state["steps"]):
            alone["values"] = state["values"][:, index]
        return alone | {name: x[index] for name, x in state.items() if name not in alone}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on where it was."""
        for name in ("best", "best_step", "stopped_at", "waited"):
            setattr(self, name, state[name].clone())
        self.rows = list(zip(state["steps"].tolist(), state["values"], strict=False))
        for index, x in enumerate(self.kept):
            x.copy_(state[f"kept.{index}"])
