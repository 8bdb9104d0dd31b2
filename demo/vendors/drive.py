"""Google Drive API v3: one shared drive, whose ids are unique and whose names are not.

https://developers.google.com/workspace/drive/api/reference/rest/v3/files
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.google_desk import DRIVE, GoogleDesk, error
from demo.vendors.multipart import MultipartError, parts_of
from demo.vendors.outbox import Outbox
from demo.vendors.tenants import TENANTS
from demo.vendors.uploads import Taken, Uploads

DRIVE_ID = "drive-reports"
UNIT = 256 * 1024
FOLDER = "application/vnd.google-apps.folder"
_TERM = re.compile(
    r"\s*(?:'(?P<parent>(?:[^'\\]|\\.)*)' in parents"
    r"|name = '(?P<name>(?:[^'\\]|\\.)*)'"
    r"|mimeType (?P<sign>!?=) '(?P<mime>[^']*)'"
    r"|trashed = (?P<trashed>true|false))\s*"
)
_OWN_FOLDERS = {f"folder-{tenant.code}": tenant for tenant in TENANTS}
"""The customers' folders, made by hand when the service began."""
_UNSAFE = re.compile(r"[/\x00]")


@dataclass(slots=True)
class File:
    id: str
    name: str
    parents: list[str]
    mimeType: str
    createdTime: int
    appProperties: dict[str, str] = field(default_factory=dict)
    sha256Checksum: str | None = None


