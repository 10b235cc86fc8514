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
# # 03 · DCGAN: pictures with convolutions
#
# After this notebook you will be able to
#
# - build the generator and the discriminator of a DCGAN from a handful of rules, and say what each rule is
#   for;
# - work out the size of every feature map, in both directions;
# - follow a training with samples and a number, and check whether it has only memorised its data.
#
# **Time:** about 2 minutes of computing on a laptop without a GPU, 45 minutes of reading and trying.
#
# **Prerequisites:** notebooks 01 and 02, and a first acquaintance with convolutions.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import pandas as pd
import torch
from torch import nn

from gan_school import budget, checkpoints, datasets, metrics, networks, plotting, recipes, train
from gan_school.lab import evidence

# %% [markdown]
# ## The data
#
# The digits of notebook 02 again, 16×16 pixels, from −1 to 1. With a full budget, and where it can be had,
# this notebook takes Fashion-MNIST instead; nothing else changes. (`gan-school fetch fashion_mnist` gets it
# ahead of time.)

# %%
choices = budget(quick=["digits"], full=["fashion_mnist", "digits"])
data = datasets.first_available(*choices, size=budget(quick=16, full=32))
channels, size, _ = data.shape
data

# %% [markdown]
# ## What a fully connected network does not know
#
# In notebook 02 both networks were fully connected. To such a network a picture is a list of numbers, and it
# does not matter in which order they come. Here are digits, and below them the same digits with their pixels
# shuffled, all in the same way.

# %%
order = torch.randperm(size * size, generator=torch.Generator().manual_seed(0))
shuffled = data.x.flatten(1)[:, order].reshape(data.x.shape)
plotting.images(torch.cat([data.x[:10], shuffled[:10]]), rows=["as they are", "shuffled"])

# %% [markdown]
# To you the second row is noise. A fully connected network would learn it exactly as well as the first,
# because it has no idea which pixels are neighbours. It has to find out from the data, pixel by pixel. We know
# something that it does not: neighbours belong together, and a stroke is a stroke wherever it is.
#
# A **convolution** has that knowledge built in. A small window of weights, the *kernel*, slides over the
# picture, and computes the same thing everywhere. What one kernel answers, place by place, is a picture again,
# called a *feature map*. **Compare** how many weights it takes to get from one picture to 16 feature maps of a
# quarter of its pixels each:

# %%
convolution = nn.Conv2d(channels, 16, kernel_size=5, stride=2, padding=2)
pixels = channels * size * size
same_by_hand = pixels * (16 * (size // 2) ** 2)
print(f"convolution: {sum(p.numel() for p in convolution.parameters()):,} weights")
print(f"fully connected: {same_by_hand:,} weights")

# %% [markdown]
# ## Halving and doubling
#
# The discriminator goes from a picture to a single number, so it makes the picture smaller step by step. A
# kernel that moves two pixels at a time (a *stride* of 2) gives half the size:
#
# $$s' = \left\lfloor \frac{s + 2p - k}{2} \right\rfloor + 1$$
#
# In words: $s$ is the width before, $s'$ after, $k$ the kernel's width, and $p$ the padding, the rim of zeros put
# around the picture. With $k = 5$ and $p = 2$, every even size is halved.

# %% tags=["nbval-check-output"]
halving = nn.Conv2d(1, 8, kernel_size=5, stride=2, padding=2)
halving(torch.zeros(1, 1, 16, 16)).shape, halving(torch.zeros(1, 1, 28, 28)).shape

# %% [markdown]
# The generator goes the other way, from a vector to a picture. There are two common ways to double. The
# **transposed convolution** of the DCGAN paper spreads each pixel over a window of the larger picture:
#
# $$s' = 2\,(s - 1) - 2p + k$$
#
# In words: each of $s$ pixels puts down a window of $k$, two pixels apart, and $p$ is cut off on either side. With
# $k = 4$ and $p = 1$, every size is doubled. The **resize-convolution** (Odena, Dumoulin and Olah 2016) first repeats
# every pixel, then convolves with a stride of 1, which keeps the size.

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
transposed = nn.ConvTranspose2d(1, 1, kernel_size=4, stride=2, padding=1)
resized = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, kernel_size=5, padding=2))
small = torch.ones(1, 1, 8, 8)
transposed(small).shape, resized(small).shape

