"""Pictures: of every kind of run, nothing cut off, nothing left open."""

import inspect
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from gan_school import Run, datasets, plotting, train
from gan_school.games import ConditionalGAN, SaturatingGAN
from gan_school.lab import coverage_study, evidence, selection
from gan_school.lab.examination import by_lot
from gan_school.networks import dcgan_discriminator, dcgan_generator, mlp
from tests.helpers import POINTS, TINY, stop_at

pytestmark = pytest.mark.filterwarnings("error")

SPIRAL = datasets.spiral(200)
IN_SPACE = TINY.with_(generator=mlp(3, 8, 3), discriminator=mlp(3, 8, 1))

FLAT = train(TINY, POINTS)  # in the plane

DIGITS = datasets.digits(8)
OF_IMAGES = TINY.with_(
    generator=dcgan_generator(8, 1, latent=3, width=2, classes=10),
    discriminator=dcgan_discriminator(8, 1, width=2, classes=10),
    game=ConditionalGAN(),
)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {
        "2-D": train(TINY, POINTS),
        "3-D": train(IN_SPACE, SPIRAL),
        "2-D population": train(TINY, POINTS, seeds=range(5)),
        "3-D population": train(IN_SPACE, SPIRAL, seeds=range(14)),
        "images": train(OF_IMAGES, DIGITS),
        "images population": train(OF_IMAGES, DIGITS, seeds=range(5)),
    }


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """No open figure, which a notebook would show a second time; no changed settings."""
    settings = matplotlib.rcParams.copy()
    plt.close("all")
    yield
    open_figures = plt.get_fignums()
    plt.close("all")
    assert open_figures == []
    assert matplotlib.rcParams == settings


def fake(run: Run) -> torch.Tensor:
    return run.sample(100) if isinstance(run.seeds, int) else run.sample(100)[0]


def effects(budgets: tuple[str, ...]) -> pd.DataFrame:
    """What a ledger says about two variants on two tasks."""
    rows = [
        {
            "trick": "2.3", "variant": f"{times} times, against a fast generator", "task": task,
            "budget": budget, "metric": "sliced_wasserstein", "gain": 0.1 * times,
            "gain_low": 0.0, "gain_high": 0.2 * times,
            "verdict": "helps" if times == 5 else "hurts",
        }
        for times in (2, 5) for task in ("ring", "spiral") for budget in budgets
    ]  # fmt: skip
    return pd.DataFrame(rows)


FUNCTIONS = {
    "points": lambda run: plotting.points(run.data, fake(run), title="Real and generated"),
    "points, real alone": lambda run: plotting.points(run.data),
    "points, generated alone": lambda run: plotting.points(fake=fake(run)),
    "side_by_side": lambda run: plotting.side_by_side(
        run.data.x, {"one recipe": fake(run), "another": fake(run)}
    ),
    "losses": lambda run: plotting.losses(run.history),
    "opinions": lambda run: plotting.opinions(run.history),
    "members": plotting.members,
    "members, chosen": lambda run: plotting.members(run, count=2, order=[4, 0, 3]),
    "run": plotting.run,
    "film": lambda run: plotting.film({"step 1": fake(run), "step 1,000": fake(run)}, run.data),
    "film without real points": lambda run: plotting.film({"A": fake(run), "B": fake(run)}),
    "spread": lambda run: plotting.spread(
        {"a recipe with a long name": fake(run).flatten(1)[:, 0], "another": [0.1, 0.2]}, "coverage"
    ),
    "spread of one": lambda run: plotting.spread({"coverage": [0.5, 0.75]}),
    "forest": lambda run: plotting.forest(effects(("long",))),
    "forest of two budgets": lambda run: plotting.forest(effects(("short", "long"))),
    "interval_coverage": lambda run: plotting.interval_coverage(coverage_study.on_record()),
    "staircase": lambda run: selection.on_record().plot(),
    "board": lambda run: evidence().at_a_glance("2.1"),
    "board, chosen": lambda run: evidence().at_a_glance("1.6", "ring", ["with gain √2 in G"]),
    "trade_offs": lambda run: evidence().against("precision"),
    "confusion": lambda run: plotting.confusion(by_lot.confusion(by_lot.on_record())),
    "game": lambda run: plotting.game(),
    "progress": lambda run: plotting.progress(run.history.set_index("step").spread, "spread"),
    "progress with a yardstick": lambda run: plotting.progress(
        run.history.set_index("step").spread, best=0.9
    ),
    "field": lambda run: plotting.field(FLAT.opinion, POINTS, FLAT.sample(50), title="A field"),
    "feature_maps": lambda run: plotting.feature_maps(dcgan_generator(28), torch.zeros(1, 64)),
    "images": lambda run: plotting.images(fake(run)),
    "images, one class a row": lambda run: plotting.images(
        run.sample(labels=torch.arange(10).repeat_interleave(6)),
        rows=[f"class {name}" for name in "0123456789"], title="One class a row",
    ),
    "images, in colour": lambda run: plotting.images(torch.rand(7, 3, 16, 16) * 2 - 1, columns=3),
}  # fmt: skip
OF_POPULATIONS = {"losses", "opinions", "run", "members", "members, chosen"}
KINDS = ("2-D", "3-D", "images", "2-D population", "3-D population", "images population")


