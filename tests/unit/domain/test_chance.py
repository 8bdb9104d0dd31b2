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


@pytest.mark.parametrize(
    ("count", "mean", "p"),
    [
        (1, 1e-9, 1e-9),
        (2, 1.0, 0.264241),
        (3, 1.0, 0.080301),
        (4, 1.0, 0.018988),
        (8, 4.0, 0.051134),
        (9, 4.0, 0.021363),
        (32, 20.0, 0.0080918),
    ],
)
def test_upper_tails_as_the_tables_have_them(count: int, mean: float, p: float) -> None:
    assert at_least(count, mean) == pytest.approx(p, rel=1e-4)


def test_a_fall_to_nothing_is_beyond_chance_from_three_on() -> None:
    assert at_most(0, 2.0) > 0.05
    assert at_most(0, 3.0) < 0.05


@given(st.floats(1e-6, 300), st.integers(0, 300), st.floats(1.0, 2.0))
def test_more_are_likelier_where_more_are_usual(mean: float, count: int, factor: float) -> None:
    assert at_least(count, mean * factor) >= at_least(count, mean) - 1e-12
    assert at_most(count, mean * factor) <= at_most(count, mean) + 1e-12