class Drive:
    """The index of the drive; contents are in the outbox."""

    def __init__(self, desk: GoogleDesk, outbox: Outbox) -> None:
        self._desk, self._outbox = desk, outbox
        self._index = outbox.root / "drive.index.json"
        self._files: dict[str, File] = {}
        self._uploads: Uploads[File] = Uploads(UNIT)
        if self._index.exists():
            for entry in json.loads(self._index.read_text(encoding="utf-8")):
                self._files[entry["id"]] = File(**entry)

    async def generate(self, request: Request) -> Response:
        refusal = self._refusal(request, shared=False)
        if refusal:
            return refusal
        ids = [f"1{secrets.token_urlsafe(24)}" for _ in range(int(request.query_params.get("count", "10")))]
        return JSONResponse({"kind": "drive#generatedIds", "space": "drive", "ids": ids})

    async def search(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        params = request.query_params
        if params.get("includeItemsFromAllDrives") != "true":
            return JSONResponse({"files": []})
        try:
            terms = _terms(params.get("q", ""))
        except ValueError as wrong:
            return error(400, "invalid", f"Invalid Value: {wrong}")
        found = [file for file in self._files.values() if all(_holds(term, file) for term in terms)]
        found.sort(key=lambda file: file.createdTime)
        return JSONResponse({"files": [_shown(file) for file in found[:100]]})

    async def create(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        content: bytes | None = None
        kind = request.query_params.get("uploadType")
        try:
            if request.url.path.startswith("/upload/") and kind != "resumable":
                described, content = parts_of(request.headers.get("content-type", ""), await request.body())
            else:
                described = await request.json()
            file = File(
                id=str(described.get("id") or f"1{secrets.token_urlsafe(24)}"),
                name=str(described["name"]),
                parents=list(described["parents"]),
                mimeType=str(described["mimeType"]),
                createdTime=len(self._files),
                appProperties=dict(described.get("appProperties", {})),
            )
        except (MultipartError, KeyError, ValueError) as wrong:
            return error(400, "badRequest", f"Bad Request: {wrong}")
        if file.id in self._files:
            return error(409, "fileIdInUse", "A file already exists with the provided ID.")
        if kind == "resumable":
            address = request.url_for("drive-upload").include_query_params(upload_id=self._uploads.open(file))
            return Response(headers={"Location": str(address)})
        self._keep(file, content)
        return JSONResponse(_shown(file))

    async def put_range(self, request: Request) -> Response:
        """One range of a resumable upload; the address is the permission."""
        number = request.query_params.get("upload_id", "")
        upload = self._uploads.find(number)
        if upload is None:
            return error(404, "notFound", "The upload session was not found.")
        taken = upload.take(request.headers.get("content-range", ""), await request.body())
        if taken is Taken.MISSHAPED:
            return error(400, "badRequest", "Invalid Content-Range.")
        if taken is not Taken.WHOLE:
            return Response(status_code=308, headers={"Range": f"bytes=0-{len(upload.content) - 1}"})
        self._uploads.end(number)
        if upload.target.id in self._files:
            return error(409, "fileIdInUse", "A file already exists with the provided ID.")
        self._keep(upload.target, upload.content)
        return JSONResponse(_shown(upload.target))

    async def read(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        asked = request.path_params["id"]
        if asked in _OWN_FOLDERS:
            return JSONResponse(_own_folder(asked))
        file = self._files.get(asked)
        if file is None:
            return error(404, "notFound", f"File not found: {asked}.")
        return JSONResponse(_shown(file))

    def _keep(self, file: File, content: bytes | None) -> None:
        if content is not None:
            file.sha256Checksum = sha256(content).hexdigest()
            self._outbox.write("/".join(["drive", *self._path(file)]), content, {"id": file.id})
        self._files[file.id] = file
        entries = [asdict(entry) for entry in self._files.values()]
        self._index.parent.mkdir(parents=True, exist_ok=True)
        self._index.write_text(json.dumps(entries), encoding="utf-8")

    def _path(self, file: File) -> list[str]:
        """Names from the drive's root on; the customer's own folder id stands at the top."""
        parent = file.parents[0]
        above = self._path(self._files[parent]) if parent in self._files else [parent]
        return [*above, _UNSAFE.sub("_", file.name)]

    def _refusal(self, request: Request, *, shared: bool = True) -> Response | None:
        grant = self._desk.check(request, DRIVE)
        if isinstance(grant, Response):
            return grant
        if shared and request.query_params.get("supportsAllDrives") != "true":
            return error(404, "notFound", "File not found: ask with supportsAllDrives.")
        return None

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/drive/v3/files/generateIds", self.generate, methods=["GET"]),
            Route("/drive/v3/files", self.search, methods=["GET"]),
            Route("/drive/v3/files", self.create, methods=["POST"]),
            Route("/upload/drive/v3/files", self.create, methods=["POST"]),
            Route("/upload/drive/v3/files", self.put_range, methods=["PUT"], name="drive-upload"),
            Route("/drive/v3/files/{id}", self.read, methods=["GET"]),
        ]


def _terms(query: str) -> list[dict[str, str]]:
    """Read the part of Drive's query language that is understood here; anything else is refused."""
    terms, at = [], 0
    while at < len(query):
        found = _TERM.match(query, at)
        if not found:
            raise ValueError(f"q at {at}: {query[at : at + 20]!r}")
        terms.append({key: value for key, value in found.groupdict().items() if value is not None})
        at = found.end()
        if at < len(query):
            if not query.startswith("and ", at):
                raise ValueError(f"q at {at}: expected 'and'")
            at += 4
    return terms


def _holds(term: dict[str, str], file: File) -> bool:
    if "parent" in term:
        return _plain(term["parent"]) in file.parents
    if "name" in term:
        return _plain(term["name"]) == file.name
    if "mime" in term:
        return (file.mimeType == term["mime"]) is (term["sign"] == "=")
    return term["trashed"] == "false"


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _shown(file: File) -> dict[str, Any]:
    shown = {key: value for key, value in asdict(file).items() if value is not None and key != "createdTime"}
    return shown | {"webViewLink": f"https://drive.example/file/d/{file.id}/view", "trashed": False}


def _own_folder(number: str) -> dict[str, Any]:
    folder = {"id": number, "name": _OWN_FOLDERS[number].code, "mimeType": FOLDER, "trashed": False}
    return folder | {"driveId": DRIVE_ID, "capabilities": {"canAddChildren": True}}