def fits(name: str, kind: str) -> bool:
    """Points are not drawn as images nor images as points, and only populations have members."""
    unfit = "points" in name if "images" in kind else name.startswith("images")
    population = name in OF_POPULATIONS if "population" in kind else "members" not in name
    return population and not unfit


CASES = [(name, kind) for name in FUNCTIONS for kind in KINDS if fits(name, kind)]
WITHOUT_WORDS = {"images", "images, in colour"}


def drawn(figure: Figure) -> Figure:
    figure.draw_without_rendering()  # the first time settles the layout, as savefig does, too
    FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def is_inside(figure: Figure) -> bool:
    """Titles, labels, legends and numbers are all on the page, and no ink touches its edge."""
    (width, height), box = figure.get_size_inches(), figure.get_tightbbox()
    ink = np.asarray(figure.canvas.buffer_rgba())[..., :3] < 250
    at_the_edge = ink[0].any() or ink[-1].any() or ink[:, 0].any() or ink[:, -1].any()
    # A box is as high as a line of text, a little higher than the letters in it.
    return min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.05 and not at_the_edge


def test_every_function_is_tried_here():
    public = {name for name in plotting.__all__ if inspect.isfunction(getattr(plotting, name))}
    assert {"points", "film", "run", "forest", "field"} <= public
    assert public <= {name.partition(",")[0].partition(" ")[0] for name in FUNCTIONS}


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_it_is_a_picture_with_words_and_nothing_is_cut_off(name, kind, runs):
    figure = FUNCTIONS[name](runs[kind])
    assert isinstance(figure, Figure)
    drawn(figure)
    assert texts(figure) or name in WITHOUT_WORDS
    assert is_inside(figure)
    letters = [30] + [
        text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()
    ]
    assert min(letters) >= 11  # for a projector


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_members_on_data_as_high_as_wide_are_not_cut_off(count):
    run = train(TINY.with_(steps=2), datasets.ring(400), seeds=range(max(2, count)), progress=False)
    assert is_inside(drawn(plotting.members(run, count=count)))


@pytest.mark.parametrize("kind", ["2-D", "3-D"])
def test_what_is_said_about_outliers_lies_on_no_other_words(kind, runs):
    far = fake(runs[kind]).clone()
    far[:10] *= 100
    figure = drawn(plotting.points(runs[kind].data, far, title="A title"))
    [axes] = figure.axes
    [remark] = [text for text in axes.texts if "outside" in text.get_text()]
    others = [axes.title, axes.xaxis.label, axes.yaxis.label, *figure.legends[0].texts]
    others += [*axes.get_xticklabels(), *axes.get_yticklabels()]
    for text in others:
        assert not remark.get_window_extent().overlaps(text.get_window_extent()), text.get_text()
    assert is_inside(drawn(plotting.film({"a": far, "b": far}, runs[kind].data)))


