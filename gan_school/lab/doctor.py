"""`diagnose`: what is wrong with a run, on which evidence, and what to try.

The doctor reads three things: the record that a run keeps (see `Run.history`), its samples today,
beside the data and beside what the untrained generator made of the same noise, and its recipe. It
goes through its rules in order, the most certain condition first, and takes the first that fits.
Its thresholds were set on runs that were broken on purpose, and on runs drawn by lot, and are
tested on others: `gan_school.lab.examination`, `gan_school.lab.by_lot`.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gan_school.checks import check
from gan_school.lab.advice import Advice, ranked
from gan_school.lab.catalogue import tricks
from gan_school.lab.conditions import Condition
from gan_school.lab.corrections import CORRECTIONS, FEW, LONGER
from gan_school.lab.signs import Signs, look
from gan_school.lab.trick import Trick
from gan_school.metrics.features import Features
from gan_school.training import Run

ROWS = 10  # of the record, at least: fewer are not enough to tell
SHOWN = 4  # tricks in a line of text
SLOW = 1e-4  # a learning rate
FLAT = 1e-4  # the length of a gradient that does nothing
# In standard deviations of the data: samples that have left; that move from row to row; that are
# all about the same.
FAR, LOST = 3.0, 20.0
RESTLESS, WILD = 0.1, 0.35
NARROW = 0.22
# Of coverage and precision, and how much their mean rises from halfway to the end.
GOOD, FINE, FULL, POOR, HALF = 0.7, 0.85, 0.9, 0.6, 0.5
RISE, STEADY, LEAP, SOAR = 0.03, 0.05, 0.08, 0.15
# Of the samples, those near the data: too scattered; clean enough; beyond doubt. And those that
# have no data around them.
SMEARED, CLEAN, PURE = 0.78, 0.8, 0.84
ASTRAY = 0.1
# Of the data, the parts that have far too few samples around them: where there is little of that;
# a lot; too much for more time to help; and how much less there is of it once anything is learned.
HUNGRY, STARVED, EMPTY, GAIN = 0.13, 0.22, 0.34, 0.25
BAD = 0.35  # the rest of the data, times the share of the samples that are near the data
# Between neighbouring samples, in units of the same of real ones: hardly any variety; samples
# around the data, not on it; too alike within a mode.
SAME, SCATTERED, THIN = 0.1, 1.35, 0.27
# The way from the untrained samples to the data: what a generator has gone that is no longer where
# it was, and one that has learned.
LEFT, STAYED = 0.2, 0.5
# Between D's mean answers on real and on generated samples, when it knows them apart. Of pairs of
# these, the share that it ranks rightly then, and when it does not. And the standard deviation of
# its answers when it says about the same of everything, or knows some real ones for sure.
SURE, AHEAD = 0.7, 0.35
KNOWN, NEARLY, BLIND = 0.983, 0.95, 0.6
VAGUE, DIVIDED = 0.02, 0.15
DUMB = 0.003  # the same standard deviation, of a D that says nothing at all


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
    """The samples have left the data behind, and not because D says the same of everything."""
    end = signs.end
    if end.d_real_sd < DUMB and abs(end.d_real - end.d_fake) < 3 * DUMB and end.offset < LOST:
        return None
    if np.hypot(end.offset, end.spread) > FAR and end.offset > 1:
        away = f"{end.offset:.1f}" if end.offset < 100 else f"{end.offset:,.0f}"
        return f"the samples lie {away} standard deviations of the data away from it"
    if end.spread > FAR:
        return f"the samples are spread {end.spread:.1f} times as wide as the data"
    return None


def healthy(signs: Signs) -> str | None:
    """Most of the data has samples nearby, most samples have data nearby, and that is settled."""
    end, now = signs.end, signs.now
    if np.isnan(now.starved):
        well = min(end.coverage, end.precision) >= GOOD
    else:
        well = now.starved <= HUNGRY and now.width >= THIN and now.precise >= CLEAN
        well = well and not _rises(signs, by=RISE if now.precise < PURE else LEAP)
        full = min(end.coverage, end.precision) >= FULL
        well = well or (full and now.starved <= HUNGRY and now.width >= THIN)
    if not well or _unfinished(signs):
        return None
    return (
        f"{end.coverage:.0%} of the data have a sample nearby, and {end.precision:.0%} of the "
        "samples lie near the data"
    )


def held_back(signs: Signs) -> str | None:
    """As `hardly_learned`, and a learning rate that is far too low."""
    return hardly_learned(signs) if _slow(signs) else None


def hardly_learned(signs: Signs) -> str | None:
    """The samples are where they were before training, or about there."""
    end, now = signs.end, signs.now
    bare = end.coverage < HALF if np.isnan(now.gained) else now.gained < GAIN
    if not now.moved < STAYED or not bare:
        return None
    if slow := _slow(signs):
        why = slow
    elif signs.recipe is not None and signs.recipe.steps < FEW:
        why = f"{signs.recipe.steps:,} steps are few"
    elif end.g_gradient < FLAT:
        why = f"hardly any gradient reaches G, its length is {end.g_gradient:.0e}"
    else:
        why = "little of what D says moves G"
    return (
        f"since before the training the samples have moved by {now.moved:.0%} of the way to the "
        f"data, and only {end.coverage:.0%} of the data have a sample nearby; {why}"
    )


def discriminator_too_strong(signs: Signs) -> str | None:
    """D knows every sample for what it is, and G does not get better."""
    end, now = signs.end, signs.now
    lead = end.d_real - end.d_fake
    if np.isnan(now.starved):
        sure, bad = lead >= SURE and not now.ranked < KNOWN, end.coverage < GOOD
    else:
        scattered = lead >= SURE and now.ranked >= NEARLY and now.precise < POOR
        sure = scattered or (lead >= AHEAD and now.ranked >= KNOWN)
        bad = end.coverage < HALF
    if not (sure and bad):
        return None
    slow = _slow(signs, who="G")
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}: it knows them "
        f"all, and only {end.coverage:.0%} of the data have a sample nearby"
        + (f"; {slow}" if slow else "")
    )


def mode_collapse(signs: Signs) -> str | None:
    """The samples differ from each other far less than the data do."""
    end = signs.end
    alike = end.diversity <= SAME
    if not np.isnan(signs.now.starved):  # not a line that goes through all of the data
        alike = alike and end.coverage < SAME and end.spread < HALF
    if end.spread > NARROW and not alike:
        return None
    return (
        f"the samples spread {end.spread:.0%} as wide as the data, and the nearest two are "
        f"{end.diversity:.0%} as far apart as two real ones"
    )


def a_single_place(signs: Signs) -> str | None:
    """As `mode_collapse`, and hardly any spread at all, though the rates would let G learn."""
    return mode_collapse(signs) if signs.end.spread <= SAME and not _slow(signs) else None


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
    end, now = signs.end, signs.now
    lead = end.d_real - end.d_fake
    vague = end.d_real_sd < VAGUE and lead < 2 * VAGUE
    fooled = lead < -2 * VAGUE and end.motion < WILD
    if np.isnan(now.starved):
        blind = (vague or fooled) and end.quality <= GOOD
    else:
        bad = now.precise * (1 - now.starved) < BAD
        blind = bad and end.motion < WILD and now.ranked <= BLIND
        blind = blind or (bad and vague and now.ranked <= NEARLY)
    if not blind or now.moved < (LEFT if vague else STAYED):
        return None
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}, although only "
        f"{end.precision:.0%} of the samples lie near the data"
    )


def parts_never_made(signs: Signs) -> str | None:
    """Good samples, and a large part of the data that G never makes."""
    if np.isnan(signs.now.starved):
        return missing_modes(signs) if signs.end.d_real_sd > DIVIDED else None
    enough = STARVED
    for rise, limit in ((LEAP, EMPTY), (SOAR, HALF)):
        enough = limit if _rises(signs, by=rise) else enough
    return missing_modes(signs) if signs.now.starved > enough else None


def missing_modes(signs: Signs) -> str | None:
    """Good samples, and parts of the data without any."""
    end, now = signs.end, signs.now
    if np.isnan(now.starved):
        few = end.precision >= POOR and end.coverage < min(end.precision, FINE)
    else:
        few = now.starved > HUNGRY and (now.precise >= POOR or now.astray < ASTRAY)
    if not few or end.motion > WILD:
        return None
    bare = "" if np.isnan(now.starved) else f"; {now.starved:.0%} have far too few around them"
    return (
        f"{end.precision:.0%} of the samples lie near the data, but only {end.coverage:.0%} of the "
        f"data have a sample nearby{bare}"
    )


def wrong_spread(signs: Signs) -> str | None:
    """Samples everywhere, and too close to each other there, or too far."""
    end, now = signs.end, signs.now
    if not now.starved <= STARVED or end.motion > (1.0 if now.width < THIN else WILD):
        return None
    if now.width < THIN:
        how = f"too alike: neighbours are {now.width:.0%} as far from each other as real ones"
    elif now.precise < SMEARED and not _rises(signs, by=STEADY):
        how = f"too scattered: only {now.precise:.0%} of them are near the data"
    else:
        return None
    return f"samples lie around {1 - now.starved:.0%} of the data, but are {how}"


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


def _slow(signs: Signs, who: str = "DG") -> str:
    """Which learning rates are far too low, in words; nothing if none is."""
    if signs.recipe is None:
        return ""
    own = {"D": signs.recipe.d_optimizer.lr, "G": signs.recipe.g_optimizer.lr}
    low = [f"{name}'s learning rate is only {own[name]:g}" for name in who if own[name] < SLOW]
    return " and ".join(low)


Rules = tuple[tuple[Condition, Callable[[Signs], str | None]], ...]

RULES: Rules = (
    (Condition.DIVERGED, not_finite),
    (Condition.DIVERGED, far_away),
    (Condition.HEALTHY, healthy),
    (Condition.MODE_COLLAPSE, a_single_place),
    (Condition.DISCRIMINATOR_TOO_STRONG, discriminator_too_strong),
    (Condition.NOT_YET_LEARNED, held_back),
    (Condition.MODE_COLLAPSE, mode_collapse),
    (Condition.GENERATOR_TOO_STRONG, generator_too_strong),
    (Condition.NOT_YET_LEARNED, hardly_learned),
    (Condition.MISSING_MODES, parts_never_made),
    (Condition.WRONG_SPREAD, wrong_spread),
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
        advice: what to try next, the most promising first: settings of the recipe that are out of
            the ordinary; then what is said to help against the condition, can be applied to the
            recipe, and is not in use there already, in the order of what it did on the task of the
            ledger that is nearest to the run, and then of the levels. What has hurt comes last.
    """

    condition: Condition
    evidence: str
    signs: Signs
    seed: int
    advice: tuple[Advice, ...] = ()

    @property
    def tricks(self) -> tuple[Trick, ...]:
        """The tricks of the advice."""
        return tuple(one.trick for one in self.advice)

    def __str__(self) -> str:
        first, rest = self.advice[:SHOWN], len(self.advice) - SHOWN
        more = f" ({rest} more in .advice)" * (rest > 0)
        advice = f"Try: {'; '.join(map(str, first))}{more}." if first else ""
        return f"{self._name}. {self._because} {advice}".rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tried = "".join(f"<li>{html.escape(str(one))}</li>" for one in self.advice)
        near = next((one.nearest for one in self.advice if one.verdicts), "")
        order = f", ordered by what they did on the task most like this one, {near}" if near else ""
        advice = f"<p>Try, one at a time{order}:</p><ul>{tried}</ul>" if tried else ""
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