# %% [markdown]
# Same sizes. Not the same habits: give both a plain white square, with untrained weights. **Look for** a pattern
# that was not in the input.

# %%
with torch.no_grad():
    tiles = [layer(torch.ones(1, 1, 12, 12))[..., 4:-4, 4:-4] for layer in (transposed, resized)]
tiles = [(x - x.mean()) / max(x.abs().max(), 1e-9) for x in tiles]
assert tiles[0].std() > 0.1 and tiles[1].std() < 0.1
plotting.images(torch.cat(tiles), rows=["transposed", "resized"])

# %% [markdown]
# The transposed convolution draws a checkerboard out of nothing: neighbouring pixels of its output are made by
# different weights of the kernel. Training can learn to cancel that, and does not always quite. On the other hand it
# is cheap. Each of its weights is used once for every *small* pixel, where the resize-convolution uses each once for
# every large one, four times as often. Our sources disagree about which is better. We take the cheap one; further down
# is what we measured.
#
# ## The whole way
#
# Start from a few small feature maps and double until the picture has its size. Each time the picture doubles, the
# number of maps halves. **Look at** the sizes under each stage. (The number of sheets drawn is only a sketch.)

# %%
recipe = recipes.dcgan(data)
plotting.feature_maps(recipe.generator, torch.zeros(1, 64))

# %% [markdown]
# The 64 numbers on the left are the latent vector. The discriminator goes the opposite way:

# %%
plotting.feature_maps(recipe.discriminator, torch.zeros(1, *data.shape))

# %% [markdown]
# The smallest maps are 4 to 7 pixels wide, which makes 16, 28, 32, 64 and many other sizes possible. What about 30?

# %%
try:
    networks.dcgan_generator(size=30).build()
except ValueError as error:
    print(error)

# %% [markdown]
# ## The rules, one by one
#
# Radford, Metz and Chintala (2016) tried many architectures, and wrote down what those that trained well had in
# common. Here are five rules, and after them a generator and a discriminator that keep them.
#
# 1. **No pooling.** Let the networks learn how to shrink and enlarge: strides in $D$, transposed convolutions in $G$.
# 2. **Batch normalisation**, so that signals neither fade nor explode on the way through many layers. Not at $G$'s
#    output, and not at $D$'s input: with it there, their samples oscillated.
# 3. **No hidden fully connected layers.** One linear layer turns the latent vector into the first maps, one turns the
#    last maps into a logit.
# 4. **ReLU in $G$, tanh at its output.** The pictures lie between −1 and 1, and so does the tanh: remember the trap of
#    notebook 01.
# 5. **LeakyReLU in $D$.** It passes a little gradient where ReLU passes none, and that gradient is all that $G$ ever
#    learns from.
#
# **Find** each rule in the layers below.

# %%
print(networks.dcgan_generator(size=16, width=16).build())
print(networks.dcgan_discriminator(size=16, width=16).build())

# %% [markdown]
# Then the training: first weights from a normal distribution of width 0.02, and Adam with a learning rate of 0.0002
# and $\beta_1 = 0.5$ instead of 0.9, a short memory, because the opponent keeps changing.
#
# Rules are hypotheses here. Our recipe keeps some of them and departs from others:

# %%
print(recipe)

# %% [markdown]
# `dense` adds fully connected layers, which rule 3 forbids: Barua, Erfani and Bailey (2019) found that they help. So two
# papers disagree. We tried both ways on MNIST, and there it is not close; `docs/benchmarks.md` has the figures.
# There is no normalisation in $D$, but the penalty R1 of notebook 02. (It asks for the slope at each single sample, and
# batch normalisation would mix the samples.) Then $\beta_1 = 0$, ten times the learning rate, PyTorch's own first
# weights (`AsBuilt`), and a moving average. We chose these on digits, from a few seeds each. That is an anecdote, as we
# know by now; the notebooks on the four levels do it properly.
#
# ## Two of the rules, and the kernel, measured
#
# There is a record of every trick, with many seeds. Notebook 05 explains how to read it; here is a first look. A small
# DCGAN was trained on our digits without and with a change. *Coverage* is the share of real digits near to which there
# is a sample, *low* and *high* bound its gain (95 %), and *cost* is a step with the change, in units of one without.
# **Look at** the last two columns together.

