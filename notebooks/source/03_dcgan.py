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
# picture, and computes the same thing everywhere. **Compare** how many weights that takes, to get from one
# picture to 16 feature maps of a quarter of its pixels each:

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
# **transposed convolution** of the DCGAN paper spreads each pixel over a window of the larger picture. The
# **resize-convolution** (Odena, Dumoulin and Olah 2016) first repeats every pixel, then convolves.

# %% tags=["nbval-check-output"]
transposed = nn.ConvTranspose2d(1, 1, kernel_size=5, stride=2, padding=2, output_padding=1)
resized = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, kernel_size=5, padding=2))
small = torch.ones(1, 1, 8, 8)
transposed(small).shape, resized(small).shape

# %% [markdown]
# Same sizes. Not the same habits: give both a plain grey square, with untrained weights. **Look for** a pattern
# that was not in the input.

# %%
with torch.no_grad():
    tiles = [layer(torch.ones(1, 1, 12, 12))[..., 4:-4, 4:-4] for layer in (transposed, resized)]
tiles = [(x - x.mean()) / max(x.abs().max(), 1e-9) for x in tiles]
assert tiles[0].std() > 0.1 and tiles[1].std() < 0.1
plotting.images(torch.cat(tiles), columns=2, title="transposed, resized")

# %% [markdown]
# The transposed convolution draws a checkerboard out of nothing, because its windows overlap unevenly. Training can
# learn to cancel that, and often does not quite. Our sources disagree about which of the two is better. We measured
# it, and use resizing; the figures come below.
#
# ## The whole way
#
# Start from a few small feature maps and double until the picture has its size. Each time the picture doubles, the
# number of maps halves, so that the work stays about the same. **Look at** the sizes under each stage.

# %%
recipe = recipes.dcgan(data)
plotting.feature_maps(recipe.generator, torch.zeros(1, 64))

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
# common. Here is our generator. **Find** each rule in it.

# %%
recipe.generator.build()

# %% [markdown]
# 1. **No pooling.** Let the network learn how to shrink and enlarge: strides in $D$. (In $G$ we resize; see above.)
# 2. **Batch normalisation**, so that signals neither fade nor explode on the way through many layers. Not at $G$'s
#    output, which must be free to have the data's own mean, and not at $D$'s input.
# 3. **No hidden fully connected layers.** One linear layer turns the latent vector into the first maps, one turns the
#    last maps into a logit.
# 4. **ReLU in $G$, tanh at its output.** The pictures lie between −1 and 1, and so does the tanh: remember the trap of
#    notebook 01.
# 5. **LeakyReLU in $D$.** It passes a little gradient where ReLU passes none, and that gradient is all that $G$ ever
#    learns from.
#
# Then the optimiser: Adam with $\beta_1 = 0.5$ instead of 0.9, a short memory, because the opponent keeps changing.
#
# Rules are hypotheses here. Our recipe keeps most of them and departs from some:

# %%
print(recipe)

# %% [markdown]
# Resizing instead of transposed convolutions; no normalisation in $D$ but a penalty on its slope (R1, which wants
# a $D$ that looks at each sample by itself); $\beta_1 = 0$; a higher learning rate; a moving average. We chose them
# because they looked better on digits, on one to three seeds each. That is an anecdote, as we know by now; the
# notebooks on the four levels will do it properly.
#
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
# First fog, then blobs, then strokes, then digits. **Pick one place** and follow it from frame to frame.

# %%
progress = pd.Series(distances, name="Fréchet distance, classifier's features")
assert progress.iloc[-1] < progress.iloc[0] / 2
plotting.progress(progress, best=yardstick)

# %% [markdown]
# Here is what the losses could not give us: a curve that says how far the training has come. It falls and falls; real
# pictures are the dotted line. Were we to stop here? No: it is still falling. In a quick budget this notebook stops early
# so that you don't wait. The losses, for comparison, settled long ago:

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
# The same network, the same pictures, the same numbers in them. Only the neighbourhoods are gone, and with them
# nearly everything that it could do. A fully connected GAN would not have noticed. What we know about the data
# and put into the network is worth a great deal, *if it is true of the data*.
#
# Is the DCGAN better than the fully connected GAN, then? On pictures as small as these, no: a step of it achieves
# more, but takes longer, and after the same *time* a fully connected GAN that we tried had covered somewhat more of
# the digits. (One seed each; see the exercises.) At the end of this notebook you will see larger pictures, in
# colour, and another winner.
#
# ## The finished one
#
# The same recipe, trained for longer on the digits, comes with the course.

