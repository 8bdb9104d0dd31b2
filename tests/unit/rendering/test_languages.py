"""Whole reports in German and French, from facts to page: no English is left between vendors' words."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from functools import cache
from string import Formatter

import pytest
from pypdf import PdfReader

from msp_reports.domain.dates import (
    column_day,
    day,
    day_of_year,
    long_date,
    short_date,
    span_of_days,
    week_name,
)
from msp_reports.domain.language import numeral, say_of, speaking
from msp_reports.domain.notes import Note
from msp_reports.domain.records import UNASSIGNED, Source
from msp_reports.domain.report import Measure, OutageRow, ReportModel, Unit
from msp_reports.domain.wording import agreed, duration, percent
from msp_reports.languages import language
from msp_reports.rendering.cards import card_summary, weekly_card
from msp_reports.rendering.charts import outage_text
from msp_reports.rendering.format import change, hours_text, minutes
from msp_reports.rendering.mail import render_mail
from msp_reports.rendering.markdown import render_markdown
from msp_reports.rendering.pdf import render_pdf
from msp_reports.store.notes import packed, unpacked
from tests.golden.stories import STORIES
from tests.notes import noted_messages
from tests.unit.domain import builders as make

LANGUAGES = ("de", "fr")
TOLD = sorted(set(STORIES) - {"huge", "non_latin"})
ENGLISH = re.compile(
    r"(?i)\b(the|of|and|with|week|weeks|were|have|has|been|not|since|this|opened|closed|known|target|first)\b"
)
"""Words that neither German nor French has, nor what vendors say in these stories."""


@cache
def told(code: str, story: str) -> ReportModel:
    with speaking(language(code)):
        return STORIES[story]()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("story", TOLD)
def test_no_english_is_left_on_the_page(code: str, story: str) -> None:
    model = told(code, story)
    assert model.language == code
    assert [line for line in render_markdown(model).splitlines() if ENGLISH.search(line)] == []


@pytest.mark.parametrize("story", TOLD)
def test_english_would_be_noticed(story: str) -> None:
    assert ENGLISH.search(render_markdown(told("en", story)))


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_english_is_left_of_any_note_that_a_parser_makes(code: str) -> None:
    """All of them beside one system, read back from what the database holds of them."""
    notes = tuple(unpacked(packed(note)) for note in every_note())
    now = make.facts(*make.quiet(), sources=[Source.BACKUP])
    noted = replace(now, snapshots=(replace(now.snapshots[0], approximations=notes),))
    with speaking(language(code)):
        model = make.report(noted)
        text = render_markdown(model)
    (line,) = model.provenance
    assert len(line.notes) == len(notes)
    assert not {note.said() for note in notes} & set(line.notes)
    assert [told for told in (*line.notes, *text.splitlines()) if ENGLISH.search(told)] == []


def every_note() -> list[Note]:
    return [
        Note(message=one, many=many, number=2 if many else None).filled(**{
            name: "x" for _, name, _, _ in Formatter().parse(one) if name not in {None, "number"}
        })
        for one, many in noted_messages()
    ]


@pytest.mark.parametrize("cause", ["dns", "connect", "tls", "timeout", "body"])
def test_why_a_site_was_down_is_told_in_words_of_the_language(cause: str) -> None:
    outage = replace(make.site_outage("Shop", seconds=5400), cause=cause)
    told = set()
    for code in ("en", *LANGUAGES):
        with speaking(language(code)):
            lines = render_markdown(
                make.report(make.facts(make.site("Shop", good=1500), outage))
            ).splitlines()
        (row,) = [line for line in lines if line.startswith("| Shop |") and "1 h 30 min" in line]
        told.add(row.strip("| ").rsplit("|", 1)[-1].strip())
    assert len(told - {cause}) == len(LANGUAGES) + 1


def test_a_device_of_no_site_is_unassigned_in_the_language() -> None:
    homeless = make.device("sw1", down=90_000, site=UNASSIGNED, kind=UNASSIGNED)
    with speaking(language("de")):
        text = render_markdown(make.report(make.facts(homeless)))
    assert "nicht zugeordnet" in text
    assert UNASSIGNED not in text


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("story", TOLD)
def test_the_language_changes_words_and_no_number(code: str, story: str) -> None:
    """Same findings in the same order with the same figures; every sentence is another."""
    english, other = told("en", story), told(code, story)
    judged = [(f.rule, f.entity, f.before, f.after, f.severity, f.since) for f in english.findings]
    assert [(f.rule, f.entity, f.before, f.after, f.severity, f.since) for f in other.findings] == judged
    for these, those in (
        (english.summary, other.summary),
        ([f.sentence for f in english.findings], [f.sentence for f in other.findings]),
        ([r.text for r in english.recommendations], [r.text for r in other.recommendations]),
        (english.rules, other.rules),
    ):
        assert len(these) == len(those)
        assert not set(these) & set(those)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pdf_says_which_language_it_is_in(code: str) -> None:
    drawn = render_pdf(told(code, "everything_bad"))
    reader = PdfReader(io.BytesIO(drawn.pdf))
    assert reader.trailer["/Root"]["/Lang"] == code
    assert drawn.markdown == render_markdown(told(code, "everything_bad"))
    assert "U+202F" not in drawn.markdown


@pytest.mark.parametrize("code", LANGUAGES)
def test_mail_and_card_are_in_the_report_s_language(code: str) -> None:
    model = told(code, "everything_bad")
    mail, card = render_mail(model), weekly_card(model, key="k", by_mail=True, link="https://x.example")
    words = re.sub(r"<[^>]*>|https?://\S+", " ", mail.html)
    for text in (mail.subject, mail.text, words, card_summary(model)):
        assert not ENGLISH.search(text), text
    assert f'<html lang="{code}">' in mail.html
    assert not ENGLISH.search(" ".join(strings(card["body"] + card["actions"])))


def strings(of: object) -> list[str]:
    if isinstance(of, dict):
        return [text for key in ("text", "title", "value") if isinstance(text := of.get(key), str)] + [
            text for value in of.values() if isinstance(value, list) for text in strings(value)
        ]
    return [text for item in of for text in strings(item)] if isinstance(of, list) else []


def test_numbers_have_the_marks_of_their_language() -> None:
    with speaking(language("de")):
        assert [percent(99.954), agreed(99.9), numeral(1204)] == ["99,95\u00a0%", "99,9\u00a0%", "1.204"]
        assert change(Measure(value=1.0, before=0.5, unit=Unit.PERCENT)) == "+0,5\u00a0%-Pkt."
        assert [minutes(7500), hours_text(100)] == ["5 d 5 h", "4 d"]
    with speaking(language("fr")):
        assert [percent(99.954), numeral(1204)] == ["99,95\u202f%", "1\u202f204"]
        assert [duration(61), duration(2)] == ["1 heure 1 minute", "2 minutes"]


@pytest.mark.parametrize("several", [1, 2])
@pytest.mark.parametrize("code", ["de", "fr"])
def test_a_sentence_about_days_of_outage_ends_in_one_full_stop(code: str, several: int) -> None:
    down = OutageRow(
        name="sw1",
        site="Ulm",
        started_at=make.WEEK.start_utc,
        ended_at=None,
        minutes=3 * 1440,
        began_before=False,
        cause="",
    )
    with speaking(language(code)):
        told = outage_text([down] * several)
    assert told.endswith(".")
    assert ".." not in told


def test_french_counts_nothing_in_the_singular_and_german_in_the_plural() -> None:
    one, many = "{number} ticket opened", "{number} tickets opened"
    with speaking(language("fr")):
        assert [say_of(n, one, many) for n in (0, 1, 2)] == [
            "0 ticket ouvert",
            "1 ticket ouvert",
            "2 tickets ouverts",
        ]
    with speaking(language("de")):
        assert say_of(0, one, many) == "0 Tickets eröffnet"


def test_dates_are_in_the_order_of_their_language() -> None:
    when, last = date(2025, 11, 18), date(2025, 12, 3)
    with speaking(language("de")):
        assert [day(when), day_of_year(when), column_day(when)] == [
            "Di., 18. Nov.",
            "Di., 18. Nov. 2025",
            "D 18",
        ]
        assert [short_date(when), long_date(when)] == ["18.11.2025", "18. November 2025"]
        assert span_of_days(when, last) == "18. Nov.\u2009–\u20093. Dez. 2025"
    with speaking(language("fr")):
        assert [day(when), short_date(when), long_date(when)] == [
            "mar. 18 nov.",
            "18/11/2025",
            "18 novembre 2025",
        ]


@pytest.mark.parametrize(
    ("code", "name"), [("en", "2026-W05"), ("de", "KW 05/2026"), ("fr", "semaine 05 de 2026")]
)
def test_a_week_is_called_as_its_language_calls_it(code: str, name: str) -> None:
    with speaking(language(code)):
        assert week_name("2026-W05") == name
