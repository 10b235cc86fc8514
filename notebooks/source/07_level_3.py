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
# # 07 · Level 3: drastic changes
#
# After this notebook you will be able to
#
# - change the architecture or the optimiser of a GAN, and know what to check afterwards;
# - say why a drastic change must not be judged before level 2 was tried again;
# - read a grid of combinations, and distrust the best cell in it.
#
# **Time:** about 2 minutes of computing on a laptop without a GPU, 45 minutes of reading and trying.
#
# **Prerequisites:** notebooks 04 to 06.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gan_school import compare, diagnose, games, plotting, train, tricks
from gan_school.lab import TASKS, evidence

pd.set_option("display.max_colwidth", None)
plt.rcParams.update(plotting.STYLE)  # large letters, as in the package's own figures
ledger = evidence()
ring, recipe = TASKS["ring"].data(), TASKS["ring"].recipe

# %% [markdown]
# ## Four drastic changes, and a rule
#
# Level 2 turned dials. Level 3 replaces parts. Onimaru adds a rule to it: *after each change of level 3,
# try level 2 again*. We shall see that the rule is the best part of the level.

# %% tags=["nbval-check-output"]
drastic = [trick.number for trick in tricks.level(3)]
tricks.table().loc[drastic, ["trick", "claim"]]

# %%
points = ["spiral", "ring", "grid"]

# %% [markdown]
# ## 3.1 More layers in the generator
#
# **The idea.** Add layers to $G$, little by little. Layers are said to matter more than neurons per layer:
# depth before width.
#
# **The change.** Repeat the last hidden layer. Our baseline has two hidden layers of 32.

# %%
deeper = tricks["3.1"](recipe, ring)
print(recipe.generator, "→", deeper.generator)
tricks["3.1"].picture(recipe, ring)

# %%
ledger.summary("3.1")

# %% [markdown]
# It hurts. On all three sets of points, at both budgets, and two more layers hurt more than one. **Depth or
# width?** The last variant compares the deeper generator with one that has the same number of weights in
# two layers, by being wider. The wider one is better, everywhere.
#
# The claim is turned upside down. Is it false? Before you say so: what does the doctor think of such a run?

# %%
long = ledger.verdicts("3.1", "long")
assert (long[points] == "hurts").all(axis=None)
worse = train(deeper, ring, seeds=range(6))
named = diagnose(worse).counts()
assert named.index[0] == "oscillating without progress"
print(named.to_string())
plotting.members(worse)

# %% [markdown]
# In most of these runs the samples are drawn together and keep moving: *oscillating*, says the doctor, and
# its list does not name 2.3. But look again at the picture of "$G$ trained 5 times" in notebook 06. It is
# the same picture. So here is a guess: the deeper $G$ has got ahead of $D$; we have not only changed what
# $G$ can do, we have **shifted the balance** between the two. If the guess is right, more updates of $D$
# should help. That is level 2.
#
# ## Back through level 2
#
# We take the deeper generator, and try all of level 2 on it. First live, four seeds, half the budget.
# `after` combines the first variants of two tricks: dropout in $D$ (2.1), LeakyReLU in $D$ (2.2), two
# updates of $D$ (2.3), two of $G$ (2.4).

# %%
half = recipe.with_(steps=1_000)
grid = {"deeper": tricks["3.1"](half, ring)}
for number in ("2.1", "2.2", "2.3", "2.4"):
    both = tricks[number].after(tricks["3.1"])
    grid[both.number] = both.pair(half, ring)[1]
again = compare(grid, ring, range(4), metrics=["coverage"])
again.plot()

# %% [markdown]
# One row stands out: 3.1 with 2.3, two updates of $D$ (and even there, not every seed). Four seeds are a
# hint. The ledger has sixteen, at the full budget, and not only for this change but for all four, on the
# ring and on the spiral. We arrange them as a grid. Each cell is a mean coverage.


# %% tags=["nbval-check-output"]
grids = {task: ledger.combinations(task) for task in ("spiral", "ring")}
grids["ring"].round(2)

# %% [markdown]
# **Look at** each row: is the cell on the left, the drastic change alone, the best of it?

# %%
names = {
    "as it is": "as it is", "3.1": "3.1 deeper G", "3.2": "3.2 SGD for D",
    "3.3": "3.3 separate batches", "3.4": "3.4 adversarial VAE", "alone": "alone",
    "and 2.1": "2.1 dropout", "and 2.2": "2.2 leaky",
    "and 2.3": "2.3 D twice", "and 2.4": "2.4 G twice",
}  # fmt: skip
figure, panels = plt.subplots(1, 2, figsize=(15, 4.6), sharey=True, layout="constrained")
for axes, (task, cells) in zip(panels, grids.items(), strict=True):
    axes.imshow(cells, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(5), [names[column] for column in cells.columns])
    axes.set_yticks(range(5), [names[row] for row in cells.index])
    axes.set_title(f"mean coverage, {task}")
    for (row, column), value in np.ndenumerate(cells.to_numpy()):
        axes.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=14,
            color="white" if value < 0.6 else "black",
        )
plt.show()

