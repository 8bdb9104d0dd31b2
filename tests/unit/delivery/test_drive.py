"""A file is archived under an id of its own: once, and never over other bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest

from msp_reports.delivery.contract import FilePackage, NotSent, Receipt
from msp_reports.delivery.drive import FOLDER, RANGE, DriveArchive
from msp_reports.domain.errors import (
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
)

pytestmark = pytest.mark.airflow

FILES, UPLOAD = "/drive/v3/files", "/upload/drive/v3/files"
PDF = b"%PDF-1.7 \xff\x00"
DIGEST = sha256(PDF).hexdigest()


def a_file(*path: str) -> FilePackage:
    return FilePackage(
        key="k1",
        drive_id="d-1",
        folder_id="root",
        path=path,
        name="acme-2026-W47.pdf",
        mime_type="application/pdf",
        content=PDF,
        sha256=DIGEST,
    )


@dataclass
class Shelf:
    """A shared drive in memory. Refuses an id a second time, as Drive does."""

    reply: Any
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)
    lose: bool = False
    """Take the upload, then lose the answer."""

    def place(
        self, name: str, parent: str, *, mime: str = FOLDER, digest: str | None = None, **other: Any
    ) -> str:
        ident = str(other.pop("id", f"x-{len(self.files)}"))
        self.files[ident] = {"id": ident, "name": name, "parents": [parent], "mimeType": mime, **other}
        self.files[ident] |= {"sha256Checksum": digest, "webViewLink": f"https://drive.example/{ident}"}
        return ident

    def ids(self, asked: Any) -> Any:
        return self.reply(body={"ids": [f"new-{len(self.queries)}-{len(self.files)}"]})

    def find(self, asked: Any) -> Any:
        query = asked.query["q"]
        self.queries.append(query)
        assert asked.query["supportsAllDrives"] == asked.query["includeItemsFromAllDrives"] == "true"
        found = [
            file
            for file in self.files.values()
            if f"name = '{_escaped(file['name'])}'" in query
            and f"'{file['parents'][0]}' in parents" in query
            and (f"mimeType = '{file['mimeType']}'" in query or f"mimeType != '{FOLDER}'" in query)
        ]
        return self.reply(body={"files": found})

    def create(self, asked: Any) -> Any:
        body = asked.json
        ident = self.place(body["name"], body["parents"][0], **({"id": body["id"]} if "id" in body else {}))
        return self.reply(body=self.files[ident])

    def upload(self, asked: Any) -> Any:
        meta, content = _parts(asked)
        if meta["id"] in self.files:
            return self.reply(status=409, body={"error": {"code": 409}})
        digest = sha256(content).hexdigest()
        self.place(meta["name"], meta["parents"][0], mime=meta["mimeType"], digest=digest, id=meta["id"])
        return self.reply(hang_up=True) if self.lose else self.reply(body=self.files[meta["id"]])

    def read(self, asked: Any) -> Any:
        ident = asked.path.rpartition("/")[2]
        if ident not in self.files:
            return self.reply(status=404, body={"error": {"code": 404}})
        return self.reply(body=self.files[ident])


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")


def _parts(asked: Any) -> tuple[dict[str, Any], bytes]:
    boundary = asked.headers["content-type"].partition("boundary=")[2].strip('"')
    _, meta, media, _ = asked.raw.split(f"--{boundary}".encode())
    head, _, content = media.partition(b"\r\n\r\n")
    assert b"application/pdf" in head
    return json.loads(meta.partition(b"\r\n\r\n")[2]), content.removesuffix(b"\r\n")


@pytest.fixture
def shelf(service: Any, reply: Any) -> Shelf:
    shelf = Shelf(reply)
    service.on("GET", f"{FILES}/generateIds", shelf.ids)
    service.on("GET", FILES, shelf.find)
    service.on("POST", FILES, shelf.create)
    service.on("POST", UPLOAD, shelf.upload)
    for ident in ("f-1", "f-2"):
        service.on("GET", f"{FILES}/{ident}", shelf.read)
    return shelf


KNOWN: Mapping[str, str] = {"file_id": "f-1", "folder_id": "root"}


def test_folders_that_stand_are_used_and_others_made(
    service: Any, shelf: Shelf, google: str, ledger: Any
) -> None:
    year = shelf.place("2026", shelf.place("ACME", "root"))
    known = DriveArchive(google).prepare(a_file("ACME", "2026", "Q4"), {}, ledger.append)
    (made,) = service.calls("POST", FILES)
    assert (made.json["name"], made.json["parents"], made.json["mimeType"]) == ("Q4", [year], FOLDER)
    assert shelf.files[known["folder_id"]]["name"] == "Q4"


def test_the_id_is_recorded_before_the_upload(service: Any, shelf: Shelf, google: str, ledger: Any) -> None:
    known = DriveArchive(google).prepare(a_file(), {}, ledger.append)
    assert ledger[-1]["file_id"] == known["file_id"]
    assert service.calls("POST", UPLOAD) == []


def test_a_recorded_id_is_kept(shelf: Shelf, google: str, ledger: Any) -> None:
    assert DriveArchive(google).prepare(a_file(), KNOWN, ledger.append)["file_id"] == "f-1"


def test_an_apostrophe_in_a_folder_name_is_quoted(shelf: Shelf, google: str, ledger: Any) -> None:
    folder = shelf.place("O'Brien \\ Sons", "root")
    known = DriveArchive(google).prepare(a_file("O'Brien \\ Sons"), {}, ledger.append)
    assert known["folder_id"] == folder


def test_other_bytes_of_the_same_name_are_not_overwritten(
    service: Any, shelf: Shelf, google: str, ledger: Any
) -> None:
    shelf.place("acme-2026-W47.pdf", "root", mime="application/pdf", digest="other")
    with pytest.raises(DeliveryError, match=r"acme-2026-W47\.pdf"):
        DriveArchive(google).prepare(a_file(), {}, ledger.append)
    assert service.calls("POST", UPLOAD) == []


def test_the_file_goes_up_under_its_id_with_a_link_back(
    service: Any, shelf: Shelf, google: str, ledger: Any
) -> None:
    receipt = DriveArchive(google).send(a_file(), KNOWN, ledger.append)
    assert receipt.link == "https://drive.example/f-1"
    assert receipt.remote_ids["file_id"] == "f-1"
    assert shelf.files["f-1"]["sha256Checksum"] == DIGEST
    (asked,) = service.calls("POST", UPLOAD)
    assert asked.query["supportsAllDrives"] == "true"


LARGE = replace(a_file(), content=b"large" * RANGE, sha256=sha256(b"large" * RANGE).hexdigest())
SESSION = "/upload/session"


def in_ranges(service: Any, shelf: Shelf, reply: Any, *, take: int | None = None) -> None:
    """Let a resumable upload be opened that takes `take` ranges, or all."""
    parts: list[bytes] = []

    def open_session(asked: Any) -> Any:
        assert asked.query["uploadType"] == "resumable"
        assert asked.json["id"] == "f-1"
        return reply(body={}, headers={"Location": f"{service.url}{SESSION}"})

    def put(asked: Any) -> Any:
        assert "authorization" not in asked.headers
        if take is None or len(parts) < take:
            parts.append(asked.raw)
        content = b"".join(parts)
        if len(content) < len(LARGE.content):
            return reply(status=308, raw=b"", headers={"Range": f"bytes=0-{len(content) - 1}"})
        digest = sha256(content).hexdigest()
        shelf.place(LARGE.name, "root", mime=LARGE.mime_type, digest=digest, id="f-1")
        return reply(body=shelf.files["f-1"])

    service.on("POST", UPLOAD, open_session)
    service.on("PUT", SESSION, put)


def test_a_large_file_goes_up_in_ranges(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    in_ranges(service, shelf, reply)
    receipt = DriveArchive(google).send(LARGE, KNOWN, ledger.append)
    assert receipt.link == "https://drive.example/f-1"
    sizes = [len(asked.raw) for asked in service.calls("PUT", SESSION)]
    assert len(sizes) > 2
    assert {size % (256 * 1024) for size in sizes[:-1]} == {0}


def test_a_range_that_was_not_taken_whole_ends_the_upload(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    in_ranges(service, shelf, reply, take=1)
    with pytest.raises(DeliveryOutcomeUnknownError):
        DriveArchive(google).send(LARGE, KNOWN, ledger.append)
    assert len(service.calls("PUT", SESSION)) == 2
    assert DriveArchive(google).look_up(LARGE, KNOWN) == NotSent()


def test_a_large_file_whose_id_exists_is_compared(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", UPLOAD, reply(status=409))
    shelf.place(LARGE.name, "root", mime=LARGE.mime_type, digest=LARGE.sha256, id="f-1")
    assert DriveArchive(google).send(LARGE, KNOWN, ledger.append).link == "https://drive.example/f-1"


def test_an_upload_without_an_address_is_opened_again(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", UPLOAD, reply(body={}))
    with pytest.raises(DeliveryThrottledError, match="without an address"):
        DriveArchive(google).send(LARGE, KNOWN, ledger.append)


def test_an_id_that_exists_was_uploaded_before(service: Any, shelf: Shelf, google: str, ledger: Any) -> None:
    shelf.place("acme-2026-W47.pdf", "root", mime="application/pdf", digest=DIGEST, id="f-1")
    assert DriveArchive(google).send(a_file(), KNOWN, ledger.append).link == "https://drive.example/f-1"
    assert len(service.calls("POST", UPLOAD)) == 1


def test_an_id_that_holds_other_bytes_is_an_error(shelf: Shelf, google: str, ledger: Any) -> None:
    shelf.place("acme-2026-W47.pdf", "root", mime="application/pdf", digest="other", id="f-1")
    with pytest.raises(DeliveryError, match=r"acme-2026-W47\.pdf"):
        DriveArchive(google).send(a_file(), KNOWN, ledger.append)


def test_an_upload_that_cannot_be_seen_yet_is_in_doubt(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("GET", f"{FILES}/f-1", reply(status=500))
    with pytest.raises(DeliveryOutcomeUnknownError, match="500"):
        DriveArchive(google).send(a_file(), KNOWN, ledger.append)


def test_a_lost_answer_is_looked_up_by_id(service: Any, shelf: Shelf, google: str, ledger: Any) -> None:
    shelf.lose = True
    with pytest.raises(DeliveryOutcomeUnknownError):
        DriveArchive(google).send(a_file(), KNOWN, ledger.append)
    found = DriveArchive(google).look_up(a_file(), KNOWN)
    assert isinstance(found, Receipt)
    assert found.link == "https://drive.example/f-1"
    assert len(service.calls("POST", UPLOAD)) == 1


def test_an_upload_that_was_throttled_is_tried_again(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("POST", UPLOAD, reply(status=429, headers={"Retry-After": "9"}))
    with pytest.raises(DeliveryThrottledError) as trouble:
        DriveArchive(google).send(a_file(), KNOWN, ledger.append)
    assert trouble.value.retry_after == 9


@pytest.mark.parametrize("status", [500, 503])
def test_an_upload_that_left_nothing_was_not_sent(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any, status: int
) -> None:
    service.on("POST", UPLOAD, reply(status=status))
    with pytest.raises(DeliveryOutcomeUnknownError):
        DriveArchive(google).send(a_file(), KNOWN, ledger.append)
    assert DriveArchive(google).look_up(a_file(), KNOWN) == NotSent()


def test_what_stands_under_the_id_is_found(shelf: Shelf, google: str) -> None:
    assert DriveArchive(google).look_up(a_file(), KNOWN) == NotSent()
    shelf.place("acme-2026-W47.pdf", "root", mime="application/pdf", digest=DIGEST, id="f-1")
    found = DriveArchive(google).look_up(a_file(), KNOWN)
    assert isinstance(found, Receipt)
    assert found.link == "https://drive.example/f-1"
    assert DriveArchive(google).look_up(a_file(), {}) is None


def test_trouble_while_preparing_leaves_no_doubt(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("GET", FILES, reply(status=500))
    with pytest.raises(DeliveryThrottledError) as trouble:
        DriveArchive(google).prepare(a_file("ACME"), {}, ledger.append)
    assert not isinstance(trouble.value, DeliveryOutcomeUnknownError)
    assert len(service.asked) == 1


def test_a_file_in_the_trash_is_not_archived(service: Any, google: str, reply: Any) -> None:
    service.on("GET", f"{FILES}/f-1", reply(body={"trashed": True, "sha256Checksum": DIGEST}))
    with pytest.raises(DeliveryError, match="trash"):
        DriveArchive(google).look_up(a_file(), KNOWN)


def test_a_reservation_without_an_id_is_asked_for_again(
    service: Any, shelf: Shelf, google: str, ledger: Any, reply: Any
) -> None:
    service.on("GET", f"{FILES}/generateIds", reply(body={"ids": []}))
    with pytest.raises(DeliveryThrottledError):
        DriveArchive(google).prepare(a_file(), {}, ledger.append)


@pytest.mark.parametrize("body", [{}, {"id": "f-1"}])
def test_a_file_whose_content_is_not_told_is_looked_at_again(
    service: Any, google: str, reply: Any, body: dict[str, str]
) -> None:
    service.on("GET", f"{FILES}/f-1", reply(body=body))
    with pytest.raises(DeliveryThrottledError, match="sha256Checksum"):
        DriveArchive(google).look_up(a_file(), KNOWN)
