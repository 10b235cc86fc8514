# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · Level 2: quick changes
#
# After this notebook you will be able to
#
# - choose a quick change by the symptom, not by its fame;
# - turn the five dials of every recipe: rates, momentum, balance, batch, average;
# - ask what a trick costs, and whether the same time would be better spent on more steps.
#
# **Time:** about 2 minutes of computing on a laptop without a GPU, 50 minutes of reading and trying.
#
# **Prerequisites:** notebooks 04 and 05. You should know what the doctor says, and how the ledger is read.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from gan_school import compare, datasets, diagnose, metrics, plotting, train, tricks
from gan_school.lab import TASKS, evidence, selection, survey

pd.set_option("display.max_colwidth", None)
plt.rcParams.update(plotting.STYLE)  # large letters, as in the package's own figures
ledger = evidence()
ring, recipe = TASKS["ring"].data(), TASKS["ring"].recipe

# %% [markdown]
# ## Four quick changes
#
# You have done all of level 1, and the samples are not good enough. Level 2 is what can be changed in a
# minute. **Look at** the last column: each of these is meant *against* something.

# %% tags=["nbval-check-output"]
quick = [trick.number for trick in tricks.level(2)]
tricks.table().loc[quick, ["trick", "claim", "try it against"]]

# %% [markdown]
# So the first question is not "which trick is best?" but "what is wrong?". Our baseline on the ring, after
# the long budget:

# %%
run = train(recipe, ring, seeds=range(6))
found = diagnose(run).counts()
assert found.index[0] == "still improving" and found.iloc[0] >= 3, "most are still improving"
print(found.to_string())
plotting.members(run)

# %% [markdown]
# A decent GAN with room for improvement, neither hopeless nor perfect. A trick can help it, and can hurt it. Mind
# what the doctor says: most of the runs are *still improving*. (In the others a heap is nearly empty.) So a
# trick may help by only making them faster. That is why there are two budgets, and why the ledger also compares
# at *equal time*: whichever side has the cheaper steps gets more of them.
#
# Each trick below has a picture of two GANs without it and two with it, after 1,000 steps, half of the long
# budget. Blue points are real, orange ones generated. It is an anecdote. Then come the verdicts of the ledger.
# They are by coverage; *by precision* is asked beside it, at equal steps, and does not always agree. (The same
# recipe's numbers differ a little from place to place: other seeds, or more of them.)

# %% [markdown]
# ## 2.1 Dropout
#
# **The idea.** Switch off some units at random, 30 % here, at every update. In $D$ it should lead to
# more meaningful features; in $G$ it is another source of noise. Here our sources disagree: onimaru
# recommends it in $G$ or $D$, trungthanhnguyen says, not in $G$.
#
# **The change.** `recipe.discriminator.with_(dropout=0.3)`, and the same for the generator.

# %%
tricks["2.1"].picture(recipe, ring, "in G")

# %%
ledger.at_a_glance("2.1")

# %% tags=["check"]
short, long = ledger.verdicts("2.1", "short"), ledger.verdicts("2.1", "long")
points = ["spiral", "ring", "grid"]
assert (long.loc[["in G", "in both"], points] == "hurts").all(axis=None), "in G it hurts on points"
in_g = ledger.effects("2.1", budget="long").query("variant == 'in G'")["gain"]
assert in_g.max() < -0.3, "and by more than 0.3"
assert (short.loc["in D", points] == "hurts").all(), "in D it hurts on all points, early"
assert long.loc["in D", ["spiral", "ring", "digits"]].eq("hurts").all(), "and later on these"
assert long.loc["in D", "grid"] == "undecided", "on the grid it is undecided"
dearer = ledger.effects("2.1", "spiral", "long", "equal time")
assert (dearer["verdict"] == "hurts").all(), "at equal time it hurts everywhere on the spiral"
assert dearer["cost"].round(1).between(1.7, 2.6).all(), "as a step takes longer"
modes = ledger.effects("2.1", budget="long", metric="modes").set_index(["variant", "task"])
assert modes.loc[("in D", "grid"), "verdict"] == "helps", "by modes it helps on the grid"
fast = "in D, a fast one"
assert long.loc[fast, points].to_list() == ["equivalent", "undecided", "helps"], "with a fast D"
on_grid = ledger.effects("2.1", "grid", "long").set_index("variant")["gain"]
assert round(on_grid[fast], 2) == 0.10, "by 0.10 on the grid"
clear = ledger.effects("2.1", budget="long", metric="precision").set_index(["variant", "task"])
assert clear.loc[("in D", "grid"), "gain"].round(2) == -0.35, "and loses precision"
clear = clear.loc[fast].loc[points]
assert set(clear["verdict"]) == {"hurts"} and clear["gain"].between(-0.265, -0.185).all(), (
    "precision"
)
tuned = ledger.verdicts("2.1", "long", terms="tuned rate")["grid"]
assert tuned[fast] == "hurts", "but with the tuned rate it hurts there"

