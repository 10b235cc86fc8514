"""Where the numbers on the slides come from: the ledger, the studies, the doctor, the checkpoints.

A deck writes `[[ gain("1.5", "Adam", "ring") ]]`, and building it puts the number there.
Nothing is typed, so a slide cannot say what was not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import pandas as pd

from gan_school import checkpoints
from gan_school.lab import Ledger, evidence, studies, survey
from gan_school.lab.examination import bench, by_lot, cures
from gan_school.lab.inference import VERDICTS
from gan_school.lab.terms import STEPS


class Facts:
    """What a deck can ask for.

    Args:
        ledger: the measured tricks; without it, the ledger of this copy of the course.
    """

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = evidence() if ledger is None else ledger

    def names(self) -> dict[str, Callable[..., Any]]:
        """Everything by name, as the decks know it."""
        return {
            name: getattr(self, name)
            for name in dir(type(self))
            if not name.startswith("_") and name not in ("names", "examination")
        }

    # ------------------------------------------------------------------------------ one trick
    #
    # `terms` are "equal steps", "equal time" or "tuned rate"; see `gan_school.lab.survey`.

    def gain(
        self,
        trick: str,
        variant: str,
        task: str,
        budget: str = "long",
        terms: str = STEPS,
        metric: str | None = None,
    ) -> str:
        """How much better it is with the trick: +0.14, or −0.14 where it is worse."""
        return signed(self._effect(trick, variant, task, budget, terms, metric)["gain"])

    def interval(self, trick: str, variant: str, task: str, budget: str = "long") -> str:
        """The 95 % interval of the gain: +0.08 to +0.20."""
        row = self._effect(trick, variant, task, budget)
        return f"{signed(row['gain_low'])} to {signed(row['gain_high'])}"

    def without(self, trick: str, variant: str, task: str, budget: str = "long") -> str:
        """The mean without the trick."""
        return f"{self._effect(trick, variant, task, budget)['baseline']:.2f}"

    def with_it(self, trick: str, variant: str, task: str, budget: str = "long") -> str:
        """The mean with the trick."""
        return f"{self._effect(trick, variant, task, budget)['mean']:.2f}"

    def cost(self, trick: str, variant: str, task: str) -> str:
        """How many times as long a step takes with the trick: 1.3."""
        return f"{self._effect(trick, variant, task, 'long')['cost']:.1f}"

    def cost_alone(self, trick: str, variant: str, task: str) -> str:
        """The same for one GAN that trains by itself, and not as one of sixteen."""
        return f"{survey.costs_on_record().loc[(task, trick, variant), 'alone']:.1f}"

    def verdict(
        self, trick: str, variant: str, task: str, budget: str = "long", terms: str = STEPS
    ) -> str:
        """helps, hurts, equivalent, or undecided."""
        return str(self._effect(trick, variant, task, budget, terms)["verdict"])

    def where(
        self, trick: str, variant: str, verdict: str, budget: str = "long", terms: str = STEPS
    ) -> str:
        """The tasks with this verdict, in words: spiral and ring; or nowhere."""
        _known(verdict)
        effects = self.ledger.effects(trick, budget=budget, terms=terms)
        chosen = effects[(effects["variant"] == variant) & (effects["verdict"] == verdict)]
        if variant not in set(effects["variant"]):
            raise KeyError(f"{trick} has no variant {variant!r}.")
        return _listed(list(chosen["task"])) or "nowhere"

    def after(self, task: str, drastic: str, quick: str = "") -> str:
        """The mean of a change of level 3, alone or with one of level 2 on top."""
        table = self.ledger.combinations(task)
        return f"{table.loc[drastic, quick or 'alone']:.2f}"

    def _effect(
        self,
        trick: str,
        variant: str,
        task: str,
        budget: str,
        terms: str = STEPS,
        metric: str | None = None,
    ) -> pd.Series:
        effects = self.ledger.effects(trick, task, budget, terms, metric)
        found = effects[effects["variant"] == variant]
        if len(found) != 1:
            known = ", ".join(effects["variant"])
            raise KeyError(f"{trick} has no variant {variant!r} on {task}. There are: {known}.")
        return found.iloc[0]

    # ------------------------------------------------------------------------- the whole ledger

    def trained(self) -> str:
        """How many GANs were trained for the ledger."""
        values = self.ledger.values
        return f"{len(values[['task', 'recipe', 'seed']].drop_duplicates()):,}"

    def share(self, verdict: str, budget: str = "long") -> str:
        """The share of all effects that have this verdict."""
        _known(verdict)
        return percent((self.ledger.effects(budget=budget)["verdict"] == verdict).mean())

    # --------------------------------------------------------- studies, checkpoints, the doctor

    def study(self, name: str, recipe: str, metric: str, digits: int = 2) -> str:
        """The mean of a metric of one recipe of a study."""
        found = studies.on_record(name)
        of = found[(found["recipe"] == recipe) & (found["metric"] == metric)]["value"]
        if of.empty:
            raise KeyError(f"the study {name!r} has no {metric!r} of {recipe!r}.")
        return f"{of.mean():.{digits}f}"

    def saved(self, recipe: str) -> str:
        """The share of its steps that early stopping has left out, in the study of stopping."""
        found = studies.on_record("stopping")
        played = found.groupby("recipe")["played"].mean()
        return percent(1 - played[recipe] / played["all steps"])

    def card(self, name: str, metric: str, digits: int = 2) -> str:
        """What was measured of a checkpoint."""
        return f"{checkpoints.load(name).metrics[metric]:.{digits}f}"

    def seconds(self, name: str) -> str:
        """How long a checkpoint has trained, on two cores."""
        return f"{checkpoints.load(name).card['seconds']:.0f}"

    def named_rightly(self, condition: str) -> str:
        """Of the confirmed runs that are in this condition, how many the doctor named rightly."""
        found = self.examination
        chosen = found[found["confirmed"]]
        healthy = chosen["condition"] == "healthy"
        of = chosen[healthy if condition == "healthy" else ~healthy]
        return percent(of["right"].mean())

    def named_of_all(self, condition: str) -> str:
        """The same of all runs, confirmed or not."""
        return percent(bench.shares(self.examination).loc[condition, "right of all"])

    def one_name(self) -> str:
        """The one name that is true of most runs by lot."""
        return self._of_one_name.index[0]

    def one_name_right(self) -> str:
        """For how many."""
        return percent(self._of_one_name.iloc[0])

    @cached_property
    def _of_one_name(self) -> pd.Series:
        return by_lot.of_one_name(by_lot.on_record().query("half == 'examines'"))

    def named_by_lot(self, kind: str) -> str:
        """Of the runs by lot that examine the doctor, how many of this kind it named rightly."""
        lot = by_lot.on_record().query("half == 'examines'")
        return percent(by_lot.shares(lot).loc[kind, "right"])

    def cured(self, arm: str) -> str:
        """Of a hundred sick runs, how many became healthy; of "lot" the mean of the three."""
        shares = cures.by_arm(cures.on_record())["right"]
        return percent(
            shares[shares.index.str.startswith(arm)].mean() if arm == "lot" else shares[arm]
        )

    def examined(self) -> str:
        """How many runs the doctor was examined on."""
        return f"{len(self.examination):,}"

    @cached_property
    def examination(self) -> pd.DataFrame:
        """The doctor's examination."""
        return bench.on_record()


def _known(verdict: str) -> None:
    if verdict not in VERDICTS:
        raise KeyError(f"there is no verdict {verdict!r}. There are: {', '.join(VERDICTS)}.")


def signed(number: float) -> str:
    """+0.14 or −0.14, with a real minus sign."""
    return f"{number:+.2f}".replace("-", "−")


def percent(share: float) -> str:
    """14 %"""
    return f"{100 * share:.0f} %"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