# ----------------------------------------------------------------------------------- what they show


def offsets(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(c.get_offsets()) for axes in figure.axes for c in axes.collections]


def test_points_shows_the_points():
    real, generated = POINTS.x[:30], POINTS.x[30:70] * 0.5
    shown = offsets(plotting.points(real, generated))
    assert np.allclose(shown[0], real)
    assert np.allclose(shown[1], generated)


def test_real_and_generated_differ_in_colour_and_shape():
    axes = plotting.points(POINTS.x, POINTS.x).axes[0]
    real, generated = axes.collections
    assert not np.allclose(real.get_facecolor()[:, :3], generated.get_facecolor()[:, :3])
    assert len(real.get_paths()[0]) != len(generated.get_paths()[0])
    assert texts(plotting.points(POINTS.x, POINTS.x))[-2:] == ["real", "generated"]


@pytest.mark.parametrize("kind", ["2-D", "3-D"])
def test_outliers_are_counted_and_shrink_nothing(kind, runs):
    run = runs[kind]
    far = run.data.x.clone()
    far[:20] = 1e6
    figure = drawn(plotting.points(run.data, far))
    share = 20 / len(far)
    assert f"{share:.0%} outside" in texts(figure)
    low, high = figure.axes[0].get_xlim()
    assert high - low < 2 * (run.data.x[:, 0].max() - run.data.x[:, 0].min())
    assert is_inside(figure)


@pytest.mark.parametrize("kind", ["2-D", "3-D"])
def test_nothing_but_outliers(kind, runs):
    run = runs[kind]
    figure = drawn(plotting.points(run.data, run.data.x + 100))
    assert "100% outside" in texts(figure)


def test_curves_show_the_record(runs):
    run = runs["2-D"]
    lines = plotting.losses(run.history).axes[0].get_lines()
    assert np.allclose(lines[0].get_xdata(), run.history.step)
    assert np.allclose(lines[0].get_ydata(), run.history.d_loss)
    figure = plotting.opinions(run.history)
    by_label = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    assert np.allclose(by_label["on real"], run.history.d_real)
    assert np.allclose(by_label["on generated"], run.history.d_fake)
    low, _ = figure.axes[0].get_ylim()
    assert (low, max(figure.axes[0].get_yticks())) == (0, 1)  # probabilities
    legend = drawn(figure).axes[0].get_legend().get_window_extent()
    assert legend.y0 > figure.axes[0].transData.transform((0, 1))[1]  # above what may be 1


def test_of_a_population_the_median_and_the_middle_of_the_seeds(runs):
    history = runs["2-D population"].history
    lines = plotting.opinions(history).axes[0].get_lines()
    assert np.allclose(lines[0].get_ydata(), history.groupby("step").d_real.median())
    assert any("seeds" in text for text in texts(plotting.opinions(history)))


def test_balance_is_marked_where_it_is(runs):
    lines = plotting.losses(runs["2-D"].history).axes[0].get_lines()
    level = sorted(line.get_ydata()[0] for line in lines if line.get_linestyle() == ":")
    assert level == pytest.approx([np.log(2), 2 * np.log(2)])


def test_members_are_named_by_their_seeds():
    run = train(TINY, POINTS, seeds=[30, 10, 20])
    assert [axes.get_title() for axes in plotting.members(run).axes] == [
        "seed 30",
        "seed 10",
        "seed 20",
    ]
    chosen = plotting.members(run, order=[2, 0])
    assert [axes.get_title() for axes in chosen.axes] == ["seed 20", "seed 30"]
    assert len(plotting.members(run, count=1).axes) == 1


