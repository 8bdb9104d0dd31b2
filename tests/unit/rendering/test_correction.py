"""A correction says what it replaces and what it says otherwise, wherever it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.rendering.cards import card_summary, weekly_card
from msp_reports.rendering.correction import MOST, corrected, told
from msp_reports.rendering.mail import render_mail
from msp_reports.rendering.markdown import render_markdown
from msp_reports.rendering.review import review_body
from tests.unit.domain import builders as make
from tests.unit.rendering import models

SENT_ON = date(2026, 11, 24)
REPLACES = "Corrected: replaces the report of 24 Nov 2026."


def correction(now: ReportModel, before: ReportModel) -> ReportModel:
    return corrected(now, before, revision=1, sent_on=SENT_ON)


def changes(now: ReportModel, before: ReportModel) -> tuple[str, ...]:
    marked = correction(now, before)
    assert marked.correction is not None
    return told(marked.correction)


def week(*more: make.Record, down: int = 0) -> ReportModel:
    device = make.device("sw1", down=down)
    return make.report(make.facts(device, *more), make.last(*make.quiet(make.WEEK.prior())))


def test_the_same_numbers_are_said_to_be_the_same() -> None:
    assert changes(models.bad(), models.bad()) == ("No figure changed.",)


def test_the_engineers_words_are_no_figure() -> None:
    assert changes(models.quiet(), models.commented("Well done.")) == ("No figure changed.",)


def test_a_headline_number_is_told_before_and_after() -> None:
    now, before = week(*make.tickets_in(make.WEEK, 5)), week(*make.tickets_in(make.WEEK, 4))
    assert "Tickets opened: 4 → 5" in changes(now, before)


def test_a_finding_that_came_and_one_that_went_are_told_with_the_state_of_the_week() -> None:
    late = make.machine("DC01", hours=90)
    good = make.machine("DC01", hours=3)
    sentence = next(f.sentence for f in week(late).findings if f.source is Source.BACKUP)
    assert f"New: {sentence}" in changes(week(late), week(good))
    assert f"No longer reported: {sentence}" in changes(week(good), week(late))
    assert any(text.startswith("State of the week: ") for text in changes(week(late), week(good)))


def test_a_finding_that_says_something_else_is_told_with_what_it_said() -> None:
    now, before = week(make.machine("DC01", hours=95)), week(make.machine("DC01", hours=90))
    (told_otherwise,) = (text for text in changes(now, before) if "(Before: " in text)
    assert "95 hours" in told_otherwise.split("(Before: ")[0]
    assert "90 hours" in told_otherwise.split("(Before: ")[1]


def test_a_section_that_came_in_is_named_and_not_repeated_number_by_number() -> None:
    told_otherwise = changes(models.quiet(), models.without(Source.SECURITY))
    assert "Security: was missing and is in the report now." in told_otherwise
    assert not [text for text in told_otherwise if "not available this week" in text or "→" in text[:20]]


def test_a_section_that_went_out_is_named() -> None:
    told_otherwise = changes(models.without(Source.SECURITY), models.quiet())
    assert "Security: is not available any more." in told_otherwise


def test_a_section_that_is_no_more_the_customers_is_named() -> None:
    model = models.quiet()
    smaller = replace(model, security=None, used=tuple(s for s in model.used if s is not Source.SECURITY))
    assert "Security: is no longer part of the report." in changes(smaller, model)


def test_a_difference_too_small_for_the_headlines_is_not_called_none() -> None:
    model = models.quiet()
    assert model.uptime is not None
    before = replace(model, uptime=replace(model.uptime, planned_minutes=7))
    assert changes(model, before) == ("Uptime and SLA: single figures were corrected.",)


def test_many_changes_are_counted() -> None:
    late = [make.machine(f"M{n}", hours=90 + n) for n in range(3)]
    listed = changes(models.bad(), week(*late))
    assert len(listed) == MOST + 1
    assert listed[-1].startswith("and ")


def test_page_mail_and_card_say_that_it_is_corrected_and_what() -> None:
    model = correction(week(*make.tickets_in(make.WEEK, 5)), week(*make.tickets_in(make.WEEK, 4)))
    mail, card = render_mail(model), weekly_card(model, key="k", by_mail=True)
    page = render_markdown(model)
    for text in (page, mail.text, mail.html, json.dumps(card, ensure_ascii=False)):
        assert REPLACES in text
        assert "Tickets opened: 4 → 5" in text
    assert mail.subject.startswith("Corrected: ")
    assert mail.subject.endswith("weekly report 2026-W47, replaces the report of 24 Nov 2026")
    assert card_summary(model) == "Weekly report 2026-W47, corrected"
    assert page.index("Tickets opened: 4 → 5") < page.index("## 2.")


def test_a_first_report_says_nothing_of_it() -> None:
    model = models.quiet()
    mail = render_mail(model)
    for text in (render_markdown(model), mail.text, mail.html, mail.subject, card_summary(model)):
        assert "orrected" not in text


def test_the_engineer_reads_what_the_customer_will() -> None:
    body = review_body(correction(models.bad(), models.quiet()), reasons={}, pdf_link="/x")
    assert "Revision 1 reached the customer on 2026-11-24." in body
    assert "State of the week: In order → Action needed" in body


@pytest.mark.parametrize(("code", "words"), [("de", "Korrigiert"), ("fr", "Corrigé")])
def test_it_is_in_the_customers_language(code: str, words: str) -> None:
    model = correction(replace(models.bad(), language=code), replace(models.quiet(), language=code))
    assert words in render_mail(model).subject
    assert words in render_markdown(model)
