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
# # 02 · Conditional GAN: choose what you get
#
# After this notebook you will be able to
#
# - tell both networks of a GAN a label, and say why both need it;
# - ask a trained GAN for the digit you want, and walk between digits;
# - measure whether it listens, and why that one number is not enough.
#
# **Time:** about 2 minutes of computing on a laptop without a GPU, 40 minutes of reading and trying.
#
# **Prerequisites:** notebook 01. You should know what $D$ and $G$ are, and what a *recipe* is.

# %%
try:
    import gan_school
except ModuleNotFoundError:  # on Colab, for example
    # %pip install --quiet "gan-school @ git+https://github.com/gan-school/gan-school"
    import gan_school

# %%
import inspect

import pandas as pd
import torch
from torch import nn

from gan_school import budget, datasets, games, metrics, networks, plotting, recipes, train

# %% [markdown]
# ## Digits
#
# The spiral was three numbers a point. Now a sample is a picture: 16×16 pixels, each from −1 (paper, drawn
# black) to 1 (ink, drawn white), in one channel because it is grey. These 1,797 handwritten digits come with
# scikit-learn (Alpaydin and Kaynak 1998), so no network connection is needed. There they have 8×8 pixels. We
# enlarge them smoothly, which is why they look soft.

# %%
digits = datasets.digits(size=16)
digits

# %% [markdown]
# 1,400 pictures to learn from. The other 397 are *held out*: no network sees them in training, and we
# will judge with them. **Look at** how differently people write the same digit. A good generator has
# to make all of these kinds, not one per digit.

# %%
names = digits.classes
some = torch.cat([digits[digits.labels == label].x[:12] for label in range(10)])
plotting.images(some, rows=names, title="Real digits")

# %% [markdown]
# ## What is missing in a plain GAN
#
# A plain GAN trained on these would make digits: now a 3, now an 8, whatever its latent vector happens
# to stand for. There is no way to ask for a 7. It has learned the distribution of all pictures,
# $p(x)$. We want the distribution of the pictures *with a given label*, $p(x \mid y)$, for every label
# $y$.
#
# Mirza and Osindero (2014) found the simplest way: **tell both networks the label.**
#
# $$L_D = -\log D(x, y) - \log\bigl(1 - D(G(z, y), y)\bigr) \qquad L_G = -\log D(G(z, y), y)$$
#
# In words: the losses of notebook 01, with one more thing given to each network. $x$ is a real picture,
# $y$ its label, $z$ the latent vector. The generator is asked for a label. The discriminator no longer
# asks "is this a real picture?" but "is this a real picture *of a y*?".
#
# Why must $D$ know? Suppose that only $G$ were told. Then $D$ could not tell a good 3 from a good 3
# that was ordered as a 7. Nobody would ever complain, and nothing would make $G$ heed the label.
#
# ## How to tell a network a label
#
# A label is a number from 0 to 9, but it is not a quantity: an 8 is not twice a 4. So each label gets a
# vector of its own, an *embedding*, that is learned together with all other weights. The generator gets
# it next to the latent vector:

# %%
embedding = nn.Embedding(10, 4)
labels = torch.tensor([7, 7, 3])
z = torch.randn(3, 4)
torch.cat([z, embedding(labels)], dim=-1).shape

# %% [markdown]
# That is all the package's `LabelledGenerator` does before it calls an ordinary network. (Ignore the
# word *blend* for now. We will use it at the end.)

# %%
print(inspect.getsource(networks.LabelledGenerator.forward))

# %% [markdown]
# For the discriminator there are two usual ways. One is to add the embedding to the picture as a second
# channel. The other is *projection* (Miyato and Koyama 2018): let $\varphi(x)$ be the features that $D$
# has found in the picture, just before its last layer. Then the logit is
#
# $$\ell(x, y) = h(\varphi(x)) + v_y \cdot \varphi(x)$$
#
# In words: $h$, the usual last layer, asks whether the picture looks real at all. The second term asks
# whether its features point where pictures with label $y$ should: along $v_y$, the embedding of the
# label in $D$, learned like all other weights.

