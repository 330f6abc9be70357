"""Types of the arrays that the package passes around; the shape stands where an array is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.integer[Any]]
"""Counts, codes and indexes, of whatever width numpy chose."""

Bools: TypeAlias = NDArray[np.bool_]
Dates: TypeAlias = NDArray[np.datetime64]
"""datetime64[D], `NO_DAY` where there is none."""
NO_DAY = np.datetime64("NaT", "D")

Objects: TypeAlias = NDArray[np.object_]
"""Python objects: text, or values as they came."""

AnyArray: TypeAlias = NDArray[Any]
"""Numbers, text or dates, as they came."""

Column: TypeAlias = "Sequence[object] | AnyArray | pd.Series[Any]"
"""A column before anything is known of its values. In quotes: a Series takes no type argument at run time."""