# %%
ledger = evidence()
asked = ledger.effects(["S.6", "S.9", "S.10"], "digits", "long").set_index("variant")
asked[["baseline", "mean", "gain_low", "gain_high", "cost", "verdict"]].round(2)

# %% [markdown]
# - *BatchNorm in $D$ as well as in $G$* (S.6) helps early. In the long run its coverage is equivalent to that of $G$
#   alone. (At twice the rate that is undecided.)
# - *Kernels of 5 pixels, not 4* (S.9) help, and also at equal time, when the others may play on.
# - *Resizing in $G$* (S.10) hurts early, and helps in the long run: coverage rises from 0.48 to 0.52. But its steps
#   cost nearly twice as much, and in the same time nothing sure is left of the gain. With *average pooling* in $D$ as
#   well, instead of strides, coverage is 0.27 lower than that, and a step costs most. So rule 1 holds here, and the
#   cheap way to double is no mistake.

# %% tags=["check"]
timed = ledger.effects(["S.6", "S.9", "S.10"], "digits", "long", "equal time")
timed = timed.set_index("variant")["verdict"]
both, five, resize, average = "in D as well", "5, not 4", "resize in G", "resize in G, average in D"
assert asked.loc[both, "verdict"] == "equivalent", "BatchNorm in both, in the long run"
early = ledger.effects(["S.6", "S.10"], "digits", "short").set_index("variant")["verdict"]
assert early[both] == "helps" and early[resize] == "hurts", "and in the short run"
fast = ledger.verdicts("S.6", "long", "tuned rate").loc[both, "digits"]
assert fast == "undecided" and ledger.rate("digits") == 2, "BatchNorm in both, at twice the rate"
assert asked.loc[five, "verdict"] == timed[five] == "helps", "kernels of 5"
assert asked.loc[resize, ["baseline", "mean"]].astype(float).round(2).tolist() == [0.48, 0.52]
assert asked.loc[resize, "verdict"] == "helps" and timed[resize] == "undecided", "resizing"
assert 1.8 < asked.loc[resize, "cost"] < 2, "for one of its steps nearly two"
assert asked.loc[average, "verdict"] == timed[average] == "hurts", "average pooling"
assert round(asked.loc[average, "mean"] - asked.loc[resize, "mean"], 2) == -0.27, "on top of it"
assert asked["cost"].idxmax() == average, "costs most"

# %% [markdown]
# ## A judge, and a yardstick
#
# We want to follow the training with a number. As in notebook 02 it takes a classifier of the same data to look
# through, and the score of *real* pictures to compare with.

# %%
judge = metrics.classifier(data)
held_out = data.fresh(1_000)
n = len(held_out)
real = data[torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:n]]
yardstick = metrics.fid(held_out, real, judge)
print(judge, yardstick, sep="\n")

# %% [markdown]
# ## Training, frame by frame
#
# A *callback* is a function that the loop calls after every step. Ours keeps 36 samples and the Fréchet distance now and
# then. The latent vectors are the same every time (`sample` has a seed), so that we watch the same samples grow.

