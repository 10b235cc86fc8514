"""What a climb has found: its stages, its path, and how that path does elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd
from matplotlib.figure import Figure

from gan_school.checks import check
from gan_school.lab.inference import HELPS, HURTS, effects, interval, with_gains
from gan_school.lab.ledger import Ledger
from gan_school.lab.selection.search import Search, Step
from gan_school.lab.selection.settings import RATES
from gan_school.lab.tasks import Task
from gan_school.lab.terms import TIME
from gan_school.metrics.metric import METRICS, Metric

BEST = "end of the path"


@dataclass(frozen=True, eq=False)
class Climb:
    """What a climb has found.

    Attributes:
        ledger: every value.
        search: what was selected for.
    """

    ledger: Ledger
    search: Search

    def stage(self, k: int) -> pd.DataFrame:
        """What was tried in a stage: a row for each variant, indexed by trick and variant.

        Returns:
            The columns of `gan_school.lab.inference.effects`, of the mean over the tasks, where the
            stage is a family; `gain`, `gain_low` and `gain_high`, with more being better; the gain
            on each task; and `cost`, of a step in units of one of the start.

        Raises:
            KeyError: if there was no such stage.
        """
        if k not in self._stages:
            raise KeyError(f"there was no stage {k}. There were {len(self._stages)}.")
        return self._stages[k]

    @cached_property
    def _stages(self) -> dict[int, pd.DataFrame]:
        pairs = self.ledger.pairs[self.ledger.pairs["trick"].str.startswith("stage-")]
        stages = pairs["trick"].str.extract(r"stage-(\d+)", expand=False).astype(int)
        return {
            int(k): self._effects(of_stage.assign(trick=of_stage["trick"].str.split().str[-1]))
            for k, of_stage in pairs.groupby(stages)
        }

    def last(self) -> int:
        """The last stage."""
        return max(self._stages)

    def entered(self, k: int) -> Step | None:
        """What came in at a stage; None if nothing did."""
        helping = self.stage(k)
        helping = helping[helping["verdict"] == HELPS]
        return None if helping.empty else Step(*helping["gain"].idxmax())

    def path(self) -> list[Step]:
        """All that came in, in turn."""
        steps = (self.entered(k) for k in sorted(self._stages))
        return [step for step in steps if step is not None]

    def has_ended(self) -> bool:
        """Whether nothing entered at the last stage, or as many have as may."""
        return self.entered(self.last()) is None or len(self.path()) == self.search.most

    def wins(self) -> bool:
        """Whether the end of the path is better than the rival, by the rule of this module.

        Not as long as the climb has not ended, or the two have not met.
        """
        tasks = (*self.search.tasks, *self.search.unseen)
        if not self.has_ended() or not self._measured("rival", tasks):
            return False
        met = self.unseen().query("recipe == @BEST").set_index("task")
        ahead = met.loc["selecting tasks", "gain"] > 0
        return bool(ahead and met.loc["unseen tasks", "verdict"] != HURTS)

    def tuned(self) -> list[Step]:
        """The learning rate that suits the start best, as a path of one step or of none."""
        gains = self.stage(1)["gain"]
        rates = gains[gains.index.get_level_values("trick") == RATES.number]
        return [Step(*rates.idxmax())] if (rates > 0).any() else []

    def table(self) -> pd.DataFrame:
        """The path: which trick entered when, and what each gained.

        Returns:
            A row for each stage: `trick`, `variant`, `title`; `alone`, the gain on the start;
            `company`, the gain on what was in already; `low` and `high`, the interval of that; all
            of the seeds that selected; `cost`, of a step in units of one of the start; and `tried`,
            how many were.
        """
        rows = []
        for k, step in enumerate(self.path(), 1):
            found, alone = self.stage(k).loc[step], self.stage(1)["gain"].get(step, math.nan)
            rows.append(
                {"trick": step.trick, "variant": step.variant, "title": self._title(step),
                 "alone": alone, "company": found["gain"], "low": found["gain_low"],
                 "high": found["gain_high"], "cost": found["cost"], "tried": len(self.stage(k))}
            )  # fmt: skip
        return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="stage"))

    def staircase(self, terms: str = TIME) -> pd.DataFrame:
        """Mean coverage after each stage, over the tasks that selected.

        Args:
            terms: "equal time" or "equal steps", of which the seeds that selected have the first.

        Returns:
            A row for each stage, from 0, the start, on, and each half of the seeds: `stage`,
            `name`, `half` ("selecting" or "measuring"), `mean`, `low` and `high`.
        """
        path, rows = self.path(), []
        for k in range(len(path) + 1):
            for half, seeds in self._halves(terms).items():
                values = self._mean(self._after(k, half, terms), seeds)
                low, high = interval(values)
                name = f"{self._title(path[k - 1])}: {path[k - 1].variant}" if k else "the start"
                rows.append(
                    dict(stage=k, name=name, half=half, mean=values.mean(), low=low, high=high)
                )
        return pd.DataFrame(rows)

    def _title(self, step: Step) -> str:
        return next(one.title for one in self.search.choices if one.number == step.trick)

    def _measured(self, what: str, tasks: tuple[Task, ...]) -> bool:
        """Whether something was measured on all of these."""
        pairs = self.ledger.pairs
        return {task.name for task in tasks} <= set(pairs.loc[pairs["trick"] == what, "task"])

    def _halves(self, terms: str) -> dict[str, range]:
        measured = self._measured("path", self.search.tasks)
        selecting = {"selecting": self.search.selecting} if terms == TIME else {}
        return selecting | ({"measuring": self.search.measuring} if measured else {})

    def _after(self, k: int, half: str, terms: str) -> dict[str, str]:
        """By task, the name of the recipe after a stage."""
        if k == 0:
            return {task.name: "as it is" for task in self.search.tasks}
        step = self.path()[k - 1]
        if half == "selecting":
            own = self._pairs(f"stage-{k} {step.trick}", step.variant, terms)
        else:
            own = self._pairs("path", f"{k} {step}", terms)
        return dict(zip(own["task"], own["with_"], strict=True))

    def _pairs(self, trick: str, variant: str, terms: str = TIME) -> pd.DataFrame:
        wanted = {"trick": trick, "variant": variant, "terms": terms}
        pairs = self.ledger.pairs
        return pairs[(pairs[list(wanted)] == pd.Series(wanted)).all(axis=1)]

    def interactions(self) -> pd.DataFrame:
        """What a step gains alone, and what on top of others: every step that was tried twice.

        Returns:
            A row for each step and stage after the first: `trick`, `variant`, `stage`; `alone` and
            `company`, the gains; `verdict_alone` and `verdict_company`, in the families of their
            stages; and of the difference between the gains the columns of
            `gan_school.lab.inference.effects`, where all rows are one family.
        """
        rows, sides = [], []
        metric = replace(self._metric, relative=None)  # a gain is a difference, and no share
        for k in sorted(self._stages)[1:]:
            for step, found in self.stage(k).iterrows():
                if step in self.stage(1).index:
                    first = self.stage(1).loc[step]
                    rows.append(
                        {"trick": step[0], "variant": step[1], "stage": k, "alone": first["gain"],
                         "company": found["gain"], "verdict_alone": first["verdict"],
                         "verdict_company": found["verdict"]}
                    )  # fmt: skip
                    sides.append((self._gains(1, step), self._gains(k, step), metric))
        return pd.concat([pd.DataFrame(rows), effects(sides)], axis=1)

    def _gains(self, k: int, step: tuple[str, str]) -> pd.Series:
        """By seed, what a step gains in a stage."""
        own = self._pairs(f"stage-{k} {step[0]}", step[1])
        one, other = (
            self._mean(dict(zip(own["task"], own[side], strict=True)), self.search.selecting)
            for side in ("without", "with_")
        )
        return self._metric.gain(other - one)

    def unseen(self) -> pd.DataFrame:
        """The end of the path, the start, and the start at its best rate, against the rival.

        Returns:
            A row for each of these and each task, and for the means over the tasks that selected,
            `"selecting tasks"`, and over the others, `"unseen tasks"`: `recipe`, `task`, and the
            columns of `gan_school.lab.inference.effects`, where the rival is the baseline and the
            rows for single tasks are one family, those for means another.
        """
        return self._met("rival")

    def at_length(self) -> pd.DataFrame:
        """The same of the end of the path, in the time of all steps that the rival comes with.

        Raises:
            KeyError: if that was not measured.
        """
        if "length" not in set(self.ledger.pairs["trick"]):
            raise KeyError("that was not measured: tools/evidence.py length.")
        return self._met("length")

    def _met(self, named: str) -> pd.DataFrame:
        pairs = self.ledger.pairs[self.ledger.pairs["trick"] == named]
        groups = {
            "selecting tasks": [task.name for task in self.search.tasks],
            "unseen tasks": [task.name for task in self.search.unseen],
        }
        single, mean = (
            pd.concat(
                self._effects(pairs[pairs["task"].isin(tasks)], self.search.measuring)
                .reset_index(level="trick", drop=True).rename_axis("recipe").assign(task=name)
                for name, tasks in asked.items()
            ).reset_index()
            for asked in ({task: [task] for tasks in groups.values() for task in tasks}, groups)
        )  # fmt: skip
        return pd.concat([single, mean], ignore_index=True)

    def _effects(self, pairs: pd.DataFrame, seeds: range | None = None) -> pd.DataFrame:
        """Of the mean over the tasks; all together one family."""
        seeds, metric = self.search.selecting if seeds is None else seeds, self._metric
        sides, places, of_tasks = [], [], []
        for place, own in pairs.groupby(["trick", "variant"], sort=False):
            without, with_ = (
                dict(zip(own["task"], own[side], strict=True)) for side in ("without", "with_")
            )
            sides.append((self._mean(without, seeds), self._mean(with_, seeds), metric))
            places.append(place)
            gains = {
                task: metric.gain(
                    self._end(task, with_[task], seeds).mean()
                    - self._end(task, without[task], seeds).mean()
                )
                for task in without
            }
            of_tasks.append(gains | {"cost": own["cost"].mean()})
        found = with_gains(pd.concat([effects(sides), pd.DataFrame(of_tasks)], axis=1), metric)
        found.index = pd.MultiIndex.from_tuples(places, names=["trick", "variant"])
        return found

    @property
    def _metric(self) -> Metric:
        return METRICS[self.search.tasks[0].metrics[0]]

    def _mean(self, names: dict[str, str], seeds: range) -> pd.Series:
        """What decides, by seed, the mean over tasks."""
        return sum(self._end(task, name, seeds) for task, name in names.items()) / len(names)

    def _end(self, task: str, name: str, seeds: range) -> pd.Series:
        """What decides, by seed, when all steps are played."""
        values = self.ledger.at(task, name)[self._metric.name].sort_index()
        values = values[values.index.isin(seeds)]
        check(
            list(values.index) == list(seeds),
            f"{name!r} on {task} has the seeds {list(values.index)}, and the others have "
            f"{seeds.start} to {seeds.stop - 1}. Measure what is missing: tools/evidence.py best.",
        )
        return values

    def plot(self) -> Figure:
        """The staircase, with both halves of the seeds."""
        from gan_school import plotting

        return plotting.staircase(self.staircase())
