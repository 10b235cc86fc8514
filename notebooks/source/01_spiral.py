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
# # 01 · Your first GAN: the spiral
#
# After this notebook you will be able to
#
# - write the training loop of a GAN by hand, in plain PyTorch, and say what each line is for;
# - read its curves, and say what they do not tell you;
# - train the same GAN in three lines, and thirty-two of them at once.
#
# **Time:** about 2 minutes of computing on a laptop without a GPU, 40 minutes of reading and trying.
#
# **Prerequisites:** Python, and a first acquaintance with PyTorch: tensors, `nn.Sequential`,
# `loss.backward()`. Notebook 00 sets up your machine.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import math

import torch
from torch import nn
from torch.nn.functional import softplus

from gan_school import budget, datasets, metrics, networks, plotting, recipes, train

torch.set_num_threads(1)  # tiny networks want one thread; the package sees to that by itself


def chance(seed):
    """A stream of random numbers of its own, so that the cells do not disturb each other."""
    return torch.Generator().manual_seed(seed)


# %% [markdown]
# ## The data
#
# A GAN learns to make more of what it is shown. We show it points in space. They lie on a curve
# that winds and fades, with a little noise, so that we can see at a glance what was learned.
#
# For $i = 0, \dots, n-1$ and $t = 2\pi i / n$, with the same noise $\varepsilon \sim N(0, 1)$ in
# both places:
#
# $$x_1 = t, \qquad x_2 = t \cos 2t + 0.1\,\varepsilon, \qquad x_3 = t\,e^{-t} + 0.01\,\varepsilon$$
#
# In words: $t$ walks along the curve, $x_2$ swings ever wider, $x_3$ rises and fades away. The
# curve, and the settings of the first GAN below, are those of onimaru's article
# *GAN - Redes Geradoras Adversariais* (2019), which this course grew out of.


# %%
def curve(t, noise):
    x2 = t * torch.cos(2 * t) + 0.1 * noise
    x3 = t * torch.exp(-t) + 0.01 * noise
    return torch.stack([t, x2, x3], dim=1)


n = 1000
raw = curve(2 * math.pi * torch.arange(n) / n, torch.randn(n, generator=chance(0)))
mean, scale = raw.mean(0), raw.std(0, correction=0)
data = (raw - mean) / scale

# %% [markdown]
# The last line *standardises*: every coordinate gets mean 0 and standard deviation 1. Networks
# start out giving numbers of about that size. If the data lived between 0 and 1,000, the generator
# would spend its first thousands of steps only finding out where it is.
#
# `datasets.spiral()` holds the same points. Let us not take that on trust:

# %% tags=["nbval-check-output"]
torch.equal(data, datasets.spiral().x)

# %% [markdown]
# **Look at** the bends, and at how thin the curve is at its beginning on the left. Both will be
# hard to learn. (It winds through three dimensions; no single side shows all of it.)

# %%
plotting.points(data, title="The real points")

# %% [markdown]
# ## Two networks
#
# The **generator** $G$ takes 20 random numbers $z$, the *latent* vector, and gives a point $G(z)$ in
# space. The **discriminator** $D$ takes a point and says how likely it is to be real.
#
# They are as small as networks get: one hidden layer of 50 units each. The `torch.manual_seed`
# makes everything below repeatable.

# %%
torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 3))
discriminator = nn.Sequential(nn.Linear(3, 50), nn.ReLU(), nn.Linear(50, 1))

# %% [markdown]
# The first weights come from a normal distribution whose width depends on the layer's size
# (*Xavier-normal*, Glorot and Bengio 2010), so that signals neither fade nor explode on their way
# through. The biases start at a small constant. **Look at** what the generator makes with these
# weights, before it has learned anything.


# %%
def first_weights(layer):
    if isinstance(layer, nn.Linear):
        nn.init.xavier_normal_(layer.weight)
        nn.init.constant_(layer.bias, 0.001)


for network in (generator, discriminator):
    network.apply(first_weights)

with torch.no_grad():
    untrained = generator(torch.randn(1000, 20, generator=chance(1)))
plotting.points(data, untrained, title="Before training")

# %% [markdown]
# A shapeless cloud around the middle. It does not know the data yet; in fact it never gets to see
# it. All that the generator will ever learn about the real points, it learns through the
# discriminator.

