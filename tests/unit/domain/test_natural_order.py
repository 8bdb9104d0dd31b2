"""Sorting names with numbers in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.natural_order import natural


def test_numbers_are_sorted_by_their_size() -> None:
    names = ["s10.acme.com", "s2.acme.com", "s1.acme.com", "Site 02", "Site 10", "7", "A"]
    assert sorted(names, key=natural) == [
        "7",
        "A",
        "Site 02",
        "Site 10",
        "s1.acme.com",
        "s2.acme.com",
        "s10.acme.com",
    ]


@given(st.lists(st.text(alphabet="a0129 -٣"), unique=True))
def test_names_of_any_kind_have_one_order(names: list[str]) -> None:
    turned = names[::-1]
    assert sorted(names, key=natural) == sorted(turned, key=natural)


def test_a_number_of_many_digits_is_sorted_too() -> None:
    long = "9" * 10_000
    assert sorted([f"a{long}", "a10"], key=natural) == ["a10", f"a{long}"]
