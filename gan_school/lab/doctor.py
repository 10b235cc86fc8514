"""`diagnose`: what is wrong with a run, on which evidence, and what to try.

The doctor reads what a run records, and nothing else: the losses, what D says of real and of
generated samples, gradients, and where the samples lie (see `Run.history`). It goes through its
rules in order, the most certain condition first, and takes the first that fits. Its thresholds were
set on runs that were broken on purpose, and are tested on others: `gan_school.lab.examination`.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gan_school.checks import check
from gan_school.lab.catalogue import tricks
from gan_school.lab.conditions import Condition
from gan_school.lab.trick import Trick
from gan_school.training import Run

ROWS = 10  # of the record, at least: fewer are not enough to tell
END = 0.2  # of the run: the part at its end that says how it is
FAR = 3.0  # standard deviations of the data
GOOD, FINE, POOR = 0.7, 0.85, 0.6  # of coverage and precision
SAME, SCATTERED = 0.1, 1.35  # of the data's variety: hardly any; samples around the data, not on it
SURE = 0.7  # between D's mean answers on real and on generated samples, when it knows them apart
VAGUE = 0.02  # the standard deviation of D's answers when it says about the same of everything
DIVIDED = 0.15  # the same, when it knows some real samples for sure: G never makes such
RISE, LEAP = 0.03, 0.1  # of the mean of coverage and precision, from halfway to the end
RESTLESS, WILD = 0.1, 0.3  # standard deviations of the data that a sample moves from row to row
SHOWN = 4  # tricks in a line of text


@dataclass(frozen=True)
class Signs:
    """What the record of one run comes to.

    Attributes:
        rows: how many there are.
        diverged: the step at which a loss was no longer a finite number, or 0.
        end: the mean of every column over the last part of the run; of `motion`, over a part twice
            as long.
        halfway: the mean over a part in the middle of the run, as long as the last.
        trend: how coverage and precision go with the steps over the last half: the rank correlation
            of their mean with the step, −1 to 1.
    """

    rows: int
    diverged: int
    end: pd.Series
    halfway: pd.Series
    trend: float

    @classmethod
    def of(cls, history: pd.DataFrame, diverged: int = 0) -> Signs:
        """Sum up the record of one run."""
        table = history.assign(quality=(history["coverage"] + history["precision"]) / 2)
        part, middle = max(1, round(END * len(table))), len(table) // 2
        end = table.iloc[-part:].mean()
        end["motion"] = table["motion"].iloc[-2 * part :].mean()
        half = table.iloc[middle:]
        moves = half["quality"].nunique() > 1  # else there is no correlation to speak of
        return cls(
            rows=len(table),
            diverged=diverged,
            end=end,
            halfway=table.iloc[middle - part // 2 : middle + (part + 1) // 2].mean(),
            trend=half["quality"].corr(half["step"], method="spearman") if moves else 0.0,
        )


# ------------------------------------------------------------------------------------- the rules
#
# Each says, in figures, why its condition holds, or returns None.


def not_finite(signs: Signs) -> str | None:
    """A loss was NaN or infinite."""
    if signs.diverged:
        return f"a loss was NaN or infinite at step {signs.diverged:,}"
    if not np.isfinite(signs.end.drop(labels="motion")).all():
        return "the record holds numbers that are not finite"
    return None


def far_away(signs: Signs) -> str | None:
    """The samples have left the data behind."""
    end = signs.end
    if end.offset > FAR:
        away = f"{end.offset:.1f}" if end.offset < 100 else f"{end.offset:,.0f}"
        return f"the samples lie {away} standard deviations of the data away from it"
    if end.spread > FAR:
        return f"the samples are spread {end.spread:.1f} times as wide as the data"
    return None


def healthy(signs: Signs) -> str | None:
    """Most of the data has samples nearby, most samples have data nearby, and that is settled."""
    end = signs.end
    if min(end.coverage, end.precision) < GOOD or _unfinished(signs):
        return None
    return (
        f"{end.coverage:.0%} of the data have a sample nearby, and {end.precision:.0%} of the "
        "samples lie near the data"
    )


def discriminator_too_strong(signs: Signs) -> str | None:
    """D knows every sample for what it is, and G does not get better."""
    end = signs.end
    if end.d_real - end.d_fake < SURE or end.coverage >= GOOD:
        return None
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}: it knows them "
        f"all, and only {end.coverage:.0%} of the data have a sample nearby"
    )


def mode_collapse(signs: Signs) -> str | None:
    """The samples differ from each other far less than the data do."""
    end = signs.end
    if min(end.spread, end.diversity) > SAME:
        return None
    return (
        f"the samples spread {end.spread:.0%} as wide as the data, and the nearest two are "
        f"{end.diversity:.0%} as far apart as two real ones"
    )


def still_improving(signs: Signs) -> str | None:
    """Coverage and precision have been rising."""
    end = signs.end
    if not _rises(signs) or end.motion > WILD:
        return None
    scattered = (
        f", and the nearest two samples are {end.diversity:.0%} as far apart as two real ones"
        if end.diversity > SCATTERED
        else ""
    )
    return (
        f"coverage and precision were on average {signs.halfway.quality:.0%} halfway, and "
        f"{end.quality:.0%} at the end{scattered}"
    )


def generator_too_strong(signs: Signs) -> str | None:
    """D takes bad samples for real ones, or says about the same of everything."""
    end = signs.end
    lead = end.d_real - end.d_fake
    vague = end.d_real_sd < VAGUE and lead < 2 * VAGUE
    fooled = lead < -2 * VAGUE and end.motion < WILD
    if end.quality > GOOD or not (vague or fooled):
        return None
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}, although only "
        f"{end.precision:.0%} of the samples lie near the data"
    )


def parts_never_made(signs: Signs) -> str | None:
    """Good samples, and a part of the data that D knows for real because G never makes it."""
    return missing_modes(signs) if signs.end.d_real_sd > DIVIDED else None


def missing_modes(signs: Signs) -> str | None:
    """Good samples, and parts of the data without any."""
    end = signs.end
    if end.precision < POOR or end.coverage >= min(end.precision, FINE) or end.motion > WILD:
        return None
    return (
        f"{end.precision:.0%} of the samples lie near the data, but only {end.coverage:.0%} of the "
        "data have a sample nearby"
    )


def oscillating(signs: Signs) -> str | None:
    """The samples keep moving, and do not get better."""
    end = signs.end
    if end.motion < RESTLESS:
        return None
    return (
        f"from one row of the record to the next a sample moves {end.motion:.2f} standard "
        f"deviations of the data, and coverage stays at {end.coverage:.0%}"
    )


def _rises(signs: Signs, by: float = RISE) -> bool:
    return signs.end.quality - signs.halfway.quality > by and signs.trend > 0.2


def _unfinished(signs: Signs) -> bool:
    """Whether more steps would be more than a luxury."""
    end = signs.end
    leaps = _rises(signs, by=LEAP) and min(end.coverage, end.precision) < FINE
    return end.diversity > SCATTERED or leaps


Rules = tuple[tuple[Condition, Callable[[Signs], str | None]], ...]

RULES: Rules = (
    (Condition.DIVERGED, not_finite),
    (Condition.HEALTHY, healthy),
    (Condition.MODE_COLLAPSE, mode_collapse),
    (Condition.GENERATOR_TOO_STRONG, generator_too_strong),
    (Condition.DIVERGED, far_away),
    (Condition.DISCRIMINATOR_TOO_STRONG, discriminator_too_strong),
    (Condition.MISSING_MODES, parts_never_made),
    (Condition.STILL_IMPROVING, still_improving),
    (Condition.MISSING_MODES, missing_modes),
    (Condition.OSCILLATING, oscillating),
)

# What a discriminator says means something in itself only where it is a probability.
ABOUT_PROBABILITIES = (generator_too_strong, discriminator_too_strong, parts_never_made)
RULES_FOR_SCORES = tuple(pair for pair in RULES if pair[1] not in ABOUT_PROBABILITIES)


# --------------------------------------------------------------------------------- the diagnosis


@dataclass(frozen=True)
class Diagnosis:
    """What is the matter with a run. Printed, or shown in a notebook, it reads as a short report.

    Attributes:
        condition: the state of the run.
        evidence: the figures it rests on, in words.
        signs: everything that was looked at.
        seed: of the run.
        tricks: what to try next, in the order of the levels: what is said to help against the
            condition, can be applied to the run's recipe, and is not in use there already.
    """

    condition: Condition
    evidence: str
    signs: Signs
    seed: int
    tricks: tuple[Trick, ...] = ()

    def __str__(self) -> str:
        first, rest = self.tricks[:SHOWN], len(self.tricks) - SHOWN
        more = f" ({rest} more in .tricks)" * (rest > 0)
        advice = f"Try: {', '.join(map(str, first))}{more}." if first else ""
        return f"{self._name}. {self._because} {self._more_time or advice}".rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tried = "".join(f"<li>{html.escape(str(trick))}</li>" for trick in self.tricks)
        advice = f"<p>Try, one at a time and in this order:</p><ul>{tried}</ul>" if tried else ""
        advice = f"<p>{self._more_time}</p>" if self._more_time else advice
        name, because = html.escape(self._name), html.escape(self._because)
        return (
            f"<p><b>{name}.</b> {html.escape(self.condition.meaning)}</p><p>{because}</p>{advice}"
        )

    @property
    def _name(self) -> str:
        return self.condition.value.capitalize()

    @property
    def _because(self) -> str:
        return f"{self.evidence[:1].upper()}{self.evidence[1:]}."

    @property
    def _more_time(self) -> str:
        return "Train for longer." * (self.condition is Condition.STILL_IMPROVING)


class Diagnoses(list[Diagnosis]):
    """One diagnosis for each member of a population."""

    def table(self) -> pd.DataFrame:
        """Seed by seed: condition and evidence."""
        return pd.DataFrame(
            [{"condition": one.condition.value, "evidence": one.evidence} for one in self],
            index=pd.Index([one.seed for one in self], name="seed"),
        )

    def counts(self) -> pd.Series:
        """How many members are in each condition, the most frequent first."""
        return self.table()["condition"].value_counts().rename("runs")

    def __str__(self) -> str:
        common = self.counts()
        lines = [f"{number} of {len(self)}: {name}" for name, number in common.items()]
        first = next(one for one in self if one.condition.value == common.index[0])
        return "\n".join([*lines, f"For example, seed {first.seed}: {first}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            return self.table()._repr_html_()


def diagnose(run: Run) -> Diagnosis | Diagnoses:
    """Say what is the matter with a run, single or a population.

    It judges the live generator, not the moving average of its weights. Of a discriminator that
    gives scores, such as a Wasserstein GAN's, nobody can say that it is too strong or too weak, and
    the doctor looks at the samples alone. Where samples are pictures,
    distances are between their pixels, and it is lenient: pictures can be near each other, and the
    generated one nonetheless be bad.

    Returns:
        A `Diagnosis`, or one for each member. "Not enough to tell" is an answer, too.

    Raises:
        TypeError: for anything that is not a run.
    """
    check(
        isinstance(run, Run),
        f"diagnose reads a run, what train(recipe, data) gives, and not a {type(run).__name__}.",
        TypeError,
    )
    rules = RULES if run.game.judges_by_probability else RULES_FOR_SCORES
    steps, history = run.guard.noticed.reshape(-1).tolist(), run.history
    if not run.random.population:
        found = [_diagnosed(Signs.of(history, steps[0]), run.seeds, rules)]
    else:
        of_seeds = (history[history["seed"] == seed].drop(columns="seed") for seed in run.seeds)
        found = [
            _diagnosed(Signs.of(own, step), seed, rules)
            for own, step, seed in zip(of_seeds, steps, run.seeds, strict=True)
        ]
    remedies = {
        condition: _remedies(condition, run) for condition in {one.condition for one in found}
    }
    found = Diagnoses(replace(one, tricks=remedies[one.condition]) for one in found)
    return found if run.random.population else found[0]


def _remedies(condition: Condition, run: Run) -> tuple[Trick, ...]:
    known = [trick for trick in tricks.against(condition) if trick.is_built]
    if run.data is None:  # of a run that was loaded without it, nobody can say what would fit
        return tuple(known)
    return tuple(trick for trick in known if trick.changes(run.recipe, run.data))


def _diagnosed(signs: Signs, seed: int, rules: Rules = RULES) -> Diagnosis:
    if signs.rows < ROWS and not signs.diverged:
        evidence = f"the record has {signs.rows} of the {ROWS} rows that it takes: train for longer"
        return Diagnosis(Condition.UNKNOWN, evidence, signs, seed)
    for condition, rule in rules:
        evidence = rule(signs)
        if evidence is not None:
            return Diagnosis(condition, evidence, signs, seed)
    end = signs.end
    evidence = (
        f"nothing stands out: coverage {end.coverage:.0%}, precision {end.precision:.0%}; D gives "
        f"real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}"
    )
    return Diagnosis(Condition.UNKNOWN, evidence, signs, seed)
