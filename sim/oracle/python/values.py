"""Values between operators: exact numbers, integers and booleans."""

import numpy as np


def value_of(array):
    """A stored tensor: floats become exact values, integers and booleans stay what they are."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def number(x):
    """An operand of arithmetic."""
    return x if x.dtype == object else np.asarray(x, dtype=np.float64)