# %% [markdown]
# ## What they play for
#
# Write $D(x)$ for the probability that $D$ gives to "$x$ is real". The discriminator wants $D(x)$
# near 1 on real points and $D(G(z))$ near 0 on generated ones. Goodfellow and colleagues (2014)
# turn this into a loss, the binary cross entropy with labels *real* and *fake*:
#
# $$L_D = -\log D(x) - \log\bigl(1 - D(G(z))\bigr)$$
#
# In words: $D$ pays for every doubt about a real point, and for every bit of belief in a fake. The
# generator wants its points to be taken for real ones:
#
# $$L_G = -\log D(G(z))$$
#
# In words: $G$ pays when $D$ sees through it. These are the losses of one real point and one latent
# vector; we take their mean over a batch. (This $L_G$ is called *non-saturating*. It is not quite the
# opposite of $L_D$; notebook 05 shows why.)
#
# One practical matter. Our discriminator ends in a plain number, its *logit* $\ell$, and
# $D(x) = \sigma(\ell) = 1/(1 + e^{-\ell})$. Then $-\log D(x) = \log(1 + e^{-\ell})$, a function
# that PyTorch calls `softplus(-logit)`; and $-\log(1 - D(x))$ is `softplus(logit)`. Written so,
# nothing ever takes the logarithm of zero. It is the cross entropy you know:

# %% tags=["nbval-check-output"]
logits = torch.tensor([-3.0, 0.0, 2.0])
called_real = nn.BCEWithLogitsLoss(reduction="none")(logits, torch.ones(3))
called_fake = nn.BCEWithLogitsLoss(reduction="none")(logits, torch.zeros(3))
torch.allclose(softplus(-logits), called_real), torch.allclose(softplus(logits), called_fake)

# %% [markdown]
# ## One step each
#
# Each network has an optimiser of its own: Adam with a learning rate of 0.001. (`fused=True` does
# the same arithmetic in one call instead of a dozen. With networks this small it is noticeable.)
#
# The discriminator's step comes first. **Look for** the `.detach()`. It cuts the fakes off from the
# generator that made them. Without it, `backward()` would walk on into the generator, and leave
# gradients there that help it to be *caught*. Here the discriminator learns, and it alone.

# %%
g_optimizer = torch.optim.Adam(generator.parameters(), lr=0.001, fused=True)
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=0.001, fused=True)


def discriminator_step(real):
    fake = generator(torch.randn(len(real), 20)).detach()
    loss = (softplus(-discriminator(real)) + softplus(discriminator(fake))).mean()
    d_optimizer.zero_grad()
    loss.backward()
    d_optimizer.step()
    return loss.item()


# %% [markdown]
# The generator's step. Now nothing is detached: the gradient flows from the loss through the
# discriminator back into the generator. It tells every fake point in which direction to move to
# look more real. Only `g_optimizer` takes a step, so the discriminator stays as it is.


# %%
def generator_step(batch_size):
    fake = generator(torch.randn(batch_size, 20))
    loss = softplus(-discriminator(fake)).mean()
    g_optimizer.zero_grad()
    loss.backward()
    g_optimizer.step()
    return loss.item()


# %% [markdown]
# ## The loop
#
# The two take turns. A batch has 25 points: a whole number near $\sqrt{n}$, says the article. One
# pass over all points in random order is an *epoch*, here 40 turns.
#
# The article trains for 500 epochs. On a CPU this notebook does fewer, so that you don't wait;
# `GAN_SCHOOL_BUDGET=full` in the environment makes it do all 500.

# %%
epochs = budget(quick=150, full=500)
history = []
for _epoch in range(epochs):
    for real in data[torch.randperm(n)].split(25):
        d_loss = discriminator_step(real)
        g_loss = generator_step(len(real))
    with torch.no_grad():
        fake = generator(torch.randn(1000, 20, generator=chance(1)))
        opinion = torch.sigmoid(discriminator(data)), torch.sigmoid(discriminator(fake))
    history.append((d_loss, g_loss, *opinion))

# %% [markdown]
# That is all there is to it. The rest of this course is about making these lines work *well*.
#
# ## What the curves say
#
# **Look at** where the losses settle. If $D$ could only guess, it would say ½ everywhere, and the
# losses would be $2 \log 2 \approx 1.386$ and $\log 2 \approx 0.693$: the dotted lines.

# %%
import pandas as pd

curves = pd.DataFrame(
    {
        "step": [40 * (epoch + 1) for epoch in range(epochs)],
        "d_loss": [d_loss for d_loss, _, _, _ in history],
        "g_loss": [g_loss for _, g_loss, _, _ in history],
        "d_real": [real.mean().item() for _, _, real, _ in history],
        "d_real_sd": [real.std().item() for _, _, real, _ in history],
        "d_fake": [fake.mean().item() for _, _, _, fake in history],
        "d_fake_sd": [fake.std().item() for _, _, _, fake in history],
    }
)
assert curves["d_loss"].mean() < 2 * math.log(2) and curves["g_loss"].mean() > math.log(2)
plotting.losses(curves)

