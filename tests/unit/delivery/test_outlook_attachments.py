"""A draft ends with one attachment, whole and with the right bytes, however often it is begun."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from msp_reports.delivery.outlook_attachments import CHUNK, LARGE, Attachments
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError
from msp_reports.hooks.graph import GraphHook

pytestmark = pytest.mark.airflow

ALL = "/v1.0/users/x/messages/m-1/attachments"
OPEN = f"{ALL}/createUploadSession"
UPLOAD = "/upload/one"
NAME = "acme-2026-W47.pdf"
SMALL = b"%PDF-1.7 \xff\x00"
BIG = bytes(range(256)) * ((2 * CHUNK + 5000) // 256)


class Uploads:
    """An upload session of Exchange: takes bytes in order, and gives up a call when told to."""

    def __init__(self, reply: Any) -> None:
        self._reply = reply
        self.taken = b""
        self.troubles: list[Any] = []
        """Answers to coming calls in place of its own. The bytes are taken where the trouble is in `late`."""
        self.late = False
        self.is_over = False

    def put(self, asked: Any) -> Any:
        if "authorization" in asked.headers:
            return self._reply(status=401)
        start, end = (int(number) for number in asked.headers["content-range"][6:].split("/")[0].split("-"))
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and not self.late:
            return trouble
        if start != len(self.taken) or len(asked.raw) != end + 1 - start or len(asked.raw) > 4_000_000:
            return self._reply(status=416)
        self.taken += asked.raw
        if end + 1 == int(asked.headers["content-range"].rpartition("/")[2]):
            self.is_over = True
            return trouble or self._reply(status=201, raw=b"")
        return trouble or self._reply(body={"nextExpectedRanges": [str(len(self.taken))]})

    def tell(self, _: Any) -> Any:
        if self.is_over:
            return self._reply(status=404)
        return self._reply(body={"nextExpectedRanges": [f"{len(self.taken)}-"]})


@pytest.fixture
def uploads(service: Any, reply: Any) -> Uploads:
    made = Uploads(reply)
    session = {"uploadUrl": f"{service.url}{UPLOAD}?authtoken=a", "nextExpectedRanges": ["0-"]}
    service.on("GET", ALL, reply(body={"value": []}))
    service.on("POST", OPEN, reply(status=201, body=session))
    service.on("PUT", UPLOAD, made.put)
    service.on("GET", UPLOAD, made.tell)
    return made


@pytest.fixture
def attachments(service: Any, graph: str) -> Attachments:
    return Attachments(GraphHook(graph).session(), f"{service.url}{ALL}")


def standing(service: Any, reply: Any, *files: tuple[str, str, bytes]) -> None:
    """The draft has these already: id, name, content."""
    service.on("GET", ALL, reply(body={"value": [{"id": number, "name": name} for number, name, _ in files]}))
    for number, _, content in files:
        service.on("GET", f"{ALL}/{number}", reply(body={"contentBytes": b64encode(content).decode()}))
        service.on("DELETE", f"{ALL}/{number}", reply(status=204, raw=b""))


def test_a_small_file_goes_up_in_one_request(service: Any, attachments: Attachments, reply: Any) -> None:
    standing(service, reply)
    service.on("POST", ALL, reply(status=201, body={"id": "a-1"}))
    attachments.settle(NAME, SMALL)
    (asked,) = service.calls("POST", ALL)
    assert asked.json == {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": NAME,
        "contentType": "application/pdf",
        "contentBytes": b64encode(SMALL).decode(),
    }


def test_a_file_too_large_for_one_request_goes_up_in_parts(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any
) -> None:
    """What Exchange counts as 3 MB and Graph as 4 MB of base64 need not meet."""
    service.on("POST", ALL, reply(status=413))
    attachments.settle(NAME, BIG[: LARGE - 1])
    assert uploads.taken == BIG[: LARGE - 1]


def test_a_file_that_stands_is_not_added_again(service: Any, attachments: Attachments, reply: Any) -> None:
    standing(service, reply, ("a-1", NAME, SMALL))
    attachments.settle(NAME, SMALL)
    assert {asked.method for asked in service.asked} == {"GET"}


@pytest.mark.parametrize(
    ("files", "removed"),
    [
        ([("a-1", NAME, b"other")], ["a-1"]),
        ([("a-1", "other.pdf", SMALL)], ["a-1"]),
        ([("a-1", NAME, SMALL), ("a-2", NAME, SMALL)], ["a-2"]),
        ([("a-1", "other.pdf", b"x"), ("a-2", NAME, SMALL)], ["a-1"]),
    ],
)
def test_whatever_stands_beside_the_approved_bytes_is_removed(
    service: Any, attachments: Attachments, reply: Any, files: Any, removed: list[str]
) -> None:
    standing(service, reply, *files)
    service.on("POST", ALL, reply(status=201, body={"id": "a-9"}))
    attachments.settle(NAME, SMALL)
    assert [asked.path.rpartition("/")[2] for asked in service.asked if asked.method == "DELETE"] == removed
    stood = any(name == NAME and content == SMALL for _, name, content in files)
    assert len(service.calls("POST", ALL)) == (0 if stood else 1)


def test_a_mail_without_attachment_ends_with_none(service: Any, attachments: Attachments, reply: Any) -> None:
    standing(service, reply, ("a-1", NAME, SMALL))
    attachments.settle("", None)
    assert [asked.method for asked in service.asked] == ["GET", "DELETE"]


def test_a_large_file_goes_up_in_parts_without_a_token(
    service: Any, attachments: Attachments, uploads: Uploads
) -> None:
    attachments.settle(NAME, BIG)
    assert uploads.taken == BIG
    (opened,) = service.calls("POST", OPEN)
    assert opened.json["AttachmentItem"]["size"] == len(BIG)
    assert [asked.headers["content-range"] for asked in service.calls("PUT", UPLOAD)] == [
        f"bytes 0-{CHUNK - 1}/{len(BIG)}",
        f"bytes {CHUNK}-{2 * CHUNK - 1}/{len(BIG)}",
        f"bytes {2 * CHUNK}-{len(BIG) - 1}/{len(BIG)}",
    ]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 503}, {"hang_up": True}, {"raw": b"<html>"}])
def test_an_upload_that_broke_goes_on_where_it_stands(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any, late: bool, trouble: dict[str, Any]
) -> None:
    uploads.late, uploads.troubles = late, [reply(**trouble)]
    attachments.settle(NAME, BIG)
    assert uploads.taken == BIG
    assert len(service.calls("POST", OPEN)) == 1


@pytest.mark.parametrize("status", [401, 404, 410])
def test_an_upload_that_expired_is_begun_anew_by_the_next_try(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any, status: int
) -> None:
    service.on("PUT", UPLOAD, reply(status=status))
    service.on("GET", UPLOAD, reply(status=status))
    with pytest.raises(DeliveryThrottledError, match="ended the upload"):
        attachments.settle(NAME, BIG)
    assert len(service.calls("PUT", UPLOAD)) == 1


def test_a_last_part_whose_answer_was_lost_is_found_by_the_next_try(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any
) -> None:
    uploads.late, uploads.troubles = True, [None, None, reply(hang_up=True)]
    with pytest.raises(DeliveryThrottledError):
        attachments.settle(NAME, BIG)
    assert uploads.taken == BIG
    standing(service, reply, ("a-1", NAME, uploads.taken))
    attachments.settle(NAME, BIG)
    assert len(service.calls("POST", OPEN)) == 1


def test_an_upload_that_never_gets_on_ends(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any
) -> None:
    service.on("PUT", UPLOAD, reply(body={"nextExpectedRanges": ["0"]}))
    with pytest.raises(DeliveryThrottledError, match="still expects"):
        attachments.settle(NAME, BIG)
    assert len(service.calls("PUT", UPLOAD)) == 4


def test_a_file_over_the_mailboxs_limit_is_refused_for_good(
    service: Any, attachments: Attachments, uploads: Uploads, reply: Any
) -> None:
    service.on("POST", OPEN, reply(status=413, body={"error": {"code": "ErrorMessageSizeExceeded"}}))
    with pytest.raises(DeliveryError, match="too large") as refused:
        attachments.settle(NAME, BIG)
    assert not isinstance(refused.value, DeliveryThrottledError)
