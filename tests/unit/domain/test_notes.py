"""Notes are kept as facts and said in the language of the report."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from msp_reports.domain.language import speaking
from msp_reports.domain.notes import Note, Value, first_of, noted, noted_of
from msp_reports.languages import language

SAMPLED = noted("Requests to {sites} are estimated from a sample.")
ONE = "For {number} incident Microsoft holds no time of closing; the last update stands in."
MANY = "For {number} incidents Microsoft holds no time of closing; the last update stands in."


def in_german(note: Note) -> str:
    with speaking(language("de")):
        return note.said()


def test_a_note_is_said_in_the_language_spoken_when_it_is_read() -> None:
    note = SAMPLED.filled(sites=("Shop", "Blog"))
    assert note.said() == "Requests to Shop and Blog are estimated from a sample."
    assert in_german(note) == "Die Anfragen an Shop und Blog sind aus einer Stichprobe hochgerechnet."


def test_the_form_goes_with_the_number() -> None:
    assert noted_of(1, ONE, MANY).said().startswith("For 1 incident Microsoft")
    assert noted_of(1204, ONE, MANY).said().startswith("For 1,204 incidents Microsoft")
    assert "1.204 Vorfälle" in in_german(noted_of(1204, ONE, MANY))


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        ("{x} 1,204", "{x} 1,204", "{x} 1,204"),
        (1204, "1,204", "1.204"),
        (timedelta(minutes=150, seconds=59), "2 hours 30 minutes", "2 Stunden 30 Minuten"),
        (date(2026, 11, 17), "Tue 17 Nov", "Di., 17. Nov."),
        (("a", 2), "a and 2", "a und 2"),
        (first_of(list("abc"), 3), "a, b and c", "a, b und c"),
        (first_of(list("abcd"), 3), "a, b, c and d", "a, b, c und d"),
        (first_of(list("abcde"), 3), "a, b, c and 2 more", "a, b, c und 2 weitere"),
    ],
)
def test_a_value_is_told_as_its_language_does(value: Value, english: str, german: str) -> None:
    note = noted("{value}").filled(value=value)
    assert note.said() == english
    assert in_german(note) == german


def test_a_sentence_that_no_catalogue_knows_stays_as_it_is() -> None:
    """It was stored by an earlier version, whose sentences had their numbers in them."""
    assert (
        in_german(Note(message="The SLA '{gold}' of 3 does not fit."))
        == "The SLA '{gold}' of 3 does not fit."
    )
    assert in_german(Note(message="")) == ""


def test_notes_with_the_same_facts_are_equal() -> None:
    assert SAMPLED.filled(a=1, b=2) == SAMPLED.filled(b=2, a=1)
    assert len({SAMPLED.filled(a=1), SAMPLED.filled(a=1)}) == 1