# %% [markdown]
# They come near the dotted lines early, and stay there: $D$'s mostly a little below, $G$'s a little
# above, so $D$ knows slightly more than nothing. In ordinary training a loss that no
# longer falls means that learning is over. Not here. Each network's loss depends on how good the
# *other* one is, and when both improve at the same pace neither curve moves. The loss of a GAN is
# a measure of balance, not of progress.
#
# Now $D$'s average answer on real and on generated points, with a band of one standard deviation.

# %%
plotting.opinions(curves)

# %% [markdown]
# **What we see:** both averages stay near ½, and the bands overlap widely. $D$ leans the right way,
# but it is never sure. Let us have that in numbers: the mean and the standard deviation of $D$'s
# answer on each kind, after the last epoch. For 500 epochs the article reports .506 ± .015 on real
# and .504 ± .020 on generated points.

# %%
d_real, d_fake = history[-1][2], history[-1][3]
print(f"D on real points      {d_real.mean():.3f} ± {d_real.std():.3f}")
print(f"D on generated points {d_fake.mean():.3f} ± {d_fake.std():.3f}")
assert abs(d_real.mean() - 0.5) < 0.15 and abs(d_fake.mean() - 0.5) < 0.15

# %% [markdown]
# ## The confused discriminator
#
# The same thing, as one would test any classifier: call a point real if $D(x) > ½$, on 1,000 real
# and 1,000 generated points.

# %%
from sklearn.metrics import classification_report, confusion_matrix

truth = [1] * 1000 + [0] * 1000
answers = (torch.cat([d_real, d_fake]).flatten() > 0.5).int()
assert 0.45 < (answers == torch.tensor(truth)).float().mean() < 0.75
print(confusion_matrix(truth, answers, labels=[1, 0]))
print(classification_report(truth, answers, labels=[1, 0], target_names=["real", "generated"]))

# %% [markdown]
# The first row holds the real points: how many were called real, how many generated. The second row
# holds the generated ones. The accuracy is nearer to a coin's than to a useful classifier's. After 500
# epochs the article got [[404, 596], [397, 603]] and an accuracy of .5035, hardly better than a
# coin, and concluded: the discriminator is confused.
#
# It is tempting to conclude more: $D$ cannot tell them apart, so the fakes must be good. But a
# discriminator that has *given up* looks just the same. This one has 50 hidden units. The samples
# themselves have to answer.
#
# ## What the samples say
#
# **Look at** the ends of the curve, and at its thin first stretch.

# %%
with torch.no_grad():
    samples = generator(torch.randn(1000, 20, generator=chance(2)))
plotting.side_by_side(data, {"generated": samples})

# %% [markdown]
# The generator has found the curve, roughly. There are stray points where no data is, and stretches
# of the curve that it hardly visits. "Roughly" is not a measurement, so here is one.
#
# **Coverage** (Naeem et al. 2020) asks of every real point: is there a generated one nearby, no
# farther away than the point's own fifth-nearest real neighbour? The share of points with a yes is
# the coverage. It takes *fresh* real points: the same places $t$ along the curve, with new noise that
# no network has seen. As a yardstick, we also let the real points stand in for generated ones.

# %%
fresh = datasets.spiral().fresh(1000)
coverage = metrics.density_coverage(fresh, samples, k=5).coverage
yardstick = metrics.density_coverage(fresh, data, k=5).coverage
print(f"generated points cover {coverage:.2f} of the real ones; real points, {yardstick:.2f}")
assert coverage < 0.9 < yardstick

# %% [markdown]
# So $D$ is hardly ever sure while much of the curve is still missing. **Remember this pair of
# results.** Curves of losses and of $D$'s answers tell you whether the game is in balance. Only the
# samples tell you whether it is worth playing.
#
# ## The trap: a sigmoid at the end
#
# The article prints a generator that ends in a sigmoid, and samples with coordinates below zero. Both
# cannot be true: a sigmoid gives numbers between 0 and 1. How much of our data lies there?

# %% tags=["nbval-check-output"]
reachable = ((data > 0) & (data < 1)).all(dim=1)
print(f"{reachable.sum()} of {n} points are within reach of a sigmoid")

# %% [markdown]
# None. We train it nevertheless, eight times, with the package's `mlp` and `train`, which you will meet
# properly in a moment. **Look for** the generated points. There are 1,000 of them, and they are
# easily missed.

