"""The estate's Exchange: what Graph documents of drafts, ids, attachments and sending; our channel on it."""

from __future__ import annotations

import time
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
import requests

from demo.setting import Setting
from msp_reports.delivery.contract import Address, NotSent, Receipt
from msp_reports.delivery.outlook import KEY_PROPERTY, OutlookChannel
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, RecipientRefusedError
from msp_reports.hooks.graph import GraphHook
from tests.demo.test_mailroom import ignore, mail, of, told

pytestmark = pytest.mark.airflow

BIG = b"%PDF-1.7 " + bytes(range(256)) * 34_000
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


class Graph:
    """Graph as somebody else's program would call it."""

    def __init__(self, setting: Setting, session: requests.Session) -> None:
        self.root = f"{setting.estate_url}/graph/v1.0/users/reports@northwind-msp.example"
        self._session = session

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, f"{self.root}{path}", timeout=30, **options)

    def draft(self, to: str = "uwe@acme.example", key: str = "k") -> str:
        """Make one and return its immutable id."""
        body = {
            "subject": "s",
            "body": {"contentType": "html", "content": "<p>n</p>"},
            "toRecipients": [{"emailAddress": {"address": to}}],
            "singleValueExtendedProperties": [{"id": KEY_PROPERTY, "value": key}],
        }
        return str(self("POST", "/messages", json=body, headers=IMMUTABLE).json()["id"])


@pytest.fixture
def graph(pointed: Setting) -> Graph:
    return Graph(pointed, GraphHook("graph_mail").session())


@pytest.fixture
def channel(pointed: Setting) -> OutlookChannel:
    return OutlookChannel("graph_mail")


def test_a_draft_reaches_nobody_and_a_sent_one_is_there_once(
    pointed: Setting, channel: OutlookChannel
) -> None:
    package = mail("o1")
    known = channel.prepare(package, {}, ignore)
    assert of(told(pointed)["mails"], "o1") == []
    assert isinstance(channel.look_up(package, known), NotSent)
    sent = channel.send(package, known, ignore)
    (received,) = of(told(pointed)["mails"], "o1")
    assert received["to"] == ['"Dr. Uwe Berg" <uwe@acme.example>']
    assert received["cc"] == ["Mia Lorenz <mia@northwind-msp.example>"]
    assert received["sha256"] == sha256(package.attachment or b"").hexdigest()
    assert sent.remote_ids["message_id"] == known["message_id"]


def test_a_large_pdf_arrives_whole(pointed: Setting, channel: OutlookChannel) -> None:
    package = replace(mail("o2"), attachment=BIG)
    channel.send(package, channel.prepare(package, {}, ignore), ignore)
    (received,) = of(told(pointed)["mails"], "o2")
    assert received["sha256"] == sha256(BIG).hexdigest()


def test_preparing_again_makes_no_second_draft_and_no_second_attachment(
    channel: OutlookChannel, graph: Graph
) -> None:
    package = mail("o3")
    first = channel.prepare(package, {}, ignore)
    assert channel.prepare(package, {}, ignore) == channel.prepare(package, first, ignore) == first
    listed = graph("GET", f"/messages/{first['message_id']}/attachments").json()["value"]
    assert [one["name"] for one in listed] == [package.attachment_name]


def test_a_sent_mail_is_known_again_without_its_id(channel: OutlookChannel) -> None:
    package = mail("o4")
    channel.send(package, channel.prepare(package, {}, ignore), ignore)
    assert isinstance(channel.look_up(package, {}), Receipt)
    with pytest.raises(DeliveryOutcomeUnknownError, match="sent already"):
        channel.prepare(package, {}, ignore)


def test_a_mail_without_a_pdf_is_sent_too(pointed: Setting, channel: OutlookChannel) -> None:
    package = replace(mail("o5"), attachment=None, attachment_name="")
    channel.send(package, channel.prepare(package, {}, ignore), ignore)
    (received,) = of(told(pointed)["mails"], "o5")
    assert received["sha256"] == ""


def test_an_address_that_exchange_does_not_take_is_said_so(pointed: Setting, channel: OutlookChannel) -> None:
    package = replace(mail("o6"), to=(Address(name="Nobody", email="nobody@acme.invalid"),))
    known = channel.prepare(package, {}, ignore)
    with pytest.raises(RecipientRefusedError):
        channel.send(package, known, ignore)
    assert of(told(pointed)["mails"], "o6") == []
    assert isinstance(channel.look_up(package, known), NotSent)


