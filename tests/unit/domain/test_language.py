"""Sentences and numbers in the language spoken."""

from __future__ import annotations

from gettext import NullTranslations

from msp_reports.domain.language import ENGLISH, Language, numeral, say, say_of, speaking, spoken


class _Shouting(NullTranslations):
    def gettext(self, message: str) -> str:
        return message.upper().replace("{NAME}", "{name}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext("one" if n == 1 else "{number} MANY").replace("{NUMBER}", "{number}")


LOUD = Language(code="xx", decimal=",", group=".", sentences=_Shouting())


def test_a_language_is_spoken_inside_its_block_and_english_after_it() -> None:
    with speaking(LOUD):
        assert say("hello {name}", name="Ann") == "HELLO Ann"
    assert say("hello {name}", name="Ann") == "hello Ann"
    assert spoken() is ENGLISH


def test_braces_in_a_value_are_text() -> None:
    assert say("{name}", name="{0.__class__} {x}") == "{0.__class__} {x}"


def test_a_number_has_the_marks_of_its_language() -> None:
    assert numeral(1204.5, 1) == "1,204.5"
    with speaking(LOUD):
        assert numeral(1204.5, 1) == "1.204,5"
        assert say_of(1204, "{number} one", "{number} many") == "1.204 MANY"


def test_the_form_goes_with_the_number() -> None:
    assert say_of(1, "{number} ticket", "{number} tickets") == "1 ticket"
    assert say_of(0, "{number} ticket", "{number} tickets") == "0 tickets"
