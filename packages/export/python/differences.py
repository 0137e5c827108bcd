"""How far arrays of two engines are from each other."""

import numpy as np


def difference(actual, expected, tolerance):
    """Why two arrays differ, or nothing."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return f"{actual.dtype} {actual.shape} instead of {expected.dtype} {expected.shape}"
    if actual.dtype.kind in "bi":
        return None if np.array_equal(actual, expected) else f"{actual.ravel()} instead of {expected.ravel()}"
    largest = np.max(np.abs(expected[np.isfinite(expected)]), initial=1e-30)
    close = np.isclose(actual, expected, rtol=tolerance, atol=tolerance * largest, equal_nan=True)
    return None if close.all() else f"{actual[~close]} instead of {expected[~close]}"