# %%
print(inspect.getsource(networks.ProjectionDiscriminator.forward))

# %% [markdown]
# ## The game
#
# In the package, a *game* says how the two networks are asked, and what their answers cost them. Notebook 01
# played `GAN` without naming it. `ConditionalGAN` changes two things in it: how to generate, and how to
# score. (`uses_labels` tells the training loop to hand out labels. Ignore the decorators.)

# %%
print(inspect.getsource(games.ConditionalGAN))

# %% [markdown]
# Its losses are not written again. They are inherited from `GAN`. The training loop is not changed
# either: it hands the game a batch, and for this game a batch holds pictures *and* labels.
#
# ## Train it
#
# Here is a recipe for these digits. **Look at** `classes=10` in both networks, and at the game.

# %%
recipe = recipes.CONDITIONAL_DIGITS.with_(steps=budget(quick=1_500, full=6_000))
print(recipe)

# %% [markdown]
# Besides the labels there are three things to notice. `R1` is a penalty for a discriminator that is too steep
# where the data is (Mescheder et al. 2018). `average` is the moving average of the weights that you know. And
# Adam's $\beta_1$ is 0.5 here rather than the usual 0.9; it is the recipe's default, so it is not printed.
# Below you will see what becomes of this recipe without all three.

# %%
run = train(recipe, digits, seed=0)
run.plot()

# %% [markdown]
# The curves are those of any GAN; they do not know about labels. The pictures on the right were asked
# for with the labels of the real ones on the left. **Compare** them place by place: mostly the same digits,
# in other handwriting.
#
# ## One class a row
#
# Now we ask: twelve pictures of each digit, every one from a latent vector of its own.

# %%
wanted = torch.arange(10).repeat_interleave(12)
plotting.images(run.sample(labels=wanted), rows=names, title="Asked for, one class a row")

# %% [markdown]
# Row by row it gives what we asked for. And within a row? **Look for** differences in slant, thickness
# and shape. If all twelve were alike, the generator would listen to the label and ignore the latent
# vector.
#
# ## Does it listen? A judge
#
# Looking is not measuring. We train a small classifier on the same 1,400 real pictures, and let it read
# what the generator wrote. But a judge has to be judged first:

# %%
judge = metrics.classifier(digits)
assert judge.accuracy >= 0.97
judge

# %% [markdown]
# On real pictures that it has never seen it is nearly always right. So if it often disagrees with what
# we asked for, the fault is the generator's. We ask for 1,000 digits:

# %%
asked = torch.arange(1_000) % 10
made = run.sample(labels=asked, seed=1)
agreement = metrics.label_agreement(made, asked, judge)
agreement

# %% [markdown]
# Which ones are misread? Rows: what we asked for. Columns: what the judge read. Everything off the
# diagonal is a mistake, of one of the two.

# %%
pd.crosstab(asked.numpy(), judge.predict(made).numpy(), rownames=["asked"], colnames=["read"])

# %% [markdown]
# A handful are misread, about as many as the judge misreads of real digits. But mind what it is asked: it
# must name one of ten digits, however bad the picture. The specks and broken strokes that you saw above do
# not bother it.
#
# ## Why that is not enough
#
# Nearly full marks. Is it a good generator, then? Let us try to cheat. The laziest generator that we can
# think of ignores $z$ altogether, and gives the same picture every time: one real digit for each label,
# learned by heart.

# %%
by_heart = torch.stack([digits.x[digits.labels == label][7] for label in range(10)])
lazy = by_heart[asked]
lazy_agreement = metrics.label_agreement(lazy, asked, judge)
print(lazy_agreement)
plotting.images(lazy[:30], rows=["1st ten", "2nd ten", "3rd ten"])

# %% [markdown]
# The same ten for ever, and full marks from the judge. It reads each picture by itself. It cannot know that it
# has seen this one a hundred times.
#
# The opposite cheat is just as easy: give real pictures, but in any order, whatever was asked for.

