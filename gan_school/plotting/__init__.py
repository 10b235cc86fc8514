"""Pictures: large letters for a projector, colours that colour-blind readers can tell apart.

Every function returns a matplotlib figure. A notebook shows it when it is the last line of a cell;
`figure.savefig("picture.png")` writes it to a file.
"""

from gan_school.plotting.curves import losses, opinions, progress
from gan_school.plotting.diagrams import Diagram, feature_maps, game
from gan_school.plotting.evidence import (
    board,
    confusion,
    forest,
    interval_coverage,
    spread,
    staircase,
    trade_offs,
)
from gan_school.plotting.fields import field
from gan_school.plotting.runs import members, run
from gan_school.plotting.samples import film, images, points, side_by_side
from gan_school.plotting.style import DISCRIMINATOR, FAKE, GENERATOR, REAL, STYLE, VIEW

__all__ = [
    "DISCRIMINATOR",
    "FAKE",
    "GENERATOR",
    "REAL",
    "STYLE",
    "VIEW",
    "Diagram",
    "board",
    "confusion",
    "feature_maps",
    "field",
    "film",
    "forest",
    "game",
    "images",
    "interval_coverage",
    "losses",
    "members",
    "opinions",
    "points",
    "progress",
    "run",
    "side_by_side",
    "spread",
    "staircase",
    "trade_offs",
]