def diagnose(run: Run, features: Features = None) -> Diagnosis | Diagnoses:
    """Say what is the matter with a run, single or a population.

    It judges the live generator, not the moving average of its weights. Of a discriminator that
    gives scores, such as a Wasserstein GAN's, nobody can say that it is too strong or too weak, and
    the doctor looks at the samples alone. Where samples are pictures, distances are between their
    pixels, and it is lenient: pictures can be near each other, and the generated one nonetheless be
    bad. With features, coverage and precision at the end are judged through these.

    A run that was loaded without its data is read by its record alone.

    Args:
        run: what `train` gives.
        features: `metrics.classifier(data)`, for images, or another function from a batch to
            (n, d); see `metrics`.

    Returns:
        A `Diagnosis`, or one for each member. "Not enough to tell" is an answer, too.

    Raises:
        TypeError: for anything that is not a run.
        ValueError: for features of a run without data.
    """
    check(
        isinstance(run, Run),
        f"diagnose reads a run, what train(recipe, data) gives, and not a {type(run).__name__}.",
        TypeError,
    )
    check(
        features is None or run.data is not None,
        "features show samples beside real ones, and this run has no data: run.attach(data).",
    )
    rules = RULES if run.game.judges_by_probability else RULES_FOR_SCORES
    steps, history = run.guard.noticed.reshape(-1).tolist(), run.history
    if run.random.population:
        seeds = run.seeds
        records = [history[history["seed"] == seed].drop(columns="seed") for seed in seeds]
    else:
        seeds, records = (run.seeds,), [history]
    found = [
        _diagnosed(Signs.of(record, step, now, run.recipe), seed, rules)
        for record, step, now, seed in zip(records, steps, look(run, features), seeds, strict=True)
    ]
    advice = {condition: _advice(condition, run) for condition in {one.condition for one in found}}
    found = Diagnoses(replace(one, advice=advice[one.condition]) for one in found)
    return found if run.random.population else found[0]


def _advice(condition: Condition, run: Run) -> tuple[Advice, ...]:
    if condition is Condition.HEALTHY:
        return ()
    known = [trick for trick in tricks.against(condition) if trick.is_built]
    impatient = condition in (Condition.STILL_IMPROVING, Condition.UNKNOWN)
    if run.data is None:  # of a run that was loaded without it, nobody can say what would fit
        return tuple(Advice(trick, "", "", {}) for trick in (*[LONGER] * impatient, *known))
    settings = CORRECTIONS
    first = (LONGER,) if impatient else tuple(one for one in settings if condition in one.symptoms)
    fitting, able = (
        [trick for trick in some if trick.changes(run.recipe, run.data)] for some in (first, known)
    )
    return ranked(fitting, run.recipe, run.data) + ranked(able, run.recipe, run.data)


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