# %%
deaf = digits.x[torch.randperm(1_400, generator=torch.Generator().manual_seed(0))[:1_000]]
deaf_agreement = metrics.label_agreement(deaf, asked, judge)
deaf_agreement

# %% [markdown]
# Agreement catches this one: perfect digits, but only one in ten is what we ordered, by luck. It is the lazy
# one that slips through. So we need a second number, one that sees variety. You know one from notebook 01:
# **coverage**, the share of held-out real pictures with a generated one nearby. (Near means: not farther, pixel
# by pixel, than the picture's fifth-nearest real neighbour.) We compare with 397 samples, as many as there are
# held-out pictures. The last line of the table is the yardstick: real training pictures, with the right labels.

# %%
held_out = digits.held_out


def judged(samples):
    """Agreement and coverage of samples that were asked for with the held-out labels."""
    return {
        "agreement": float(metrics.label_agreement(samples, held_out.labels, judge)),
        "coverage": metrics.density_coverage(held_out, samples, k=5).coverage,
    }


mixed = digits[torch.randperm(1_400, generator=torch.Generator().manual_seed(1))]
by_label = [iter(mixed.x[mixed.labels == label]) for label in range(10)]
generators = {
    "ours": run.sample(labels=held_out.labels, seed=2),
    "lazy: one picture a class": by_heart[held_out.labels],
    "deaf: real ones in any order": deaf[:397],
    "real ones": torch.stack([next(by_label[label]) for label in held_out.labels]),
}
table = pd.DataFrame({name: judged(samples) for name, samples in generators.items()}).T
assert table.loc["lazy: one picture a class", "coverage"] < 0.2
assert table.loc["deaf: real ones in any order", "agreement"] < 0.2
assert table.loc["ours"].min() > 0.8
table.round(3)

# %% [markdown]
# **Both numbers at once** tell them apart. The lazy one covers little: ten pictures are near to a few others. The
# deaf one covers what real pictures cover, and does not listen. Ours does well on both, if not quite as well as
# real pictures.
#
# So from here on we report agreement *and* coverage. A third number judges quality and variety at once, though not
# obedience, for it never sees the labels. The **Fréchet distance** compares real and generated pictures through the
# features of a network: the means and covariances of what the judge sees in them. Zero would be perfect. (With the
# features of a certain large network, InceptionV3, it is the famous FID of Heusel et al. 2017. The package calls it
# `fid` whatever the features are, and always says which.)

# %%
for name, samples in generators.items():
    print(f"{name:30}", metrics.fid(held_out, samples, judge))

# %% [markdown]
# As promised, it is nearly as content with the deaf one as with real pictures.
#
# **Read what is printed beside the numbers.** Which features, how many samples, which real pictures: change any of these
# and the number changes, so a Fréchet distance without them says nothing. And never compare it with one from a paper
# that used other features.
#
# ## The same GAN without the three
#
# Our recipe has a penalty, a gentle momentum (Adam's β₁ = 0.5) and a moving average. What if one just types
# in the obvious things instead? Three seeds of each, all else equal:

# %%
from gan_school.training import Adam

short = recipe.with_(steps=budget(quick=700, full=4_000))
usual = Adam(1e-3, betas=(0.9, 0.999))
careless = short.with_(
    game=games.ConditionalGAN(), average=0.0, d_optimizer=usual, g_optimizer=usual
)
both = {
    name: train(r, digits, seeds=range(3))
    for name, r in dict(ours=short, careless=careless).items()
}


# %% [markdown]
# The mean over the three seeds, the lowest and the highest. (Ours has covered less than above, because these trainings
# are shorter.)

# %%
rows = [
    {"recipe": name, "seed": seed, **judged(samples)}
    for name, population in both.items()
    for seed, samples in enumerate(population.sample(labels=held_out.labels))
]
seeds = pd.DataFrame(rows)
coverage = seeds.pivot(index="seed", columns="recipe", values="coverage")
assert coverage["ours"].min() > coverage["careless"].max() + 0.1
seeds.groupby("recipe")[["agreement", "coverage"]].agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# **Look at** one seed of each, next to real digits.