# %%
recipe = recipe.with_(steps=budget(quick=600, full=6_000))
moments = [recipe.steps * part // 60 for part in (1, 3, 8, 20, 40, 60)]
frames, distances = {}, {}


def watch(snapshot):
    if snapshot.step in moments:
        frames[f"step {snapshot.step:,}"] = snapshot.run.sample(36)
        distances[snapshot.step] = float(metrics.fid(held_out, snapshot.run.sample(n), judge))


run = train(recipe, data, seed=0, callbacks=[watch])
plotting.film(frames)

# %% [markdown]
# First fog, then strokes, then, in most places, digits. **Pick one place** and follow it from frame to frame.

# %%
progress = pd.Series(distances, name="Fréchet distance")
assert progress.iloc[-1] < progress.iloc[0] / 2
plotting.progress(progress, best=yardstick)

# %% [markdown]
# Here is what the losses could not give us: a curve that says how far the training has come. The dotted line is what
# real pictures reach, and we are still above it. (On the quick budget this notebook stops early, so that you don't
# wait.) The losses, for comparison, hardly tell an early step from a late one:

# %%
plotting.losses(run.history)

# %% [markdown]
# ## What convolutions know: a test
#
# Back to the shuffled pixels. If it is true that convolutions live on neighbourhoods, then a DCGAN must fare badly
# where there are none. We train it on the shuffled digits, put the pixels of its samples back in their places, and
# judge. A short training, three seeds of each.

# %%
short = recipe.with_(steps=budget(quick=120, full=1_000))
restore = order.argsort()
scores = {"as they are": [], "shuffled": []}
for seed in range(3):
    plain = train(short, data, seed).sample(n)
    mixed = train(short, shuffled, seed).sample(n)
    mixed = mixed.flatten(1)[:, restore].reshape(mixed.shape)
    scores["as they are"].append(float(metrics.fid(held_out, plain, judge)))
    scores["shuffled"].append(float(metrics.fid(held_out, mixed, judge)))

# %%
plotting.images(torch.cat([plain[:10], mixed[:10]]), rows=["as they are", "shuffled, put back"])

# %%
assert max(scores["as they are"]) < min(scores["shuffled"])
plotting.spread(scores, label="Fréchet distance to real pictures, 0 is best")

# %% [markdown]
# The same network, the same pictures, the same numbers in them. Only the neighbourhoods are gone. In the second row it
# has learned where ink is likely, but not which pixels go together. To a fully connected GAN the two data sets would be
# the same problem: none of its weights knows a neighbour. What we know about the data and put into the network is worth
# a great deal, *if it is true of the data*.
#
# Is the DCGAN better than a fully connected GAN, then? A step of it takes longer, so one should give both the same
# *time*. The second exercise does.
#
# ## The finished one
#
# The same recipe, trained for longer on the digits, comes with the course.

# %%
finished = checkpoints.load("dcgan-digits")
print(finished)
plotting.images(finished.sample(60), columns=12)

# %% [markdown]
# Most of them are digits; some are not quite any. On the card, *confident* is the share of samples of which the judge is
# at least 90 % sure. Nobody told this network that there are ten kinds. How often does
# each turn up, if a judge reads them? A generator that had lost some would show it here.

# %%
digits = datasets.digits(size=16)
shares = metrics.class_shares(finished.sample(1_000), metrics.classifier(digits))
assert shares.min() > 0.02
shares.round(2).to_frame("share").T

# %% [markdown]
# All ten are there. (The judge must name one of the ten even where there is none, so these shares say nothing about
# quality.)
#
# ## Has it memorised?
#
# Perhaps it has only learned its 1,400 pictures by heart. So we look for the *nearest real neighbour* of each sample:
# of all training pictures, the one that differs least, pixel by pixel. **Compare** the two rows.

# %%
samples = finished.sample(12, seed=4)
nearest = torch.cdist(samples.flatten(1), digits.x.flatten(1)).argmin(1)
plotting.images(torch.cat([samples, digits.x[nearest]]), rows=["generated", "nearest real"])

# %% [markdown]
# Similar, as they should be, and not the same. But how similar is suspicious? Again it takes a yardstick. Held-out
# real digits are not copies of training digits, and they have nearest neighbours, too. If generated ones were nearer
# to the training data than *new real ones* are, something would be wrong. To see what that looks like, we add a
# generator that does cheat: training pictures with a little noise.


# %%
def distance_to_training(x):
    return torch.cdist(x.flatten(1), digits.x.flatten(1)).min(1).values.numpy()


noise = torch.randn(397, 1, 16, 16, generator=torch.Generator().manual_seed(0))
gaps = {
    "held-out real": distance_to_training(digits.held_out.x),
    "generated": distance_to_training(finished.sample(397)),
    "copies with noise": distance_to_training(digits.x[:397] + 0.05 * noise),
}
plotting.spread(gaps, label="distance to the nearest training picture")

# %% [markdown]
# The bars in the picture are means. The medians in numbers:

# %%
middle = {name: float(pd.Series(values).median()) for name, values in gaps.items()}
assert middle["copies with noise"] < 0.5 * middle["held-out real"]
assert middle["generated"] > 0.8 * middle["held-out real"]
pd.Series(middle).round(2)

# %% [markdown]
# The copies give themselves away: they sit right on the training data. Ours do not; they are no nearer to it than new
# real digits are. So there is no sign of memorising. But farther is not better: pure noise would be farther still. The
# test finds copies, it does not find good digits. (And in pixels, a copy that was shifted by one pixel looks far away. It
# is a first test, not a proof.)
#
# ## A walk
#
# As in notebook 02, in a straight line from one latent vector to another. There is no label here to hold on to; the
# walk may pass through several digits. **Look for** sudden changes.

# %%
t = torch.linspace(0, 1, 12)[:, None]
z = torch.randn(8, finished.latent.size, generator=torch.Generator().manual_seed(2))
walks = torch.cat([(1 - t) * z[i] + t * z[i + 1] for i in (0, 2, 4, 6)])
plotting.images(finished.generate(walks), columns=12)

# %% [markdown]
# Between two digits lies what is neither. The generator is a continuous function, and has no other way from here to
# there; the best it can do is to hurry.
#
# ## Colour, and other sizes
#
# Nothing in this notebook depended on 16×16 grey pixels. Here are the course's own flowers: 32×32 pixels in three
# channels, twelve times as many numbers. They are drawn by a function that knows everything about them, which
# notebook 08 will make use of.

# %%
flowers = datasets.flowers(n=500, size=32)
plotting.feature_maps(recipes.dcgan(flowers).generator, torch.zeros(1, 64))

# %% [markdown]
# Two GANs were trained on them for the course, one fully connected and one DCGAN, each with the settings of its own
# recipe, one seed each, for two to three minutes. Their cards say how long that was, and how far their samples are from
# real flowers through the features of a classifier.

# %%
contestants = {"fully connected": "mlp-flowers", "DCGAN": "dcgan-flowers"}
generators = {name: checkpoints.load(file) for name, file in contestants.items()}
cards = checkpoints.table().loc[list(contestants.values()), ["steps", "seconds", "fid"]]
assert cards.loc["dcgan-flowers", "fid"] < 0.8 * cards.loc["mlp-flowers", "fid"]
cards.astype(float).round(1)

# %%
plotting.side_by_side(flowers.x[:36], {name: one.sample(36) for name, one in generators.items()})

# %% [markdown]
# Neither is finished. The fully connected one blurs its petals into a disc, on a speckled ground. The DCGAN's petals
# have edges, though ragged ones, on a calm ground. This is one run of each, and their settings differ in more than the
# layers. So it is a hint, not a proof.

# %% [markdown]
# ## Try it yourself
#
# - Use resize-convolutions: `recipe.with_(generator=recipe.generator.with_(upsampling="nearest"))`. What do the samples
#   look like at step 10, and what is the Fréchet distance at the end? Three seeds each.
# - The fully connected contestant: `networks.mlp_generator(16, latent=64)` and `networks.mlp_discriminator(16)`, in the
#   same recipe. Give it as many *seconds* as the DCGAN, then as many *steps*.
# - `gan-school train digits --steps 600` in a terminal does what this notebook did. Then give it a folder of your
#   own pictures.

# %% [markdown]
# ## What to take away
#
# - Convolutions build in what we know of pictures: neighbours belong together, everywhere alike.
# - A stride of 2 halves. Transposed and resizing convolutions double.
# - Normalise inside, tanh at the end, LeakyReLU in $D$, Adam with a short memory.
# - Follow a training with a number computed from samples, and look at the same latent vectors each time.
# - To see whether samples are copies, compare their distance to the training data with that of new real ones.
#
# **Sources.** Radford, Metz and Chintala 2016, *Unsupervised Representation Learning with Deep Convolutional Generative
# Adversarial Networks*. Barua, Erfani and Bailey 2019, *FCC-GAN: A Fully Connected and Convolutional Net Architecture for
# GANs*. Odena, Dumoulin and Olah 2016, *Deconvolution and Checkerboard Artifacts*. Mescheder, Geiger and
# Nowozin 2018, *Which Training Methods for GANs do actually Converge?* Heusel et al. 2017, *GANs Trained by a Two
# Time-Scale Update Rule Converge to a Local Nash Equilibrium*.
#
# **Where to go next:** so far most things went well. Notebook 04 makes them go wrong, one by one, on purpose.
