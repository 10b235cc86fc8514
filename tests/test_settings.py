"""Settings and their JSON form: there and back without a loss, and no code in between."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NewType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_school import Recipe, networks, recipes
from gan_school.checks import check
from gan_school.games import (
    GAN,
    R1,
    R2,
    AdversarialVAE,
    Apart,
    Augmented,
    AuxiliaryClassifierGAN,
    Categorical,
    Coded,
    ConditionalGAN,
    ConditionalRelativisticGAN,
    ConditionalWassersteinGAN,
    Flip,
    Gaussian,
    GradientPenalty,
    Guide,
    HingeGAN,
    InfoGAN,
    LeastSquaresGAN,
    Mixed,
    Moved,
    Noisy,
    RelativisticGAN,
    Replayed,
    SaturatingGAN,
    Smooth,
    SquaredErrorGAN,
    Uniform,
    WassersteinGAN,
    trained_classifier,
)
from gan_school.lab.examination.bench import Whole
from gan_school.networks import AsBuilt, Network, NormalWeights, Separately, XavierNormal, mlp
from gan_school.settings import _KNOWN, from_json, setting, to_json
from gan_school.training import SGD, Adam, Constant, Cosine, EarlyStop, Linear, RMSprop
from tests.helpers import RICH, TINY

SCHEDULES = [Constant(), Cosine(), Cosine(end=0.25)]
OPTIMIZERS = [
    kind for schedule in SCHEDULES
    for kind in (Adam(1e-4, schedule, betas=(0.0, 0.9)), SGD(0.1, schedule, momentum=0.9))
]  # fmt: skip
SETTINGS = {
    "CLASSIC_SPIRAL": recipes.CLASSIC_SPIRAL,
    "SPIRAL": recipes.SPIRAL,
    "tiny": TINY,
    "rich": RICH,
    **{f"recipe with {part!r}": TINY.with_(**{name: part}) for name, part in (
        ("latent", Uniform(3)), ("initialize", AsBuilt()), ("initialize", XavierNormal(0.1, 2.0)),
        ("initialize", Separately(XavierNormal(gain=2.0), AsBuilt())),
        ("generator", mlp(3, 2, output="tanh")),
    )},
    **{repr(part): part for part in (
        *SCHEDULES, *OPTIMIZERS, Gaussian(7), Uniform(2), Whole(2), AsBuilt(),
        XavierNormal(bias=0.0), NormalWeights(), NormalWeights(0.1), GAN(), GAN(penalty=R1(0.5)),
        ConditionalGAN(penalty=R1(10.0)), SaturatingGAN(minibatches=Mixed()),
        SquaredErrorGAN(minibatches=Apart()), AdversarialVAE(weight=0.5, noise=0.2),
        GAN(targets=Smooth(0.9, 0.2, fresh=True), view=Noisy(0.2, Linear(until=0.5))),
        GAN(targets=Flip(0.2), penalty=R1(0.5) + R2(2.0)), LeastSquaresGAN(), HingeGAN(),
        WassersteinGAN(clip=0.01), WassersteinGAN(penalty=GradientPenalty(5.0, slope=0.5)),
        ConditionalWassersteinGAN(clip=0.1), AuxiliaryClassifierGAN(weight=0.5), InfoGAN(0.1),
        Coded(3, (Categorical(5), Uniform(2), Gaussian(1))), Coded(Uniform(3), (Categorical(2),)),
        EarlyStop("coverage", every=10, patience=2, least=0.01), RMSprop(1e-3, memory=0.9),
        Linear(end=0.1, until=0.3), Categorical(4), R2(0.5),
        RelativisticGAN(penalty=R1(0.1) + R2(0.1)), ConditionalRelativisticGAN(), GAN(unrolled=3),
        GAN(fakes=Replayed(0.25, 50)),
        GAN(guide=Guide(trained_classifier("digits", 8), weight=0.5)),
        GAN(view=Augmented(colour=False, cutout=0.25)), GAN(view=Moved(turn=2.0)),
        mlp(20, 50, 3), mlp(3, 5, 1, activation="elu", output=None, batch_norm=True, dropout=0.25),
    )},
}  # fmt: skip


def test_a_game_shows_what_was_set():
    assert repr(GAN()) == "GAN()"
    assert repr(WassersteinGAN(clip=0.1, penalty=R1(0.5))) == (
        "WassersteinGAN(penalty=R1(weight=0.5), clip=0.1)"
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_there_and_back_through_text(name):
    value = SETTINGS[name]
    again = from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value)


def test_every_class_that_can_be_written_down_is_tested_here():
    """Whoever describes another class of the package adds an example above."""

    def inside(value):
        yield type(value).__name__
        for part in fields(value) if hasattr(value, "__dataclass_fields__") else ():
            yield from inside(getattr(value, part.name))

    tested = {name for value in SETTINGS.values() for name in inside(value)}
    ours = {name for name, cls in _KNOWN.items() if cls.__module__.startswith("gan_school")}
    assert ours <= tested


def test_the_form_is_plain_and_complete():
    assert to_json(Adam(1e-3, Cosine(), (0.5, 0.9))) == {
        "is": "Adam", "lr": 1e-3, "schedule": {"is": "Cosine", "end": 0.0}, "betas": [0.5, 0.9],
    }  # fmt: skip
    assert set(to_json(TINY)) == {"is", *(field.name for field in fields(Recipe))}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda part: st.lists(part).map(tuple) | st.dictionaries(st.text().filter("is".__ne__), part),
    max_leaves=10,
)


@given(plain)
def test_plain_values_come_back_with_tuples_for_lists(value):
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize(
    "value", [lambda: 1, object(), {1, 2}, 1j, TINY.with_(initialize=print), b"x", Adam],
)  # fmt: skip
def test_what_has_no_json_form_is_refused(value):
    with pytest.raises(TypeError, match=r"cannot be written down.*@networks\.network"):
        to_json(value)


@pytest.mark.parametrize("name", ["Nobody", "os.system", "Path", "__import__", "mlp"])
def test_only_described_classes_are_made(name):
    with pytest.raises(ValueError, match=f"nothing here is called {name!r}"):
        from_json({"is": name})


def test_a_name_is_taken_only_once():
    class Adam:
        """Another Adam, of another module."""

    with pytest.raises(
        ValueError, match=r"Adam has the name of gan_school\.training.*another name"
    ):
        setting(Adam)
    assert _KNOWN["Adam"].__module__ == "gan_school.training.optimizers"


def test_a_class_defined_again_in_the_same_module_replaces_the_first(monkeypatch):
    """As when a notebook's cell is run twice."""
    monkeypatch.setattr("gan_school.settings._KNOWN", dict(_KNOWN))

    def define() -> type:
        @setting
        @dataclass(frozen=True)
        class Again:
            size: int

        return Again

    first, second = define(), define()
    assert type(from_json(to_json(second(3)))) is second is not first


