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
# # 09 · Level 4: noise, metrics, when to stop
#
# After this notebook you will be able to
#
# - soften what $D$ is told, or what it sees, and say what that changes in theory and what it changed here;
# - choose metrics by what they notice, and know what each of them is blind to;
# - say how many samples a metric needs;
# - stop a training when it gets no better, and know what that saves.
#
# **Time:** about 1 minute of computing on a laptop without a GPU, 50 minutes of reading and trying.
#
# **Prerequisites:** notebooks 03 and 05.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch.nn.functional import conv2d, pad

from gan_school import datasets, metrics, plotting, train
from gan_school.games import GAN, Flip, Hard, Noisy, Smooth
from gan_school.lab import TASKS, evidence, studies
from gan_school.training import EarlyStop

pd.set_option("display.max_colwidth", None)
plt.rcParams.update(plotting.STYLE)  # large letters, as in the package's own figures
ledger = evidence()

# %% [markdown]
# ## What if $D$ could not be so sure?
#
# A discriminator that is sure teaches little: notebook 04 shows why, and notebook 10 will show more. Three tricks of level 4 take its
# certainty away. Two change what it is *told*, one changes what it *sees*.
#
# ## 4.3 Smooth or flip labels
#
# **The idea.** Tell $D$ that a real sample is real with a probability of 0.9 only (*smoothing*; with
# generated ones at 0.2, say, it is *two-sided*). Or swap a tenth of the labels, so that no $D$ can be right
# more than nine times in ten (*flipping*).
#
# **The change.** `recipe.with_(game=GAN(targets=Smooth(0.9)))`, or `Flip(0.1)`.
#
# What does $D$ learn then? If real samples have density $p$ and target $t$, and generated ones density $q$
# and target $s$, the best answer to cross entropy is
#
# $$D^*(x) = \frac{t\,p(x) + s\,q(x)}{p(x) + q(x)}.$$
#
# In words: the mean target of the samples at $x$. Here it is for two heaps on a line, real samples on the
# left. **Look at** the two ends.

# %%
x = torch.linspace(-4, 6, 300)
p = torch.distributions.Normal(0.0, 1.0).log_prob(x).exp()
q = torch.distributions.Normal(2.0, 1.0).log_prob(x).exp()
kinds = {"hard": Hard(), "0.9, one-sided": Smooth(0.9), "0.9 and 0.2": Smooth(0.9, 0.2),
         "10 % flipped": Flip(0.1)}  # fmt: skip
figure, axes = plt.subplots(figsize=(9, 4))
looks = (("0.1", "-"), ("#009e73", "-"), ("#aa4499", "-"), ("#e69f00", "--"))
for (name, targets), (colour, dash) in zip(kinds.items(), looks, strict=True):
    axes.plot(x, targets.optimal(p, q), dash, color=colour, lw=3, label=name)
axes.fill_between(x, p, color="#0072b2", alpha=0.25, lw=0)
axes.fill_between(x, q, color="#d55e00", alpha=0.25, lw=0)
axes.set(xlabel="x", ylabel="the best D(x)", ylim=(0, 1.02))
axes.legend(loc="upper right")
plt.show()

# %% [markdown]
# With hard targets $D$ may be as sure as it likes, on both sides. One-sided smoothing puts a ceiling of 0.9
# on the left, and leaves the right alone. With two sides there is also a floor.
#
# And flipping a tenth is, on average, the same as targets of 0.9 and 0.1. Cross entropy is a straight line
# in the target, so only the mean counts: flipping, or drawing targets afresh, adds noise to the path and
# changes nothing about the best $D$. In the package's own formulas:

# %%
assert torch.allclose(Flip(0.1).optimal(p, q), Smooth(0.9, 0.1).optimal(p, q))

# %% [markdown]
# Salimans et al. (2016) warn of the second side. The formula has $s\,q(x)$ in it: where there are generated
# samples and hardly any real ones, the best $D$ is flat at $s$, and they have no reason to move towards the
# data. So much for the theory. What does it do to a training?

