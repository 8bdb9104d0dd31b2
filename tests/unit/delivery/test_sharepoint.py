"""A file is archived at its path in SharePoint: once, and never over other bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from msp_reports.delivery.contract import FilePackage, NotSent, Receipt
from msp_reports.delivery.library import RANGE, SMALL
from msp_reports.delivery.sharepoint import SharePointArchive
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, DeliveryThrottledError
from tests.unit.delivery.library import UPLOAD, Library

pytestmark = pytest.mark.airflow

PDF = b"%PDF-1.7 \xff\x00"
LINK = "https://northwind.sharepoint.example/x.pdf"
FOLDERS = ("Weekly reports", "O'Brien & 100 % #1 (obrien)", "2026", "Q4", "2026-W47")


def a_file(content: bytes = PDF) -> FilePackage:
    return FilePackage(
        key="k1",
        drive_id="b!1",
        folder_id="root",
        path=FOLDERS,
        name="obrien-2026-W47.pdf",
        mime_type="application/pdf",
        content=content,
        sha256=sha256(content).hexdigest(),
    )


LARGE = a_file(bytes(range(256)) * (SMALL // 256) + b"end" * RANGE)


@pytest.fixture
def library(service: Any, reply: Any) -> Library:
    service.on("GET", "/v1.0/drives/b!1/root", reply(body={"id": "r", "webUrl": "https://n.example/Reports"}))
    return Library(service, reply, "b!1", "root", "/".join((*FOLDERS, "obrien-2026-W47.pdf")))


@pytest.fixture
def archive(graph: str) -> SharePointArchive:
    return SharePointArchive(graph)


def test_a_file_goes_up_to_its_path_with_a_link_back(
    library: Library, archive: SharePointArchive, ledger: Any
) -> None:
    known = archive.prepare(a_file(), {}, ledger.append)
    assert library.content is None
    receipt = archive.send(a_file(), known, ledger.append)
    assert (receipt.link, receipt.remote_ids) == (LINK, {"drive_id": "b!1", "item_id": "i-1"})
    assert library.content == PDF


def test_a_file_that_stands_there_already_was_uploaded_before(
    library: Library, archive: SharePointArchive, ledger: Any
) -> None:
    library.content = PDF
    archive.prepare(a_file(), {}, ledger.append)
    assert archive.send(a_file(), {}, ledger.append).link == LINK


@pytest.mark.parametrize("other", [b"%PDF-1.7 \xff\x01", b"other"])
def test_other_bytes_of_the_same_name_are_not_overwritten(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, other: bytes
) -> None:
    library.content = other
    for act in (archive.prepare, archive.send):
        with pytest.raises(DeliveryError, match="other bytes than approved"):
            act(a_file(), {}, ledger.append)
    with pytest.raises(DeliveryError, match="other bytes than approved"):
        archive.look_up(a_file(), {})
    assert library.content == other


@pytest.mark.parametrize("spelled", [str, str.upper])
def test_a_sha256_is_believed_where_it_is_told(
    library: Library, archive: SharePointArchive, spelled: Any
) -> None:
    library.content = PDF
    library.hashes = {"sha256Hash": spelled(a_file().sha256), "quickXorHash": "of another kind"}
    assert isinstance(archive.look_up(a_file(), {}), Receipt)
    library.hashes["sha256Hash"] = "0" * 64
    with pytest.raises(DeliveryError, match="other bytes"):
        archive.look_up(a_file(), {})


def test_a_size_alone_proves_nothing(library: Library, archive: SharePointArchive) -> None:
    """Graph may show a new file without its hash for a while."""
    library.content, library.hashes = PDF, {}
    with pytest.raises(DeliveryThrottledError, match="no hash"):
        archive.look_up(a_file(), {})


def test_an_answer_that_tells_nothing_of_the_file_is_no_other_file(
    service: Any, library: Library, archive: SharePointArchive, reply: Any
) -> None:
    service.on("GET", library.place, reply(body={"message": "ok"}))
    with pytest.raises(DeliveryThrottledError):
        archive.look_up(a_file(), {})


def test_what_went_up_and_cannot_be_seen_whole_yet_is_in_doubt(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, reply: Any
) -> None:
    library.hashes = {}
    with pytest.raises(DeliveryOutcomeUnknownError, match="no hash"):
        archive.send(a_file(), {}, ledger.append)
    service.on("GET", library.place, reply(status=500))
    with pytest.raises(DeliveryOutcomeUnknownError, match="500"):
        archive.send(a_file(), {}, ledger.append)


def test_a_lost_answer_is_looked_up_by_path(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any
) -> None:
    library.lose = True
    with pytest.raises(DeliveryOutcomeUnknownError):
        archive.send(a_file(), {}, ledger.append)
    assert isinstance(archive.look_up(a_file(), {}), Receipt)


@pytest.mark.parametrize("status", [500, 503, 507])
def test_an_upload_that_left_nothing_was_not_sent(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, reply: Any, status: int
) -> None:
    service.on("PUT", f"{library.place}:/content", reply(status=status))
    with pytest.raises(DeliveryOutcomeUnknownError):
        archive.send(a_file(), {}, ledger.append)
    assert archive.look_up(a_file(), {}) == NotSent()


def test_an_upload_that_was_throttled_is_tried_again(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, reply: Any
) -> None:
    service.on("PUT", f"{library.place}:/content", reply(status=429, headers={"Retry-After": "9"}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        archive.send(a_file(), {}, ledger.append)
    assert trouble.value.retry_after == 9


def test_a_library_that_was_deleted_says_what_to_do(
    archive: SharePointArchive, service: Any, ledger: Any
) -> None:
    with pytest.raises(DeliveryError, match=r"b!1 is not there.*drive_id.*grant the app write"):
        archive.prepare(a_file(), {}, ledger.append)


def test_a_revoked_grant_says_what_to_do(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, reply: Any
) -> None:
    refused = reply(status=403, body={"error": {"code": "accessDenied", "message": "Access denied"}})
    service.on("PUT", f"{library.place}:/content", refused)
    with pytest.raises(DeliveryError, match=r"SharePoint answered 403: .*accessDenied.*grant"):
        archive.send(a_file(), {}, ledger.append)


def test_a_large_file_goes_up_in_ranges_to_an_address_without_a_token(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any
) -> None:
    assert archive.send(LARGE, {}, ledger.append).link == LINK
    assert library.content == LARGE.content
    assert library.folders == list(FOLDERS)
    sizes = [len(asked.raw) for asked in service.calls("PUT", UPLOAD)]
    assert len(sizes) > 2
    assert {size % (320 * 1024) for size in sizes[:-1]} == {0}


def test_a_large_file_that_stands_there_already_is_compared(
    library: Library, archive: SharePointArchive, ledger: Any
) -> None:
    library.content = LARGE.content
    assert archive.send(LARGE, {}, ledger.append).link == LINK
    library.content = LARGE.content[:-1] + b"x"
    library.partial = b""
    with pytest.raises(DeliveryError, match="other bytes"):
        archive.send(LARGE, {}, ledger.append)


@pytest.mark.parametrize(("at", "error"), [(1, DeliveryThrottledError), (-1, DeliveryOutcomeUnknownError)])
def test_only_the_last_range_can_be_in_doubt(
    service: Any,
    library: Library,
    archive: SharePointArchive,
    ledger: Any,
    reply: Any,
    at: int,
    error: type[DeliveryError],
) -> None:
    def break_off(asked: Any) -> Any:
        ends = asked.headers["content-range"].endswith(f"-{len(LARGE.content) - 1}/{len(LARGE.content)}")
        if ends if at == -1 else library.partial:
            return reply(status=502)
        return library.put_range(asked)

    service.on("PUT", UPLOAD, break_off)
    with pytest.raises(error) as trouble:
        archive.send(LARGE, {}, ledger.append)
    assert type(trouble.value) is error
    assert archive.look_up(LARGE, {}) == NotSent()


@pytest.mark.parametrize("status", [404, 409, 416])
def test_after_a_session_that_is_over_the_path_decides(
    service: Any, library: Library, archive: SharePointArchive, ledger: Any, reply: Any, status: int
) -> None:
    service.on("PUT", UPLOAD, reply(status=status))
    with pytest.raises(DeliveryOutcomeUnknownError):
        archive.send(LARGE, {}, ledger.append)
    library.content = LARGE.content
    assert archive.send(LARGE, {}, ledger.append).link == LINK


def test_a_look_writes_nothing(service: Any, library: Library, archive: SharePointArchive) -> None:
    assert archive.look("b!1").startswith("library https://n.example/Reports is there")
    assert {asked.method for asked in service.asked} == {"GET"}
