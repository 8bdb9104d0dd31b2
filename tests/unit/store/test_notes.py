"""Notes as text in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.notes import Note, Value, noted
from msp_reports.store.notes import packed, unpacked

names = st.text(st.characters(exclude_categories=()), max_size=20)
lengths = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))
forms = st.just((None, None)) | st.tuples(names, st.integers(0, 9))


def notes_of(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Note]:
    return st.builds(
        lambda message, form, told: Note(message=message, many=form[0], number=form[1]).filled(**told),
        names,
        forms,
        st.dictionaries(st.sampled_from(["sites", "told", "due"]), values, max_size=3),
    )


values = st.recursive(
    names | st.integers() | st.dates() | lengths,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | notes_of(inner),
    max_leaves=8,
)


@given(notes_of(values))
def test_a_note_comes_back_as_it_was(note: Note) -> None:
    assert unpacked(packed(note)) == note


@given(notes_of(values).filter(lambda note: bool(note.values)))
def test_no_character_that_a_database_refuses_is_in_its_text(note: Note) -> None:
    assert packed(note).isascii()
    assert packed(note).isprintable()


def test_a_sentence_that_an_earlier_version_stored_is_read() -> None:
    old = "For 1 incident(s) Microsoft holds no time of closing; the last update stands in."
    assert unpacked(old) == Note(message=old)
    assert packed(Note(message=old)) == old


def test_the_stored_form_is_pinned() -> None:
    """Weeks that were stored stay readable: this text is in databases."""
    note = noted("{sites}: {told}", sites=("Shop", "Blog"), told=3)
    text = (
        '{"many": null, "message": "{sites}: {told}", "number": null,'
        ' "values": {"sites": ["Shop", "Blog"], "told": 3}}'
    )
    assert packed(note) == text
    assert unpacked(text) == note


@pytest.mark.parametrize("text", ["{", "{}", '{"seconds": 3}', '{"message": 1}', '{"message": "x"}'])
def test_what_no_version_wrote_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unpacked(text)
