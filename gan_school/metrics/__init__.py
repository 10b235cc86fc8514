"""How far generated samples are from real ones, said in different ways.

No single number judges a GAN. These are pure functions of two sets of samples, each with its own
blind spot. Some compare points, by the numbers they have:

==========================  =====================================  ===============================
metric                      notices                                 misses
==========================  =====================================  ===============================
`frechet_distance`          a wrong mean, a wrong covariance        everything else about the shape
`kernel_distance`           differences up to the kernel's reach    finer or weaker differences
`sliced_wasserstein`        how far mass has to move                thin structure
`precision_recall`          bad samples, dropped modes              how often each mode appears
`density_coverage`          the same, less upset by outliers        how often each mode appears
`two_sample_test`           what a classifier can learn             what it cannot
`mode_report`               modes lost, modes out of balance        the shape within a mode
==========================  =====================================  ===============================

Others judge images, and need something to look through: a small `classifier` trained on the data,
or InceptionV3 (`inception_features`). `precision_recall` and `density_coverage` take it as
`features`, too.

==========================  =====================================  ===============================
`fid`                       a wrong mean, a wrong covariance        what the features do not show
`kid`                       the same and skewness, on few images    what the features do not show
`inception_score`           unclear images, missing classes         copies; anything about the data
`label_agreement`           images that are not what was asked for  how varied they are
`confident_share`           blurred and mixed images                nonsense it has never seen
`class_shares`              lost classes, classes out of balance    the images within a class
==========================  =====================================  ===============================

And where it is known what samples were made from, `code_table` and `matched_classes` say what
latent codes have come to mean, and `factor_report` which kinds of flowers never come.

Samples may be tensors on any device, arrays, data frames, or a `Dataset`. Without features, all
beyond the first dimension is flattened: images count as points with one feature per pixel. Points
are compared in 64-bit floats on the CPU, and no metric touches anybody's global random numbers.
A family of metrics is a file: to add one, write a pure function of samples, and a test against
values that were worked out by hand.
"""

from gan_school.metrics.classifiers import Classifier, classifier
from gan_school.metrics.coverage import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    precision_recall,
)
from gan_school.metrics.distances import frechet_distance, kernel_distance, sliced_wasserstein
from gan_school.metrics.factors import FactorReport, factor_report, read_factors
from gan_school.metrics.image_scores import (
    class_shares,
    confident_share,
    fid,
    inception_score,
    kid,
    label_agreement,
)
from gan_school.metrics.inception import InceptionFeatures, inception_features
from gan_school.metrics.latent_codes import circular_rank_correlation, code_table, matched_classes
from gan_school.metrics.metric import METRICS, SUMMARY, Metric, summary
from gan_school.metrics.modes import ModeReport, mode_report
from gan_school.metrics.score import Score
from gan_school.metrics.two_sample import TwoSampleAccuracy, two_sample_test

__all__ = [
    "METRICS",
    "SUMMARY",
    "Classifier",
    "DensityCoverage",
    "FactorReport",
    "InceptionFeatures",
    "Metric",
    "ModeReport",
    "PrecisionRecall",
    "Score",
    "TwoSampleAccuracy",
    "circular_rank_correlation",
    "class_shares",
    "classifier",
    "code_table",
    "confident_share",
    "density_coverage",
    "factor_report",
    "fid",
    "frechet_distance",
    "inception_features",
    "inception_score",
    "kernel_distance",
    "kid",
    "label_agreement",
    "matched_classes",
    "mode_report",
    "precision_recall",
    "read_factors",
    "sliced_wasserstein",
    "summary",
    "two_sample_test",
]