# %% [markdown]
# **What to conclude.** In $G$ it hurts on all points, by more than 0.3: here "not in $G$" was right. In $D$ it hurts
# nearly everywhere; on the grid it finds more of the modes, with much worse samples. And drawing the units takes time:
# on the spiral a step takes 1.7 to 2.6 times as long.
#
# Is it a remedy for a $D$ that learns too fast? In *a fast one* both sides have a $D$ with 4 times the learning rate.
# Dropout then gains 0.10 of coverage on the grid and nothing on the others, and loses 0.19 to 0.26 of precision on all
# three. And with the rate tuned, the gain on the grid turns into a loss.
#
# Why does it hurt in $G$? One explanation: such a generator is trained with 30 % of its units off, and
# judged with all of them on. That can be tested. We judge the same generators twice, without dropout, as
# always, and with it still on.

# %%
dropped = train(tricks["2.1"].pair(recipe, ring, "in G")[1], ring, seeds=range(4))
z = torch.randn(1_000, 8, generator=torch.Generator().manual_seed(0))
fresh = datasets.ring(1_000, seed=1).x


def coverage_of(game, dropout):
    game.generator.train(dropout)
    torch.manual_seed(0)  # decides which units are off
    with torch.no_grad():
        return metrics.density_coverage(fresh, game.generate(z), k=5).coverage


games = [dropped[seed].game for seed in range(4)]
twice = pd.DataFrame({"off": [coverage_of(game, False) for game in games],
                      "still on": [coverage_of(game, True) for game in games]})  # fmt: skip
twice.rename_axis("seed").round(2)

# %% tags=["check"]
plain = ledger.effects("2.1", "ring", "long").set_index("variant").loc["in G", "baseline"]
assert (twice["still on"] > twice["off"]).all(), "left on, each generator covers more"
assert twice["still on"].mean() > 2 * twice["off"].mean(), "at least twice as much"
assert twice["still on"].mean() < plain - 0.2, "but still far less than without any dropout"

# %% [markdown]
# With dropout still on, each of the four covers more of the ring, on average more than twice as much. So the
# mismatch between training and judging is a part of the answer. It is not all of it: without any dropout,
# coverage is 0.65.
#
# ## 2.2 LeakyReLU
#
# **The idea.** A ReLU passes no gradient where its input is negative, and a unit that is negative for every
# sample is dead. A LeakyReLU lets a fifth of the slope through. First in $D$ (compared with ReLU in both),
# then in $G$ as well (compared with LeakyReLU in $D$ alone).
#
# **The change.** `recipe.discriminator.with_(activation="leaky_relu")`.

# %%
tricks["2.2"].picture(recipe, ring)

# %%
ledger.at_a_glance("2.2")

# %% tags=["check"]
clear = ledger.effects("2.2", budget="long", metric="precision").set_index(["variant", "task"])
assert clear.loc["in D", "verdict"][points].eq("hurts").all(), "in D samples are worse"
assert clear.loc[("in G as well", "spiral"), "verdict"] == "helps", "in G better, on the spiral"
assert clear.loc[("in G as well", "spiral"), "gain"].round(2) == 0.03, "a little"
assert clear.loc[("in G as well", "grid"), "verdict"] == "hurts", "and worse on the grid"
early = ledger.effects("2.2", budget="short")
assert early["gain"].abs().max() < 0.015, "early it makes hardly a difference"
long = ledger.verdicts("2.2", "long")
assert "helps" not in set(long.stack()), "later it helps nowhere"
for terms in ("equal steps", "equal time", "tuned rate"):
    late = ledger.verdicts("2.2", "long", terms=terms)
    assert late.loc["in D", "spiral"] == "hurts", f"on the spiral it hurts in D, {terms}"
    assert late.loc["in G as well", "grid"] == "hurts", f"and on the grid in G, {terms}"

