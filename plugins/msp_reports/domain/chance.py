"""Would chance alone explain a count? One-sided Poisson tails."""

from __future__ import annotations

import math


def at_most(count: int, mean: float) -> float:
    """Probability of `count` or fewer when `mean` are expected (mean > 0)."""
    if count < 0:
        return 0.0
    logs = (n * math.log(mean) - mean - math.lgamma(n + 1) for n in range(count + 1))
    return min(1.0, math.fsum(math.exp(value) for value in logs))


def at_least(count: int, mean: float) -> float:
    """Probability of `count` or more when `mean` are expected (mean > 0)."""
    return max(0.0, 1.0 - at_most(count - 1, mean))