# %% [markdown]
# On the ring no drastic change is at its best alone: 3.1, 3.2 and 3.3 want two updates of $D$, and 3.4
# wants two of $G$ (3.2 stays hopeless in any case). The row of 3.1 tells the story. Alone it is a bad idea.
# With two updates of $D$ it has caught up with the baseline, or overtaken it. Whoever had judged it alone
# would have blamed depth for a lost balance. **A drastic change needs a new balance, and level 2 is where
# to look for it.**

# %%
best = grids["ring"].drop(index="as it is").idxmax(axis=1).to_dict()
assert best == {"3.1": "and 2.3", "3.2": "and 2.3", "3.3": "and 2.3", "3.4": "and 2.4"}
for cells in grids.values():
    assert cells.loc["3.1", "alone"] < cells.loc["as it is", "alone"] - 0.2
    assert cells.loc["3.1", "and 2.3"] > cells.loc["as it is", "alone"]
combined = ledger.effects("3.1 + 2.3", budget="long")
assert (combined["verdict"] == "helps").all()
combined[["trick", "task", "baseline", "mean", "gain_low", "gain_high", "verdict"]].round(2)

# %% [markdown]
# (These gains are measured from the deeper generator alone.) Two warnings. The best of twenty-five cells is
# partly the luckiest: somebody who picks it should measure it once more, with new seeds. And is 3.1 with
# 2.3 any better than 2.3 alone? Compare the cells above each other in that column. The difference is small;
# here are its mean and its interval.


# %%
found = [{"task": task, **ledger.between(task, "2.3", "3.1 + 2.3")} for task in grids]
depth = pd.DataFrame(found).set_index("task")
assert (depth["high"] < 0.2).all()
depth[["baseline", "mean", "difference", "low", "high", "verdict"]].round(2)

# %% [markdown]
# At most a little, for the price of a layer. Whether *more* depth is better is the wrong question as long
# as the balance is lost; and when it is found again, there is not much left to ask.
#
# ## 3.2 SGD for the discriminator
#
# **The idea.** Adam for $G$, plain gradient descent for $D$, "at the same learning rate; in some tests much
# better".
#
# **The change.** `recipe.with_(d_optimizer=SGD(1e-3))`. (The picture has 50 times that rate, the second
# variant.)

# %%
tricks["3.2"].picture(recipe, ring, "50 times the rate")

# %%
ledger.summary("3.2")

# %%
long = ledger.verdicts("3.2", "long")
assert (long.loc["same rate"] == "hurts").all()
assert not (long.loc["50 times the rate"] == "helps").any()

# %% [markdown]
# **What to conclude.** At the same learning rate, as the claim has it, $D$ hardly moves, and nothing works;
# no trick of level 2 brings it back, as the row of 3.2 in the grid shows. With 50 times the rate no
# difference from Adam was seen on the ring and the grid, and it is worse on the spiral and the digits. "In
# some tests much better": we found none. (One such test might be a $D$ that is far too strong with Adam,
# for which a $D$ that hardly moves is a relief.)
#
# ## 3.3 Separate mini-batches
#
# **The idea.** Show $D$ only real samples, update; then only fakes, update. "Much better when it works."
#
# **The change.** In the package, how $D$ is shown its samples is a part of the game:

# %%
print(inspect.getsource(games.Apart))

# %%
tricks["3.3"].picture(recipe, ring)

# %%
ledger.summary("3.3")

# %%
assert (ledger.verdicts("3.3", "long")[points] == "hurts").all(axis=None)

# %% [markdown]
# **What to conclude.** It hurts in the long run, on all three sets of points; on the digits it hurts in the
# short run, and no difference is left in the long one. It is easy to see why it might: an update on real
# samples alone teaches $D$ one thing, *say yes*. The next one teaches it *say no*. Most of both is about
# nothing but the bias, and cancels.
#
# There is a weaker form of the claim: never *mix* real and fake samples in one batch. It makes a difference
# only if some layer looks at the batch as a whole, such as BatchNorm. We gave $D$ BatchNorm, and compared
# one batch of each kind with a single mixed one, on the grid and on the digits.

# %%
found = ledger.effects("S.7", budget="long").set_index("task")
assert found.loc["digits", "gain_low"] > 0.3 and found.loc["grid", "verdict"] == "helps"
pd.concat([ledger.summary("S.7", task) for task in ("grid", "digits")])

# %% [markdown]
# On the digits, with a DCGAN, this is one of the largest effects of the whole ledger. One reason may be
# that $D$ then learns from mixed batches, while $G$ is judged in a batch of fakes alone, which is
# normalised in another way. On the grid separating helped as well. But **look at** the columns *without*
# and *with*, and compare with the distance of our baseline there, which has no BatchNorm:

# %%
baseline = ledger.effects("3.1", "grid", "long")["baseline"].min()
separate = found.loc["grid", "mean"]
assert separate > baseline + 0.05
print(f"without BatchNorm {baseline:.2f}, with it and separate batches {separate:.2f}")