# %% [markdown]
# **What to conclude.** The pictures look better with the trick, and they are an anecdote. Over sixteen seeds or more it
# helps coverage nowhere. In $D$ it makes samples worse on all points; in $G$ it hurts on the grid, and makes samples of
# the spiral a little better. Networks with two hidden layers have no trouble passing gradients. The claim was made for
# deep convolutional networks; there it may well hold.
#
# ## 2.3 Train the discriminator more often
#
# **The idea.** If $G$ fools $D$ easily, $D$ has fallen behind. Give it 2 to 5 updates for each of $G$'s.
#
# **The change.** `recipe.with_(d_steps=2)`.

# %%
tricks["2.3"].picture(recipe, ring, "2 times, against a fast generator")

# %%
ledger.at_a_glance("2.3")

# %% [markdown]
# **With the symptom**, a generator whose learning rate is 4 times as high, it helps on all four data sets in the short
# run, and in the long run on the spiral and the ring, by a great deal. Not on the grid. But is a fast generator a
# symptom there? It covers 0.48 of the grid, where the usual one covers 0.35.
#
# **Without the symptom** it is a head start. In the *short* run two updates and five help on all three sets of points.
# In the *long* run five hurt on all three; two help on the spiral alone. Whoever had stopped early would recommend
# them.
#
# **By precision** it is another story: five gain 0.13 to 0.39 on points. A strong $D$ makes $G$ careful: good samples,
# in fewer places. (For how long? Notebook 10 trains on.)

# %% tags=["check"]
short, long = ledger.verdicts("2.3", "short"), ledger.verdicts("2.3", "long")
with_symptom = "2 times, against a fast generator"
assert (short.loc[with_symptom] == "helps").all(), "with the symptom it helps early, everywhere"
assert (long.loc[with_symptom, ["spiral", "ring"]] == "helps").all(), "and late on two"
assert long.loc[with_symptom, "grid"] == "undecided", "but not on the grid"
on_grid = ledger.effects("2.3", "grid", "long").set_index("variant")["baseline"]
covers = on_grid[[with_symptom, "2 times"]].round(2).to_list()
assert covers == [0.48, 0.35], "where a fast generator is better than the usual one"
once_more = ["2 times", "5 times"]
assert (long.loc[once_more, "digits"] == "equivalent").all(), "on the digits coverage stays"
clear = ledger.effects("2.3", budget="long", metric="precision").set_index(["variant", "task"])
clear = clear.loc["5 times"]
assert set(clear["verdict"]) == {"helps"}, "five gain precision"
assert clear.loc[points, "gain"].between(0.125, 0.395).all(), "by so much on points"
assert clear.loc["digits", "gain"].round(2) == 0.05, "and by so much on the digits"
assert (short.loc[once_more, points] == "helps").all(axis=None), "it is a head start"
assert (long.loc["5 times", points] == "hurts").all(), "that becomes a loss with five"
assert long.loc["2 times", points].to_list() == ["helps", "undecided", "hurts"], "and with two?"
modes = ledger.effects("2.3", budget="long", metric="modes").set_index(["variant", "task"])
assert modes.loc["5 times", "verdict"].eq("hurts").all(), "in fewer places"

# %% [markdown]
# We can watch it turn. **Look at** where the two lines cross, and where they do not. (Six seeds, live; `at` lists the
# steps at which we measure.)

# %%
looks, judges = [250, 500, 1_000, 1_500], ["coverage", "precision"]
both = {"once": recipe, "5 times": recipe.with_(d_steps=5)}
turning = compare(both, ring, range(6), at=looks, metrics=judges)
table = pd.DataFrame(turning)
means = table.pivot_table(index="step", columns=["metric", "recipe"], values="value")
figure, panels = plt.subplots(1, 2, figsize=(12, 4), sharey=True)
for axes, metric in zip(panels, judges, strict=True):
    means[metric].plot(ax=axes, lw=3, marker="o", color=["0.6", "0.1"], title=metric, ylim=(0, 1))

