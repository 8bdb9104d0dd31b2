"""Every sentence of a report is in every catalogue, whole."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from msp_reports.assets import locale_dir, template_dir
from msp_reports.domain.spelled_numbers import WORDS
from msp_reports.languages import language_codes
from tests.catalogues import extract
from tests.notes import noted_messages

PACKAGE = Path(__file__).parents[2] / "plugins" / "msp_reports"
LANGUAGES = tuple(code for code in language_codes() if code != "en")
RENEW = "run `make catalogues` and translate what is new"

Key = tuple[str | None, str]

_SAID = {"say", "say_as", "say_of", "noted", "noted_of"}
_HANDED_ON = {"templates.py", "notes.py"}
"""Where a message comes from elsewhere."""


@cache
def catalogue(code: str) -> Catalog:
    with (locale_dir() / f"{code}.po").open("rb") as source:
        return read_po(source, locale=code)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    path = tmp_path_factory.mktemp("catalogues") / "messages.pot"
    extract(path)
    with path.open("rb") as source:
        return read_po(source)


def forms(of: object) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else tuple(map(str, of))  # type: ignore[arg-type]


def keys(messages: Catalog) -> set[Key]:
    return {(message.context, forms(message.id)[0]) for message in messages if message.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def said(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.args


def messages_in_code() -> Iterator[Key]:
    """What is said, read from the syntax tree: a second reader beside Babel's."""
    for path in PACKAGE.rglob("*.py"):
        for name, arguments in said(ast.parse(path.read_text(encoding="utf-8"))):
            if name not in _SAID or path.name in _HANDED_ON:
                continue
            texts = arguments[1:] if name in {"say_of", "noted_of"} else arguments
            told = [text.value if isinstance(text, ast.Constant) else None for text in texts]
            assert None not in told, f"{path.name}:{arguments[0].lineno}: a message is a literal text"
            yield (str(told[0]), str(told[1])) if name == "say_as" else (None, str(told[0]))


def test_german_and_french_are_shipped() -> None:
    assert {"en", "de", "fr"} <= set(language_codes())


def test_what_babel_extracts_is_what_the_code_says(template: Catalog) -> None:
    assert set(messages_in_code()) - keys(template) == set()


def test_a_parser_makes_its_notes_of_messages_alone() -> None:
    """So that each is in the catalogues: not put together from parts, nor made past `noted`."""
    rooms = [path for room in ("sources", "hooks") for path in (PACKAGE / room).glob("*.py")]
    calls = [name for path in rooms for name, _ in said(ast.parse(path.read_text(encoding="utf-8")))]
    assert calls.count("noted") + calls.count("noted_of") == len(noted_messages())
    assert "Note" not in calls


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_note_of_a_parser_is_told_in_another_language(code: str) -> None:
    for one, _ in noted_messages():
        message = catalogue(code)[one]
        assert forms(message.string)[0] not in {"", one}
        assert placeholders(forms(message.string)[-1]) == placeholders(forms(message.id)[-1])


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_message_is_translated(code: str, template: Catalog) -> None:
    assert keys(template) - keys(catalogue(code)) == set(), RENEW
    assert keys(catalogue(code)) - keys(template) == set(), "no longer said; " + RENEW
    assert [m.id for m in catalogue(code) if m.id and (m.fuzzy or not all(forms(m.string)))] == [], RENEW


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_translation_has_the_forms_and_placeholders_of_its_message(code: str) -> None:
    assert [m.id for m in catalogue(code) if m.id and not agrees(m, catalogue(code).num_plurals)] == []


def agrees(message: Message, plurals: int) -> bool:
    """The form for one may leave out what only the form for many says, and its number."""
    given, told = forms(message.id), forms(message.string)
    if message.pluralizable and len(told) != plurals:
        return False
    every = set().union(*map(placeholders, given))
    first = placeholders(told[0])
    return (first == every or first == placeholders(given[0])) and all(
        placeholders(form) == every for form in told[1:]
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_translation_gains_or_loses_a_space_at_its_ends(code: str) -> None:
    """A clause that is added to a sentence brings its own space; French puts one before a semicolon."""

    def ends(text: str) -> tuple[str, str]:
        text = text.removeprefix("\u202f")
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    wrong = [
        m.id
        for m in catalogue(code)
        if m.id and any(ends(f) != ends(forms(m.id)[0]) for f in forms(m.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_counted_is_in_figures(code: str) -> None:
    """However small: "2 weeks" is found at a glance, and reads as all other numbers of a report do."""
    texts = [text for m in catalogue(code) if m.id for text in (*forms(m.id), *forms(m.string))]
    assert [text for text in texts if any(word in WORDS for word in re.findall(r"\w+", text.lower()))] == []


def test_french_sets_its_marks_off_and_german_its_per_cent() -> None:
    french = [form for m in catalogue("fr") if m.id for form in forms(m.string)]
    assert [text for text in french if any(mark in text for mark in (" :", " ;", " %"))] == []
    german = [form for m in catalogue("de") if m.id for form in forms(m.string)]
    assert [text for text in german if " %" in text or "\u202f" in text] == []


def test_templates_hold_no_words_of_their_own() -> None:
    """What is between marks, expressions and statements of a template has no letters."""
    for path in template_dir().rglob("*.j2"):
        if path.name == "review.md.j2":  # the engineer's, in English
            continue
        text = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}|<style.*?</style>|<!doctype[^>]*>", "", path.read_text(), flags=re.S
        )
        assert not re.search(r"[A-Za-z]{2}", re.sub(r"<[^>]*>", "", text)), path.name
