"""The climb itself: recipes are trained, and what came of them is put on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gan_school.lab.changes import scaled_once
from gan_school.lab.ledger import Ledger
from gan_school.lab.selection.result import BEST, Climb
from gan_school.lab.selection.search import Search, Step
from gan_school.lab.survey import Survey, described
from gan_school.lab.tasks import Task
from gan_school.lab.terms import FINEST, STEPS, TIME, Pair, power_of_cost
from gan_school.training import Recipe


def climb(search: Search, folder: Path, jobs: int | None = None) -> Iterator[Climb]:
    """Forward selection. What is measured is kept in the folder, and not measured again.

    Yields:
        What is known after each stage.
    """
    path: list[Step] = []
    bench, alone = _Bench(search, folder, jobs), None
    while len(path) < search.most:
        stage = len(path) + 1
        candidates = search.candidates(path, alone)
        for number in dict.fromkeys(step.trick for step in candidates):
            bench.measure(stage, path, [step for step in candidates if step.trick == number])
        known = Climb(Ledger.load(folder), search)
        yield known
        alone = known.stage(1)
        best = known.entered(stage)
        if best is None:
            return
        path.append(best)


class _Bench:
    """Where recipes are trained, and the rows put on record."""

    def __init__(self, search: Search, folder: Path, jobs: int | None) -> None:
        self.search, self.folder = search, folder
        self.known = Ledger.load(folder) if (folder / "tasks.json").exists() else None
        self.surveys = {task.name: Survey(task, jobs) for task in (*search.tasks, *search.unseen)}
        if self.known is not None:
            for survey in self.surveys.values():
                survey.recall(self.known)
            for pair in self.known.recipe_pairs():
                survey = self.surveys[pair.task]
                if pair.with_ in survey.known:  # a cost of other code may be another one
                    sides = survey.task.recipe, self._plain(pair.task, pair.with_)
                    survey.costs[tuple(map(scaled_once, sides))] = pair.cost

    def measure(self, stage: int, path: list[Step], steps: list[Step]) -> None:
        """Steps on top of a path, with the seeds that select."""
        pairs = []
        for task in self.search.tasks:
            without, _ = self.at_equal_time(task, self.search.applied(path, task))
            for step in steps:
                with_, cost = self.at_equal_time(task, self.search.applied([*path, step], task))
                named = f"stage-{stage} {step.trick}", step.variant, task.name, TIME
                pairs.append(Pair(*named, without, with_, cost))
        self.put(pairs, self.search.selecting)

    def put(self, pairs: list[Pair], seeds: range) -> None:
        """Train what is missing on both sides of each, and save it."""
        entries = {}
        for task in (*self.search.tasks, *self.search.unseen):
            survey, own = self.surveys[task.name], [p for p in pairs if p.task == task.name]
            sides = [side for pair in own for side in (pair.without, pair.with_)]
            if own:
                survey.need([task.recipe, *sides], len(seeds), seeds.start)
                for recipe in (task.recipe, *sides):
                    entries[task.name, recipe] = survey.entries[recipe]
        places = {task: self.surveys[task].task for task, _ in entries}
        plain = {name: task.recipe for name, task in places.items()}
        about = {name: described(task) for name, task in places.items()}
        if pairs:
            Ledger.of(pairs, entries, plain, about).save(self.folder)

    def meet(
        self, named: str, task: Task, paths: dict[str, list[Step]], steps: int | None = None
    ) -> None:
        """Measure the ends of paths against the rival, in the time that it takes for its steps."""
        timed, cost = self.at_equal_time(task, self.search.rival(task.data()))
        rival = timed.with_(steps=steps or self.search.rival_steps or timed.steps)
        budget = rival.steps * FINEST ** power_of_cost(cost)
        pairs = []
        for name, path in paths.items():
            timed, cost = self.at_equal_time(task, self.search.applied(path, task), budget)
            if timed != rival:
                pairs.append(Pair(named, name, task.name, TIME, rival, timed, cost))
        self.put(pairs, self.search.measuring)

    def at_equal_time(
        self, task: Task, recipe: Recipe, budget: float | None = None
    ) -> tuple[Recipe, float]:
        """The recipe, with as many steps as the time allows, and what one of its steps costs.

        Args:
            budget: the time, in steps of the start; without it, those that the start plays.
        """
        recipe, budget = self._plain(task.name, recipe), budget or task.recipe.steps
        if recipe == task.recipe:
            return recipe.with_(steps=round(budget)), 1.0
        cost = self.surveys[task.name].cost(Pair("", "", task.name, STEPS, task.recipe, recipe))
        return recipe.with_(steps=round(budget * FINEST ** -power_of_cost(cost))), cost

    def _plain(self, task: str, recipe: Recipe) -> Recipe:
        """With the steps of the start: what a step costs does not depend on their number."""
        return recipe.with_(steps=self.surveys[task].task.recipe.steps)


def measure_unseen(search: Search, folder: Path, jobs: int | None = None) -> Climb:
    """Measure what was selected with other seeds, and on other tasks. To be done once.

    On the tasks that selected, all of the path, at equal time and at equal steps. Everywhere the
    end of the path, the start and the start at its best learning rate against the rival, in the
    time that the rival takes.
    """
    bench, found = _Bench(search, folder, jobs), Climb(Ledger.load(folder), search)
    path, seeds = found.path(), search.measuring
    tuned = found.tuned()
    for task in search.tasks:
        pairs = []
        for k in range(1, len(path) + 1):
            recipe = search.applied(path[:k], task)
            timed, cost = bench.at_equal_time(task, recipe)
            named = "path", f"{k} {path[k - 1]}", task.name
            pairs.append(Pair(*named, TIME, task.recipe, timed, cost))
            pairs.append(Pair(*named, STEPS, task.recipe, recipe, cost))
        bench.put(pairs, seeds)
    for task in (*search.tasks, *search.unseen):
        bench.meet("rival", task, {BEST: path, "start": [], "start, tuned": tuned})
    return Climb(Ledger.load(folder), search)


def measure_at_length(search: Search, folder: Path, jobs: int | None = None) -> Climb:
    """Measure the end of the path for as long as the rival plays when it is not in a hurry.

    That is for the time of all the steps that it comes with, with the seeds that measure, on all
    tasks.
    """
    bench, found = _Bench(search, folder, jobs), Climb(Ledger.load(folder), search)
    for task in (*search.tasks, *search.unseen):
        bench.meet("length", task, {BEST: found.path()}, search.rival(task.data()).steps)
    return Climb(Ledger.load(folder), search)
