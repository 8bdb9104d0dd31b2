"""Document libraries by Microsoft Graph: the provider's archive, and one for the files of every channel.

https://learn.microsoft.com/graph/api/driveitem-put-content, driveitem-createuploadsession, driveitem-get and
channel-get-filesfolder. Names are compared without case. A PUT replaces unless told to fail; a setting that
stands beside ``item`` in an upload session is ignored.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.outbox import Outbox
from demo.vendors.sharepoint_places import Place, quick_xor
from demo.vendors.tokens import bearer
from demo.vendors.uploads import Taken, Uploads

APP, SCOPE = "demo-graph-files", "https://graph.microsoft.com/.default"
TENANT = "99999999-0000-4000-8000-000000000001"
LIBRARY = "b!reports"
UNIT = 320 * 1024
BEHAVIOUR = "@microsoft.graph.conflictBehavior"
SITE = "https://northwind.sharepoint.example"
_CHANNEL = re.compile(r"19:([\w.-]+)@thread\.tacv2")
_ADDRESS = re.compile(
    r"(?:items/(?P<item>[^/:]+)|root)(?::/(?P<path>[^:]+?))?:?(?:/(?P<verb>content|createUploadSession|children))?"
)


class SharePoint:
    """The libraries; contents are in the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._uploads: Uploads[tuple[Place, str]] = Uploads(UNIT)
        self._files: dict[tuple[str, ...], Place] = {}
        self._folders: dict[tuple[str, ...], Place] = {}
        for where in ("sharepoint", "channel"):
            for about in outbox.read(where, "**/*.about.json"):
                told = json.loads(about.read_text(encoding="utf-8"))
                self._know(Place(told["drive"], tuple(told["names"])))

    async def answer(self, request: Request) -> Response:
        """Whatever is asked of an item, by id, by path, or by path below an id."""
        found = _ADDRESS.fullmatch(request.path_params["address"])
        refusal = _refusal(request)
        if refusal or found is None:
            return refusal or _error(400, "invalidRequest", "The resource path is malformed.")
        drive = request.path_params["drive"]
        start = self._start(drive, found["item"] or "root")
        if start is None:
            return _error(404, "itemNotFound", "The resource could not be found.")
        place = Place(drive, (*start.names, *(found["path"].split("/") if found["path"] else ())))
        if place.is_wrong:
            return _error(400, "invalidRequest", "The name in the provided path is not valid.")
        return await self._act(place, found["verb"], request)

    async def _act(self, place: Place, verb: str | None, request: Request) -> Response:
        match request.method, verb:
            case "GET", None:
                return self._shown(place)
            case "PUT", "content":
                how = request.query_params.get(BEHAVIOUR, "replace")
                return self._keep(place, await request.body(), how)
            case "POST", "children":
                return self._make_folder(place, await request.json())
            case "POST", "createUploadSession":
                return self._open(place, await request.json(), request)
        return _error(405, "invalidRequest", "The HTTP method is not allowed here.")

    async def put_range(self, request: Request) -> Response:
        """One range of a large file. A token beside the address is refused."""
        number = request.path_params["number"]
        if "authorization" in request.headers:
            return _error(401, "unauthenticated", "No token is wanted at an upload address.")
        upload = self._uploads.find(number)
        if upload is None:
            return _error(404, "itemNotFound", "The upload session was not found.")
        taken = upload.take(request.headers.get("content-range", ""), await request.body())
        if taken is Taken.MISPLACED:
            return _error(416, "invalidRange", "The uploaded fragment has already been received.")
        if taken is Taken.MISSHAPED:
            return _error(400, "invalidRequest", "The range is not valid.")
        if taken is Taken.PART:
            return JSONResponse({"nextExpectedRanges": [f"{len(upload.content)}-"]}, 202)
        self._uploads.end(number)
        return self._keep(upload.target[0], upload.content, upload.target[1])

    async def files_folder(self, request: Request) -> Response:
        """Where a channel's files are: the root of a library of its own, as of a shared channel."""
        refusal = _refusal(request)
        thread = _CHANNEL.fullmatch(request.path_params["channel"])
        if refusal or thread is None:
            return refusal or _error(404, "NotFound", "Folder location for this channel is not ready yet.")
        place = Place(f"b!ch-{thread[1]}", (thread[1],))
        self._folders.setdefault(place.key, place)
        return self._shown(place)

    def _start(self, drive: str, item: str) -> Place | None:
        if drive != LIBRARY and not drive.startswith("b!ch-"):
            return None
        known = (Place(drive, ()), *self._folders.values(), *self._files.values())
        return next((place for place in known if place.drive == drive and place.id == item), None)

    def _open(self, place: Place, body: dict[str, Any], request: Request) -> Response:
        if place.above.names and place.above.key not in self._folders:
            return _error(404, "itemNotFound", "The folder does not exist.")
        how = str((body.get("item") or {}).get(BEHAVIOUR, "replace"))
        address = request.url_for("upload", number=self._uploads.open((place, how)))
        expires = datetime.now(UTC).isoformat()
        return JSONResponse({
            "uploadUrl": str(address),
            "expirationDateTime": expires,
            "nextExpectedRanges": ["0-"],
        })

    def _make_folder(self, above: Place, body: dict[str, Any]) -> Response:
        place = Place(above.drive, (*above.names, str(body["name"])))
        if place.key in self._folders or place.key in self._files:
            return _error(409, "nameAlreadyExists", "The specified item name already exists.")
        self._folders[place.key] = place
        return self._shown(place, status=201)

    def _keep(self, place: Place, content: bytes, how: str) -> Response:
        """Keep a file, and make the folders above it."""
        stood = self._files.get(place.key)
        if place.key in self._folders or (stood and how == "fail"):
            return _error(409, "nameAlreadyExists", "The specified item name already exists.")
        place = stood or place
        about = {"id": place.id, "drive": place.drive, "names": place.names}
        self._outbox.write(_path(place), content, about)
        self._know(place)
        return self._shown(place, status=200 if stood else 201)

    def _know(self, place: Place) -> None:
        self._files[place.key] = place
        while place.above.names:
            place = place.above
            self._folders.setdefault(place.key, place)

    def _shown(self, place: Place, status: int = 200) -> Response:
        item: dict[str, Any] = {
            "id": place.id,
            "name": place.names[-1] if place.names else "root",
            "webUrl": f"{SITE}/{'/'.join((place.drive, *place.names))}",
            "parentReference": {"driveId": place.drive, "driveType": "documentLibrary"},
        }
        if place.key in self._files:
            content = (self._outbox.root / _path(self._files[place.key])).read_bytes()
            hashes = {"quickXorHash": quick_xor(content)}
            item |= {"size": len(content), "eTag": f'"{place.id},1"', "file": {"hashes": hashes}}
        elif place.names and place.key not in self._folders:
            return _error(404, "itemNotFound", "The resource could not be found.")
        else:
            item["folder"] = {}
        return JSONResponse(item, status)

    def routes(self) -> list[BaseRoute]:
        folder = "/graph/v1.0/teams/{team}/channels/{channel}/filesFolder"
        every = ["GET", "PUT", "POST"]
        return [
            Route("/graph/v1.0/drives/{drive}/{address:path}", self.answer, methods=every),
            Route("/graph-uploads/{number}", self.put_range, methods=["PUT"], name="upload"),
            Route(folder, self.files_folder, methods=["GET"]),
        ]


def _path(place: Place) -> str:
    where = "sharepoint" if place.drive == LIBRARY else "channel"
    return "/".join((where, *place.names))


def _refusal(request: Request) -> Response | None:
    grant = bearer(request)
    if grant is None:
        return _error(401, "InvalidAuthenticationToken", "Access token is empty or expired.")
    if (grant.client_id, grant.scope, grant.tenant) != (APP, SCOPE, TENANT):
        return _error(403, "accessDenied", "Access denied")
    return None


def _error(status: int, code: str, message: str) -> Response:
    inner = {"date": datetime.now(UTC).isoformat(), "request-id": "0", "client-request-id": "0"}
    return JSONResponse({"error": {"code": code, "message": message, "innerError": inner}}, status)