# %% tags=["check"]
assert means.loc[500]["coverage", "5 times"] > means.loc[500]["coverage", "once"], "ahead at 500"
assert means.loc[2_000]["coverage", "5 times"] < means.loc[2_000]["coverage", "once"], "behind"
assert (means["precision", "5 times"] > means["precision", "once"]).all(), "samples are better"

# %% [markdown]
# A shorter experiment would have told the opposite story of coverage; and precision tells another one.

# %% [markdown]
# ## What does it cost?
#
# Five updates of $D$ take time. *Cost of a step* on the board
# says that one with two updates takes about one and a half times as long, and one with five three times. In the
# same time one could train the plain recipe for longer, and a trick must beat *that*. Here are the gains of
# the long run once more. **Look at** the first row below.

# %%
gains = {}
for terms in ("equal steps", "equal time"):
    table = ledger.effects("2.3", budget="long", terms=terms)
    gains[terms] = table.set_index(["variant", "task"])["gain"]
gains = pd.concat(gains, axis=1)
gains.loc[(slice(None), points), :].round(2)

# %% tags=["check"]
same_time = ledger.verdicts("2.3", "long", terms="equal time")
assert same_time.loc["2 times", "spiral"] == "hurts", "the spiral's gain is a loss at equal time"
assert gains.loc[("2 times", "spiral"), "equal time"].round(2) == -0.07, "more steps are worth more"
cost = ledger.effects("2.3", budget="long").set_index(["variant", "task"])["cost"]
assert cost["2 times"].between(1.4, 1.6).all() and cost["5 times"].between(2.7, 3.3).all(), "costs"
assert (same_time.loc["5 times", points] == "hurts").all(), "five updates hurt on these terms, too"
clear = ledger.effects("2.3", budget="long", terms="equal time", metric="precision")
clear = clear[clear["variant"] == "5 times"]
assert "helps" not in set(clear["verdict"]), "and gain no precision, either"
assert (same_time.loc[with_symptom, ["spiral", "ring"]] == "helps").all(), "the cure remains one"
assert same_time.loc[with_symptom, "grid"] == "hurts", "except on the grid"
tuned = ledger.verdicts("2.3", "long", terms="tuned rate")
assert tuned.loc["2 times", "spiral"] == "undecided", "it is not sure with a tuned rate, either"
assert (tuned.loc[with_symptom, ["spiral", "ring"]] == "helps").all(), "and the cure remains one"

# %% [markdown]
# On the spiral, two updates of $D$ for a healthy GAN gained 0.09 at equal steps. At equal time they lose 0.07: the plain
# recipe, which may play for longer, gets farther. The precision that five had gained is lost as well, at equal time.
# Against a generator that is too fast the trick still helps on the spiral and the ring, on all terms. It is a good
# cure, and a poor vitamin.
#
# ## 2.4 Train the generator more often
#
# **The idea.** The mirror image: if $D$ is accurate from the start, let $G$ catch up.
#
# **The change.** `recipe.with_(g_steps=2)`.

# %%
tricks["2.4"].picture(recipe, ring, "5 times")

# %%
ledger.at_a_glance("2.4")

# %% tags=["check"]
short, long = ledger.verdicts("2.4", "short"), ledger.verdicts("2.4", "long")
both = pd.concat([short, long])
assert (both.loc["5 times", points] == "hurts").all(axis=None), "five times hurts on all points"
assert (both.loc["2 times", ["spiral", "ring"]] == "hurts").all(axis=None), "twice hurts on two"
for terms in ("equal steps", "equal time", "tuned rate"):
    of_grid = ledger.effects("2.4", "grid", "long", terms).set_index("variant").loc["2 times"]
    assert of_grid["verdict"] == "helps" and of_grid["gain"] > 0.1, (
        f"and helps on the grid, {terms}"
    )
