"""Names for a library: taken by it, and never two customers in one folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.delivery.sharepoint_names import customer_folder, safe_name

codes = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
names = st.text(min_size=1, max_size=200)


@given(names)
def test_a_library_takes_every_name(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set('"*:<>?/\\|')
    assert safe == safe.strip(" .")
    assert not safe.startswith("~")
    assert safe.isprintable()
    assert "_vti_" not in safe.lower()


@given(names)
def test_what_a_library_takes_is_left_alone(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("O'Brien & Sons Ltd", "O'Brien & Sons Ltd"),
        ("100 % #1", "100 % #1"),
        ("Ολύμπια / Олимпия / オリンピア", "Ολύμπια _ Олимпия _ オリンピア"),
        ('A "B" <C>: D?', "A _B_ _C__ D_"),
        ("Müller & Co. ", "Müller & Co"),
        ("~$draft", "$draft"),
        ("CON", "CON_"),
        (".lock", "lock"),
        ("x_VTI_y", "x-vti-y"),
        (" .", "_"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(names, names, codes, codes)
def test_two_customers_never_share_a_folder(name: str, other: str, code: str, another: str) -> None:
    """Whatever they are called: a library does not tell upper case from lower."""
    folders = {customer_folder(name, code).casefold(), customer_folder(other, another).casefold()}
    assert code == another or len(folders) == 2


@given(names, codes)
def test_a_customers_folder_is_taken_as_it_is(name: str, code: str) -> None:
    folder = customer_folder(name, code)
    assert safe_name(folder) == folder


def test_a_customers_folder_says_name_and_code() -> None:
    assert customer_folder("ACME Maschinenbau GmbH", "acme") == "ACME Maschinenbau GmbH (acme)"