# %%
ledger.summary("4.3")

# %% [markdown]
# **What to conclude.** Little. In the long run the two-sided targets of the source, 0.9 and 0.2, helped on
# the spiral, by just the 0.05 that we care about, and nearly as much on the ring, where the interval is wide.
# For one-sided smoothing, fresh targets and flips, no difference was seen on any points, and not with a fast
# $D$ either; and on digits for none of them. (Flipping on the spiral is nearly as much worse as the two-sided
# targets are better.) The second side, of which theory warns, did no harm here.

# %%
told = ledger.effects("4.3").set_index(["variant", "task", "budget"])["verdict"]
assert told.loc["0.9 and 0.2", "spiral", "long"] == "helps"
assert (told.drop(("0.9 and 0.2", "spiral", "long")) == "no difference seen").all()

# %% [markdown]
# ## 4.5 Noise on what $D$ sees
#
# **The idea.** If real and generated samples lie on thin sheets that do not touch, any $D$ can be sure.
# Add Gaussian noise to both, and the sheets become thick and overlap (Arjovsky and Bottou 2017). Less and
# less noise as training goes on, so that the details come in the end (Sønderby et al. 2017).
#
# **The change.** `recipe.with_(game=GAN(view=Noisy(0.3)))`: a standard deviation of 0.3 at first, in the
# units of the data, and nothing at the end. It is for $D$'s eyes only. What $G$ makes stays clean.
#
# Here are two lines that do not touch, which a discriminator tells apart with certainty. **Look at** what
# is left of that at the beginning of a run, half way, and at the end.

# %%
from gan_school.randomness import Randomness

height = torch.rand(300, 1, generator=torch.Generator().manual_seed(0))
lines = {"real": (0.0, "#0072b2"), "generated": (0.5, "#d55e00")}
figure, panels = plt.subplots(1, 3, figsize=(12, 3), sharey=True)
for axes, progress in zip(panels, (0.0, 0.5, 1.0), strict=True):
    for seed, (name, (place, colour)) in enumerate(lines.items()):
        line = torch.cat([torch.full_like(height, place), height], 1)
        axes.plot(*Noisy(0.3)(line, Randomness(seed), progress).T, ".", color=colour, label=name)
    axes.set(title=f"{progress:.0%} of the run", xlim=(-1, 1.5), xlabel="x₁")
panels[2].legend(loc="upper right", fontsize=12, markerscale=1)
plt.show()

# %%
ledger.summary("4.5")

# %% [markdown]
# **What to conclude.** "When $D$ learns too fast", says the source, and that is what we see. With a $D$ that
# learns four times as fast, noise of 0.3 helps in the long run on the spiral and on the ring. (In the short
# run it hurts on the spiral: the details come last.) Without that symptom it helps on the ring and hurts on
# the spiral. On digits it helped nowhere, and 0.3 hurt in the short run. Noise of 0.1 made no difference that
# we could see.

# %%
seen = ledger.effects("4.5").set_index(["variant", "task", "budget"])["verdict"]
assert "helps" not in set(seen.xs("digits", level="task"))
assert seen.loc["0.3, down to nothing", "digits", "short"] == "hurts"
for task in ("spiral", "ring"):
    assert seen.loc["0.3, a fast D", task, "long"] == "helps"
assert seen.loc["0.3, a fast D", "spiral", "short"] == "hurts"
assert seen.loc["0.3, down to nothing", "ring", "long"] == "helps"
assert seen.loc["0.3, down to nothing", "spiral", "long"] == "hurts"
assert (seen.loc["0.1, down to nothing"] == "no difference seen").all()

# %% [markdown]
# ## 4.6 Metrics
#
# Losses do not say how good samples are: notebook 04 has four runs with the same losses and four fates. So
# one needs metrics. There are many, and every paper has a favourite. Which should you take?
#
# We shall not argue. We take real digits, damage them on purpose, each time in another way, and let eight
# metrics say what they think. A metric is as good as what it notices.