# %%
boxed = recipes.CLASSIC_SPIRAL.with_(generator=networks.mlp(20, 50, 3, output="sigmoid"))
eight = train(boxed.with_(steps=2_000), datasets.spiral(), seeds=range(8))
centres = eight.sample(1000).mean(dim=1)
print(centres.numpy().round(1) + 0.0)
assert (centres - torch.tensor([0.0, 1.0, 0.0])).abs().max() < 0.25
plotting.points(data, eight[0].sample(1000), title="With a sigmoid output, seed 0")

# %% [markdown]
# They all huddle in one spot. A sigmoid locks the points into a box, the unit cube, and they have fled
# into the one corner of it that lies nearest to the curve. No amount of training will let them out: no
# choice of weights can. It is not this seed's bad luck, either. The eight lines above the picture are
# the average points of eight GANs with eight seeds: the same corner each time, or close to it.
#
# The opposite error is as common: a `tanh` output, on data between 0 and 255. **The range of the last
# activation must contain the data.** Scale the data to fit the activation, or leave the activation
# out, as we do.
#
# ## The same in three lines
#
# A **recipe** says everything that decides a training: networks, batch size, optimisers, number of
# steps. `recipes.CLASSIC_SPIRAL` holds the settings from above. `train` plays it.

# %%
recipe = recipes.CLASSIC_SPIRAL.with_(steps=40 * epochs)
run = train(recipe, datasets.spiral(), seed=0)
run.plot()

# %% [markdown]
# Is it really the same training, or only a similar one? The package draws its random numbers in the
# order in which our loop did. So the weights must agree, not nearly, but bit for bit:

# %% tags=["nbval-check-output"]
by_hand = [*generator.parameters(), *discriminator.parameters()]
by_package = [*run.generator.network.parameters(), *run.discriminator.network.parameters()]
all(torch.equal(ours, theirs) for ours, theirs in zip(by_hand, by_package, strict=True))

# %% [markdown]
# There is no magic in `train`: it is the loop that you wrote. (Its curves look smoother than ours
# because they show the mean of many batches, where we kept the last one of each epoch.) You can read
# it: `import inspect, gan_school.training.loop as loop; print(inspect.getsource(loop.play))`. From here
# on we use it, because it keeps a record, stops when you press the stop button, and trains many at once.
#
# ## A better recipe
#
# `recipes.SPIRAL` changes several things at once. You will meet each of them, one by one and
# measured, in notebooks 05 to 07.

# %%
print(recipes.SPIRAL)

# %% [markdown]
# Three hidden layers of 64 instead of one of 50; LeakyReLU; three uniform latent numbers instead of
# twenty normal ones; larger batches; other settings of Adam, with learning rates that sink along a
# cosine; and samples drawn from a *moving average* of the generator's weights. Is it better? One GAN
# each would prove nothing, as you are about to see. So we train **six of each**, with six seeds, all at
# once: `seeds=range(6)` instead of `seed=0`.
#
# Is it fair? A step of the better recipe takes longer. So the classic one gets six times as many steps;
# the seconds are printed. We judge in three ways, each against fresh real points. *Coverage* you know.
# *Sliced Wasserstein* is how far the generated points would have to move to become the real ones, seen
# from many sides; 0 is best. *Two-sample* is the accuracy of a new classifier, trained to tell the two
# kinds apart: 0.5 if it cannot. **Compare** the worst coverage of the better recipe with the best of
# the classic one.

# %%
seeds, steps = range(6), budget(quick=1_500, full=12_000)
classic = train(recipes.CLASSIC_SPIRAL.with_(steps=6 * steps), datasets.spiral(), seeds=seeds)
better = train(recipes.SPIRAL.with_(steps=steps), datasets.spiral(), seeds=seeds)
print(f"classic {classic.seconds:.0f} s, better {better.seconds:.0f} s")
scores = pd.concat({"classic": classic.evaluate(), "better": better.evaluate()}, names=["recipe"])
assert scores.loc["better", "coverage"].min() > scores.loc["classic", "coverage"].max()
scores.groupby("recipe", sort=False).agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# The unluckiest GAN of the better recipe beats the luckiest of the classic one. How much is left to
# gain? A *perfect* generator would place its points at random on the true curve, with the true noise.
# We know the formula, so we can be that generator, six times:

