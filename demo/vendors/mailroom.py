"""Where the estate receives: mail, posts and files. It keeps them all."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.drive import Drive
from demo.vendors.gmail import Gmail
from demo.vendors.google_desk import GoogleDesk
from demo.vendors.outbox import Outbox
from demo.vendors.outlook import Outlook
from demo.vendors.sharepoint import SharePoint
from demo.vendors.teams import Teams
from demo.vendors.teams_graph import TeamsGraph


def routes(build: Path) -> list[BaseRoute]:
    outbox, desk = Outbox(build), GoogleDesk(build)

    async def told(_: Request) -> Response:
        return JSONResponse(outbox.told())

    return [
        Route("/estate/outbox", told, methods=["GET"]),
        *desk.routes(),
        *Gmail(desk, outbox).routes(),
        *Outlook(outbox).routes(),
        *Drive(desk, outbox).routes(),
        *SharePoint(outbox).routes(),
        *Teams(outbox).routes(),
        *TeamsGraph(outbox).routes(),
    ]
