"""What tricks do together: a recipe is built up from the catalogue, one trick at a time.

This is forward selection, by rules that were written down before anything was measured:

- **The tasks** that select have seeds from 0 on. What was selected is then measured with other
  seeds, and on tasks that selected nothing.
- **Equal time.** Every recipe gets the time that the start takes for its steps. What a step costs
  is measured as in `gan_school.lab.survey`, and rounded to a power of 1.05. In the stages of the
  first and the third climb this was done while a record was kept, too, which costs all recipes the
  same: most dear steps came out too cheap, and had more steps than they should. Another layer cost
  1.30 to 1.48, and costs 1.44. What was selected has been measured at the right costs.
- **Stage 1** tries every variant of the catalogue that changes the start, and plain settings, such
  as learning rates: a gain that these give needs no trick to explain it. Only 4.7, early stopping,
  is left out: its looks at the samples are in no step's cost.
- **Later stages** try again, on top of what is in: all learning rates; and of each other trick the
  two variants that did best alone, of which the `keep` best are left.
- **Who enters.** Of those that *help*, in the family of their stage, the one with the largest gain:
  the mean over the tasks. Where none does, or after `most`, the climb ends.
- **Which is best.** The climb's recipe, or its rival, a recipe that was made by hand: whichever
  covers more on the tasks that selected, with seeds that did not, in the same time. If the climb's
  then covers surely less on the unseen tasks, the rival stays all the same.

There are three climbs for points on record. The first, `POINTS`, took the time of 2,000 small
steps, and met its rival in seven to eight times as much: what had won in a short time did not use a
longer one, and the start itself came out ahead of it. So the second, `LONGER`, takes some two
fifths of that longer time for itself. It costs as much more, and tries less: all plain settings at
every stage, and of the catalogue the twelve variants with the largest gains in the ledger, with the
seeds that select alone. Two first steps were nearly a tie, and each hurts on top of the other; it
ended after two steps, and its rival won again on the unseen tasks. (It was made anew: its first
form had priced a reference too low, and was stuck.) A third, `ONWARDS`, starts from that rival:
does anything help on top of it? It takes all plain settings and sixteen variants of the catalogue,
chosen in the same way; and one trick does, which won. Its rules, and those of the second, were
written down after the unseen tasks had been looked at by the climbs before.
"""

from __future__ import annotations

from gan_school.lab.selection.climbing import climb, measure_at_length, measure_unseen
from gan_school.lab.selection.result import BEST, Climb
from gan_school.lab.selection.search import Search, Step
from gan_school.lab.selection.searches import (
    IMAGES,
    LONGER,
    ONWARDS,
    POINTS,
    SEARCHES,
    on_record,
    unequal_mixture,
)

__all__ = [
    "BEST",
    "IMAGES",
    "LONGER",
    "ONWARDS",
    "POINTS",
    "SEARCHES",
    "Climb",
    "Search",
    "Step",
    "climb",
    "measure_at_length",
    "measure_unseen",
    "on_record",
    "unequal_mixture",
]
