from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.chance import at_least, at_most


def test_known_tails() -> None:
    assert at_least(2, 1.0) == pytest.approx(0.264241, rel=1e-4)
    assert at_most(0, 3.0) == pytest.approx(0.049787, rel=1e-4)
    assert at_least(0, 5.0) == 1
    assert at_most(-1, 5.0) == 0


@given(st.integers(0, 400), st.floats(0.5, 400))
def test_tails_are_probabilities_and_add_up(count: int, mean: float) -> None:
    assert 0.0 <= at_least(count, mean) <= 1.0
    assert at_most(count - 1, mean) + at_least(count, mean) == pytest.approx(1.0)
    assert at_least(count, mean) >= at_least(count + 1, mean)


def test_large_counts_do_not_overflow() -> None:
    assert at_least(6000, 5000.0) < 1e-9
    assert at_most(5000, 5000.0) == pytest.approx(0.5, abs=0.01)