def test_another_game_has_its_balance_elsewhere():
    run = train(TINY.with_(game=SaturatingGAN(), steps=20), POINTS)
    axes = next(axes for axes in plotting.run(run).axes if axes.get_ylabel() == "loss")
    level = sorted(line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == ":")
    assert level == pytest.approx([-np.log(2), 2 * np.log(2)])


def test_spread_shows_every_value_and_the_mean():
    figure = plotting.spread({"one": [0.1, 0.2, 0.6], "other": [0.5]}, "coverage")
    assert np.allclose(sorted(offsets(figure)[0][:, 0]), [0.1, 0.2, 0.6])
    assert figure.axes[0].get_lines()[0].get_xdata()[0] == pytest.approx(0.3)
    assert figure.axes[0].get_xlabel() == "coverage"


def test_a_run_that_has_hardly_begun(runs):
    """Nothing is on record yet."""
    for seeds in (None, [0, 1]):
        run = train(TINY, POINTS, seeds=seeds, callbacks=[stop_at(2)])
        assert run.history.empty
        assert is_inside(drawn(run.plot()))


def test_ones_own_settings_do_not_spoil_it(runs):
    with plt.rc_context({"font.size": 3, "axes.labelsize": 3, "legend.frameon": True}):
        axes = plotting.losses(runs["2-D"].history).axes[0]
    assert axes.xaxis.label.get_fontsize() > 10
    assert not axes.get_legend().get_frame_on()


def test_a_run_draws_itself(runs, tmp_path):
    figure = runs["3-D"].plot()
    assert len(figure.findobj(Axes)) == 5
    figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_no_figure_stays_open_after_an_error():
    with pytest.raises(ValueError, match="cannot be drawn"):
        plotting.points(torch.zeros(5, 4))
    assert plt.get_fignums() == []


def test_drawing_uses_no_random_numbers_of_others(runs):
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    plotting.run(runs["2-D"])
    plotting.spread({"a": [1.0, 2.0]})
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])


def test_a_field_shows_the_opinion_everywhere_and_points_uphill():
    square = np.array([[-1.0, -1.0], [1.0, 1.0]])
    axes = plotting.field(lambda x: 3 * x[:, :1] + 4 * x[:, 1:], square, [[0.5, 0.0]]).axes[0]
    [ground], [arrows] = axes.images, axes.collections
    (left, right, bottom, top), shown = ground.get_extent(), ground.get_array()
    assert (left, right, bottom, top) == pytest.approx((-1.2, 1.2, -1.2, 1.2))
    assert ground.origin == "lower"
    assert shown[0, 0] == pytest.approx(-7 * 1.2) and shown[-1, -1] == pytest.approx(7 * 1.2)
    assert shown[0, -1] == pytest.approx(3 * 1.2 - 4 * 1.2)  # below on the right
    assert arrows.get_offsets().tolist() == [[0.5, 0.0]]
    assert (arrows.U[0], arrows.V[0]) == pytest.approx((0.6, 0.8), abs=1e-3)
    # A probability is red at 0 and blue at 1, whatever D says here; where it is flat, no arrow.
    [ground] = plotting.field(lambda x: torch.full((len(x),), 0.5), square, square).axes[0].images
    assert ground.get_clim() == (0, 1)


@pytest.mark.parametrize(
    ("opinion", "real", "message"),
    [
        (lambda x: x, POINTS, r"of 6400 points the opinions have shape \(6400, 2\)"),
        (FLAT.opinion, SPIRAL, "in the plane"),
        (FLAT.opinion, torch.zeros(5, 2), "real does not vary"),
        (FLAT.opinion, torch.full((5, 2), torch.nan), "real does not vary, or holds NaN"),
    ],
)
def test_a_field_that_cannot_be_drawn(opinion, real, message):
    with pytest.raises(ValueError, match=message):
        plotting.field(opinion, real)


# ----------------------------------------------------------------------------- what cannot be drawn


