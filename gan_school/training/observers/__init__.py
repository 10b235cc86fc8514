"""Who looks on while a run trains: the record, the guard against NaN, the early stop.

An observer is called after every round, however the run is played: by `train`, by hand, or by a
Play button. It can ask for the end, and is saved with the run.
"""

from gan_school.training.observers.guard import DivergenceWarning, Guard
from gan_school.training.observers.history import History
from gan_school.training.observers.observer import Observer
from gan_school.training.observers.watch import Watch

__all__ = ["DivergenceWarning", "Guard", "History", "Observer", "Watch"]
