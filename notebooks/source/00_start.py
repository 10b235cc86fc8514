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
# # 00 · Start here
#
# After this notebook you will be able to
#
# - run the course on your own machine, or on Colab, and know what it runs on;
# - say in one minute what a generative adversarial network is, with a picture;
# - train one, look at it, stop it, save it, and repeat it exactly.
#
# **Time:** under a minute of computing, 20 minutes of reading and trying.
#
# **Prerequisites:** Python. A little PyTorch will be needed from notebook 01 on, not here.

# %% [markdown]
# ## Set up
#
# Every notebook begins with this cell. On your own machine `make start` has installed everything,
# and the cell only finds that it is so. On Colab it installs the course's package, and leaves the
# PyTorch that is there alone. Click into the cell and press **Shift + Enter**.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import random

from gan_school import (
    Run,
    budget,
    datasets,
    describe_device,
    networks,
    plotting,
    recipes,
    resume,
    train,
)

# %% [markdown]
# If you see no error, the set-up is done. No data has to be downloaded, no account is needed, and
# from here on the notebook works without a network. What does it run on?

# %%
print(describe_device())

# %% [markdown]
# The course chooses the device for you: a GPU where there is one and where it pays, else the CPU.
# You need no GPU. The networks of the first notebooks are so small that a GPU would spend most of its
# time starting, not computing.
#
# For the same reason they run on **one thread**. When two threads share a matrix of 25 by 50
# numbers, each waits longer for the other than it works. If you want to overrule the choice, set
# `GAN_SCHOOL_DEVICE` or `GAN_SCHOOL_THREADS` in the environment before you start Jupyter.
#
# ## How the notebooks work
#
# - Run the cells from top to bottom. Each cell may use what the ones above it have made.
# - Before a figure we say what to **look at**. Look first, and decide what you see, before you read
#   on. You will remember more.
# - Change things. Numbers in a cell are there to be changed. When the notebook no longer makes sense,
#   *Kernel → Restart* brings it back.
# - Lines that begin with `assert`, most of them in cells that stand folded, check what the text has
#   claimed. They print nothing unless the text is wrong, or you have changed a number. Then go on.
#
# One switch says how much work the notebooks do. On a GPU it is `full`, on a CPU `quick`, unless
# you set `GAN_SCHOOL_BUDGET`. In the code it looks like this:

# %%
steps = budget(quick=2_000, full=12_000)
f"this notebook will train for {steps:,} steps"

# %% [markdown]
# ## Something to imitate
#
# A **generative model** learns to make new things of the kind it has been shown: faces, digits,
# molecules. We begin with something smaller, which has the advantage that one can see all of it at
# once: 1,000 points on a curve in space.

# %%
data = datasets.spiral()
data

# %%
plotting.points(data, title="The real points")

# %% [markdown]
# **The task:** make points that nobody could tell from these. Not copies of them; *new* points,
# along the same curve, with the same little noise.
#
# How would you write a program for that? You could look up the formula, of course. But faces have
# no formula. So the program must find out what is typical from examples alone. There is a beautiful
# idea for that, by Goodfellow and colleagues (2014).
#
# ## A GAN in one picture
#
# Don't tell the program what is wrong with its points. Let *another program* find that out. Both
# are neural networks, and they play a game.

# %%
plotting.game()

# %% [markdown]
# - The **generator** $G$ turns random numbers $z$ into something: here, a point in space. Other random
#   numbers, another point.
# - The **discriminator** $D$ is shown real things and generated ones, and says for each how likely it
#   is to be real.
# - Both learn from the answer. $D$ learns to be right. $G$ learns to make $D$ wrong.
#
# It is often told as a tale of a forger and a detective. The forger paints; the detective points at
# what gives the painting away; the forger does better next time. The tale is good as far as it goes.
# Its weak spot is that in the tale the detective already knows art. Our $D$ begins as clueless as
# our $G$: two beginners at a table, each the other's only teacher. It is surprising that anything
# comes of it, and often enough nothing does. That is what this course is about.
#
# ## Watch one learn
#
# Let us watch such a game. The next cell sets up a GAN and plays it, round after round; in each round
# first $D$ learns a little, then $G$. At a few moments we ask $G$ for 1,000 points and keep them.
#
# `recipes.SPIRAL` holds all the settings; notebook 01 says what they mean. `Run.start` sets the game
# up, and `run.play()` plays it, one round after another. It takes a little while.

