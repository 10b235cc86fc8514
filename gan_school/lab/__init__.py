"""The laboratory: tricks, comparisons over many seeds, and the doctor."""

from gan_school.lab.catalogue import tricks
from gan_school.lab.comparing import compare
from gan_school.lab.comparison import Comparison
from gan_school.lab.conditions import Condition
from gan_school.lab.doctor import Diagnoses, Diagnosis, diagnose
from gan_school.lab.inference import interval
from gan_school.lab.ledger import Ledger, evidence
from gan_school.lab.studies import STUDIES, Study
from gan_school.lab.tasks import TASKS, Task
from gan_school.lab.trick import Trick, Variant
from gan_school.metrics.metric import METRICS, Metric

__all__ = [
    "METRICS",
    "STUDIES",
    "TASKS",
    "Comparison",
    "Condition",
    "Diagnoses",
    "Diagnosis",
    "Ledger",
    "Metric",
    "Study",
    "Task",
    "Trick",
    "Variant",
    "compare",
    "diagnose",
    "evidence",
    "interval",
    "tricks",
]
