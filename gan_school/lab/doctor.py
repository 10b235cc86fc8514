"""`diagnose`: what is wrong with a run, on which evidence, and what to try.

The doctor reads three things: the record that a run keeps (see `Run.history`), its samples today,
beside the data and beside what the untrained generator made of the same noise, and its recipe. It
goes through its rules in order, the most certain condition first, and takes the first that fits.
Its thresholds were set on runs that were broken on purpose, and on runs drawn by lot, and are
tested on others: `gan_school.lab.examination`.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

import pandas as pd

from gan_school.checks import check
from gan_school.lab.advice import Advice, by_evidence
from gan_school.lab.catalogue import tricks
from gan_school.lab.conditions import Condition
from gan_school.lab.corrections import CORRECTIONS, LONGER, RATES
from gan_school.lab.rules import rules_for
from gan_school.lab.signs import Signs, look
from gan_school.lab.trick import Trick
from gan_school.metrics.features import Features
from gan_school.training import Run

ROWS = 10  # of the record, at least: fewer are not enough to tell
SHOWN = 4  # tricks in a line of text


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

    @property
    def example(self) -> Diagnosis:
        """The first member that is in the most frequent condition."""
        return next(one for one in self if one.condition.value == self.counts().index[0])

    def __str__(self) -> str:
        lines = [f"{number} of {len(self)}: {name}" for name, number in self.counts().items()]
        return "\n".join([*lines, f"For example, seed {self.example.seed}: {self.example}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            table = self.table()._repr_html_()
        return f"{table}<p>For example, seed {self.example.seed}:</p>{self.example._repr_html_()}"


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
    probabilities = run.game.judges_by_probability
    steps, history = run.guard.noticed.reshape(-1).tolist(), run.history
    if run.random.population:
        seeds = run.seeds
        records = [history[history["seed"] == seed].drop(columns="seed") for seed in seeds]
    else:
        seeds, records = (run.seeds,), [history]
    found = [
        _diagnosed(Signs.of(record, step, now, run.recipe), seed, probabilities)
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
    settings = [one for one in CORRECTIONS if condition in one.symptoms]
    first = [LONGER] if impatient else settings
    fitting, able = (
        [trick for trick in some if trick.changes(run.recipe, run.data)] for some in (first, known)
    )
    if RATES in fitting:  # S.1 was measured from rates that were right, and hurt there
        able = [trick for trick in able if trick.number != "S.1"]
    return by_evidence(fitting, run.recipe, run.data) + by_evidence(able, run.recipe, run.data)


def _diagnosed(signs: Signs, seed: int, probabilities: bool = True) -> Diagnosis:
    if signs.rows < ROWS and not signs.diverged:
        evidence = f"the record has {signs.rows} of the {ROWS} rows that it takes: train for longer"
        return Diagnosis(Condition.UNKNOWN, evidence, signs, seed)
    for condition, rule in rules_for(signs, probabilities):
        evidence = rule(signs)
        if evidence is not None:
            return Diagnosis(condition, evidence, signs, seed)
    end = signs.end
    evidence = (
        f"nothing stands out: coverage {end.coverage:.0%}, precision {end.precision:.0%}; D gives "
        f"real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}"
    )
    return Diagnosis(Condition.UNKNOWN, evidence, signs, seed)
