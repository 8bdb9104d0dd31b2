from __future__ import annotations

import pytest

from msp_reports.sources.tickets import is_counted, rank_of


@pytest.mark.parametrize(
    ("only", "without", "counted"),
    [
        ((), (), True),
        (("service desk",), (), True),
        (("Alerts",), (), False),
        ((), ("SERVICE DESK",), False),
        (("Service Desk",), ("Service Desk",), False),
        ((), ("Alerts",), True),
    ],
)
def test_what_is_left_out_is_left_out_even_where_it_is_listed(
    only: tuple[str, ...], without: tuple[str, ...], counted: bool
) -> None:
    assert is_counted("Service Desk", only=only, without=without) is counted


@pytest.mark.parametrize(
    ("name", "rank"), [("Priority 2 - High", 2), ("P1", 1), ("High", None), ("", None), ("10 days", 10)]
)
def test_the_urgency_is_the_first_number_of_a_name(name: str, rank: int | None) -> None:
    assert rank_of(name) == rank
