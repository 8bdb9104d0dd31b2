"""Where a line of a sentence may not end."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.rendering.unbroken import unbroken, whole_names

KEPT = [
    "80_hours",
    "two_weeks ago",
    "12_devices were down",
    "99.8_% of the time",
    "−5,4_Prozentpunkte",
    "3_h 20_min",
    "week_47",
    "KW_47",
    "since 20_Nov",
    "am 16._November",
    "14_of_15 devices",
    "zwölf_Geräte",
    "neuf sites, deux_pannes",
    "from 3 to 12_tickets",
    "in 2026. The next",
]


@pytest.mark.parametrize("kept", KEPT)
def test_a_number_stays_with_its_word(kept: str) -> None:
    assert unbroken(kept.replace("_", " ")) == kept.replace("_", "\u00a0")


def test_a_device_s_name_is_not_broken_at_its_hyphen() -> None:
    assert unbroken("All on ACME-SIRIS-1.") == 'All on <span class="name">ACME-SIRIS-1</span>.'


def test_a_name_of_three_parts_needs_no_number() -> None:
    assert whole_names("acme-server-Berlin 007") == '<span class="name">acme-server-Berlin</span> 007'


def test_a_name_too_long_for_that_is_left_to_be_broken() -> None:
    name = "acme-branch-office-rotterdam-accesspoint-0042"
    assert unbroken(name) == name


def test_a_hyphen_in_a_word_is_no_name() -> None:
    assert unbroken("Wi-Fi and so-called") == "Wi-Fi and so-called"


@given(st.text())
def test_nothing_but_spaces_is_changed_and_all_is_escaped(text: str) -> None:
    read = unbroken(text).replace('<span class="name">', "").replace("</span>", "")
    assert "<" not in read
    assert unescape(read).replace("\u00a0", " ") == text.replace("\u00a0", " ")


MOST_WORDS = 3
WORDS = ("12", "two", "of", "week", "devices", "99.8", "%", "2.", "Nov", "h")


@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_no_more_than_three_words_hang_together(words: list[str]) -> None:
    assert all(chunk.count("\u00a0") < MOST_WORDS for chunk in unbroken(" ".join(words)).split(" "))