free = ledger.effects("2.4", budget="long", terms="D without memory").set_index(["variant", "task"])
lost = ledger.effects("2.4", budget="long").set_index(["variant", "task"])["gain"].loc["5 times"]
left = free["gain"].loc["5 times"]
assert (left[["ring", "grid"]] > 0.5 * lost[["ring", "grid"]]).all(), "much of it takes momentum"
assert left["spiral"] < 0.8 * lost["spiral"], "but not on the spiral"
every = ledger.effects([*quick, "S.1", "S.2", "S.3", "S.4", "S.5"], "grid", "long")
most = every.loc[every["gain"].idxmax(), ["trick", "variant"]]
assert most.to_list() == ["2.4", "2 times"], "more than anything else here"
with_symptom = "2 times, against a fast discriminator"
assert (short.loc[with_symptom] == "helps").all(), "the cure helps early, everywhere"
late = long.loc[with_symptom, [*points, "digits"]].to_list()
assert late == ["helps", "undecided", "helps", "undecided"], "and late on spiral and grid"
for terms in ("equal time", "tuned rate"):
    other = ledger.verdicts("2.4", "long", terms=terms).loc[with_symptom, ["spiral", "grid"]]
    assert (other == "helps").all(), f"there it helps with {terms}, too"
sick = ledger.effects("2.4", budget="long").set_index(["task", "variant"])["baseline"].round(2)
assert sick["spiral", with_symptom] == 0.55 and sick["spiral", "2 times"] == 0.58, "hardly sick"
assert sick["grid", with_symptom] == 0.22 and sick["grid", "2 times"] == 0.35, "and very sick"

# %% [markdown]
# **What to conclude.** Without the symptom five updates hurt on all points at both budgets; they are a recipe for
# the collapse of notebook 04. Two hurt on the spiral and the ring. But **on the grid two updates of $G$ gain 0.16**, at
# equal time and with a tuned rate as well: nothing else in this notebook gains as much there. On the grid it is $G$
# that lags behind. On the spiral it is the other way round.
#
# With the symptom, a $D$ that learns 4 times as fast, it helps on all four data sets in the short run, and on the
# spiral and the grid in the long run, at equal time and with a tuned rate as well. That is what the source says:
# *if* $D$ is accurate from the start. The lesson of this level is the word "if".
#
# ## Five dials
#
# Every recipe has five more numbers that are quickly turned. We measured them as well.

# %% tags=["nbval-check-output"]
dials = ["S.1", "S.2", "S.3", "S.4", "S.5"]
tricks.table().loc[dials, ["trick", "claim", "source"]]

# %% [markdown]
# **Look at** the picture line by line while you read. Triangles are the short budget, circles the long one.
# Green helps, orange hurts; grey and filled is equivalent, grey and hollow is undecided. Every panel has a
# scale of its own.

# %%
ledger.plot(dials)

# %% [markdown]
# **Learning rate (S.1).** "Rates near 1e-3 are too high", say three sources. For our small networks 2e-4 is *worse*, on
# all four data sets and at both budgets. It is slower, and time was up. But the sources spoke of images, and Radford et
# al. lowered $\beta_1$ as well. On the digits that pair gains 0.18: $\beta_1$ alone gains 0.32 there, and the lower
# rate costs 0.14.
#
# **Momentum (S.2).** $\beta_1 = 0.5$ rather than Adam's usual 0.9 is the largest gain of all dials on the spiral, the
# ring and the digits, by coverage and by precision. On the grid it helps early, and in the long run it costs modes.
# Less still, 0, gains nothing that is sure. If you remember one number of this notebook, take 0.5. But remember whose it
# is: in the classic recipe of notebook 01, in a longer run, it gains 0.10 on the spiral and costs 0.27 on the ring.

# %%
rate = ledger.effects("S.1").query("variant == '2e-4, not 1e-3'")
assert (rate["verdict"] == "hurts").all(), "the low rate hurts everywhere"
above = {name: ledger.tuning(name).loc[1, "high"] for name in (*points, "digits")}
assert ledger.rate("spiral") == 2 and above.pop("spiral") < 0, "twice ours is the best there"
assert min(above.values()) >= 0, "elsewhere none is surely better"
of_digits = ledger.effects(dials, "digits", "long").set_index("variant")["gain"]
pair = of_digits["2e-4 with β₁ = 0.5, not 1e-3 with 0.9"]
alone = of_digits["β₁ = 0.5, not 0.9"]
lower = of_digits["2e-4, not 1e-3"]
assert [round(gain, 2) for gain in (pair, alone, lower)] == [0.18, 0.32, -0.14], "on the digits"
assert abs(pair - alone - lower) < 0.02, "the two add up"
pairs = ledger.verdicts("S.1", "long").loc["2e-4 with β₁ = 0.5, not 1e-3 with 0.9"]
assert (pairs[["ring", "grid"]] == "hurts").all(), "on ring and grid the pair hurts"