# %%
perfect = [
    metrics.summary(fresh, (curve(2 * math.pi * torch.rand(n), torch.randn(n)) - mean) / scale)
    for _ in seeds
]
perfect = pd.DataFrame(perfect)
assert perfect["coverage"].mean() < 1 and perfect["two_sample"].mean() < 0.5
perfect.agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# By chance even perfection leaves a few points uncovered. (And why does the classifier do *worse* than
# a coin here? The real points stand at even distances along the curve. Each point it has learned from
# has a gap on either side, and the held-out real points sit in those gaps.)
#
# Now look at the first GAN of each kind, seed 0, whatever that seed has brought:

# %%
plotting.side_by_side(
    data, {"classic, seed 0": classic[0].sample(), "better, seed 0": better[0].sample()}
)

# %% [markdown]
# One question is still open. In our own loop, $D$ could hardly tell real points from generated ones.
# Were the fakes so good, or was $D$ so weak? We ask $D$ and a new classifier about the same points:

# %%
new = metrics.two_sample_test(fresh, samples, seed=0)
with torch.no_grad():
    ours = torch.cat([discriminator(fresh.x) > 0, discriminator(samples) < 0]).float().mean()
print(f"right answers: the new classifier {new:.0%}, our discriminator {ours:.0%}")
assert new > ours + 0.05

# %% [markdown]
# $D$ was too weak to see differences that are there, and a generator learns only what its
# discriminator can see.
#
# ## Thirty-two seeds, and what they say about luck
#
# Everything about a training is in the recipe and the data, except for chance: the first weights, the
# order of the points, the latent vectors. All three follow from the seed. How much does the seed
# matter? We train the classic recipe 32 times, for half as many steps as our own loop. The 32 networks
# go through every step together: look how much longer that takes than a single one.

# %%
half = recipes.CLASSIC_SPIRAL.with_(steps=20 * epochs)
luck = train(half, datasets.spiral(), seeds=range(32))
longer = (luck.seconds / luck.step) / (run.seconds / run.step)
print(f"a step of all 32 took {longer:.1f} times as long as a step of one")
covered = [metrics.density_coverage(fresh, own, k=5).coverage for own in luck.sample(1000)]
pd.Series(covered, name="coverage").describe().round(3)

# %% [markdown]
# Suppose you try a trick, once, and the coverage rises by 0.05. Did the trick do that? Let us see how
# much any two of these seeds differ. **Look at** the picture, too: every dot is one seed of the same
# recipe, and the bar is their mean. (Up and down means nothing; it keeps the dots apart.)

# %%
pairs = [abs(one - other) for i, one in enumerate(covered) for other in covered[:i]]
print(f"two seeds differ by {sum(pairs) / len(pairs):.3f} on average, by up to {max(pairs):.3f}")
assert max(pairs) > 0.05
plotting.spread({"coverage": covered})

# %% [markdown]
# The same recipe, trained twice, can differ by more than many tricks claim to gain. That is why
# this course never says "it helps" after one run. It trains a population, and says in which interval
# the mean effect lies.
#
# **Look at** the luckiest and the unluckiest seed side by side.

# %%
lucky, unlucky = luck[covered.index(max(covered))], luck[covered.index(min(covered))]
plotting.side_by_side(data, {"unluckiest": unlucky.sample(), "luckiest": lucky.sample()})

# %% [markdown]
# ## What to take away
#
# - A GAN is two networks that take turns. $D$ learns to tell real from fake; $G$ learns from $D$.
# - Detach the fakes when $D$ learns. Let the gradient through when $G$ learns.
# - Losses near $2\log 2$ and $\log 2$ mean balance. They do not mean quality.
# - Judge samples, against fresh data, with a number that has a yardstick.
# - The last activation must be able to reach the data.
# - One run is an anecdote.
#
# **Try it:** take the `.detach()` out of `discriminator_step` and run the notebook down to the coverage.
# What changes? Then move `g_optimizer.zero_grad()` to the last line of `generator_step`, after `step()`,
# and run again; an `assert` will complain, which is the point. Why does the place of that line matter
# now? (The answer: without the detach, $D$'s step leaves gradients in the generator. At its old place
# `zero_grad` wiped them away just in time; at the new one they are mixed into $G$'s own.) Then put
# everything back, and give `datasets.swiss_roll()` to `train`.
#
# **Sources.** Goodfellow et al. 2014, *Generative Adversarial Nets*. Glorot and Bengio 2010,
# *Understanding the difficulty of training deep feedforward neural networks*. Naeem et al. 2020,
# *Reliable Fidelity and Diversity Metrics for Generative Models*. Lopez-Paz and Oquab 2017, *Revisiting
# Classifier Two-Sample Tests*. onimaru 2019, *GAN - Redes Geradoras Adversariais*.
#
# **Where to go next:** notebook 02 lets you choose *what* is generated: the conditional GAN.