@pytest.mark.parametrize(
    "x", [torch.zeros(5, 4), torch.zeros(5, 1), torch.zeros(5), torch.zeros(5, 2, 8, 8)]
)
def test_only_two_or_three_dimensions(x):
    for draw in (
        lambda: plotting.points(x),
        lambda: plotting.side_by_side(x, {}),
        lambda: plotting.film({"a": x}),
        lambda: plotting.images(x),
    ):
        with pytest.raises(ValueError, match="cannot be drawn"):
            draw()


def test_no_images_at_all():
    with pytest.raises(ValueError, match="no pictures"):
        plotting.images(torch.zeros(0, 1, 8, 8))


def sheet(figure: Figure) -> np.ndarray:
    """The pixels of the one picture in a figure."""
    return figure.axes[0].images[0].get_array()


def test_images_stand_in_rows_with_their_colours():
    x = torch.full((5, 1, 4, 4), -1.0)
    x[3] = 1.0
    pixels = sheet(plotting.images(x, columns=3))
    assert pixels.shape == (2 * 5 + 1, 3 * 5 + 1)
    assert (pixels[1:5, 1:5] == 0).all()
    assert (pixels[6:10, 1:5] == 1).all()  # the fourth is the first of the second row
    assert (pixels[5] == 1).all()  # white between the rows
    red = torch.tensor([1.0, -1.0, -1.0])[None, :, None, None].expand(1, 3, 4, 4)
    assert sheet(plotting.images(red))[2, 2].tolist() == [1, 0, 0]


def test_values_beyond_the_range_are_cut():
    assert set(np.unique(sheet(plotting.images(torch.tensor([[[[-9.0, 9.0]]]]))))) == {0, 1}


def test_rows_have_their_names():
    figure = plotting.images(torch.zeros(6, 1, 8, 8), rows=["one", "two"])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["one", "two"]
    assert sheet(figure).shape == (2 * 9 + 1, 3 * 9 + 1)


def test_feature_maps_are_those_of_the_network():
    words = texts(
        plotting.feature_maps(dcgan_generator(16, 3, width=8, latent=20), torch.zeros(1, 20))
    )
    assert words == ["20", "16 ×\n4×4", "8 ×\n8×8", "3 ×\n16×16"]
    words = texts(
        plotting.feature_maps(dcgan_discriminator(16, 3, width=8), torch.zeros(1, 3, 16, 16))
    )
    assert words == ["3 ×\n16×16", "8 ×\n8×8", "16 ×\n4×4", "1"]


def test_looking_at_feature_maps_changes_no_random_numbers():
    before = torch.get_rng_state()
    plotting.feature_maps(mlp(3, 8, 2), torch.zeros(1, 3))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seeds", [{"seed": 0}, {"seeds": range(2)}])
def test_of_a_run_on_points_of_four_dimensions_the_curves_are_drawn(seeds):
    recipe = TINY.with_(generator=mlp(3, 4), discriminator=mlp(4, 1))
    run = train(recipe, torch.randn(50, 4), **seeds)
    figure = drawn(run.plot())
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "D: probability of real"]
    assert is_inside(figure)


def test_nothing():
    with pytest.raises(ValueError, match="nothing to draw"):
        plotting.points()


def test_members_of_a_single_gan(runs):
    with pytest.raises(ValueError, match="single GAN"):
        plotting.members(runs["2-D"])


def test_a_run_without_its_data(runs, tmp_path):
    run = Run.load(runs["2-D population"].save(tmp_path))
    for draw in (plotting.run, plotting.members):
        with pytest.raises(ValueError, match=r"no data to draw.*Run\.load"):
            draw(run)
    assert isinstance(plotting.losses(run.history), Figure)


def test_a_table_will_do():
    assert isinstance(plotting.points(pd.DataFrame(POINTS.x.numpy())), Figure)