modes = ledger.effects("S.2", "grid", "long", metric="modes").set_index("variant")["verdict"]
assert modes["β₁ = 0.5, not 0.9"] == "hurts", "by modes it hurts on the grid"
clear = ledger.effects("S.2", budget="long", metric="precision").set_index(["variant", "task"])
clear = clear.loc["β₁ = 0.5, not 0.9"].loc[["spiral", "ring", "digits"]]
assert set(clear["verdict"]) == {"helps"} and clear["gain"].min() > 0.25, "by precision, too"
classic = selection.on_record("points-longer").stage(1)
there = classic.loc[("S.2", "β₁ = 0.5, not 0.9")]
assert (round(there["spiral"], 2), round(there["ring"], 2)) == (0.10, -0.27), "in the classic one"
momentum = ledger.effects("S.2").query("variant == 'β₁ = 0.5, not 0.9'")
elsewhere = momentum["task"] != "grid"
assert (momentum[elsewhere]["verdict"] == "helps").all(), "β₁ = 0.5 helps on three"
assert momentum[~elsewhere]["verdict"].to_list() == ["helps", "undecided"], "on the grid early"
most = ledger.effects(dials, budget="long").pivot(index="variant", columns="task", values="gain")
assert (most.drop(columns="grid").idxmax() == "β₁ = 0.5, not 0.9").all(), "the largest gain"
none = ledger.verdicts("S.2", "long").loc["β₁ = 0, not 0.5"]
assert set(none) <= {"undecided", "equivalent"}, "β₁ = 0 adds nothing that is sure"
tuned = ledger.verdicts("S.2", "long", terms="tuned rate").loc["β₁ = 0, not 0.5"]
assert tuned["spiral"] == "hurts", "and hurts at the higher rate"
momentum[["task", "budget", "baseline", "mean", "gain", "gain_low", "gain_high", "verdict"]].round(
    2
)

# %% [markdown]
# **Two time scales (S.3).** Heusel et al. (2017) give $D$ the higher rate. A $D$ that is 4 times as fast is five updates
# without the cost: a head start that becomes a loss, and samples that are better by 0.09 to 0.35. Slowing down $G$
# instead hurts in the long run on all four data sets. A slow $D$ hurts on all four, by a lot. But on the grid, with both
# rates tuned first (4 times ours), a slow $D$ *helps*, by 0.13: which network should be slower depends on how fast both
# are.

# %% tags=["check"]
short, long = ledger.verdicts("S.3", "short"), ledger.verdicts("S.3", "long")
assert (short.loc["D 4 times faster", points] == "helps").all(), "a fast D is a head start"
assert (long.loc["D 4 times faster", points] == "hurts").all(), "that is paid back"
clear = ledger.effects("S.3", budget="long", metric="precision").set_index(["variant", "task"])
clear = clear.loc["D 4 times faster"].loc[points]
assert set(clear["verdict"]) == {"helps"} and clear["gain"].between(0.08, 0.355).all(), "precision"
assert (long.loc["G 4 times slower"] == "hurts").all(), "a slow G hurts everywhere, late"
slow_d = pd.concat([short, long]).loc["D 4 times slower"]
assert (slow_d == "hurts").stack().all(), "a slow D hurts everywhere"
tuned = ledger.effects("S.3", "grid", "long", "tuned rate").set_index("variant")
tuned = tuned.loc["D 4 times slower"]
assert tuned["verdict"] == "helps" and round(tuned["gain"], 2) == 0.13, "but not at a tuned rate"

# %% [markdown]
# **Batch size (S.4).** Four times as many samples a step gain 0.16 on the spiral and 0.05 on the grid in the long
# run. But for sixteen GANs at once, as in the ledger, such a step takes more than twice as long. **Look at** what is
# # what is left at equal time.

# %%
ledger.at_a_glance("S.4")