# %%
recipe = recipes.SPIRAL.with_(steps=steps)
moments = [20, 200, steps // 4, steps]

frames = {}
run = Run.start(recipe, data, seeds=0)
for snapshot in run.play():
    if snapshot.step in moments:
        frames[f"round {snapshot.step:,}"] = snapshot.run.sample(1000)

# %% [markdown]
# **Look at** the order in which things are learned: what is right first, and what comes last?

# %%
plotting.film(frames, data)

# %% [markdown]
# (Orange is generated, blue is real. "Outside" counts the generated points that lie beyond the frame.)
#
# First a heap that has nothing to do with the curve. Some hundred rounds later the points have gathered
# around the middle of the curve, like a thick rope. Then the rope grows thinner, and the ends come last. The rough shape takes
# seconds, the details take the rest of the time. You will see this order again with images.
#
# Bear in mind what $G$ had to go on. It never saw one of the real points. It was only ever told by
# $D$ in which direction each of its own points should move to look more real.
#
# ## Can you tell?
#
# The next cell shuffles two sets of 1,000 points. One is real, with noise that the GAN has never seen.
# The other was made by $G$. **Decide** which is which before you run the cell that tells.

# %%
candidates = {"generated": run.sample(1000, seed=5), "real": data.fresh(1000).x}
order = random.sample(sorted(candidates), k=2)
plotting.film({"A": candidates[order[0]], "B": candidates[order[1]]})

# %%
f"A is {order[0]}, B is {order[1]}"

# %% [markdown]
# What gives the generated points away, if anything does: they lie too neatly on their line, and there
# are too few of them towards the ends. The generator has found the curve, but not yet all of the
# noise around it. If you had to guess, you were a discriminator with an accuracy of one half. To ask
# people is the oldest way to judge a GAN. It is slow, and people get tired, so there are numbers:

# %%
scores = run.evaluate()
scores.round(3)

# %% [markdown]
# - **coverage**: the share of fresh real points that have a generated point close by. 1 is best.
# - **sliced_wasserstein**: how far the generated points would have to be moved to turn into the real
#   ones. 0 is best, though chance keeps even a perfect generator above it; notebook 01 shows how far.
# - **two_sample**: the accuracy of a new classifier that was trained to tell the two kinds apart. It
#   would be 0.5 if there were no difference.
#
# No single one of them tells the whole story. Notebook 09 will show what each of them is blind to.

# %% tags=["check"]
assert scores["coverage"].item() > 0.7, "most of the spiral is covered"
assert 0.5 < scores["two_sample"].item() < 0.9, "and it can be told from the real one"

# %% [markdown]
# ## Everything in one figure
#
# A **run** remembers what happened to it. `run.plot()` shows its samples, the losses of both
# networks, and what $D$ said on average about real and about generated points.

# %%
late = run.history[run.history["step"] > 300]
assert late["d_loss"].std() < 0.1 and abs(late[["d_real", "d_fake"]] - 0.5).max(axis=None) < 0.15
run.plot()

# %% [markdown]
# In the lower right panel both curves soon come close to ½ and stay there: $D$ is never sure. To the
# left, the losses hardly move after the first few hundred rounds, although the samples became better all
# the time. That is not a mistake in the figure. It is the strangest thing about
# GANs, and notebook 01 explains it.
#
# ## Chance, and how to repeat it
#
# The first weights are random, and so are the order of the points and the numbers $z$. All of that
# follows from one number, the **seed**. `train` sets a game up and plays it to its end, in one call.
# The same seed gives the same GAN, to the last bit:

# %% tags=["nbval-check-output"]
short = recipe.with_(steps=100)
first, again = train(short, data, seed=7), train(short, data, seed=7)
first.sample().equal(again.sample())

# %% [markdown]
# And another seed gives another one:

# %% tags=["nbval-check-output"]
first.sample().equal(train(short, data, seed=8).sample())

# %% [markdown]
# You can also train many seeds at once. That is the best habit this course has to teach: never trust
# a single run.

# %%
several = train(short, data, seeds=range(6))
plotting.members(several)

# %% [markdown]
# Six GANs after 100 rounds, the same recipe for all. They are on their way, each differently.
#
# ## Stop, save, go on
#
# Training can take long. The stop button of the notebook (■), or Ctrl-C in a terminal, ends
# it after the round that is being played, and you get what was trained so far. (If you had chosen to
# run all cells, the next one goes on.) Here a *callback*
# presses the button for us, after 60 rounds:

# %% tags=["nbval-check-output"]
stopped = train(short, data, seed=7, callbacks=[lambda snapshot: snapshot.step == 60])
stopped

# %% [markdown]
# A run can be saved into a folder, and loaded another day. `resume` goes on from there. The result is
# the same, to the last bit, as if nothing had ever stopped it:

# %% tags=["nbval-check-output"]
import tempfile

with tempfile.TemporaryDirectory() as folder:
    stopped.save(folder)
    loaded = Run.load(folder, data)
resume(loaded).sample().equal(first.sample())

# %% [markdown]
# ## When something is wrong
#
# Mistakes should come to light before an hour of training, not after it. So the package checks
# everything first, and says what it expected. Two of the most common ones:

# %% tags=["nbval-check-output"]
try:
    train(short.with_(batch_size=5_000), data)
except ValueError as error:
    print(error)

# %% [markdown]
# A batch cannot be larger than the data. And a network that ends in two numbers cannot make points
# in three dimensions:

# %% tags=["nbval-check-output"]
try:
    train(short.with_(generator=networks.mlp(3, 50, 2)), data)
except ValueError as error:
    print(error)

# %% [markdown]
# If it is not the code but the machine, `gan-school check` in a terminal looks at Python, packages,
# device, disk and network, and says what to do about each.
#
# ## What you have seen
#
# - A GAN is a game of two networks. $D$ learns to tell real from generated, $G$ learns from $D$.
# - It learns the rough shape first and the details last; the losses hardly show it.
# - The seed decides everything that is random; one run is one draw from a hat.
# - Runs can be stopped, saved, continued and repeated.
#
# **Try it:** train on the eight clusters of `datasets.ring()`. They lie in a plane, so the networks need
# two coordinates:
#
# ```python
# flat = recipe.with_(
#     generator=networks.mlp(3, 64, 64, 2), discriminator=networks.mlp(2, 64, 64, 1)
# )
# train(flat, datasets.ring(), seed=0).plot()
# ```
#
# Does your GAN find all eight clusters? And what do you see *between* them? Hint: the generator is a
# continuous function, and the latent numbers have no gaps.
#
# **Where to go next:** in notebook 01 you write the training loop yourself, line by line.