ODD = {
    "complex": np.full((5, 2), 1j),
    "dates": np.full((5, 2), np.datetime64("2024-05-01")),
    "text": np.full((5, 2), "1.5"),
    "masked": np.ma.masked_array(np.ones((5, 2)), mask=True),
    "sparse": torch.ones(5, 2).to_sparse(),
    "ragged": [[1.0, 2.0], [3.0]],
    "no points": np.zeros((0, 2)),
    "a number": 5.0,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_holds_no_numbers_cannot_be_drawn(odd):
    for draw in (
        lambda: plotting.points(odd),
        lambda: plotting.film({"a": odd}),
        lambda: plotting.film({"a": POINTS.x}, odd),
        lambda: plotting.side_by_side(odd, {}),
        lambda: plotting.side_by_side(POINTS, {"a": odd}),
        lambda: plotting.images(odd),
        lambda: plotting.spread({"a": odd}),
    ):
        with pytest.raises(ValueError, match=r"number|nothing to draw|cannot be drawn"):
            draw()


def test_yes_and_no_and_whole_numbers_are_points_too():
    for kind in (bool, int, np.uint8, ">f4"):
        assert isinstance(plotting.points(np.eye(4, 2).astype(kind), np.eye(4, 2)), Figure)


def test_data_that_does_not_vary_has_room_around_it():
    axes = drawn(plotting.points(np.ones((5, 2)), np.ones((5, 2)))).axes[0]
    assert axes.get_xlim() == axes.get_ylim() == (0.5, 1.5)
    assert isinstance(plotting.points(SPIRAL[:1], SPIRAL), Figure)


def test_samples_of_a_generator_that_diverged():
    assert isinstance(drawn(plotting.points(POINTS, torch.full((5, 2), torch.nan))), Figure)
    with pytest.raises(ValueError, match="real holds NaN or infinity"):
        plotting.points(torch.full((5, 2), torch.nan))


def test_points_in_the_plane_and_in_space_do_not_mix():
    with pytest.raises(ValueError, match="points of 3 numbers cannot be drawn among points of 2"):
        plotting.points(POINTS, SPIRAL)
    with pytest.raises(ValueError, match="points of 2 numbers cannot be drawn among points of 3"):
        plotting.film({"a": SPIRAL}, POINTS)


def test_pixels_are_not_taken_for_pictures():
    for pixels in (np.zeros((4, 1, 8, 8), np.uint8), torch.zeros(4, 1, 8, 8).long()):
        with pytest.raises(ValueError, match=r"whole numbers, .*x / 127\.5 - 1"):
            plotting.images(pixels)


@pytest.mark.parametrize("columns", [0, -1, 2.5, "two"])
def test_columns_are_a_whole_number(columns):
    with pytest.raises(ValueError, match=r"columns=.*, expected a whole number from 1 on"):
        plotting.images(torch.zeros(4, 1, 8, 8), columns=columns)


def test_every_row_has_one_name():
    for rows in (["a", "b", "c"], list("abcdefgh")):
        with pytest.raises(ValueError, match=f"pictures fill . rows, and there are {len(rows)}"):
            plotting.images(torch.zeros(4, 1, 8, 8), rows=rows)


def test_nothing_in_a_row():
    for draw in (plotting.film, plotting.spread):
        for nothing in ({}, [POINTS.x], None):
            with pytest.raises(ValueError, match="nothing to draw: expected a dictionary"):
                draw(nothing)
    with pytest.raises(ValueError, match=r"'a' has shape \(0,\), expected one number or more"):
        plotting.spread({"a": []})


def test_tables_of_something_else():
    for draw in (plotting.losses, plotting.opinions):
        for table in (pd.DataFrame({"step": [1]}), None, FLAT):
            with pytest.raises(ValueError, match=r"this is no run\.history: it has no .*d_"):
                draw(table)
    with pytest.raises(ValueError, match=r"this is no Ledger\.effects\(\): it has no .*gain_low"):
        plotting.forest(effects(("long",)).drop(columns="gain_low"))
    with pytest.raises(ValueError, match="nothing to draw"):
        plotting.forest(effects(("long",))[:0])


def test_what_two_metrics_disagree_on_is_in_colour_and_named():
    rows = [
        ("1.1", "in D", "ring", 0.3, "helps", 0.2, "helps"),
        ("2.3", "5 times", "ring", -0.2, "hurts", 0.4, "helps"),
        ("2.3", "2 times", "ring", -0.1, "hurts", 0.1, "helps"),
        ("S.8", "R1", "ring", 0.1, "helps", -0.3, "hurts"),
        ("S.9", "five", "ring", 0.1, "helps", -0.3, "undecided"),
        ("S.8", "R1", "grid", -0.1, "hurts", -0.3, "hurts"),
    ]
    names = ["trick", "variant", "task", "gain", "verdict", "gain_other", "verdict_other"]
    both = pd.DataFrame(rows, columns=names).assign(budget="long", metric="coverage")
    both = both.assign(gain_low=0.0, gain_high=0.0)
    one = both.drop(columns=["gain_other", "verdict_other"])
    other = one.assign(
        gain=both["gain_other"], verdict=both["verdict_other"], metric="precision"
    ).iloc[:-1]
    (axes,) = plotting.trade_offs(one, other).axes
    assert axes.get_title() == "ring", "the grid was not judged by both"
    assert sorted(text.get_text() for text in axes.texts) == ["2.3", "2.3", "S.8"]
    drawn = {
        matplotlib.colors.to_hex(line.get_color()): sorted(line.get_xdata())
        for line in axes.lines if line.get_marker() == "o"
    }  # fmt: skip
    assert drawn[plotting.REAL.lower()] == [-0.2, -0.1] and drawn[plotting.FAKE.lower()] == [0.1]
    assert sorted(x for xs in drawn.values() for x in xs) == [-0.2, -0.1, 0.1, 0.1, 0.3]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("gain in coverage", "gain in precision")
    later = one.assign(budget="short")
    (axes,) = plotting.trade_offs(later.iloc[:-1], one).axes
    assert axes.get_xlabel() == "gain in coverage after the short budget"
    assert axes.get_ylabel() == "gain in coverage after the long budget"
    with pytest.raises(ValueError, match="no variant is in both"):
        plotting.trade_offs(one, other.iloc[:0])
    with pytest.raises(ValueError, match=r"it has no .*verdict"):
        plotting.trade_offs(one, other.drop(columns="verdict"))


def test_real_points_do_not_hide_generated_ones():
    """Many solid ones would: no more are drawn than of generated ones, and paler; all make the
    frame.
    """
    real = torch.cat([torch.zeros(999, 2), torch.full((1, 2), 5.0)])
    (axes,) = plotting.points(real, torch.zeros(100, 2)).axes
    under, over = axes.collections
    assert len(under.get_offsets()) == 100 == len(over.get_offsets())
    assert under.get_alpha() < over.get_alpha()
    assert axes.get_xlim()[1] > 5, "the last is not drawn, and in the frame"
    (alone,) = plotting.points(real).axes
    assert len(alone.collections[0].get_offsets()) == 1_000


def test_gains_at_a_glance():
    rows = [
        ("in D", "ring", "long run", 0.1, "helps", 1.7),
        ("in D", "grid", "long run", -0.2, "hurts", np.nan),
        ("in G", "ring", "long run", -0.001, "equivalent", 1.0),
        ("in D", "ring", "own rate", 0.02, "undecided", 1.7),
    ]
    names = ["variant", "task", "question", "gain", "verdict", "cost"]
    effects = pd.DataFrame(rows, columns=names)
    (axes,) = plotting.board(effects).axes
    said = {text.get_text(): text for text in axes.texts}
    assert set(said) == {"+0.10", "−0.20", "0.00", "+0.02", "× 1.7", "× 1.0", "in D", "in G"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ring", "grid", "ring"]
    heads = [label.get_text() for label in axes.get_xticklabels()]
    assert heads == ["long\nrun", "own\nrate", "cost of\na step"]
    grounds = [matplotlib.colors.to_hex(patch.get_facecolor()) for patch in axes.patches]
    assert grounds[0] == plotting.DISCRIMINATOR.lower() and grounds[1] == plotting.FAKE.lower()
    (without,) = plotting.board(effects.assign(cost=np.nan)).axes
    heads = [label.get_text() for label in without.get_xticklabels()]
    assert heads == ["long\nrun", "own\nrate"], "no column of nothing"
    with pytest.raises(ValueError, match="it has no cost"):
        plotting.board(effects.drop(columns="cost"))
    with pytest.raises(ValueError, match="there are no effects"):
        plotting.board(effects.iloc[:0])


def test_who_was_taken_for_what():
    counts = pd.DataFrame([[5, 1], [0, 2], [0, 3]], index=["a", "b", "unclear"], columns=["a", "b"])
    (axes,) = plotting.confusion(counts).axes
    assert [text.get_text() for text in axes.texts] == ["5", "1", "2", "3"], "no zeros"
    errors = [text.get_text() for text in axes.texts if text.get_color() == plotting.FAKE]
    assert errors == ["1", "3"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]
    with pytest.raises(ValueError, match="'c' is no kind: there are a, b, unclear"):
        plotting.confusion(counts.assign(c=0))
    with pytest.raises(ValueError, match="there are no counts"):
        plotting.confusion(counts.iloc[:0])


def test_progress_of_a_list():
    [line] = plotting.progress([3.0, 1.0, 2.0]).axes[0].get_lines()
    assert line.get_xydata().tolist() == [[0, 3], [1, 1], [2, 2]]


def test_members_that_are_not_there(runs):
    population = runs["2-D population"]
    for order in ([5], [0, -6], "ab", [1.5]):
        with pytest.raises(ValueError, match=r"order=.*, expected places from 0 to 4"):
            plotting.members(population, order=order)
    with pytest.raises(ValueError, match="order names no member"):
        plotting.members(population, order=[])
    for count in (0, 1.5):
        with pytest.raises(ValueError, match=f"count={count}, expected a whole number"):
            plotting.members(population, count=count)


def test_what_is_no_run():
    for draw in (plotting.run, plotting.members):
        with pytest.raises(ValueError, match="None is no run"):
            draw(None)


def test_something_smaller_than_a_run_can_be_drawn():
    """A figure asks for five things, and for nothing of `gan_school.training`."""

    class Small:
        data, seeds, history, game = POINTS, (7, 8), FLAT.history, FLAT.game

        def sample(self, n=None, *, labels=None):
            return torch.stack([POINTS.x[:n], POINTS.x[:n] / 2])

    assert [axes.get_title() for axes in plotting.members(Small()).axes] == ["seed 7", "seed 8"]
    assert isinstance(plotting.run(Small()), Figure)


def test_plotting_knows_nothing_of_training():
    """Not for its types either."""
    for path in Path(plotting.__file__).parent.glob("*.py"):
        for name in ("training", "lab", "games", "faces"):
            assert f"gan_school.{name}" not in path.read_text("utf-8"), path.name


def test_feature_maps_of_what_is_no_network():
    network = mlp(3, 8, 2).build()
    for given in ((None, torch.zeros(1, 3)), (network,)):
        with pytest.raises(ValueError, match="expected a network, and a batch to feed it"):
            plotting.feature_maps(*given)
    with pytest.raises(ValueError, match=r"does not take inputs of shape \(1, 5\): "):
        plotting.feature_maps(network, torch.zeros(1, 5))
    assert not any(layer._forward_hooks for layer in network.modules()), "hooks are left behind"
    words = texts(plotting.feature_maps(network, np.zeros((1, 3), np.float32)))
    assert words == ["3", "8", "2"]
