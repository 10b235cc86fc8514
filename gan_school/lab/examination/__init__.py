"""How good is the doctor? Three examinations, and what is on record of them.

- `bench`: runs that were made sick on purpose, or well.
- `by_lot`: runs whose settings nobody chose. `lot` draws them, `truth` has what is true of each.
- `cures`: what becomes of sick runs that follow the doctor's advice, and of others.

`tools/doctor.py` holds them.
"""

from gan_school.lab.examination import bench, by_lot, cures, record

__all__ = ["bench", "by_lot", "cures", "record"]