# %%
pictures = {}
for label in (2, 5, 8):
    pictures[f"real {label}"] = digits.x[digits.labels == label][:12]
    for name, population in both.items():
        pictures[f"{name} {label}"] = population.sample(12, labels=label)[0]
plotting.images(torch.cat(list(pictures.values())), rows=list(pictures))

# %% [markdown]
# The careless one has collapsed: it makes noise, and for each label the same noise again and again. The judge, who has
# to name some digit, is right now and then. Every seed of ours covers far more than every careless one
# (a cell above insists on it). Three seeds are few, but a gap like that needs no more.
#
# Which of the three changes did it? That is what notebooks 05 to 09 are for. One of them can be switched off
# without training again: the average. The weights of the last step are still there, and we may ask them.

# %%
last = both["ours"].sample(labels=held_out.labels, average=False)
averaged = both["ours"].sample(labels=held_out.labels)
pd.DataFrame(
    {
        "last weights": pd.DataFrame([judged(samples) for samples in last]).mean(),
        "moving average": pd.DataFrame([judged(samples) for samples in averaged]).mean(),
    }
).round(3)

# %% [markdown]
# One way to see it: the weights keep circling around a good solution. The last step is some place on that circle, and
# the average is nearer to its middle.
#
# ## A finished one
#
# To show what the recipe comes to in 4,000 steps, one trained generator comes with the course.
# It is small (the numbers below were measured when it was made), and it loads in no time.

# %%
from gan_school import checkpoints

finished = checkpoints.load("conditional-digits")
print(finished)
again = judged(finished.sample(labels=held_out.labels, seed=3))
assert abs(again["agreement"] - finished.metrics["agreement"]) < 0.03
assert abs(again["coverage"] - finished.metrics["coverage"]) < 0.04
pd.Series(again).round(3)

# %% [markdown]
# We did not take the card's word for it: the same metrics, computed here on new samples, agree with
# it, to about what chance can do.
#
# ## The same hand
#
# What does the latent vector stand for, if not for the digit? Keep $z$ and change only the label. **Compare**
# down each column: one $z$, ten labels.

# %%
z = torch.randn(12, finished.latent.size, generator=torch.Generator().manual_seed(1))
plotting.images(
    finished.generate(z.repeat(10, 1), wanted), rows=names, title="One latent vector a column"
)

# %% [markdown]
# The label says what is written, and $z$ how: slant, thickness, width. To some extent a column looks like one
# person's hand. Nobody taught it that. It was never told what a hand is.
#
# ## A walk through the latent space
#
# Let the label stay, and walk in a straight line from one latent vector to another:
#
# $$z(t) = (1 - t)\,z_0 + t\,z_1, \qquad t = 0 \dots 1$$
#
# In words: less and less of the first vector, more and more of the second. A generator is a continuous function, so
# it cannot really jump. But one that had only memorised pictures would stand still, change within a step or two, and
# stand still again. **Look for** such sudden changes.

# %%
t = torch.linspace(0, 1, 12)[:, None]
walks = torch.cat([(1 - t) * z[i] + t * z[i + 1] for i in (0, 2, 4, 6)])
labels = torch.tensor([2, 4, 5, 9]).repeat_interleave(12)
plotting.images(finished.generate(walks, labels), rows=["2", "4", "5", "9"])

# %% [markdown]
# None: it changes little by little. Most steps are legible digits, too; where one is not, the straight line has led
# through a place that the generator seldom had to visit in training.
#
# ## From digit to digit
#
# The label is an embedding, a point in a space; so we can go between labels, too. The generator takes
# *shares*: this much of a 3, the rest of an 8. (That is the *blend* in the code above.) Here $z$ stays, and
# the label moves.


# %%
def blend(first, second):
    one, other = torch.eye(10)[first], torch.eye(10)[second]
    return (1 - t) * one + t * other


