"""Cover note, cards and the review's text."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from msp_reports.rendering.cards import LARGEST, RollupRow, rollup_card, weekly_card
from msp_reports.rendering.mail import render_mail
from msp_reports.rendering.review import review_body
from tests.unit.rendering import models
from tests.unit.rendering.corpus import HOSTILE


def row(code: str, state: str = "in_review", risks: int = 1) -> RollupRow:
    return RollupRow(
        code=code,
        name=f"Customer {code}",
        state=state,
        risks=("The backup of DC01 is 90 hours old.",) * risks,
        actions=("Restart the backup agent.",),
        link="https://airflow.example/required_actions" if state == "in_review" else None,
    )


def rollup(rows: list[RollupRow], left_out: tuple[str, ...] = ()) -> dict[str, Any]:
    return rollup_card(
        rows, week="2026-W47", provider="Example MSP", left_out=left_out, review_url="https://airflow.example"
    )


def words(card: Any) -> str:
    return json.dumps(card, ensure_ascii=False)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


def tags(html: str) -> list[str]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def test_the_note_says_whose_report_it_is_and_how_the_week_was() -> None:
    note = render_mail(models.bad("ACME"))
    assert note.subject == "ACME: weekly report 2026-W47"
    assert "Action needed" in note.text
    assert "Action needed" in note.html


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_of_a_vendor_get_into_the_notes_markup_or_headers(text: str) -> None:
    note = render_mail(models.bad(text))
    assert tags(note.html) == tags(render_mail(models.bad("plain")).html)
    assert not {"\n", "\r", "\x00", "\u202e"} & set(note.subject)


def test_the_weekly_card_carries_the_deliverys_reference() -> None:
    assert "RPT-k1" in words(weekly_card(models.quiet(), key="k1", by_mail=True))


@pytest.mark.parametrize("by_mail", [True, False])
def test_the_card_speaks_of_a_mail_only_where_there_is_one(by_mail: bool) -> None:
    card = words(weekly_card(models.quiet(), key="k1", by_mail=by_mail))
    assert ("comes by mail" in card) is by_mail


def test_vendor_text_stands_in_text_runs_in_which_markdown_means_nothing() -> None:
    card = weekly_card(models.bad("**bold** [x](http://evil.example)"), key="k1", by_mail=True)
    assert {block["type"] for block in card["body"]} == {"RichTextBlock", "FactSet"}


def test_the_rollup_is_led_by_the_worst_and_counts_the_states() -> None:
    card = rollup([row("b"), row("a", "no report"), row("c", "rejected"), row("d", risks=3)])
    names = [item["items"][0]["inlines"][0]["text"] for item in card["body"] if item["type"] == "Container"]
    assert names == ["Customer a (a)", "Customer c (c)", "Customer d (d)", "Customer b (b)"]
    assert "1 no report, 1 rejected, nothing sent, 2 waits for review" in words(card)


def test_two_hundred_customers_fit_and_the_rest_is_counted() -> None:
    card = rollup([row(f"c{number:03d}", risks=3) for number in range(200)])
    shown = sum(item["type"] == "Container" for item in card["body"])
    assert len(words(card).encode()) < LARGEST
    assert f"and {200 - shown} more customers" in words(card)


def test_a_customer_that_was_left_out_is_named_with_file_key_and_expectation() -> None:
    assert "x.yaml:3: name: a text" in words(rollup([], ("x.yaml:3: name: a text",)))


def test_the_reviewer_sees_why_a_source_is_missing_and_where_the_draft_is() -> None:
    body = review_body(models.quiet(), reasons={"datto": "HTTP 503"}, pdf_link="/msp-reports/a/b/1.pdf")
    assert "- **datto**: HTTP 503" in body
    assert "](/msp-reports/a/b/1.pdf)" in body


def test_a_rejected_customer_shows_no_link_to_act() -> None:
    assert "selectAction" not in words(rollup([replace(row("a", "rejected"), link=None)]))
