"""What the discriminator is told: cross entropy with targets, and what it comes to."""

import pytest
import torch

from gan_school import train
from gan_school.games import (
    GAN,
    ConditionalGAN,
    Flip,
    Gaussian,
    Hard,
    HingeGAN,
    SaturatingGAN,
    Smooth,
    SquaredErrorGAN,
)
from gan_school.games.targets import cross_entropy
from gan_school.randomness import Randomness
from tests.helpers import POINTS, TINY, same

pytestmark = pytest.mark.filterwarnings("error")

LOGITS = torch.linspace(-12, 12, 49)[:, None]


def play(targets, seeds=0, kind=GAN):
    nobody = torch.nn.Identity()
    return kind(targets=targets).between(nobody, nobody, Gaussian(1), Randomness(seeds))


def test_cross_entropy_against_its_definition():
    d = torch.sigmoid(LOGITS.double())
    for target in (0.0, 0.2, 0.9, 1.0):
        expected = -target * d.log() - (1 - target) * (1 - d).log()
        assert torch.allclose(cross_entropy(LOGITS.double(), target), expected, atol=1e-9)


def test_hard_targets_are_the_game_without_targets():
    game = play(Hard())
    assert torch.equal(game.loss_on_real(LOGITS), torch.nn.functional.softplus(-LOGITS))
    assert torch.equal(game.loss_on_fake(LOGITS), torch.nn.functional.softplus(LOGITS))
    for targets in (Smooth(1.0, 0.0), Flip(0.0)):
        assert torch.allclose(play(targets).loss_on_real(LOGITS), game.loss_on_real(LOGITS))
        assert torch.allclose(play(targets).loss_on_fake(LOGITS), game.loss_on_fake(LOGITS))


def test_smoothing_changes_the_discriminators_losses_and_not_the_generators():
    game, plain = play(Smooth(0.9, 0.2)), play(Hard())
    assert torch.allclose(game.loss_on_real(LOGITS), cross_entropy(LOGITS, 0.9))
    assert torch.allclose(game.loss_on_fake(LOGITS), cross_entropy(LOGITS, 0.2))
    assert torch.equal(game.loss_of_generator(LOGITS), plain.loss_of_generator(LOGITS))


def test_one_sided_smoothing_leaves_generated_samples_alone():
    assert torch.equal(play(Smooth()).loss_on_fake(LOGITS), play(Hard()).loss_on_fake(LOGITS))


@pytest.mark.parametrize("targets", [Hard(), Smooth(0.9), Smooth(0.8, 0.3), Flip(0.1)])
def test_the_optimal_discriminator_in_closed_form(targets):
    """Three places, with so much real and generated mass in each: descend to the best logits."""
    real, fake = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    t, s = targets.means
    logits = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100, tolerance_grad=1e-9)

    def loss():
        optimizer.zero_grad()
        total = real @ cross_entropy(logits, t) + fake @ cross_entropy(logits, s)
        total.backward()
        return total

    optimizer.step(loss)
    assert torch.allclose(torch.sigmoid(logits), targets.optimal(real, fake), atol=1e-4)
    by_hand = (t * real + s * fake) / (real + fake)
    assert torch.allclose(targets.optimal(real, fake), by_hand)


def test_without_generated_samples_smoothing_answers_its_target_and_never_more():
    one, none = torch.tensor([1.0]), torch.tensor([0.0])
    assert Smooth(0.9).optimal(one, none).item() == pytest.approx(0.9)
    assert Smooth(0.9, 0.2).optimal(none, one).item() == pytest.approx(0.2)


def drawn(targets, mean, seeds=0, n=20_000):
    return targets.draw(torch.zeros(n, 1), mean, Randomness(seeds))


def test_flipped_labels_are_ones_and_zeros_with_the_right_share():
    t = drawn(Flip(0.1), 0.9)
    assert set(t.unique().tolist()) == {0.0, 1.0}
    assert t.mean().item() == pytest.approx(0.9, abs=0.01)  # four standard errors


