"""What a trick is: a claim, and a change to a recipe that puts the claim to the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.figure import Figure

from gan_school import plotting
from gan_school.checks import check
from gan_school.datasets import Dataset, as_dataset
from gan_school.lab.conditions import Condition
from gan_school.training import Recipe, train

Change = Callable[[Recipe, Dataset], Recipe]
"""From a recipe, and the data it is to learn from, to a changed recipe."""


def unchanged(recipe: Recipe, data: Dataset) -> Recipe:
    """No change."""
    return recipe


def anywhere(recipe: Recipe, data: Dataset) -> bool:
    """On all data, with all recipes."""
    return True


@dataclass(frozen=True)
class Variant:
    """One way to take a trick at its word.

    Attributes:
        name: what is done, in a few words.
        on: the recipe with the trick.
        off: the recipe without it. For tricks that a good recipe has anyway, such as Adam, the
            evidence is what happens without.
        under: how both are changed first: a setting in which the trick is said to matter.
        where: on which data, and with which recipes, it can be tried.
    """

    name: str
    on: Change = unchanged
    off: Change = unchanged
    under: Change = unchanged
    where: Callable[[Recipe, Dataset], bool] = anywhere

    def changes(self, recipe: Recipe, data: Dataset) -> bool:
        """Whether it can be done to this recipe, and makes it another one that fits the data."""
        try:
            if not self.where(recipe, data) or (new := self.on(recipe, data)) == recipe:
                return False
            new.fit_to(data)
        except (TypeError, ValueError):  # somebody's own network has no such option
            return False
        return True


def variants(on: Mapping[str, Change], **shared: Any) -> tuple[Variant, ...]:
    """Variants by name, which share all but what they do."""
    return tuple(Variant(name, what, **shared) for name, what in on.items())


@dataclass(frozen=True)
class Trick:
    """A trick of the catalogue. Called with a recipe, it gives the recipe with the trick applied.

    Attributes:
        number: level and place, such as "2.3"; "S.1" and on for the stabilisers.
        title: what to do, in a few words.
        claim: what the source says about it, in our words. A hypothesis.
        source: who says so.
        symptoms: what may be wrong with a run when this is worth trying.
        variants: the ways of doing it that are measured, the most faithful first. None if the trick
            is not built yet.
        elsewhere: of a trick that is no change to a recipe, where in the course it is.
        done: whether a recipe has it already, if that is not plain from the recipe that it makes.
    """

    number: str
    title: str
    claim: str
    source: str
    symptoms: tuple[Condition, ...] = ()
    variants: tuple[Variant, ...] = ()
    elsewhere: str = ""
    done: Callable[[Recipe, Dataset], bool] | None = None

    @property
    def level(self) -> str:
        """ "1" to "4", or "S" for a stabiliser."""
        return self.number.partition(".")[0]

    @property
    def is_built(self) -> bool:
        """Whether the course has it yet."""
        return bool(self.variants or self.elsewhere)

    def __call__(self, recipe: Recipe, data: Any = None, variant: str | None = None) -> Recipe:
        """The recipe with the trick applied.

        Args:
            recipe: any recipe the trick has a meaning for.
            data: what it is to learn from; tricks that look at the data need it.
            variant: the name of one of its variants; without it, the first that can be tried.

        Raises:
            NotImplementedError: if the trick is in the catalogue and not built yet.
            ValueError: if there is no such variant, or it means nothing for this recipe.
            TypeError: for what is no recipe, or has no such option.
        """
        recipe, data = _recipe(recipe), _known(data)
        if variant is None and isinstance(data, Dataset):
            able = (one.name for one in self.variants if one.changes(recipe, data))
            variant = next(able, None)
        return self._chosen(variant, recipe, data).on(recipe, data)

    def pair(self, recipe: Recipe, data: Any, variant: str | None = None) -> tuple[Recipe, Recipe]:
        """The two recipes to compare: without the trick, and with it."""
        recipe, data = _recipe(recipe), _known(data)
        chosen = self._chosen(variant, recipe, data)
        recipe = chosen.under(recipe, data)
        return chosen.off(recipe, data), chosen.on(recipe, data)

    def picture(
        self, recipe: Recipe, data: Any, variant: str | None = None, steps: int = 1_000
    ) -> Figure:
        """Two GANs without the trick and two with it, drawn: an anecdote, and no evidence.

        Args:
            recipe, data, variant: see `pair`.
            steps: how long they train.
        """
        frames = {}
        sides = zip(("without", "with"), self.pair(recipe, data, variant), strict=True)
        for name, side in sides:
            samples = train(side.with_(steps=steps), data, seeds=range(2)).sample(1_000)
            frames |= {f"{name}, seed {seed}": points for seed, points in enumerate(samples)}
        return plotting.film(frames, data)

    def changes(self, recipe: Recipe, data: Any) -> bool:
        """Whether there is anything to try: the trick is built, has a meaning for this recipe and
        data, and the recipe does not have it already.
        """
        data = _known(data)
        if self.done is not None and self.done(recipe, data):
            return False
        return any(variant.changes(recipe, data) for variant in self.variants)

    def after(self, other: Trick) -> Trick:
        """The first variant of this trick, where the first of another is in use already.

        `tricks["2.3"].after(tricks["3.2"])` has the number "3.2 + 2.3": without it, the recipe has
        3.2 alone, and with it both.
        """
        then, first = self._chosen(), other._chosen()

        def under(recipe: Recipe, data: Dataset) -> Recipe:
            return then.under(first.on(recipe, data), data)

        def where(recipe: Recipe, data: Dataset) -> bool:
            return first.where(recipe, data) and then.where(first.on(recipe, data), data)

        return replace(
            self,
            number=f"{other.number} + {self.number}",
            title=f"{self.title}, after: {other.title}",
            variants=(replace(then, under=under, where=where),),
        )

    def _chosen(
        self, name: str | None = None, recipe: Recipe | None = None, data: Any = None
    ) -> Variant:
        if self.elsewhere:
            raise ValueError(f"trick {self.number}, {self.title!r}, is {self.elsewhere}.")
        if not self.is_built:
            raise NotImplementedError(
                f"trick {self.number}, {self.title!r}, stands in the catalogue, and cannot be "
                "applied yet."
            )
        if name is None and isinstance(data, Dataset):
            here = (variant for variant in self.variants if variant.where(recipe, data))
            return next(here, self.variants[0])
        for variant in self.variants:
            if name in (None, variant.name):
                return variant
        names = ", ".join(repr(variant.name) for variant in self.variants)
        raise ValueError(f"trick {self.number} has no variant {name!r}. It has: {names}.")

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


def _recipe(given: Any) -> Recipe:
    kind = type(given).__name__
    check(isinstance(given, Recipe), f"a trick changes a Recipe, and not a {kind}.", TypeError)
    return given


def _known(data: Any) -> Dataset:
    return _Nothing if data is None else as_dataset(data)


class _NoData:
    """Stands in for data that was not given."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError(
            "this trick looks at the data: give it, as in tricks['1.1'](recipe, data)."
        )


_Nothing: Any = _NoData()
