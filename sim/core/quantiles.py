"""Quantiles and chances of scipy, which is imported when one is asked for: half a second no report should wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    T = TypeVar("T", float, NDArray[np.float64])


def normal(p: float) -> float:
    """Return the value a standard normal stays below with chance `p`."""
    from scipy.special import ndtri

    return float(ndtri(p))


def below(x: T) -> T:
    """Return the chance that a standard normal stays below `x`."""
    from scipy.special import ndtr

    return ndtr(x)


def student(freedom: int, p: float) -> float:
    """Return the value Student's distribution of so many degrees of freedom stays below with chance `p`."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, p))
