"""The release rests on an answer to this very draft, and seals the bytes it makes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from msp_reports.domain.brand import Brand
from msp_reports.domain.errors import NotApprovedError, SupersededError
from msp_reports.domain.report import ReportModel
from msp_reports.operators.review import Answer
from msp_reports.rendering.comments import comment_html
from msp_reports.rendering.pdf import render_pdf
from msp_reports.steps import approve, release
from msp_reports.steps.model_json import dump_model, load_model
from msp_reports.steps.run import ReportRef, Run, Sending
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportKey, ReportRepository, Review
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

REF = ReportRef(code="acme", week="2026-W47", revision=1)
KEY = ReportKey(customer="acme", week="2026-W47", revision=1)
DRAFT = b"%PDF draft"
ANSWER = {"approved": True, "reviewer": "Jana"}


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    current = Run(
        run_id="r-1",
        dag_id="weekly_customer_reports",
        week_over_at=datetime(2026, 11, 23, 5, tzinfo=UTC),
        logical_date=None,
        sending=Sending.DELIVERS,
        customer_code=None,
        last_try=False,
    )
    monkeypatch.setattr(release, "current_run", lambda: current)
    monkeypatch.setattr(approve, "current_run", lambda: current)
    monkeypatch.setattr("msp_reports.rendering.pdf.render_pdf", drawn)
    return current


def drawn(model: ReportModel, brand: Brand) -> SimpleNamespace:
    pdf = b"%PDF final" if model.comments else DRAFT
    return SimpleNamespace(pdf=pdf, markdown="# Report\nwith words\n", warnings=())


def draft(model: ReportModel | None = None) -> None:
    with transaction() as connection:
        ReportRepository(connection).save_draft(
            customer="acme",
            week="2026-W47",
            model=dump_model(model or models.quiet()),
            markdown="# Report\n",
            pdf=DRAFT,
            run_id="r-1",
        )


def reviewed(**differently: Any) -> None:
    review = Review(
        draft_sha256=sha256(DRAFT).hexdigest(),
        approved=True,
        how="answered",
        comments={},
        reviewer="Jana",
        reviewed_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        run_id="r-1",
    )
    with transaction() as connection:
        ReportRepository(connection).save_review(KEY, replace(review, **differently))


def sealed() -> tuple[bytes, str, str]:
    with transaction() as connection:
        report, approval = ReportRepository(connection).approved(KEY)
    return report.pdf, approval.how, approval.edits


def nothing_is_sealed() -> bool:
    with transaction() as connection, pytest.raises(NotApprovedError):
        ReportRepository(connection).approved(KEY)
    return True


def test_approved_as_drafted_the_very_bytes_that_were_reviewed_are_sealed() -> None:
    draft()
    reviewed()
    release.release_report(report=REF, answer=ANSWER)
    assert sealed() == (DRAFT, "answered", "")


def test_words_of_the_engineer_make_a_new_pdf_and_the_approval_is_for_that_one() -> None:
    draft()
    reviewed(comments={"summary": "We moved it."})
    release.release_report(report=REF, answer=ANSWER)
    pdf, _, edits = sealed()
    assert pdf == b"%PDF final"
    assert "+with words" in edits


def test_words_are_not_added_to_another_look_than_was_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    draft()
    reviewed(comments={"summary": "We moved it."})
    another = SimpleNamespace(pdf=b"%PDF in another colour", markdown="", warnings=())
    monkeypatch.setattr("msp_reports.rendering.pdf.render_pdf", lambda model, brand: another)
    with pytest.raises(NotApprovedError, match=r"looks otherwise by now.*clear render_report"):
        release.release_report(report=REF, answer=ANSWER)
    assert nothing_is_sealed()


def test_a_draft_can_be_drawn_again_from_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    model = models.bad("Büro 東京")
    first = render_pdf(model)
    assert render_pdf(load_model(json.loads(dump_model(model)))).pdf == first.pdf


def test_text_left_as_it_was_suggested_is_not_a_comment() -> None:
    model = models.bad("DC01")
    draft(model)
    reviewed(comments=approve.suggestions(model))
    release.release_report(report=REF, answer=ANSWER)
    assert sealed()[0] == DRAFT


def test_a_mark_as_success_is_approved_as_drafted_and_recorded_as_such() -> None:
    draft()
    release.release_report(report=REF, answer=None)
    assert sealed() == (DRAFT, "marked", "")


def test_a_rejection_marked_as_success_afterwards_stays_a_rejection() -> None:
    draft()
    reviewed(approved=False)
    with pytest.raises(NotApprovedError, match="rejected by Jana"):
        release.release_report(report=REF, answer=None)
    assert nothing_is_sealed()


def test_an_answer_that_is_not_on_record_releases_nothing() -> None:
    draft()
    with pytest.raises(NotApprovedError, match="not on record"):
        release.release_report(report=REF, answer=ANSWER)
    assert nothing_is_sealed()


def test_an_answer_to_another_draft_releases_nothing() -> None:
    draft()
    reviewed(draft_sha256="0" * 64)
    with pytest.raises(NotApprovedError, match="changed since it was reviewed"):
        release.release_report(report=REF, answer=ANSWER)
    assert nothing_is_sealed()


def test_an_answer_of_another_run_is_not_this_runs() -> None:
    draft()
    reviewed(run_id="r-0")
    with pytest.raises(NotApprovedError, match="not on record"):
        release.release_report(report=REF, answer=ANSWER)


def test_bytes_changed_after_the_approval_have_none() -> None:
    draft()
    reviewed()
    release.release_report(report=REF, answer=ANSWER)
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update msp_reports.report set pdf = 'other'")
    assert nothing_is_sealed()


def test_releasing_again_changes_nothing() -> None:
    draft()
    reviewed(comments={"summary": "We moved it."})
    release.release_report(report=REF, answer=ANSWER)
    first = sealed()
    release.release_report(report=REF, answer=ANSWER)
    assert sealed() == first


def answer(*, approved: bool = True) -> Answer:
    return Answer(
        approved=approved, comments={}, reviewer="Jana", answered_at=datetime(2026, 11, 23, 9, tzinfo=UTC)
    )


def state() -> str:
    with transaction() as connection:
        return ReportRepository(connection).load(KEY).state


def redrawn(pdf: bytes = b"%PDF of another run") -> None:
    with transaction() as connection:
        ReportRepository(connection).save_draft(
            customer="acme",
            week="2026-W47",
            model=dump_model(models.quiet()),
            markdown="# Report\n",
            pdf=pdf,
            run_id="r-2",
        )


def shown() -> None:
    with transaction() as connection:
        ReportRepository(connection).show(KEY, run_id="r-1", digest=sha256(DRAFT).hexdigest())


def test_an_approval_of_a_draft_that_another_run_has_replaced_approves_nothing() -> None:
    draft()
    shown()
    redrawn()
    with pytest.raises(NotApprovedError, match="run r-2 drew it again"):
        approve.record_answer(REF, answer())
    assert nothing_is_sealed()


def test_a_rejection_of_a_draft_that_another_run_has_replaced_rejects_nothing() -> None:
    draft()
    shown()
    redrawn()
    approve.record_answer(REF, answer(approved=False))
    assert state() == "draft"


def test_a_draft_replaced_while_in_review_cannot_be_released_by_marking() -> None:
    draft()
    shown()
    redrawn()
    with pytest.raises(NotApprovedError, match="has changed since it was put into review"):
        release.release_report(report=REF, answer=None)
    assert nothing_is_sealed()


@pytest.mark.parametrize("sealed_as", ["approved", "delivered", "archived"])
def test_an_answer_to_what_has_gone_out_changes_nothing(sealed_as: str) -> None:
    draft()
    shown()
    approve.record_answer(REF, answer())
    release.release_report(report=REF, answer=ANSWER)
    with transaction() as connection:
        ReportRepository(connection).set_state(KEY, sealed_as)
    approve.record_answer(REF, answer(approved=False))
    assert state() == sealed_as
    with pytest.raises(NotApprovedError, match="approved in another review already"):
        approve.record_answer(REF, answer())
    with pytest.raises(NotApprovedError, match="clear render_report"):
        approve.review_form(REF)
    assert sealed()[0] == DRAFT


def test_a_correction_of_what_has_gone_out_is_the_next_revision() -> None:
    draft()
    reviewed()
    release.release_report(report=REF, answer=ANSWER)
    redrawn()
    with transaction() as connection:
        reports = ReportRepository(connection)
        assert reports.sealed(KEY)[0].pdf == DRAFT
        assert reports.load(replace(KEY, revision=2)).state == "draft"


def test_nothing_more_is_sent_of_what_a_later_revision_replaces() -> None:
    draft()
    reviewed()
    release.release_report(report=REF, answer=ANSWER)
    redrawn()
    with transaction() as connection, pytest.raises(SupersededError, match="revision 2"):
        ReportRepository(connection).approved(KEY)


def test_a_correction_that_was_rejected_replaces_nothing() -> None:
    draft()
    reviewed()
    release.release_report(report=REF, answer=ANSWER)
    redrawn()
    with transaction() as connection:
        reports = ReportRepository(connection)
        reports.set_state(replace(KEY, revision=2), "rejected")
        assert reports.approved(KEY)[0].pdf == DRAFT


def test_what_was_delivered_is_not_sealed_anew() -> None:
    draft()
    reviewed(comments={"summary": "We moved it."})
    release.release_report(report=REF, answer=ANSWER)
    with transaction() as connection:
        ReportRepository(connection).mark_delivered(KEY)
    first = sealed()
    release.release_report(report=REF, answer=None)
    assert sealed() == first


def test_the_customer_reads_the_engineers_name_not_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    models_drawn: list[ReportModel] = []

    def draw(model: ReportModel, brand: Brand) -> SimpleNamespace:
        models_drawn.append(model)
        return drawn(model, brand)

    monkeypatch.setattr("msp_reports.rendering.pdf.render_pdf", draw)
    draft()
    reviewed(comments={"summary": "We moved it."}, reviewer="jana")
    release.release_report(report=REF, answer=ANSWER)
    assert [comment.author for comment in models_drawn[-1].comments] == ["Jana Richter"]


def test_the_form_says_why_a_source_is_missing_and_whose_it_is(config: object) -> None:
    from msp_reports.domain.records import Source
    from msp_reports.store.snapshots import SnapshotRepository
    from tests.unit.domain import builders as make

    draft(models.without(Source.BACKUP))
    with transaction() as connection:
        facts = make.facts(missing=[Source.BACKUP])
        for snapshot in facts.snapshots:
            SnapshotRepository(connection).save(snapshot, (), {})
    form = approve.review_form(REF)
    assert form is not None
    assert form.reviewer_id == "jana"
    assert "**datto**: HTTP 503 from 10.0.0.1" in form.body


def test_numbers_that_the_report_does_not_hold_are_told_and_hold_nothing_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    draft()
    shown()
    said = {"tickets": "We closed 4 of 7,311 tickets.", "uptime": "Uptime was 99.99 %."}
    approve.record_answer(REF, replace(answer(), comments=said))
    with transaction() as connection:
        review = ReportRepository(connection).load_review(KEY)
    assert review is not None
    assert [(number.section, number.text) for number in review.unknown_numbers] == [("tickets", "7,311")]
    assert "7,311 (tickets) is not in the report" in caplog.text
    release.release_report(report=REF, answer=ANSWER)
    assert sealed()[0] == b"%PDF final"


def test_what_no_database_holds_is_marked_in_a_comment_too() -> None:
    draft()
    shown()
    approve.record_answer(REF, replace(answer(), comments={"summary": "We closed 7,311\x00 \ud83d"}))
    with transaction() as connection:
        review = ReportRepository(connection).load_review(KEY)
    assert review is not None
    assert review.comments == {"summary": "We closed 7,311‹U+0000› ‹U+D83D›"}


def test_a_suggestion_that_was_edited_brings_no_vendors_marks_along() -> None:
    model = models.bad("[verify](https://evil.example) **now**")
    edited = {section: f"{text}\nWe are on it." for section, text in approve.suggestions(model).items()}
    comments = approve.printed(model, edited, "Jana")
    shown = "".join(comment_html(comment.text) for comment in comments)
    assert "[verify](https://evil.example) **now**" in shown
    assert not re.search("<a|<strong", shown)


def test_a_suggestion_is_the_same_after_the_form_has_trimmed_it() -> None:
    model = models.bad("  DC01 ")
    suggested = {section: text.strip() for section, text in approve.suggestions(model).items()}
    assert not approve.printed(model, suggested, "Jana")


def test_text_left_as_it_was_suggested_is_not_checked() -> None:
    model = models.bad("DC01")
    draft(model)
    shown()
    approve.record_answer(REF, replace(answer(), comments=approve.suggestions(model)))
    with transaction() as connection:
        review = ReportRepository(connection).load_review(KEY)
    assert review is not None
    assert review.unknown_numbers == ()


def test_the_form_says_that_numbers_are_checked() -> None:
    from msp_reports.store.snapshots import SnapshotRepository
    from tests.unit.domain import builders as make

    draft()
    with transaction() as connection:
        for snapshot in make.facts().snapshots:
            SnapshotRepository(connection).save(snapshot, (), {})
    form = approve.review_form(REF)
    assert form is not None
    assert "Numbers in it are checked" in form.body
