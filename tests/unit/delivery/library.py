"""A document library in memory, as Graph shows it: one file at a path, whoever comes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msp_reports.delivery.quick_xor import quick_xor_hash

UPLOAD = "/up/s-1"
ITEM = "/v1.0/drives/{}/items/{}"


@dataclass
class Library:
    """Answers for one file; what is told of its hash can be chosen."""

    service: Any
    reply: Any
    drive: str
    folder: str
    path: str
    content: bytes | None = None
    hashes: dict[str, str] | None = None
    lose: bool = False
    """Take the upload, then lose the answer."""
    folders: list[str] = field(default_factory=list)
    partial: bytes = b""

    def __post_init__(self) -> None:
        item = ITEM.format(self.drive, self.folder)
        self.place = f"{item}:/{self.path}"
        self.service.on("GET", self.place, self.read)
        self.service.on("PUT", f"{self.place}:/content", self.put)
        self.service.on("POST", f"{self.place}:/createUploadSession", self.open)
        self.service.on("PUT", UPLOAD, self.put_range)
        *folders, _ = self.path.split("/")
        for depth in range(len(folders)):
            above = f":/{'/'.join(folders[:depth])}:" if depth else ""
            self.service.on("POST", f"{item}{above}/children", self.make_folder)

    def read(self, asked: Any) -> Any:
        if self.content is None:
            return self.reply(status=404, body={"error": {"code": "itemNotFound"}})
        hashes = {"quickXorHash": quick_xor_hash(self.content)} if self.hashes is None else self.hashes
        return self.reply(
            body={
                "id": "i-1",
                "size": len(self.content),
                "file": {"hashes": hashes},
                "webUrl": "https://northwind.sharepoint.example/x.pdf",
            }
        )

    def put(self, asked: Any) -> Any:
        assert asked.query == {"@microsoft.graph.conflictBehavior": "fail"}
        return self._take(asked.raw)

    def open(self, asked: Any) -> Any:
        assert asked.json["item"]["@microsoft.graph.conflictBehavior"] == "fail"
        return self.reply(body={"uploadUrl": f"{self.service.url}{UPLOAD}"})

    def put_range(self, asked: Any) -> Any:
        assert "authorization" not in asked.headers
        first, last, total = _numbers(asked.headers["content-range"])
        assert (first, last + 1) == (len(self.partial), len(self.partial) + len(asked.raw))
        self.partial += asked.raw
        return self.reply(status=202, body={}) if last + 1 < total else self._take(self.partial)

    def make_folder(self, asked: Any) -> Any:
        assert asked.json["@microsoft.graph.conflictBehavior"] == "fail"
        self.folders.append(asked.json["name"])
        return self.reply(status=409, body={"error": {"code": "nameAlreadyExists"}})

    def _take(self, content: bytes) -> Any:
        if self.content is not None:
            return self.reply(status=409, body={"error": {"code": "nameAlreadyExists"}})
        self.content = content
        return self.reply(hang_up=True) if self.lose else self.reply(status=201, body={"id": "i-1"})


def _numbers(header: str) -> tuple[int, int, int]:
    span, _, total = header.removeprefix("bytes ").partition("/")
    first, _, last = span.partition("-")
    return int(first), int(last), int(total)
