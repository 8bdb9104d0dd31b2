"""One mail to all; an address that is refused keeps it from nobody else; and nobody gets it twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_reports.domain.errors import (
    DecisionRefusedError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from msp_reports.steps.deliveries import decide, list_deliveries
from msp_reports.steps.notices import close_books
from msp_reports.store.ledger import Decision, DeliveryState
from tests.steps.post_office import (
    BOTH,
    IDA,
    MIA,
    UWE,
    PostOffice,
    email,
    leave,
    list_recipients,
    report_state,
    rewrite,
    standing,
    states,
    tried,
)
from tests.steps.sealed import KEY, PDF

pytestmark = [pytest.mark.airflow, pytest.mark.db]


def test_one_mail_names_both(office: PostOffice) -> None:
    assert email()["state"] == "sent"
    assert office.inboxes == [(UWE, MIA)]
    assert office.mails[0].attachment == PDF
    assert states() == {BOTH: "sent"}


@pytest.mark.parametrize(("refused", "other"), [(UWE, MIA), (MIA, UWE)])
def test_a_refused_address_is_named_and_the_other_has_the_mail(
    office: PostOffice, refused: str, other: str
) -> None:
    office.refused = {refused}
    with pytest.raises(RecipientRefusedError, match=f"{refused} is refused .*, then clear the task"):
        email()
    assert office.inboxes == [(other,)]
    assert (office.mails[0].to[0].email, office.mails[0].cc) == (other, ())
    assert states() == {other: "sent", refused: "failed"}
    assert [line.error for line in standing() if line.error] == [
        f"{refused}: Gmail answered 400: Invalid To header."
    ]
    assert report_state() == "delivered"


def test_run_again_nobody_gets_it_twice(office: PostOffice) -> None:
    office.refused = {UWE}
    for _ in range(3):
        with pytest.raises(RecipientRefusedError):
            email()
    assert office.inboxes == [(MIA,)]
    office.refused = set()
    assert email()["state"] == "sent"
    assert office.inboxes == [(MIA,), (UWE,)]
    email()
    assert len(office.inboxes) == 2


def test_an_address_that_is_corrected_gets_it_and_the_wrong_one_is_no_trouble_any_more(
    office: PostOffice, config: Path
) -> None:
    office.refused = {UWE}
    tried()
    rewrite(config, UWE, "u.berg@acme.example")
    assert email()["state"] == "sent"
    assert office.inboxes == [(MIA,), ("u.berg@acme.example",)]
    assert states() == {MIA: "sent", "u.berg@acme.example": "sent"}
    assert [trouble.channel for trouble in close_books(KEY)] == ["teams", "drive"]


def test_when_all_are_refused_nobody_has_it(office: PostOffice) -> None:
    office.refused = {UWE, MIA}
    with pytest.raises(RecipientRefusedError):
        email()
    assert office.inboxes == []
    assert states() == {UWE: "failed", MIA: "failed"}
    assert report_state() == "approved"


def test_the_only_recipient_refused_is_a_plain_failure(office: PostOffice, config: Path) -> None:
    list_recipients(config, [UWE])
    office.refused = {UWE}
    with pytest.raises(RecipientRefusedError):
        email()
    assert states() == {UWE: "failed"}


def test_trouble_of_one_that_passes_stops_nobody_else_and_is_tried_again(
    office: PostOffice, config: Path
) -> None:
    list_recipients(config, [UWE, MIA, IDA])
    office.refused, office.trouble = {MIA}, {UWE: DeliveryThrottledError("429")}
    with pytest.raises(DeliveryThrottledError):
        email()
    assert office.inboxes == [(IDA,)]
    assert states() == {UWE: "prepared", MIA: "failed", IDA: "sent"}


def test_a_lost_answer_among_them_stops_nobody_else_and_none_is_sent_twice(office: PostOffice) -> None:
    office.refused, office.lost = {UWE}, {MIA}
    for _ in range(2):
        with pytest.raises(DeliveryOutcomeUnknownError):
            email()
    assert office.inboxes == [(MIA,)]
    assert states() == {UWE: "failed", MIA: "unknown"}


def test_the_draft_to_all_that_was_refused_does_not_stay_in_the_mailbox(office: PostOffice) -> None:
    office.refused = {UWE}
    tried()
    assert list(office.drafts.values()) == [(UWE,)]


def test_a_draft_that_cannot_be_deleted_keeps_the_report_from_nobody(office: PostOffice) -> None:
    office.refused, office.is_locked = {UWE}, True
    with pytest.raises(RecipientRefusedError):
        email()
    assert office.inboxes == [(MIA,)]


def test_what_the_mail_to_all_may_have_brought_is_not_brought_again(office: PostOffice, config: Path) -> None:
    key = leave(BOTH, DeliveryState.UNKNOWN)
    rewrite(config, MIA, IDA)
    with pytest.raises(DeliveryOutcomeUnknownError, match=f"{UWE} has the mail .* deliveries {key} arrived"):
        email()
    assert office.inboxes == [(IDA,)]
    decide(key, Decision.ARRIVED, by="jana")
    assert email()["state"] == "sent"
    assert len(office.inboxes) == 1


def test_who_did_not_get_the_mail_to_all_after_all_gets_it_alone(office: PostOffice, config: Path) -> None:
    key = leave(BOTH, DeliveryState.UNKNOWN)
    rewrite(config, MIA, IDA)
    tried()
    decide(key, Decision.AGAIN, by="jana")
    assert email()["state"] == "sent"
    assert office.inboxes == [(IDA,), (UWE,)]


def test_who_is_added_after_the_mail_went_out_gets_it_alone(office: PostOffice, config: Path) -> None:
    email()
    list_recipients(config, [UWE, MIA, IDA])
    email()
    assert office.inboxes == [(UWE, MIA), (IDA,)]


def test_who_is_added_before_anybody_has_it_is_in_the_one_mail_to_all(
    office: PostOffice, config: Path
) -> None:
    leave(BOTH, DeliveryState.FAILED)
    list_recipients(config, [UWE, MIA, IDA])
    email()
    assert office.inboxes == [(UWE, MIA, IDA)]
    assert list(states().values()) == ["sent"]


def test_a_customer_who_is_moved_to_the_other_mail_system_gets_no_second_mail(
    office: PostOffice, config: Path
) -> None:
    office.refused = {UWE}
    tried()
    rewrite(config, "gmail: {}", "outlook: {connection: graph_mail, sender: reports@northwind.example}")
    office.refused = set()
    assert email()["state"] == "sent"
    assert office.inboxes == [(MIA,), (UWE,)]
    assert {line.recipients: line.channel for line in standing()} == {MIA: "gmail", UWE: "outlook"}


def test_the_mail_to_all_is_nobodys_trouble_once_others_stand_in_its_place(office: PostOffice) -> None:
    office.refused = {UWE}
    tried()
    mail = [trouble for trouble in close_books(KEY) if trouble.channel == "gmail"]
    assert [(trouble.recipients, trouble.may_have_arrived) for trouble in mail] == [(UWE, False)]
    assert [line.recipients for line in list_deliveries().lines] == [UWE]
    (whole,) = (line for line in list_deliveries(everything=True).lines if line.recipients == BOTH)
    shown = list_deliveries(key=whole.key)
    assert "others stand in its place" in shown.text
    assert shown.is_well
    for decision in Decision:
        with pytest.raises(DecisionRefusedError, match="others stand in its place"):
            decide(whole.key, decision, by="jana")