def test_fresh_targets_lie_on_both_sides_of_their_mean():
    t = drawn(Smooth(0.9, fresh=True), 0.9)
    assert 0.8 <= t.min() < 0.801 and 0.999 < t.max() <= 1
    assert t.mean().item() == pytest.approx(0.9, abs=0.002)
    s = drawn(Smooth(0.9, 0.2, fresh=True), 0.2)
    assert 0 <= s.min() < 0.001 and 0.399 < s.max() <= 0.4


@pytest.mark.parametrize("targets", [Flip(0.1), Smooth(0.9, 0.1, fresh=True)])
def test_drawn_targets_teach_on_average_what_constant_ones_do(targets):
    """The gradient of cross entropy is a straight line in the target: only the mean counts."""
    constant = play(Smooth(0.9, 0.1))
    for name in ("loss_on_real", "loss_on_fake"):
        slopes = []
        for game in (play(targets), constant):
            logits = torch.full((20_000, 1), 0.7, requires_grad=True)
            getattr(game, name)(logits).mean().backward()
            slopes.append(logits.grad.sum().item())
        assert slopes[0] == pytest.approx(slopes[1], abs=0.01)


def test_every_update_and_every_member_has_its_own_flips():
    game = play(Flip(0.3), seeds=[0, 1])
    logits = torch.zeros(2, 50, 1)
    first, second = (game.targets.draw(logits, 0.7, game.random) for _ in range(2))
    assert first.shape == (2, 50, 1)
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1])
    assert torch.equal(first[1], drawn(Flip(0.3), 0.7, seeds=1, n=50))


@pytest.mark.parametrize("kind", [GAN, SaturatingGAN])
@pytest.mark.parametrize("targets", [Smooth(0.9, fresh=True), Flip(0.2)])
def test_in_a_population(kind, targets):
    recipe = TINY.with_(game=kind(targets=targets))
    together = train(recipe, POINTS, seeds=[3, 4])
    alone = train(recipe, POINTS, seed=4)
    assert torch.allclose(together.sample(20)[1], alone.sample(20), atol=1e-5)
    assert not same(alone, train(TINY, POINTS, seed=4))


def test_drawing_the_balance_disturbs_no_run():
    recipe = TINY.with_(game=GAN(targets=Flip(0.2)))
    run = train(recipe, POINTS)
    before = run.random.state_dict()["streams"].clone()
    run.plot()
    assert torch.equal(run.random.state_dict()["streams"], before)


def test_the_losses_when_d_can_only_guess():
    assert GAN().balance() == pytest.approx((1.3863, 0.6931), abs=1e-4)
    d_loss, g_loss = GAN(targets=Smooth(0.9)).balance()  # the best guess is 0.45
    entropy = -sum(t * p for t, p in ((0.9, -0.7985), (0.1, -0.5978), (1.0, -0.5978)))
    assert d_loss == pytest.approx(entropy, abs=1e-3)
    assert g_loss == pytest.approx(0.7985, abs=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Smooth(1.1), r"Smooth\(real=1.1\).*from 0 to 1"),
        (lambda: Smooth(0.9, -0.1), r"Smooth\(fake=-0.1\).*from 0 to 1"),
        (lambda: Smooth(float("nan")), "from 0 to 1"),
        (lambda: Smooth(0.4, 0.6), "must be the higher one"),
        (lambda: Smooth(0.4, fresh=True), "would leave 0 to 1"),
        (lambda: Flip(0.5), "up to, not including, 0.5"),
        (lambda: Flip(-0.1), "from 0"),
        (lambda: HingeGAN(targets=Smooth()), "HingeGAN has another loss"),
        (lambda: SquaredErrorGAN(targets=Flip()), "targets for cross entropy"),
    ],
)
def test_bad_targets(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_game_with_labels_takes_them_too():
    assert ConditionalGAN(targets=Flip(0.1)).targets == Flip(0.1)
