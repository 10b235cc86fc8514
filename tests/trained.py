"""Short runs of everything there is: each game, penalty, target, view, latent and kind of network.

What they end with is on record, bit for bit (tests/training/test_bits.py): whoever moves code about
sees at once whether the numbers have moved as well.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from gan_school import Recipe, Run, datasets, train
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
    ConditionalWassersteinGAN,
    Flip,
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
)
from gan_school.networks import (
    AsBuilt,
    NormalWeights,
    dcgan_discriminator,
    dcgan_generator,
    minibatch,
    mlp,
    mlp_discriminator,
    mlp_generator,
    packed,
    rescaled,
    vae,
)
from gan_school.training import SGD, Adam, Cosine, EarlyStop, Linear, RMSprop

RING = datasets.ring(n=100)
DIGITS = datasets.digits(8)

POINTS = Recipe(generator=mlp(3, 8, 2), discriminator=mlp(2, 8, 1), steps=12, batch_size=16)
PICTURES = Recipe(
    generator=dcgan_generator(8, latent=4, width=4),
    discriminator=dcgan_discriminator(8, width=4, norm=None),
    steps=6,
    batch_size=8,
    average=0.9,
)
LABELS = Recipe(
    generator=mlp_generator(8, latent=4, hidden=(8,), classes=10),
    discriminator=mlp_discriminator(8, hidden=(8,), classes=10),
    game=ConditionalGAN(),
    steps=8,
    batch_size=16,
    initialize=AsBuilt(),
    average=0.9,
)
CODES = (Categorical(3), Uniform(2))
INFO = POINTS.with_(
    generator=mlp(2 + 5, 8, 2),
    discriminator=mlp(2, 8, 1 + 3 + 4),
    game=InfoGAN(0.5, penalty=R1(0.1)),
    latent=Coded(2, CODES),
)
LEAKY = dict(activation="leaky_relu")


def _game(game: GAN, recipe: Recipe = POINTS) -> Recipe:
    return recipe.with_(game=game)


RECIPES: dict[str, Recipe] = {
    "plain": POINTS,
    "saturating": _game(SaturatingGAN()),
    "squared error": _game(SquaredErrorGAN()),
    "least squares": _game(LeastSquaresGAN()),
    "hinge": _game(HingeGAN()),
    "clipped critic": _game(WassersteinGAN(clip=0.05)).with_(d_steps=3, d_optimizer=RMSprop(1e-3)),
    "critic with a penalty": _game(WassersteinGAN(penalty=GradientPenalty(1.0))).with_(d_steps=2),
    "adversarial VAE": _game(AdversarialVAE(0.5)).with_(generator=vae(2, 8, latent=3)),
    "InfoGAN": INFO,
    "R1": _game(GAN(penalty=R1(0.5))),
    "R1 and R2": _game(HingeGAN(penalty=R1(0.5) + R2(0.2))),
    "smooth": _game(GAN(targets=Smooth(0.9, 0.2))),
    "smooth, drawn afresh": _game(GAN(targets=Smooth(0.8, 0.1, fresh=True), penalty=R2(0.1))),
    "flip": _game(SaturatingGAN(targets=Flip(0.2))),
    "noisy": _game(GAN(view=Noisy(0.5, Linear(until=0.7)), penalty=R1(0.1))),
    "apart": _game(GAN(minibatches=Apart(), penalty=R1(0.1), view=Noisy(0.1))),
    "mixed": _game(GAN(minibatches=Mixed(), targets=Flip(0.1), penalty=R2(0.1))).with_(
        discriminator=mlp(2, 8, 1, batch_norm=True)
    ),
    "uniform latent": POINTS.with_(latent=Uniform(3), initialize=NormalWeights(0.1)),
    "dropout and batch norm": POINTS.with_(
        generator=mlp(3, 8, 2, batch_norm=True, dropout=0.3),
        discriminator=mlp(2, 8, 8, 1, dropout=0.3, **LEAKY),
        d_steps=2,
        d_optimizer=Adam(2e-3, betas=(0.5, 0.999), schedule=Cosine()),
        g_optimizer=Adam(1e-3, schedule=Cosine(end=0.1)),
        average=0.9,
    ),
    "SGD, G twice": POINTS.with_(
        d_optimizer=SGD(0.1, momentum=0.5), g_optimizer=SGD(0.05, Linear()), g_steps=2
    ),
    "spectral norm": _game(HingeGAN()).with_(
        discriminator=mlp(2, 8, 8, 1, spectral_norm=True, **LEAKY)
    ),
    "other units": POINTS.with_(
        generator=rescaled(mlp(3, 8, 2), outputs=(0.1, (0.5, -0.5))),
        discriminator=rescaled(mlp(2, 8, 1), inputs=(10.0, (-5.0, 5.0))),
    ),
    "stops early": POINTS.with_(
        stop=EarlyStop("coverage", every=2, patience=2, samples=50), average=0.5
    ),
    "packed": _game(GAN(penalty=R1(0.1))).with_(discriminator=packed(mlp(2, 8, 1), 4)),
    "deviation": _game(GAN(penalty=R1(0.1))).with_(discriminator=minibatch(mlp(2, 8, 1), 4)),
    "closeness": POINTS.with_(discriminator=minibatch(mlp(2, 8, 1), 4, kernels=3)),
    "relativistic": _game(RelativisticGAN(penalty=R1(0.1) + R2(0.1))),
    "unrolled": _game(GAN(unrolled=3)),
    "unrolled pairs": _game(RelativisticGAN(unrolled=2, penalty=R1(0.1))),
    "replayed": _game(GAN(fakes=Replayed(0.5, 30))),
    "guided": _game(GAN(guide=Guide(mlp(2, 4, 3)), unrolled=1)),
    "moved": _game(GAN(view=Moved())),
    "labels": LABELS,
    "labels with R1": _game(ConditionalGAN(penalty=R1(0.1)), LABELS).with_(
        discriminator=mlp_discriminator(8, hidden=(8,), classes=10, condition="concatenation")
    ),
    "labels for a critic": _game(
        ConditionalWassersteinGAN(penalty=GradientPenalty(1.0)), LABELS
    ).with_(d_steps=2),
    "labels, smooth and mixed": _game(
        ConditionalGAN(minibatches=Mixed(), targets=Smooth(0.9), view=Noisy(0.1)), LABELS
    ),
    "auxiliary classifier": _game(AuxiliaryClassifierGAN(0.5, penalty=R1(0.1)), LABELS).with_(
        discriminator=mlp_discriminator(8, hidden=(8,), second_head=10)
    ),
    "pictures": PICTURES,
    "pictures with R1": _game(GAN(penalty=R1(1.0), minibatches=Apart()), PICTURES).with_(
        generator=dcgan_generator(8, latent=4, width=4, dense=(8,), upsampling="nearest"),
        discriminator=dcgan_discriminator(
            8, width=4, norm="layer", downsampling="average", dense=(8,), dropout=0.2
        ),
    ),
    "pictures, spectral norm": _game(HingeGAN(), PICTURES).with_(
        discriminator=dcgan_discriminator(8, width=4, norm=None, spectral_norm=True)
    ),
    "pictures, augmented": _game(GAN(view=Augmented()), PICTURES),
    "pictures, packed": PICTURES.with_(discriminator=packed(PICTURES.discriminator)),
    "pictures with codes": PICTURES.with_(
        generator=dcgan_generator(8, latent=2 + 5, width=4),
        discriminator=dcgan_discriminator(8, width=4, norm=None, second_head=3 + 4),
        game=InfoGAN(0.1),
        latent=Coded(2, CODES),
    ),
    "pictures with labels": _game(ConditionalGAN(penalty=R1(1.0)), PICTURES).with_(
        generator=dcgan_generator(8, latent=4, width=4, classes=10),
        discriminator=dcgan_discriminator(8, width=4, norm=None, classes=10),
    ),
}
"""By name. Each trains in a fraction of a second."""

SEEDS: dict[str, int | Sequence[int]] = {"one": 3, "population": (3, 1)}


def data_for(recipe: Recipe) -> datasets.Dataset:
    """What a recipe of this page learns from."""
    return RING if recipe.generator.name in ("mlp", "rescaled", "vae") else DIGITS


CASES = [f"{name}, {who}" for name, who in product(RECIPES, SEEDS)]
ON_RECORD = Path(__file__).parent / "training" / "bits.json"


def played(case: str, **options) -> Run:
    """One of the cases, played to its end, or to where a callback stops it."""
    name, who = case.rsplit(", ", 1)
    seeds = SEEDS[who]
    chosen = {"seed": seeds} if isinstance(seeds, int) else {"seeds": seeds}
    recipe = RECIPES[name]
    return train(recipe, data_for(recipe), **chosen, progress=False, **options)


def bits(run: Run) -> str:
    """A digest of all weights, of the record, and of samples: equal only if every bit is."""
    digest = hashlib.sha256()
    columns = run.history.drop(columns=["step", "seed"], errors="ignore")
    record = torch.tensor(columns[sorted(columns)].to_numpy())
    for x in (*run.numbers(), record, run.sample(8)):
        digest.update(x.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def summary(run: Run) -> list[float]:
    """A few numbers that move when any weight does, to compare where the bits must differ."""
    numbers = [x.double().flatten() for x in run.numbers() if x.is_floating_point()]
    weights = torch.cat(numbers)
    places = torch.arange(len(weights), dtype=torch.double)
    waves = [torch.cos(places * step + step) for step in (0.0, 0.7, 1.9)]
    samples: Tensor = run.sample(8).double()
    values = [*(float((weights * wave).mean()) for wave in waves), float(samples.std())]
    return [float(f"{value:.6g}") for value in values]


def machine() -> str:
    """What bits depend on besides the code: PyTorch, the processor, and its instructions."""
    processor = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    if known.exists():
        fields = dict(
            line.split(":", 1) for line in known.read_text().split("\n\n")[0].splitlines()
        )
        fields = {name.strip(): value.strip() for name, value in fields.items()}
        wanted = ("model name", "cpu family", "model")
        processor = " ".join(fields[name] for name in wanted if name in fields)
    return f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {processor}"


def write(anew: bool = False) -> None:
    """Put the bits of new cases on record, and the numbers to compare with on other machines.

    Args:
        anew: those of all cases, on this machine.
    """
    torch.set_num_threads(1)
    known = json.loads(ON_RECORD.read_text("utf-8")) if ON_RECORD.exists() else {}
    found = {"bits": known.get("bits", {}), "close to": known.get("close to", {})}
    own = found["bits"].setdefault(machine(), {})
    for case in CASES:
        if anew or case not in own:
            run = played(case)
            own[case] = bits(run)
            if anew or case not in found["close to"]:
                found["close to"][case] = summary(run)
    found["bits"][machine()] = {case: own[case] for case in CASES}
    found["close to"] = {case: found["close to"][case] for case in CASES}
    ON_RECORD.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write(anew="--all" in sys.argv)