# %% [markdown]
# Lower is better. In these small fully connected networks BatchNorm in $D$ was the bad idea to begin with.
#
# ## 3.4 Other architectures
#
# **The idea.** Constant width, the shape of an autoencoder, or a real one: a variational autoencoder as
# generator. The *adversarial VAE* (Larsen et al. 2016; Makhzani et al. 2015 is a relative) has an encoder
# that turns a real sample into a latent distribution, and a decoder, the generator, that turns it back. $G$
# is taught twice:
#
# $$L_G = \underbrace{-\log D(G(z))}_{\text{fool } D} + \lambda\,\Bigl(\underbrace{\tfrac{1}{2\varsigma^2}\lVert x - G(z_x)\rVert^2}_{\text{rebuild } x} +
# \underbrace{\mathrm{KL}\bigl(q(z \mid x)\,\|\,\mathcal N(0, 1)\bigr)}_{\text{codes look like noise}}\Bigr)$$
#
# In words: as in every GAN the samples shall fool $D$. Besides, the code $z_x \sim q(z \mid x)$ of a real
# point $x$ must lead back to $x$, with an error measured in units of $\varsigma$; and each point's cloud of
# codes is pulled towards the noise that we sample from. $\lambda$ weighs the second part against the first.
# The idea against collapse is simple: a generator that has to rebuild every real point cannot forget any.

# %%
print(inspect.getsource(games.AdversarialVAE.generator_loss))

# %%
vae = tricks["3.4"](recipe, ring)
print(vae.generator)
tricks["3.4"].picture(recipe, ring)

# %%
ledger.summary("3.4")

# %%
long = ledger.verdicts("3.4", "long")
assert (long.loc["adversarial VAE"].dropna() == "hurts").all()
assert (long.loc["constant width, not widening"].dropna() == "helps").all()
assert not (long.loc["autoencoder-shaped"].dropna() == "helps").any()

# %% [markdown]
# **What to conclude.** *Adversarial VAE*: in the long run worse on all three, by coverage or by distance.
# Rebuilding with a squared error blurs, and at our weight that costs more than forgetting does. (Larsen et
# al. compare in features of $D$ instead, because of this blur.) But look where it was promised to help:
# does it forget modes?

# %%
modes = ledger.values.query("task == 'ring' and step == 2000").groupby("recipe")["modes"]
named = ledger.pairs.query("task == 'ring' and variant == 'adversarial VAE' and trick == '3.4'")
names = named[["without", "with_"]].iloc[0].tolist()
found = pd.DataFrame({"mean": modes.mean(), "worst": modes.min()}).loc[names]
assert found["mean"].iloc[1] <= found["mean"].iloc[0]
found.round(2)

# %% [markdown]
# This is the share of the eight heaps that got at least 1 % of the samples. The VAE finds no more of them
# than the plain GAN does, neither on average nor in its worst run. (A sample counts for a heap if it lies
# within three standard deviations of it, so blur costs heaps as well.) Now look back at the grid, at the
# last row and the last column: with two updates of $G$ the VAE catches up on the ring, though not on the
# spiral. Its generator has two things to learn and is the weaker one. Balance, again.
#
# *Constant width* against a generator that widens towards the end: it helps, everywhere. *The shape of an
# autoencoder*, narrow in the middle, against three layers of constant width: nowhere better.
#
# ## The whole level

# %%
ledger.plot([*drastic, "S.7"], budget="long")

# %% [markdown]
# In the long run none of the drastic changes helped by itself. Some rows have green in them: one says *do
# not* make the generator widen, the others *do not* mix the kinds where there is BatchNorm. That is a
# sobering end for a level, so let us be fair to it. Our baseline is small, well-tuned, and its data is
# easy. Drastic changes are made for GANs that do not work at all, and for such a one we have measured
# nothing. What we can say: **a change of architecture is first of all a change of balance**, and as long as
# the balance is lost one measures little else.
#
# ## Try it yourself
#
# - The deeper generator got its balance back from 2.3. Try S.3 instead, a $D$ that is 4 times as fast.
#   Which is cheaper?
# - Make *both* networks deeper. What does the doctor say now?
# - The adversarial VAE has a weight: `games.AdversarialVAE(weight=…)`. At 0 it is a GAN. Is there a weight
#   at which it keeps all modes *and* does not blur? Sixteen seeds.

# %% [markdown]
# ## What to take away
#
# - After a drastic change, go back through level 2. The grid shows why.
# - Depth is not a free gift. In these small GANs, width was safer.
# - SGD for $D$ needs its own learning rate. An update for each kind of batch did not pay; but with
#   BatchNorm in $D$, never mix the kinds.
# - The best cell of a grid wants a second measurement.
#
# **Sources.** onimaru 2019, *Estratégias e dicas para treinar GANs*. trungthanhnguyen, *[GAN series] p2 -
# Chiến lược train GAN*. Larsen et al. 2016, *Autoencoding beyond pixels using a learned similarity metric*.
# Makhzani et al. 2015, *Adversarial Autoencoders*. Kingma and Welling 2014, *Auto-Encoding Variational
# Bayes*. Ioffe and Szegedy 2015, *Batch Normalization*.
#
# **Where to go next:** level 4 begins in notebook 08, with labels and information.