pairs = [(3, 8), (1, 7), (4, 9), (0, 6)]
shares = torch.cat([blend(*pair) for pair in pairs])
same = z[5].expand(len(shares), -1)
plotting.images(finished.generate(same, shares), rows=[f"{a} to {b}" for a, b in pairs])

# %% [markdown]
# No digit in the middle was ever in the data: there are no half-threes. The generator was never trained on
# blends either. Nothing in the training asked for it. What does the judge make of
# the way from 3 to 8?

# %%
way = judge.probabilities(finished.generate(same[:12], shares[:12]))
frame = pd.DataFrame(way.numpy(), columns=list(names), index=t.flatten().numpy().round(2))
frame[["3", "8"]].round(2).T

# %% [markdown]
# The picture changes little by little; the judge changes its mind within a step or two.
#
# ## Does the discriminator listen?
#
# It has to, or $G$ would not. We show $D$ of our first run real pictures, once with their own label, and once
# with the next one: a 3 that claims to be a 4.

# %%
right = run.probability_real(held_out.x, held_out.labels)
wrong = run.probability_real(held_out.x, (held_out.labels + 1) % 10)
print(f"probability of real: {right.mean():.2f} with its label, {wrong.mean():.2f} with another")
print(f"the right label looks more real for {(right > wrong).float().mean():.0%} of the pictures")
assert (right > wrong).float().mean() > 0.8

# %% [markdown]
# It listens: nearly every picture looks more real to it with its own label. But it is less sure than you may
# have expected. A 3 that claims to be a 4 is wrong, and yet $D$ does not call it impossible. A likely
# reason: $D$ was never shown a *real* picture with a wrong label. It has met the mistake only in fakes, and by now
# $G$ hardly makes it. A discriminator knows only the fakes that it is shown.

# %% [markdown]
# ## Try it yourself
#
# - Give the discriminator the label the other way: `recipe.with_(discriminator=networks.mlp_discriminator(16,
#   hidden=(256, 256), classes=10, condition="concatenation"))`. Train three seeds. Which is better here?
# - A generator with `latent=1` has only one number to vary. What does that do to agreement, and to coverage?
# - Coverage has a blind spot, too. Judge the *mean* of all real pictures of each class,
#   `digits.x[digits.labels == label].mean(0)`, as a lazy generator. It covers about half: a blurred average is
#   not far from anything. What does the Fréchet distance say?
# - Real MNIST, with the same code: `gan-school fetch mnist` in a terminal downloads it once. With
#   `GAN_SCHOOL_BUDGET=full` the cell below takes MNIST where it can be had, and else the digits.
#   `recipes.conditional(data)` makes a recipe that fits, with the convolutions of notebook 03, and
#   `train(fitting, data, seed=0)` trains it.

# %%
choices = budget(quick=["digits"], full=["mnist", "digits"])
data = datasets.first_available(*choices, size=16)
fitting = recipes.conditional(data)
print(data, fitting, sep="\n\n")

# %% [markdown]
# ## What to take away
#
# - A conditional GAN is a GAN in which both networks are told the label. The losses stay as they are.
# - A label goes in as an embedding: beside the latent vector in $G$; by projection, or as one more channel, in $D$.
# - If only $G$ knew the label, nothing would make it listen.
# - Agreement asks whether it listens, coverage whether it has more than one answer. One without the other can be
#   had for nothing.
# - A metric that looks through a network is worth as much as that network. Judge the judge first.
#
# **Sources.** Mirza and Osindero 2014, *Conditional Generative Adversarial Nets*. Miyato and Koyama 2018, *cGANs with
# Projection Discriminator*. Mescheder, Geiger and Nowozin 2018, *Which Training Methods for GANs do actually
# Converge?* Heusel et al. 2017, *GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium*.
# Naeem et al. 2020, *Reliable Fidelity and Diversity Metrics for Generative Models*. Alpaydin and Kaynak 1998,
# *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository.
#
# **Where to go next:** notebook 03 builds both networks from convolutions: the DCGAN.
