"""A PDF that no mail takes is put where the mail can link to it; with no such place the ledger says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_reports.delivery.contract import ChannelFilePackage, FilePackage
from msp_reports.delivery.mail_size import LARGEST_MAIL
from msp_reports.domain.errors import ConfigurationError, DeliveryError, DeliveryThrottledError
from msp_reports.steps import deliver
from msp_reports.steps.notices import close_books
from tests.steps.post_office import BOTH, REF, UWE, PostOffice, email, rewrite, states, tried
from tests.steps.sealed import KEY, WEEK

pytestmark = [pytest.mark.airflow, pytest.mark.db]

ITS_FILES = {f"drive/acme-{WEEK}.md", f"drive/acme-{WEEK}.json", f"drive/acme-{WEEK}.pdf"}
GONE = DeliveryError("404: the folder is gone")


@pytest.fixture
def large(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    """The mail system takes no PDF at all."""
    monkeypatch.setitem(LARGEST_MAIL, "gmail", 200_000)  # what is kept for the text
    return office


@pytest.fixture
def with_files(config: Path) -> None:
    teams = "connection: teams_bot, team_id: team-1, graph: graph, tenant_id: t-2"
    rewrite(config, "connection: teams_bot, tenant_id: t-2", teams)


def in_gmail() -> list[str]:
    return [trouble.reason for trouble in close_books(KEY) if trouble.channel == "gmail"]


@pytest.mark.usefixtures("with_files")
def test_a_pdf_too_large_for_a_mail_is_linked_to_among_the_channels_files(large: PostOffice) -> None:
    assert email()["state"] == "sent"
    (mail,) = large.mails
    assert mail.attachment is None
    assert f"https://teams.example/acme-{WEEK}.pdf" in mail.text
    assert f'href="https://teams.example/acme-{WEEK}.pdf"' in mail.html
    assert "attached" not in mail.text
    assert large.filed == [f"teams/acme-{WEEK}.pdf"]


def test_without_such_files_it_is_archived_with_its_text_and_numbers_and_linked_to_there(
    large: PostOffice,
) -> None:
    email()
    assert f"https://drive.example/acme-{WEEK}.pdf" in large.mails[0].text
    assert set(large.filed) == ITS_FILES
    assert large.filed[-1].endswith(".pdf"), "once the ledger says that the PDF is there, all of it is"


@pytest.mark.usefixtures("with_files")
@pytest.mark.parametrize("trouble", [GONE, DeliveryThrottledError("429"), ConfigurationError("no graph")])
def test_where_the_channels_files_do_not_take_it_the_archive_is_linked_to(
    large: PostOffice, trouble: Exception
) -> None:
    large.no_place = {ChannelFilePackage: trouble}
    assert email()["state"] == "sent"
    assert f"https://drive.example/acme-{WEEK}.pdf" in large.mails[0].text


def test_where_no_place_takes_it_the_ledger_says_so_of_the_mail(large: PostOffice) -> None:
    large.no_place = {FilePackage: GONE}
    with pytest.raises(DeliveryError, match=r"too large for a mail .* mend the one that failed"):
        email()
    assert large.mails == []
    assert states() == {BOTH: "failed"}


def test_a_place_that_takes_it_later_is_waited_for(large: PostOffice) -> None:
    large.no_place = {FilePackage: DeliveryThrottledError("429", retry_after=7)}
    with pytest.raises(DeliveryThrottledError) as later:
        email()
    assert later.value.retry_after == 7
    large.no_place = {}
    assert email()["state"] == "sent"


def test_with_nothing_to_link_to_the_owner_is_told_why_and_what_to_do(
    large: PostOffice, config: Path
) -> None:
    rewrite(config, "  drive: {connection: google_workspace, drive_id: d-1, folder_id: f-1}\n", "")
    with pytest.raises(DeliveryError, match="teams with graph and team_id, drive or sharepoint"):
        email()
    assert large.mails == []
    assert states() == {BOTH: "failed"}
    (told,) = in_gmail()
    assert "the PDF is too large for a mail" in told


def test_what_was_filed_for_the_link_is_not_filed_again(large: PostOffice) -> None:
    email()
    email()
    assert deliver.archive(report=REF)["state"] == "sent"
    assert len(large.mails) == 1
    assert (len(large.filed), set(large.filed)) == (3, ITS_FILES)


def test_a_small_pdf_is_attached_and_filed_nowhere_yet(office: PostOffice) -> None:
    email()
    assert office.mails[0].attachment is not None
    assert "attached" in office.mails[0].text
    assert office.filed == []


def test_each_of_a_divided_mail_has_the_link(large: PostOffice) -> None:
    large.refused = {UWE}
    tried()
    (mail,) = large.mails
    assert mail.attachment is None
    assert f"https://drive.example/acme-{WEEK}.pdf" in mail.text