# %% tags=["check"]
large = "4 times as large"
four = ledger.effects("S.4", budget="long").set_index(["variant", "task"]).loc[large]
assert four.loc[["spiral", "grid"], "verdict"].eq("helps").all(), "a large batch helps on two"
assert four.loc[["spiral", "grid"], "gain"].round(2).to_list() == [0.16, 0.05], "by so much"
assert four.loc[points, "cost"].between(2.1, 2.3).all(), "a step takes more than twice as long"
nothing = four.loc["digits"]
assert nothing["cost"] > 3 and nothing["verdict"] == "equivalent", "for little on the digits"
assert 0.02 <= nothing["gain"] < 0.025, "for 0.02"
size = {b: ledger.verdicts("S.4", b, terms="equal time") for b in ("short", "long")}
late = size["long"].loc[large, points].to_list()
assert late == ["undecided", "helps", "helps"], "on the spiral the gain is gone at equal time"
longer = ledger.effects("S.4", "ring", "long", "equal time").set_index("variant").loc[large]
assert round(longer["gain"], 2) == 0.06, "on the ring 0.06"
clear = ledger.effects("S.4", budget="long", terms="equal time", metric="precision")
clear = clear.set_index(["variant", "task"]).loc[large].loc[points]
assert set(clear["verdict"]) == {"hurts"}, "by precision it hurts"
assert clear["gain"].between(-0.125, -0.04).all(), "by so much"
alone = survey.costs_on_record().loc[("spiral", "S.4"), "alone"].round(2)
assert 1.1 < alone[large] < 1.25 and 0.92 < alone["a quarter"] < 0.98, "for one GAN alone"
small = ledger.verdicts("S.4", "long").loc["a quarter", points]
assert small.eq("hurts").all(), "a small batch hurts on all points"
at_time = size["long"].loc["a quarter", points].to_list()
assert at_time == ["hurts", "undecided", "hurts"], "at equal time on two"

# %% [markdown]
# On the spiral, nothing. On the grid a gain is left, and on the ring there is one of 0.06. By precision (which the board
# shows at equal steps) the large batch loses at equal time on all three, 0.04 to 0.12. On the digits a step costs three
# times as much, for nothing. A quarter of the batch hurts on all three; at equal time still on two.
#
# But *whose* time? One GAN of this size, trained alone, spends most of it on calls and not on arithmetic: there the
# large batch costs only 1.2 steps, a quarter of it 0.95. On your own machine, a large batch is nearly free.
#
# Why does the plain recipe win by precision, when it may play for longer? **Look at** both columns.

# %%
patient = train(recipe.with_(steps=3_000), ring, seeds=range(6))
parts = patient.history.assign(part=pd.cut(patient.history["step"], [1_500, 2_000, 2_500, 3_000]))
gained = parts.groupby("part", observed=True)[["coverage", "precision"]].mean()
assert gained["precision"].iloc[-1] > gained["precision"].iloc[0] + 0.05, "precision rises"
assert gained["precision"].diff().sum() > 2 * gained["coverage"].diff().sum(), "and coverage hardly"
gained.round(2)

# %% [markdown]
# Late in a run coverage hardly rises, and samples still get cleaner. So what wins by coverage at equal time may lose by
# precision.

# %% [markdown]
# **Moving average (S.5).** The average of a circle is its centre (after Yazıcı et al. 2019). An average of $G$'s weights
# costs a copy of them, and a few per cent of the time. **Look at** the circles of S.5: in the long run it helps on the
# spiral and the ring, by 0.04 to 0.05, and hurts nowhere. (On the grid its gain is sure, and nearly sure to be less than
# the margin: that is *undecided*.) The higher the rate, the more there is to average: with the tuned rate the gain is
# 0.10 to 0.11 on the spiral. The package's own recipes use it.