def in_text(value):
    return json.dumps(to_json(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (R1(1), R1(1.0)), (Adam(1, betas=(0, 0.9)), Adam(1.0, betas=(0.0, 0.9))),
        (WassersteinGAN(clip=1), WassersteinGAN(clip=1.0)), (Adam(np.float32(1)), Adam(1)),
        (TINY.with_(average=0), TINY), (mlp(2, 1, dropout=0), mlp(2, 1, dropout=0.0)),
    ],
)  # fmt: skip
def test_equal_settings_have_one_form(one, other):
    assert one == other
    assert in_text(one) == in_text(other) and repr(one) == repr(other)


@pytest.fixture
def own(monkeypatch):
    """A setting with one field, `value`."""
    monkeypatch.setattr("gan_school.settings._KNOWN", dict(_KNOWN))

    def make(kind, default=1, **others) -> type:
        body = {"__annotations__": {**others, "value": kind}, "value": default}
        return setting(dataclass(frozen=True)(type("Own", (), {**body, "__module__": __name__})))

    return make


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (list[float], (1, 2), [1.0, 2.0]), (list, [1, "a"], [1, "a"]), (tuple, [1], (1,)),
        (list[tuple[int, ...]], [[1, 2]], [(1, 2)]), (Sequence[float], [1], (1.0,)),
        (tuple[int], [1], (1,)), (tuple[int, str], (1, "a"), (1, "a")), (tuple[int, ...], (), ()),
        (int | float, 1, 1), (float | int, 1, 1), (float | int, 1.0, 1.0), (float | None, 1, 1.0),
        (Literal["a", "b"], "b", "b"), (Literal["a", 1] | None, np.int64(1), 1), (float, 1, 1.0),
        (Literal["a"] | None, None, None), (bool | float, True, True),
    ],
)  # fmt: skip
def test_a_value_is_kept_as_its_annotation_says_and_comes_back_so(own, kind, given, kept):
    cls = own(kind)
    for value in (cls(given).value, from_json(json.loads(in_text(cls(given)))).value):
        assert repr(value) == repr(kept)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (list[float], ("a",), "a list"), (list[float], 1.0, "a list"), (list, "ab", "a list"),
        (tuple[int], (1, 2), "a tuple of 1"), (tuple[int], (), "a tuple of 1"),
        (tuple[float, ...], 1.0, "a tuple, each in it a number"), (tuple, 1, "a tuple"),
        (Literal["a", "b"], "c", "'a' or 'b'"), (Literal["a", 1] | None, True, "'a' or 1 or None"),
        (float, True, "a number"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(own, kind, given, expected):
    with pytest.raises(TypeError, match=rf"^Own\(value=.*\): expected {expected}(, such as 1)?\.$"):
        own(kind)(given)


def test_a_default_is_kept_as_its_annotation_says(own):
    assert in_text(own(float)()) == in_text(own(float)(1)) == '{"is": "Own", "value": 1.0}'
    with pytest.raises(TypeError, match=r"value=None\): expected a number"):
        own(float, None)()


def test_one_field_that_only_its_function_knows_leaves_the_others_checked(own):
    cls = own("int", local="Local")
    assert cls(object(), 2).value == 2
    with pytest.raises(TypeError, match="expected a whole number"):
        cls(object(), "2")


def test_a_network_of_ones_own_is_described_by_name_and_arguments():
    @networks.network
    def wavy(width: int, *, depth: int = 2):
        raise NotImplementedError

    assert wavy(5, depth=3) == Network("wavy", (5,), {"depth": 3})
    assert from_json(to_json(wavy(5, depth=3))) == wavy(5, depth=3)
    assert repr(wavy(5, depth=3)) == "wavy(5, depth=3)"


def test_check():
    check(True, "not this")
    with pytest.raises(ValueError, match="this"):
        check(False, "this")
    with pytest.raises(TypeError, match="this"):
        check(False, "this", TypeError)


Rate = NewType("Rate", float)


@setting
@dataclass(frozen=True)
class Odd:
    """Fields of kinds that are seldom used."""

    weights: dict[str, float] = field(default_factory=dict)
    sizes: Sequence[float] = ()
    rate: Rate = Rate(0.5)
    anything: Any = None


def test_kinds_that_are_seldom_used():
    odd = Odd({"a": 1}, [1, 2], Rate(0.1), [3, [4]])
    assert odd.weights == {"a": 1.0} and odd.sizes == (1.0, 2.0) and odd.anything[0] == 3
    assert from_json(json.loads(json.dumps(to_json(Odd(anything=[1, 2]))))) == Odd(anything=(1, 2))
    for wrong in ({"weights": {"a": "no number"}}, {"weights": {1: 2.0}}, {"sizes": "abc"}):
        with pytest.raises(TypeError, match=f"Odd.{next(iter(wrong))}="):
            Odd(**wrong)


def test_keys_that_are_no_text_are_refused_rather_than_turned_into_some():
    with pytest.raises(TypeError, match="cannot be written down"):
        to_json({1: 2.0})