def test_a_draft_that_is_discarded_is_gone_and_a_sent_mail_stays(channel: OutlookChannel) -> None:
    left, sent = mail("o8"), mail("o9")
    known = channel.prepare(left, {}, ignore)
    channel.discard(left, known)
    assert channel.look_up(left, known) is None
    known = channel.prepare(sent, {}, ignore)
    channel.send(sent, known, ignore)
    channel.discard(sent, known)
    assert isinstance(channel.look_up(sent, known), Receipt)


def test_another_mailbox_is_refused(channel: OutlookChannel) -> None:
    with pytest.raises(DeliveryError, match="ErrorAccessDenied"):
        channel.look("ceo@northwind-msp.example")
    assert channel.look("reports@northwind-msp.example").startswith("reads the mailbox")


def test_only_an_immutable_id_outlives_the_sending(graph: Graph) -> None:
    immutable = graph.draft(key="o7")
    passing = graph("GET", f"/messages/{immutable}").json()["id"]
    assert passing != immutable
    assert graph("GET", f"/messages/{passing}").status_code == 200
    sent = graph("POST", f"/messages/{passing}/send")
    assert (sent.status_code, sent.content) == (202, b"")
    time.sleep(0.5)
    assert graph("GET", f"/messages/{passing}").status_code == 404
    assert graph("GET", f"/messages/{immutable}").json()["isDraft"] is False
    assert graph("POST", f"/messages/{immutable}/send").json()["error"]["code"] == "ErrorItemNotFound"


def test_the_mail_is_sent_a_moment_after_it_was_taken(graph: Graph) -> None:
    draft = graph.draft(key="o8")
    graph("POST", f"/messages/{draft}/send")
    assert graph("GET", f"/messages/{draft}").json()["isDraft"] is True


@pytest.mark.parametrize(
    "query", ["subject eq 's'", "", f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY_PROPERTY}')"]
)
def test_any_other_filter_is_refused(graph: Graph, query: str) -> None:
    answer = graph("GET", "/mailFolders/drafts/messages", params={"$filter": query})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ErrorInvalidUrlQueryFilter")


def test_a_property_is_found_with_its_name_as_written_and_its_value_in_any_case(graph: Graph) -> None:
    draft = graph.draft(key="o9a")
    has_key = "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{}')"

    def found(name: str, value: str) -> list[str]:
        query = {"$filter": has_key.format(name, value)}
        answer = graph("GET", "/mailFolders/drafts/messages", params=query, headers=IMMUTABLE)
        return [mail["id"] for mail in answer.json()["value"]]

    assert found(KEY_PROPERTY, "O9A") == [draft]
    assert found(KEY_PROPERTY.lower().replace("string", "String").replace("name", "Name"), "o9a") == []


def test_the_uploads_address_refuses_a_token_and_ranges_out_of_order(graph: Graph) -> None:
    draft, size = graph.draft(key="o10"), 3 * 1024 * 1024 + 10
    item = {"attachmentType": "file", "name": "a.pdf", "size": size}
    opened = graph(
        "POST", f"/messages/{draft}/attachments/createUploadSession", json={"AttachmentItem": item}
    )
    assert opened.status_code == 201
    address = opened.json()["uploadUrl"]
    headers = {"Content-Range": f"bytes 0-9/{size}"}

    def put(**changes: str) -> int:
        return requests.put(address, data=bytes(10), headers=headers | changes, timeout=30).status_code

    assert put(Authorization="Bearer t") == 401
    assert requests.put(f"{address}x", data=bytes(10), headers=headers, timeout=30).status_code == 401
    assert put(**{"Content-Range": f"bytes 10-19/{size}"}) == 416
    assert put() == 200
    assert requests.get(address, timeout=30).json()["nextExpectedRanges"] == ["10"]
    assert requests.delete(address, timeout=30).status_code == 204
    assert put() == 404


def test_a_small_file_is_not_taken_in_parts(graph: Graph) -> None:
    item = {"attachmentType": "file", "name": "a.pdf", "size": 1000}
    url = f"/messages/{graph.draft(key='o11')}/attachments/createUploadSession"
    answer = graph("POST", url, json={"AttachmentItem": item})
    assert answer.json()["error"]["code"] == "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
