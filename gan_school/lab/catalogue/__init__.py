"""The catalogue: every trick of the course, its claim, its source, and the change it makes.

The four levels are those of onimaru (2019); the stabilisers come from several texts. A claim is a
hypothesis here. What was measured about it stands in the ledger.
"""

from gan_school.lab.catalogue.level_1 import LEVEL_1
from gan_school.lab.catalogue.level_2 import LEVEL_2
from gan_school.lab.catalogue.level_3 import LEVEL_3
from gan_school.lab.catalogue.level_4 import LEVEL_4
from gan_school.lab.catalogue.stabilisers import STABILISERS
from gan_school.lab.collection import Catalogue

__all__ = ["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4", "STABILISERS", "tricks"]

tricks = Catalogue((*LEVEL_1, *LEVEL_2, *LEVEL_3, *LEVEL_4, *STABILISERS))
"""Every trick of the course, to look up, `tricks["2.3"]`, and to go through."""