# %%
finished = checkpoints.load("dcgan-digits")
print(finished)
plotting.images(finished.sample(60), columns=12)

# %% [markdown]
# Most of them are digits; some are not quite any. Nobody told this network that there are ten kinds. How often does
# each turn up, if a judge reads them? A generator that had lost some would show it here.

# %%
digits = datasets.digits(size=16)
shares = metrics.class_shares(finished.sample(1_000), metrics.classifier(digits))
assert shares.min() > 0.02
shares.round(2).to_frame("share").T

# %% [markdown]
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
distances = {
    "held-out real": distance_to_training(digits.held_out.x),
    "generated": distance_to_training(finished.sample(397)),
    "copies with noise": distance_to_training(digits.x[:397] + 0.05 * noise),
}
plotting.spread(distances, label="distance to the nearest training picture")

# %%
middle = {name: float(pd.Series(values).median()) for name, values in distances.items()}
assert middle["copies with noise"] < 0.5 * middle["held-out real"]
assert middle["generated"] > 0.8 * middle["held-out real"]
pd.Series(middle).round(2)

# %% [markdown]
# The copies give themselves away: they sit right on the training data. Ours keep about the distance that new real
# digits keep, or more. No sign of memorising. (Distance in pixels does not see a copy that was shifted by a pixel. It
# is a first test, not a proof.)
#
# ## A walk
#
# As in notebook 02, in a straight line from one latent vector to another. There is no label here to hold on to; the
# walk may pass through several digits. **Look for** jumps.

# %%
t = torch.linspace(0, 1, 12)[:, None]
z = torch.randn(8, finished.latent.size, generator=torch.Generator().manual_seed(2))
walks = torch.cat([(1 - t) * z[i] + t * z[i + 1] for i in (0, 2, 4, 6)])
plotting.images(finished.generate(walks), columns=12)

# %% [markdown]
# No jumps. Between two digits lies, for a short stretch, what is neither. The discriminator must have objected; but the
# generator is a continuous function, and has no other way from here to there.
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
# Two GANs were trained on them for the course, one fully connected and one DCGAN, for about the same time. Their cards
# say how long that was, and how far their samples are from real flowers through the features of a classifier.

# %%
contestants = {name: checkpoints.load(name) for name in ("mlp-flowers", "dcgan-flowers")}
cards = checkpoints.table().loc[list(contestants), ["steps", "seconds", "fid"]]
assert cards.loc["dcgan-flowers", "fid"] < 0.7 * cards.loc["mlp-flowers", "fid"]
cards.astype(float).round(1)

# %%
plotting.side_by_side(flowers.x[:36], {name: one.sample(36) for name, one in contestants.items()})

# %% [markdown]
# Neither is finished. But the fully connected one smears its petals into a ball of colour, under a speckled sky. The
# DCGAN has petals with edges, ragged ones, on a calm ground. Here the neighbourhoods pay.
#
# ## Try it yourself
#
# - Use transposed convolutions: `networks.dcgan_generator(16, width=16, kernel=4)`. What do the samples look like at
#   step 10, and what is the Fréchet distance at the end? Three seeds each.
# - The fully connected contestant: `networks.mlp_generator(16, latent=64)` and `networks.mlp_discriminator(16)`, in the
#   same recipe. Give it as many *seconds* as the DCGAN, then as many *steps*.
# - `gan-school train digits --steps 600` in a terminal does what this notebook did. Then give it a folder of your
#   own pictures.
#
# ## What to take away
#
# - Convolutions build in what we know of pictures: neighbours belong together, everywhere alike.
# - A stride of 2 halves. Transposed and resizing convolutions double.
# - Normalise inside, tanh at the end, LeakyReLU in $D$, Adam with a short memory.
# - Follow a training with a number computed from samples, and look at the same latent vectors each time.
# - To see whether samples are copies, compare their distance to the training data with that of new real ones.
#
# **Sources.** Radford, Metz and Chintala 2016, *Unsupervised Representation Learning with Deep Convolutional Generative
# Adversarial Networks*. Odena, Dumoulin and Olah 2016, *Deconvolution and Checkerboard Artifacts*. Mescheder, Geiger and
# Nowozin 2018, *Which Training Methods for GANs do actually Converge?* Heusel et al. 2017, *GANs Trained by a Two
# Time-Scale Update Rule Converge to a Local Nash Equilibrium*.
#
# **Where to go next:** so far most things went well. Notebook 04 makes them go wrong, one by one, on purpose.