# %%
average = ledger.effects("S.5", budget="long")
its_cost = average.groupby("task")["cost"]
assert its_cost.min()[points].min() >= 1.035 and its_cost.max().max() < 1.07, "4 to 7 per cent"
assert its_cost.max()["digits"] < 1.02, "and 1 or 2 on the digits"
assert (average["gain"] > -0.01).all(), "an average costs nothing in coverage"
says = {task: set(rows) for task, rows in average.groupby("task")["verdict"]}
assert says["spiral"] == says["ring"] == {"helps"}, "it helps on spiral and ring"
assert says["grid"] == {"undecided"} and says["digits"] == {"equivalent"}, "elsewhere"
on_grid = average[average["task"] == "grid"]
assert on_grid["gain_low"].min() > 0 and on_grid["plain"].eq("equivalent").any(), "sure, and small"
assert "hurts" not in set(ledger.effects("S.5", terms=None)["verdict"]), "and hurts nowhere"
assert average["gain"][average["verdict"] == "helps"].between(0.035, 0.065).all(), "a little"
assert average["cost"].dropna().between(0.99, 1.08).all(), "and costs little"
tuned = ledger.effects("S.5", "spiral", "long", terms="tuned rate")
assert (tuned["verdict"] == "helps").all() and tuned["gain"].between(0.1, 0.115).all(), (
    "more, tuned"
)
assert round(tuned["mean"].max(), 2) == 0.81, "up to 0.81"
on_grid = ledger.verdicts("S.5", "long", terms="tuned rate")["grid"]
assert (on_grid == "helps").all(), "and on the grid it helps, tuned"
average[["variant", "task", "gain", "gain_low", "gain_high", "verdict"]].round(3)

# %% [markdown]
# ## Putting it together
#
# A trick measured alone says nothing about two tricks together. Here are three changes that are often
# recommended together, one after the other, on the ring: six seeds, live.

# %%
start = tricks["S.2"].pair(recipe, ring)[0]
steps = {"β₁ = 0.9": start, "then β₁ = 0.5": recipe}
steps["then D twice"] = steps["then β₁ = 0.5"].with_(d_steps=2)
steps["then an average"] = steps["then D twice"].with_(average=0.99)
together = compare(steps, ring, range(6), metrics=["coverage"])
together.plot()

# %%
found = together.effects().set_index("recipe")
assert found.loc["then β₁ = 0.5", "verdict"] == "helps", "the first step helps"
later = found["mean"] - found.loc["then β₁ = 0.5", "mean"]
assert later.max() < 0.1, "the others add little"
found[["baseline", "mean", "difference", "low", "high", "verdict"]].round(2)

# %% [markdown]
# Practically all of the gain came with the first step. After that there is little to win: a second update
# of $D$, which against a fast generator won so much, wins nothing here. Tricks do not add up; **be
# scientific, note every difference**, as onimaru says.
#
# ## Try it yourself
#
# - Take a sick GAN of notebook 04, "the generator wins", and give the doctor's list a try, in order. Which
#   is the first that helps?
# - At which number of updates of $D$ does the long run begin to suffer? `compare` with `d_steps` of 1, 2,
#   3, 4, 5.
# - Does a learning rate of 2e-4 win in the end? Give both rates 20,000 steps, eight seeds, and a cup of
#   coffee.

# %% [markdown]
# ## What to take away
#
# - A trick is an answer to a symptom. Without the symptom, five updates of $D$ are a loan that must be repaid: better
#   samples at first, in fewer places in the end.
# - Ask who lags behind. On the spiral two updates of $D$ help and two of $G$ hurt; on the grid it is the other
#   way round.
# - $\beta_1 = 0.5$. On three data sets of four, the cheapest large gain there is; on the grid it came sooner, and
#   cost modes.
# - Not dropout in $G$. LeakyReLU helped coverage nowhere in the long run. An average of the weights hurt nowhere.
# - All this is about one recipe. In another, the same number may hurt.
# - Ask what a trick costs, and what the same time would have bought. Two updates of $D$ gained much on the spiral at
#   equal steps, and lost at equal time.
# - A ranking at one budget may reverse at another.
#
# **Sources.** onimaru 2019, *Estratégias e dicas para treinar GANs*. E. T. R. Pinto and T. Motta, *EEL7514:
# Estudo sobre GANs*. trungthanhnguyen, *[GAN series] p2 - Chiến lược train GAN*. Heusel et al. 2017, *GANs
# Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium*. Yazıcı et al. 2019, *The
# Unusual Effectiveness of Averaging in GAN Training*. Srivastava et al. 2014, *Dropout*. Maas et al. 2013,
# *Rectifier Nonlinearities Improve Neural Network Acoustic Models*.
#
# **Where to go next:** notebook 07, level 3: drastic changes, and why you then come back to this page.
