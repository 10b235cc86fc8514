"""Training: recipes, the loop, runs."""

from gan_school.schedules import Constant, Cosine, Linear
from gan_school.training.early_stop import EarlyStop
from gan_school.training.loop import Snapshot, play
from gan_school.training.model import Model
from gan_school.training.observers import DivergenceWarning, Observer
from gan_school.training.optimizers import SGD, Adam, RMSprop
from gan_school.training.player import MovingAverage, Player
from gan_school.training.recipe import Recipe
from gan_school.training.run import Run
from gan_school.training.session import resume, train

__all__ = [
    "SGD",
    "Adam",
    "Constant",
    "Cosine",
    "DivergenceWarning",
    "EarlyStop",
    "Linear",
    "Model",
    "MovingAverage",
    "Observer",
    "Player",
    "RMSprop",
    "Recipe",
    "Run",
    "Snapshot",
    "play",
    "resume",
    "train",
]
