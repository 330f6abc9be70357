"""Item response theory in numpy: calibration, scores, information.

The products of matrices are small: with `OPENBLAS_NUM_THREADS=1`, as the workers run, they take a fraction of the time that
threads spend on waiting for each other.
"""

from assessments.scoring.irt.calibration import Calibration, CannotCalibrate, ItemParameters, calibrate
from assessments.scoring.irt.curves import MODELS, Model
from assessments.scoring.irt.priors import LognormalPrior
from assessments.scoring.irt.responses import MISSING, Responses, collapse
from assessments.scoring.irt.scores import ItemCurves, Levels, eap, expected_score, item_curves, total_information, wle

__all__ = [
    "MISSING",
    "MODELS",
    "Calibration",
    "CannotCalibrate",
    "ItemCurves",
    "ItemParameters",
    "Levels",
    "LognormalPrior",
    "Model",
    "Responses",
    "calibrate",
    "collapse",
    "eap",
    "expected_score",
    "item_curves",
    "total_information",
    "wle",
]