# %%
digits = datasets.digits(16)
reference = digits.held_out
n = len(reference)
order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
x, labels = digits.x[order], digits.labels[order]
real = x[n : 2 * n]


def blurred(x):
    """Each pixel mixed with its neighbours, with weights of Pascal's triangle."""
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    return conv2d(pad(x, (2, 2, 2, 2), value=-1.0), (row[:, None] * row)[None, None])


# %%
noise = 0.3 * torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
ones = x[labels == 1].repeat(2, 1, 1, 1)[: n // 2]
samples = {
    "nothing: other real digits": real,
    "blurred": blurred(real),
    "noise on every pixel": (real + noise).clamp(-1, 1),
    "0 to 4 only": x[labels < 5][:n],
    "half of them ones": torch.cat([ones, real[: n - n // 2]]),
    "40 pictures, ten times each": x[:40].repeat(10, 1, 1, 1)[:n],
    "the training data, copied": x[:n],
}
some = torch.randperm(n, generator=torch.Generator().manual_seed(1))[:12]
plotting.images(torch.cat([pictures[some] for pictures in samples.values()]), columns=12)

# %% [markdown]
# Twelve of each, in the order of the table below; the first row is undamaged. The last one is perfect to look
# at. It is what a generator would do that has learned its training data by heart.
#
# Which metrics? In words:
#
# - **Inception Score** (Salimans et al. 2016): does a classifier find each picture clear, and all classes
#   among them? It never looks at real pictures. Here the classifier is a small one, trained on these
#   digits; the papers take InceptionV3.
# - **FID** (Heusel et al. 2017): the Fréchet distance between two normal distributions, fitted to the
#   classifier's features of real and of generated pictures. **KID** (Bińkowski et al. 2018): the squared
#   distance of their means in a richer space, by an estimate without bias, which can fall below zero.
# - **Precision and recall** (Kynkäänniemi et al. 2019): balls around real pictures, and the share of samples
#   inside them; balls around *samples*, and the share of real ones inside. **Density and coverage** (Naeem et
#   al. 2020): balls around real pictures both times; in how many of them a sample lies, and how many of them
#   have a sample inside.
# - **Two-sample test** (Lopez-Paz and Oquab 2017): train a fresh classifier to tell them apart. Its
#   accuracy on pictures it has not seen should be one half.

# %%
judge = metrics.classifier(digits)


def judged(fake):
    """Eight metrics of samples against the held-out digits."""
    nearest = metrics.precision_recall(reference.x, fake, k=5, features=judge)
    balls = metrics.density_coverage(reference.x, fake, k=5, features=judge)
    return {
        "Inception Score": metrics.inception_score(fake, judge),
        "FID": metrics.fid(reference.x, fake, judge),
        "KID": metrics.kid(reference.x, fake, judge),
        "precision": nearest.precision,
        "recall": nearest.recall,
        "density": balls.density,
        "coverage": balls.coverage,
        "two-sample": metrics.two_sample_test(reference.x, fake, seed=0),
    }


table = pd.DataFrame({name: judged(fake) for name, fake in samples.items()}).T.astype(float)
table.round(2)

# %% [markdown]
# Numbers of eight kinds are hard to read side by side. So here is how much worse each metric finds a
# damage than no damage: 0 is as good as other real digits, 1 the worst in its column. **Look at** the columns
# one by one: where is one pale that should be dark?

# %%
better_high = {"Inception Score", "precision", "recall", "density", "coverage"}
worse = table.sub(table.iloc[0]).mul([-1 if name in better_high else 1 for name in table])
worse = worse.clip(lower=0).div(worse.max())

# %%
figure, axes = plt.subplots(figsize=(11, 4.6))
axes.imshow(worse.iloc[1:], cmap="Oranges", vmin=0, vmax=1.3, aspect="auto")
axes.set_xticks(range(len(worse.columns)), worse.columns, rotation=30, ha="right")
axes.set_yticks(range(len(worse) - 1), worse.index[1:])
for row, values in enumerate(worse.iloc[1:].to_numpy()):
    for column, value in enumerate(values):
        axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=12)
axes.spines[:].set_visible(False)
plt.show()

# %%
assert worse.loc["0 to 4 only", "precision"] < 0.1 < 0.3 < worse.loc["0 to 4 only", "recall"]
assert worse.loc["40 pictures, ten times each", "Inception Score"] < 0.35
assert worse.loc["40 pictures, ten times each", ["recall", "coverage"]].min() > 0.9
assert (
    worse.loc["noise on every pixel", "precision"]
    > 0.9
    > 0.7
    > worse.loc["noise on every pixel", "recall"]
)
assert worse.loc["the training data, copied"].max() < 0.2

# %% [markdown]
# **Read it back, row by row.**
#
# - *Blurred* and *noise*: every metric notices, some little.
# - *0 to 4 only*: precision and density find nothing wrong, and they are right: every sample is a good
#   digit. Half of them are missing, which recall, coverage, FID and KID see.
# - *Half of them ones*: recall hardly notices. All digits are there, only in the wrong numbers. KID finds
#   this the worst of all.
# - *40 pictures, ten times each*: the Inception Score is nearly content. The pictures are clear, and all ten
#   classes are there. Coverage is not. Recall is not, either, but for a reason of its own, as we shall see.
# - *The training data, copied*: **no metric notices.** None of them knows what the generator has been
#   trained on. By all eight, learning by heart is perfection.
#
# So no number judges a GAN alone. A pair for quality and for variety, such as precision with recall or
# density with coverage, says *what* is wrong; FID or KID sums up. And copies need a question of their own:
# are samples nearer to the training data than other real pictures are?

# %%
training = x[:n].flatten(1)


def nearest(x):
    """The median distance of pictures to the nearest training picture."""
    return torch.cdist(x.flatten(1), training).min(1).values.median().item()


copies = {name: nearest(samples[name]) for name in ("nothing: other real digits", "blurred",
                                                    "the training data, copied")}  # fmt: skip
assert copies["the training data, copied"] < 0.01 < 1 < copies["nothing: other real digits"]
pd.Series(copies, name="distance to the training data").round(2)

# %% [markdown]
# One more look at the 40 pictures. Among ten equal copies the fifth neighbour is at a distance of zero, so recall's
# balls around samples have no size. What does it say of the same 40 pictures, *once* each?

# %%
once = metrics.precision_recall(reference.x, x[:40], k=5, features=judge).recall
assert once > 0.9 and table.loc["40 pictures, ten times each", "recall"] < 0.1
print(f"recall of 40 pictures: {once:.2f} once, "
      f"{table.loc['40 pictures, ten times each', 'recall']:.2f} ten times each")  # fmt: skip

# %% [markdown]
# Nearly perfect, of 40 pictures! Few samples lie far apart, so each has a huge ball, and everything real is in
# one. A metric can be right for the wrong reason. (Coverage, whose balls are around real pictures, is not
# fooled. And the two-sample test is helped by the copies: it meets them again among the pictures that it is
# examined on.)
#
# ## How many samples does a metric need?
#
# FID compares fitted normal distributions, and a covariance of many features from few samples is a bad one.
# So FID is *biased*: it falls with the number of samples, for the very same generator. KID is made to be
# right on average. Let us see, with real flowers on both sides: the true distance is zero.

# %%
flowers = datasets.flowers(2_000, size=16)
eye = metrics.classifier(flowers)
many, *others = flowers.fresh(5_200, seed=5).x.split([2_000, 800, 800, 800, 800])
rows = []
for count in (50, 100, 200, 400, 800):
    for some in others:
        fid, kid = (float(metric(many, some[:count], eye)) for metric in (metrics.fid, metrics.kid))
        rows.append({"samples": count, "FID": fid, "KID": kid})

# %%
sizes = pd.DataFrame(rows)
figure, panels = plt.subplots(1, 2, figsize=(12, 3.8))
for axes, metric in zip(panels, ("FID", "KID"), strict=True):
    axes.plot(sizes["samples"], sizes[metric], "o", color="#0072b2", ms=8, alpha=0.6)
    axes.plot(sizes.groupby("samples")[metric].mean(), color="#d55e00", lw=3)
    axes.axhline(0, color="0.3", ls=":")
    axes.set(title=metric, xlabel="samples", xscale="log", ylabel="real against real")
    axes.set_xticks([50, 100, 200, 400, 800], ["50", "100", "200", "400", "800"])
    axes.minorticks_off()
plt.show()

# %%
means = sizes.groupby("samples")[["FID", "KID"]].mean()
spread = sizes.groupby("samples")["KID"].std()
assert means["FID"].loc[50] > 3 * means["FID"].loc[800] > 0
assert means["KID"].abs().loc[50] < 2 * spread.loc[50]
means.round(3)

# %% [markdown]
# With 50 samples FID says "far away" of pictures that are as real as the others. So never compare two FIDs
# from different numbers of samples, nor from different classifiers. KID stays near zero, and with few samples
# it scatters much. (All dots have the same 2,000 flowers on the other side, so they are not independent.)
#
# ## 4.7 Early stopping
#
# **The idea.** With a good metric, stop when it does not improve any more. "It saves time, and avoids late
# divergence", says the source.
#
# **The change.** `recipe.with_(stop=EarlyStop("coverage", every=500, patience=4))`: look every 500 steps;
# after four looks without improvement, stop, and go back to the best weights. The looks use other samples
# than those that judge the run afterwards. The best of many looks is partly the luckiest, and it should not
# be praised for that.
#
# Here is a small one, live. **Look at** each star, the look that a run goes back to, and at what comes after.

# %%
spiral, recipe = TASKS["spiral"].data(), TASKS["spiral"].recipe
stopping = recipe.with_(
    steps=6_000, stop=EarlyStop("coverage", every=250, patience=5), batch_size=128
)
stopped = train(stopping, spiral, seeds=range(4), record=False)
print(stopped.watch)

# %%
axes = stopped.watch.looks.pivot(index="step", columns="seed", values="coverage").plot(
    lw=2.5, figsize=(9, 4), style=["-o", "-^", "-s", "-d"]
)
for place in range(4):
    axes.plot(stopped.watch.best_step[place], stopped.watch.best[place], "k*", ms=16)
axes.set(ylabel="coverage")
plt.show()

# %% [markdown]
# All four play until the last one has run out of patience, because they train as one population; what a run
# does after its own stop no longer counts. A line may have a higher point later: patience is a bet.
#
# Does it save anything? Sixteen seeds, from the record: the spiral recipe of the package at a constant
# rate, 12,000 steps, and three degrees of patience.

# %%
record = studies.on_record("stopping")
of_coverage = record[record["metric"] == "coverage"]
summary = of_coverage.groupby("recipe", sort=False)[["played", "seconds", "value"]].mean()
effects = record.effects().set_index(["metric", "recipe"]).loc["coverage"]
summary[["difference", "low", "high"]] = effects[["difference", "low", "high"]]
summary.rename(columns={"played": "steps played", "value": "coverage"}).round(3)

# %% [markdown]
# **Read it back.** With a patience of 4 looks the runs stopped, on average, after about half of the steps,
# and coverage was *higher* than at the end, by 0.03 to 0.09. So it saves steps, and by coverage it avoids what
# came later. It saves little *time*, though: each look costs some, and a population plays on until its last
# member has stopped. And most of the gain is in stopping at all: half of the steps without a single look
# ("half the steps") gives much of it.
#
# Two things to keep in mind before you stop everything early.
#
# - **What you select by is what you get.** The runs were stopped by coverage. By the sliced Wasserstein
#   distance, of which less is better, the stopped runs are no better than the full ones, rather a little worse:

# %%
distance = record.effects().set_index(["metric", "recipe"]).loc["sliced_wasserstein"]
assert distance.loc["patience 4", "difference"] > 0
distance[["baseline", "mean", "difference", "low", "high", "verdict"]].round(3)

# %% [markdown]
# - **Stopping treats a symptom.** Why does coverage become worse after half of their time? Their learning
#   rate is constant, so they never come to rest (notebook 04). The last two rows let it fall along a cosine.
#   With half of the steps, they are better than anything that was stopped at a constant rate.

# %%
value, steps = summary["value"], summary["played"]
assert steps["patience 4"] < 0.7 * steps["all steps"]
assert value["patience 4"] > value["all steps"] - 0.02
assert effects.loc["patience 4", "verdict"] == "helps"
assert value["half the steps"] - value["all steps"] > 0.5 * (
    value["patience 4"] - value["all steps"]
)
assert summary.loc["patience 4", "seconds"] > 0.7 * summary.loc["all steps", "seconds"]
assert (
    value["falling rate, half the steps"] > value[["patience 2", "patience 4", "patience 8"]].max()
)

# %% [markdown]
# It is in the ledger, too, as a trick like any other. There every run looks at coverage sixteen times, and
# stops after four looks without improvement.

# %%
ledger.summary("4.7")

# %% [markdown]
# **What to conclude.** In runs as short as these there is little to stop: no difference on the spiral, on the
# ring and on digits. (Nobody had stopped by the end of the short budget, so that gain is zero.) On the grid the
# runs were *stopped* by coverage and are *judged* by the sliced Wasserstein
# distance, and that hurts. Again: what you select by is what you get.

# %%
stops = ledger.verdicts("4.7", "long").loc["patience 4"]
assert set(stops.drop("grid")) == {"no difference seen"} and stops["grid"] == "hurts"

# %% [markdown]
# ## Try it yourself
#
# - Damage the digits in a way of your own: turned by 20 degrees, moved by a pixel, inverted. Guess first
#   which metric will notice, then ask `judged`.
# - `metrics.inception_score` needs no real pictures at all. Make a set of 397 pictures, as bad as you can,
#   with an Inception Score above 9.
# - Stop the same recipe by another metric: `EarlyStop("sliced_wasserstein", every=250, patience=5)`. Do both
#   metrics choose the same step?

# %% [markdown]
# ## What to take away
#
# - Smoothing and flipping change what the best $D$ says, and here they changed little else. Noise on $D$'s
#   inputs helped against a $D$ that learns too fast, on two sets of points, in the long run.
# - No metric sees everything, and none sees copies of the training data. Take one for quality and one for
#   variety, and look at nearest neighbours.
# - FID depends on the number of samples. Never compare two of different size.
# - Early stopping saved half of the steps and gave better coverage, with a constant rate. Half of the steps
#   without looking gave much of the same, and a rate that falls in time was better still.
# - What you select by is what you get.
#
# **Sources.** onimaru 2019, *Estratégias e dicas para treinar GANs*. Salimans et al. 2016, *Improved
# Techniques for Training GANs*. Arjovsky and Bottou 2017, *Towards Principled Methods for Training GANs*.
# Sønderby et al. 2017, *Amortised MAP Inference for Image Super-resolution*. Heusel et al. 2017, *GANs
# Trained by a Two Time-Scale Update Rule*. Bińkowski et al. 2018, *Demystifying MMD GANs*. Kynkäänniemi et
# al. 2019, *Improved Precision and Recall Metric*. Naeem et al. 2020, *Reliable Fidelity and Diversity
# Metrics*. Lopez-Paz and Oquab 2017, *Revisiting Classifier Two-Sample Tests*.
#
# **Where to go next:** notebook 10, Wasserstein and friends.
